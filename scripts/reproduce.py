"""Train every model from scratch, rerun every experiment, and rebuild the table of results in the README.

    python scripts/reproduce.py                    everything; networks are trained anew and stored with the package
    python scripts/reproduce.py --stored           the experiments only, from the stored weights
    python scripts/reproduce.py --only duffing     one or more experiments; the others keep their results
    python scripts/reproduce.py --table            only rebuild the table from docs/reproduced

Each experiment leaves its executed notebook, figures and results.json in OUT/NAME. One that is complete there, with the
same parameters, is not run again (remove its folder to have it so), so an interrupted reproduction goes on. The numbers
are then copied to docs/reproduced/NAME.json, from which the table in nbs/index.ipynb and README.md is made.
The networks are selected between seeds by the rules that their notebooks state.
"""
import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

from joblib import Parallel, delayed
from plrnn_manifolds.tools.cli import experiments, notebook_parameters, run_notebook

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "docs" / "reproduced"
NOT_PAPER = {"analyze", "your_series", "proof_of_chaos", "working_memory"}            # nothing of the paper to set beside
BEGIN, END = "<!-- table of results: begin -->", "<!-- table of results: end -->"


def test(key):
    "The p-value of a test of the ablation on the oscillator, and which way it points."
    def show(r):
        t = r["tests"][key]
        return f"p = {t['p_faster']:.2g} (faster), {t['p_slower']:.2g} (slower)"
    return show


def get(*path, digits=3):
    "Reads a number or a text at `path` in a JSON of results."
    def show(r):
        for p in path: r = r[p]
        return r if isinstance(r, str) else f"{r:.{digits}f}"
    return show


HALVES = "ECG 'bitalino', its two halves"

