"No network is loaded as another one: files, torch modules and the command line, for what is a ReLU map and what is none."
import json
import warnings

import numpy as np
import pytest

import plrnn_manifolds
from plrnn_manifolds import DrivenMap, ReLUMap, load_checkpoint, load_pretrained, pretrained_path
from plrnn_manifolds.networks.networks import NAMES, RATE_UNITS, make_map
from plrnn_manifolds.tools.cli import main

try:
    import torch
    from torch import nn

    from plrnn_manifolds import from_torch
except ImportError: torch = None
needs_torch = pytest.mark.skipif(torch is None, reason="torch is not installed")
RELU = dict(nonlinearity="relu")
relu = lambda x: np.maximum(x, 0)


def saved(thing, folder, name="net.pt"):
    "A file of a module's state dict, or of a dict."
    torch.save(thing.state_dict() if isinstance(thing, nn.Module) else thing, folder / name)
    return folder / name


def wrapped(**modules): return nn.ModuleDict(modules)


# ---- layers and cells ----------------------------------------------------------------------------------------------

def random_module(i):
    "A ReLU layer or cell: 1 to 8 units, 0 to 3 inputs (a layer of torch has at least one), with and without biases."
    rng = np.random.default_rng(i)
    H, K, bias = int(rng.integers(1, 9)), int(rng.integers(0, 4)), bool(rng.integers(2))
    torch.manual_seed(i)
    if K == 0 or rng.integers(2): m = nn.RNNCell(K, H, bias, "relu")
    else: m = nn.RNN(K, H, nonlinearity="relu", bias=bias, batch_first=bool(rng.integers(2)))
    with torch.no_grad(): m.get_parameter([k for k, _ in m.named_parameters() if "weight_hh" in k][0]).mul_(1.5)
    return m, K, rng


def torch_states(m, z, S):
    "States (n, T, H) that the module itself goes through."
    z, S = torch.tensor(z, dtype=torch.float32), torch.tensor(S, dtype=torch.float32)
    with torch.no_grad():
        if isinstance(m, nn.RNN):
            x = m(S if m.batch_first else S.transpose(0, 1), z[None])[0]
            return (x if m.batch_first else x.transpose(0, 1)).numpy()
        out = []
        for t in range(S.shape[1]): z = m(S[:, t], z); out.append(z)
    return torch.stack(out, 1).numpy()


@needs_torch
def test_layers_and_cells_step_as_torch_does(tmp_path):
    "200 random ones, one step and ten, from the module and from its state dict."
    kinds = set()
    for i in range(200):
        m, K, rng = random_module(i)
        z, S = rng.normal(size=(20, m.hidden_size)), rng.normal(size=(20, 10, K))
        theirs = torch_states(m, z, S)
        for f in (from_torch(m), load_checkpoint(saved(m, tmp_path), **RELU)):
            assert isinstance(f, DrivenMap) == (K > 0)
            ours = f.run(z, S)[:, 1:] if K else f.trajectory(z, 10)[:, 1:]
            size = abs(theirs).max() + 1e-3
            assert abs(ours[:, 0] - theirs[:, 0]).max() < 1e-5 * size and abs(ours - theirs).max() < 1e-4 * size, i
            assert f.meta["precision"] == "float32"
        kinds.add((type(m).__name__, K, m.bias))
    assert len(kinds) == 14


@needs_torch
def test_frozen_input(tmp_path):
    m = nn.RNN(2, 3, **RELU)
    z, s = np.random.default_rng(0).normal(size=(5, 3)), [0.5, -1]
    theirs = torch_states(m, z, np.tile(s, (5, 1, 1)))[:, 0]
    for f in (from_torch(m, s), from_torch(m).at(s), load_checkpoint(saved(m, tmp_path), input=s, **RELU)):
        assert type(f) is ReLUMap and np.allclose(f(z), theirs, atol=1e-5) and f.meta["input"] == [0.5, -1.0]
    with pytest.raises(ValueError, match=r"input: expected shape \(2,\)"): from_torch(m, [1])
    with pytest.raises(ValueError, match="input: expected none"): from_torch(nn.RNNCell(0, 3, **RELU), [1])


