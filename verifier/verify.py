"""Is this JSON file a proof of chaos in the ReLU network with these weights?    python verify.py CERTIFICATE WEIGHTS.npz
The map is F(z) = L z + U max(V z + c, 0) + b. Exit status 0: proved, 1: not, with the reason, 2: wrong usage.
Nothing is taken from the file but itineraries; whatever else it says must follow.
"""
import hashlib, json, re, sys, zipfile
from pathlib import Path
import numpy as np
from flint import acb_mat, arb, arb_mat, ctx

TOLERANCE, LARGEST, FORMAT = 1e-12, 16_000_000, "plrnn_manifolds certificate 2"
FIELDS = "format theorem verdict map bits n_unstable cycles connections points checks digest"
THEOREM = ("A hyperbolic saddle (or cycle of saddles) with a transverse homoclinic (heteroclinic) orbit whose closure lies "
           "strictly inside the affine regions, with invertible Jacobians: by the Smale-Birkhoff theorem some iterate of the map "
           "has an invariant set on whose orbits it acts as the full shift on two symbols; the topological entropy is positive.")

class NotValid(Exception): "The file is no proof about these weights."
class Undecided(NotValid): "... at this precision."
def need(ok, why):
    if not ok: raise NotValid(why)
def read(path, weights):
    "The JSON object of a file with a right digest, and the five matrices of the network that it is about."
    need(max(Path(p).stat().st_size for p in (path, weights)) < LARGEST, "a file is too large")
    def once(pairs): need(len(dict(pairs)) == len(pairs), "a key comes twice"); return dict(pairs)
    data = json.loads(Path(path).read_text("utf-8"), object_pairs_hook=once, parse_constant=lambda x: need(0, f"{x} is no number"))
    text = json.dumps({k: v for k, v in data.items() if k != "digest"}, sort_keys=True)
    need(data["digest"] == hashlib.sha256(text.encode()).hexdigest(), "the digest is wrong: the file was altered")
    with zipfile.ZipFile(weights) as z: sizes = {m.filename: m.file_size for m in z.infolist()}
    need(len(sizes) == len(z.namelist()) and sum(sizes.values()) < LARGEST, "weights: a name comes twice, or too large")
    with np.load(weights, allow_pickle=False) as z: f = {k: z[k] for k in "LUVbc"}
    (H, M), sha = f["V"].shape, hashlib.sha256()
    for k, shape in zip("LUVbc", ((M, M), (M, H), (H, M), (M,), (H,))):
        need(f[k].shape == shape and f[k].dtype == float and np.isfinite(f[k]).all(), f"weights: {k} is no matrix of doubles")
        sha.update((np.ascontiguousarray(f[k]) + 0.0).astype("<f8").tobytes())
    need(json.dumps(data["map"], sort_keys=True) == json.dumps(dict(dim=M, n_relu=H, sha256=sha.hexdigest())), "another network")
    return data, {k: A if A.ndim == 2 else A[:, None] for k, A in f.items()}

def itinerary(strings, H):
    need(isinstance(strings, list) and 0 < len(strings) <= 100_000, "an itinerary is missing or too long")
    need(all(isinstance(s, str) and re.fullmatch(f"[01]{{{H}}}", s) for s in strings), f"regions: texts of {H} times 0 or 1")
    return strings

class Network:
    "Pieces x -> J x + k of the map and signed preactivations, in balls of the current precision."
    def __init__(self, f):
        self.f, self.memo, (self.H, self.M) = f, {}, f["V"].shape
        self.V, self.c, self.absV, self.absc = (arb_mat(A.tolist()) for A in (f["V"], f["c"], abs(f["V"]), abs(f["c"])))
    def piece(self, s):
        if s not in self.memo:
            L, U, b = (arb_mat(A.tolist()) for A in (self.f["L"], self.f["U"] * [x == "1" for x in s], self.f["b"]))
            self.memo[s] = L + U * self.V, b + U * self.c
        return self.memo[s]
    def signed(self, Y, s): return [[x if on == "1" else -x for x in row] for row, on in zip(Y.tolist(), s)]
    def clear(self, x, s):
        "By how much the state x is inside the region s, less the tolerance."
        size = self.absV * arb_mat([[abs(v)] for v in x.entries()]) + self.absc
        return [y - TOLERANCE * r for (y,), r in zip(self.signed(self.V * x + self.c, s), size.entries())]
