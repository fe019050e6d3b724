"""What do line hits cost? find_hits against evaluating F alone, on the very vertices that were pushed.

    python benchmarks/line_hits.py [--lines 100] [--depth 100]

find_hits splits polylines at the switching planes, maps them, looks for crossings with the local stable set, keeps the
itineraries and drops what cannot hit any more. The least that any method must pay is F on all those vertices. That is
timed twice: in one batched call on all of them, which is the ratio asked for, and step by step, as the search sees
them. The second is the harder test where memory is slow, because short batches stay in the cache.
"""
import argparse
from pathlib import Path
from time import perf_counter

import numpy as np

from plrnn_manifolds import LocalSet, ReLUMap, find_cycles, load_checkpoint, load_pretrained
from plrnn_manifolds.manifolds import hits

SHARED = Path(__file__).resolve().parents[2] / "shared"


def bistable(M, H, seed):
    "Two units that inhibit each other and a random contracting AL-RNN that listens to them, turned: M states, H ReLUs."
    rng = np.random.default_rng(seed)
    W = 0.2 * rng.normal(size=(M - 2, M - 2)) / np.sqrt(M)
    rest = ReLUMap.from_alrnn(rng.uniform(0.3, 0.7, M - 2), W, rng.normal(size=M - 2), H - 2)
    f = ReLUMap.from_plrnn([0.8, 0.8], [[0, -0.5], [-0.5, 0]], [1, 1]).direct_sum(rest)
    listen = np.zeros((M, M))
    listen[2:, :2] = 0.3 * rng.normal(size=(M - 2, 2))
    turn = np.linalg.qr(rng.normal(size=(M, M)))[0]
    return ReLUMap(f.L + listen, f.U, f.V, f.b, f.c).change_coordinates(turn)


def networks():
    yield "Duffing shPLRNN", load_pretrained("duffing")
    yield "bistable, random", bistable(15, 6, seed=0)
    yield "bistable, random", bistable(25, 20, seed=1)
    for name in ("decision", "neuron_nap_N2_a"):
        path = SHARED / "models" / f"{name}.npz"
        if path.is_file(): yield f"{name} AL-RNN", load_checkpoint(path)
        else: print(f"skipped: {name} (no folder shared/models beside the project)")


def best(run, repeats=3):
    "Shortest time of a few runs, and the last result."
    times = []
    for _ in range(repeats):
        start = perf_counter()
        result = run()
        times.append(perf_counter() - start)
    return min(times), result


def pushed(search):
    "The vertex arrays that find_hits hands to `image` during a search."
    seen, image = [], hits.image

    def spy(f, lines, history=None):
        seen.append(lines.P.copy())
        return image(f, lines, history)

    hits.image = spy
    try: search()
    finally: hits.image = image
    return seen


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=100)
    parser.add_argument("--depth", type=int, default=100)
    args = parser.parse_args()
    print(f"{args.lines} lines, depth {args.depth}")
    print("network                   M   H  vertices  hits  find_hits   F, one batch    ratio   F, by step    ratio")
    for name, f in networks():
        cycles, rng = find_cycles(f), np.random.default_rng(0)
        saddle = next(c for c in cycles if c.kind == "saddle" and c.n_unstable == 1)
        sinks = [c for c in cycles if c.kind == "stable"]
        states = f.trajectory(rng.uniform(-2, 2, (200, f.dim)), 20)[:, 10:].reshape(-1, f.dim)
        a, b = states[rng.integers(len(states), size=(2, args.lines))]
        local = LocalSet(f, saddle)
        search = lambda: hits.find_hits(f, local, a, b, args.depth, attractors=sinks)
        steps = pushed(search)
        time, found = best(search)
        vertices = np.concatenate(steps)
        once, _ = best(lambda v=vertices: f(v))
        by_step, _ = best(lambda: [f(p) for p in steps])
        print(f"{name:24s} {f.dim:2d}  {f.n_relu:2d}  {sum(map(len, steps)):8d}  {len(found):4d}  {time:7.3f} s  "
              f"{once:9.3f} s  {time / once:8.2f}  {by_step:9.3f} s  {time / by_step:7.2f}")


if __name__ == "__main__":
    main()
