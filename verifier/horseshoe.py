"""Is this JSON file a horseshoe of the ReLU network with these weights?    python horseshoe.py HORSESHOE WEIGHTS.npz
Exit status 0: proved, with a lower bound of the topological entropy per step, 1: not, with the reason, 2: wrong usage.
Along each block the map is affine; y, the stretched coordinates at its start, are eliminated in favour of y', those at its end.
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

def rounded(A): return arb_mat([[+x for x in row] for row in A.tolist()])

def block(net, source, target, word, d, claims):
    "Prove that a block covers; its strip |y - (y0 + B z)| <= r as y0, B (a list of rows) and r."
    (g, G), path, M = source, [], net.M
    for s in word:
        with ctx.workprec(max(256, ctx.prec // 8)): path.append((s, net.V * rounded(g), net.V * rounded(G)))
        J, k = net.piece(s)
        g, G = J * g + k, J * G
    back = target[1].inv()
    C, o = back * G, back * (g - target[0])
    A = arb_mat([row[:d] for row in C.tolist()[:d]]).inv()
    top = -A * arb_mat([[o[i, 0], *C.tolist()[i][d:]] for i in range(d)])                         # y = A y' + top (1, z)
    K = arb_mat([[*a, *t[1:]] for a, t in zip(A.tolist(), top.tolist())]
                + [[int(i == j) for j in range(M)] for i in range(d, M)])                         # (y', z) -> (y, z)
    k0 = arb_mat([[t[0]] for t in top.tolist()] + [[0]] * (M - d))
    room = lambda x, X: [1 - abs(a) - r for a, r in zip(x.entries(), reach(X))]
    decided(room(k0, K)[:d], claims["across"], "a block that does not stretch across")
    if d < M: decided(room(o + C * k0, C * K)[d:], claims["inside"], "a block that ends outside")
    K, k0 = rounded(K), rounded(k0)
    for s, v, W in path:
        x, width = v + W * k0, reach(W * K)
        size = [abs(a) + c for a, c in zip(x.entries(), net.absc.entries())]
        clear = [y - TOLERANCE * a - r for (y,), a, r in zip(net.signed(x + net.c, s), size, width)]
        decided(clear, claims["regions"], "a state that leaves the regions of its block")
    return k0, [row[1:] for row in top.tolist()], reach(A)

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
        boxes.append((arb_mat([[x] for x in b["center"]]), arb_mat(b["frame"])))
    strips, edges = {}, []
    need(0 < sum(len(b["word"]) for b in data["blocks"]) <= 100_000, "no blocks, or too many steps")
    for b in data["blocks"]:
        need(set(b) == {"source", "target", "word"}, "a block is source, target, word")
        need(all(type(b[k]) is int and 0 <= b[k] < len(boxes) for k in ("source", "target")), "no such box")
        word, top = itinerary(b["word"], net.H), min(max(2 ** 14, 2 * data["bits"]), 2 ** 18)
        bits = min(128 + 2 * len(word), top)
        while True:
            try:
                with ctx.workprec(bits): strip = block(Network(f), boxes[b["source"]], boxes[b["target"]], word, d, claims)
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

def main(horseshoe, weights):
    try:
        data, f = read(horseshoe, weights)
        need(set(data) == set(FIELDS.split()) and data["format"] == FORMAT, "other fields, or another format")
        need((data["theorem"], data["verdict"]) == (THEOREM, "chaotic") and type(data["bits"]) is int, "no such theorem, or bits")
        return print(f"PROVED at {prove(data, f)} bits, topological entropy >= {data['entropy']} a step: {THEOREM}") or 0
    except Exception as e: return print(f"NOT VALID: {type(e).__name__}: {e}") or 1   # whatever a hostile file makes Python say

if __name__ == "__main__": sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 3 else print(__doc__) or 2)
