"""`find_cycles`, SCYFI and exhaustive, against all sequences of regions up to order 4."""
import brute
import maps
import numpy as np
import pytest

from plrnn_manifolds import find_cycles

# Largest order for H units: the exhaustive search has order * H units to branch on.
ORDER = {0: 4, 1: 4, 2: 4, 3: 4, 4: 4, 5: 3, 6: 3} if maps.WHOLE else {0: 4, 1: 4, 2: 3, 3: 2, 4: 2, 5: 1, 6: 1}


def compare(f, found, true):
    """Pair the cycles of one order found with the true ones (points and sensitivity): how many of the true are
    missing, and how many of the found are none, both as lists."""
    points, cond = true
    same = np.zeros((len(found), len(points)), bool)
    size = max(abs(f.b).max(initial=0), abs(f.c).max(initial=0), 1e-300)
    for j, (p, c) in enumerate(zip(points, cond)):
        tol = max(1e-9, 1e-14 * c) * (size + abs(p).max())
        for i, cycle in enumerate(found): same[i, j] = (abs(cycle.points[:, None] - p).max(-1).min(1) <= tol).all()
    missing = [p for p, paired in zip(points, same.any(0)) if not paired]
    return missing, [c for c, paired in zip(found, same.any(1)) if not paired]


def returns(f, cycle):
    "Do the points of a cycle follow each other, up to rounding?"
    error = abs(f(cycle.points) - np.roll(cycle.points, -1, axis=0)).max()
    return error <= 1e-9 * (abs(cycle.points).max() + abs(f.b).max() + abs(f.c).max(initial=0))


def check_exhaustive(kind, seed):
    "Raise if a complete list is not all, or if any list has a cycle that is none."
    f, _ = maps.make(kind, seed)
    for order in range(1, ORDER[f.n_relu] + 1):
        found, true = find_cycles(f, orders=[order], method="exhaustive", budget=300), brute.cycles(f, order)
        assert all(returns(f, c) for c in found), f"order {order}: listed, but does not close"
        if true is None: continue
        missing, invented = compare(f, found, true[:2])
        assert not (found.complete and true[2] == "sure"), f"order {order}: complete, but there is a continuum"
        if found.complete: assert not missing, f"order {order}: complete, but {len(missing)} are missing: {missing}"
        # a member of a continuum is no isolated cycle, but one all the same
        if true[2] == "none": assert not invented, f"order {order}: invented {invented}"
        else: assert order == 1 or not any(map(repeats, invented)), f"order {order}: repeats a shorter one {invented}"


def repeats(cycle):
    "Does a cycle visit a point twice?"
    gap = abs(cycle.points[:, None] - cycle.points[None]).max(-1)
    return (gap[~np.eye(cycle.order, dtype=bool)] <= 1e-9 * abs(cycle.points).max()).any()


def check_scyfi(kind, seed):
    "Raise if SCYFI lists a cycle that is none, and return how many it misses, and of how many."
    f, _ = maps.make(kind, seed)
    missed, total = 0, 0
    for order in range(1, ORDER[f.n_relu] + 1):
        true, found = brute.cycles(f, order), find_cycles(f, orders=[order])
        assert all(returns(f, c) for c in found), f"order {order}: listed, but does not close"
        if true is None or true[2] != "none": continue
        missing, invented = compare(f, found, true[:2])
        assert not invented, f"order {order}: invented {invented}"
        missed, total = missed + len(missing), total + len(true[0])
    return missed, total


@pytest.mark.parametrize("kind", maps.KINDS)
@pytest.mark.parametrize("block", maps.size(1, 6))
def test_exhaustive(kind, block):
    maps.every(check_exhaustive, ((kind, seed) for seed in range(10 * block, 10 * block + 10)))


@pytest.mark.parametrize("kind", maps.KINDS)
@pytest.mark.parametrize("block", maps.size(1, 6))
def test_scyfi_invents_nothing(kind, block):
    maps.every(check_scyfi, ((kind, seed) for seed in range(10 * block, 10 * block + 10)))


def test_scyfi_misses_little():
    "A heuristic; but of the cycles of maps this small, in general position or not, it misses at most 1 of 100."
    counts = [check_scyfi(kind, seed) for kind in maps.KINDS if kind not in ("affine", "coinciding")
              for seed in maps.size(4, 40)]
    missed, total = np.sum(counts, axis=0)
    assert missed <= total / 100, f"{missed} of {total}"
