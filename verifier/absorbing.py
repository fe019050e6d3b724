"""Is this JSON file an absorbing set of the ReLU network with these weights?    python absorbing.py SET WEIGHTS.npz
Exit status 0: proved, 1: not, with the reason, 2: wrong usage. All in balls of 4096 bits, in which doubles are exact.
q is a quadratic form in (1, x, u_0, ..., u_(d-1)), where u_k are the ReLUs of the k-th image of x. Two quadratic forms must be
positive definite once products of numbers that are not negative have been taken from them.
"""
import sys

from flint import arb, arb_mat, ctx
from horseshoe import claim
from trapping import WITH_SHOE, run
from verify import need

FORMAT, THEOREM = "plrnn_manifolds absorbing set 1", (
    "A continuous piecewise quadratic function, negative in a bounded set only, that is multiplied by no more than the decay "
    "factor and lowered by a positive number in every step: every orbit enters this set, never leaves it, and is attracted by the "
    "compact invariant set of all states that have been in it for ever.")
TEXTS = {"bounded": ("the function is above one whose set is an ellipsoid: pivots, and the difference, as part of the ellipsoid's "
                     "depth"),
         "absorbed": "every step lowers it: pivots, and by how much it is lowered besides the decay, as part of that depth",
         "horseshoe inside": "it is negative in all boxes of the horseshoe, by this part of that depth"}
FIELDS = "format theorem verdict map form outer decay products drop checks horseshoe digest"

def square(data, n, name):
    "A symmetric matrix of doubles that are not too small or large."
    need(type(data) is list and len(data) == n and all(type(r) is list and len(r) == n for r in data), f"{name}: another size")
    need(all(type(x) is float and (x == 0 or 1e-40 < abs(x) < 1e40) for r in data for x in r), f"{name}: no numbers")
    need(all(data[i][j] == data[j][i] for i in range(n) for j in range(i)), f"{name}: not symmetric")
    return arb_mat(data)

def products(data, n_steps, H, name):
    "Coefficients of products of (1, u_0, u_0 - y_0, u_1, ...): none negative, but that of u_ki with u_ki - y_ki, which is 0."
    K = square(data, 1 + 2 * H * n_steps, name)
    need(all(x >= 0 or i > 0 and abs(i - j) == H and (min(i, j) - 1) // H % 2 == 0
             for i, row in enumerate(data) for j, x in enumerate(row)), f"{name}: a negative product")
    return K

def stack(*blocks): return arb_mat([row for A in blocks for row in A.tolist()])
def unit(n, first, m): return arb_mat([[int(j == first + i) for j in range(n)] for i in range(m)])

class Lift:
    "What is linear in (1, x, u_0, ..., u_d): states, ReLUs, and the numbers g that are not negative."
    def __init__(self, f, d):
        (self.H, self.M), self.f = f["V"].shape, {k: arb_mat(A.tolist()) for k, A in f.items()}
        self.n = 1 + self.M + self.H * (d + 1)
        self.one, x = unit(self.n, 0, 1), unit(self.n, 1, self.M)
        self.states, self.relus, self.g = [x], [], self.one
        for k in range(d + 1):
            u, y = unit(self.n, 1 + self.M + k * self.H, self.H), self.f["V"] * x + self.f["c"] * self.one
            x = self.f["L"] * x + self.f["U"] * u + self.f["b"] * self.one
            self.states, self.relus, self.g = [*self.states, x], [*self.relus, u], stack(self.g, u, u - y)
    def arguments(self, k, d): return stack(self.one, self.states[k], *self.relus[k:k + d])

def form(S, Q): return S.transpose() * Q * S

def pivots(A):
    "Pivots of a symmetric matrix whose first row and column come last; all but the last must be positive."
    n = A.nrows()
    A = [[A[(i + 1) % n, (j + 1) % n] for j in range(n)] for i in range(n)]
    for k in range(n - 1):
        need(A[k][k] > 0, "not positive definite")
        for i in range(k + 1, n):
            r = A[i][k] / A[k][k]
            for j in range(k + 1, n): A[i][j] -= r * A[k][j]
    return [A[k][k] for k in range(n)]

