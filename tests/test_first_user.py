"A first user's day: networks one trains oneself, the page with ten minutes in its title, Ctrl-C, and what a numpy user tries."
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest

import plrnn_manifolds
from plrnn_manifolds import ReLUMap, certified_radius, find_cycles, load_checkpoint, load_pretrained, stable_manifold
from plrnn_manifolds.tools.cli import main

try:
    import torch
    from torch import nn
except ImportError: torch = None
needs_torch = pytest.mark.skipif(torch is None, reason="torch is not installed")
ROOT = Path(__file__).parents[1]


def example(name):
    "A program of docs/examples, as a module."
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / "examples" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def one_bit(n_hidden=32, a=0.1, n_steps=250):
    "A leaky network, 1 / a steps slow, that was trained to hold the sign of the last pulse; state is carried over, so it is held for long."
    torch.manual_seed(0); torch.set_num_threads(1)
    rng, noise = np.random.default_rng(0), 0.02
    net = nn.ModuleDict(dict(input2h=nn.Linear(1, n_hidden), h2h=nn.Linear(n_hidden, n_hidden), out=nn.Linear(n_hidden, 1)))
    nn.init.orthogonal_(net["h2h"].weight)
    optimiser = torch.optim.Adam(net.parameters(), 5e-3)
    n, T, h, bit, left = 32, 40, torch.zeros(32, n_hidden), rng.choice([-1.0, 1.0], 32), np.full(32, 10)
    for _ in range(n_steps):
        loss = 0
        for _ in range(T):
            new = (left <= 0) & (rng.random(n) < 0.01)
            bit, left = np.where(new, rng.choice([-1.0, 1.0], n), bit), np.where(new, 10, left)
            s, y, quiet = (torch.tensor(x, dtype=torch.float32)[:, None] for x in (bit * (left > 0), bit, left <= 0))
            h = (1 - a) * h + a * torch.relu(net["input2h"](s) + net["h2h"](h)) + noise * torch.randn(h.shape)
            loss, left = loss + (quiet * (net["out"](h) - y) ** 2).mean() / T, left - 1
        optimiser.zero_grad(); loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step(); h = h.detach()
    return net


@needs_torch
def test_leaky_network_that_one_trains(tmp_path):
    "Two slow memories: the report names both, what parts them, finite distances, and draws two basins."
    torch.save(one_bit().state_dict(), tmp_path / "leaky.pt")
    f = load_checkpoint(tmp_path / "leaky.pt", "relu_rnn", leak=0.1, input=[0])
    cycles = find_cycles(f)
    (saddle,), memories = cycles.saddles, cycles.stable
    assert len(memories) == 2 and all(c.time_constant > 10 for c in cycles)
    m = stable_manifold(f, saddle, attractors=memories, budget=20)
    assert sorted(m.side(c.points[0]) for c in memories) == [-1, 1]
    assert all(certified_radius(f, c, 0.1, max_cells=500) > 0.05 for c in memories)
    options = ["-p", "kind", "relu_rnn", "-p", "leak", "0.1", "-p", "n_grid", "40", "-p", "n_lines", "5", "-p", "max_order", "1"]
    assert main(["analyze", str(tmp_path / "leaky.pt"), "--budget", "8", "--out", str(tmp_path), "--quiet", *options]) == 0
    r = json.loads((tmp_path / "results.json").read_text())
    assert [(a["name"], a["kind"]) for a in r["attractors"]] == [("A", "fixed point"), ("B", "fixed point")]
    assert sorted(np.sign(a["where"][0]) for a in r["attractors"]) == [-1, 1]                # the bits that they hold
    assert r["borders"] == [dict(between=["A", "B"], edge="S1", known=True)]
    points = np.array([c["point"] for c in r["cycles"] if c["kind"] == "stable"])
    apart = np.linalg.norm(points[0] - points[1])
    assert all(0 <= d["lower_bound"] < d["distance"] < apart and d["edge"] == "S1" for d in r["distances"])      # 0: a machine with no time
    assert len(r["distances"]) == 2 and {w for w in r["figures"][0]["legend"] if "basin" in w} == {"basin of A", "basin of B"}
    assert r["starts"]["undecided"] == r["starts"]["other"] == 0


@needs_torch
def test_the_program_of_the_ten_minutes(tmp_path):
    "It learns, and what it saves is read without being told anything: its file says that the units are ReLUs."
    train = example("train_flipflop")
    net, right = train.train(16, n_steps=300)
    assert right > 0.7                                              # 0.25 to 0.5 by chance
    torch.save(dict(nonlinearity="relu", state_dict=net.state_dict()), tmp_path / "net.pt")
    f = load_checkpoint(tmp_path / "net.pt")
    assert f.meta["readout"] == "out" and f.n_inputs == 2
    s, _ = train.trials(3, 20, 0.2, np.random.default_rng(0))
    with torch.no_grad(): theirs = net(s).numpy()
    states = f.run(np.zeros((3, 16)), s.numpy())[:, 1:]
    assert np.allclose(states @ np.transpose(f.meta["readout_weights"]) + f.meta["readout_bias"], theirs, atol=1e-4)
    page = (ROOT / "docs" / "site" / "ten_minutes.md").read_text(encoding="utf-8")
    assert "examples/train_flipflop.py" in page and "--budget 120" in page


