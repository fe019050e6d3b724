"""Where basins meet: exact hits against simulated labels on a grid, bisection, and edge tracking, at equal accuracy.

    python benchmarks/boundary.py

The same lines for all: random ones in the box of the Duffing network, and lines between states that the flip-flop network visits.
The attractors and saddles are known to every method (`find_cycles`). A crossing counts if the states 1e-8 of its line before and
behind it go to different attractors by simulation, whoever found it; it is then bisected between these to the last digit, and the
error of a method is its distance from there. A grid is as accurate as its step, and its labels are independent of each other: what
it takes at the accuracy of the others is its measured time times the ratio of the steps.
"""
import numpy as np
from measure import boundary_case, show, table, timed, times

from plrnn_manifolds import (Basins, boundary_crossings, edge_tracking, find_cycles, find_hits, LocalSet, saddle_sides,
                             stable_manifold)
from plrnn_manifolds.manifolds.manifold import default_depth
from plrnn_manifolds.tools.plotting import plane_grid

ACCURACY, BESIDE, FINE = 1e-9, 1e-8, 1001                             # of the length of a line; states a line of the fine grid
TITLES = dict(duffing="Duffing network, M = 2, H = 10", flipflop48="flip-flop, M = H = 48")
SMALL = dict(names=("duffing",), n_lines=4, sizes=(50,))


def exact(f, sinks, saddles, a, b):
    "Line and position t of the hits on the manifolds of all saddles."
    found = find_hits(f, [LocalSet(f, c) for c in saddles], a, b, default_depth([*saddles, *sinks]), attractors=sinks,
                      resolution=1e-15)
    return found.line, found.t


def bisected(f, label, a, b, n_grid):
    "Line and position of the changes of label between n_grid states a line, to the ACCURACY."
    n = int(np.ceil(np.log2(1 / (ACCURACY * (n_grid - 1)))))
    found = boundary_crossings(f, a, b, label, n_grid=n_grid, n_bisect=n)
    u = (b - a)[found.line]
    return found.line, ((found.points - a[found.line]) * u).sum(1) / (u * u).sum(1)


def on_grid(label, a, b, n_grid):
    "Line and position of the changes of label between n_grid states a line."
    t = np.linspace(0, 1, n_grid)
    labels = label(a[:, None] + t[:, None] * (b - a)[:, None])
    line, i = np.nonzero(labels[:, 1:] != labels[:, :-1])
    return line, (t[i] + t[i + 1]) / 2


def crossings(label, a, b, line, t):
    "The different ones among crossings that were found somehow, if labels on both sides confirm them, to the last digit."
    at = lambda s: label(a[line] + s[:, None] * (b - a)[line])
    order = np.lexsort((t, line))
    line, t = line[order], t[order]
    new = np.append(True, (np.diff(line) != 0) | (np.diff(t) > 2 * BESIDE))[:len(t)]
    line, t = line[new], t[new]
    sure = at(t - BESIDE) != at(t + BESIDE)
    line, lo, hi = line[sure], t[sure] - BESIDE, t[sure] + BESIDE
    here = at(lo)
    for _ in range(30):
        same = at((lo + hi) / 2) == here
        lo, hi = np.where(same, (lo + hi) / 2, lo), np.where(same, hi, (lo + hi) / 2)
    return line, (lo + hi) / 2


def gaps(line, t, found):
    "Distance in t from each crossing to the nearest that was found on its line; inf if there is none."
    return np.array([np.min(abs(found[1][found[0] == k] - x), initial=np.inf) for k, x in zip(line, t)])


def row(method, seconds, gap, close):
    "A row from the distances of all crossings to what a method found; those farther than `close` are missed."
    hit = gap <= close
    return dict(method=method, seconds=seconds, error=float(np.median(gap[hit])) if hit.any() else None,
                crossings=int(hit.sum()), missed=int((~hit).sum()))


def on_lines(name, n_lines):
    "Table of the methods that find crossings on lines, and of the list of all pieces in the plane."
    f, sinks, saddles, a, b = boundary_case(name, n_lines)
    label = Basins(f, sinks)
    exact(f, sinks, saddles, a[:1], b[:1]), label(a[:1])               # imports and caches are not timed
    hits, t_hits = timed(lambda: exact(f, sinks, saddles, a, b))
    halved, t_halved = timed(lambda: bisected(f, label, a, b, 65))
    halved_fine, t_halved_fine = timed(lambda: bisected(f, label, a, b, FINE))
    grid, t_grid = timed(lambda: on_grid(label, a, b, FINE))
    line, t = crossings(label, a, b, *(np.concatenate(x) for x in zip(hits, halved, halved_fine)))
    rows = [row("exact hits", t_hits, gaps(line, t, hits), BESIDE),
            row("65 labels a line, bisection", t_halved, gaps(line, t, halved), BESIDE),
            row(f"{FINE:,} labels a line, bisection", t_halved_fine, gaps(line, t, halved_fine), BESIDE),
            row(f"{FINE:,} labels a line", t_grid, gaps(line, t, grid), 1 / (FINE - 1)),
            dict(method=f"labels every {ACCURACY:g} of a line (extrapolated)", seconds=t_grid / (FINE - 1) / ACCURACY,
                 error=ACCURACY / 4)]
    return table(f"{TITLES[name]}: {len(t)} crossings on {n_lines} lines", "Error: median, in lengths of a line.", rows,
                 outcome(rows))


