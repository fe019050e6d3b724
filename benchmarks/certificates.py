"""How long does a proof of chaos take? `python benchmarks/certificates.py`

1. Certificates in 25 dimensions with one and two unstable directions against the length of the itinerary, and their
   verification. Target: under 10 s for 100 steps.
2. The splitting of a monodromy matrix into stable and unstable space, against what one would pick instead: certified
   eigenvalues and eigenvectors (Arb's `acb_mat.eig`) at the same precision.
"""
import time
from types import SimpleNamespace

import numpy as np
from flint import acb_mat, arb_mat, ctx

from plrnn_manifolds import ReLUMap, certify, verify_certificate
from plrnn_manifolds.chaos.balls import splitting


def embed(f, M, seed=0):
    "The map f (+) contraction, turned by a random rotation, in M dimensions."
    rng = np.random.default_rng(seed)
    extra = M - f.dim
    shrink = ReLUMap(np.diag(rng.uniform(0.2, 0.8, extra)), np.zeros((extra, 1)), rng.normal(size=(1, extra)),
                     np.zeros(extra), [1.0])
    Q, _ = np.linalg.qr(rng.normal(size=(M, M)))
    return f.direct_sum(shrink).change_coordinates(Q)


def timed(func, *args):
    start = time.perf_counter()
    result = func(*args)
    return result, time.perf_counter() - start


def certificates(M=25, lengths=(10, 30, 100, 300, 1000)):
    "The Lozi map with a = 4 has a complete horseshoe: any word of L and R is the itinerary of a homoclinic orbit."
    horseshoe, rng = ReLUMap.from_normal_form(4.0, -0.5, -4.0, -0.5), np.random.default_rng(0)
    print(f"certificates, M = {M}\n{'unstable':>8} {'steps':>6} {'bits':>6} {'certify':>9} {'verify':>9}")
    for n_unstable, f in ((1, embed(horseshoe, M)), (2, embed(horseshoe.direct_sum(horseshoe), M))):
        saddle = SimpleNamespace(regions=np.ones((1, n_unstable + 1)))
        for n in lengths:
            itinerary = np.c_[rng.integers(0, 2, size=(n, n_unstable)), np.ones(n)]
            certificate, t1 = timed(certify, f, SimpleNamespace(cycle=saddle, itinerary=itinerary))
            assert certificate.verdict == "chaotic"
            check, t2 = timed(verify_certificate, certificate.to_json(), f)
            assert check.valid
            print(f"{n_unstable:8d} {n:6d} {certificate.bits:6d} {t1:8.2f}s {t2:8.2f}s")


def splittings(sizes=(5, 10, 20, 40), bits=(500, 2000, 8000)):
    "A random matrix with one eigenvalue outside the unit circle."
    rng = np.random.default_rng(0)
    print(f"\nsplitting into stable and unstable space\n{'M':>4} {'bits':>6} {'splitting':>10} {'acb_mat.eig':>12}")
    for M in sizes:
        spectrum = np.concatenate([[2.8], rng.uniform(-0.9, 0.9, M - 1)])
        T = rng.normal(size=(M, M))
        for b in bits:
            with ctx.workprec(b):
                A = arb_mat((T @ np.diag(spectrum) @ np.linalg.inv(T)).tolist())
                result, t1 = timed(splitting, A)
                assert result is not None and result["d"] == 1
                _, t2 = timed(lambda: acb_mat(A).eig(right=True, left=True))
            print(f"{M:4d} {b:6d} {t1:9.2f}s {t2:11.2f}s")


if __name__ == "__main__":
    certificates()
    splittings()