@needs_torch
def test_the_report_takes_a_module_or_names_what_it_is(tmp_path):
    from plrnn_manifolds.tools.analysis import _as_file
    torch.manual_seed(0)
    f = load_checkpoint(_as_file(nn.ModuleDict(dict(rnn=nn.RNN(2, 5, nonlinearity="relu"), fc=nn.Linear(5, 3))), tmp_path))
    assert f.n_inputs == 2 and np.shape(f.meta["readout_weights"]) == (3, 5)
    with pytest.raises(ValueError, match="module: tanh units are not piecewise linear"):
        plrnn_manifolds.analyze(nn.RNN(2, 5), tmp_path / "r")
    assert not (tmp_path / "r").exists()


def test_ctrl_c_is_one_line(tmp_path):
    "The real signal to the real process, in the middle of a cell."
    cell = nbformat.v4.new_code_cell
    kernel = {"name": "python3", "display_name": "python3", "language": "python"}
    nb = nbformat.v4.new_notebook(metadata={"kernelspec": kernel}, cells=[
        cell("out: str = '.'", metadata={"tags": ["parameters"]}),
        cell("from pathlib import Path\nimport time\nPath(out, 'begun.json').write_text('{}')\ntime.sleep(300)")])
    nbformat.write(nb, tmp_path / "long.ipynb")
    program = ("import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"          # ignored in the background
               "from plrnn_manifolds.tools.cli import main; raise SystemExit(main())")
    command = [sys.executable, "-c", program, "run", str(tmp_path / "long.ipynb"), "--out", str(tmp_path / "o"), "--quiet"]
    p = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ, PYTHONPATH=str(ROOT)))
    end = time.monotonic() + 240
    while not (tmp_path / "o" / "begun.json").exists() and p.poll() is None and time.monotonic() < end: time.sleep(0.1)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=240)
    assert p.returncode == 130 and out == "", (p.returncode, err)
    assert err.strip().splitlines() == [f"plrnn-manifolds: error: interrupted; what was finished is in {tmp_path / 'o'}"]


def test_cycles_are_compared_by_what_they_are():
    f = load_pretrained("duffing")
    once, twice = find_cycles(f), find_cycles(f, seed=5)
    assert once[0] in twice and twice.index(once[1]) >= 0 and len({*once, *twice}) == len(once) == 3


def test_one_state_is_a_batch_of_none():
    "(M,) in, a number out, wherever (n, M) gives (n,)."
    f = load_pretrained("duffing")
    cycles = find_cycles(f)
    m = stable_manifold(f, cycles.saddles[0])
    for ask in (m.side, m.distance, lambda z: plrnn_manifolds.basin_labels(f, z, cycles.stable)):
        z = cycles.stable[0].points[0]
        assert np.ndim(ask(z)) == 0 and ask(z[None]).shape == (1,) and ask(z) == ask(z[None])[0]


def test_what_is_printed_and_offered():
    f = load_pretrained("flipflop48")
    assert np.size(f.meta["readout_weights"]) == 96 and len(repr(f.meta)) < 1500
    names = [n for n in plrnn_manifolds.__all__ if type(getattr(plrnn_manifolds, n)).__name__ == "module"]
    assert names == [] and {"train", "from_torch"} <= set(dir(plrnn_manifolds))
    text = find_cycles.__doc__
    assert all(word in text for word in ("f :", "seed", "progress", ">>> "))


@pytest.mark.parametrize("search", [
    find_cycles, plrnn_manifolds.invertibility, lambda x: stable_manifold(x, None), lambda x: plrnn_manifolds.index_audit(x, []),
    lambda x: plrnn_manifolds.find_homoclinic(x, None), lambda x: plrnn_manifolds.boundary_distance(x, None, [], [])])
def test_a_module_in_place_of_the_map_is_named(search):
    class RNN: pass
    with pytest.raises(ValueError, match="f: expected a ReLUMap, got RNN; see load_checkpoint, from_torch"): search(RNN())


def test_degenerate_maps():
    with pytest.raises(ValueError, match="L: expected at least one state"):
        ReLUMap(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [], [0])
    f = ReLUMap([[0.5]], np.zeros((1, 0)), np.zeros((0, 1)), [1.0], [])
    (c,) = find_cycles(f)
    assert c.points == 2 and c.is_stable