def definite(A, level, margin, name):
    "Prove a matrix positive definite by more than the margin; returns the last pivot."
    found, size = pivots(A), [*(A[i, i] for i in range(1, A.nrows())), level]
    need(all(p > arb(margin) * s for p, s in zip(found, size)), f"{name}: not proved")
    return found[-1]

def largest(net, Q, d, box):
    "The largest value of q over a box: each ReLU is its preactivation, or 0, or an interval."
    middle, T = arb_mat([[x] for x in box["center"]]), arb_mat(box["frame"])
    x = arb_mat([[middle[i, 0], *row] for i, row in enumerate(T.tolist())])           # (1, t) -> state, |t| <= 1
    rows = [arb_mat([[1] + [0] * net.M]), x]
    for _ in range(d):
        us, y = [], net.f["V"] * x
        for i, row in enumerate(y.tolist()):
            a = row[0] + net.f["c"][i, 0]
            reach = sum(map(abs, row[1:]), arb(0))
            need(a > reach or a < -reach, "a switching plane cuts a box")
            us.append([a, *row[1:]] if a > 0 else [arb(0)] * len(row))
        u = arb_mat(us)
        x = net.f["L"] * x + net.f["U"] * u + arb_mat([[net.f["b"][i, 0]] + [0] * net.M for i in range(net.M)])
        rows.append(u)
    A = form(stack(*rows), Q).tolist()
    return A[0][0] + 2 * sum(map(abs, A[0][1:]), arb(0)) + sum((abs(v) for row in A[1:] for v in row[1:]), arb(0))

def prove(data, f):
    "Prove the claims; returns what they are worth."
    shoe, (H, M), n, tau = data["horseshoe"], f["V"].shape, len(data["form"]), data["decay"]
    need(data["theorem"] == THEOREM + (WITH_SHOE if shoe is not None else "") and data["verdict"] == "absorbing", "no such theorem")
    texts = [t for k, t in TEXTS.items() if shoe is not None or k != "horseshoe inside"]
    need([(c["name"], c["text"]) for c in data["checks"]] == list(zip(TEXTS, texts)), "other checks")
    for c in data["checks"]:
        need(set(c) == {"name", "passed", "margin", "text"} and c["passed"] is True, "a check that did not pass")
        need(type(c["margin"]) is float and c["margin"] > 0, "a margin is no positive number")
    margins = {c["name"]: c["margin"] for c in data["checks"]}
    need(type(tau) is float and 0 < tau < 1 and type(data["drop"]) is float and data["drop"] > 0, "decay, or drop")
    d = (n - 1 - M) // H
    need(0 <= d <= 3 and n == 1 + M + d * H and len(data["products"]) == 2, "form: another size")
    Q, Q0 = square(data["form"], n, "form"), square(data["outer"], M + 1, "outer")
    K, K0 = products(data["products"][0], d + 1, H, "products"), products(data["products"][1], d, H, "products")
    with ctx.workprec(4096):
        level, net = -pivots(Q0)[-1], Lift(f, d)
        need(level > 0, "an ellipsoid without interior")
        small = arb_mat([[1 if i == j else 0 for j in range(n)] for i in range(M + 1)])
        g0 = arb_mat([row[:n] for row in net.g.tolist()[:1 + 2 * H * d]])
        definite(Q - form(small, Q0) - form(g0, K0), level, margins["bounded"], "bounded")
        step = form(net.arguments(0, d), Q) * arb(tau) - form(net.arguments(1, d), Q) - form(net.g, K)
        need(definite(step, level, margins["absorbed"], "absorbed") >= data["drop"], "drop: not proved")
        if shoe is None: return THEOREM
        need(shoe["map"] == data["map"], "a horseshoe of another network")
        inside = [largest(net, Q, d, b) for b in shoe["boxes"]]
        need(all(-v > arb(margins["horseshoe inside"]) * level for v in inside), "horseshoe inside: not proved")
    claim(shoe, f)
    return f"topological entropy >= {shoe['entropy']} a step inside: {data['theorem']}"

def main(path, weights): return run(path, weights, FIELDS, FORMAT, prove)

if __name__ == "__main__": sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 3 else print(__doc__) or 2)
