"""Exact thresholds and branches of a recorded neuron's network, against what a user would do instead: grids of simulations.

    python benchmarks/stimuli.py

A grid gives two digits where the exact methods give fifteen, and says nothing about what is between its points.
"""
from pathlib import Path

import numpy as np
from measure import show, table, timed, times

from plrnn_manifolds import Basins, branches, DrivenMap, find_cycles, strength_duration

FILE = Path(__file__).parents[1] / "tests" / "fixtures" / "neuron_driven.npz"
SMALL = dict(durations=(3,), limits=(60.0, 100.0), step=20.0)


def bisected(outcome, a, labels, width=1e-12):
    "Where the outcome changes between neighbours of the grid a, to within a width."
    found = []
    for i in np.flatnonzero(labels[1:] != labels[:-1]):
        lo, hi = a[i], a[i + 1]
        while hi - lo > width:
            middle = (lo + hi) / 2
            lo, hi = (middle, hi) if outcome(np.array([middle]))[0] == labels[i] else (lo, middle)
        found.append((lo + hi) / 2)
    return np.array(found)


def pulses(f, durations, most=150.0, step=0.05):
    "Table: the strength-duration curve from rest at 92 pA."
    rest = find_cycles(f.at(92)).stable[0]
    curve, ours = timed(lambda: strength_duration(f, 1, durations, rest, most, s=92, n_check=500))
    a, label = np.linspace(0, most, round(most / step) + 1), Basins(f.at(92), curve.found[0].attractors)
    outcomes = [lambda x, n=n: label(f.pulse(1, n, s=92).after(rest.points[0], x)) for n in durations]
    grids, coarse = timed(lambda: [o(a) for o in outcomes])
    theirs, fine = timed(lambda: [bisected(o, a, g) for o, g in zip(outcomes, grids)])
    exact = [t.amplitudes for t in curve.found]
    off = [abs(x - y).max(initial=0) for x, y in zip(exact, theirs) if len(x) == len(y)]
    rows = [dict(method="strength_duration, exact", seconds=ours, error=0.0, thresholds=sum(map(len, exact))),
            dict(method=f"grid of {step:g} pA", seconds=coarse, error=step / 2, thresholds=sum(map(len, theirs))),
            dict(method="grid, then bisection", seconds=coarse + fine, error=float(max(off, default=np.nan)),
                 thresholds=sum(map(len, theirs)))]
    return table(f"Which pulse fires the recorded neuron: {len(durations)} durations",
                 "Error: in pA; of the bisected, from the exact.", rows,
                 f"Grid and bisection take {times((coarse + fine) / ours)} as long."
                 + (" We are not ahead." if coarse + fine < ours else ""))


def currents(f, limits, step):
    "Table: fixed points over all currents."
    exact, ours = timed(lambda: branches(f, limits=limits, reseed=False, n_seeds=0))
    x = np.arange(limits[0], limits[1] + step / 2, step)
    counts, grid = timed(lambda: np.array([len(find_cycles(f.at(s), n_starts=100)) for s in x]))
    changes = int((np.diff(counts) != 0).sum())
    rows = [dict(method="branches, exact", seconds=ours, error=0.0, folds=len(exact.folds)),
            dict(method=f"find_cycles every {step:g} pA", seconds=grid, error=step / 2, folds=changes)]
    return table(f"Its fixed points from {limits[0]:g} to {limits[1]:g} pA",
                 "Error of the currents at which their number changes, in pA.", rows,
                 f"The grid takes {times(grid / ours)} as long.")


def measure(durations=(1, 3, 10, 30, 100), limits=(0.0, 150.0), step=1.0):
    "Tables."
    f = DrivenMap.load(FILE)
    return [pulses(f, durations), currents(f, limits, step)]


if __name__ == "__main__": show(measure())
