"""Train every model from scratch, rerun every experiment, and rebuild the table of results in the README.

    python scripts/reproduce.py                    everything; networks are trained anew and stored with the package
    python scripts/reproduce.py --stored           the experiments only, from the stored weights
    python scripts/reproduce.py --only duffing     one or more experiments; the others keep their results
    python scripts/reproduce.py --check            from the stored weights, into a fresh folder: do the numbers agree?
    python scripts/reproduce.py --table            only rebuild the table from docs/reproduced

Each experiment leaves its executed notebook, figures and results.json in OUT/NAME. One that is complete there, with the
same parameters, is not run again (remove its folder to have it so), and a training goes on from its last milestone, so an
interrupted reproduction loses little. The numbers and the outputs are then copied to docs/reproduced/NAME.json and
outputs/NAME.json: the table in nbs/index.ipynb and README.md, the paper's rows, is made from the former, and the site shows all
rows and the latter. The networks are selected between seeds by the rules that their notebooks state.

The longest run first, as many at a time as there are cores. Elsewhere: --backend names a backend of joblib, --scheduler ADDRESS a
dask cluster whose workers see this checkout under the same path.
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

import nbformat
from agreement import differences
from build_site import outputs_of
from joblib import delayed, Parallel, parallel_config
from plrnn_manifolds.tools.cli import experiments, notebook_parameters
from plrnn_manifolds.tools.sweeps import on_cluster, run_once

ROOT = Path(__file__).resolve().parents[1]
KEPT, WEIGHTS = ROOT / "docs" / "reproduced", ROOT / "plrnn_manifolds" / "pretrained"
TIME = KEPT / "time.json"                                                             # of the whole, from scratch
# Nothing of the paper is beside these: they are run if named.
NOT_PAPER = {"analyze", "your_series", "proof_of_chaos", "working_memory", "distances"}
PICTURES = dict(lorenz63=("manifolds_3d.png", "lorenz_surfaces.png"))                 # figures that the README shows: in docs
FIRST = dict(duffing="train_duffing", decision_task="train_decision")                 # who trains what an experiment looks at
BEGIN, END = "<!-- table of results: begin -->", "<!-- table of results: end -->"


def learning(start, penalty="paper"):
    "Does the regulariser speed learning up on the oscillators? From the tests of all sampling steps at PE(20) <= 0.5."
    def show(r):
        tests = [t for t in r["tests"] if (t["start"], t["penalty"], t["threshold"]) == (start, penalty, 0.5)]
        n, differ = sum(t["n"] for t in tests), sum(t["different_pairs"] for t in tests)
        if not differ: return f"cannot: all {n} pairs of runs are equal until they have learned"
        p = {k: max(t["p"][f"{k}, corrected"] for t in tests) for k in ("faster", "slower")}
        ratio = [t["median_on"] / t["median_off"] for t in tests]
        return f"p = {p['faster']:.2g} (faster), {p['slower']:.2g} (slower); {min(ratio):.1f} to {max(ratio):.1f} times the steps"
    return show


def get(*path, digits=3):
    "Reads a number or a text at `path` in a JSON of results."
    def show(r):
        for p in path: r = r[p]
        return r if isinstance(r, str) else f"{r:.{digits}f}"
    return show


def both(key, digits):
    "A measure of the two shallow PLRNNs of Lorenz-63, and in brackets that of the equation against itself, where there is one."
    def show(r):
        floor = f" ({r['equation'][key]:.{digits}f})" if key.startswith("D_") else ""
        return ", ".join(f"{r[n][key]:.{digits}f}" for n in ("lorenz63", "lorenz63_50")) + floor
    return show


def published(key, digits):
    "A measure of our AL-RNNs of Lorenz-63 under the published definition."
    def show(r): return ", ".join(f"{r['published_definition'][f'AL-RNN {n}, ours'][key]:.{digits}f}" for n in ("20/2", "30/8"))
    return show


# (experiment, quantity, the paper's value or "-", how to read ours from the experiment's results)
ROWS = [
    ("duffing", "Duffing: Delta_sigma", "0.97", get("exact", "Delta_sigma")),
    ("duffing", "Duffing: coverage of the basin boundary", "-", get("exact", "coverage")),
    ("duffing", "Duffing: Delta_sigma by the paper's sampling method, median of 20 seeds (range)", "0.97",
     lambda r: "{median:.3f} ({smallest:.3f} to {largest:.3f})".format(**r["sampled"]["seeds"]["Delta_sigma"])),
    ("duffing", "Duffing: area under the ROC curve by the same method, median of 20 seeds (range)", "-",
     lambda r: "{median:.3f} ({smallest:.3f} to {largest:.3f})".format(**r["sampled"]["seeds"]["auc"])),
    ("train_duffing", "Duffing, the paper's training settings: Delta_sigma; by the paper's sampling method, three seeds", "0.97",
     lambda r: "{:.3f}; {}".format(r["published"]["Delta_sigma"], ", ".join(f"{q:.3f}" for q in r["published"]["sampled"]))),
    ("duffing", "Duffing: invertible", "-", get("invertibility")),
    ("duffing", "Duffing: least change of velocity that tips, at the best moment and at rest", "-",
     lambda r: "{least:.2f}, {at_rest:.2f}".format(**r["kick"])),
    ("decision_task", "Decision task: Delta_sigma", "0.95", get("quality", "Delta_sigma")),
    ("decision_task", "Decision task: coverage", "-", get("quality", "coverage")),
    ("decision_task", "Decision task: distances of the choices to the boundary", "0.34, 0.32",
     lambda r: ", ".join(f"{d['distance']:.2f} (proved: at least {d['lower_bound']:.2f})" for d in r["distances"])),
    ("decision_task", "Decision task, the paper's settings: distances of the choices in the latent space", "0.34, 0.32",
     lambda r: "{:.2f}, {:.2f}".format(*r["units"]["published"]["latent"])),
    ("decision_task", "Decision task: change of the observed start that turns the choice (equation)", "-",
     lambda r: "{:.2f}, {:.2f} standard deviations ({:.2f}, {:.2f})".format(
         *r["units"]["ours"]["started anew"], *r["units"]["equation"]["started anew"])),
    ("decision_task", "Decision task: invertible", "-", get("invertibility")),
    ("decision_task", "Decision task, evidence as input: bias at which a choice ends", "-",
     lambda r: "{:.4f}, {:.4f} mV (equation: +-{:.4f})".format(*r["evidence"]["hysteresis"], r["evidence"]["fold_equation"])),
    ("decision_task", "Decision task, evidence as input: pulse of 50 ms that changes the mind, at once and after 150 ms", "-",
     lambda r: "{:.2f}, {:.2f} mV (equation: {:.2f}, {:.2f})".format(
         *(r["evidence"]["kernel"][k][i] for k in ("network_mV", "equation_mV") for i in (0, -1)))),
    ("lorenz63", "Lorenz-63, shallow PLRNN 3/20: Delta_sigma", "0.78", get("manifold", "Delta_sigma")),
    ("lorenz63", "Lorenz-63, shallow PLRNN 3/20: coverage of the surface", "-", get("manifold", "coverage")),
    ("lorenz63", "Lorenz-63, shallow PLRNN 3/20, 3/50: D_stsp (equation against itself)", "-", both("D_stsp", 3)),
    ("lorenz63", "Lorenz-63, shallow PLRNN 3/20, 3/50: D_H (equation against itself)", "-", both("D_H", 3)),
    ("lorenz63", "Lorenz-63, shallow PLRNN 3/20, 3/50: Lyapunov exponent", "0.906 (equation)", both("lyapunov", 3)),
    ("lorenz63", "Lorenz-63, shallow PLRNN 3/20, 3/50: saddle's distance from the origin", "-", both("offset", 2)),
    ("lorenz63", "Lorenz-63, shallow PLRNN 3/20, 3/50: degrees between the stable surfaces there", "-", both("angle", 1)),
    ("lorenz63", "Lorenz-63, shallow PLRNN 3/20, 3/50: distance of the surfaces up to arc length 20", "-",
     lambda r: ", ".join(f"{r[n]['surfaces']['on normals']['up to 20'][0]:.2f}" for n in ("lorenz63", "lorenz63_50"))),
    ("lorenz63", "Lorenz-63, shallow PLRNN 3/20, 3/50: invertible", "-",
     lambda r: ", ".join(r[n]["invertible"] for n in ("lorenz63", "lorenz63_50"))),
    ("lorenz63", "Lorenz-63, AL-RNN 20/2, 30/8: D_stsp as its authors compute it", "3.52 (20/2)", published("D_stsp", 2)),
    ("lorenz63", "Lorenz-63, AL-RNN 20/2, 30/8: D_H as its authors compute it", "0.143 (20/2)", published("D_H", 3)),
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
    ("neuron_recording",
     "Recorded neuron, current as input: firing from, rest until (exact); rheobase above the current, chronaxie", "-",
     lambda r: "{:.1f}, {:.4f} pA; {:.2f} pA, {} ms".format(*r["driven"]["window_pA"], r["driven"]["rheobase_pA"],
                                                            r["driven"]["chronaxie_ms"])),
    ("ecg", "Human ECG: mean and spread of the beat intervals, R height, T height against the recorded", "-",
     lambda r: ", ".join(f"{r['generated'][k]:.2f}" for k in ("mean interval", "spread of intervals", "R height", "T height"))),
    ("ecg", "Human ECG: correlation of beats with the recorded mean beat, 5 % quantile, median (recorded beats)", "-",
     lambda r: "{:.2f}, {:.2f} ({:.2f}, {:.2f})".format(*(r[w][f"correlation, {k}"] for w in ("generated", "recorded")
                                                        for k in ("5 % quantile", "median")))),
    ("ecg", "Human ECG: D_stsp, D_H (between the recording's halves)", "-",
     lambda r: "{:.2f}, {:.2f} ({:.2f}, {:.2f})".format(*(r[w][k] for w in ("distances", "halves") for k in ("D_stsp", "D_H")))),
    ("ecg", "Human ECG: Lyapunov exponent per second", "-", get("lyapunov_per_second", digits=2)),
    ("ecg", "Human ECG: horseshoe of the network, by proof; in how many trainings", "-",
     lambda r: "{verdict}; {proved} of {n}".format(verdict=r["verdict"], **r["seeds"]["ecg"])),
    ("oscillator", "Oscillator, the paper's first weights and penalty: it speeds learning up", "p = 0.023", learning("published")),
    ("oscillator", "Oscillator, W eight times as wide: the paper's penalty speeds learning up", "p = 0.023", learning("wide")),
    ("oscillator", "Oscillator, W eight times as wide: ours speeds learning up", "-", learning("wide", "ours")),
    ("oscillator", "Oscillator, W eight times as wide: negative determinants without and with 1 % penalised", "1 % is enough",
     lambda r: "{0:.1%}, {1:.1%}".format(*(r["negative_by_share"][k] for k in ("0", "0.01")))),
    ("oscillator", "Lorenz-63: regulariser changes the steps needed", "p = 0.122",
     lambda r: f"p = {r['lorenz63']['p_different']:.2g} (two-sided)"),
]


def table(kept=KEPT, papers=False):
    """The table in markdown; each number is read from docs/reproduced/NAME.json. Rows without such a file are left out.

    `papers`: only the rows for which the paper has a value; the others are on the site.
    """
    stored = {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in sorted(kept.glob("*.json"))}
    lines = ["| quantity | paper | ours | from |", "|---|---|---|---|"]
    for name, quantity, paper, show in ROWS:
        if name in stored and (paper != "-" or not papers):
            lines.append(f"| {quantity} | {paper} | {show(stored[name]['results'])} | "
                         f"[{name}](../docs/reproduced/{name}.json) |")
    return "\n".join(lines)


def keep_time(seconds):
    "Note what it took to reproduce everything."
    about = dict(seconds=round(seconds), cores=os.cpu_count(), machine=platform.processor() or platform.machine(),
                 date=time.strftime("%Y-%m-%d"))
    TIME.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def time_needed():
    "A sentence: how long `make reproduce` took when it last ran from beginning to end."
    if not TIME.exists(): return ""
    about = json.loads(TIME.read_text(encoding="utf-8"))
    return "`make reproduce` took {:.0f} minutes on {cores} cores ({machine}, {date}).".format(about["seconds"] / 60, **about)


def write_table():
    "Put the table between its markers in nbs/index.ipynb, and make README.md from that."
    path = ROOT / "nbs" / "index.ipynb"
    book = json.loads(path.read_text(encoding="utf-8"))
    cell = next(c for c in book["cells"] if BEGIN in "".join(c["source"]))
    before, rest = "".join(cell["source"]).split(BEGIN)
    text = before + BEGIN + "\n" + table(papers=True) + "\n\n" + time_needed() + "\n" + END + rest.split(END)[1]
    cell["source"] = text.splitlines(keepends=True)
    path.write_text(json.dumps(book, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    subprocess.run([sys.executable, str(ROOT / "tests" / "in_step.py"), "--readme"], check=True)


def seconds_kept(name):
    "How long an experiment took when its numbers were made; 0 if it is new."
    path = KEPT / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))["seconds"] if path.exists() else 0


def plan(retrain=True, only=()):
    "Lists of (experiment, parameters) to run one after the other, the longest list first; the lists are independent."
    known = {n: notebook_parameters(p) for n, p in experiments().items() if n not in NOT_PAPER or n in only}
    unknown = sorted(set(only) - set(known))
    if unknown: raise ValueError(f"--only: expected some of {', '.join(known)}, got {', '.join(unknown)}")
    parameters = lambda n: dict(retrain=True) if retrain and "retrain" in known[n] else {}
    chains = [[m for m in (FIRST.get(n), n) if m and (not only or m in only)] for n in known if n not in FIRST.values()]
    chains += [[n] for n in FIRST.values() if not any(n in c for c in chains) and n in only]
    chains.sort(key=lambda c: -sum(map(seconds_kept, c)))
    return [[(n, parameters(n)) for n in c] for c in chains if c]


def run(name, parameters, out):
    "Run one experiment unless it is complete in OUT/NAME; returns its name, seconds, and what went wrong (or None)."
    done = run_once(experiments()[name], Path(out, name), parameters)
    return name, done["seconds"], done["error"]


def keep(name, out):
    "Copy the numbers of a complete experiment to docs/reproduced."
    KEPT.mkdir(parents=True, exist_ok=True)
    about = json.loads(Path(out, name, "complete.json").read_text())
    results = json.loads(Path(out, name, "results.json").read_text())
    (KEPT / f"{name}.json").write_text(json.dumps(dict(about, results=results), indent=1) + "\n", encoding="utf-8")
    keep_outputs(Path(out, name, f"{name}.ipynb"), Path(out, name))
    if name in PICTURES: shutil.copy(Path(out, name, PICTURES[name][0]), ROOT / "docs" / PICTURES[name][1])


def keep_outputs(executed, folder):
    "Keep what the cells of an executed notebook put out, for the documentation, in docs/reproduced/outputs; `folder`: its `out`."
    target = KEPT / "outputs" / f"{executed.stem}.json"
    target.parent.mkdir(exist_ok=True)
    text = json.dumps(outputs_of(nbformat.read(executed, 4)), indent=0, ensure_ascii=False)
    target.write_text(text.replace(str(folder.resolve()), "results") + "\n", encoding="utf-8")


def run_in_order(chain, out):
    "Run (experiment, parameters) one after the other, until one fails; what `run` returns of each."
    done = []
    for name, parameters in chain:
        done.append(run(name, parameters, out))
        if done[-1][2]: break
    return done


def check(name, out):
    "Compare the numbers of a complete experiment with those in docs/reproduced; returns lines that name what differs."
    kept = json.loads((KEPT / f"{name}.json").read_text(encoding="utf-8"))["results"]
    again = json.loads(Path(out, name, "results.json").read_text(encoding="utf-8"))
    return [f"    {path}: kept {a!r:.60}, now {b!r:.60}" for path, a, b in differences(kept, again, name)]


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", help="folder of the reports (default: reports/reproduce, with --check reports/reproduce-check)")
    parser.add_argument("--only", nargs="+", default=(), help="these experiments only")
    parser.add_argument("--stored", action="store_true", help="do not train; use the stored weights")
    parser.add_argument("--check", action="store_true",
                        help="compare with docs/reproduced instead of replacing it; uses the stored weights")
    parser.add_argument("--table", action="store_true", help="only rebuild the table")
    parser.add_argument("--jobs", type=int, default=-1, help="experiments at a time (default: one a core)")
    parser.add_argument("--backend", help="a backend of joblib (default: loky, processes on this machine)")
    parser.add_argument("--scheduler", help="address of a dask scheduler")
    args = parser.parse_args(argv)
    out = args.out or ("reports/reproduce-check" if args.check else "reports/reproduce")
    train, failed, tic = not (args.stored or args.check), [], time.perf_counter()
    whole = train and not args.only and not args.table              # until something was complete before
    if train and not args.table: shutil.copytree(WEIGHTS, Path(out, "weights_before"), dirs_exist_ok=True)
    if args.check: shutil.rmtree(out, ignore_errors=True)
    with parallel_config(backend=args.backend or "loky"), on_cluster(args.scheduler):
        jobs = [] if args.table else [delayed(run_in_order)(chain, out) for chain in plan(train, args.only)]
        for done in Parallel(args.jobs, return_as="generator_unordered")(jobs):
            for name, seconds, error in done:
                apart = check(name, out) if args.check and not error else []
                well = "agrees" if args.check else "done"
                word = f"failed: {error}" if error else f"{len(apart)} numbers differ" if apart else well
                print(f"{name:20s} {seconds:6.0f} s   {word}", *apart, sep="\n", flush=True)
                whole = whole and seconds > 0
                if error or apart: failed.append(name)
                elif not args.check: keep(name, out)
    if whole and not failed: keep_time(time.perf_counter() - tic)
    if not args.check: write_table()
    print(f"{time.perf_counter() - tic:.0f} s in all" + ("" if args.check else "; table in README.md")
          + (f"; failed: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__": sys.exit(main())