# ---- what is none --------------------------------------------------------------------------------------------------

UNSUPPORTED = dict(
    tanh_rnn=(lambda: nn.RNN(2, 4), "tanh"), tanh_cell=(lambda: nn.RNNCell(2, 4), "tanh"),
    lstm=(lambda: nn.LSTM(2, 4), "LSTM"), lstm_cell=(lambda: nn.LSTMCell(2, 4), "LSTM"),
    lstm_of_one=(lambda: nn.LSTM(1, 1, bias=False), "LSTM"), gru=(lambda: nn.GRU(2, 4), "GRU"), gru_cell=(lambda: nn.GRUCell(2, 4), "GRU"),
    projected=(lambda: nn.LSTM(2, 4, proj_size=2), "proj_size"), layers=(lambda: nn.RNN(2, 4, 2, **RELU), "2 layers"),
    twelve_layers=(lambda: nn.RNN(2, 4, 12, **RELU), "12 layers"),
    both_ways=(lambda: nn.RNN(2, 4, bidirectional=True, **RELU), "bidirectional"),
    lstm_layers=(lambda: nn.LSTM(2, 4, 2), "LSTM"), dropout=(lambda: nn.RNN(2, 4, dropout=0.5, **RELU), "dropout"))


@needs_torch
@pytest.mark.parametrize("case", UNSUPPORTED)
@pytest.mark.parametrize("inside", [False, True])
def test_unsupported_networks_are_named(case, inside, tmp_path, capsys):
    "By the module, by the state dict whatever is stated, and by the command line: one line, exit code 2, nothing begun."
    make, text = UNSUPPORTED[case]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        m = make()
    module = wrapped(embed=nn.Linear(3, 2), core=m, fc=nn.Linear(4, 2)) if inside else m
    with pytest.raises(ValueError, match=f"^module: .*{text}"): from_torch(module)
    if case == "dropout": return                                     # leaves no trace in the weights
    path = saved(module, tmp_path)
    tanh = "tanh" in case
    file_text = "layers" if case == "lstm_layers" else text          # the layers are told by the names
    for options in [dict(nonlinearity="tanh")] if tanh else [{}, RELU, dict(kind="relu_rnn")]:
        with pytest.raises(ValueError, match=f"^[a-z_0-9]+: .*{file_text}"): load_checkpoint(path, **options)
        args = [x for k, v in options.items() for x in ("-p", k, v)]
        assert main(["analyze", str(path), "--out", str(tmp_path / "report"), *args]) == 2
        err = capsys.readouterr().err
        assert file_text in err and len(err.splitlines()) == 1 and not (tmp_path / "report").exists()


@needs_torch
@pytest.mark.parametrize("make", [lambda: nn.RNN(2, 4), lambda: nn.RNNCell(2, 4), lambda: wrapped(rnn=nn.RNN(2, 4), fc=nn.Linear(4, 1))])
def test_the_nonlinearity_has_to_be_stated(make, tmp_path, capsys):
    "A state dict does not tell it, and torch's default is tanh."
    path = saved(make(), tmp_path)
    with pytest.raises(ValueError, match="default is tanh; expected nonlinearity='relu' \\(or kind='relu_rnn'\\)"): load_checkpoint(path)
    assert main(["analyze", str(path), "--out", str(tmp_path / "report")]) == 2
    assert "torch's default is tanh" in capsys.readouterr().err and not (tmp_path / "report").exists()
    assert np.array_equal(load_checkpoint(path, **RELU).V, load_checkpoint(path, "relu_rnn").V)


