"""`preimages` against all 2^H regions solved in rationals: nothing invented, and "complete" only if all are there."""
import re

import brute
import maps
import numpy as np
import pytest

from plrnn_manifolds import ReLUMap, preimages


def targets(f, rng, kind):
    "States of the map's own size, and images of such states; for integer weights, of integers, on the planes, too."
    size = max(abs(f.b).max(initial=0), abs(f.c).max(initial=0), 1e-300)
    z = 3 * size * rng.normal(size=(4, f.dim))
    if kind in ("integer", "coinciding"): z = np.round(z)
    z[2:] = f(z[2:])
    return z, size


def check(kind, seed, i):
    "Raise if the answer for target i of a map contradicts the exact one."
    f, rng = maps.make(kind, seed)
    z, size = targets(f, rng, kind)
    found, (true, cond, continuum) = preimages(f, z[i]), brute.preimages(f, z[i])
    rounding = 1e-8 * (size + abs(z[i]).max()) * (1 + abs(found.points / size).max(initial=0))
    assert (abs(f(found.points) - z[i]) <= rounding).all(), "a point is listed that is no preimage"
    if not found.complete: return
    assert continuum != "sure", "a continuum of preimages is called complete"
    # rounding moves a solution by its sensitivity; two within that distance cannot be told apart
    tol = np.maximum(1e-9, 1e-14 * cond) * (size + abs(true).max(1, initial=0))
    near = abs(true[:, None] - found.points).max(-1) <= tol[:, None]
    assert len(true) == len(found) and near.any(1).all() and near.any(0).all(), (
        f"{len(found)} listed as complete; true are {len(true)}, of size {abs(true).max(1, initial=0)}")


def check_statement(kind, seed, i):
    "Raise if the statement gives another number than the list."
    f, rng = maps.make(kind, seed)
    found = preimages(f, targets(f, rng, kind)[0][i])
    count = re.search(r"exactly (\d+)", found.statement)
    assert count is None or int(count[1]) == len(found), f"{found.statement} But {len(found)} are listed."


def well_conditioned(f):
    "No region comes near a singular one, so rounding cannot be an excuse."
    return all(np.linalg.cond(f.jacobian(np.array(d, float))) < 1e6 for d in brute.regions(f))


def cases(kind, block):
    return ((kind, seed, i) for seed in range(20 * block, 20 * block + 20) for i in range(4))


@pytest.mark.parametrize("kind", maps.KINDS)
@pytest.mark.parametrize("block", maps.size(1, 10))
def test_preimages(kind, block): maps.every(check, cases(kind, block))


@pytest.mark.parametrize("kind", maps.KINDS)
@pytest.mark.parametrize("block", maps.size(1, 5))
def test_statement_counts_what_is_listed(kind, block): maps.every(check_statement, cases(kind, block))


def test_nothing_is_left_open_without_reason():
    "On well conditioned maps in general position the answer is complete."
    for seed in maps.size(30, 300):
        f, rng = maps.make("gaussian", seed)
        if well_conditioned(f): assert all(preimages(f, x).complete for x in targets(f, rng, "gaussian")[0]), seed


@pytest.mark.parametrize("exponent", [-6, -8, -10, -11, -12, -13, -14, -15, -16, -17])
def test_a_solution_far_away(exponent):
    "Slopes -1, 3, -1, eps, with kinks at 0, 1 and 7/2: 1 is reached from -1, 1/3, 3 and (1 + 7 eps) / (2 eps)."
    eps = 10.0 ** exponent
    f = ReLUMap([[-1.0]], [[4, -4, 1 + eps]], [[1.0], [1], [1]], [0.0], [0, -1, -3.5])
    found, true = np.sort(preimages(f, [1.0]).points[:, 0]), np.sort(brute.preimages(f, [1.0])[0][:, 0])
    # with eps below the rounding of 1 the last slope is 0 and the far solution is gone
    assert len(true) == (4 if 1 + eps > 1 else 3)
    if preimages(f, [1.0]).complete: assert len(found) == len(true) and np.allclose(found, true, rtol=1e-6)
