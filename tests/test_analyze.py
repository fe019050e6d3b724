"The report must come out right, or say why not, for every kind of network a user may bring."
import contextlib
import io
import json
import re
import shutil
import subprocess
import time
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from plrnn_manifolds import DrivenMap, ReLUMap, pretrained_path
from plrnn_manifolds.tools.cli import main
from plrnn_manifolds.tools.report import write_report

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

SMALL = ["-p", "n_grid", "40", "-p", "n_lines", "20", "-p", "max_order", "2", "-p", "depth", "40", "-p", "budget", "60"]
pair = ReLUMap.from_plrnn([0.8, 0.8], [[0, -0.5], [-0.5, 0]], [1, 1])            # two attractors, saddle, diagonal between
line = lambda slope, offset: ReLUMap([[slope]], [[0.0]], [[1.0]], [offset], [3.0])


def report(f, folder, *more):
    "Results of the report on a map or a file of weights."
    path = f if isinstance(f, Path) else folder / "map.npz"
    if path is not f: f.save(path)
    assert main(["analyze", str(path), "--out", str(folder / "report"), *SMALL, *more]) == 0
    assert (folder / "report" / "basins.png").stat().st_size > 5000
    r = json.loads((folder / "report" / "results.json").read_text())
    assert r["not_reached"] == [] and len(r["attractors"]) == len({a["name"] for a in r["attractors"]})
    return r


class Page(HTMLParser):
    "The text of report.html, its images, and what it would fetch."
    def __init__(self, folder):
        super().__init__()
        self.text, self.images, self.fetched = "", [], []
        self.feed((folder / "report" / "report.html").read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        for k, v in attrs:
            if k in ("src", "href"): (self.images if v.startswith("data:image/png;base64,") else self.fetched).append(v)

    def handle_data(self, data): self.text += data


def test_two_basins_in_space(tmp_path):
    r = report(pair.direct_sum(line(0.5, 0.2)), tmp_path)
    assert [c["kind"] for c in r["cycles"]].count("saddle") == 1 and r["invertibility"]["verdict"] == "homeomorphism"
    exact = next(q for q in r["quality"] if q["method"] == "exact")
    assert exact["Delta_sigma"] > 0.99 and exact["coverage"] == 1
    assert (tmp_path / "report" / "manifolds_3d.png").exists()


def test_two_basins_in_five_dimensions(tmp_path):
    rest = line(0.5, 0.2).direct_sum(line(-0.3, 0.1)).direct_sum(line(0.7, 0.0))
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(5, 5)))[0]
    r = report(pair.direct_sum(rest).change_coordinates(turn), tmp_path)
    assert r["manifolds"][0]["form"] == "LazyManifold" and r["quality"][0]["coverage"] == 1


def test_no_saddle(tmp_path):
    r = report(line(0.5, 0.2).direct_sum(line(-0.3, 0.1)), tmp_path)
    assert [c["kind"] for c in r["cycles"]] == ["stable"] and r["manifolds"] == [] and r["quality"] == []
    assert r["share_of_random_starts"]["A"] == 1
    assert "The network has 1 stable state (A)." in Page(tmp_path).text


def test_chaos_without_a_stable_cycle(tmp_path):
    r = report(ReLUMap.from_normal_form(1.7, -0.5, -1.7, -0.5), tmp_path, "--budget", "25")
    assert all(c["kind"] != "stable" for c in r["cycles"]) and r["others"][0]["exponent"] > 0.1
    assert r["attractors"][0]["name"] == "A" and r["attractors"][0]["kind"] == "chaotic attractor"
    assert "1 chaotic attractor (A)" in Page(tmp_path).text and "That the map is chaotic is proved" in Page(tmp_path).text
    assert r["proof"]["check"] in Page(tmp_path).text
    assert main(["verify", str(tmp_path / "report" / "certificate.json"), str(tmp_path / "map.npz"), "--quiet"]) == 0
    (b,) = r["borders"]
    assert b["between"] == ["A", "infinity"] and b["known"]
    (d,) = r["distances"]
    assert d["of"] == "A" and d["edge"] == b["edge"] and 0 < d["distance"] < 1 and d["lower_bound"] is None
    edge = [c["point"][0] < -0.8 for c in r["cycles"] if c["kind"] == "saddle"]      # one saddle is on the edge of the basin
    assert [m["basin_boundary"] for m in r["manifolds"]] == edge and sum(edge) == 1


@pytest.mark.parametrize("slope", [1.5, 6.0])
def test_everything_diverges(tmp_path, slope):
    r = report(line(slope, 0.2).direct_sum(line(slope + 0.1, 0.1)), tmp_path)
    assert r["share_of_random_starts"]["bounded"] == 0 and [c["kind"] for c in r["cycles"]] == ["unstable"]


def leaky(stable, saddle, leak=0.1):
    "Two slow units that inhibit each other: memories with multiplier `stable`, a saddle with multiplier `saddle` between."
    w = 1 - (1 - stable) / leak
    k = 1 - w + (saddle - 1) / leak
    return ReLUMap.from_relu_rnn([[w, -k], [-k, w]], [1.0, 1.0], leak=leak)