def test_what_names_do_not_tell():
    "Networks that share their names are never taken for one another: it has to be said which."
    M, z = 3, 3 * np.random.default_rng(0).normal(size=(9, 3))
    shallow, plrnn = {k: np.ones(M) for k in NAMES["shplrnn"]}, dict.fromkeys("AWh")
    dend = {k: None for k in NAMES["dendplrnn"]}
    for arrays, text in ((shallow, "clipped=True"), (dend, "clipped=True"), (plrnn, "n_relu for an AL-RNN"),
                         ({"h2h.weight": np.eye(M)}, "one of kind='relu_rnn'"), ({"weight_hh": np.eye(M)}, "default is tanh")):
        with pytest.raises(ValueError, match=text): make_map(arrays)
    with pytest.raises(ValueError, match="leak: expected a"): make_map({"h2h.weight": np.eye(M)}, "relu_rnn")
    steps = [make_map({"h2h.weight": -np.eye(M), "h2h.bias": np.ones(M)}, k, leak=0.5)(z) for k in RATE_UNITS]
    assert all(not np.allclose(a, b) for i, a in enumerate(steps) for b in steps[:i])        # they are four networks


@needs_torch
def test_a_module_that_does_something_else_is_refused():
    class Shifted(nn.RNN):
        def forward(self, *args): return tuple(x + 1e-4 for x in super().forward(*args))
    with pytest.raises(ValueError, match="module: a step of Shifted is not that of"): from_torch(Shifted(2, 4, **RELU))
    with pytest.raises(ValueError, match="several recurrent modules, a \\(RNN\\), b \\(LSTM\\); expected one of them"):
        from_torch(wrapped(a=nn.RNN(2, 4, **RELU), b=nn.LSTM(2, 4)))
    with pytest.raises(ValueError, match="module: expected a torch.nn.Module, got"): from_torch({"a": 1})
    with pytest.raises(ValueError, match="module: found no network with names that are known in Linear"): from_torch(nn.Linear(2, 2))


# ---- around the recurrent part -------------------------------------------------------------------------------------

if torch is not None:
    class Net(nn.Module):
        "An embedding, a layer, and one or two readouts."
        def __init__(self, heads=("fc",), norm=False):
            super().__init__()
            self.embed, self.rnn = nn.Embedding(7, 3), nn.RNN(3, 5, batch_first=True, **RELU)
            self.norm = nn.BatchNorm1d(5) if norm else None
            for k in heads: setattr(self, k, nn.Linear(5, 2))
            self.heads = heads

        def forward(self, x):
            h = self.rnn(self.embed(x))[0]
            if self.norm: h = self.norm(h.transpose(1, 2)).transpose(1, 2)
            return [getattr(self, k)(h) for k in self.heads]

    class Loop(nn.Module):
        "A loop around a cell that does `change` to the state (old, new) after each step."
        def __init__(self, change=lambda h, new: new):
            super().__init__()
            self.cell, self.out, self.change = nn.RNNCell(3, 5, **RELU), nn.Linear(5, 2), change

        def forward(self, x):
            h = torch.zeros(x.shape[1], 5)
            for u in x: h = self.change(h, self.cell(u, h))
            return self.out(h)

    class Leaky(nn.Module):
        "Two linear layers, with the leak outside or inside the ReLU."
        def __init__(self, inside):
            super().__init__()
            self.input2h, self.h2h, self.alpha, self.inside = nn.Linear(3, 5), nn.Linear(5, 5), 0.2, inside

        def recurrence(self, input, hidden):
            x, a = self.input2h(input) + self.h2h(hidden), self.alpha
            return torch.relu((1 - a) * hidden + a * x) if self.inside else (1 - a) * hidden + a * torch.relu(x)

    class Dendritic(nn.Module):
        def __init__(self, clipped):
            super().__init__()
            self.AW, self.h, self.clipped = nn.Parameter(torch.randn(4, 4)), nn.Parameter(torch.randn(4)), clipped
            self.thetas, self.alphas = nn.Parameter(torch.randn(4, 6)), nn.Parameter(torch.randn(6))

        def forward(self, z):
            A, x = self.AW.diag(), torch.relu(z[..., None] + self.thetas)
            if self.clipped: x = x - torch.relu(z[..., None])
            return A * z + (self.alphas * x).sum(-1) @ (self.AW - A.diag()).T + self.h

    class AlmostLinear(nn.Module):
        def __init__(self, P=2):
            super().__init__()
            self.A, self.W = nn.Parameter(torch.rand(5)), nn.Parameter(torch.randn(5, 5))
            self.h, self.B, self.P = nn.Parameter(torch.randn(5)), nn.Parameter(torch.randn(3, 5)), P

        def forward(self, z):
            before = z.clone()
            z[:, -self.P:] = torch.relu(z[:, -self.P:])
            return self.A * before + z @ self.W.T + self.h


