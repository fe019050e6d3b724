"""Brute-force oracles: enumerated, in exact rationals where signs decide, or simulated."""
from itertools import combinations, product

import numpy as np
from flint import fmpq, fmpq_mat
from scipy.optimize import linprog

ELSEWHERE, INFINITY = -1, -2                                # labels of states that reach no attractor of the list


# Exact rationals: the weights are doubles, so every question about signs has one true answer.

def rational(A):
    "An exact copy of a float matrix, or of a vector as one column."
    A = np.atleast_2d(np.asarray(A, float).T).T
    return fmpq_mat(*A.shape, [fmpq(*float(v).as_integer_ratio()) for v in A.ravel()])


def floats(A):
    "The entries of a rational matrix as a float array; beyond the range of floats, infinite."
    def number(q):
        try: return int(q.p) / int(q.q)
        except OverflowError: return np.inf
    return np.array([number(q) for q in A.entries()]).reshape(A.nrows(), A.ncols())


class Exact:
    "The map in rationals: V, c, and Jacobian and offset of any region."

    def __init__(self, f):
        for k in "LUVbc": setattr(self, k, rational(getattr(f, k)) if getattr(f, k).size else None)
        self.M, self.H, self._affine = f.dim, f.n_relu, {}

    def affine(self, d):
        "Jacobian and offset of region d, a tuple of bits."
        if d not in self._affine:
            J, k = fmpq_mat(self.L), fmpq_mat(self.b)
            for h in (h for h in range(self.H) if d[h]):
                u = fmpq_mat(self.M, 1, [self.U[i, h] for i in range(self.M)])
                J, k = J + u * fmpq_mat(1, self.M, [self.V[h, j] for j in range(self.M)]), k + u * self.c[h, 0]
            self._affine[d] = J, k
        return self._affine[d]

    def within(self, x, d):
        "Is x (a column) in the closed region d?"
        if not self.H: return True
        y = (self.V * x + self.c).entries()
        return all(v >= 0 if on else v <= 0 for v, on in zip(y, d))


def regions(f):
    """All regions with interior, as tuples of bits, exactly.

    A region with signs s is empty iff on some rows they are the signs of a minimal dependency mu of the normals,
    mu V = 0, with mu c <= 0 (Gordan's theorem; minimal dependencies are the extreme rays of the cone of all).
    """
    E, H = Exact(f), f.n_relu
    moving = [h for h in range(H) if f.V[h].any()]          # a unit without plane keeps the sign of its c
    circuits = []
    for n in range(2, f.dim + 2):
        for rows in combinations(moving, n):
            A = fmpq_mat(f.dim, n, [E.V[h, j] for j in range(f.dim) for h in rows])
            R, rank = A.rref()
            if rank != n - 1: continue
            mu = _null_vector(R, n)
            if not all(mu): continue                        # not minimal
            level = sum((m * E.c[h, 0] for m, h in zip(mu, rows)), fmpq(0))
            for s in (1, -1):
                if s * level <= 0: circuits.append([(h, s * m > 0) for m, h in zip(mu, rows)])
    on = [(False, True) if h in moving else (bool(f.c[h] > 0),) for h in range(H)]
    return [d for d in product(*on) if not any(all(d[h] == bit for h, bit in circuit) for circuit in circuits)]


def _null_vector(R, n):
    "The vector of the one-dimensional null space of a reduced echelon form of n columns."
    pivots = [next(j for j in range(n) if R[i, j] != 0) for i in range(n - 1)]
    free = next(j for j in range(n) if j not in pivots)
    mu = [fmpq(0)] * n
    mu[free] = fmpq(1)
    for i, j in enumerate(pivots): mu[j] = -R[i, free]
    return mu


def det_signs(f):
    "Signs of the determinants of all regions with interior, exactly."
    E = Exact(f)
    signs = []
    for d in regions(f):
        det = E.affine(d)[0].det()
        signs.append(int(det > 0) - int(det < 0))
    return signs


