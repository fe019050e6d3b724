"Branches, regime maps and continuation: against formulas, exhaustive searches, each other, and the index that no collision changes."
from pathlib import Path

import numpy as np
import pytest

from plrnn_manifolds import (DrivenMap, ReLUMap, attracting_cycles, branches, continue_cycle, find_cycles, regime_map,
                             settled_cycle)
from plrnn_manifolds.inputs.borders import border, kind_of, Line, Solved, unfold
from plrnn_manifolds.inputs.branches import Follower
from plrnn_manifolds.maps.budgets import as_budget
from plrnn_manifolds.maps.cycles import solve_affine
from plrnn_manifolds.maps.regions import all_patterns

NEURON = DrivenMap.load(Path(__file__).parent / "fixtures" / "neuron_driven.npz")


def one(a_l, a_r, kink=0.3):
    "z -> a_l z + x left of the kink, slope a_r right of it."
    return DrivenMap.of(ReLUMap([[a_l]], [[a_r - a_l]], [[1.0]], [0.0], [-kink]), C=[[1.0]])


def random_map(rng, M, H, K=1, size=0.7):
    "Inputs beside and inside the ReLUs."
    g = ReLUMap(size * rng.normal(size=(M, M)), *(rng.normal(size=n) for n in ((M, H), (H, M), M, H)))
    return DrivenMap.of(g, C=rng.normal(size=(M, K)), D=rng.normal(size=(H, K)))


def symmetric_map(rng, n_copies=2):
    "The same unit, or pair of units, several times, each coupled to all others alike, with one common input."
    M = int(rng.integers(1, 3))
    A, B = 0.5 * rng.normal(size=(2, M, M))
    W = np.kron(np.eye(n_copies), A - B) + np.kron(np.ones((n_copies, n_copies)), B)
    tile = lambda v: np.tile(v, n_copies)
    f = ReLUMap(np.diag(tile(rng.uniform(-0.5, 0.8, M))), W, np.eye(len(W)), tile(rng.normal(size=M)), np.zeros(len(W)))
    return DrivenMap.of(f, C=tile(rng.normal(size=M))[:, None])


def fixed_points(g):
    "All fixed points of a map with few units, by trying all patterns."
    d = all_patterns(g.n_relu)[:, None]
    z = solve_affine(g, d)
    with np.errstate(invalid="ignore"): a = z @ g.V.T + g.c
    return z[np.isfinite(z).all(1) & ((a > 0) == d[:, 0]).all(1)]


def unlike(a, b): return sum(all(abs(p - q).max() > 1e-7 * (1 + abs(p).max()) for q in b) for p in a)


def is_cycle(g, p, tol=1e-7): return abs(g(p) - np.roll(p, -1, axis=0)).max() <= tol * (1 + abs(p).max())


def index(mu, k=1):
    "Sign of det(I - J^k), for multipliers mu of J."
    v = 1 - mu ** k
    return int(np.prod(np.sign(v.real[abs(v.imag) <= 1e-12 * abs(v)])))


def test_random_maps_against_all_patterns():
    "Seeded by all itineraries nothing is missing, and from five inputs little; nothing is ever invented."
    rng, n, missing = np.random.default_rng(0), 0, 0
    for _ in range(20):
        f, u, s = random_map(rng, *rng.integers(1, (4, 5)), K=2), *rng.normal(size=(2, 2))
        B, seeded = (branches(f, u=u, s=s, limits=(-3, 3), reseed=False, exhaustive=e, budget=2) for e in (True, False))
        assert B.complete and not seeded.complete
        for x in rng.uniform(-3, 3, size=40):
            g = f.at(s + x * u)
            true = fixed_points(g)
            found, some = ([b.points(x)[0] for b in bs if b.order == 1 and b.lo <= x <= b.hi] for bs in (B, seeded))
            n, missing = n + len(true), missing + unlike(true, some)
            assert unlike(true, found) == unlike(found, true) == unlike(some, true) == 0
            assert all(is_cycle(g, b.points(x)) for b in B if b.lo <= x <= b.hi)
    assert n > 400 and missing < 0.02 * n


