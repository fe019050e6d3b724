"Every notebook runs from top to bottom; its examples are its tests. Experiments run at smoke size."
import json
import re
import sys
from pathlib import Path

import papermill
import pytest
from papermill.exceptions import PapermillExecutionError

from plrnn_manifolds.tools.cli import notebook_parameters, own_kernel

NBS = Path(__file__).parents[1] / "nbs"
sys.path.insert(0, str(NBS.parent / "scripts"))
from build_site import keep_executed                                # noqa: E402
EXPERIMENTS = sorted((NBS / "experiments").glob("*.ipynb"))
BOOK = [NBS / "index.ipynb", *sorted(p for p in NBS.glob("*/*.ipynb") if p.parent.name != "experiments")]
TIMEOUT = 600                                                       # seconds a cell

# Parameters that make an experiment small. What is not named here runs with its defaults.
SMOKE = {
    "analyze": dict(budget=40, n_grid=60, n_lines=40, distances=False),
    "toy_map": dict(n_grid=100, n_sampled=8, n_lines=40, n_values=24, n_orbit=20_000, max_pieces=4000),
    "duffing": dict(n_grid=60, n_lines=60, n_sampled=10, n_repeats=2),
    "oscillator": dict(n_check=100, n_seeds_lorenz=3),
    "proof_of_chaos": dict(n_cycles=1, n_starts=50, entropy_starts=3000, gallery="fig5 border_collision"),
    "decision_task": dict(n_starts=500, n_states=60, n_lines=30, max_cells=100, seconds=6, n_rays=6, n_grid=60, n_pulses=4, n_noisy=4),
    "ecg": dict(n_run=5000, n_states=5, n_orders=1, n_cycles=1, max_tries=5, n_perturbed=0),
    "neuron": dict(n_states=60, n_lines=25, max_cells=200, n_pixels=50),
    "neuron_recording": dict(n_pairs=60, n_currents=2, n_phases=1, max_cells=100, seconds=6, durations=[5, 20], n_phases_pulse=4),
    "lorenz63": dict(depth=15, n_states=100, n_lines=500, arc_length=30.0, n_published=3, search_seconds=4.0),
    "working_memory": dict(sizes=[48], durations=[1, 5, 21], counts=[1, 4], periods=[2], n_directions=4, n_check=400, n_grid=40,
                           n_random=300, max_cells=50),
    "train_duffing": dict(n_sampled=1),
    "distances": dict(networks=["duffing"], seconds=3.0, n_states=500),
    "your_series": dict(n_steps=5000),
}


def execute(path, folder, parameters=None):
    "Run a notebook in its own folder; a failing cell is shown in a few lines."
    with own_kernel() as kernel:
        try:
            papermill.execute_notebook(path, folder / path.name, parameters, kernel_name=kernel, cwd=path.parent,
                                       progress_bar=False, execution_timeout=TIMEOUT)
        except PapermillExecutionError as e:
            trace = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(e.traceback))
            pytest.fail(f"{path.name}, cell {e.cell_index}:\n{e.source}\n...\n{trace[-1500:]}", pytrace=False)


@pytest.mark.parametrize("path", BOOK, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_book(path, tmp_path):
    execute(path, tmp_path)
    keep_executed(path, None, tmp_path / path.name)                 # `make docs` shows it


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda p: p.stem)
def test_experiment(path, tmp_path):
    known = notebook_parameters(path)                               # raises if there is no cell tagged `parameters`
    parameters = dict(SMOKE.get(path.stem, {}))
    assert set(parameters) <= set(known), f"SMOKE names {set(parameters) - set(known)}, {path.name} has {list(known)}"
    if "out" in known: parameters["out"] = str(tmp_path)
    execute(path, tmp_path, parameters)
    if path.stem not in SMOKE: keep_executed(path, None, tmp_path / path.name)
    if "out" in known:                                              # a report is figures and one JSON of results
        results = list(tmp_path.glob("*.json"))
        assert len(results) == 1 and json.loads(results[0].read_text()), f"expected one JSON of results, got {results}"
        assert list(tmp_path.glob("*.png")), "expected at least one figure as PNG"


def test_smoke_parameters_are_used():
    assert set(SMOKE) <= {p.stem for p in EXPERIMENTS}
