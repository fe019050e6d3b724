"""Is this JSON file a horseshoe of the ReLU network with these weights?    python horseshoe.py HORSESHOE WEIGHTS.npz
Exit status 0: proved, with a lower bound of the topological entropy per step, 1: not, with the reason, 2: wrong usage.
Along each block the map is affine, a matrix on (1, x); y, the stretched coordinates at its start, are eliminated in favour of
y', those at its end.
"""
import sys

import numpy as np
from flint import arb, arb_mat, ctx
from verify import TOLERANCE, Network, NotValid, Undecided, itinerary, need, read

FORMAT = "plrnn_manifolds horseshoe 1"
FIELDS = "format theorem verdict map bits n_unstable entropy boxes blocks checks digest"
THEOREM = ("Boxes and blocks of steps along which the map is affine: every block stretches its box across the next one, and "
           "different blocks from one box are told apart. So for every path of blocks there is an orbit that follows it, for "
           "every closed path a cycle, and the topological entropy of the map is at least the number given, per step.")
TEXTS = dict(across="every block stretches its box across the next, by this part of it", inside="and stays inside it otherwise",
             regions="all states on the way are strictly inside the regions of the word",
             apart="different blocks from one box differ in a region, or start in disjoint strips",
             entropy="the sum of exp(-h length) v over the blocks from each box is above its own v")

def decided(balls, margin, why):
    "All balls are larger than the margin; raises otherwise."
    if not all(x > margin for x in balls): raise (NotValid if any(x <= margin for x in balls) else Undecided)(why)

def reach(A): return [sum((abs(x) for x in row), arb(0)) for row in A.tolist()]

