"Properties of training: gradients of any shape equal torch's, seeds decide everything, sequences respect the data."
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
pytest.importorskip("numba")
from plrnn_manifolds import ReLUMap, train
from plrnn_manifolds.networks.gradient import loss_and_gradient, pack, torch_loss, unpack
from plrnn_manifolds.networks.regularizer import add_penalty, neighbour_ratios, torch_penalty
from plrnn_manifolds.networks.training import prepare_data


def random_map(rng, M, H):
    return ReLUMap(*(0.5 * rng.normal(size=s) for s in ((M, M), (M, H), (H, M), M, H)))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 7), st.integers(1, 9), st.integers(1, 6), st.integers(1, 5), st.integers(0, 2 ** 20), st.data())
def test_gradient_equals_torch(M, H, T, B, seed, draw):
    rng, N = np.random.default_rng(seed), draw.draw(st.integers(1, M))
    f, E, alpha = random_map(rng, M, H), rng.normal(size=(M - N, N)), rng.choice([0.0, 0.3, 1.0], T)
    X, Xf = rng.normal(size=(2, T + 1, N, B))
    loss, grad, _ = loss_and_gradient(pack(f, E), M, H, N, X, Xf, alpha)
    parts = [torch.tensor(np.array(x), requires_grad=True) for x in (f.L, f.U, f.V, f.b, f.c, E)]
    L, U, V, b, c, Et = parts
    reference, _ = torch_loss(lambda z: z @ L.T + torch.relu(z @ V.T + c) @ U.T + b, Et, *(torch.tensor(x).movedim(-1, 1) for x in (X, Xf)), alpha)
    reference.backward()
    assert np.isclose(loss, reference.item(), rtol=1e-10)
    for ours, p in zip(unpack(grad, M, H, N), parts):
        theirs = np.zeros(p.shape) if p.grad is None else p.grad.numpy()
        assert np.allclose(ours, theirs, rtol=1e-8, atol=1e-10 * (1 + abs(grad).max()))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 8), st.integers(1, 9), st.integers(0, 2 ** 20))
def test_penalty_equals_torch_and_determinants(M, H, seed):
    rng = np.random.default_rng(seed)
    f, regions = random_map(rng, M, H), rng.random((5, H)) < 0.5
    grads = [np.zeros(x.shape) for x in (f.L, f.U, f.V)]
    value = add_penalty(*(np.array(x, order="C") for x in (f.L, f.U, f.V)), *grads, regions, 1.0, 0.1)
    parts = [torch.tensor(np.array(x), requires_grad=True) for x in (f.L, f.U, f.V)]
    reference = torch_penalty(*parts, torch.tensor(regions))
    reference.backward()
    assert np.isclose(value, reference.item(), rtol=1e-7)
    scale = max(abs(p.grad.numpy()).max() for p in parts)
    for ours, p in zip(grads, parts): assert np.allclose(ours, p.grad.numpy(), rtol=1e-6, atol=1e-7 * scale)
    flipped = regions[:, None, :] ^ np.eye(H, dtype=bool)
    direct = np.linalg.det(f.jacobian(flipped)) / np.linalg.det(f.jacobian(regions))[:, None]
    assert np.allclose(neighbour_ratios(f, regions), direct, rtol=1e-5, atol=1e-7 * (1 + abs(direct).max()))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=6), st.integers(1, 6))
def test_sequences_stay_inside_their_series(lengths, seq_len):
    series = [np.column_stack([np.arange(n) + 0.1 * i, np.full(n, i) + np.arange(n) % 2]) for i, n in enumerate(lengths)]
    if max(lengths) <= seq_len or len(np.concatenate(series)) < 2:
        with pytest.raises(ValueError, match="data: expected"): prepare_data(series, seq_len)
        return
    rows, starts, mean, std = prepare_data(series, seq_len)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    assert (owner[starts] == owner[starts + seq_len]).all()
    assert len(starts) == sum(max(n - seq_len, 0) for n in lengths)
    assert np.allclose(rows * std + mean, np.concatenate(series))


def test_seeds_decide_everything():
    data = np.random.default_rng(0).normal(size=(200, 2)).cumsum(axis=0)
    args = dict(dim=4, n_relu=2, seq_len=10, tau=3, n_steps=60, noise=0.05, reg=1.0)
    a, b, c = (train("alrnn", data, seed=s, **args) for s in (1, 1, 2))
    assert np.array_equal(a.losses, b.losses) and not np.array_equal(a.losses, c.losses)
    assert all(np.array_equal(getattr(a.map, k), getattr(b.map, k)) for k in "LUVbc")


def test_steps_without_a_gradient_are_skipped_and_counted():
    data = np.random.default_rng(0).normal(size=(200, 2))
    trained = train("shplrnn", data, dim=2, n_relu=3, seq_len=5, alpha=0.1, n_steps=20, noise=1e200)
    assert trained.skipped == 20 and np.isfinite(trained.map.L).all()
