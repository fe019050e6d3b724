"Properties that hold for every ReLU map: hypothesis looks for weights, states and sizes that break them."
import tempfile
from pathlib import Path

import hypothesis.extra.numpy as hnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from plrnn_manifolds import (ReLUMap, kaplan_yorke_dimension, lyapunov_spectrum, power_spectrum_distance,
                             state_space_divergence)
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
