"The table of results in the README is made from the stored results, and `make reproduce` runs what it should."
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
import reproduce                                                    # noqa: E402
from plrnn_manifolds.tools import sweeps                            # noqa: E402
from agreement import differences                                   # noqa: E402


def test_table_is_made_from_the_stored_results():
    lines = reproduce.table().splitlines()
    assert len(lines) == len(reproduce.ROWS) + 2, "an experiment of the table has no results in docs/reproduced"
    assert 10 < len(reproduce.table(papers=True).splitlines()) < len(lines)
    assert reproduce.table(papers=True) in (ROOT / "README.md").read_text(encoding="utf-8").replace("](docs/", "](../docs/")


def test_table_shows_what_the_file_says(tmp_path):
    stored = json.loads((reproduce.KEPT / "duffing.json").read_text())
    stored["results"]["exact"]["Delta_sigma"] = 0.12345
    (tmp_path / "duffing.json").write_text(json.dumps(stored))
    rows = reproduce.table(tmp_path).splitlines()
    assert len(rows) == 2 + sum(name == "duffing" for name, *_ in reproduce.ROWS)
    assert "| 0.123 |" in rows[2]


def test_the_time_of_a_whole_reproduction_is_kept_and_told(tmp_path, monkeypatch):
    monkeypatch.setattr(reproduce, "TIME", tmp_path / "time.json")
    assert reproduce.time_needed() == ""
    monkeypatch.setattr(reproduce, "WEIGHTS", tmp_path / "weights")
    (tmp_path / "weights").mkdir()
    for stand_in in ("keep", "write_table"): monkeypatch.setattr(reproduce, stand_in, lambda *args: None)
    seconds = {"neuron": 0.0}
    monkeypatch.setattr(reproduce, "run", lambda n, p, out: (n, seconds.get(n, 1.0), None))
    run = lambda *more: reproduce.main(["--out", str(tmp_path / "out"), "--jobs", "1", "--backend", "sequential", *more])
    assert run() == 0 and run("--only", "duffing") == 0 and not reproduce.TIME.exists()       # one was complete before; a part
    seconds.clear()
    assert run("--stored") == 0 and not reproduce.TIME.exists()
    assert run() == 0 and f"took 0 minutes on {json.loads(reproduce.TIME.read_text())['cores']} cores" in reproduce.time_needed()


def test_plan_trains_first_and_begins_with_the_longest():
    chains = reproduce.plan()
    trained = {n for c in chains for n, p in c if p == {"retrain": True}}
    assert {"train_duffing", "train_decision", "train_flipflop", "lorenz63", "decision_task", "neuron", "oscillator"} <= trained
    assert [("train_duffing", {"retrain": True}), ("duffing", {})] in chains
    assert {name for name, *_ in reproduce.ROWS} <= {n for c in chains for n, _ in c}
    times = [sum(reproduce.seconds_kept(n) for n, _ in c) for c in chains]
    assert times == sorted(times, reverse=True) and times[0] > 0
    assert not any(p for c in reproduce.plan(retrain=False) for _, p in c)
    assert reproduce.plan(only=["duffing"]) == [[("duffing", {})]] and len(reproduce.plan(only=["train_duffing"])) == 1
    assert reproduce.plan(only=["distances"]) == [[("distances", {})]] and not any("distances" == n for c in chains for n, _ in c)
    with pytest.raises(ValueError, match="--only: expected some of .*got nothing"): reproduce.plan(only=["nothing"])


def test_a_complete_experiment_is_not_run_again(tmp_path, monkeypatch):
    calls = []

    def stand_in(path, folder, parameters, progress):
        calls.append(path.stem)
        if path.stem == "neuron": raise RuntimeError("a cell failed")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "results.json").write_text("{}")
    monkeypatch.setattr(sweeps, "run_notebook", stand_in)
    for _ in range(2): assert reproduce.run("duffing", {}, tmp_path)[2] is None
    assert calls == ["duffing"]
    reproduce.run("duffing", dict(n_grid=10), tmp_path)             # other parameters: run again
    assert calls == ["duffing"] * 2
    assert "a cell failed" in reproduce.run("neuron", {}, tmp_path)[2]
    assert not (tmp_path / "neuron" / "complete.json").exists()


