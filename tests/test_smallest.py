"""The smallest stimulus: not beaten by 10,000 random profiles nor by evolved ones, and the proved bound holds on all of them."""
from pathlib import Path

import numpy as np
import pytest

from plrnn_manifolds import Basins, Budget, DrivenMap, UNDECIDED, find_cycles, load_pretrained, smallest_stimulus

NEURON = Path(__file__).parent / "fixtures" / "neuron_driven.npz"


def network(name):
    "Driven map, constant input, a stable fixed point, all stable fixed points."
    f, s = (load_pretrained("flipflop48"), [0, 0]) if name == "memory" else (DrivenMap.load(NEURON), [92.0])
    cycles = find_cycles(f.at(s))
    return f, np.array(s, float), cycles.stable[0], cycles


class Tips:
    "Whether profiles y (m, n, K), in units of scale, lead away from the attractor."
    def __init__(self, f, s, attractor, stable):
        self.f, self.s, self.start = f, s, attractor.points[0]
        self.label = Basins(f.at(s), [attractor, *(c for c in stable if c != attractor)])

    def __call__(self, y):
        found = self.label(self.f.run(self.start, self.s + y * self.f.scale)[:, -1])
        return (found != 0) & (found != UNDECIDED)

    def radius(self, u, n=24, most=8.0):
        "Norms (m,) at which the profiles along u (m, n, K) first tip, on a grid and by halving; inf beyond `most`."
        grid = np.linspace(0.05, 1, 24) * most
        bad = np.stack([self(r * u) for r in grid], axis=1)
        hi = np.where(bad.any(1), grid[bad.argmax(1)], np.inf)
        lo, i = np.where(np.isinf(hi), 0, hi - grid[0]), np.isfinite(hi)
        for _ in range(n):
            middle = (lo + hi)[i] / 2
            out = self(middle[:, None, None] * u[i])
            hi[i], lo[i] = np.where(out, middle, hi[i]), np.where(out, lo[i], middle)
        return hi


def unit(u): return u / np.linalg.norm(u, axis=(1, 2), keepdims=True)


@pytest.mark.parametrize("name, n, share", [("memory", 3, 0.05), ("neuron", 10, 0.9)])
def test_never_beaten(name, n, share):
    f, s, attractor, cycles = network(name)
    # work is bounded, time is not: on a busy machine the answer is the same
    found = smallest_stimulus(f, attractor, n, s=s, n_random=4000, n_starts=8, max_cells=4000, budget=Budget())
    assert found.complete
    tips, rng = Tips(f, s, attractor, cycles.stable), np.random.default_rng(1)
    y = found.profile[None] / f.scale
    assert np.isclose(np.linalg.norm(y), found.norm) and tips(y * (1 + 1e-9)).all() and not tips(y * (1 - 1e-9)).any()
    assert share * found.norm <= found.lower_bound <= found.norm
    u = unit(rng.normal(size=(10_000, n, f.n_inputs)))
    assert not tips(u * found.norm * (1 - 1e-6)).any() and not tips(u * found.lower_bound).any()
    best = unit(np.concatenate([rng.normal(size=(60, n, f.n_inputs)), np.ones((1, n, f.n_inputs)), -np.ones((1, n, f.n_inputs))]))
    r, most, width = tips.radius(best, most=6 * found.norm), 6 * found.norm, 0.5
    for _ in range(15):                                                   # evolve directions: the 10 best and 40 of their children
        order = np.argsort(r)[:10]
        parents = best[order]
        children = unit(parents[rng.integers(len(parents), size=40)] + width * unit(rng.normal(size=(40, n, f.n_inputs))))
        best, r = np.concatenate([parents, children]), np.concatenate([r[order], tips.radius(children, most=most)])
        width *= 0.8
    assert found.lower_bound < r.min() and r.min() > found.norm * (1 - 1e-6), (r.min(), found)
    assert r.min() < 2 * found.norm                                       # evolution came near


def test_channels_and_cycles():
    "One channel alone needs more than both; from a rhythm, the worst phase counts."
    f, s, attractor, cycles = network("memory")
    settings = dict(attractors=cycles.stable, n_random=2000, n_starts=4, max_cells=200, budget=Budget())
    both, one = (smallest_stimulus(f, attractor, 2, channels=c, **settings) for c in (None, [0]))
    assert one.norm >= both.norm and (one.profile[:, 1] == 0).all() and one.complete