# (experiment, quantity, the paper's value or "-", how to read ours from the experiment's results)
ROWS = [
    ("duffing", "Duffing: Delta_sigma", "0.97", get("exact", "Delta_sigma")),
    ("duffing", "Duffing: coverage of the basin boundary", "-", get("exact", "coverage")),
    ("duffing", "Duffing: Delta_sigma by the paper's sampling method", "0.97", get("sampled", "Delta_sigma")),
    ("duffing", "Duffing: invertible", "-", get("invertibility")),
    ("duffing", "Duffing: least change of velocity that tips, at the best moment and at rest", "-",
     lambda r: "{least:.2f}, {at_rest:.2f}".format(**r["kick"])),
    ("decision_task", "Decision task: Delta_sigma", "0.95", get("quality", "Delta_sigma")),
    ("decision_task", "Decision task: coverage", "-", get("quality", "coverage")),
    ("decision_task", "Decision task: distances of the choices to the boundary", "0.34, 0.32",
     lambda r: ", ".join(f"{d['distance']:.2f} (proved: at least {d['lower_bound']:.2f})" for d in r["distances"])),
    ("decision_task", "Decision task: invertible", "-", get("invertibility")),
    ("decision_task", "Decision task, evidence as input: bias at which a choice ends", "-",
     lambda r: "{:.4f}, {:.4f} mV (equation: +-{:.4f})".format(*r["evidence"]["hysteresis"], r["evidence"]["fold_equation"])),
    ("decision_task", "Decision task, evidence as input: pulse of 50 ms that changes the mind, at once and after 150 ms", "-",
     lambda r: "{:.2f}, {:.2f} mV (equation: {:.2f}, {:.2f})".format(
         *(r["evidence"]["kernel"][k][i] for k in ("network_mV", "equation_mV") for i in (0, -1)))),
    ("lorenz63", "Lorenz-63, shallow PLRNN: Delta_sigma", "0.78", get("manifold", "Delta_sigma")),
    ("lorenz63", "Lorenz-63, shallow PLRNN: coverage of the surface", "-", get("manifold", "coverage")),
    ("lorenz63", "Lorenz-63, shallow PLRNN: D_stsp (equation against itself)", "-",
     lambda r: f"{r['lorenz63']['D_stsp']:.3f} ({r['equation']['D_stsp']:.3f})"),
    ("lorenz63", "Lorenz-63, shallow PLRNN: D_H (equation against itself)", "-",
     lambda r: f"{r['lorenz63']['D_H']:.3f} ({r['equation']['D_H']:.3f})"),
    ("lorenz63", "Lorenz-63, shallow PLRNN: Lyapunov exponent", "0.906 (equation)", get("lorenz63", "lyapunov")),
    ("lorenz63", "Lorenz-63, shallow PLRNN: saddle's distance from the origin", "-",
     get("manifold", "saddle_offset", digits=2)),
    ("lorenz63", "Lorenz-63, shallow PLRNN: invertible", "-", get("lorenz63", "invertible")),
    ("lorenz63", "Lorenz-63, AL-RNN: D_stsp", "-", get("lorenz63_alrnn", "D_stsp")),
    ("lorenz63", "Lorenz-63, AL-RNN: D_H", "-", get("lorenz63_alrnn", "D_H")),
    ("lorenz63", "Lorenz-63, AL-RNN: Lyapunov exponent", "0.906 (equation)", get("lorenz63_alrnn", "lyapunov")),
    ("lorenz63", "Lorenz-63, AL-RNN: invertible", "-", get("lorenz63_alrnn", "invertible")),
    ("neuron", "Simulated neuron: Delta_sigma", "0.76 (recording)", get("quality", "Delta_sigma")),
    ("neuron", "Simulated neuron: coverage", "-", get("quality", "coverage")),
    ("neuron", "Simulated neuron: distance of rest to the boundary", "1.2 (recording)", get("distance", "distance")),
    ("neuron", "Simulated neuron: invertible", "-", get("invertibility")),
    ("neuron_recording", "Recorded neuron, firing alone: Delta_sigma; coverage", "0.76; -",
     lambda r: "{Delta_sigma:.3f}; {coverage:.3f}".format(**r["firing_alone"])),
    ("neuron_recording", "Recorded neuron, firing alone: rhythm; edge between it and rest", "38-cycle; -",
     lambda r: "{rhythm}; {edge}".format(**r["firing_alone"])),
    ("neuron_recording", "Recorded neuron, firing alone: distances of firing and rest to the boundary", "2.3, 1.2",
     lambda r: "{firing:.2f}, {rest:.2f} (proved: at least {rest_lower:.2f})".format(**r["firing_alone"])),
    ("neuron_recording", "Recorded neuron, current as input: spikes wrong, worst mean peak (with the paper's size)", "-",
     lambda r: "{:.1%}, {:.1f} mV ({:.1%}, {:.1f} mV)".format(*(r[k][q] for k in ("driven", "paper_size")
                                                              for q in ("spikes_error", "worst_peak_mV")))),
    ("neuron_recording", "Recorded neuron, current as input: Delta_sigma; coverage; states on the side it says", "-",
     lambda r: "{Delta_sigma:.3f}; {coverage:.3f}; {states_right:.1%} of {n_states}".format(**r["driven"])),
    ("neuron_recording", "Recorded neuron, current as input: edge, and the jumps of the voltage that end firing and rest", "-",
     lambda r: "{edge}; {firing_jump_mV:.1f}, {rest_jump_mV:.1f} mV at {current_pA:.1f} pA".format(**r["driven"])),
    ("neuron_recording", "Recorded neuron, current as input: firing from, rest until (exact); rheobase above the current, chronaxie", "-",
     lambda r: "{:.1f}, {:.4f} pA; {:.2f} pA, {} ms".format(*r["driven"]["window_pA"], r["driven"]["rheobase_pA"],
                                                            r["driven"]["chronaxie_ms"])),
    ("ecg", "Human ECG: D_stsp (between the recording's halves)", "-",
     lambda r: f"{r['D_stsp']:.2f} ({r['floors'][HALVES]['D_stsp']:.2f})"),
    ("ecg", "Human ECG: D_H (between the recording's halves)", "-",
     lambda r: f"{r['D_H']:.2f} ({r['floors'][HALVES]['D_H']:.2f})"),
    ("ecg", "Human ECG: mean and spread of the beat intervals against the recorded", "-",
     lambda r: f"{r['mean_ratio']:.2f}, {r['spread_ratio']:.2f}"),
    ("ecg", "Human ECG: Lyapunov exponent per second", "-", get("lyapunov_per_second", digits=2)),
    ("ecg", "Human ECG: horseshoe of the network, by proof", "-", get("verdict")),
    ("oscillator", "Oscillator, first weights near the identity: regulariser speeds learning up", "p = 0.023",
     test("near, lambda 1")),
    ("oscillator", "Oscillator, wide first weights: regulariser speeds learning up", "p = 0.023",
     test("wide, lambda 1")),
    ("oscillator", "Oscillator: neighbouring determinants of equal sign, without and with", "-",
     lambda r: "{agreement_off:.3f}, {agreement_on:.3f}".format(**r["tests"]["wide, lambda 1"])),
    ("oscillator", "Lorenz-63: regulariser changes the steps needed", "p = 0.122",
     lambda r: f"p = {r['lorenz63']['p_different']:.2g} (two-sided)"),
]


