"Properties that hold for every ReLU map: hypothesis looks for weights, states and sizes that break them."
import copy
import hashlib
import json
import tempfile
from pathlib import Path

import hypothesis.extra.numpy as hnp
import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from plrnn_manifolds import (LocalSet, ReLUMap, cycle_from_regions, find_cycles, find_hits, inverse, invertibility,
                             kaplan_yorke_dimension, lyapunov_spectrum, power_spectrum_distance, stable_manifold,
                             state_space_divergence, verify_certificate)
from plrnn_manifolds.maps.cycles import solve_affine
from plrnn_manifolds.maps.inverse import RUNGS
from plrnn_manifolds.maps.regions import all_patterns
from plrnn_manifolds.maps.model import as_array

settings.register_profile("default", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("default")

number = st.floats(-1, 1, allow_subnormal=False)                    # zeros and equal numbers come up often, by design
sizes = st.integers(1, 4)


def array(*shape, elements=number): return hnp.arrays(np.float64, shape, elements=elements)


@st.composite
def maps(draw, max_relu=5):
    M, H = draw(sizes), draw(st.integers(0, max_relu))
    return ReLUMap(*(draw(array(*s)) for s in ((M, M), (M, H), (H, M), (M,), (H,))))


@st.composite
def maps_and_states(draw, *batch):
    f = draw(maps())
    return f, draw(array(*batch, f.dim, elements=st.floats(-3, 3, allow_subnormal=False)))


def close(a, b, f, n=1):
    "Equal up to rounding: n steps can make numbers, and their errors, as large as `size`."
    step = 1 + np.abs(f.L).sum() + np.abs(f.U).sum() * (np.abs(f.V).sum() + np.abs(f.c).sum()) + np.abs(f.b).sum()
    return np.allclose(a, b, rtol=0, atol=1e-14 * 4 * step**n)


@given(maps_and_states(3), st.integers(0, 5))
def test_affine_along_the_itinerary_is_the_iterated_map(fz, n):
    f, z = fz
    J, k = f.affine(f.itinerary(z, n))
    assert close((J @ z[..., None])[..., 0] + k, f.trajectory(z, n)[..., -1, :], f, n + 1)


@given(maps_and_states(2, 3))
def test_batches_are_loops(fz):
    f, z = fz
    one_by_one = [[f(z[i, j]) for j in range(3)] for i in range(2)]
    assert f(z).shape == z.shape and close(f(z), one_by_one, f)
    assert np.array_equal(f.trajectory(z, 2)[:, :, 1], f(z))


@given(maps_and_states(), st.data())
def test_both_sides_agree_on_a_switching_plane(fz, data):
    "Put a state on the plane of one unit: flipping that unit's bit does not change the image."
    f, z = fz
    normal = np.linalg.norm(f.V, axis=1)
    units = np.flatnonzero(normal > 1e-3)
    if not len(units): return
    u = data.draw(st.sampled_from(list(units)))
    z = z - (f.V[u] @ z + f.c[u]) * f.V[u] / normal[u] ** 2
    d = f.region(z).astype(float)
    images = []
    for d[u] in (0, 1): images.append(f.jacobian(d) @ z + f.offset(d))
    size = 1 + np.abs(z).max()                                      # the projection may land far away
    assert np.allclose(*images, rtol=0, atol=1e-12 * size * (1 + np.abs(f.U).sum()))


@given(maps_and_states(2))
def test_lipschitz(fz):
    "A continuous piecewise affine map stretches no more than the bound on all of its pieces."
    f, (x, y) = fz
    bound = np.linalg.norm(f.L, 2)
    if f.n_relu: bound += np.linalg.norm(f.U, 2) * np.linalg.norm(f.V, 2)
    assert np.linalg.norm(f(x) - f(y)) <= bound * np.linalg.norm(x - y) + 1e-12


@given(st.data(), sizes)
def test_constructors_agree(data, M):
    "Architectures contain each other: a PLRNN is an AL-RNN with P = M, a shallow and a dendritic PLRNN."
    A, W, h = (data.draw(array(*s)) for s in ((M,), (M, M), (M,)))
    z = data.draw(array(5, M, elements=st.floats(-3, 3)))
    plrnn = ReLUMap.from_plrnn(A, W, h)
    same = [ReLUMap.from_alrnn(A, W, h, n_relu=M), ReLUMap.from_shplrnn(A, W, np.eye(M), h, np.zeros(M)),
            ReLUMap.from_dendplrnn(A, W, [1.0], np.zeros((1, M)), h), ReLUMap.from_plrnn(np.diag(A), W, h)]
    for f in same: assert close(f(z), plrnn(z), plrnn)
    assert close(ReLUMap.from_alrnn(A, W, h, n_relu=0)(z), z @ (np.diag(A) + W).T + h, plrnn)
    clipped = ReLUMap.from_shplrnn(A, W, W, h, np.zeros(M), clipped=True)       # without h2 the clip cancels
    assert close(clipped(z), z * A + h, clipped)


@given(st.data(), sizes, st.floats(0.01, 1))
def test_rate_units_agree(data, M, leak):
    "ReLU and hard-tanh units where both are linear: drive within (0, 1)."
    W = data.draw(array(M, M)) / (4 * M)
    z, bias = data.draw(array(5, M)), np.full(M, 0.5)
    relu, tanh = ReLUMap.from_relu_rnn(W, bias, leak), ReLUMap.from_hardtanh_rnn(W, bias, leak)
    assert np.allclose(relu(z), (1 - leak) * z + leak * (z @ W.T + bias), atol=1e-13)
    assert np.allclose(tanh(z), relu(z), atol=1e-13)


words = st.text(max_size=5)


@given(maps(), st.dictionaries(words, st.one_of(st.integers(-5, 5), words, st.none()), max_size=3))
def test_save_and_load_lose_nothing(f, meta):
    f = ReLUMap(f.L, f.U, f.V, f.b, f.c, meta)
    with tempfile.TemporaryDirectory() as tmp:
        f.save(Path(tmp) / "map.npz")
        g = ReLUMap.load(Path(tmp) / "map.npz")
    assert all(np.array_equal(getattr(f, k), getattr(g, k)) for k in "LUVbc") and g.meta == f.meta


@given(maps_and_states(3), st.integers(0, 2**32 - 1), st.floats(0.5, 2))
def test_change_of_coordinates_is_a_conjugacy(fz, seed, scale):
    f, z = fz
    T = scale * np.linalg.qr(np.random.default_rng(seed).normal(size=(f.dim, f.dim)))[0]
    g = f.change_coordinates(T)
    assert close(g.trajectory(z @ T.T, 3), f.trajectory(z, 3) @ T.T, f, 6)
    clear = abs(f.preactivation(z)) > 1e-9                          # rounding may flip a state on a switching plane
    assert np.array_equal(g.region(z @ T.T)[clear], f.region(z)[clear])


@given(maps_and_states(3), maps_and_states(3))
def test_direct_sum_acts_on_its_parts(fz, gw):
    (f, z), (g, w) = fz, gw
    both = f.direct_sum(g)
    assert close(both(np.hstack([z, w])), np.hstack([f(z), g(w)]), both)


@given(array(3, 2), st.integers(0, 5), st.sampled_from([np.nan, np.inf, -np.inf]))
def test_one_bad_number_is_caught(a, where, bad):
    a = a.copy()
    a.flat[where] = bad
    try: as_array(a, "weights")
    except ValueError as e: assert "weights: expected finite numbers, got 1 " in str(e)
    else: raise AssertionError("accepted")


@given(maps_and_states(2), st.integers(1, 20))
def test_exponents_add_up_to_the_mean_log_determinant(fz, n):
    f, z = fz
    det = np.abs(np.linalg.det(f.jacobian(f.itinerary(z, n))))
    if not (det > 1e-8).all(): return                               # singular: -inf on both sides, up to rounding
    assert np.allclose(lyapunov_spectrum(f, z, n, n_transient=0).sum(-1), np.log(det).mean(-1), atol=1e-6)


@given(array(4), st.floats(0.1, 3))
def test_kaplan_yorke_dimension_is_between_0_and_M(exponents, factor):
    D = kaplan_yorke_dimension(exponents)
    assert 0 <= D <= 4 and (D > 0) == (exponents.max() >= 0)
    assert np.isclose(kaplan_yorke_dimension(factor * exponents), D, atol=1e-6) or np.abs(exponents).min() < 1e-6


@given(array(30, 2), array(30, 2), st.sampled_from(["binned", "gmm"]))
def test_distances_are_distances(x, y, method):
    assert state_space_divergence(x, x, method) == 0 and power_spectrum_distance(x, x, 2) == 0
    assert 0 <= power_spectrum_distance(x, y, 2) <= 1 + 1e-12
    assert np.isclose(power_spectrum_distance(x, y, 2), power_spectrum_distance(y, x, 2), atol=1e-12)
    assert state_space_divergence(x, y, "binned") >= 0


# ---- whole analyses: what must not depend on coordinates, order of units or unrelated parts ------------------------

often = settings(max_examples=200)


@st.composite
def random_maps(draw, dims=(1, 3), relus=(0, 4), scale=1.5):
    "Gaussian weights, now and then rounded to halves, a plane listed twice, or a unit without effect."
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    M, H = draw(st.integers(*dims)), draw(st.integers(*relus))
    L, U, V, b, c = (rng.normal(size=s) for s in ((M, M), (M, H), (H, M), (M,), (H,)))
    L, U = scale * L / np.sqrt(M), scale * U / np.sqrt(M * max(H, 1))
    kind = draw(st.sampled_from(["plain"] * 3 + ["integer", "twice", "idle"]))
    if kind == "integer": L, U, V, b, c = (np.round(2 * a) / 2 for a in (L, U, V, b, c))
    if kind == "twice" and H > 1: V[0], c[0] = -2 * V[1], -2 * c[1]
    if kind == "idle" and H: U[:, 0] = 0
    return ReLUMap(L, U, V, b, c)


@st.composite
def saddles(draw, dims=(2, 3), relus=(1, 4)):
    "A map and its fixed point with one unstable direction, off all planes: the region's Jacobian is chosen, L follows."
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    M, H = draw(st.integers(*dims)), draw(st.integers(*relus))
    U, V, p = 0.7 * rng.normal(size=(M, H)), rng.normal(size=(H, M)), rng.normal(size=M)
    x = rng.choice([-1, 1], H) * rng.uniform(0.2, 1, H)             # V p + c: the planes keep their distance
    mu = rng.choice([-1, 1], M) * np.append(rng.uniform(1.1, 1.8), rng.uniform(0.2, 0.8, M - 1))
    S = orthogonal(rng, M) @ (np.eye(M) + 0.3 * np.triu(rng.normal(size=(M, M)), 1))
    L = S @ np.diag(mu) @ np.linalg.inv(S) - U @ np.diag(x > 0) @ V
    f = ReLUMap(L, U, V, p - L @ p - U @ np.maximum(x, 0), x - V @ p)
    return f, cycle_from_regions(f, [x > 0]), rng


def orthogonal(rng, M): return np.linalg.qr(rng.normal(size=(M, M)))[0]
def regular(rng, M): return orthogonal(rng, M) @ np.diag(rng.uniform(0.5, 2, M)) @ orthogonal(rng, M)


def in_disguise(f, T, rng, sizes=(0.5, 0.7, 1.2, 2)):
    "The same dynamics in coordinates T z, its units in another order p, each scaled by one of `sizes`; and p."
    g, p, s = f.change_coordinates(T), rng.permutation(f.n_relu), rng.choice(sizes, f.n_relu)
    return ReLUMap(g.L, g.U[:, p] / s, s[:, None] * g.V[p], g.b, s * g.c[p]), p


def paired(a, b, tol):
    "Whether the rows of a and b are the same up to order, each used once."
    if a.shape != b.shape: return False
    near = np.abs(a[:, None] - b[None]).max(-1, initial=0) <= tol
    return all((near.sum(k) >= 1).all() for k in (0, 1))


def decidable(f, k):
    "Whether rounding cannot decide which of the 2^(kH) itineraries of k steps has a cycle, and of which kind."
    d = all_patterns(k * f.n_relu).reshape(2 ** (k * f.n_relu), k, f.n_relu)
    J = f.affine(d)[0]
    if np.abs(np.linalg.det(np.eye(f.dim) - J)).min() < 1e-4: return False
    if np.abs(np.abs(np.linalg.eigvals(J)) - 1).min() < 1e-4: return False
    z, off_planes = solve_affine(f, d), True
    for i in range(k):
        off_planes &= np.abs(f.preactivation(z)).min(initial=1) > 1e-6
        z = (f.jacobian(d[:, i]) @ z[..., None])[..., 0] + f.offset(d[:, i])
    return bool(off_planes)


@often
@given(random_maps(relus=(0, 6)), st.integers(0, 2**32 - 1))
def test_what_inverse_finds_is_a_preimage(f, seed):
    z = np.random.default_rng(seed).normal(size=(4, f.dim)) * 3
    back = inverse(f, z)
    size = 1 + np.abs(z).max(1)
    assert (np.abs(f(back.points[back.found]) - z[back.found]).max(1, initial=0) <= 1e-9 * size[back.found]).all()
    assert np.isnan(back.points[~back.found]).all() and not np.isin(back.how[~back.found], list(RUNGS)).any()


@often
@given(random_maps(relus=(1, 5), scale=0.4), st.integers(0, 2**32 - 1))
def test_a_homeomorphism_is_inverted_everywhere(f, seed):
    f = ReLUMap(np.eye(f.dim) + f.L, f.U, f.V, f.b, f.c)
    assume(invertibility(f).verdict == "homeomorphism")
    x = np.random.default_rng(seed).normal(size=(6, f.dim)) * 3
    back = inverse(f, f(x))
    condition = np.linalg.cond(f.jacobian(all_patterns(f.n_relu))).max()
    assert back.found.all(), back.how
    assert np.allclose(back.points, x, rtol=0, atol=1e-8 * condition * (1 + np.abs(x).max()))


@often
@given(random_maps(relus=(0, 3)), st.integers(0, 2**32 - 1))
def test_cycles_survive_a_disguise(f, seed):
    rng = np.random.default_rng(seed)
    T = regular(rng, f.dim)
    g, _ = in_disguise(f, T, rng)
    assume(decidable(f, 1) and decidable(f, 2))
    mine, theirs = (find_cycles(h, 2, method="exhaustive") for h in (f, g))
    assert mine.complete and theirs.complete and len(mine) == len(theirs)
    for k in (1, 2):
        a, b = ([c for c in cycles if c.order == k] for cycles in (mine, theirs))
        for c in a:
            gap = [np.abs(c.points[:, None] @ T.T - d.points[None]).max(-1).min(1).max() for d in b]
            twin = b[int(np.argmin(gap))]
            assert min(gap) <= 1e-7 * (1 + np.abs(c.points).max())
            assert paired(c.multipliers[:, None], twin.multipliers[:, None], 1e-5 * (1 + np.abs(c.multipliers).max()))
            assert c.kind == twin.kind


@often
@given(random_maps(relus=(0, 5)), st.integers(0, 2**32 - 1))
def test_verdict_survives_an_exact_disguise(f, seed):
    "Axes permuted, reversed and stretched by powers of 2: no rounding, so that exact zeros stay."
    rng = np.random.default_rng(seed)
    T = np.eye(f.dim)[rng.permutation(f.dim)] * rng.choice([-2, -1, 0.5, 1, 4], f.dim)
    g, p = in_disguise(f, T, rng, (0.25, 1, 2, 8))
    mine, theirs = invertibility(f), invertibility(g)
    assert (mine.verdict, mine.n_regions, mine.complete) == (theirs.verdict, theirs.n_regions, theirs.complete)
    if theirs.witness is None: return
    x, y = g(theirs.witness)                                        # two states with one image: so they are for f
    assert np.allclose(x, y, atol=1e-7 * (1 + np.abs(theirs.witness).max()))
    x, y = f(theirs.witness @ np.linalg.inv(T).T)
    assert np.allclose(x, y, atol=1e-7 * (1 + np.abs(theirs.witness).max()))


@often
@given(random_maps(dims=(1, 2), relus=(0, 2)), random_maps(dims=(1, 2), relus=(0, 2)))
def test_fixed_points_of_a_direct_sum_are_the_pairs(f, g):
    both = f.direct_sum(g)
    assume(decidable(f, 1) and decidable(g, 1))
    a, b, ab = (find_cycles(h, method="exhaustive") for h in (f, g, both))
    pairs = [np.append(c.points[0], d.points[0]) for c in a for d in b]
    assert a.complete and b.complete and ab.complete and len(ab) == len(pairs)
    if pairs: assert paired(np.array([c.points[0] for c in ab]), np.array(pairs), 1e-7 * (1 + np.abs(pairs).max()))
    assert sorted(c.n_unstable for c in ab) == sorted(c.n_unstable + d.n_unstable for c in a for d in b)


@often
@given(saddles())
def test_hits_survive_a_disguise(fcr):
    "Conjugate lines meet the conjugate manifold at the same parameters."
    f, saddle, rng = fcr
    T = regular(rng, f.dim)
    g, p = in_disguise(f, T, rng)
    twin = cycle_from_regions(g, saddle.regions[:, p])
    a, b = saddle.points[0] + 2 * rng.normal(size=(2, 5, f.dim))
    mine = find_hits(f, LocalSet(f, saddle), a, b, depth=8)
    theirs = find_hits(g, LocalSet(g, twin), a @ T.T, b @ T.T, depth=8)
    assert mine.complete and theirs.complete
    assert paired(np.c_[mine.line, mine.t], np.c_[theirs.line, theirs.t], 1e-6), (mine, theirs)


@often
@given(saddles(dims=(2, 2)))
def test_distances_survive_a_rotation(fcr):
    "A rotated box is not a box: its manifold lies between those of a smaller and of a larger one."
    f, saddle, rng = fcr
    T = orthogonal(rng, 2)
    g, p = in_disguise(f, T, rng)
    twin = cycle_from_regions(g, saddle.regions[:, p])
    r = 3 + np.abs(saddle.points).max()
    made = lambda h, c, r: stable_manifold(h, c, box=r, depth=4, clip_factor=1)
    small, turned, large = made(f, saddle, r), made(g, twin, np.sqrt(2) * r), made(f, saddle, 2 * r)
    x = rng.uniform(-r, r, (10, 2))
    near, same, far = large.distance(x), turned.distance(x @ T.T), small.distance(x)
    assert (near <= same + 1e-7).all() and (same <= far + 1e-7).all()


@often
@given(saddles())
def test_images_of_a_stable_manifold_stay_on_it(fcr):
    f, saddle, rng = fcr
    a, b = saddle.points[0] + 2 * rng.normal(size=(2, 10, f.dim))
    manifold = stable_manifold(f, saddle, box=4 + np.abs(saddle.points).max(), form="lazy", depth=8)
    x = manifold.hits(a, b).points
    z = x
    for _ in range(3):
        z = f(z)
        assert manifold.contains(z, tol=1e-8 * (1 + np.abs(z).max(initial=0))).all()
    off = x + 1e-3 * np.linalg.norm(b - a, axis=1).mean() * rng.normal(size=x.shape)
    assert not len(x) or manifold.contains(x, tol=1e-8 * (1 + np.abs(x).max())).all()
    assert not manifold.contains(off, tol=1e-12).any()


FIG5 = ReLUMap.from_normal_form(-1.77, 0.9, 1.5, 0.75, 0.6, 0.15, (-0.7, -0.4))
CERTIFICATE = json.loads((Path(__file__).parents[1] / "nbs" / "chaos" / "certificates" / "fig5.json").read_text())


def nodes(tree, path=()):
    "Paths of everything below the top of a JSON tree."
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items: yield path + (key,); yield from nodes(value, path + (key,))


@often
@given(st.data())
def test_an_altered_certificate_never_verifies(data):
    "The forger changes one place of a valid certificate and repairs the digest. Only a smaller margin is true as well."
    bad = copy.deepcopy(CERTIFICATE)
    *up, last = data.draw(st.sampled_from([p for p in nodes(bad) if p not in (("digest",), ("bits",))]))
    node = bad
    for key in up: node = node[key]
    old, how = node[last], data.draw(st.sampled_from(["nudge", "lose", "other", "swap", "twice"]))
    if how == "lose": del node[last]
    elif how == "other":
        node[last] = data.draw(st.sampled_from([None, True, 0, 1, 1.5, "", "0", "1", [], {}, ["0"], [["1"]]]))
    elif how == "twice": node[last] = [old, old] if not isinstance(old, (str, list)) else old + old
    elif how == "swap" and isinstance(node, list):
        other = data.draw(st.integers(0, len(node) - 1))
        node[last], node[other] = node[other], old
    elif isinstance(old, bool): node[last] = not old
    elif isinstance(old, float): node[last] = old * (1 + data.draw(st.sampled_from([-1, 1e-3, -1e-4, 2e-5])))
    elif isinstance(old, int): node[last] = old + 1
    elif isinstance(old, str): node[last] = old[:-1] + {"0": "1", "1": "0"}.get(old[-1:], "?")
    assume(json.dumps(bad) != json.dumps(CERTIFICATE))
    if last == "margin" and type(node.get(last)) is float: assume(not 0 < node[last] <= old)
    body = json.dumps({k: v for k, v in bad.items() if k != "digest"}, sort_keys=True)
    bad["digest"] = hashlib.sha256(body.encode()).hexdigest()
    assert not verify_certificate(json.dumps(bad), FIG5), (up, last, how)


def test_the_certificate_itself_verifies():
    assert verify_certificate(json.dumps(CERTIFICATE), FIG5)
