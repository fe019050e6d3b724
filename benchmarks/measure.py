"""What the benchmarks share: processor time, tables, networks of any size.

A benchmark is a module with a function `measure(...)` that returns tables, and a dictionary SMALL of arguments with which it takes
seconds. A table is a dictionary of a title, `about` (what was compared), `rows` (one dictionary a method, ours first), and `says`
(the outcome in a sentence made of the numbers). `ratio` is the processor time of a method over that of the first row.
"""
from time import process_time

import numpy as np

from plrnn_manifolds import find_cycles, load_pretrained, ReLUMap, to_latent
from plrnn_manifolds.data.systems import duffing


def timed(run, repeats=1):
    "What `run()` returns, and its processor time in seconds: the least of some repetitions."
    times = []
    for _ in range(repeats):
        tic = process_time()
        result = run()
        times.append(process_time() - tic)
    return result, min(times)


def table(title, about, rows, says=""):
    "A table whose rows have `seconds`; where there is none, the ratio to the first row is added."
    ratio = lambda r: r["seconds"] / max(rows[0]["seconds"], 1e-6)
    return dict(title=title, about=about, rows=[dict(r, ratio=r.get("ratio", ratio(r))) for r in rows], says=says)


def times(ratio):
    "A ratio in words."
    return f"{ratio:,.0f} times" if ratio >= 100 else f"{ratio:.2g} times"


def show(tables):
    "Print tables."
    for t in tables:
        print(f"\n{t['title']}. {t['about']}")
        for row in t["rows"]:
            print("   ", ", ".join(f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()))
        print(f"    {t['says']}")


def bistable(M, H, seed=0):
    "Two units that inhibit each other, and a random contracting shallow PLRNN that listens to them, turned: M states, H ReLUs."
    rng = np.random.default_rng(seed)
    W1, W2 = 0.3 / np.sqrt(H) * rng.normal(size=(M - 2, H - 2)), rng.normal(size=(H - 2, M - 2)) / np.sqrt(M)
    rest = ReLUMap.from_shplrnn(rng.uniform(0.3, 0.6, M - 2), W1, W2, rng.normal(size=M - 2), rng.normal(size=H - 2))
    f = ReLUMap.from_plrnn([0.8, 0.8], [[0, -0.5], [-0.5, 0]], [1, 1]).direct_sum(rest)
    listen = np.zeros((M, M))
    listen[2:, :2] = 0.3 * rng.normal(size=(M - 2, 2))
    turn = np.linalg.qr(rng.normal(size=(M, M)))[0]
    return ReLUMap(f.L + listen, f.U, f.V, f.b, f.c).change_coordinates(turn)


def boundary_case(name, n_lines, seed=0):
    "A network, its stable cycles, the saddles that part their basins, and lines a-b (n, M) through the states it visits."
    f, rng = load_pretrained(name), np.random.default_rng(seed)
    f = f if isinstance(f, ReLUMap) else f.at(np.zeros(f.C.shape[1]))
    cycles = find_cycles(f)
    if name == "duffing": a, b = rng.uniform(*to_latent(f, duffing().box.T), (2, n_lines, 2))
    else: a, b = visited(f, cycles.stable, 2 * n_lines, rng).reshape(2, n_lines, f.dim)
    return f, cycles.stable, [c for c in cycles if c.n_unstable == 1], a, b


def visited(f, sinks, n, rng, steps=3):
    "n states (n, M) that a network of ReLU units visits a few steps after a random start in the range of its attractors."
    top = max(c.points.max() for c in sinks) + 0.1
    return f.trajectory(rng.uniform(0, top, (n, f.dim)), steps)[:, -1]
