"""The pages made of docs/benchmarks.json: tables for the site, the figure of the costs, and docs/benchmarks.md.

No number of these pages is typed: `fill` puts in each `<!-- benchmarks: NAME -->` of a text what `benchmarks/run.py` measured.
"""
import json
import re
from pathlib import Path

STORED = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.json"
HEADS = dict(cycles="Fixed points and cycles: SCYFI", boundary="Basin boundaries: grids, bisection, edge tracking",
             learned="A boundary learned from labels", line_hits="The limit: evaluating F", inverse="The inverse of a map: root finders",
             stimuli="Stimuli and inputs: grids of simulations", certificates="Proofs", planar="Manifolds in the plane: pynamicalsys")
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


def provenance(r):
    "Where and with what a benchmark was measured."
    versions = ", ".join(f"{k} {v}" for k, v in r["versions"].items())
    return f"*One run of {r['processor_seconds']:,.0f} s of processor time on {r['machine']}, {r['date']}; {versions}.*"


def fits(r):
    "Table of the exponents."
    fit = lambda x: f"{x['exponent']:.2f} (× {x['residual']:.2f})"
    return markdown([{"what": s["what"], "grows with": s["variable"], "range": f"{s['sizes'][0]} to {s['sizes'][-1]}", "time, p": fit(s["time"]),
                      "memory, p": fit(s["memory"]), "largest: s": s["seconds"][-1], "largest: MB": s["megabytes"][-1]}
                     for s in r["measured"]["studies"]])


def reports(r, n=10_000):
    "Table of what `analyze` takes, and what that makes for n networks."
    rows = r["measured"]["analyze"]
    hours = [x["seconds"] * n / 3600 for x in rows]
    table = markdown([{"network": x["network"], "M": x["M"], "H": x["H"], "seconds": x["seconds"], f"core hours for {n:,}": h} for x, h in zip(rows, hours)])
    return table + (
        f"\n\nSo {n:,} networks of these sizes take {min(hours):,.0f} to {max(hours):,.0f} core hours: {min(hours) / 64:,.1f} to "
        f"{max(hours) / 64:,.1f} hours on 64 cores.")


def fill(text, results):
    "The text with each `<!-- benchmarks: NAME -->` replaced by what was measured."
    def put(match):
        name, _, part = match[1].partition("/")
        if not part: return section(name, results)
        return dict(fits=fits, reports=reports, provenance=provenance)[part](results[name])
    return re.sub(r"<!-- benchmarks: (\S+) -->", put, text)


def write_summary(results, path):
    "docs/benchmarks.md: everything on one page, for who reads the repository."
    text = ["# Benchmarks", "", "Made by `make bench` from `docs/benchmarks.json`; the programs are in `benchmarks`. Ratio: processor time over that of the "
            "first row, or of the row named.", ""]
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
    names = dict(M="units M, with H = M", H="ReLUs H", order="order of the cycles", depth="depth of the manifold")
    variables = [v for v in names if any(s["variable"] == v for s in studies)]
    fig, axes = plt.subplots(1, len(variables), figsize=(2.9 * len(variables), 3.6), sharey=True, layout="constrained")
    colours = [OKABE_ITO[c] for c in ("blue", "vermillion", "green")]
    for ax, variable in zip(np.atleast_1d(axes), variables):
        for colour, marker, s in zip(colours, "osD", [s for s in studies if s["variable"] == variable]):
            x, y = np.array(s["sizes"], float), np.array(s["seconds"])
            ax.plot(x, np.exp(np.polyval(np.polyfit(np.log(x), np.log(y), 1), np.log(x))), color=colour, lw=1)
            ax.plot(x, y, marker, color=colour, ms=5, label=f"{short(s)}, $p$ = {s['time']['exponent']:.1f}")
        ax.set(xscale="log", yscale="log", xlabel=names[variable])
        ax.set_xticks(x, [f"{n:.0f}" for n in x]); ax.minorticks_off()
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), fontsize=8, frameon=False)
    np.atleast_1d(axes)[0].set_ylabel("processor time (s)")
    fig.savefig(path, dpi=200)
    plt.close(fig)


def short(s):
    "The name of a study without what the axis says."
    return re.sub(r",? (H = M|M = H = 16|M = 16|M = 8|M = 3, H = 20)", "", s["what"]).strip(", ")
