"""Slow (leaky) networks: late is undecided, not at another attractor; distances are finite; an edge is not stable."""
import brute
import maps
import numpy as np
import pytest

import plrnn_manifolds
from plrnn_manifolds import basin_labels, boundary_distance, edge_tracking, find_cycles, stable_manifold

SPEEDS = [(0.99, 1.004), (0.995, 1.002), (0.999, 1.0005), (0.9999, 1.0001)]        # multipliers: stable points, saddle
cases = pytest.mark.parametrize("seed, M, speed", [(s, M, v) for s in maps.size(1, 4) for M in (2, 4) for v in SPEEDS])


def scene(seed, M, speed):
    "The map, its two stable points and its saddle."
    f = maps.slow(seed, M, stable=speed[0], saddle=speed[1])
    found = find_cycles(f, method="exhaustive")
    stable, saddles = [c for c in found if c.kind == "stable"], [c for c in found if c.kind == "saddle"]
    assert len(stable) == 2 and len(saddles) == 1
    assert abs(max(abs(c.multipliers).max() for c in stable) - speed[0]) < 0.3 * (1 - speed[0])
    return f, stable, saddles[0]


def states(f, stable, n=100):
    "Random states around the attractors, and where they go in the end: the larger of the first two units wins."
    size = max(abs(c.points).max() for c in stable)
    z = np.random.default_rng(0).uniform(-size, size, (n, f.dim))
    winner = [int(np.argmax(c.points[0, :2])) for c in stable]
    return z, np.argsort(winner)[np.argmax(z[:, :2], axis=1)]


def test_the_oracle():
    "Simulated long enough, the larger unit wins."
    f, stable, _ = scene(0, 2, SPEEDS[0])
    z, true = states(f, stable)
    assert (brute.labels(f, z, [c.points for c in stable], 100_000, tol=1e-4) == true).all()


@cases
@pytest.mark.parametrize("n_steps", [None, 100, 1000])
def test_late_is_not_elsewhere(seed, M, speed, n_steps):
    "A label is right, or it is UNDECIDED; never OTHER, and by default it is decided."
    f, stable, _ = scene(seed, M, speed)
    z, true = states(f, stable)
    got = basin_labels(f, z, stable, **({} if n_steps is None else dict(n_steps=n_steps)))
    undecided = got == plrnn_manifolds.UNDECIDED
    assert (got[~undecided] == true[~undecided]).all(), f"{(got == -1).sum()} of {len(z)} states are OTHER"
    if n_steps is None: assert not undecided.any(), f"{undecided.sum()} of {len(z)} states are undecided"


DISTANCES = [(0, 2, SPEEDS[0]), (0, 4, SPEEDS[1])]
if maps.WHOLE: DISTANCES += [(s, 2, v) for s in (1, 2) for v in SPEEDS] + [(0, 4, v) for v in SPEEDS[2:]]


CELLS = 10_000 if maps.WHOLE else 30                            # of the proof, which is slow for slow networks


@pytest.mark.parametrize("seed, M, speed", DISTANCES)
def test_distance_is_finite(seed, M, speed):
    "The diagonal of the first two units parts the basins: the distance is known."
    f, stable, saddle = scene(seed, M, speed)
    for c in stable:
        found = boundary_distance(f, c, [stable_manifold(f, saddle)], max_cells=CELLS, budget=300)
        true = abs(np.diff(c.points[0, :2])[0]) / np.sqrt(2)
        assert np.isclose(found.distance, true, rtol=1e-6), found.statement
        assert found.lower_bound <= true * (1 + 1e-9)


@cases
def test_edge_is_not_stable(seed, M, speed):
    "With horizons that are too short for these networks, the edge is the saddle or nothing."
    f, stable, saddle = scene(seed, M, speed)
    for kwargs in ({}, dict(n_steps=10_000)) if maps.WHOLE else ({},):
        found = edge_tracking(f, *stable, **kwargs)
        assert found.cycle is None or found.cycle.kind != "stable", found.statement
        if found.cycle is not None: assert np.allclose(found.cycle.points, saddle.points, atol=1e-6)
