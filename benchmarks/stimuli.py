"""Exact thresholds and branches of a recorded neuron's network, against what a user would do instead: simulate, or search, on a grid.

    python benchmarks/stimuli.py

Prints seconds and ratios of one run. A grid gives two digits where the exact methods give fifteen, and says nothing about what is
between its points.
"""
import time
from pathlib import Path

import numpy as np

from plrnn_manifolds import Basins, DrivenMap, branches, find_cycles, strength_duration

NEURON = DrivenMap.load(Path(__file__).parents[1] / "tests" / "fixtures" / "neuron_driven.npz")


def pulses(durations=(1, 2, 3, 5, 10, 20, 30, 50, 100, 200)):
    "Strength-duration curve from rest at 92 pA: exact, on a grid of 0.05 pA, and on that grid with bisection to 1e-12 pA."
    rest = find_cycles(NEURON.at(92)).stable[0]
    tic = time.perf_counter()
    curve = strength_duration(NEURON, 1, durations, rest, 150, s=92, n_check=500)
    exact = time.perf_counter() - tic
    tic, a, label = time.perf_counter(), np.linspace(0, 150, 3001), Basins(NEURON.at(92), curve.found[0].attractors)
    outcome = lambda n, a: label(NEURON.pulse(1, n, s=92).after(rest.points[0], a))
    grids = [outcome(n, a) for n in durations]
    coarse = time.perf_counter() - tic
    for n, g in zip(durations, grids):
        for i in np.flatnonzero(g[1:] != g[:-1]):
            lo, hi = a[i], a[i + 1]
            while hi - lo > 1e-12:
                middle = (lo + hi) / 2
                lo, hi = (middle, hi) if outcome(n, np.array([middle]))[0] == g[i] else (lo, middle)
    fine = time.perf_counter() - tic
    print(f"{len(durations)} durations of a pulse: exact {exact:.1f} s; grid of {a[1]:g} pA {coarse:.1f} s, ratio {coarse / exact:.2f}; "
          f"grid and bisection {fine:.1f} s, ratio {fine / exact:.2f}")
    print(f"   thresholds {[len(t) for t in curve.found]}, changes on the grid {[int((g[1:] != g[:-1]).sum()) for g in grids]}")


def currents(limits=(0.0, 150.0), step=0.5):
    "Fixed points over all currents: exact branches, and SCYFI on a grid of currents, which finds the folds to half a step."
    tic = time.perf_counter()
    exact = branches(NEURON, limits=limits, reseed=False, n_seeds=0)
    seconds = time.perf_counter() - tic
    tic, x = time.perf_counter(), np.arange(*limits, step)
    counts = np.array([len(find_cycles(NEURON.at(s), n_starts=100)) for s in x])
    grid = time.perf_counter() - tic
    print(f"fixed points from {limits[0]:g} to {limits[1]:g} pA: exact branches {seconds:.2f} s, folds at {[c.x for c in exact.folds]}; grid of "
          f"{step:g} pA {grid:.1f} s, ratio {grid / seconds:.0f}, the number changes after {x[:-1][np.diff(counts) != 0].tolist()}")


if __name__ == "__main__": pulses(); currents()
