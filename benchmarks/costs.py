"""How processor time and memory grow with the size of a network, the order of cycles and the depth of a manifold.

    python benchmarks/costs.py

Each quantity is measured over a range of sizes; the exponent p of cost ~ size^p is the slope of a least-squares line through the
logarithms, given with the range and with the residual: the factor by which a measurement is off the line (root mean square). Memory
is the peak of what numpy and Python allocate (tracemalloc), in a second run, which is not timed. The networks are random: two units
that inhibit each other, with two stable states and a saddle, and contracting units that listen.
"""
import resource
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
from measure import bistable, show, timed

import plrnn_manifolds
from plrnn_manifolds import analyze_many, find_cycles, find_hits, load_pretrained, LocalSet, stable_manifold
from plrnn_manifolds.tools.cli import find_notebook, notebook_parameters


def cycles(f, **kwargs): return lambda: find_cycles(f, **kwargs)


def hits(f, n_lines=20, depth=30):
    "Lines between random states, and their hits on the boundary."
    found, rng = find_cycles(f), np.random.default_rng(0)
    saddle, (a, b) = found.saddles[0], f.trajectory(rng.normal(size=(2, n_lines, f.dim)), 1)[..., -1, :]
    local = LocalSet(f, saddle)
    return lambda: find_hits(f, local, a, b, depth, attractors=found.stable)


def surface(depth):
    "The stable surface of a Lorenz network: polygons in space."
    f = load_pretrained("lorenz63")
    saddle = min((c for c in find_cycles(f) if c.n_unstable == 1), key=lambda c: abs(c.points).sum())
    return lambda: stable_manifold(f, saddle, box=[[-2.5, -3.0, -3.2], [2.5, 3.0, 3.2]], depth=depth, max_pieces=10 ** 6,
                                   budget=120)


UNITS = RELUS = (8, 16, 32, 64, 128)
STUDIES = {                                                           # what: (name, grows with, sizes, size -> the work)
    "find_cycles, H = M": ("find_cycles", "M", UNITS, lambda n: cycles(bistable(n, n))),
    "20 lines of hits, H = M": ("20 lines of hits", "M", UNITS, lambda n: hits(bistable(n, n))),
    "find_cycles, M = 16": ("find_cycles", "H", RELUS, lambda n: cycles(bistable(16, n))),
    "find_cycles, exhaustive, M = 8": ("exhaustive, M = 8", "H", (4, 6, 8, 12, 16),
                                       lambda n: cycles(bistable(8, n), method="exhaustive", budget=60)),
    "20 lines of hits, M = 16": ("20 lines of hits", "H", RELUS, lambda n: hits(bistable(16, n))),
    "find_cycles of one order, M = H = 16": ("find_cycles, one order", "order", (2, 4, 8, 16, 32, 64),
                                             lambda n: cycles(bistable(16, 16), orders=[n])),
    "stable surface, M = 3, H = 20": ("stable surface", "depth", (10, 20, 30, 40, 60), surface)}
ANALYZED = ("duffing",)                                                # one that comes to an end by itself
SMALL = dict(studies=("find_cycles, M = 16",), most=16, analyzed=())


def peak(run):
    "Peak of the memory that `run()` allocates, in MB."
    tracemalloc.start()
    run()
    now = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return now


def power(sizes, cost):
    "Exponent of cost ~ size^p, and the root mean square factor off the line."
    x, y = np.log(sizes), np.log(cost)
    slope, start = np.polyfit(x, y, 1)
    return dict(exponent=float(slope), residual=float(np.exp(np.sqrt(np.mean((y - start - slope * x) ** 2)))))


def study(what, most):
    "Measured costs over the sizes up to `most`, and their fits."
    label, variable, sizes, make = STUDIES[what]
    sizes = [n for n in sizes if n <= most]
    make(sizes[0])()                                                   # imports and caches are not timed
    work = [make(n) for n in sizes]
    seconds = [timed(run, 2)[1] for run in work]
    megabytes = [peak(run) for run in work]
    return dict(what=what, label=label, variable=variable, sizes=sizes, seconds=seconds, megabytes=megabytes,
                time=power(sizes, seconds), memory=power(sizes, megabytes))


def analyze(names, **parameters):
    "Processor seconds of the report of a network, kernel and imports included, with a budget that does not cut it."
    folder, rows = Path(plrnn_manifolds.__file__).parent / "pretrained", []
    spent = lambda: sum(resource.getrusage(who).ru_utime + resource.getrusage(who).ru_stime
                        for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF))
    for name in names:
        tic = spent()
        with tempfile.TemporaryDirectory() as out:
            row, = analyze_many([folder / f"{name}.npz"], out, n_jobs=1, budget=1500.0, **parameters)
        if row["error"]: raise RuntimeError(row["error"])
        f = load_pretrained(name)
        rows.append(dict(network=name, M=f.dim, H=f.n_relu, seconds=spent() - tic))
    return rows


def measure(studies=tuple(STUDIES), most=np.inf, analyzed=ANALYZED):
    "All studies, and the reports of some networks."
    default = float(notebook_parameters(find_notebook("analyze"))["budget"]["default"])
    return dict(studies=[study(s, most) for s in studies], analyze=analyze(analyzed), budget=default)


if __name__ == "__main__":
    found = measure()
    for s in found["studies"]: print(s)
    for r in found["analyze"]: print(r)