def test_second_order_against_exhaustive_search():
    rng, n = np.random.default_rng(1), 0
    for _ in range(6):
        f = random_map(rng, 2, 3)
        B = branches(f, limits=(-2, 2), reseed=False, max_order=2, budget=2)
        for x in rng.uniform(-2, 2, size=4):
            true = find_cycles(f.at(x), orders=[2], method="exhaustive")
            found = [c for c in B.at(x) if c.order == 2]
            assert all(c in found for c in true) and all(c in true for c in found)
            n += len(true)
    assert n > 3


RANDOM = lambda rng: random_map(rng, *rng.integers(1, (4, 5)))


@pytest.mark.parametrize("make", [RANDOM, symmetric_map, lambda rng: symmetric_map(rng, 3)], ids=["random", "pairs", "threes"])
def test_no_collision_changes_the_index(make):
    "Sum of signs of det(I - J) over fixed points, and of det(I - J^2) over the fixed points of F^2, just below and above."
    rng, seen = np.random.default_rng(2), set()
    for _ in range(12):
        B = branches(make(rng), limits=(-3, 3), reseed=False, budget=3)
        for c in B.collisions:
            every = [b.multipliers for b in c.before + c.after]
            if len(c.points) > 1 or c.kind == "singular" or "singular" in c.note or "degenerate" in c.note: continue
            if any(abs(abs(m) - 1).min() < 1e-6 for m in every): continue
            first, second = ([sum(b.order * index(b.multipliers, k // b.order) for b in side if k % b.order == 0)
                              for side in (c.before, c.after)] for k in (1, 2))
            assert first[0] == first[1], c
            if len(c.units) <= 4: assert second[0] == second[1], c
            seen.add(c.kind)
    assert {"persistence", "fold"} <= seen if make is RANDOM else "non-generic" in seen


def test_one_dimension_to_rounding():
    rng, kinds = np.random.default_rng(3), set()
    for a_l, a_r in rng.uniform(-3, 3, size=(60, 2)):
        if min(abs(abs(v) - 1) for v in (a_l, a_r)) < 0.01: continue
        B = branches(one(a_l, a_r), limits=(-4, 4), reseed=False, n_seeds=0)
        c = next(c for c in B.collisions if len(c.points) == 1)
        assert abs(c.x - 0.3 * (1 - a_l)) < 1e-12 and c.kind == ("fold" if (1 - a_l) * (1 - a_r) < 0 else "persistence")
        assert any(b.order == 2 for b in c.before + c.after) == ((1 + a_l) * (1 + a_r) < 0)
        kinds.add((c.kind, any(b.order == 2 for b in B)))
        for b in c.before + c.after:
            if b.order == 1: assert np.isclose(b.multipliers[0], a_r if b.regions[0, 0] else a_l)
    assert len(kinds) == 4


def test_normal_form_to_rounding():
    rng = np.random.default_rng(4)
    for t, d in zip(rng.uniform(-2, 2, size=(40, 2)), rng.uniform(-1.5, 1.5, size=(40, 2))):
        f = DrivenMap.of(ReLUMap.from_normal_form(t[0], d[0], t[1], d[1], h=(0, 0)), C=[[1.0], [0]])
        minus, plus = 1 - t + d, 1 + t + d
        B = branches(f, limits=(-1, 1), reseed=False, n_seeds=0)
        c, = (c for c in B.collisions if len(c.points) == 1)
        assert abs(c.x) < 1e-14 and c.kind == ("persistence" if minus.prod() > 0 else "fold") and len(c.branches) == (
            3 if plus.prod() < 0 else 2)
        for b in B:
            if b.order > 1: continue
            i, x = int(b.regions[0, 0]), -0.7 if b.lo == -np.inf else 0.7
            assert np.allclose(b.points(x)[0], x / minus[i] * np.array([1, -d[i]]), rtol=1e-12)


def test_feigin_on_cycles():
    "A cycle of twice the order is born exactly where det(I + J) changes its sign, for cycles of any order."
    rng, n = np.random.default_rng(5), 0
    for _ in range(15):
        B = branches(random_map(rng, 2, 3, size=0.9), limits=(-3, 3), reseed=False, budget=2)
        for c in B.collisions:
            m = len(c.points)
            if len(c.units) != 1 or c.kind == "singular" or m > 8: continue
            same = [b for b in c.before + c.after if b.order == m]
            signs = [np.prod(np.sign((1 + b.multipliers).real[b.multipliers.imag == 0])) for b in same]
            if min(abs(1 + b.multipliers).min() for b in same) < 1e-6: continue
            assert len(same) == 2 and any(b.order == 2 * m for b in c.before + c.after) == (signs[0] != signs[1]), c
            n += m > 1
    assert n > 3


def test_symmetric_network_is_named():
    f = DrivenMap.of(ReLUMap.from_plrnn([0.5, 0.5], [[0.2, -0.5], [-0.5, 0.2]], [0, 0]), C=[[1.0], [1.0]])
    for kw in (dict(), dict(cycles=find_cycles(f.at(-1.0)), x0=-1.0), dict(cycles=find_cycles(f.at(1.0))[:1], x0=1.0)):
        B = branches(f, limits=(-2, 2), **kw)
        c, = B.collisions
        assert c.x == 0 and c.kind == "non-generic" and c.units == [(0, 0), (0, 1)] and "pitchfork-like" in c.text
        assert [b.kind for b in c.before] == ["stable"] and sorted(b.kind for b in c.after) == ["saddle", "stable", "stable"]


@pytest.mark.parametrize("size", [1e-12, 1.0, 1e6])
def test_units_of_the_input_do_not_matter(size):
    "Amperes or picoamperes: the same collisions, the same cells."
    rng = np.random.default_rng(6)
    f = random_map(rng, 2, 3, K=2)
    g = DrivenMap.of(f, C=f.C / size, D=f.D / size)
    A, B = branches(f, u=[1, 0.5], limits=(-3, 3)), branches(g, u=[1, 0.5], limits=(-3 * size, 3 * size))
    assert [c.kind for c in A.collisions] == [c.kind for c in B.collisions] and len(A) == len(B)
    assert np.allclose([c.x for c in A.collisions], [c.x / size for c in B.collisions], rtol=1e-9)
    R, S = regime_map(f, (-2, 2, -2, 2), n_seeds=1), regime_map(g, (-2 * size, 2 * size, -2 * size, 2 * size), n_seeds=1)
    assert sorted((c.order, c.kind, len(c.polygon)) for c in R.cells) == sorted((c.order, c.kind, len(c.polygon)) for c in S.cells)
    assert sorted(b.kind for b in R.borders) == sorted(b.kind for b in S.borders)


def test_recorded_neuron():
    "Exact currents; all of 0 to 150 pA."
    B = branches(NEURON, limits=(0, 150), reseed=False, n_seeds=1)
    fixed = sorted((b for b in B if b.order == 1), key=lambda b: b.n_unstable)
    rest, saddle, focus = fixed
    lower, upper = (c for c in B.folds if len(c.points) == 1)
    assert abs(upper.x - 105.528191621746) < 1e-9 and upper.units == [(0, 4)] and rest.hi == saddle.hi == upper.x
    assert abs(lower.x - 35.8775133627) < 1e-9 and saddle.lo == focus.lo == lower.x and focus.n_unstable == 2
    assert abs(rest.lo + 5.06) < 0.01 and rest.ends[0].kind == focus.ends[1].kind == "end of range" and B.complete
    starts = np.random.default_rng(0).normal(size=(200, 25))
    for side in (upper.x - 1e-6, upper.x + 1e-6):                             # what the map says just below and above
        assert len(find_cycles(NEURON.at(side), data=starts, n_starts=100)) == len([c for c in B.at(side) if c.order == 1])


def test_rhythm_ends_by_a_fold():
    "The 73-cycle at 92 pA exists on a part of a tongue; the tongue's ends are folds, beyond which its itineraries are gone."
    c = attracting_cycles(NEURON.at(92.0), np.random.default_rng(0).normal(size=(20, 25))).stable[-1]
    assert c.order == 73
    B = branches(NEURON, [c], x0=92.0, limits=(91, 93), reseed=False, budget=20)
    tongue = [b for b in B if b.kind == "stable" and b.order == c.order]
    ends = sorted(e.x for b in tongue for e in b.ends if e.kind == "fold")
    assert len(ends) == 2 and ends[0] < 92 < ends[1]
    for x, side in zip(ends, (-1, 1)):
        inside, outside = x - side * 1e-4, x + side * 1e-4
        assert [v.order for v in B.at(inside).stable if v.order > 1] == [c.order] and not [v for v in B.at(outside) if v.order > 1]
        p = B.at(inside).stable[-1].points[0]
        near = [settled_cycle(NEURON.at(y), NEURON.at(y).trajectory(p + 1e-9, 4000)[-400:]) for y in (inside, outside)]
        assert near[0][0].order == c.order and (near[1] is None or near[1][0].order != c.order)


def test_odd_cases():
    empty = DrivenMap.of(ReLUMap([[0.5]], np.zeros((1, 0)), np.zeros((0, 1)), [0.0], []), C=[[1.0]])           # no ReLU at all
    b, = branches(empty, limits=(-1, 1), max_order=2)
    assert (b.lo, b.hi) == (-np.inf, np.inf) and b.ends[0].kind == "end of range" and np.isclose(b.points(0.4)[0, 0], 0.8)
    deaf = DrivenMap.of(one(0.5, 2.0), C=[[0.0]])                             # the input does nothing
    assert [(b.lo, b.hi) for b in branches(deaf, limits=(-1, 1))] == [(-np.inf, np.inf)] * len(find_cycles(deaf))
    line = Line(one(0.5, -0.5))                                               # no 2-cycle, but for its collapse at the kink
    follower = Follower(line, (-1, 1), budget=as_budget())
    assert follower.seed([[False], [True]], 0.15) is None and len(follower.found) == 2
    hurried = branches(NEURON, limits=(0, 150), budget=1e-3)
    assert "not followed" in hurried.statement or len(hurried) == 0
    B = branches(one(0.5, -1.5), limits=(-1, 1), max_branches=1)
    assert len(B) == 1 and not B.complete and B[0].ends[1].kind in ("persistence", "not followed")
    a = Solved(line, np.array([[False]]), 0.0)
    assert kind_of(unfold(a, *border(a, 1)))[0] == "persistence" and abs(border(a, 1)[0] - 0.15) < 1e-15


def test_regime_map_and_branches_agree():
    "Along a line through the plane the branches end where the line leaves the cells."
    rng = np.random.default_rng(7)
    for _ in range(5):
        f = random_map(rng, 2, 3, K=2)
        R = regime_map(f, (-2, 2, -2, 2), n_seeds=1, budget=5)
        y, u = rng.uniform(-1, 1), np.array([1.0, 0])
        B = branches(f, u=u, s=[0, y], limits=(-2, 2), reseed=False)
        for x in rng.uniform(-2, 2, size=30):
            a, b = ([c for c in cs if c.order == 1] for cs in (R.at((x, y)), B.at(x)))
            assert len(a) == len(b) and all(c in b for c in a)
        for c in B.collisions:                                                # on a border of the same kind
            if len(c.points) > 1 or c.kind not in ("persistence", "fold"): continue
            on = [e for e in R.borders if e.kind == c.kind and (e.ends[:, 1] - y).prod() <= 0 and
                  abs(e.ends[0, 0] + (y - e.ends[0, 1]) * np.subtract(*e.ends[:, 0]) / np.subtract(*e.ends[:, 1]) - c.x) < 1e-9]
            assert on, c


def test_continuation_agrees_with_branches():
    "A family that only moves an input has the collisions of the branches, and their kinds."
    rng, n = np.random.default_rng(8), 0
    for _ in range(12):
        f = random_map(rng, *rng.integers(1, (4, 5)))
        B = branches(f, limits=(-2, 2), reseed=False, budget=2)
        for c in B.at(-2.0):
            if c.order > 2: continue
            C = continue_cycle(f.at, c, -2.0, 2.0, n_steps=37)
            for e in C.events:
                if e.kind not in ("persistence", "fold"): continue
                assert any(b.kind == e.kind for b in B.collisions if abs(b.x - e.x) < 1e-9), e
                n += 1
            assert all(is_cycle(f.at(p.x[-1]), p.points[-1]) for p in C.pieces)
    assert n > 10
