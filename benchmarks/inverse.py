"""The inverse of a ReLU map: this package against what a user would try first, one scipy root finder call per point.

    python benchmarks/inverse.py

Three maps with a proven inverse: a mild shallow PLRNN, an AL-RNN and a strongly nonlinear PLRNN (positive definite
symmetric part of I + A^-1 W). The preimages are known, so every method is scored by the share of points whose
preimage it returned (relative error below 1e-6) and by its time.
"""
import numpy as np
from measure import show, table, timed, times
from scipy.optimize import root

from plrnn_manifolds import inverse, invertibility, ReLUMap
from plrnn_manifolds.maps.inverse import RUNGS

SMALL = dict(n_points=5, M=5)


def maps(M, rng):
    "Names and maps."
    S = rng.normal(size=(M, M)) / np.sqrt(M)
    yield "shallow PLRNN", ReLUMap.from_shplrnn(rng.uniform(0.6, 0.95, M), 0.2 * rng.normal(size=(M, M)) / M,
                                                rng.normal(size=(M, M)), rng.normal(size=M), rng.normal(size=M))
    yield "AL-RNN with few ReLUs", ReLUMap.from_alrnn(rng.uniform(0.6, 0.95, M), 0.25 * S, rng.normal(size=M),
                                                      n_relu=max(2, M // 3))
    yield "strong PLRNN", ReLUMap.from_plrnn(np.full(M, 0.5), 2 * (S - S.T), rng.normal(size=M))


def scipy_roots(f, z, method):
    "One root search a point, started at the point itself, with the exact Jacobian."
    def solve(target):
        return root(lambda x: f(x) - target, target, jac=lambda x: f.jacobian(f.region(x)), method=method).x
    return np.array([solve(target) for target in z])


METHODS = {"inverse, all rungs": lambda f, z: inverse(f, z).points,
           "inverse, guessing only": lambda f, z: inverse(f, z, rungs=RUNGS[:-1]).points,
           "inverse, path only": lambda f, z: inverse(f, z, rungs=("path",)).points,
           "scipy root, hybr": lambda f, z: scipy_roots(f, z, "hybr"),
           "scipy root, lm": lambda f, z: scipy_roots(f, z, "lm")}


def compare(name, f, n_points, rng):
    "Table of one map."
    assert invertibility(f).verdict == "homeomorphism"
    x = 2 * rng.normal(size=(n_points, f.dim))
    z, rows = f(x), []
    for method, run in METHODS.items():
        y, seconds = timed(lambda: run(f, z))
        ok = np.abs(y - x).max(1) < 1e-6 * (1 + np.abs(x).max(1))
        rows.append(dict(method=method, seconds=seconds, right=f"{ok.mean():.1%}"))
    best = min(rows[3:], key=lambda r: r["seconds"])
    return table(f"{name}, M = {f.dim}, H = {f.n_relu}: {n_points:,} points", "The share of right preimages.", rows,
                 f"The faster of scipy's takes {times(best['seconds'] / rows[0]['seconds'])} as long, "
                 f"and {best['right']} of its answers are right.")


def measure(n_points=500, M=20):
    "Tables for maps."
    rng = np.random.default_rng(0)
    return [compare(name, f, n_points, rng) for name, f in maps(M, rng)]


if __name__ == "__main__": show(measure())
