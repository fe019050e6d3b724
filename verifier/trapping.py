"""Is this JSON file a trapping region of the ReLU network with these weights?    python trapping.py REGION WEIGHTS.npz
Exit status 0: proved, 1: not, with the reason, 2: wrong usage. In two or three dimensions, in rational arithmetic.
A polytope is cut out of a cube, facet by facet, and cut into cells by the switching planes; the corners of all cells are mapped.
"""
import sys
from collections import Counter
from itertools import product
from math import gcd, lcm

from flint import fmpq, fmpq_mat
from horseshoe import claim
from verify import need, read

FORMAT, CLOSED = "plrnn_manifolds trapping region 1", (
    "Polytopes, each of which the map sends into the interior of one of them: orbits that start in their union stay there, and "
    "are attracted by the compact invariant set of all states that have been there for ever.")
WITH_SHOE = " A horseshoe lies in it: on this set the topological entropy of the map is at least that of the horseshoe."
TEXTS = {"bounded": "every piece is bounded: the reciprocal of the largest coordinate",
         "trapped": "every piece is sent into the interior of its target, by this part of the target's width",
         "horseshoe inside": "all boxes of the horseshoe lie in a piece, by this part of its width"}
FIELDS = "format theorem verdict map targets pieces checks horseshoe digest"

def exact(x): return fmpq(*float(x).as_integer_ratio())
def matrix(A): return fmpq_mat([[exact(x) for x in row] for row in A])
def dot(a, x): return sum((p * q for p, q in zip(a, x)), a[0] * 0)
def bits(m): return [i for i, b in enumerate(reversed(bin(m))) if b == "1"]