def pick(A, rows, cols): return acb_mat([[A[i, j] for j in cols] for i in rows])
def norm(A): return max((sum(map(abs, row), arb(0)) for row in A.tolist()), key=lambda x: float(x.mid()))
def hermitian(A): return acb_mat([[x.conjugate() for x in row] for row in A.transpose().tolist()])
def real(A): return arb_mat([[x.real for x in row] for row in A.tolist()])
def dot(row, w): return sum((a * b for a, b in zip(row, w)), w[0] * 0)

class Saddle:
    "A cycle: points, their clearances mu, eigenvalues E and eigenvectors R of one turn, those outside (up) and inside (lo)."
    def __init__(self, net, cycle, claim, label):
        self.net, self.cycle, (turn, o) = net, cycle, net.piece(cycle[0])
        for J, k in map(net.piece, cycle[1:]): turn, o = J * turn, J * o + k
        self.points = [(arb_mat(np.eye(net.M).tolist()) - turn).solve(o)]
        for J, k in map(net.piece, cycle[:-1]): self.points.append(J * self.points[-1] + k)
        self.mu = [m for x, s in zip(self.points, cycle) for m in net.clear(x, s)]
        claim(f"{label}: periodic", f"all {len(cycle)} points are strictly inside their regions", self.mu)
        self.E, self.R = acb_mat(turn).eig(right=True)                      # isolated eigenvalues, or ValueError
        self.up, self.lo = ([i for i, x in enumerate(self.E) if sign * (abs(x) - 1) > 0] for sign in (1, -1))
        sides = f"{len(self.up)} multiplier(s) outside the unit circle and {len(self.lo)} inside, by this much"
        claim(f"{label}: hyperbolic", sides, [abs(abs(x) - 1) for x in self.E])
        self.dual = self.R.inv()                                            # rows: left eigenvectors
    def tail(self, js, E, w, margin):
        "Clearances of x_n = p + sum_j E_j^n w_j R_j, |E| < 1, along the cycle for all n >= 0: the least, if above the margin."
        X, rows, low = pick(self.R, range(self.net.M), js), [], []
        for s in self.cycle: rows, X = rows + self.net.signed(acb_mat(self.net.V) * X, s), acb_mat(self.net.piece(s)[0]) * X
        for _ in range(100_000):
            rest = [m - dot(map(abs, row), [abs(x) for x in w]) for m, row in zip(self.mu, rows)]
            if all(r > margin for r in rest): return low + rest             # and so for all later n
            if not all(m > margin for m in self.mu + low): return low + self.mu
            low.append(min((m + dot(row, w).real for m, row in zip(self.mu, rows)), key=lambda x: x.lower()))
            w = [x * e for x, e in zip(w, E)]
        raise Undecided("a tail that takes too long")

