"The benchmarks at a small size: methods that are compared find the same. And their pages say what was measured, and nothing else."
import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
for folder in ("benchmarks", "scripts"): sys.path.insert(0, str(ROOT / folder))
import benchmark_pages                                              # noqa: E402

PAGES = [ROOT / "docs" / "site" / name for name in ("neighbours.md", "costs.md")]


def small(name):
    "What a benchmark measures at its small size."
    benchmark = importlib.import_module(name)
    return benchmark.measure(**benchmark.SMALL)


def test_all_methods_find_the_same_cycles():
    (t,) = small("cycles")
    assert len(t["rows"]) == 5 and all(r["cycles"] == 3 and r["missed"] == 0 for r in t["rows"])


def test_all_methods_find_the_same_boundary():
    whole, lines, edge = small("boundary")
    hits, coarse, fine, grid, _ = lines["rows"]
    assert hits["crossings"] == coarse["crossings"] == fine["crossings"] == grid["crossings"] > 0
    assert hits["error"] < 1e-14 and fine["error"] < 1e-9 and 1e-9 < grid["error"] < 1e-3
    assert whole["rows"][0]["error"] < 1e-12 and whole["rows"][1]["error"] > 1e-5
    assert edge["rows"][1]["error"] < 1e-6 and edge["rows"][0]["saddles"] == 1


def test_a_learned_boundary_is_near_the_exact_one():
    (t,) = small("learned")
    pieces, exact, learned = t["rows"]
    assert pieces["missed"] == 0 and pieces["error"] < 1e-12
    assert exact["missed"] == exact["spurious"] == 0 and exact["error"] < 1e-12
    assert 0 < learned["error"] < 0.05


def test_hits_are_timed_on_the_vertices_they_push():
    (t,) = small("line_hits")
    assert t["rows"][0]["hits"] > 0 and t["rows"][0]["ratio"] == 1 and all(r["seconds"] >= 0 for r in t["rows"])


def test_the_inverse_is_right():
    for t in small("inverse"): assert t["rows"][0]["right"] == t["rows"][2]["right"] == "100.0%"


def test_exact_thresholds_are_those_of_bisection():
    pulses, currents = small("stimuli")
    exact, grid, bisected = pulses["rows"]
    assert exact["thresholds"] == bisected["thresholds"] > 0 and bisected["error"] < 1e-9
    assert currents["rows"][0]["folds"] >= currents["rows"][1]["folds"]


def test_certificates_are_valid():                                  # the benchmark itself asserts it
    proofs, split = small("certificates")
    assert len(proofs["rows"]) == 2 and len(split["rows"]) == 2


def test_an_exponent_is_the_slope():
    import costs
    sizes = np.array([2.0, 4, 8, 16])
    fit = costs.power(sizes, 5 * sizes ** 2)
    assert abs(fit["exponent"] - 2) < 1e-9 and abs(fit["residual"] - 1) < 1e-9
    assert costs.power(sizes, 5 * sizes ** 2 * [2, 0.5, 2, 0.5])["residual"] > 1.5
    (s,) = small("costs")["studies"]
    assert s["sizes"] == [8, 16] and min(s["seconds"] + s["megabytes"]) > 0


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.stem)
def test_the_numbers_of_a_page_are_measured(path, tmp_path):
    text, results = path.read_text(encoding="utf-8"), benchmark_pages.load()
    assert not re.search(r"\d+\.\d|\d+ (times|s|ms|MB|hours)\b|\d[·x×]", text), "a number typed by hand"
    asked = re.findall(r"<!-- benchmarks: ([\w]+)\S* -->", text)
    assert asked and set(asked) - {"summary"} <= set(results), "make bench"
    filled = benchmark_pages.fill(text, results)
    assert "<!-- benchmarks" not in filled
    for name in set(asked) - {"summary"}: assert results[name]["machine"] in filled and results[name]["date"] in filled
    if path.stem == "neighbours":
        for t in (t for name in asked if name != "summary" for t in results[name]["measured"]):
            assert t["says"] in filled and all(benchmark_pages.number(r["seconds"]) in filled for r in t["rows"])


def test_the_summary_is_in_step(tmp_path):
    benchmark_pages.write_summary(benchmark_pages.load(), tmp_path / "benchmarks.md")
    assert (tmp_path / "benchmarks.md").read_text(encoding="utf-8") == (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")


def test_the_figure_of_the_costs_is_drawn(tmp_path):
    import matplotlib.image
    benchmark_pages.draw_costs(benchmark_pages.load(), tmp_path / "costs.png")
    assert matplotlib.image.imread(tmp_path / "costs.png").std() > 0.05
