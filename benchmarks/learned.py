"""A boundary learned from labels, the idea of separatrix_locator, against the exact one.

    python benchmarks/learned.py

A multilayer perceptron (scikit-learn, two layers of 64) learns from simulated labels which attractor a state goes to; where its
answer changes is its boundary. This is the idea in its simplest form and not the program of that name, which learns a function of
the state that vanishes on the separatrix and grows at a fixed rate along orbits. The states it learns from are drawn on the same
kind of lines on which it is asked: that favours it. Its time: labels and training; asking costs next to nothing.
"""
import warnings

import numpy as np
from boundary import BESIDE, crossings, exact, gaps, TITLES
from measure import boundary_case, show, table, timed, times
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from plrnn_manifolds import Basins, boundary_crossings, stable_manifold

SMALL = dict(names=("duffing",), n_lines=6, sizes=(500,))


def learn(label, a, b, n, rng):
    "A classifier trained on n states of the lines a-b."
    k, t = rng.integers(len(a), size=n), rng.random((n, 1))
    x = a[k] + t * (b - a)[k]
    net = make_pipeline(StandardScaler(), MLPClassifier((64, 64), early_stopping=n >= 5000, max_iter=100, random_state=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)            # its accuracy is measured, not assumed
        return net.fit(x, label(x))


def ask(f, net, a, b):
    "Line and position of the changes of its answer."
    label = lambda x: net.predict(x.reshape(-1, f.dim)).reshape(x.shape[:-1])
    found = boundary_crossings(f, a, b, label, n_grid=257, n_bisect=20)
    u = (b - a)[found.line]
    return found.line, ((found.points - a[found.line]) * u).sum(1) / (u * u).sum(1)


def row(method, seconds, gap, close, spurious):
    "A row from the distances of all crossings to what a method found; those farther than `close` are missed."
    near = gap[gap <= close]
    median, most = np.quantile(near, [0.5, 0.95]).tolist() if len(near) else (None, None)
    return dict(method=method, seconds=seconds, error=median, error_95=most, missed=len(gap) - len(near), spurious=spurious)


def exactly(f, sinks, saddles, a, b):
    "Rows of the exact methods, and the crossings (line, t)."
    exact(f, sinks, saddles, a[:1], b[:1])                             # imports and caches are not timed
    hits, seconds = timed(lambda: exact(f, sinks, saddles, a, b))
    line, t = crossings(Basins(f, sinks), a, b, *hits)
    rows = [row("exact hits", seconds, gaps(line, t, hits), BESIDE, len(hits[0]) - len(line))]
    if f.dim == 2:
        box = np.stack([np.minimum(a, b).min(0), np.maximum(a, b).max(0)])
        m, seconds = timed(lambda: stable_manifold(f, saddles[0], box=box, attractors=sinks))
        away = m.distance(a[line] + t[:, None] * (b - a)[line]) / np.linalg.norm(b - a, axis=1)[line]
        rows.insert(0, row(f"every piece in the box, {len(m)}", seconds, away, BESIDE, None))
    return rows, line, t


def compare(name, n_lines, sizes, close=0.05):
    "Table of one network; a crossing without a learned one within `close` of its line is missed."
    f, sinks, saddles, a, b = boundary_case(name, n_lines)
    *_, many_a, many_b = boundary_case(name, 50 * n_lines, seed=1)     # lines to learn from
    rows, line, t = exactly(f, sinks, saddles, a, b)
    ours, label, rng = rows[0]["seconds"], Basins(f, sinks), np.random.default_rng(1)
    for n in sizes:
        net, seconds = timed(lambda: learn(label, many_a, many_b, n, rng))
        found = ask(f, net, a, b)
        rows.append(row(f"perceptron, {n:,} labels", seconds, gaps(line, t, found), close,
                        int((gaps(*found, (line, t)) > close).sum())))
    last, cheaper = rows[-1], [r["method"] for r in rows[-len(sizes):] if r["seconds"] < ours]
    says = f"With the most labels it takes {times(last['seconds'] / ours)} as long, is off by {last['error']:.2g} of a line " \
           f"(median) and misses {last['missed']} of {len(t)} crossings. Once it is learned, it labels any number of states " \
           "at the price of a matrix product."
    if cheaper: says += f" Cheaper than the exact method: {'; '.join(cheaper)}."
    return table(f"{TITLES[name]}: {len(t)} crossings on {n_lines} lines", "Error: median and 95 % quantile, in lengths of a line; "
                 f"missed or spurious: no counterpart within {close:g} of a line.", rows, says)


def measure(names=tuple(TITLES), n_lines=100, sizes=(1000, 10_000, 30_000)):
    "Tables for networks."
    return [compare(name, n_lines, sizes) for name in names]


if __name__ == "__main__": show(measure())