def test_slow_network(tmp_path):
    "What takes thousands of steps to settle is waited for: both memories, their distances, and nothing else."
    r = report(leaky(0.9925, 1.0043), tmp_path, "--budget", "40")
    share = r["share_of_random_starts"]
    assert share["undecided"] == share["other"] == 0 and share["A"] + share["B"] == pytest.approx(1)
    assert [e["saddle"] for e in r["edges"]] == ["S1"] and r["manifolds"][0]["basin_boundary"]
    assert all(0 < d["lower_bound"] < d["distance"] < 100 and d["edge"] == "S1" for d in r["boundary_distance"])
    assert len(r["boundary_distance"]) == 2 and {w for w in r["figures"][0]["legend"] if "basin" in w} == {"basin of A", "basin of B"}


def test_edge_without_a_saddle(tmp_path):
    "A repeller parts the basin from infinity: no saddle's manifold is the boundary, and the report says so."
    r = report(ReLUMap([[0.5]], [[1.5]], [[1.0]], [0.0], [-1.0]), tmp_path)
    assert r["manifolds"] == [] and [e["saddle"] for e in r["edges"]] == [None]
    (d,) = r["boundary_distance"]
    assert d["distance"] == pytest.approx(1.5) and d["edge"] == "U1"
    assert "Saddles part" not in Page(tmp_path).text


@pytest.mark.parametrize("f", [ReLUMap(0.5 * np.eye(2), np.zeros((2, 0)), np.zeros((0, 2)), [1.0, 0.0], []), line(0.5, 0.2),
                               ReLUMap([[0.5]], [[1.5]], [[1.0]], [0.0], [-1.0])], ids=["no unit", "one variable", "repeller"])
def test_small_networks(tmp_path, f):
    r = report(f, tmp_path)
    assert r["cycles"][0]["kind"] == "stable" and len(r["boundary_distance"]) == 1
    assert (r["boundary_distance"][0]["distance"] is not None) == (len(r["cycles"]) > 1)


def said(folder):
    "All that the executed notebook shows as text."
    cells = json.loads((folder / "report" / "analyze.ipynb").read_text())["cells"]
    outputs = [o for c in cells for o in c.get("outputs", [])]
    return "".join("".join(o.get("data", {}).get("text/markdown", o.get("text", ""))) for o in outputs)


def test_torch_network_at_a_constant_input(tmp_path):
    "Two leaky units that inhibit each other: two memories at input 0, of which one is left where the input favours it."
    torch = pytest.importorskip("torch")
    weights = dict(weight_ih_l0=[[1, 0], [0, 1]], weight_hh_l0=[[0.5, -0.8], [-0.8, 0.5]], bias_ih_l0=[1, 0],
                   bias_hh_l0=[0, 1])
    torch.save({k: torch.tensor(w, dtype=torch.float32) for k, w in weights.items()}, tmp_path / "net.pt")
    r = report(tmp_path / "net.pt", tmp_path, "-p", "input", "[1, 0]", "-p", "leak", "0.5", "-p", "nonlinearity", "relu")
    assert [c["kind"] for c in r["cycles"]] == ["stable"] and np.allclose(r["cycles"][0]["point"], [4, 0])
    assert r["input"]["value"] == [1, 0] and r["input"]["given"]
    assert "constant input (input 1 = 1, input 2 = 0)." in said(tmp_path)


def test_network_with_inputs_without_one(tmp_path):
    "At input 0, and the report says so."
    f = DrivenMap.of(pair, C=[[0.01], [0.0]], names="current", units="pA")
    r = report(f, tmp_path, "-p", "distances", "no")
    assert sorted(c["kind"] for c in r["cycles"]) == ["saddle", "stable", "stable"]
    assert r["input"]["value"] == [0] and not r["input"]["given"]
    for text in (r["input"]["statement"], said(tmp_path)):
        assert "(current = 0 pA). That is input 0, since no other was given" in text


def test_wrong_inputs(tmp_path, capsys):
    DrivenMap.of(pair, C=np.eye(2)).save(tmp_path / "map.npz")
    for weights, message in ((tmp_path / "map.npz", "input: expected shape (2,), got (1,)"),
                             (pretrained_path("duffing"), "input: expected none for a network without inputs, got [3]")):
        assert main(["analyze", str(weights), "--out", str(tmp_path / "report"), "-p", "input", "3"]) == 2
        assert message in capsys.readouterr().err and not (tmp_path / "report").exists()


