"""The pages made of docs/benchmarks.json: tables for the site, the figure of the costs, and docs/benchmarks.md.

No number of these pages is typed: `fill` puts in each `<!-- benchmarks: NAME -->` of a text what `benchmarks/run.py` measured.
"""
import json
import re
from math import log
from pathlib import Path

STORED = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.json"
HEADS = dict(cycles="Fixed points and cycles: SCYFI", boundary="Basin boundaries: grids, bisection, edge tracking",
             learned="A boundary learned from labels", line_hits="The limit: evaluating F",
             inverse="The inverse of a map: root finders",
             stimuli="Stimuli and inputs: grids of simulations", certificates="Proofs",
             planar="Manifolds in the plane: pynamicalsys")
SIGNS = dict(seconds="processor time (s)", error="error", error_95="error, 95 %", ratio="ratio")


def load(): return json.loads(STORED.read_text(encoding="utf-8"))


def number(x):
    "A number as a reader wants it."
    if x is None or x == "": return "–"
    if isinstance(x, str): return x
    if isinstance(x, int) or x == 0: return f"{x:,.0f}"
    if abs(x) < 1e-3 or abs(x) >= 1e5:
        digits, power = f"{x:.1e}".split("e")
        return f"{digits}e{int(power)}"
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.2g}"


def markdown(rows, columns=None):
    "Rows, dictionaries, as a table."
    columns = columns or list(dict.fromkeys(k for r in rows for k in r))
    lines = [[SIGNS.get(c, c.replace("_", " ")) for c in columns], ["---"] + ["---:"] * (len(columns) - 1)]
    lines += [[number(r.get(c)) for c in columns] for r in rows]
    return "\n".join(f"| {' | '.join(x)} |" for x in lines)


def section(name, results):
    "All tables of one benchmark, and how they were measured."
    if name not in results: return "*Not measured yet: `make bench`.*"
    text = []
    for t in results[name]["measured"]:
        text += [f"**{t['title']}.** {t['about']}", markdown(t["rows"]), t["says"]]
    return "\n\n".join([x for x in text if x] + [provenance(results[name])])


# Rows of the tables that count.
RIVALS = dict(cycles=(1, 3), boundary=(1, 2), learned=(-1,), inverse=(-2,), stimuli=(-1,), planar=(1,))


def summary(results):
    "One table: what takes how many times as long as ours, for the same question."
    rows = []
    for name, which in RIVALS.items():
        for t in results.get(name, {}).get("measured", ()):
            for r in (t["rows"][i] for i in which if i < len(t["rows"])):
                lost = [f"{r['missed']} missed"] if r.get("missed") else []
                lost += [f"error {number(r['error'])}"] if r.get("error") else []
                rows.append({"what": t["title"], "instead of ours": r["method"], "times as long": r["ratio"],
                             "and": ", ".join(lost), "ahead": "we" if r["ratio"] >= 1 else "they"})
    return markdown(rows)


def provenance(r):
    "Where and with what a benchmark was measured."
    versions = ", ".join(f"{k} {v}" for k, v in r["versions"].items())
    return f"*{r['processor_seconds']:,.0f} s of processor time on {r['machine']}, {r['date']}; {versions}.*"


def fits(r):
    "Table of the exponents."
    fit = lambda x: f"{x['exponent']:.2f} (× {x['residual']:.2f})"
    last = lambda s: f"{log(s['seconds'][-1] / s['seconds'][-2]) / log(s['sizes'][-1] / s['sizes'][-2]):.1f}"
    return markdown([{"what": s["what"], "grows with": s["variable"], "range": f"{s['sizes'][0]} to {s['sizes'][-1]}",
                      "time, p": fit(s["time"]), "at the end, p": last(s), "memory, p": fit(s["memory"]),
                      "largest: s": s["seconds"][-1], "largest: MB": s["megabytes"][-1]}
                     for s in r["measured"]["studies"]])


