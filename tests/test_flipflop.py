"""Networks that people have: torch RNNs of 48 and 128 units with four memories. Sections, hits and distances keep the
budget they are given, and are right where they claim to be complete; what is right is asked of plain simulation."""
import time

import numpy as np
import pytest

from plrnn_manifolds import (boundary_distance, find_cycles, load_pretrained, plane_section, stable_manifold)

SLACK = 1.2                                             # a budget is kept to within 20 %, and some seconds on a busy machine


@pytest.fixture(scope="module", params=["flipflop48", "flipflop128"])
def network(request):
    "The map, its memories, its saddles between two of them, and the memory that each state of a batch ends in."
    f = load_pretrained(request.param)
    cycles = find_cycles(f)
    memories, saddles = cycles.stable, [c for c in cycles if c.n_unstable == 1]
    assert len(memories) == len(saddles) == 4
    points = np.array([c.points[0] for c in memories])

    def ends(z):
        for _ in range(400): z = z @ f.L.T + np.maximum(z @ f.V.T + f.c, 0) @ f.U.T + f.b
        away = np.linalg.norm(z[..., None, :] - points, axis=-1)
        assert (away.min(-1) < 1e-6).all(), "simulation has not settled"
        return away.argmin(-1)
    return f, memories, saddles, ends


def within(budget, call):
    "What `call(budget)` returns; it must be back in time."
    tic = time.perf_counter()
    result = call(budget)
    assert time.perf_counter() - tic < SLACK * budget + 4
    return result


def parted(f, saddle, memories):
    "The two memories that the saddle parts: where its two unstable sides lead."
    J = f.jacobian(saddle.regions[0])
    lam, E = np.linalg.eig(J)
    push = 1e-3 * E[:, np.argmax(abs(lam))].real
    z = f.trajectory(saddle.points[0] + np.array([[1], [-1]]) * push, 500)[:, -1]
    return [int(np.argmin([np.linalg.norm(x - c.points[0]) for c in memories])) for x in z]


def test_hits_are_all_changes(network):
    "Lines between memories: with the manifolds of all four saddles, hits are exactly where the basin changes."
    f, memories, saddles, ends = network
    pairs = [(i, j) for i in range(4) for j in range(i)]
    a, b = (np.array([memories[k].points[0] for k in side]) for side in zip(*pairs))
    found = [within(40.0, lambda s: stable_manifold(f, c, budget=s / 4, attractors=memories).hits(a, b, budget=s / 2))
             for c in saddles]
    assert all(h.complete for h in found), [h.statement for h in found]
    for line in range(len(a)):
        t = np.sort(np.concatenate([h.t[h.line == line] for h in found]))
        assert len(t), "a line between two memories crosses a boundary"
        edges = np.concatenate([[0], t, [1]])
        inner = edges[:-1, None] + np.diff(edges)[:, None] * np.linspace(1e-3, 1 - 1e-3, 41)
        labels = ends(a[line] + inner[..., None] * (b - a)[line])
        assert (labels == labels[:, :1]).all(), "a basin changes where there is no hit"
        beside = ends(a[line] + (t[:, None] + [-1e-7, 1e-7])[..., None] * (b - a)[line])
        assert (beside[:, 0] != beside[:, 1]).all(), "a hit where no basin changes"


def test_section_keeps_its_budget(network):
    "A section that once ran 25 minutes without end: back in time, and every segment parts two basins."
    f, memories, saddles, ends = network
    saddle = saddles[0]
    one, two = parted(f, saddle, memories)
    m = within(10.0, lambda s: stable_manifold(f, saddle, budget=s, attractors=memories))
    origin = saddle.points[0]
    q = np.linalg.qr(np.array([memories[k].points[0] - origin for k in (one, (two + 1) % 4)]).T)[0].T
    cut = within(10.0, lambda s: plane_section(m, origin, q, (-1, 1, -1, 1), budget=s))
    assert len(cut)
    middle = cut.mean(1)
    along = cut[:, 1] - cut[:, 0]
    across = along[:, ::-1] * [1, -1] / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-300)
    sides = ends(origin + (middle[:, None] + np.array([-1e-6, 1e-6])[:, None] * across[:, None]) @ q)
    long = np.linalg.norm(along, axis=1) > 1e-5                     # beside a shorter one lies another piece
    assert (sides[long, 0] != sides[long, 1]).all()


def test_distances_keep_their_budget(network):
    "Back in time, a state that leaves, and none of ten thousand random pushes a little smaller does."
    f, memories, saddles, ends = network
    manifolds = [stable_manifold(f, c, budget=5, attractors=memories) for c in saddles]
    rng = np.random.default_rng(0)
    for i, c in enumerate(memories[:2 if f.dim < 100 else 1]):
        d = within(20.0, lambda s: boundary_distance(f, c, manifolds, budget=s))
        p = c.points[0]
        assert ends(p + (1 + 1e-6) * (d.nearest - p)) != i                  # pushed there, it tips
        u = rng.normal(size=(10_000, f.dim))
        u *= 0.99 * d.distance / np.linalg.norm(u, axis=1, keepdims=True)
        assert (ends(p + u) == i).all() and 0 <= d.lower_bound < d.distance
        if not d.complete: continue
        assert ends(p + (1 - 1e-6) * (d.nearest - p)) == i and d.edge in saddles, d.statement
