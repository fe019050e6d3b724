"""What do line hits cost? find_hits against evaluating F alone, on the very vertices that were pushed.

    python benchmarks/line_hits.py

find_hits splits polylines at the switching planes, maps them, looks for crossings with the local stable set, keeps the
itineraries and drops what cannot hit any more. The least that any method must pay is F on all those vertices. That is
timed twice: in one batched call on all of them, which is the limit, and step by step, as the search sees
them. The second is the harder test where memory is slow, because short batches stay in the cache.
"""
import numpy as np
from measure import bistable, show, table, timed, times

from plrnn_manifolds import find_cycles, load_pretrained, LocalSet
from plrnn_manifolds.manifolds import hits

NETWORKS = {"Duffing, M = 2, H = 10": lambda: load_pretrained("duffing"),
            "neuron, M = 25, H = 6": lambda: load_pretrained("neuron"),
            "decision, M = 15, H = 6": lambda: load_pretrained("decision"),
            "flip-flop, M = H = 48": lambda: load_pretrained("flipflop48").at([0, 0]),
            "random, M = H = 50": lambda: bistable(50, 50)}
SMALL = dict(names=("Duffing, M = 2, H = 10",), n_lines=5, depth=20, repeats=1)


def pushed(search):
    "The vertex arrays that find_hits hands to `image` during a search."
    seen, image = [], hits.image

    def spy(f, lines, *args):
        seen.append(lines.P.copy())
        return image(f, lines, *args)

    hits.image = spy
    try: search()
    finally: hits.image = image
    return seen


def compare(name, n_lines, depth, repeats):
    "Table of one network."
    f, rng = NETWORKS[name](), np.random.default_rng(0)
    cycles = find_cycles(f)
    saddle = next(c for c in cycles if c.n_unstable == 1)
    states = f.trajectory(rng.uniform(-2, 2, (200, f.dim)), 20)[:, 10:].reshape(-1, f.dim)
    a, b = states[rng.integers(len(states), size=(2, n_lines))]
    local = LocalSet(f, saddle)
    search = lambda: hits.find_hits(f, local, a, b, depth, attractors=cycles.stable)
    steps = pushed(search)
    found, ours = timed(search, repeats)
    vertices = np.concatenate(steps)
    _, once = timed(lambda: f(vertices), repeats)
    _, by_step = timed(lambda: [f(p) for p in steps], repeats)
    rows = [dict(method="find_hits", seconds=ours, hits=len(found)), dict(method="F alone, in one batch", seconds=once, hits=None),
            dict(method="F alone, step by step", seconds=by_step, hits=None)]
    says = f"Exact hits take {times(ours / once)} as long as F at the {len(vertices):,} vertices in one batch, " \
           f"{times(ours / by_step)} as long as F step by step."
    return table(f"{name}: {n_lines} lines to depth {depth}",
                 "F at all vertices that find_hits maps is the least that any method pays; one batch "
                 "is slower than steps where it does not fit the cache.", rows, says)


def measure(names=tuple(NETWORKS), n_lines=30, depth=50, repeats=2):
    "Tables for networks."
    return [compare(name, n_lines, depth, repeats) for name in names]


if __name__ == "__main__": show(measure())
