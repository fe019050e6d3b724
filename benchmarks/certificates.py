"""How long does a proof of chaos take, and its step that needs the most precision?

    python benchmarks/certificates.py

1. Certificates with one and two unstable directions against the length of the itinerary, and their verification.
2. The splitting of a monodromy matrix into stable and unstable space, against what one would pick instead: certified
   eigenvalues and eigenvectors (Arb's `acb_mat.eig`) at the same precision.
"""
from types import SimpleNamespace

import numpy as np
from flint import acb_mat, arb_mat, ctx
from measure import show, table, timed, times

from plrnn_manifolds import certify, ReLUMap, verify_certificate
from plrnn_manifolds.chaos.balls import splitting

SMALL = dict(M=4, lengths=(10,), sizes=(5,), bits=500)


def embed(f, M, seed=0):
    "The map f (+) contraction, turned by a random rotation, in M dimensions."
    rng = np.random.default_rng(seed)
    extra = M - f.dim
    shrink = ReLUMap(np.diag(rng.uniform(0.2, 0.8, extra)), np.zeros((extra, 1)), rng.normal(size=(1, extra)),
                     np.zeros(extra), [1.0])
    Q, _ = np.linalg.qr(rng.normal(size=(M, M)))
    return f.direct_sum(shrink).change_coordinates(Q)


def proofs(M, lengths):
    "Table: the Lozi map with a = 4 has a complete horseshoe: any word of L and R is the itinerary of a homoclinic orbit."
    horseshoe, rng, rows = ReLUMap.from_normal_form(4.0, -0.5, -4.0, -0.5), np.random.default_rng(0), []
    for n_unstable, f in ((1, embed(horseshoe, M)), (2, embed(horseshoe.direct_sum(horseshoe), max(M, 5)))):
        saddle = SimpleNamespace(regions=np.ones((1, n_unstable + 1)))
        for n in lengths:
            itinerary = np.c_[rng.integers(0, 2, size=(n, n_unstable)), np.ones(n)]
            certificate, seconds = timed(lambda: certify(f, SimpleNamespace(cycle=saddle, itinerary=itinerary)))
            check, again = timed(lambda: verify_certificate(certificate.to_json(), f))
            assert certificate.verdict == "chaotic" and check.valid
            rows.append(dict(method=f"{n_unstable} unstable, {n} steps", bits=certificate.bits, seconds=seconds,
                             verification=again))
    return table(f"Proofs of chaos, M = {M}", "Processor time of `certify` and of `verify_certificate`.", rows)


def split(M, bits):
    "Table: a random matrix with one eigenvalue outside the unit circle."
    rng = np.random.default_rng(0)
    spectrum, T = np.concatenate([[2.8], rng.uniform(-0.9, 0.9, M - 1)]), rng.normal(size=(M, M))
    with ctx.workprec(bits):
        A = arb_mat((T @ np.diag(spectrum) @ np.linalg.inv(T)).tolist())
        result, ours = timed(lambda: splitting(A))
        assert result is not None and result["d"] == 1
        _, theirs = timed(lambda: acb_mat(A).eig(right=True, left=True))
    return table(f"Stable and unstable space of a matrix, M = {M}, {bits:,} bits", "Both certified.",
                 [dict(method="splitting", seconds=ours), dict(method="acb_mat.eig", seconds=theirs)],
                 f"Certified eigenvectors take {times(theirs / ours)} as long.")


def measure(M=25, lengths=(10, 30, 100), sizes=(5, 20), bits=2000):
    "Tables."
    return [proofs(M, lengths)] + [split(n, bits) for n in sizes]


if __name__ == "__main__": show(measure())