def _room(f, A, b, itinerary):
    """Largest margin (at most 1, in multiples of the state's scale) with which a solution of A z = b is inside its
    regions: positive, there is a continuum of solutions; negative, none; None, no solution of the equations."""
    rows, sides = [], []
    J, k = np.eye(f.dim), np.zeros(f.dim)
    scale = max(abs(f.c).max(initial=0), abs(f.b).max(initial=0), 1e-300)
    for d in itinerary:
        s = np.where(d, 1.0, -1.0)
        rows.append(-s[:, None] * (f.V @ J))
        sides.append(s * (f.V @ k + f.c) / scale)
        Jd, kd = f.jacobian(np.array(d, float)), f.offset(np.array(d, float))
        J, k = Jd @ J, Jd @ k + kd
    rows, sides = np.concatenate(rows), np.concatenate(sides)
    size = np.maximum(np.linalg.norm(rows, axis=1), 1e-300)
    # equations reduced to independent ones: HiGHS calls redundant ones with rounding errors infeasible
    u, s, v = np.linalg.svd(A)
    keep = s > 1e-9 * max(s.max(initial=0), 1)
    if (abs(u[:, ~keep].T @ b / scale) > 1e-9).any(): return None
    eq, rhs = v[keep], (u[:, keep].T @ b / scale) / s[keep]
    lp = linprog(np.r_[np.zeros(f.dim), -1], A_ub=np.column_stack([rows / size[:, None], np.ones(len(rows))]),
                 b_ub=sides / size, A_eq=np.column_stack([eq, np.zeros(len(eq))]) if len(eq) else None,
                 b_eq=rhs if len(eq) else None, bounds=[(None, None)] * f.dim + [(-1, 1)], method="highs")
    return lp.x[-1] if lp.status == 0 else None


def sensitivity(f, A, order=1):
    "How much the rounding of the weights moves the solutions of A z = b (A (..., M, M)), relative to their size."
    size = np.linalg.norm(f.L, 2) + np.linalg.norm(f.U) * np.linalg.norm(f.V) + 1
    return size ** order / np.maximum(np.linalg.svd(A, compute_uv=False).min(-1), 1e-300)


def preimages(f, z):
    """All isolated x with F(x) = z, exactly: floats (n, M), their `sensitivity` (n,), and "none", "sure" or "doubtful"
    for whether there is a continuum besides."""
    E, z, points, cond, continuum = Exact(f), rational(z), [], [], "none"
    for d in regions(f):
        J, k = E.affine(d)
        if J.det() != 0:
            x = J.solve(z - k)
            if E.within(x, d) and x not in points:
                points.append(x)
                cond.append(sensitivity(f, floats(J)))
            continue
        room = _room(f, floats(J), floats(z - k)[:, 0], [d])
        if room is not None and room > -1e-7 and continuum != "sure": continuum = "sure" if room > 1e-7 else "doubtful"
    return np.array([floats(x)[:, 0] for x in points]).reshape(len(points), f.dim), np.array(cond), continuum


# Cycles: all sequences of regions, in floats; what floats do not decide clearly, in rationals.

def necklaces(n, k):
    "Sequences (N, k) of n symbols, one of each class of rotations."
    words = np.stack([w.ravel() for w in np.meshgrid(*[np.arange(n)] * k, indexing="ij")], 1).reshape(-1, k)
    value = lambda w: w @ n ** np.arange(k)[::-1]
    first = np.ones(len(words), bool)
    for i in range(1, k): first &= value(words) <= value(np.roll(words, -i, axis=1))
    return words[first]


def _exact_cycle(f, E, itinerary):
    "Points (a list of columns) of the cycle with this itinerary; None if virtual, 'singular' if no solution is unique."
    J, k = fmpq_mat(f.dim, f.dim, [fmpq(int(i == j)) for i in range(f.dim) for j in range(f.dim)]), fmpq_mat(f.dim, 1)
    eye = fmpq_mat(J)
    for d in itinerary:
        Jd, kd = E.affine(d)
        J, k = Jd * J, Jd * k + kd
    if (eye - J).det() == 0: return "singular"
    z, points = (eye - J).solve(k), []
    for d in itinerary:
        if not E.within(z, d): return None
        points.append(z)
        z = E.affine(d)[0] * z + E.affine(d)[1]
    return points