def test_page_of_the_embedded_network(tmp_path):
    "One file that fetches nothing: words with the numbers of the JSON, both figures of the plane, tables, six lines that run."
    (tmp_path / "report").mkdir()
    for old in ("manifolds_3d.png", "results.json", "notes.txt"): (tmp_path / "report" / old).write_text("old")
    out = io.StringIO()
    with contextlib.redirect_stdout(out): r = report(pretrained_path("duffing"), tmp_path, "--budget", "60")
    assert "report.html" in out.getvalue() and "manifolds_3d" not in out.getvalue() and r["budget"] == 60
    assert not (tmp_path / "report" / "manifolds_3d.png").exists() and (tmp_path / "report" / "notes.txt").exists()
    page = Page(tmp_path)
    assert page.fetched == [] and len(page.images) == 1
    near = min(r["distances"], key=lambda d: d["distance"])
    said = re.search(r"nearest to its boundary is (\w): the boundary is ([\d.]+) away \((\w+)\), proved to be at least ([\d.]+)[;.]", page.text)
    assert said[1] == near["of"] and said[3] == "S1" and float(said[4]) <= near["lower_bound"] < near["distance"] <= float(said[2])
    assert float(said[2]) < 1.01 * near["distance"] and float(said[4]) > 0.99 * near["lower_bound"]
    assert [a["where"][0] > 0 for a in r["attractors"]] == [False, True]
    assert r["where"]["names"][1] == r"$\dot x$" and "x\u0307" in page.text
    assert r["borders"] == [dict(between=["A", "B"], edge="S1", known=True)] and "S1 parts A from B" in page.text
    assert len(r["code"]) == 6
    with contextlib.redirect_stdout(out): exec("\n".join(r["code"]), here := {})
    assert len(here["cycles"]) == 3 and all(line in page.text for line in r["code"]) and "numpy" in page.text
    assert any("Bifurcations and loss jumps" in x for x in r["references"])


def test_memory_of_48_units_in_a_small_budget(tmp_path):
    "The budget is kept; four memories, four saddles between neighbours, and what there was no time for is said."
    tic = time.perf_counter()
    r = report(pretrained_path("flipflop48"), tmp_path, "--budget", "15")
    assert r["seconds"] < 45 and time.perf_counter() - tic < 120               # of a machine that has other things to do
    text = Page(tmp_path).text
    assert "The network has 4 stable states (A, B, C and D)." in text and "Cut short by a budget" in text
    corner = {a["name"]: np.sign(a["where"]) for a in r["attractors"]}
    pairs = {tuple(b["between"]): b["edge"] for b in r["borders"] if b["known"]}
    assert len(pairs) == len(set(pairs.values())) == 4
    assert all((corner[a] != corner[b]).sum() == 1 for a, b in pairs)           # opposite corners of the square do not meet
    assert [d["of"] for d in r["distances"]] == ["A", "B", "C", "D"] and len(re.findall(r"[\d.]+ away \(", text)) == 4
    assert "The plane through " in r["figures"][0]["caption"]
    assert set(r["figures"][0]["legend"]) >= {f"basin of {k}" for k in "ABCD"} and r["left_out"]


def test_a_rhythm_has_a_name_and_a_basin(tmp_path):
    "A closed curve is an attractor like others."
    r = report(ReLUMap.from_normal_form(0.6, 0.5, 1.2, 1.15), tmp_path, "-p", "distances", "no")
    (a,) = r["attractors"]
    assert a["name"] == "A" and a["kind"] == "closed curve or long cycle" and a["share"] == 1
    assert "1 closed curve or long cycle (A)" in Page(tmp_path).text and "basin of A" in r["figures"][0]["legend"]


@pytest.mark.parametrize("wrong, words", [(["-p", "n_grid", "0"], "n_grid: expected a number >= 2"),
                                          (["-p", "box", "-1"], "box: expected a number >= 0, got -1"),
                                          (["-p", "max_order", "four"], "-p max_order: expected a value of type int, got 'four'")])
def test_wrong_parameters(tmp_path, capsys, wrong, words):
    assert main(["analyze", str(pretrained_path("duffing")), "--out", str(tmp_path / "report"), "--quiet", *wrong]) in (1, 2)
    assert words in capsys.readouterr().err and not list((tmp_path / "report").glob("*.png"))       # a white figure is no success


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine, e.g. apt-get install chromium")
def test_page_in_a_browser(tmp_path):
    "Without a network: the figure has its pixels, and where the system is dark the page is."
    from matplotlib.image import imread, imsave
    magenta = np.array([1.0, 0, 1.0])
    imsave(tmp_path / "basins.png", np.tile(magenta, (200, 300, 1)))
    results = dict(weights="net.pt", loaded="A network.", figures=[dict(file="basins.png", title="Basins", caption="The plane.")])
    (tmp_path / "results.json").write_text(json.dumps(results))
    page = write_report(tmp_path)
    (tmp_path / "basins.png").unlink()                               # it is in the page
    def shot(name, *options):
        command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=800,900",
                   f"--screenshot={tmp_path / name}", *options, page.as_uri()]
        subprocess.run(command, capture_output=True, timeout=120, check=True)
        return imread(tmp_path / name)[..., :3]
    light, dark = shot("light.png"), shot("dark.png", "--blink-settings=preferredColorScheme=0")
    assert light[0, 0].min() > 0.9 and dark[0, 0].max() < 0.2
    assert all((abs(x - magenta).max(2) < 0.02).sum() > 50_000 for x in (light, dark))