def connect(net, P, Q, path, state, claim, label):
    "An orbit that leaves P along its unstable space, follows the itinerary `path`, and arrives in the stable space of Q."
    every, low = range(net.M), []
    def images():
        c, U = P.points[0], pick(P.R, every, P.up)
        for s in [*path, None]:
            yield c, U, s
            if s: c, U = net.piece(s)[0] * c + net.piece(s)[1], acb_mat(net.piece(s)[0]) * U
    for c, U, _ in images(): pass
    N = pick(Q.dual, Q.up, every)
    a = (N * U).solve(N * acb_mat(Q.points[0] - c))                         # the real solution in a complex basis
    gram = (N * hermitian(N)).det() * (hermitian(U) * U).det()
    claim(f"{label}: transverse", "the unstable and the stable manifold cross at a positive angle",
          [abs((N * U).det()) / abs(gram).sqrt() - TOLERANCE])
    p, away = P.points[0], real(pick(P.R, every, P.up) * a)
    claim(f"{label}: not the cycle", "the orbit is not the cycle itself", [norm(away) / (norm(p) + norm(away)) - TOLERANCE])
    near = lambda x, z: type(z) is float and abs(float(x) - z) <= 1e-12 * max(1, abs(z))
    need(all(near(x, z) for x, z in zip((p + away).entries(), state, strict=True)), "points: another state")
    for c, U, s in images():
        x = c + real(U * a)
        if s: low.append(min(net.clear(x, s), key=lambda m: m.lower()))
    claim(f"{label}: middle", f"the {len(path)} points from leaving to coming back are strictly inside their regions", low)
    back, ahead, E = [1 / P.E[i] for i in P.up], (Q.dual * acb_mat(x - Q.points[0])).entries(), [Q.E[i] for i in Q.lo]
    claim(f"{label}: backward tail", "so are all points before, infinitely many by a norm bound",
          lambda margin: P.tail(P.up, back, [e * w for e, w in zip(back, a.entries())], margin))
    claim(f"{label}: forward tail", "and all points after, infinitely many by a norm bound",
          lambda margin: Q.tail(Q.lo, E, [ahead[i] for i in Q.lo], margin))

def prove(data, f):
    "Prove all checks of the file at the current precision, each by more than the margin that the file claims."
    net, checks, loop, d = Network(f), iter(data["checks"]), data["connections"], data["n_unstable"]
    def claim(name, text, balls):
        c = next(checks, {})
        need(c == dict(name=name, passed=True, margin=c.get("margin"), text=text) and c["passed"] is True, f"no check {name!r}")
        need(type(c["margin"]) is float and c["margin"] > 0, f"{name}: no margin")
        gaps = [b - c["margin"] for b in (balls(c["margin"]) if callable(balls) else balls)]
        if not all(x > 0 for x in gaps): raise (NotValid if any(x <= 0 for x in gaps) else Undecided)(f"{name}: not proved")
    saddles = [Saddle(net, itinerary(s, net.H), claim, f"saddle {i + 1}") for i, s in enumerate(data["cycles"])]
    need({(int, len(s.up)) for s in saddles} == {(type(d), d)} and 0 < d < net.M, "n_unstable is wrong")
    for i, (c, x) in enumerate(zip(loop, data["points"], strict=True)):
        need(set(c) == {"source", "target", "itinerary"} and c["target"] == loop[(i + 1) % len(loop)]["source"], "no closed loop")
        need(all(type(c[k]) is int and 0 <= c[k] < len(saddles) for k in ("source", "target")), "no such saddle")
        connect(net, saddles[c["source"]], saddles[c["target"]], itinerary(c["itinerary"], net.H), x, claim, f"connection {i + 1}")
    need(loop and {c["source"] for c in loop} == set(range(len(saddles))), "a saddle without connection")
    claim("invertible Jacobians", f"the Jacobians of the {len(net.memo)} regions on the way are invertible",
          [1 / (norm(J) * norm(J.inv())) - TOLERANCE for J, _ in net.memo.values()])
    need(next(checks, None) is None, "more checks than a proof has")

def main(certificate, weights):
    try:
        data, f = read(certificate, weights)
        need(set(data) == set(FIELDS.split()) and data["format"] == FORMAT, "other fields, or another format")
        need((data["theorem"], data["verdict"]) == (THEOREM, "chaotic") and type(data["bits"]) is int, "no such theorem, or bits")
        for bits in (2 ** j for j in range(8, 20)):
            try:
                with ctx.workprec(bits): prove(data, f)
                return print(f"PROVED at {bits} bits: {THEOREM}") or 0
            except (Undecided, ZeroDivisionError, ValueError):              # ... singular, eigenvalues not isolated
                if bits >= min(max(2 ** 14, 2 * data["bits"]), 2 ** 19): raise
    except Exception as e: return print(f"NOT VALID: {type(e).__name__}: {e}") or 1   # whatever a hostile file makes Python say

if __name__ == "__main__": sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 3 else print(__doc__) or 2)