@needs_torch
@pytest.mark.parametrize("around", ["", "state_dict", "model", "model_state_dict", "deep", "config first", "optimizer first"])
def test_what_training_scripts_keep_around(around, tmp_path):
    net = Net()
    adam = torch.optim.Adam(net.parameters())
    net(torch.zeros(2, 3, dtype=torch.long))[0].sum().backward(); adam.step()
    state, key = net.state_dict(), around if "_" in around or around == "model" else "net"
    thing = {"": state, "deep": dict(a=dict(b=dict(state_dict=state))), "config first": dict(config=dict(lr=1, layers=[5]), net=state),
             "optimizer first": dict(optimizer=adam.state_dict(), epoch=3, net=state)}.get(around, {key: state})
    f, g = load_checkpoint(saved(thing, tmp_path), **RELU), from_torch(net)
    assert all(np.array_equal(getattr(f, k), getattr(g, k)) for k in "LUVbcCD")
    for m in (f.meta, g.meta):
        assert m["readout"] == "fc" and m["ignored"] == {"embed.weight": [7, 3]} and "Readout: fc, 2 outputs." in m["loaded"]
        assert np.allclose(m["readout_weights"], net.fc.weight.detach()) and np.allclose(m["readout_bias"], net.fc.bias.detach())


@needs_torch
def test_readouts(tmp_path):
    "One that is sure is kept, of several the named one, and none behind a normalisation, which is not the states' readout."
    for heads, norm, kept in ((("fc",), False, "fc"), (("a", "b"), False, None), (("fc",), True, None)):
        net = Net(heads, norm)
        net.eval()
        for f in (from_torch(net), load_checkpoint(saved(net, tmp_path), **RELU)): assert f.meta.get("readout") == kept
    double = Net().double()
    for x in (None, torch.ones(40, 9, dtype=torch.long)): assert from_torch(double, sample=x).meta["readout"] == "fc"
    two = Net(("a", "b"))
    for f in (from_torch(two, readout="b"), load_checkpoint(saved(two, tmp_path), readout="b", **RELU)):
        assert np.allclose(f.meta["readout_weights"], two.b.weight.detach()) and "a.weight" in f.meta["ignored"]
    for call in (lambda **k: from_torch(two, **k), lambda **k: load_checkpoint(tmp_path / "net.pt", **k, **RELU)):
        with pytest.raises(ValueError, match="readout: expected one of \\['a', 'b'\\]"): call(readout="embed")
    with pytest.raises(ValueError, match="readout: expected a layer that reads the states"): from_torch(Net(norm=True), readout="fc")