def cycles(f, order, budget=10 ** 6):
    """All isolated cycles of exactly this order: a list of points (order, M), their `sensitivity`, and "none", "sure"
    or "doubtful" for whether there is a continuum of them; None for more than `budget` sequences of regions."""
    all_regions, E = regions(f), Exact(f)
    if len(all_regions) ** order > budget: return None
    D = np.array(all_regions, float).reshape(len(all_regions), f.n_relu)
    J, k, found, cond, continuum = f.jacobian(D), f.offset(D), [], [], "none"
    words = necklaces(len(D), order)
    for chunk in np.array_split(words, 1 + len(words) // 50_000):
        A, e = np.broadcast_to(np.eye(f.dim), (len(chunk), f.dim, f.dim)), np.zeros((len(chunk), f.dim))
        for s in chunk.T: A, e = J[s] @ A, np.einsum("nij,nj->ni", J[s], e) + k[s]
        A = np.eye(f.dim) - A
        c = sensitivity(f, A, order)
        doubtful = ~(c < 1e9)
        z = np.linalg.solve(np.where(doubtful[:, None, None], np.eye(f.dim), A), e[..., None])[..., 0]
        maybe = np.ones(len(chunk), bool)
        for s in chunk.T:
            x = z @ f.V.T + f.c
            slack = 1e-5 * (abs(z) @ abs(f.V).T + abs(f.c))         # far above the rounding: these go to the rationals
            maybe &= (np.where(D[s] > 0, x, -x) >= -slack).all(1)
            z = np.einsum("nij,nj->ni", J[s], z) + k[s]
        for i in np.flatnonzero(maybe | doubtful):
            itinerary = [all_regions[s] for s in chunk[i]]
            points = _exact_cycle(f, E, itinerary)
            if points is None: continue
            if isinstance(points, str):
                room = _room(f, A[i], e[i], itinerary)
                if room is not None and room > -1e-7 and continuum != "sure":
                    continuum = "sure" if room > 1e-7 else "doubtful"
            # not those that repeat a shorter one; on a plane, several itineraries have the same points
            elif all(points[0] != p for p in points[1:]) and not any(points[0] in q for q in found):
                found.append(points)
                cond.append(c[i])
    return [np.concatenate([floats(p).T for p in points]) for points in found], np.array(cond), continuum


# Simulation.

def orbit_end(f, z, n_steps):
    "States after n_steps; what diverges is infinite."
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(n_steps): z = z @ f.L.T + np.maximum(z @ f.V.T + f.c, 0) @ f.U.T + f.b
    return np.where(np.isfinite(z).all(-1, keepdims=True), z, np.inf)


def labels(f, z, attractors, n_steps=20_000, tol=1e-7):
    "Index of the attractor, points (k, M), that states z (n, M) come within `tol` of, or ELSEWHERE, INFINITY."
    out, active, x = np.full(len(z), ELSEWHERE), np.arange(len(z)), np.array(z, float)
    size = 1 + max((abs(p).max() for p in attractors), default=0)
    for _ in range(int(n_steps) // 20):
        x = orbit_end(f, x, 20)
        now = np.where(abs(x).max(1, initial=0) < 1e8 * size, ELSEWHERE, INFINITY)
        for i, points in enumerate(attractors):
            for p in points: now[abs(x - p).max(1) < tol * size] = i
        done = now != ELSEWHERE
        out[active[done]] = now[done]
        x, active = x[~done], active[~done]
        if not len(active): break
    return out


def crossings(f, a, b, label, n_grid=400):
    "Where labels change along the lines a-b (n, M): line (k,), parameters lo, hi (k,) one float apart, on either side."
    grid = np.linspace(0, 1, n_grid)
    at = lambda line, t: a[line] + t[:, None] * (b[line] - a[line])
    found = label((a[:, None] + grid[:, None] * (b - a)[:, None]).reshape(-1, f.dim)).reshape(len(a), n_grid)
    line, i = np.nonzero(found[:, 1:] != found[:, :-1])
    lo, hi, left = grid[i], grid[i + 1], found[line, i]
    for _ in range(55):
        middle = (lo + hi) / 2
        same = label(at(line, middle)) == left
        lo, hi = np.where(same, middle, lo), np.where(same, hi, middle)
    return line, lo, hi


def on_stable_set(f, z, u, cycle, n_steps=200):
    """Are the states z (n, M) on the stable set of a saddle cycle, points (k, M), with one unstable direction?

    Two states 1e-7 to 1e-13 on either side of z along u (n, M) must both come to the same cycle point, so near that
    F^k is linear there, and be on different sides of its stable subspace.
    """
    d = f.preactivation(cycle) > 0
    margin = (abs(f.preactivation(cycle)) / np.maximum(np.linalg.norm(f.V, axis=1), 1e-300)).min(1, initial=np.inf)
    start = int(np.argmax(margin))                          # the point farthest from all planes
    turn = np.eye(f.dim)
    for i in range(len(cycle)): turn = f.jacobian(d[(start + i) % len(cycle)]) @ turn
    mu, left = np.linalg.eig(turn.T)
    w, p, r = left[:, np.argmax(abs(mu))].real, cycle[start], 0.5 * min(margin[start], 1.0)
    found = np.zeros(len(z), bool)
    for delta in 10.0 ** -np.arange(7, 14):
        x, y = z - delta * u, z + delta * u
        for _ in range(n_steps):
            near = (np.linalg.norm(x - p, axis=1) < r) & (np.linalg.norm(y - p, axis=1) < r)
            found |= near & (((x - p) @ w > 0) != ((y - p) @ w > 0))
            x, y = orbit_end(f, x, 1), orbit_end(f, y, 1)
    return found


def first_failure(f, p, label, own, reach, rng, n_directions=1000, n_radii=60, rounds=12):
    """Smallest distance from p (M,) at which a state was seen that does not return to attractor `own`, and that state.

    Unit directions with growing radii, the first failure bisected; then better directions are looked for around the
    best. An upper bound of the distance to tipping, without any manifold. (inf, None) if all up to `reach` return.
    """
    def along(u, radii):
        "First failing radius (n,) along each of the directions u (n, M), of those in radii."
        back = label((p + radii[:, None] * u[:, None]).reshape(-1, f.dim)).reshape(len(u), len(radii)) == own
        return np.where(back.all(1), np.inf, radii[np.argmin(back, axis=1)])

    def shorten(u, r, floor):
        "Bisect between `floor`, where the state returns, and r, where it does not."
        lo, hi = np.full(len(u), floor), r.copy()
        for _ in range(30):
            middle = (lo + hi) / 2
            returns = label(p + middle[:, None] * u) == own
            lo, hi = np.where(returns, middle, lo), np.where(returns, hi, middle)
        return hi

    unit = lambda v: v / np.linalg.norm(v, axis=1, keepdims=True)
    radii = reach * np.geomspace(1e-3, 1, n_radii)
    u = unit(rng.normal(size=(n_directions, f.dim)))
    r = along(u, radii)
    best = np.argsort(r)[:20]
    u, r = u[best][np.isfinite(r[best])], r[best][np.isfinite(r[best])]
    if not len(u): return np.inf, None
    r = shorten(u, r, 0.0)
    for spread in 0.3 * 0.5 ** np.arange(rounds):
        around = np.repeat(u[np.argsort(r)[:4]], 40, axis=0)
        tried = unit(around + spread * rng.normal(size=around.shape))
        # only failures nearer than the best so far are of interest
        first = along(tried, r.min() * (1 - np.geomspace(1e-6, 0.5, 12))[::-1])
        better = np.isfinite(first)
        if better.any():
            u, r = np.concatenate([u, tried[better]]), np.concatenate([r, shorten(tried[better], first[better], 0.0)])
    i = np.argmin(r)
    return r[i], p + r[i] * u[i]


def horizon(multipliers):
    "Steps after which a state near cycles with these multipliers (a list of arrays) is within 1e-13 of them."
    slowest = max(abs(m).max() for m in multipliers)
    return 2000 + 30 / -np.log(max(slowest, 1e-300))
