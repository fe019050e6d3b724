"""The inventory of fixed points and cycles: find_cycles against SCYFI as one would write it down, and against brute force.

    python benchmarks/cycles.py

The loop is SCYFI (Eisenmann et al., NeurIPS 2023) after its description, one guess at a time: draw a random sequence of regions,
solve the linear equation for the cycle, read the regions that its orbit visits, and start from those, until they agree or 50 rounds
have passed; then draw again. Two questions are asked of both: how long do 1,000 guesses an order take (500 states and 500 shuffled
sequences for find_cycles, its default, which also tries what its orbits and the neighbours of its finds suggest), and how long does
it take at equal completeness, when an oracle names the orders that have cycles and stops each as soon as it has all that
find_cycles had? (find_cycles is started with the least of 1, 2, 4, ... starts that suffices; the loop is stopped at the very
guess.) Brute force solves and checks every sequence of regions, in batches.
"""
from itertools import islice, product
from time import process_time

import numpy as np
from measure import show, table, timed, times

from plrnn_manifolds import find_cycles, load_pretrained, ReLUMap
from plrnn_manifolds.maps.cycles import canonical, solve_affine

LOZI = ReLUMap.from_normal_form(4.0, -0.5, -4.0, -0.5)                 # a complete horseshoe: 2^k fixed points of F^k
FORTY = ReLUMap.from_plrnn([0.97777, 0.96461297], [[0, -0.64375], [0.52505308, 0]], [0.37298253, -0.97931491])


def wild(M=5, seed=1):
    "A random PLRNN with many cycles."
    rng = np.random.default_rng(seed)
    W = 2 / np.sqrt(M) * rng.normal(size=(M, M))
    return ReLUMap.from_plrnn(np.full(M, 0.5), W - np.diag(abs(np.diag(W))), rng.normal(size=M))


CASES = dict(                                                         # network, longest order, whether brute force can be had
    horseshoe=("Lozi map, M = 2, H = 1, orders 1 to 10", lambda: LOZI, 10, True),
    duffing=("Duffing network, M = 2, H = 10, order 1", lambda: load_pretrained("duffing"), 1, True),
    lorenz=("AL-RNN of Lorenz-63, M = 20, H = 2, orders 1 to 8", lambda: load_pretrained("lorenz63_alrnn"), 8, True),
    wild=("random PLRNN, M = H = 5, orders 1 to 8", wild, 8, False),
    ecg=("network of an ECG, M = 10, H = 120, order 1", lambda: load_pretrained("ecg"), 1, False),
    forty=("PLRNN with a 40-cycle, M = 2, H = 2, orders 1 to 40", lambda: FORTY, 40, False),
    flipflop=("flip-flop, M = H = 48, order 1", lambda: load_pretrained("flipflop48").at([0, 0]), 1, False))
SMALL = dict(cases=("duffing",), seconds=1.0)


def scyfi_loop(f, order, guesses, seconds, rng, wanted=None):
    "Itineraries found for one order by so many guesses, or until all `wanted` are among them, or the processor time is spent."
    found, end, A = set(), process_time() + seconds, f.L
    for _ in range(guesses):
        if wanted is not None and wanted <= found or process_time() > end: break
        d = rng.integers(0, 2, (order, f.n_relu))
        for _ in range(50):
            J, k = np.eye(f.dim), np.zeros(f.dim)
            for s in d:
                Js = A + (f.U * s) @ f.V
                J, k = Js @ J, Js @ k + f.b + (f.U * s) @ f.c
            try: z = np.linalg.solve(np.eye(f.dim) - J, k)
            except np.linalg.LinAlgError: break
            visited = np.empty_like(d)
            for i in range(order):
                x = f.V @ z + f.c
                visited[i] = x > 0
                z = A @ z + f.U @ np.maximum(x, 0) + f.b
            if (visited == d).all():
                found.add(key(d))
                break
            d = visited
    return found - {None}