@needs_torch
def test_loops_around_a_cell():
    torch.manual_seed(3)
    noisy, leaky = (lambda h, new: new + 0.1 * torch.randn(new.shape)), (lambda h, new: 0.75 * h + 0.25 * new)
    assert from_torch(Loop()).meta["readout"] == "out"
    for change in (noisy, leaky, lambda h, new: h + new, lambda h, new: new.clamp(max=0.3)):
        text = "leak=0.25 fits" if change is leaky else "state of cell is changed"
        with pytest.raises(ValueError, match=text): from_torch(Loop(change))
    net, z, s = Loop(leaky), torch.rand(6, 5), torch.randn(6, 3)
    f = from_torch(net, leak=0.25)
    with torch.no_grad(): assert np.allclose(f.step(z.numpy(), s.numpy()), leaky(z, net.cell(s, z)), atol=1e-5)
    with pytest.raises(ValueError, match="leak 0.3; leak=0.25 fits"): from_torch(net, leak=0.3)
    with pytest.raises(ValueError, match="sample: expected an input of ModuleDict"): from_torch(wrapped(cell=nn.RNNCell(3, 5, **RELU)))
    with pytest.raises(ValueError, match="sample: expected an input of Loop, it raised"): from_torch(Loop(), sample=torch.zeros(2))
    assert from_torch(Loop(), sample=torch.randn(9, 2, 3)).dim == 5


@needs_torch
@pytest.mark.parametrize("inside", [False, True])
def test_leaky_networks_of_two_linear_layers(inside, tmp_path):
    "The module tells the formula and the leak; for its state dict they have to be stated."
    net, kind = wrapped(rnn=Leaky(inside), fc=nn.Linear(5, 2)), "relu_rnn_inside" if inside else "relu_rnn"
    f, z, s = from_torch(net), torch.randn(9, 5), torch.randn(9, 3)
    with torch.no_grad(): theirs = net["rnn"].recurrence(s, z).numpy()
    path = saved(net, tmp_path)
    g = load_checkpoint(path, kind, leak=0.2)
    assert all(np.allclose(x.step(z.numpy(), s.numpy()), theirs, atol=1e-5) and x.meta["readout"] == "fc" for x in (f, g))
    with pytest.raises(ValueError, match="expected leak=a and one of kind='relu_rnn'"): load_checkpoint(path, leak=0.2, **RELU)
    with pytest.raises(ValueError, match="leak: expected a, time step over time constant"): load_checkpoint(path, kind)
    with pytest.raises(ValueError, match="module: no network with its weights"): from_torch(net, kind="hardtanh_rnn")


@needs_torch
@pytest.mark.parametrize("clipped", [False, True])
def test_dendritic_networks(clipped, tmp_path):
    net = Dendritic(clipped)
    path = saved(wrapped(latent_step=net, output_layer=nn.Linear(4, 3, bias=False)), tmp_path)
    z = torch.randn(20, 4)
    with torch.no_grad(): theirs = net(z).numpy()
    with pytest.raises(ValueError, match="kind='dendplrnn' \\(not clipped\\), or clipped=True"): load_checkpoint(path)
    for f in (from_torch(net), load_checkpoint(path, clipped=clipped), load_checkpoint(path, "dendplrnn", clipped=clipped)):
        assert np.allclose(f(z.numpy()), theirs, atol=1e-4) and f.n_relu == 4 * (6 + clipped)
    assert load_checkpoint(path, clipped=clipped).meta["readout"] == "output_layer"
    variational = dict(net.state_dict(), R_z=torch.ones(4))
    with pytest.raises(ValueError, match="leaky ReLUs"): load_checkpoint(saved(variational, tmp_path, "vi.pt"), clipped=clipped)


@needs_torch
def test_almost_linear_module():
    for P in (1, 2, 5):
        net, z = AlmostLinear(P), torch.randn(20, 5)
        f = from_torch(net)
        with torch.no_grad(): assert np.allclose(f(z.numpy()), net(z.clone()), atol=1e-5) and f.n_relu == P
    with pytest.raises(ValueError, match="module: no network with its weights"): from_torch(AlmostLinear(2), kind="alrnn", n_relu=3)


# ---- prefixes, keys and npz, which need no torch -------------------------------------------------------------------