def reports(r, n=10_000, cores=64):
    "Table of what `analyze` takes, and what that makes for n networks."
    rows, budget, head = r["measured"]["analyze"], r["measured"]["budget"], f"core hours for {n:,}"
    hours = lambda seconds: seconds * n / 3600
    table = markdown([{**{k: x[k] for k in ("network", "M", "H", "seconds")}, head: hours(x["seconds"])} for x in rows])
    least, most = (f([hours(x["seconds"]) for x in rows]) for f in (min, max))
    span = lambda low, high, digits: f"{low:{digits}}" if low == high else f"{low:{digits}} to {high:{digits}}"
    total, shared = span(least, most, ",.0f"), span(least / cores, most / cores, ".2g")
    return f"{table}\n\nSo {n:,} networks like that take {total} core hours, {shared} hours on {cores} cores. " \
           f"A network whose report does not come to an end by itself, as that of many units, takes its budget of " \
           f"{budget:,.0f} s, or what you give it: " \
           f"{hours(budget):,.0f} core hours, {hours(budget) / cores:.2g} hours on {cores} cores, whatever the networks are."


def fill(text, results):
    "The text with each `<!-- benchmarks: NAME -->` replaced by what was measured."
    def put(match):
        name, _, part = match[1].partition("/")
        if name == "summary": return summary(results)
        if not part: return section(name, results)
        return dict(fits=fits, reports=reports, provenance=provenance)[part](results[name])
    return re.sub(r"<!-- benchmarks: (\S+) -->", put, text)


def write_summary(results, path):
    "docs/benchmarks.md: everything on one page, for who reads the repository."
    text = ["# Benchmarks", "",
            "Made by `make bench` from `docs/benchmarks.json`; the programs are in `benchmarks`. Ratio: processor "
            "time over that of the first row, or of the row named.", ""]
    for name, head in HEADS.items():
        if name in results: text += [f"## {head}", "", section(name, results), ""]
    if "costs" in results:
        text += ["## Costs", "", fits(results["costs"]), "", reports(results["costs"]), "", provenance(results["costs"]), ""]
    path.write_text("\n".join(text), encoding="utf-8")


def draw_costs(results, path):
    "The figure of the costs: processor time over each size, with the fitted lines."
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import numpy as np
    from plrnn_manifolds.tools.plotting import OKABE_ITO
    studies = results["costs"]["measured"]["studies"]
    names = dict(M="units M, with H = M", H="ReLUs H, with M = 16", order="order, with M = H = 16",
                 depth="depth, with M = 3, H = 20")
    variables = [v for v in names if any(s["variable"] == v for s in studies)]
    styles = {"exhaustive": ("vermillion", "s"), "find_cycles": ("blue", "o"), "hits": ("green", "D"), "surface": ("pink", "^")}
    fig, axes = plt.subplots(1, len(variables), figsize=(2.8 * len(variables), 3.1), sharey=True, layout="constrained",
                             squeeze=False)
    for ax, variable in zip(axes[0], variables):
        for s in (s for s in studies if s["variable"] == variable):
            colour, marker = next(style for word, style in styles.items() if word in s["what"])
            x, y = np.array(s["sizes"], float), np.array(s["seconds"])
            fitted = np.exp(np.polyval(np.polyfit(np.log(x), np.log(y), 1), np.log(x)))
            ax.plot(x, fitted, color=OKABE_ITO[colour], lw=1)
            ax.plot(x, y, marker, color=OKABE_ITO[colour], ms=5, label=f"{s['label']}, $p$ = {s['time']['exponent']:.1f}")
        ticks = sorted({n for s in studies if s["variable"] == variable for n in s["sizes"]})
        ax.set(xscale="log", yscale="log", xlabel=names[variable], ylim=(5e-4, 200))
        ax.set_xticks([n for n in ticks if n not in (6, 12)], [f"{n:g}" for n in ticks if n not in (6, 12)]); ax.minorticks_off()
        ax.legend(loc="upper left", fontsize=8, frameon=False, handletextpad=0.2)
    axes[0, 0].set_ylabel("processor time (s)")
    fig.savefig(path, dpi=200)
    plt.close(fig)