def table(kept=KEPT):
    "The table in markdown; each number is read from docs/reproduced/NAME.json. Rows without such a file are left out."
    stored = {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in sorted(kept.glob("*.json"))}
    lines = ["| quantity | paper | ours | from |", "|---|---|---|---|"]
    for name, quantity, paper, show in ROWS:
        if name in stored:
            lines.append(f"| {quantity} | {paper} | {show(stored[name]['results'])} | "
                         f"[{name}](../docs/reproduced/{name}.json) |")
    return "\n".join(lines)


def write_table():
    "Put the table between its markers in nbs/index.ipynb, and make README.md from that."
    path = ROOT / "nbs" / "index.ipynb"
    book = json.loads(path.read_text(encoding="utf-8"))
    cell = next(c for c in book["cells"] if BEGIN in "".join(c["source"]))
    before, rest = "".join(cell["source"]).split(BEGIN)
    text = before + BEGIN + "\n" + table() + "\n" + END + rest.split(END)[1]
    cell["source"] = text.splitlines(keepends=True)
    path.write_text(json.dumps(book, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    subprocess.run([sys.executable, str(ROOT / "tests" / "in_step.py"), "--readme"], check=True)


def plan(retrain=True, only=()):
    "Two stages of {experiment: parameters}: those that train, then those that only analyse what was trained."
    known = {n: notebook_parameters(p) for n, p in experiments().items() if n not in NOT_PAPER}
    unknown = sorted(set(only) - set(known))
    if unknown: raise ValueError(f"--only: expected some of {', '.join(known)}, got {', '.join(unknown)}")
    names = [n for n in known if not only or n in only]
    seconds = lambda n: json.loads((KEPT / f"{n}.json").read_text())["seconds"] if (KEPT / f"{n}.json").exists() else 0
    trains = sorted((n for n in names if "retrain" in known[n]), key=seconds, reverse=True)     # none long at the end
    return [{n: dict(retrain=True) if retrain else {} for n in trains}, {n: {} for n in names if n not in trains}]


def run(name, parameters, out):
    "Run one experiment unless it is complete in OUT/NAME; returns its name, seconds, and what went wrong (or None)."
    folder, tic = Path(out, name), time.perf_counter()
    mark = folder / "complete.json"
    if mark.exists() and json.loads(mark.read_text())["parameters"] == parameters: return name, 0.0, None
    mark.unlink(missing_ok=True)
    try: run_notebook(experiments()[name], folder, dict(parameters, out=str(folder.resolve())), progress=False)
    except Exception as e: return name, time.perf_counter() - tic, f"{type(e).__name__}: {e}"[-1500:]
    seconds = time.perf_counter() - tic
    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
    mark.write_text(json.dumps(dict(parameters=parameters, seconds=round(seconds), machine=machine,
                                    date=time.strftime("%Y-%m-%d"))))
    return name, seconds, None


def keep(name, out):
    "Copy the numbers of a complete experiment to docs/reproduced."
    KEPT.mkdir(parents=True, exist_ok=True)
    about = json.loads(Path(out, name, "complete.json").read_text())
    results = json.loads(Path(out, name, "results.json").read_text())
    (KEPT / f"{name}.json").write_text(json.dumps(dict(about, results=results), indent=1) + "\n", encoding="utf-8")


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="reports/reproduce", help="folder of the reports (default: %(default)s)")
    parser.add_argument("--only", nargs="+", default=(), help="these experiments only")
    parser.add_argument("--stored", action="store_true", help="do not train; use the stored weights")
    parser.add_argument("--table", action="store_true", help="only rebuild the table")
    parser.add_argument("--jobs", type=int, default=2, help="experiments at a time (default: %(default)s)")
    args = parser.parse_args(argv)
    failed, tic = [], time.perf_counter()
    if not args.table:
        shutil.copytree(ROOT / "plrnn_manifolds" / "pretrained", Path(args.out, "weights_before"), dirs_exist_ok=True)
        for stage in plan(not args.stored, args.only):
            jobs = (delayed(run)(n, p, args.out) for n, p in stage.items())
            for name, seconds, error in Parallel(args.jobs, return_as="generator_unordered")(jobs):
                print(f"{name:20s} {seconds:6.0f} s   {'failed: ' + error if error else 'done'}", flush=True)
                if error: failed.append(name)
                else: keep(name, args.out)
    write_table()
    print(f"{time.perf_counter() - tic:.0f} s in all; table in README.md" + (f"; failed: {failed}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__": sys.exit(main())
