"""Seeded generators of small ReLU maps (M <= 4, H <= 6): random, degenerate, and with several attractors."""
import os

import numpy as np

from plrnn_manifolds import ReLUMap

WHOLE = bool(os.environ.get("ORACLES_WHOLE"))               # set by `make oracles`; without it a fast subset runs


def size(fast, whole):
    "Range of seeds: the fast subset comes first, so what fails in it fails in the whole, too."
    return range(whole if WHOLE else fast)


def every(check, cases):
    "Run check(*case) for all cases and report all that fail at once, with their numbers."
    failed = []
    for n, case in enumerate(cases, 1):
        try: check(*case)
        except Exception as e: failed.append(f"{case}: {type(e).__name__} {e}")         # a crash is a failure, too
    assert not failed, f"{len(failed)} of {n} failed\n" + "\n".join(failed)


def gaussian(rng, M, H):
    "Weights in general position."
    return ReLUMap(0.6 * rng.normal(size=(M, M)), rng.normal(size=(M, H)), rng.normal(size=(H, M)),
                   rng.normal(size=M), rng.normal(size=H))


def integer(rng, M, H):
    "Small integer weights: exact zeros, parallel planes and singular regions come up by chance."
    draw = lambda *shape: rng.integers(-3, 4, size=shape).astype(float)
    return ReLUMap(draw(M, M), draw(M, H), draw(H, M), draw(M), draw(H))


def coinciding(rng, M, H):
    "Integer weights; one plane comes twice or more, multiplied by an integer, half of them with opposite orientation."
    f = integer(rng, M, H)
    V, c = f.V.copy(), f.c.copy()
    for i in range(1, H):
        if i == 1 or rng.random() < 0.4:
            factor, j = rng.choice([-7, -3, -2, -1, 1, 2, 3, 7]), rng.integers(i)
            V[i], c[i] = factor * V[j], factor * c[j]
    return ReLUMap(f.L, f.U, V, f.b, c)


def duplicate(rng, M, H):
    "Random weights; planes come twice. Powers of two, so that they coincide exactly."
    f = gaussian(rng, M, H)
    V, c = f.V.copy(), f.c.copy()
    for i in range(1, H, 2):
        factor = rng.choice([-2, -1, -0.5, 0.5, 1, 2])
        V[i], c[i] = factor * V[i - 1], factor * c[i - 1]
    return ReLUMap(f.L, f.U, V, f.b, c)


def rank_deficient(rng, M, H):
    "Every Jacobian is singular, exactly: no unit and no weight reaches the last coordinate."
    f = gaussian(rng, M, H)
    L, U = f.L.copy(), f.U.copy()
    L[-1], U[-1] = 0, 0
    return ReLUMap(L, U, f.V, f.b, f.c)


def nearly_singular(rng, M, H):
    "A region has a singular value of 1e-6 to 1e-17: solutions are far away, or rounding decides whether there are any."
    f = gaussian(rng, M, H)
    d = f.region(3 * rng.normal(size=M))
    u, s, v = np.linalg.svd(f.jacobian(d))
    return ReLUMap(f.L - (s[-1] - 10.0 ** -rng.uniform(6, 17)) * np.outer(u[:, -1], v[-1]), f.U, f.V, f.b, f.c)


def jordan(rng, M, H):
    "L is a Jordan block of eigenvalue 0.5, 1, -1 or 0."
    f = gaussian(rng, M, H)
    return ReLUMap(rng.choice([0.5, 1, -1, 0]) * np.eye(M) + np.eye(M, k=1), f.U, f.V, f.b, f.c)


def affine(rng, M, H):
    "No ReLU at all."
    return gaussian(rng, M, 0)


def scalar(rng, M, H):
    "One dimension."
    return gaussian(rng, 1, H)


def rescaled(f, scale):
    "The same map in units `scale` times smaller: every state, cycle and preimage is multiplied by `scale`."
    return ReLUMap(f.L, f.U, f.V, scale * f.b, scale * f.c)


def tiny(rng, M, H):
    "States of size 1e-6."
    return rescaled(gaussian(rng, M, H), 2.0 ** -20)


def huge(rng, M, H):
    "States of size 1e6."
    return rescaled(gaussian(rng, M, H), 2.0 ** 20)


def far_cycles(rng, M, H):
    "Nearly singular is I - J of one region: there is a fixed point far away, or rounding decides."
    f = nearly_singular(rng, M, H)
    return ReLUMap(f.L + np.eye(M), f.U, f.V, f.b, f.c)


KINDS = {make.__name__: make for make in (gaussian, integer, coinciding, duplicate, rank_deficient, nearly_singular,
                                          jordan, affine, scalar, tiny, huge, far_cycles)}


def make(kind, seed, max_dim=4, max_relu=6):
    "The map of one kind and seed, and its random generator for what follows."
    rng = np.random.default_rng([list(KINDS).index(kind), seed])
    M, H = rng.integers(1, max_dim + 1), rng.integers(1, max_relu + 1)
    return KINDS[kind](rng, M, H), rng


def bistable(seed, M=2):
    "Leaky hard-tanh units (H = 2 M) that excite themselves: usually 2 to 4 attractors, nothing diverges."
    rng = np.random.default_rng([101, M, seed])
    W = rng.normal(size=(M, M)) + rng.uniform(0.8, 2.0) * np.eye(M)
    return ReLUMap.from_hardtanh_rnn(W, 0.3 * rng.normal(size=M), rng.uniform(0.2, 0.9))


def slow(seed, M=2, leak=0.1, stable=0.99, saddle=1.004):
    """Leaky ReLU units, the first two inhibiting each other: two stable points, largest multiplier about `stable`, and
    a saddle between, unstable multiplier about `saddle`; the other units only listen."""
    rng = np.random.default_rng([202, seed])
    slower = rng.uniform(0.8, 1.2)
    self_excitation = 1 - slower * (1 - stable) / leak
    inhibition = 1 - self_excitation + slower * (saddle - 1) / leak
    W = np.zeros((M, M))
    W[2:, :2] = rng.normal(size=(M - 2, 2))
    W[:2, :2] = [[self_excitation, -inhibition], [-inhibition, self_excitation]]
    return ReLUMap.from_relu_rnn(W, np.r_[1.0, 1.0, rng.normal(size=M - 2)], leak)


def tipping(seed, M=2):
    "Random ReLU maps, many of them not invertible: points, cycles or chaos to fall into, or infinity."
    rng = np.random.default_rng([303, M, seed])
    H = rng.integers(2, 7)
    return ReLUMap(0.5 * rng.normal(size=(M, M)), 0.7 * rng.normal(size=(M, H)), rng.normal(size=(H, M)),
                   rng.normal(size=M), rng.normal(size=H))
