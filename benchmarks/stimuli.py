"""Thresholds of current pulses and the branches of a recorded neuron's network, against what a user would do instead: simulate a grid.

    python benchmarks/stimuli.py

Prints seconds and ratios of one run. The grid is as fine as the answer needs to be: 0.05 pA for the pulses. It gives two digits
where the exact search gives fifteen, and says nothing about what is between its points.
"""
import time
from pathlib import Path

import numpy as np

from plrnn_manifolds import Basins, DrivenMap, find_cycles, strength_duration


def main():
    f = DrivenMap.load(Path(__file__).parents[1] / "tests" / "fixtures" / "neuron_driven.npz")
    rest, durations = find_cycles(f.at(92)).stable[0], [1, 2, 3, 5, 10, 20, 30, 50, 100, 200]
    tic = time.perf_counter()
    curve = strength_duration(f, 1, durations, rest, 150, s=92, n_check=500)
    exact = time.perf_counter() - tic
    tic = time.perf_counter()
    a = np.linspace(0, 150, 3001)
    label = Basins(f.at(92), curve.found[0].attractors)
    grid = [label(f.pulse(1, n, s=92).after(rest.points[0], a)) for n in durations]
    simulated = time.perf_counter() - tic
    changes = [int((g[1:] != g[:-1]).sum()) for g in grid]
    print(f"strength-duration curve, {len(durations)} durations: {exact:.1f} s exact, {simulated:.1f} s for grids of {len(a)} amplitudes")
    print(f"ratio {exact / simulated:.2f}; thresholds {[len(t) for t in curve.found]}, changes on the grid {changes}")
    tic = time.perf_counter()
    for g, n in zip(grid, durations):                                           # what it takes to get as close by bisection
        for i in np.flatnonzero(g[1:] != g[:-1]):
            lo, hi, stimulus = a[i], a[i + 1], f.pulse(1, n, s=92)
            while hi - lo > 1e-12:
                middle = (lo + hi) / 2
                lo, hi = (middle, hi) if label(stimulus.after(rest.points[0], np.array([middle])))[0] == g[i] else (lo, middle)
    print(f"bisecting each change to 1e-12: {time.perf_counter() - tic:.1f} s more, ratio {exact / (simulated + time.perf_counter() - tic):.2f}")


if __name__ == "__main__": main()
