"A sweep over many networks: on a cluster that loses a worker, and from the command line."
import json
import os
import signal
import threading
import time

import nbformat
import numpy as np
import pytest

from plrnn_manifolds import ReLUMap
from plrnn_manifolds.tools.cli import main
from plrnn_manifolds.tools.sweeps import analyze_many, on_cluster

N = 20 if os.environ.get("ORACLES_WHOLE") else 6
PARAMETERS = "out: str = '.'  # folder\nweights: str = ''  # file of weights"
WORK = """import json, os, time, numpy
time.sleep(0.5)
open(f'{out}/worker', 'w').write(str(os.getppid()))
json.dump(dict(trace=float(numpy.trace(numpy.load(weights)['L']))), open(f'{out}/results.json', 'w'))"""


@pytest.fixture
def notebook(tmp_path):
    cells = [nbformat.v4.new_code_cell(PARAMETERS, metadata=dict(tags=["parameters"])), nbformat.v4.new_code_cell(WORK)]
    kernel = dict(kernelspec=dict(display_name="python3", language="python", name="python3"))
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), tmp_path / "trace.ipynb")
    return tmp_path / "trace.ipynb"


def scaling(k): return ReLUMap(k * np.eye(2), np.zeros((2, 0)), np.zeros((0, 2)), np.zeros(2), np.zeros(0))


def test_a_sweep_survives_a_killed_worker(tmp_path, notebook):
    distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed: pip install distributed")
    out, killed = tmp_path / "sweep", []

    def kill_one():                                                 # the worker of the first network that is complete
        while not (done := list(out.glob("*/complete.json"))): time.sleep(0.05)
        killed.append(int((done[0].parent / "worker").read_text()))
        os.kill(killed[0], signal.SIGKILL)

    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:
        murder = threading.Thread(target=kill_one, daemon=True)
        murder.start()
        with on_cluster(cluster.scheduler_address):
            rows = analyze_many({f"n{k}": scaling(k) for k in range(N)}, out, notebook=notebook)
        murder.join(timeout=60)
    assert len(killed) == 1 and [r["error"] for r in rows] == [None] * N
    assert [r["results"]["trace"] for r in rows] == [2.0 * k for k in range(N)]
    before = {p: p.stat().st_mtime_ns for p in out.glob("*/results.json")}
    again = analyze_many({f"n{k}": scaling(k) for k in range(N)}, out, n_jobs=1, notebook=notebook)
    assert all(r["seconds"] == 0 for r in again) and before == {p: p.stat().st_mtime_ns for p in out.glob("*/results.json")}


def test_the_command(tmp_path, capsys):
    scaling(0.5).save(tmp_path / "half.npz")
    small = [x for name, value in (("n_grid", "20"), ("n_lines", "5"), ("distances", "no"), ("max_order", "1")) for x in ("-p", name, value)]
    command = ["sweep", str(tmp_path / "half.npz"), "--out", str(tmp_path / "out"), "--vary", "seed", "[1, 2]", "--jobs", "1", "--quiet", *small]
    assert main(command) == 0 and "2 of 2 reports are complete" in capsys.readouterr().out
    kinds = [json.loads((tmp_path / "out" / f"half-seed={s}" / "results.json").read_text())["cycles"][0]["kind"] for s in (1, 2)]
    assert kinds == ["stable"] * 2
    assert main(command) == 0 and capsys.readouterr().out.count("     0 s  ") == 2                    # nothing is computed again
    assert main(["sweep", str(tmp_path / "none.pt"), "--out", str(tmp_path / "out")]) == 2
    assert "networks: expected files of weights or maps" in capsys.readouterr().err
    assert main(["sweep", str(tmp_path / "half.npz"), "--vary", "colour", "[1]", "--out", str(tmp_path / "out")]) == 2
    assert "parameters: analyze has" in capsys.readouterr().err
