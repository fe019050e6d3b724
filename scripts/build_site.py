"""Build the documentation site: the notebooks with their outputs, the interface, a gallery of the figures.

    python scripts/build_site.py                   into _docs/html; open _docs/html/index.html
    python scripts/build_site.py --jobs 1          one notebook at a time

A notebook is executed once and its outputs are kept in _docs/executed under the hash of what they follow from: its code, its
parameters, the package. `make test` leaves its executed notebooks there, too. The experiments show the outputs of the run that
docs/reproduced keeps, cell by cell where the code is still the same, so that nothing long is computed again.
"""
import argparse
import base64
import hashlib
import io
import json
import re
import shutil
import sys
import time
from html import escape
from pathlib import Path

import nbformat
from draw_chapters import CHAPTERS
from joblib import delayed, Parallel

ROOT = Path(__file__).resolve().parents[1]
NBS, SITE, STORED, OUT = ROOT / "nbs", ROOT / "docs" / "site", ROOT / "docs" / "reproduced", ROOT / "_docs"
EXPERIMENTS = ("experiments", "The paper's experiments, recordings, and notebooks for networks of your own")


# executed notebooks

def package_hash():
    "A hash of the package's code, data and weights."
    digest = hashlib.sha256()
    for path in sorted(p for p in (ROOT / "plrnn_manifolds").rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def executed_path(path, parameters, package):
    "Where the executed copy of a notebook is kept; `package`: the hash of the package."
    code = [c["source"] for c in nbformat.read(path, 4).cells if c["cell_type"] == "code"]
    key = hashlib.sha256(json.dumps([code, parameters or {}, package]).encode()).hexdigest()[:20]
    return OUT / "executed" / f"{path.parent.name}_{path.stem}_{key}.ipynb"


def keep_executed(path, parameters, copy):
    "Keep an executed copy of a notebook for the site."
    target = executed_path(path, parameters, package_hash())
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(copy, target)


def execute(path, package):
    "The executed copy of a notebook with its default parameters, computed if there is none; its path and the seconds it took."
    import papermill
    from plrnn_manifolds.tools.cli import notebook_parameters, own_kernel
    target, tic = executed_path(path, None, package), time.perf_counter()
    if not target.exists():
        work = OUT / "work" / f"{path.parent.name}_{path.stem}"
        work.mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        takes_out = path.parent.name == "experiments" and "out" in notebook_parameters(path)
        with own_kernel() as kernel:
            papermill.execute_notebook(str(path), str(work / path.name), dict(out=str(work)) if takes_out else None,
                                       kernel_name=kernel, cwd=str(path.parent), progress_bar=False)
        shutil.move(work / path.name, target)
    return target, time.perf_counter() - tic


def outputs_of(nb):
    "What the cells of an executed notebook put out, as a page shows it: {hash of the code: outputs}."
    return {code_hash(c["source"]): [o for o in map(_shown, c["outputs"]) if o] for c in nb.cells if c["cell_type"] == "code"}


def code_hash(source): return hashlib.sha256(source.encode()).hexdigest()[:20]


def _shown(output):
    "An output as a page shows it, or None."
    if output["output_type"] == "stream": return output if output["name"] == "stdout" else None
    if output["output_type"] == "error" or "data" not in output or any("widget" in k for k in output["data"]): return None
    data = {k: v for k, v in output["data"].items() if k in ("text/plain", "text/markdown", "text/html", "image/png")}
    if "image/png" in data:
        data = {"image/png": _palette(data["image/png"])}
    elif set(data) == {"text/plain"} and re.match(r"[\[(]?<|Text\(|\[?<?matplotlib|Figure\(", data["text/plain"]): return None
    return nbformat.from_dict(dict(output, data=data, metadata={})) if data else None


def _palette(png):
    "A base64 picture with at most 128 colours."
    from PIL import Image
    picture, out = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB"), io.BytesIO()
    picture.quantize(128, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    small = base64.b64encode(out.getvalue()).decode()
    return small if len(small) < len(png) else png.replace("\n", "")


# pages

def page(source, outputs):
    "The notebook of a page: the cells of `source` that a reader sees, with the `outputs` of their code; and its figures."
    cells, figures = [], []
    for cell in source.cells:
        code = cell["cell_type"] == "code"
        if code and re.search(r"^#\| *(hide|default_exp)", cell["source"], re.M): continue
        cell = nbformat.from_dict(cell)
        if code:
            cell["outputs"] = outputs.get(code_hash(cell["source"]), [])
            if re.search(r"^#\| *export", cell["source"], re.M): cell["metadata"]["tags"] = ["exported"]
            cell["source"] = re.sub(r"^#\|.*\n?", "", cell["source"], flags=re.M).strip("\n")
            for picture in (o["data"]["image/png"] for o in cell["outputs"] if "image/png" in o.get("data", {})):
                figures.append((f"figure-{len(figures) + 1}", picture))
                cells.append(nbformat.v4.new_markdown_cell(f'<a id="{figures[-1][0]}"></a>'))
        if cell["source"].strip(): cells.append(cell)
    return nbformat.v4.new_notebook(cells=cells, metadata=source.metadata), figures


def stored_outputs(path):
    "The file of the outputs of an experiment that were kept when its numbers were made, or None."
    kept = STORED / "outputs" / f"{path.stem}.json"
    return kept if path.parent.name == "experiments" and kept.exists() else None


def read_outputs(path):
    "Outputs by the hash of their code, from such a file or from an executed notebook."
    if path.suffix == ".ipynb": return outputs_of(nbformat.read(path, 4))
    return {k: [nbformat.from_dict(o) for o in v] for k, v in json.loads(path.read_text(encoding="utf-8")).items()}


def notebooks():
    "Paths of the notebooks by chapter, in reading order."
    return {c: sorted((NBS / c).glob("*.ipynb")) for c in [*CHAPTERS, EXPERIMENTS[0]]}


def title(path):
    return nbformat.read(path, 4).cells[0]["source"].splitlines()[0].lstrip("# ")


def assemble(copies, target):
    "Write everything that Sphinx reads to the folder `target`; `copies`: {notebook: its executed copy}."
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(SITE, target)
    gallery = ["# Gallery", "", "Every figure of the book and of the experiments; each leads to the cell that made it.", "",
               "## To turn and to slide through", "", '<div class="gallery wide">']
    gallery += [f'<figure><iframe loading="lazy" src="_static/figures/{name}.html" title="{escape(what)}"></iframe>'
                f'<figcaption><a href="tools/03_interactive.html#{heading}">{escape(what)}</a></figcaption></figure>'
                for name, (what, heading) in INTERACTIVE.items()]
    gallery += ["</div>", ""]
    for chapter, paths in notebooks().items():
        about = dict(CHAPTERS, **{EXPERIMENTS[0]: (EXPERIMENTS[1], "")})[chapter][0]
        folder = target / chapter
        folder.mkdir(exist_ok=True)
        listed = "\n".join(p.stem for p in paths)
        (folder / "index.md").write_text(f"# {chapter.capitalize()}\n\n{about[0].upper() + about[1:]}.\n\n"
                                         f"```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n", encoding="utf-8")
        gallery += [f"## {chapter.capitalize()}", "", '<div class="gallery">']
        for path in paths:
            nb, figures = page(nbformat.read(path, 4), read_outputs(copies[path]))
            nbformat.write(nb, folder / path.name)
            for anchor, picture in figures:
                name = f"{chapter}_{path.stem}_{anchor}.png"
                (target / "_static" / "gallery").mkdir(parents=True, exist_ok=True)
                (target / "_static" / "gallery" / name).write_bytes(base64.b64decode(picture))
                gallery.append(f'<a href="{chapter}/{path.stem}.html#{anchor}" title="{escape(title(path))}">'
                               f'<img loading="lazy" src="_static/gallery/{name}" alt="{escape(title(path))}"/></a>')
        gallery += ["</div>", ""]
    (target / "gallery.md").write_text("\n".join(gallery), encoding="utf-8")
    shutil.copytree(ROOT / "docs" / "examples", target / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("chapters.svg", "duffing_basins.png", "ten_minutes.png"):
        shutil.copy(ROOT / "docs" / name, target / "_static" / name)
    shutil.copy(ROOT / "CHANGELOG.md", target / "changelog.md")
    write_interactive(target / "_static" / "figures")
    write_interface(target)
    write_results(target)
    write_benchmarks(target)


INTERACTIVE = {          # page: what it shows, and the heading in tools/03_interactive under which such figures are made
    "lorenz": ("The stable surface of a Lorenz network, to be turned", "a-surface"),
    "wings": ("Sections of it, plane by plane", "parallel-sections"),
    "memories": ("Basins of four memories of 48 units, plane by plane", "parallel-sections"),
    "regimes": ("How many states a memory of 48 units has, over its two inputs", "regimes-over-two-inputs")}


def write_interactive(folder):
    "The pages of INTERACTIVE, computed once for each state of the package."
    made = OUT / "executed" / f"interactive_{package_hash()[:20]}"
    if not all((made / f"{name}.html").exists() for name in INTERACTIVE):
        from plrnn_manifolds.tools.interactive import write_page
        figures = *lorenz_figures(), memory_figure(), regime_figure()
        for name, figure in zip(INTERACTIVE, figures): write_page(figure, made / f"{name}.html")
    shutil.copytree(made, folder)


def lorenz_figures():
    "The stable surface of the saddle at the origin in space, and in planes z = constant."
    import numpy as np
    from plrnn_manifolds import Plane, find_cycles, load_pretrained, stable_manifold, unstable_manifold
    from plrnn_manifolds.tools.interactive import figure_3d, figure_slices
    f = load_pretrained("lorenz63")
    cycles = find_cycles(f, 1)
    saddle = min((c for c in cycles if c.n_unstable == 1), key=lambda c: abs(c.points).sum())
    box = [[-2.5, -3.0, -3.2], [2.5, 3.0, 3.2]]
    surface = stable_manifold(f, saddle, box=box, depth=75, max_pieces=25_000)
    yield figure_3d(surface, unstable_manifold(f, saddle, box=box, depth=120), f.trajectory([0.5, 0.5, 0.5], 4000)[500:], cycles,
                    names=("x", "y", "z"))

    def wing(z, n=30):
        x = np.stack([z := f(z) for _ in range(n)])[..., 0]
        return (np.take_along_axis(x, abs(x).argmax(0)[None], 0)[0] > 0).astype(int)

    plane = Plane(saddle.points[0], np.eye(3)[:2], (-2.5, 2.5, -2.5, 2.5))
    yield figure_slices([surface], plane, [0, 0, 1], np.linspace(-0.6, 3, 19), wing, cycles,
                        {0: "swings out to the left next", 1: "to the right"}, ("x", "y"), n=160)


def memory_figure():
    "The plane through three of four memories, moved towards the fourth."
    import numpy as np
    from plrnn_manifolds import Plane, find_cycles, load_pretrained, stable_manifold
    from plrnn_manifolds.basins.basins import Basins
    from plrnn_manifolds.tools.interactive import figure_slices
    f = load_pretrained("flipflop48")
    cycles = find_cycles(f, seed=0, n_starts=50, neighbours=False)
    memories, bounds = [c.points[0] for c in cycles.stable], [stable_manifold(f, c, depth=24) for c in cycles if c.n_unstable == 1]
    for m in bounds: m.attractors = cycles.stable
    plane = Plane.through(*memories[:3])
    far = np.linalg.norm(memories[3] - plane.states(plane.coordinates(memories[3])))
    names = {k: "memory " + "".join("+" if y > 0 else "-" for y in np.array(f.meta["readout_weights"]) @ x + f.meta["readout_bias"])
             for k, x in enumerate(memories)}
    return figure_slices(bounds, plane, memories[3] - memories[0], far * np.arange(-1, 7) / 5, Basins(f, cycles.stable), cycles,
                         names,
                         ("along memories 1 and 2", "towards memory 3"), n=100, budget=600)


def regime_figure():
    "Regimes of the same network over constant inputs."
    from plrnn_manifolds import load_pretrained, regime_map
    from plrnn_manifolds.tools.interactive import figure_regimes
    return figure_regimes(regime_map(load_pretrained("flipflop48"), (-0.25, 0.35, -0.2, 0.2), n_seeds=3, n_starts=100, budget=300))


def write_interface(target):
    "One page of autodoc for each chapter, its rooms in reading order."
    (target / "api").mkdir(exist_ok=True)
    for chapter in CHAPTERS:
        lines = [f"# {chapter}", ""]
        for path in notebooks()[chapter]:
            room = path.stem.split("_", 1)[1]
            if not (ROOT / "plrnn_manifolds" / chapter / f"{room}.py").exists(): continue
            lines += [f"## {room}", "", f"Told in [{title(path)}](../{chapter}/{path.name}).", "",
                      "```{eval-rst}", f".. automodule:: plrnn_manifolds.{chapter}.{room}", "   :members:", "```", ""]
        (target / "api" / f"{chapter}.md").write_text("\n".join(lines), encoding="utf-8")


def write_results(target):
    "The table of the paper's values against ours, from docs/reproduced."
    import reproduce
    table = re.sub(r"\]\(\.\./docs/reproduced/(\w+)\.json\)", r"](experiments/\1.ipynb)", reproduce.table())
    text = (target / "results.md").read_text(encoding="utf-8")
    (target / "results.md").write_text(text.replace("<!-- table -->", table + "\n\n" + reproduce.time_needed()), encoding="utf-8")


def write_benchmarks(target):
    "What `make bench` measured, in the pages that ask for it, and the figure of the costs."
    import benchmark_pages
    results = benchmark_pages.load()
    for path in (target / "neighbours.md", target / "costs.md"):
        path.write_text(benchmark_pages.fill(path.read_text(encoding="utf-8"), results), encoding="utf-8")
    benchmark_pages.draw_costs(results, target / "_static" / "costs.png")


def build(target, html):
    "Run Sphinx; a warning is an error."
    from sphinx.cmd.build import main as sphinx
    return sphinx(["-b", "html", "-j", "auto", "-W", "--keep-going", "-q", str(target), str(html)])


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=-1, help="notebooks executed at a time (default: one a core)")
    parser.add_argument("--only", nargs="+", default=(),
                        help="execute these notebooks only; others that were not executed before are shown without outputs")
    args = parser.parse_args(argv)
    tic, package = time.perf_counter(), package_hash()
    paths = [p for group in notebooks().values() for p in group]
    copies = {p: stored_outputs(p) or p for p in paths}
    wanted = [p for p in paths if copies[p] == p
              and (not args.only or p.stem in args.only or executed_path(p, None, package).exists())]
    wanted.sort(key=lambda p: p.parent.name != "experiments")                    # the longest first
    for p, (copy, seconds) in zip(wanted, Parallel(args.jobs, return_as="generator")(delayed(execute)(p, package) for p in wanted)):
        copies[p] = copy
        if seconds > 1: print(f"{p.relative_to(NBS)}: executed in {seconds:.0f} s", flush=True)
    assemble(copies, OUT / "source")
    failed = build(OUT / "source", OUT / "html")
    print(f"{OUT.relative_to(ROOT)}/html/index.html, {time.perf_counter() - tic:.0f} s" if not failed else "Sphinx: see above")
    return failed


if __name__ == "__main__": sys.exit(main())
