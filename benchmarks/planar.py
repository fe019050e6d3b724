"""What pynamicalsys computes, too: the unstable manifold of a planar saddle, and Lyapunov exponents, of the Lozi map.

    pip install pynamicalsys; python benchmarks/planar.py

It is no dependency of this package: `run.py` leaves this benchmark out where it is not installed. Its functions are compiled
(numba) at their first call, which is not timed. A manifold is there a cloud of points, images of a short segment at the saddle; its
stable manifolds need the inverse of the map as a formula, which networks do not have. So the unstable manifold is compared, of the
same length: pieces against points. Its error: the distance from a state on the pieces to the nearest point of the cloud.
"""
import numpy as np
from measure import show, table, timed, times
from pynamicalsys import DiscreteDynamicalSystem
from scipy.spatial import cKDTree

from plrnn_manifolds import find_cycles, max_lyapunov, ReLUMap, unstable_manifold

PACKAGE, A, B = "pynamicalsys", 1.7, 0.5
SMALL = dict(depth=5, n_points=100, n_steps=1000)


def manifolds(f, theirs, depth, n_points):
    "Table: pieces and points of the unstable manifold."
    saddle = next(c for c in find_cycles(f) if c.points[0, 0] > 0)
    ours = lambda: unstable_manifold(f, saddle, box=3.0, depth=depth)
    m, seconds = timed(ours, 3)
    grow = abs(saddle.multipliers).max()
    local = m.local.margins.min() if len(m) else 1.0
    steps = depth + int(np.ceil(np.log(max(local, 1e-3) / 1e-4) / np.log(grow)))
    cloud = lambda: np.concatenate(theirs.manifold(saddle.points[0], 1, [A, B], delta=1e-4, n_points=n_points, iter_time=steps,
                                                   stability="unstable"))
    cloud()
    points, t = timed(cloud, 3)
    points = points[np.isfinite(points).all(1) & (abs(points) < 3).all(1)]
    gap = cKDTree(points).query(m.sample(5000))[0]
    off = np.quantile(m.distance(points[::max(1, len(points) // 2000)]), 0.99)
    rows = [dict(method=f"unstable_manifold, {len(m)} pieces", seconds=seconds, error=0.0, error_95=0.0),
            dict(method=f"pynamicalsys, {len(points):,} points", seconds=t, error=float(np.median(gap)),
                 error_95=float(np.quantile(gap, 0.95)))]
    return table(f"Lozi map, unstable manifold, {depth} images",
                 "Error: median and 95 % quantile of the distance from the manifold to "
                 "what was returned.", rows, f"The points are on the pieces (99 % closer than {off:.1g}).")


def exponents(f, theirs, n_steps):
    "Tables: one long orbit, and many at once."
    tables = []
    for n, T in ((1, n_steps), (1000, n_steps // 100)):
        z = np.random.default_rng(0).uniform(-0.1, 0.1, (n, 2))
        ours, seconds = timed(lambda: max_lyapunov(f, z, T, n_transient=100).mean())
        one = lambda x: theirs.lyapunov(x, T + 100, [A, B], transient_time=100, num_exponents=1)
        one(z[0])
        found, t = timed(lambda: np.mean([np.max(one(x)) for x in z]))
        rows = [dict(method="max_lyapunov", seconds=seconds, exponent=float(ours)),
                dict(method="pynamicalsys", seconds=t, exponent=float(found))]
        ahead = " We are not ahead: it is compiled." if t < seconds else ""
        tables.append(table(f"Lozi map, largest Lyapunov exponent: {n:,} × {T:,} steps", "The mean over the orbits.", rows,
                            f"It takes {times(t / seconds)} as long.{ahead}"))
    return tables


def measure(depth=12, n_points=1000, n_steps=100_000):
    "Tables."
    f = ReLUMap.from_normal_form(A, -B, -A, -B)
    theirs = DiscreteDynamicalSystem(model="lozi map")
    return [manifolds(f, theirs, depth, n_points), *exponents(f, theirs, n_steps)]


if __name__ == "__main__": show(measure())