def outcome(rows):
    "In a sentence."
    coarse, fine = rows[1:3]
    ratio = lambda r: times(r["seconds"] / rows[0]["seconds"])
    says = f"At an accuracy of {ACCURACY:g}, bisection takes {ratio(coarse)} as long as exact hits from 65 labels a line, " \
           f"{ratio(fine)} from {FINE:,}; missed: {coarse['missed']} and {fine['missed']}, and {rows[0]['missed']} by exact hits."
    ahead = [r["method"] for r in rows[1:3] if r["seconds"] < rows[0]["seconds"] and r["missed"] <= rows[0]["missed"]]
    return says + (f" Exact hits are not ahead of: {'; '.join(ahead)}. What a grid has missed it cannot say." if ahead else "")


def picture(name, sizes, wanted=1e-6):
    "Table: the whole boundary of a planar network in its box, as pieces and as a picture of labels."
    f, sinks, saddles, a, b = boundary_case(name, 50)
    box, label = np.stack([np.minimum(a, b).min(0), np.maximum(a, b).max(0)]), Basins(f, sinks)
    extent, size = box.T.ravel(), np.linalg.norm(box[1] - box[0])
    m, ours = timed(lambda: stable_manifold(f, saddles[0], box=box, attractors=sinks), 3)
    line, t = crossings(label, a, b, *bisected(f, label, a, b, 65))
    away = m.distance(a[line] + t[:, None] * (b - a)[line]) / size
    rows = [dict(method=f"every piece, {len(m)}", seconds=ours, error=float(np.median(away)))]
    for n in sizes:
        grid = plane_grid(extent, n)
        labels, seconds = timed(lambda: label(grid))
        changed = labels[:, 1:] != labels[:, :-1]
        middle = ((grid[:, 1:] + grid[:, :-1]) / 2)[changed]
        rows.append(dict(method=f"labels of {n} x {n} states", seconds=seconds, error=float(np.median(m.distance(middle) / size))))
    last = rows[-1]
    n = sizes[-1] * last["error"] / wanted
    seconds = last["seconds"] * (last["error"] / wanted) ** 2
    rows.append(dict(method=f"labels of {n:.1g}^2 states (extrapolated)", seconds=seconds, error=wanted))
    return table(f"{TITLES[name]}: the whole boundary in its box",
                 "Error: median distance of pieces from bisected crossings, and of "
                 "the middle of neighbours with different labels from the pieces, in sizes of the box.", rows,
                 f"{last['method'].capitalize()} take {times(last['seconds'] / ours)} as long as all pieces "
                 f"and are off by {last['error']:.1g}.")


def edges(name):
    "Table: the saddle between two basins, by solving and by walking along the boundary."
    f, sinks, *_ = boundary_case(name, 1)
    cycles, ours = timed(lambda: find_cycles(f), 3)
    saddles = [c for c in cycles if c.n_unstable == 1]
    label = Basins(f, sinks)
    sides = saddle_sides(f, saddles[0], label)
    pair = [sinks[s[0]] for s in sides]
    edge, theirs = timed(lambda: edge_tracking(f, *pair, sinks))
    off = min(np.linalg.norm(edge.orbit[-1] - c.points[0]) for c in saddles)
    rows = [dict(method="find_cycles: all fixed points", seconds=ours, saddles=len(saddles), error=0.0),
            dict(method="edge tracking: one pair of basins", seconds=theirs, saddles=int(edge.cycle is not None), error=float(off))]
    says = f"Edge tracking takes {times(theirs / ours)} as long for one edge of {len(saddles)}. It needs no search " \
           "for cycles, and also finds edges that are no cycles."
    return table(f"{TITLES[name]}: the saddle between two basins",
                 "Error: distance of the end of the orbit on the boundary from the saddle, in latent units.", rows, says)


def measure(names=tuple(TITLES), n_lines=100, sizes=(100, 200, 400)):
    "Tables for networks; `sizes`: of the pictures."
    tables = [t for name in names for t in (on_lines(name, n_lines), edges(name))]
    return [picture("duffing", sizes)] * ("duffing" in names) + tables


if __name__ == "__main__": show(measure())
