"""`find_hits` and explicit stable manifolds against basins by simulation.

Every change of basin is on the manifold of a saddle, unless its edge is of another kind, and nothing is invented.
"""
import brute
import maps
import numpy as np
import pytest

from plrnn_manifolds import LocalSet, find_cycles, find_hits, stable_manifold


def scene(make, seed, M, n_lines=6):
    "A map with stable cycles, saddles of codimension one, the label function and random lines; None if it lacks any."
    f = make(seed, M)
    found = find_cycles(f, max_order=4)
    stable = [c for c in found if c.kind == "stable"]
    saddles = [c for c in found if c.kind == "saddle" and c.n_unstable == 1]
    slow = [c.multipliers for c in stable]
    if len(stable) < 2 or not saddles or brute.horizon(slow) > 5000: return None
    label = lambda z: brute.labels(f, z, [c.points for c in stable], brute.horizon(slow))
    rng = np.random.default_rng([404, seed, M])
    size = 1.5 * max(abs(c.points).max() for c in found)
    a, b = rng.uniform(-size, size, (2, n_lines, M))
    return f, saddles, label, a, b, rng


def changes(f, saddles, label, a, b):
    "Points (n, M), lines, parameters (n,) where labels change, and for each saddle which are on its stable set."
    line, lo, hi = brute.crossings(f, a, b, label)
    t, along = (lo + hi) / 2, (b - a) / np.linalg.norm(b - a, axis=1, keepdims=True)
    x = a[line] + t[:, None] * (b - a)[line]
    return x, line, t, [brute.on_stable_set(f, x, along[line], c.points) for c in saddles]


def check_hits(make, seed, M):
    "Raise if a change of label is no hit, or a hit is not on the stable set."
    parts = scene(make, seed, M)
    if parts is None: return
    f, saddles, label, a, b, _ = parts
    x, line, t, owned = changes(f, saddles, label, a, b)
    for c, mine in zip(saddles, owned):
        local = LocalSet(f, c)
        hits = find_hits(f, local, a, b, depth=200)
        same_line = hits.line == line[mine][:, None]
        gap = np.where(same_line, abs(hits.t - t[mine][:, None]), np.inf).min(1, initial=np.inf)
        lost = gap > 1e-6
        assert not lost.any(), f"{lost.sum()} of {len(gap)} changes on {c} are no hits: {x[mine][lost]}"
        # a step that stretches by 1e6 and more cannot be checked in floats
        stretch = [np.linalg.norm(local.N @ f.affine(i)[0]) for i in hits.itineraries]
        check = np.array(stretch) < 1e6 if len(hits) else np.zeros(0, bool)
        u = ((b - a) / np.linalg.norm(b - a, axis=1, keepdims=True))[hits.line[check]]
        real = brute.on_stable_set(f, hits.points[check], u, c.points)
        assert real.all(), f"{(~real).sum()} of {len(real)} hits on {c} are invented: {hits.points[check][~real]}"


def check_manifold(make, seed, M):
    "Raise if a change of label is not on its explicit manifold, or a sample of that is not on the stable set."
    parts = scene(make, seed, M)
    if parts is None: return
    f, saddles, label, a, b, rng = parts
    x, _, _, owned = changes(f, saddles, label, a, b)
    for c, mine in zip(saddles, owned):
        manifold = stable_manifold(f, c, box=1.01 * max(abs(a).max(), abs(b).max()), form="explicit", depth=200)
        gap = manifold.distance(x[mine]) if mine.any() else np.zeros(0)
        assert (gap < 1e-6).all(), (f"{(gap >= 1e-6).sum()} of {len(gap)} changes are up to {gap.max():.2g} from the "
                                    f"manifold of {c}: {manifold.statement}")
        sample, piece = manifold.sample(100, return_pieces=True)
        stretch = [np.linalg.norm(manifold.local.N @ f.affine(manifold.itinerary(i))[0]) for i in piece]
        sample = sample[np.array(stretch) < 1e6]
        u = rng.normal(size=sample.shape)
        real = brute.on_stable_set(f, sample, u / np.linalg.norm(u, axis=1, keepdims=True), c.points)
        assert real.all(), f"{(~real).sum()} of {len(real)} samples of {c} are not on its stable set: {sample[~real]}"


def cases(make, M, block): return ((make, seed, M) for seed in range(4 * block, 4 * block + 4))


@pytest.mark.parametrize("M", [2, 3])
@pytest.mark.parametrize("block", maps.size(1, 12))
@pytest.mark.parametrize("make", [maps.bistable, maps.tipping])
def test_hits(make, M, block): maps.every(check_hits, cases(make, M, block))


@pytest.mark.parametrize("M", [2, 3])
@pytest.mark.parametrize("block", maps.size(1, 8))
@pytest.mark.parametrize("make", [maps.bistable, maps.tipping])
def test_manifolds(make, M, block): maps.every(check_manifold, cases(make, M, block))


def test_other_kinds_of_edges_are_rare():
    "Most changes of basin must be on some saddle's stable set, or the tests above would look at nothing."
    owned, total = 0, 0
    for parts in (scene(maps.bistable, seed, 2) for seed in maps.size(8, 60)):
        if parts is None: continue
        on = changes(*parts[:5])[3]
        owned, total = owned + np.any(on, axis=0).sum(), total + len(on[0])
    assert total > 10 and owned > 0.9 * total, f"{owned} of {total}"
