"""Inventory of cycles: find_cycles against SCYFI as one would write it down, one guess at a time.

    python benchmarks/cycles.py [--seconds 60] [--max-order 40]

The system is the two-unit PLRNN with a 40-cycle from the test suite of SCYFI (Eisenmann et al., NeurIPS 2023). The
plain loop draws a random itinerary, solves, reads off the itinerary of the solution, until they agree or 50 rounds
have passed, and draws again. It gets as many guesses an order as find_cycles, then a time budget, so both questions are
answered: how long does the same number of guesses take, and what has been found by then?
"""
import argparse
from time import perf_counter

import numpy as np

from plrnn_manifolds import ReLUMap, find_cycles

NET = ReLUMap.from_plrnn([0.97777, 0.96461297], [[0, -0.64375], [0.52505308, 0]], [0.37298253, -0.97931491])


def plain_scyfi(f, order, n_guesses, rng, deadline):
    "Cycles of one order as a list of point arrays (order, M), and the number of guesses made before the deadline."
    found, A = [], f.L
    for n in range(n_guesses):
        if perf_counter() > deadline: return found, n
        d = rng.integers(0, 2, (order, f.n_relu))
        for _ in range(50):
            J, k = np.eye(f.dim), np.zeros(f.dim)
            for s in d:
                Js = A + (f.U * s) @ f.V
                J, k = Js @ J, Js @ k + f.b + (f.U * s) @ f.c
            try: z = np.linalg.solve(np.eye(f.dim) - J, k)
            except np.linalg.LinAlgError: break
            points, visited = np.empty((order, f.dim)), np.empty_like(d)
            for i in range(order):
                points[i], x = z, f.V @ z + f.c
                visited[i] = x > 0
                z = A @ z + f.U @ np.maximum(x, 0) + f.b
            if (visited == d).all():
                shorter = any(order % j == 0 and np.allclose(points[0], points[j], atol=1e-9) for j in range(1, order))
                known = any(np.abs(points[0] - c).max(1).min() < 1e-9 for c in found)
                if not shorter and not known: found.append(points)
                break
            d = visited
    return found, n_guesses


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60, help="budget of the plain loop")
    parser.add_argument("--max-order", type=int, default=40)
    parser.add_argument("--starts", type=int, default=500, help="guesses an order, for both")
    args = parser.parse_args()
    find_cycles(NET, 2)                                                     # imports and caches are not timed
    start = perf_counter()
    cycles = find_cycles(NET, args.max_order, n_starts=args.starts)
    ours = perf_counter() - start
    print(f"find_cycles: orders 1 to {args.max_order}, {args.starts} starts an order: {ours:.2f} s, "
          f"cycles by order {cycles.counts()}")

    rng, start, counts, guesses = np.random.default_rng(0), perf_counter(), {}, 0
    for order in range(args.max_order, 0, -1):                              # the long ones first: the hard part
        found, n = plain_scyfi(NET, order, args.starts, rng, start + args.seconds)
        guesses += n
        if found: counts[order] = len(found)
        if n < args.starts: break
    plain = perf_counter() - start
    total = args.starts * args.max_order
    print(f"plain loop:  {guesses} of {total} guesses, orders {args.max_order} down to {order}: {plain:.2f} s, "
          f"cycles by order {dict(sorted(counts.items()))}")
    if guesses < total: print(f"             stopped by its budget; orders below {order} not reached")
    missing = {k: n - counts.get(k, 0) for k, n in cycles.counts().items() if k >= order and n > counts.get(k, 0)}
    lacking = {k: n - cycles.counts().get(k, 0) for k, n in counts.items() if n > cycles.counts().get(k, 0)}
    print(f"find_cycles is {plain / ours:.1f} times faster{' or more' if guesses < total else ''}; "
          f"missed by the plain loop: {missing or 'nothing'}; missed by find_cycles: {lacking or 'nothing'}")


if __name__ == "__main__":
    main()
