"The table of results in the README is made from the stored results, and `make reproduce` runs what it should."
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
import reproduce                                                    # noqa: E402


def test_table_is_made_from_the_stored_results():
    lines = reproduce.table().splitlines()
    assert len(lines) == len(reproduce.ROWS) + 2, "an experiment of the table has no results in docs/reproduced"
    assert reproduce.table() in (ROOT / "README.md").read_text(encoding="utf-8").replace("](docs/", "](../docs/")


def test_table_shows_what_the_file_says(tmp_path):
    stored = json.loads((reproduce.KEPT / "duffing.json").read_text())
    stored["results"]["exact"]["Delta_sigma"] = 0.12345
    (tmp_path / "duffing.json").write_text(json.dumps(stored))
    rows = reproduce.table(tmp_path).splitlines()
    assert len(rows) == 2 + sum(name == "duffing" for name, *_ in reproduce.ROWS)
    assert "| 0.123 |" in rows[2]


def test_plan_trains_first():
    train, analyse = reproduce.plan()
    assert {"train_duffing", "train_flipflop", "lorenz63", "decision_task", "neuron", "oscillator"} <= set(train)
    assert all(p == {"retrain": True} for p in train.values()) and "duffing" in analyse
    assert {name for name, *_ in reproduce.ROWS} <= set(train) | set(analyse)
    assert not any(p for stage in reproduce.plan(retrain=False) for p in stage.values())
    with pytest.raises(ValueError, match="--only: expected some of .*got nothing"): reproduce.plan(only=["nothing"])


def test_a_complete_experiment_is_not_run_again(tmp_path, monkeypatch):
    calls = []

    def stand_in(path, folder, parameters, progress):
        calls.append(path.stem)
        if path.stem == "neuron": raise RuntimeError("a cell failed")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "results.json").write_text("{}")
    monkeypatch.setattr(reproduce, "run_notebook", stand_in)
    for _ in range(2): assert reproduce.run("duffing", {}, tmp_path)[2] is None
    assert calls == ["duffing"]
    reproduce.run("duffing", dict(n_grid=10), tmp_path)             # other parameters: run again
    assert calls == ["duffing"] * 2
    assert "a cell failed" in reproduce.run("neuron", {}, tmp_path)[2]
    assert not (tmp_path / "neuron" / "complete.json").exists()
