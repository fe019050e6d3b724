"""All benchmarks in one run: docs/benchmarks.json, from which the pages of the site and docs/benchmarks.md are made.

    python benchmarks/run.py                      all of them, about ten minutes of processor time
    python benchmarks/run.py cycles boundary      these only; the others stay as they are in the file

Times are processor time of one process with one thread (set OMP_NUM_THREADS=1, as `make bench` does), so that they mean something
on a machine that does other things, too. What matters is the ratios.
"""
import argparse
import importlib
import importlib.metadata
import json
import os
import platform
import sys
import time
from pathlib import Path

from measure import timed

import plrnn_manifolds

ROOT = Path(__file__).resolve().parents[1]
STORED = ROOT / "docs" / "benchmarks.json"
NAMES = "cycles", "boundary", "learned", "line_hits", "inverse", "stimuli", "certificates", "costs", "planar"
sys.path.append(str(ROOT / "scripts"))


def processor():
    "Its name, as the system tells it."
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")),
                platform.processor() or platform.machine())


def about():
    "Machine, date and versions of a run."
    versions = {p: importlib.metadata.version(p) for p in ("numpy", "scipy", "scikit-learn")}
    return dict(machine=f"{processor()}, {os.cpu_count()} cores, {platform.system()}", date=time.strftime("%Y-%m-%d"),
                versions=dict(plrnn_manifolds=plrnn_manifolds.__version__, python=platform.python_version(), **versions))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=NAMES, help=f"of {', '.join(NAMES)}")
    parser.add_argument("--out", type=Path, default=STORED)
    args = parser.parse_args()
    results = json.loads(args.out.read_text(encoding="utf-8")) if args.out.exists() else {}
    for name in args.names:
        try: benchmark = importlib.import_module(name)
        except ImportError as e: print(f"{name}: left out, {e}"); continue
        measured, seconds = timed(benchmark.measure)
        results[name] = dict(about(), processor_seconds=round(seconds, 1), measured=measured)
        if hasattr(benchmark, "PACKAGE"):
            results[name]["versions"][benchmark.PACKAGE] = importlib.metadata.version(benchmark.PACKAGE)
        args.out.write_text(json.dumps(results, indent=1), encoding="utf-8")
        print(f"{name}: {seconds:.0f} s", flush=True)
    from benchmark_pages import write_summary
    write_summary(results, args.out.with_suffix(".md"))


if __name__ == "__main__": main()