def test_a_chain_ends_where_it_fails(monkeypatch, tmp_path):
    monkeypatch.setattr(reproduce, "run", lambda n, p, out: (n, 1.0, "ValueError: no" if n == "train_duffing" else None))
    chain = [("train_duffing", {}), ("duffing", {})]
    assert reproduce.run_in_order(chain, tmp_path) == [("train_duffing", 1.0, "ValueError: no")]
    assert [d[0] for d in reproduce.run_in_order(chain[1:], tmp_path)] == ["duffing"]


KEPT = {"a": 1.0, "tiny": 3e-12, "n": 4, "text": "found 12 cycles, 0.50 s", "rows": [{"x": 2.0}, {"x": None}], "seconds": 3.0}


@pytest.mark.parametrize("change, paths", [
    ({}, []),
    ({"a": 1.019}, []), ({"a": 1.021}, ["duffing/a"]), ({"a": float("nan")}, ["duffing/a"]), ({"a": "1.0"}, ["duffing/a"]),
    ({"a": True}, ["duffing/a"]), ({"n": 5}, ["duffing/n"]),
    ({"tiny": -2e-9}, []), ({"seconds": 900.0}, []),
    ({"text": "found 12 cycles, 0.505 s"}, []), ({"text": "found 13 cycles, 0.50 s"}, ["duffing/text"]),
    ({"text": "found 12 points, 0.50 s"}, ["duffing/text"]),
    ({"rows": [{"x": 2.0}, {"x": 0.0}]}, ["duffing/rows/1/x"]), ({"rows": [{"x": 2.0}]}, ["duffing/rows"]),
    ({"more": 1}, ["duffing/more"])])
def test_differences_beyond_the_tolerance_are_named(change, paths):
    assert [path for path, *_ in differences(KEPT, {**KEPT, **change}, "duffing")] == paths


def test_a_rule_for_one_number_goes_before_the_general_one():
    rules = [("duffing/a", None, "not compared"), ("duffing/n", 0.5, "a search"), ("*", 0.0, "exact")]
    assert not list(differences(KEPT, {**KEPT, "a": 9.0, "n": 6}, "duffing", rules))
    assert [p for p, *_ in differences(KEPT, {**KEPT, "n": 9, "seconds": 3.1}, "duffing", rules)] == ["duffing/n", "duffing/seconds"]


def test_check_leaves_the_kept_numbers_and_names_what_differs(tmp_path, monkeypatch, capsys):
    kept = json.loads((reproduce.KEPT / "duffing.json").read_text())["results"]
    before = {p: p.read_bytes() for p in reproduce.KEPT.glob("*.json")}

    def stand_in(path, folder, parameters, progress):
        folder.mkdir(parents=True, exist_ok=True)
        again = dict(kept, invertibility="not injective") if path.stem == "duffing" else {}
        (folder / "results.json").write_text(json.dumps(again))
    monkeypatch.setattr(sweeps, "run_notebook", stand_in)
    run = lambda: reproduce.main(["--check", "--only", "duffing", "--out", str(tmp_path / "out"), "--jobs", "1",
                                  "--backend", "sequential"])
    assert run() == 1
    said = capsys.readouterr().out
    assert "duffing/invertibility: kept 'homeomorphism', now 'not injective'" in said and "1 numbers differ" in said
    kept["invertibility"], real = "homeomorphism", stand_in
    monkeypatch.setattr(sweeps, "run_notebook", lambda path, folder, parameters, progress: (
        real(path, folder, parameters, progress), (folder / "results.json").write_text(json.dumps(kept))))
    assert run() == 0 and "agrees" in capsys.readouterr().out
    assert before == {p: p.read_bytes() for p in reproduce.KEPT.glob("*.json")}
