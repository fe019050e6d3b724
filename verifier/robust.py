"""Is this JSON file a proof of robust chaos in the ReLU network with these weights?    python robust.py PROOF WEIGHTS.npz
Exit status 0: proved, 1: not, with the reason, 2: wrong usage. In the plane, in rational arithmetic.
The cells of the trapping region are mapped and cut again, step by step; the Jacobians along their words must expand a cone.
"""
import sys

import numpy as np
import trapping
from flint import arb, fmpq_mat
from trapping import TEXTS, Network, exact, margins, matrix, run, trapped, whole
from verify import need

FORMAT, THEOREM = "plrnn_manifolds robust chaos 1", (
    "A trapping region, and a cone of directions that the Jacobians of all regions map into itself, and that the steps along each "
    "admissible word expand: every orbit in the region has at least this Lyapunov exponent, and no cycle in it is stable.")
CONE = {"invariant": "the Jacobians of all regions map the cone into itself",
        "expanding": "and all words expand its vectors by more than the factor, which is above 1"}
FIELDS = "format theorem verdict map exponent cone others region checks digest"

def number(x):
    need(type(x) is float and (x == 0 or 1e-40 < abs(x) < 1e40), "no numbers")
    return x

def corner(given, f):
    "The arrays of another map with the same V and c."
    need(set(given) == set("LUb"), "a map is L, U and b")
    A = {k: np.array([[number(x) for x in (row if k != "b" else [row])] for row in given[k]]) for k in "LUb"}
    need(all(A[k].shape == f[k].shape for k in A), "a map of another size")
    return {**f, **A}

def words(net, pieces, length):
    "All words of states of the pieces, on closed sides of the switching planes. Corners are mapped with the planes they are on."
    parts, first = [((), P.cell) for P in pieces], max(P.first for P in pieces)
    for _ in range(length):
        new = []
        for w, cell in parts:
            for s, part in net.cells(cell, first, flat=True):
                need(net.piece(s)[0].det() != 0, "a singular Jacobian")
                images = {}
                for x, y in zip(part, net.images(s, part).transpose().tolist()):
                    images[whole([exact(1.0), *y])] = part[x]
                new.append(((*w, s), images))
        need(len(new) <= 20_000, "too many words")
        parts, first = new, first + net.H
    return {w for w, _ in parts}

def prove(data, f):
    "Prove the claims; returns what they are worth."
    cone, region, length = data["cone"], data["region"], data["cone"]["length"]
    need((data["theorem"], data["verdict"]) == (THEOREM, "robust chaos"), "no such theorem")
    need(set(cone) == {"rays", "weight", "factor", "length"} and type(length) is int and 1 <= length <= 16, "no cone")
    need(set(region) == set(trapping.FIELDS.split()) and region["format"] == trapping.FORMAT, "no region")
    need(region["map"] == data["map"], "a region of another map")
    need(type(data["others"]) is list and len(data["others"]) <= 16 and (length == 1 or not data["others"]), "other maps")
    names = [c["name"] for c in region["checks"]]
    claims = margins(data["checks"], {**CONE, **{k: t for k, t in TEXTS.items() if k in names}})
    need(region["checks"] == data["checks"][2:], "the checks of the region are other ones")
    nets = [Network(f)] + [Network(corner(g, f)) for g in data["others"]]
    need(nets[0].M == 2, "not in the plane")
    trapping.prove(region, f)
    pieces = trapped(region, claims, nets)
    R = matrix([[number(x) for x in row] for row in cone["rays"]])
    k, factor = (exact(number(cone[n])) for n in ("weight", "factor"))
    need(R.nrows() == R.ncols() == 2 and R.det() != 0 and k > 0 and factor - 1 > claims["expanding"], "no cone, or no expansion")
    found, turned = words(nets[0], pieces, length), {}
    for s in {s for w in found for s in w}:
        N = [R.inv() * net.piece(s)[0] * R for net in nets]
        sign = 1 if N[0][0, 0] + N[0][1, 0] > 0 else -1
        need(all(sign * v > claims["invariant"] for A in N for v in A.entries()), "invariant: not proved")
        turned[s] = N
    for w in found:
        for i in range(len(nets)):
            A = fmpq_mat([[1, 0], [0, 1]])
            for s in w: A = turned[s][i] * A
            a, b, p, q = map(abs, A.entries())
            need(min(a + k * p, (b + k * q) / k) - factor > claims["expanding"], "expanding: not proved")
    need(type(data["exponent"]) is float and 0 < data["exponent"] <= arb(factor).log() / length, "exponent: not proved")
    return f"every Lyapunov exponent >= {data['exponent']} a step: {THEOREM}"

def main(proof, weights): return run(proof, weights, FIELDS, FORMAT, prove)

if __name__ == "__main__": sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 3 else print(__doc__) or 2)