def whole_loop(f, orders, guesses, seconds, wanted=None):
    "The same for several orders, which share the time: what was found, processor time, whether it sufficed."
    rng, found, spent = np.random.default_rng(0), set(), 0.0
    for i, k in enumerate(orders):
        these = wanted and {w for w in wanted if w[0] == k}
        new, used = timed(lambda: scyfi_loop(f, k, guesses, (seconds - spent) / (len(orders) - i), rng, these))
        found, spent = found | new, spent + used
    return found, spent, spent < 0.98 * seconds


def brute_force(f, orders, chunk=20_000):
    "Itineraries of all cycles, of every sequence of regions."
    found = set()
    for k in orders:
        words = product((False, True), repeat=k * f.n_relu)
        while batch := list(islice(words, chunk)):
            d = np.array(batch).reshape(-1, k, f.n_relu)
            z = solve_affine(f, d)
            d, z = d[np.isfinite(z).all(1)], z[np.isfinite(z).all(1)]
            found |= {key(r) for r in d[(f.itinerary(z, k) == d).all((1, 2))]}
    return found - {None}


def key(d):
    "What two itineraries of one cycle share; None if it repeats a shorter one."
    shorter = any(len(d) % j == 0 and (d == np.roll(d, j, axis=0)).all() for j in range(1, len(d)))
    return None if shorter else (len(d), canonical(np.asarray(d, bool)))


def fewest_starts(f, orders, wanted, most=512):
    "What find_cycles finds with the fewest starts (a power of 2) that find all `wanted`, its processor time, and how many starts."
    for n in (2 ** i for i in range(10)):
        cycles, seconds = timed(lambda: find_cycles(f, orders=orders, n_starts=n))
        found = {key(c.regions) for c in cycles}
        if wanted <= found or n == most: return found, seconds, n


def compare(title, f, max_order, brute, seconds):
    "A table of one network."
    find_cycles(f, 1, n_starts=2)                                      # imports and caches are not timed
    cycles, ours = timed(lambda: find_cycles(f, max_order))
    orders, wanted = range(1, max_order + 1), {key(c.regions) for c in cycles}
    with_cycles = sorted({w[0] for w in wanted})
    few, ours_few, n = fewest_starts(f, with_cycles, wanted)
    loop, theirs, ended = whole_loop(f, orders, 1000, seconds)
    until, theirs_until, _ = whole_loop(f, with_cycles, 10 ** 9, seconds, wanted)
    every, all_of_them = timed(lambda: brute_force(f, orders)) if brute else (set(), None)
    union = wanted | few | loop | until | every
    row = lambda method, found, s, r: dict(method=method, seconds=s, cycles=len(found), missed=len(union - found), ratio=s / r)
    rows = [row("find_cycles", wanted, ours, ours),
            row(f"loop, 1,000 guesses an order{'' if ended else ', stopped'}", loop, theirs, ours),
            row(f"find_cycles with an oracle ({n} starts)", few, ours_few, ours_few),
            row("loop with an oracle", until, theirs_until, ours_few)]
    if brute: rows.append(row("brute force", every, all_of_them, ours))
    return table(title,
                 "Cycles found, and those missed of all that any method found. Ratio: to find_cycles asked the same question.",
                 rows, outcome(rows))


def outcome(rows):
    "In a sentence."
    full, oracle, more = rows[1], rows[3], " or more" if "stopped" in rows[1]["method"] else ""
    says = f"Asked for 1,000 guesses an order, the loop takes {times(full['ratio'])} as long{more} and misses {full['missed']}; "
    if oracle["missed"] <= rows[2]["missed"]: says += f"at equal completeness it takes {times(oracle['ratio'])} as long."
    else:
        says += f"in {times(oracle['ratio'])} the time that find_cycles needs for all it finds no more than " \
                f"{oracle['cycles']} of them."
    if rows[0]["missed"]: says += f" find_cycles misses {rows[0]['missed']} that others have."
    ahead = [r["method"] for r in rows if r["ratio"] < 1 and r["missed"] <= rows[0]["missed"]]
    return says + (f" We are not ahead of: {'; '.join(ahead)}." if ahead else "")


def measure(cases=tuple(CASES), seconds=6.0):
    "Tables; `seconds`: processor time that each run of the loop may spend on a network."
    return [compare(title, make(), order, brute, seconds) for title, make, order, brute in (CASES[c] for c in cases)]


if __name__ == "__main__": show(measure())
