"""Thresholds of stimuli: ground truths of a recorded neuron's network, and random bistable maps against dense simulation."""
from pathlib import Path

import numpy as np
import pytest

from plrnn_manifolds import (UNDECIDED, Basins, DrivenMap, ReLUMap, attracting_cycles, find_cycles, load_pretrained,
                             strength_duration, thresholds)


@pytest.fixture(scope="module")
def neuron():
    "The network of 0.1, kept as a fixture, and its resting state at 92 pA."
    f = DrivenMap.load(Path(__file__).parent / "fixtures" / "neuron_driven.npz")
    return f, find_cycles(f.at(92)).stable[0]


@pytest.mark.parametrize("steps, exact", [(1, []), (2, [101.5555]), (5, [42.8977]), (10, [22.1066]), (20, [12.6781]), (50, [9.5739]),
                                          (100, [9.5531, 87.0829, 108.6239]),
                                          (200, [9.5531, 56.9356, 66.9986, 95.4716, 106.449, 145.2327])])
def test_pulses_of_current(neuron, steps, exact):
    f, rest = neuron
    found = thresholds(f.pulse(1, steps, s=92), rest, 150)
    assert len(found) == len(exact) and np.allclose(found.amplitudes, exact, rtol=0, atol=1e-4)
    assert found.complete and found.confirmed(1e-9).all() and all(d is not None for d in found.itineraries)


def agrees(found, n=2000):
    "Whether the windows are what simulation of n amplitudes gives, and each threshold is confirmed on either side."
    a = np.linspace(*found.limits, n)
    labels = Basins(found.stimulus.rest_map, found.attractors)(found.stimulus.after(found.start, a))
    right = (found.labels[np.searchsorted(found.amplitudes, a)] == labels) | (labels == UNDECIDED)
    return right.all() and found.confirmed(1e-9).all()


def random_bistable(rng):
    "A random leaky hard-tanh network with inputs inside or beside the ReLU, and two or more stable cycles."
    while True:
        M, K = int(rng.integers(1, 7)), int(rng.integers(1, 3))
        W = rng.normal(size=(M, M)) * rng.uniform(0.8, 2.5) / np.sqrt(M) + np.eye(M) * rng.uniform(0, 1.5)
        f, W_in = ReLUMap.from_hardtanh_rnn(W, rng.normal(size=M) * 0.2, rng.uniform(0.1, 1)), rng.normal(size=(M, K))
        stable = attracting_cycles(f, f.trajectory(rng.normal(size=(60, M)) * 2, 400)[:, -1], max_order=60)
        if len(stable) > 1 and not len(stable.unsettled): break
    inside = rng.random() < 0.5
    return DrivenMap.of(f, None if inside else W_in, np.vstack([W_in, W_in]) if inside else None), stable


def test_random_bistable_maps():
    "50 of them: all changes of outcome on a grid of 2,000 amplitudes found, none invented."
    rng, n, wrong = np.random.default_rng(5), 0, []
    for i in range(50):
        f, stable = random_bistable(rng)
        steps = int(rng.integers(0, 13))
        stimulus = f.pulse(rng.normal(size=f.n_inputs), steps) if steps else f.kick(rng.normal(size=f.dim))
        found = thresholds(stimulus, stable[0].points[0], (-5, 5), n_check=2000)
        n += len(found)
        if not agrees(found): wrong.append((i, found.statement))
    assert wrong == [] and n > 40


def test_memory_of_48_units():
    "Pulses, a train and a ramp on either channel, from a memory of the flip-flop network."
    f = load_pretrained("flipflop48")
    held = find_cycles(f).stable
    for stimulus in (f.pulse([0, 1], 3), f.pulse_train([1, 1], 1, 5, 3), f.ramp([1, -1], 6)):
        found = thresholds(stimulus, held[0], (-2, 2), n_check=2000)
        assert agrees(found) and len(found) >= 1 and found.complete


def test_durations(neuron):
    "A curve is what its durations give one by one, and a budget leaves durations out and says so."
    f, rest = neuron
    curve = strength_duration(f, 1, [5, 20, 50], rest, 150, s=92, n_check=300)
    assert np.allclose(curve.amplitudes, [42.8977, 12.6781, 9.5739], rtol=0, atol=1e-4) and curve.complete
    n = curve.chronaxie
    first = [thresholds(f.pulse(1, k, s=92), rest, 150, n_check=300).first for k in (n - 1, n)]
    assert first[1] <= 2 * curve.rheobase < first[0]
    short = strength_duration(f, 1, [20, 50, 200], rest, 150, s=92, budget=0.5)
    assert not short.complete and "budget of 0.5 s" in short.statement + "".join(t.statement for t in short.found)