def test_npz_with_prefixes_and_other_names(tmp_path):
    rng, path = np.random.default_rng(0), tmp_path / "net.npz"
    W, D, b, z, s = rng.normal(size=(4, 4)), rng.normal(size=(4, 2)), rng.normal(size=4), rng.normal(size=(9, 4)), rng.normal(size=2)
    step = relu(z @ W.T + b + D @ s)
    rnn = dict(weight_hh_l0=W, weight_ih_l0=D, bias_hh_l0=b)
    np.savez(path, **{f"net.rnn.{k}": v for k, v in rnn.items()}, **{"net.fc.weight": np.ones((2, 4)), "net.fc.bias": np.ones(2)}, dt=0.1)
    f = load_checkpoint(path, **RELU)
    assert np.allclose(f.step(z, s), step) and f.meta["readout"] == "net.fc" and f.meta["readout_bias"] == [1, 1]
    np.savez(path, **{f"{a}.{k}": v * (a == "two") for k, v in rnn.items() for a in ("one", "two")})
    text = "holds several networks, expected prefix= one of \\['one.', 'two.'\\]"
    with pytest.raises(ValueError, match=text): load_checkpoint(path, **RELU)
    for prefix in ("two.", "two"): assert np.allclose(load_checkpoint(path, prefix=prefix, **RELU).step(z, s), step)
    with pytest.raises(ValueError, match="prefix: expected one of"): load_checkpoint(path, prefix="three", **RELU)
    np.savez(path, **{"core.W": W, "core.input": D, "core.bias": b})
    keys = {"weight_hh_l0": "core.W", "weight_ih_l0": "core.input", "bias_hh_l0": "core.bias"}
    f = load_checkpoint(path, "relu_rnn", keys=keys)
    assert np.allclose(f.step(z, s), step) and "ignored" not in f.meta
    g = load_checkpoint(path, "relu_rnn", keys={"weight_hh_l0": "core.W"})
    assert not isinstance(g, DrivenMap) and set(g.meta["ignored"]) == {"core.input", "core.bias"}        # what is left out is said
    with pytest.raises(ValueError, match="keys: expected a dict"): load_checkpoint(path, "relu_rnn", keys={"W": 3, "nonsense": "core.W"})
    with pytest.raises(ValueError, match="path: found no network with names that are known"): load_checkpoint(path, **RELU)
    with pytest.raises(ValueError, match="default is tanh"): load_checkpoint(path, keys=keys)


def test_arrays_of_julia(tmp_path):
    "Stored by columns, A as a vector or a diagonal matrix."
    rng, path = np.random.default_rng(0), tmp_path / "net.npz"
    A, W1, W2, h1, h2 = w = rng.normal(size=3), rng.normal(size=(3, 5)), rng.normal(size=(5, 3)), rng.normal(size=3), rng.normal(size=5)
    z = rng.normal(size=(9, 3))
    for a in (A, np.diag(A)):
        np.savez(path, **dict(zip(NAMES["shplrnn"], map(np.asfortranarray, (a, *w[1:])))))
        with np.load(path) as file: assert file["W1"].flags.f_contiguous
        assert np.allclose(load_checkpoint(path, "shplrnn")(z), A * z + relu(z @ W2.T + h2) @ W1.T + h1)
        assert np.allclose(load_checkpoint(path, clipped=True)(z), A * z + (relu(z @ W2.T + h2) - relu(z @ W2.T)) @ W1.T + h1)
    W, alphas, H = rng.normal(size=(3, 3)), rng.normal(size=4), rng.normal(size=(3, 4))           # relu(z - H[:, b])
    np.savez(path, A=A, W=W, alphas=alphas, thresholds=np.asfortranarray(H.T), h0=h1)
    assert np.allclose(load_checkpoint(path, "dendplrnn")(z), A * z + (relu(z[..., None] - H) @ alphas) @ W.T + h1)


def test_saved_maps_keep_their_words(tmp_path):
    f = load_checkpoint(pretrained_path("flipflop48"))
    assert f.meta["loaded"] == "ReLU map: dimension 48, 48 ReLUs, 2 inputs."
    f.save(tmp_path / "f.npz")
    assert load_checkpoint(tmp_path / "f.npz").meta == f.meta
    with pytest.raises(ValueError, match="input: expected none"): load_checkpoint(pretrained_path("duffing"), input=[1])