def whole(numbers):
    "Whole numbers without a common factor, in the same proportions as these rationals."
    top = lcm(*(int(x.q) for x in numbers))
    out = [int(x.p) * (top // int(x.q)) for x in numbers]
    return tuple(x // (gcd(*out) or 1) for x in out)

def states(cell): return fmpq_mat([[fmpq(v, w) for v in x] for w, *x in cell]).transpose()

def cut(cell, row, bit):
    """The parts of a cell where the row (c, a) has c + a x <= 0, and >= 0. A cell: its corners x as whole numbers w > 0, w x, and
    its planes, as bits. Corners that share all but one plane may be ends of an edge; if not, a point between does no harm."""
    values = {x: dot(row, x) for x in cell}
    low, high = ([x for x, v in values.items() if s * v < 0] for s in (1, -1))
    on, planes = {x: cell[x] | bit for x, v in values.items() if v == 0}, {}
    for y in high:
        for b in bits(cell[y]): planes.setdefault(b, []).append(y)
    for x in low:
        for y, n in Counter(y for b in bits(cell[x]) for y in planes.get(b, ())).items():
            if n < len(x) - 2: continue
            z = [values[y] * p - values[x] * q for p, q in zip(x, y)]
            z = tuple(p // gcd(*z) for p in z)
            on[z] = on.get(z, 0) | cell[x] & cell[y] | bit
    return {x: cell[x] for x in low} | on if low else on, {x: cell[x] for x in high} | on if high else on

class Polytope:
    "Exact normals A, offsets h and the cell of all its corners; raises unless it is inside the cube of this size."
    def __init__(self, data, M, size):
        need(set(data) == {"normals", "offsets"} and 0 < len(data["normals"]) == len(data["offsets"]) <= 300, "facets")
        need(all(len(row) == M for row in data["normals"]), "a facet has another dimension")
        need(all(type(x) is float for row in [*data["normals"], data["offsets"]] for x in row), "no numbers")
        self.A, self.h, ends = matrix(data["normals"]), [exact(x) for x in data["offsets"]], (-2 * size, 2 * size)
        cell = {whole([fmpq(1), *x]): sum(1 << (2 * i + (v > 0)) for i, v in enumerate(x)) for x in product(*[ends] * M)}
        for i, (a, c) in enumerate(zip(self.A.tolist(), self.h)): cell = cut(cell, whole([-c, *a]), 1 << (2 * M + i))[0]
        need(cell and all(abs(v) < size for v in states(cell).entries()), "bounded: not proved")
        self.cell, self.first = cell, 2 * M + len(self.h)
        self.widths = [c - min(row) for c, row in zip(self.h, (self.A * states(cell)).tolist())]
        need(min(self.widths) > 0, "a piece without interior")
    def inside(self, tops, margin): return all(c - t > margin * w for c, t, w in zip(self.h, tops, self.widths))

class Network:
    "The map in rational arithmetic."
    def __init__(self, f):
        self.f, (self.H, self.M), self.memo = f, f["V"].shape, {}
        self.V, self.c = matrix(f["V"]), matrix(f["c"])
        self.planes = [whole([c, *a]) for c, a in zip(self.c.entries(), self.V.tolist())]
    def piece(self, s):
        if s not in self.memo:
            L, U, b = (matrix(A) for A in (self.f["L"], self.f["U"] * [x == "1" for x in s], self.f["b"]))
            self.memo[s] = L + U * self.V, b + U * self.c
        return self.memo[s]
    def cells(self, cell, first, flat=False):
        "(region, cell) of the parts of a cell, whose planes have bits below `first`; `flat`: also those without interior."
        parts = [("", cell)]
        for i, row in enumerate(self.planes):
            new = []
            for s, part in parts:
                sides = cut(part, row, 1 << (first + i))
                full = [flat or any(not m >> (first + i) & 1 for m in side.values()) for side in sides]
                if not any(full): full = [True, False]
                new += [(s + on, side) for on, side, ok in zip("01", sides, full) if ok and side]
            parts = new
        return parts
    def images(self, s, cell):
        "Images of the corners of a cell in the region s, a matrix with columns as they come."
        J, k = self.piece(s)
        return J * states(cell) + k * fmpq_mat([[1] * len(cell)])

def margins(checks, texts):
    "The claimed margins by name."
    need([c["name"] for c in checks] == list(texts), "other checks")
    for c in checks:
        need(set(c) == {"name", "passed", "margin", "text"} and c["passed"] is True, "a check that did not pass")
        need(c["text"] == texts[c["name"]] and type(c["margin"]) is float and c["margin"] > 0, "other words, or no margin")
    return {c["name"]: exact(c["margin"]) for c in checks}

def trapped(data, checks, networks):
    "Prove that all the networks, which have the same switching planes, trap the pieces; returns these."
    net, targets = networks[0], data["targets"]
    need(net.M in (2, 3) and checks["bounded"] < 1 << 60, "only in two or three dimensions")
    need(type(data["pieces"]) is list and 0 < len(data["pieces"]) == len(targets) <= 100, "one target for each piece")
    need(all(type(j) is int and 0 <= j < len(targets) for j in targets), "no such target")
    pieces = [Polytope(p, net.M, 1 / checks["bounded"]) for p in data["pieces"]]
    for P, j in zip(pieces, targets):
        for s, cell in net.cells(P.cell, P.first):
            for Y in (n.images(s, cell) for n in networks):
                need(pieces[j].inside(map(max, (pieces[j].A * Y).tolist()), checks["trapped"]), "trapped: not proved")
    return pieces

def prove(data, f):
    "Prove the claims; returns what they are worth."
    shoe = data["horseshoe"]
    need(data["theorem"] == CLOSED + (WITH_SHOE if shoe is not None else "") and data["verdict"] == "trapping", "no such theorem")
    checks = margins(data["checks"], {k: t for k, t in TEXTS.items() if shoe is not None or k != "horseshoe inside"})
    pieces = trapped(data, checks, [Network(f)])
    if shoe is None: return data["theorem"]
    need(shoe["map"] == data["map"], "a horseshoe of another network")
    claim(shoe, f)
    for b in shoe["boxes"]:
        middle, T = [exact(x) for x in b["center"]], matrix(b["frame"])
        tops = [[dot(a, middle) + sum(map(abs, row)) for a, row in zip(P.A.tolist(), (P.A * T).tolist())] for P in pieces]
        need(any(P.inside(t, checks["horseshoe inside"]) for P, t in zip(pieces, tops)), "horseshoe inside: not proved")
    return f"topological entropy >= {shoe['entropy']} a step inside: {data['theorem']}"

def run(path, weights, fields, kind, prove):
    "Prove the claims of a file of this kind, and say so; the exit status."
    try:
        data, f = read(path, weights)
        need(set(data) == set(fields.split()) and data["format"] == kind, "other fields, or another format")
        return print(f"PROVED: {prove(data, f)}") or 0
    except Exception as e: return print(f"NOT VALID: {type(e).__name__}: {str(e)[:300]}") or 1   # whatever a file makes Python say

def main(region, weights): return run(region, weights, FIELDS, FORMAT, prove)

if __name__ == "__main__": sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 3 else print(__doc__) or 2)