def coarse(): return ctx.workprec(max(256, ctx.prec // 8))
def rounded(A): return arb_mat([[+x for x in row] for row in A.tolist()])

def runs(word):
    "(region, length) of the pieces of a word that stay in one region, for at most 64 steps."
    out = []
    for s in word:
        if out and out[-1][0] == s and out[-1][1] < 64: out[-1][1] += 1
        else: out.append([s, 1])
    return out

def on_states(k, J):
    "The affine map x -> J x + k as a matrix on (1, x)."
    return arb_mat([[1] + [0] * J.ncols()] + [[a, *row] for a, row in zip(k.entries(), J.tolist())])

def stay(net, s, n):
    "n steps in the region s on (1, x), and the rows of the preactivations on the way."
    powers, rows = net.__dict__.setdefault("stays", {}).setdefault(s, ([], {}))
    if not powers: powers.append(on_states(*net.piece(s)[::-1]))
    while len(powers) < n: powers.append(powers[0] * powers[-1])
    if n not in rows:
        now = arb_mat([[c, *v] for c, v in zip(net.c.entries(), net.V.tolist())])
        with coarse(): later = [row for A in powers[:n - 1] for row in (now * rounded(A)).tolist()]
        rows[n] = arb_mat(now.tolist() + later)
    return powers[n - 1], rows[n]

def block(net, source, target, word, d, claims):
    "Prove that a block covers; its strip |y - (y0 + B z)| <= r as y0, B (a list of rows) and r."
    X, path, M = source, [], net.M
    for s, n in runs(word):
        A, rows = stay(net, s, n)
        with coarse(): path.append((s, rows * rounded(X)))
        X = A * X
    Y, up, rest = target.inv() * X, range(1, d + 1), [0, *range(d + 1, M + 1)]                    # (1, y, z) -> (1, y', z')
    A = arb_mat([[Y[i, j] for j in up] for i in up]).inv()
    top = -A * arb_mat([[Y[i, j] for j in rest] for i in up])                                     # y = A y' + top (1, z)
    unit = [[int(i == j) for j in range(M + 1)] for i in range(M + 1)]
    K = arb_mat([unit[0], *([t[0], *a, *t[1:]] for a, t in zip(A.tolist(), top.tolist())), *unit[d + 1:]])
    decided([1 - r for r in reach(K)[1:d + 1]], claims["across"], "a block that does not stretch across")
    if d < M: decided([1 - r for r in reach(Y * K)[d + 1:]], claims["inside"], "a block that ends outside")
    with coarse():
        for s, W in path:
            for i, (x, *y) in enumerate((W * rounded(K)).tolist()):
                c, on = net.c[i % net.H, 0], s[i % net.H] == "1"
                clear = (x if on else -x) - TOLERANCE * (abs(x - c) + abs(c)) - sum(map(abs, y), arb(0))
                decided([clear], claims["regions"], "a state that leaves the regions of its block")
    return arb_mat([row[:1] for row in top.tolist()]), [row[1:] for row in top.tolist()], reach(A)

def apart(a, b, margin):
    "Two strips are disjoint."
    gaps = [abs(a[0][i, 0] - b[0][i, 0]) - a[2][i] - b[2][i] - sum((abs(x - y) for x, y in zip(a[1][i], b[1][i])), arb(0))
            for i in range(len(a[2]))]
    if not any(x - TOLERANCE > margin for x in gaps): raise Undecided("two blocks that cannot be told apart")

def prove(data, f):
    "Prove all claims, every block with as many bits as it needs; returns the largest number of bits."
    net, d, checks, most = Network(f), data["n_unstable"], data["checks"], 0
    names = [n for n in TEXTS if n != "inside" or d < net.M]
    need(type(d) is int and 1 <= d <= net.M and [c["name"] for c in checks] == names, "n_unstable, or other checks")
    for c in checks:
        need(set(c) == {"name", "passed", "margin", "text"} and c["passed"] is True, "a check that did not pass")
        need(c["text"] == TEXTS[c["name"]], "a check that says something else")
        need(type(c["margin"]) is float and c["margin"] > 0, "a margin is no positive number")
    claims = {c["name"]: c["margin"] for c in checks}
    need(claims["entropy"] <= TOLERANCE and claims["apart"] <= 1, "margins that are not proved")
    boxes = []
    for b in data["boxes"]:
        need(set(b) == {"center", "frame"} and len(b["center"]) == len(b["frame"]) == net.M, "a box is centre and frame")
        need({len(r) for r in b["frame"]} == {net.M}, "a frame is a square matrix")
        need(all(type(x) is float for r in [b["center"], *b["frame"]] for x in r), "no numbers")
        boxes.append(on_states(arb_mat([[x] for x in b["center"]]), arb_mat(b["frame"])))
    strips, edges, nets = {}, [], {}
    need(0 < sum(len(b["word"]) for b in data["blocks"]) <= 100_000, "no blocks, or too many steps")
    for b in data["blocks"]:
        need(set(b) == {"source", "target", "word"}, "a block is source, target, word")
        need(all(type(b[k]) is int and 0 <= b[k] < len(boxes) for k in ("source", "target")), "no such box")
        word, top = itinerary(b["word"], net.H), min(max(2 ** 14, 2 * data["bits"]), 2 ** 18)
        bits = min(1 << (127 + 2 * len(runs(word))).bit_length(), top)
        while True:
            try:
                with ctx.workprec(bits):
                    net = nets.setdefault(bits, Network(f))
                    strip = block(net, boxes[b["source"]], boxes[b["target"]], word, d, claims)
                break
            except (Undecided, ZeroDivisionError):
                if 2 * bits > top: raise
                bits *= 2
        most, known = max(most, bits), strips.setdefault(b["source"], [])
        for other, old in known:
            n = min(len(other), len(word))
            if other[:n] == word[:n]: apart(strip, old, claims["apart"])
        known.append((word, strip))
        edges.append((b["source"], b["target"], len(word)))
    entropy(data["entropy"], edges, len(boxes))
    return most

def entropy(h, edges, n):
    "There are v > 0 with sum exp(-h length) v_target >= v_source: the growth rate of the number of paths is at least h."
    need(type(h) is float and h > 0, "entropy: expected a positive number")
    A = np.zeros((n, n))
    for i, j, length in edges: A[i, j] += np.exp(-h * length)
    lam, X = np.linalg.eig(A)
    with ctx.workprec(128):
        v = [arb(float(x)) for x in abs(X[:, np.argmax(lam.real)].real)]
        need(all(x > 0 for x in v), "a box without blocks to go on with")
        total = [sum(((-arb(h) * m).exp() * v[j] for i, j, m in edges if i == k), arb(0)) for k in range(n)]
        need(all(t / x - 1 > TOLERANCE for t, x in zip(total, v)), "the entropy does not follow from the blocks")

def claim(data, f):
    "Prove a horseshoe, given as the JSON object of a file; returns the number of bits."
    need(set(data) == set(FIELDS.split()) and data["format"] == FORMAT, "other fields, or another format")
    need((data["theorem"], data["verdict"]) == (THEOREM, "chaotic") and type(data["bits"]) is int, "no such theorem, or bits")
    return prove(data, f)

def main(horseshoe, weights):
    try:
        data, f = read(horseshoe, weights)
        return print(f"PROVED at {claim(data, f)} bits, topological entropy >= {data['entropy']} a step: {THEOREM}") or 0
    except Exception as e: return print(f"NOT VALID: {type(e).__name__}: {e}") or 1   # whatever a hostile file makes Python say

if __name__ == "__main__": sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 3 else print(__doc__) or 2)