def test_from_torch_is_public():
    assert "from_torch" in dir(plrnn_manifolds)
    if torch is not None: assert plrnn_manifolds.from_torch is from_torch
    else:
        with pytest.raises(ImportError): plrnn_manifolds.from_torch


# ---- the report ----------------------------------------------------------------------------------------------------

SMALL = ["-p", "n_grid", "30", "-p", "n_lines", "10", "-p", "max_order", "1", "-p", "depth", "30", "-p", "distances", "no"]


def texts(folder):
    "All that the executed notebook shows as text."
    cells = json.loads((folder / "analyze.ipynb").read_text())["cells"]
    outputs = [o for c in cells for o in c.get("outputs", [])]
    return "".join("".join(o.get("data", {}).get("text/markdown", o.get("text", ""))) for o in outputs)


@needs_torch
def test_report_on_a_wrapper(tmp_path):
    "Two units that inhibit each other, in a wrapper beside another network: what was loaded is said, and the outputs at each memory."
    def core(w):
        m = nn.RNN(1, 2, **RELU)
        with torch.no_grad():
            for p, x in zip(m.parameters(), ([[1.0], [-1.0]], w, [0.5, 0.5], [0.5, 0.5])): p.copy_(torch.tensor(x))
        return m
    heads = [nn.Linear(2, 1) for _ in range(2)]
    with torch.no_grad(): heads[0].weight.copy_(torch.tensor([[1.0, -1.0]])); heads[0].bias.fill_(3)
    net = wrapped(other=core([[0.0, 0.0], [0.0, 0.0]]), mine=wrapped(rnn=core([[0.5, -0.8], [-0.8, 0.5]]), fc=heads[0], aux=heads[1]))
    path = saved(dict(lr=0.1, model=net.state_dict()), tmp_path)
    args = ["-p", "nonlinearity", "relu", "-p", "prefix", "mine.rnn.", "-p", "readout", "mine.fc", "-p", "input", "[0.1]"]
    assert main(["analyze", str(path), "--out", str(tmp_path / "report"), *SMALL, *args]) == 0
    r, said = json.loads((tmp_path / "report" / "results.json").read_text()), texts(tmp_path / "report")
    assert r["loaded"].startswith("ReLU RNN, relu(W z + b): dimension 2, 2 ReLUs, 1 input, weights in float32, named mine.rnn.*. "
                                  "Readout: mine.fc, 1 outputs. Not part of the map: other.weight_ih_l0")
    assert r["loaded"] in said and "constant input (input 1 = 0.1)" in said and "output 1" in said
    found = {tuple(np.round(c["point"], 6)): c["output"] for c in r["cycles"] if c["kind"] == "stable"}
    assert sorted(found) == [(0, 1.8), (2.2, 0)]                     # (1 + 0.1) / 0.5, and (1 - 0.1) / 0.5
    assert np.allclose([found[k] for k in sorted(found)], [[1.2], [5.2]], atol=1e-6)


def test_report_on_a_map_with_a_readout(tmp_path):
    f = load_pretrained("flipflop48").at([0, 0])
    rows = np.array(f.meta["readout_weights"])
    small = ReLUMap.from_plrnn([0.8, 0.8], [[0, -0.5], [-0.5, 0]], [1, 1], meta=dict(readout_weights=rows[:, :2].tolist()))
    small.save(tmp_path / "map.npz")
    assert main(["analyze", str(tmp_path / "map.npz"), "--out", str(tmp_path / "report"), *SMALL]) == 0
    r = json.loads((tmp_path / "report" / "results.json").read_text())
    assert all(np.allclose(c["output"], rows[:, :2] @ c["point"]) for c in r["cycles"]) and len(r["cycles"]) == 3
