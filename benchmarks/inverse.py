"""Inverse of a ReLU map: this package against what a user would try first, one scipy root finder call per point.

    python benchmarks/inverse.py [--points 1000] [--dim 20]

Three maps with a proven inverse: a mild shallow PLRNN, an AL-RNN and a strongly nonlinear PLRNN (positive definite
symmetric part of I + A^-1 W). The preimages are known, so every method is scored by the share of points whose
preimage it returned (relative error below 1e-6) and by its time.
"""
import argparse
from time import perf_counter

import numpy as np
from scipy.optimize import root

from plrnn_manifolds import ReLUMap, inverse, invertibility
from plrnn_manifolds.maps.inverse import RUNGS


def maps(M, rng):
    S = rng.normal(size=(M, M)) / np.sqrt(M)
    yield "shallow PLRNN", ReLUMap.from_shplrnn(rng.uniform(0.6, 0.95, M), 0.2 * rng.normal(size=(M, M)) / M,
                                                rng.normal(size=(M, M)), rng.normal(size=M), rng.normal(size=M))
    yield "AL-RNN, P = 6", ReLUMap.from_alrnn(rng.uniform(0.6, 0.95, M), 0.25 * S, rng.normal(size=M), n_relu=6)
    yield "strong PLRNN", ReLUMap.from_plrnn(np.full(M, 0.5), 2 * (S - S.T), rng.normal(size=M))


def scipy_roots(f, z, method):
    "One root search a point, started at the point itself, with the exact Jacobian."
    def solve(target):
        return root(lambda x: f(x) - target, target, jac=lambda x: f.jacobian(f.region(x)), method=method).x
    return np.array([solve(target) for target in z])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--dim", type=int, default=20)
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    methods = {"inverse, all rungs": lambda f, z: inverse(f, z).points,
               "inverse, guessing only": lambda f, z: inverse(f, z, rungs=RUNGS[:-1]).points,
               "inverse, path only": lambda f, z: inverse(f, z, rungs=("path",)).points,
               "scipy root, hybr": lambda f, z: scipy_roots(f, z, "hybr"),
               "scipy root, lm": lambda f, z: scipy_roots(f, z, "lm")}
    for name, f in maps(args.dim, rng):
        v = invertibility(f)
        print(f"\n{name}, {f}: {v.verdict} ({v.reason})")
        x = 2 * rng.normal(size=(args.points, f.dim))
        z = f(x)
        for method, run in methods.items():
            start = perf_counter()
            y = run(f, z)
            seconds = perf_counter() - start
            ok = np.abs(y - x).max(1) < 1e-6 * (1 + np.abs(x).max(1))
            print(f"  {method:24s} {ok.mean():7.1%} found   {1e6 * seconds / len(z):9.1f} us a point")


if __name__ == "__main__":
    main()
