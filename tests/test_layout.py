"The house: rooms of a readable size, imports that run one way, notebooks that export the room of their name."
import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
from draw_chapters import CHAPTERS, PACKAGE, imports, rooms  # noqa: E402

# What the rooms of a chapter may import from other chapters, when loaded and (marked "later") inside functions.
ALLOWED = {
    "maps": set(),
    "manifolds": {"maps", "tools.plotting later"},
    "basins": {"maps", "manifolds", "tools.plotting later"},
    "inputs": {"maps", "manifolds", "basins", "tools.plotting later"},
    "chaos": {"maps", "manifolds", "tools.plotting later"},
    "networks": {"maps", "inputs.driven", "tools.plotting later"},
    "data": {"maps", "tools.plotting later"},
    "tools.plotting": {"maps"},
    "tools.interactive": {"maps", "manifolds"},
    "tools": {"maps", "networks", "manifolds later", "basins later", "chaos later", "data later"},
}
MODULES = sorted((ROOT / PACKAGE).glob("*/*.py"))
NOTEBOOKS = sorted(p for c in CHAPTERS for p in (ROOT / "nbs" / c).glob("*.ipynb"))


def wrong_way(edges, allowed=None):
    "The imports that the table does not allow."
    allowed = allowed or ALLOWED
    def ok(importer, imported, when):
        for name in (".".join(importer), importer[0]):
            if name in allowed: break
        targets = {imported[0], ".".join(imported)}
        return bool(targets & allowed[name]) or when == "call" and bool({f"{t} later" for t in targets} & allowed[name])
    return [f"{'.'.join(a)} imports {'.'.join(b)} ({when})" for (a, b), when in edges.items() if not ok(a, b, when)]


def cycle_among(edges):
    "Rooms that import each other in a circle, or nothing."
    after = {}
    for a, b in edges: after.setdefault(a, set()).add(b)
    while True:
        free = {a for a in after if not after[a] & after.keys()}
        if not free: return sorted(after)
        for a in free: del after[a]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_no_room_above_400_lines(path): assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("folder", ["benchmarks", "scripts"])
def test_no_line_above_132_characters(folder):
    paths = sorted((ROOT / folder).glob("*.py"))
    long = [f"{p.name}:{i}" for p in paths for i, s in enumerate(p.read_text(encoding="utf-8").splitlines(), 1) if len(s) > 132]
    assert paths and long == []


def test_every_folder_is_a_chapter():
    assert {p.parent.name for p in MODULES} == set(CHAPTERS)
    assert {p.name for p in (ROOT / "nbs").iterdir() if p.is_dir() and p.name[0] not in "._"} == {*CHAPTERS, "experiments"}


def test_imports_run_one_way():
    edges = imports()
    assert len(edges) > 20                                          # they were found at all
    assert wrong_way(edges) == []
    assert cycle_among(edges) == []


def test_a_wrong_import_is_found(tmp_path):
    "In a copy of the layout: an import upwards, hidden in a function or in plain sight, is reported, and so is a circle."
    for chapter in CHAPTERS: (tmp_path / PACKAGE / chapter).mkdir(parents=True)
    write = lambda name, text: (tmp_path / PACKAGE / f"{name}.py").write_text(text)
    write("maps/model", "def f():\n    from ..chaos import proof\n")
    write("chaos/proof", "from ..maps.model import f\nimport plrnn_manifolds.tools.plotting\n")
    write("tools/plotting", "import numpy\nfrom plrnn_manifolds.maps import model\n")
    assert wrong_way(imports(tmp_path)) == ["chaos.proof imports tools.plotting (load)", "maps.model imports chaos.proof (call)"]
    assert cycle_among(imports(tmp_path)) == [("chaos", "proof"), ("maps", "model"), ("tools", "plotting")]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_notebook_exports_the_room_of_its_name(path):
    source = "\n".join("".join(c["source"]) for c in json.loads(path.read_text(encoding="utf-8"))["cells"]
                       if c["cell_type"] == "code")
    names, exports = re.findall(r"^#\| *default_exp +(\S+)", source, re.M), re.search(r"^#\| *export\b", source, re.M)
    room = re.fullmatch(r"\d\d_(\w+)", path.stem)[1]
    if not exports: assert names == []                              # a page of text and examples only
    else: assert names == [f"{path.parent.name}.{room}"]


def test_every_room_has_its_notebook():
    assert {(p.parent.name, p.stem) for p in MODULES if p.stem != "__init__"} <= {(c, r) for c in CHAPTERS for r in rooms(c)}


def test_public_names_are_no_modules():
    "`from plrnn_manifolds import *` gives functions, classes and constants."
    import types

    import plrnn_manifolds
    assert len(plrnn_manifolds.__all__) > 50
    assert [n for n in plrnn_manifolds.__all__ if isinstance(getattr(plrnn_manifolds, n), types.ModuleType)] == []
    assert all(type(getattr(plrnn_manifolds, n)) in (int, float, str) for n in plrnn_manifolds.__all__ if n.isupper())


def test_links_of_the_book():
    "Every link from a notebook to another file of the repository leads somewhere."
    dead = []
    for path in [ROOT / "nbs" / "index.ipynb", *NOTEBOOKS, *sorted((ROOT / "nbs" / "experiments").glob("*.ipynb"))]:
        text = "\n".join("".join(c["source"]) for c in json.loads(path.read_text(encoding="utf-8"))["cells"]
                         if c["cell_type"] == "markdown")
        for link in re.findall(r"\]\(([^)\s#]+\.(?:ipynb|svg|png|json|md))[^)]*\)", text):
            if "://" not in link and not (path.parent / link).exists(): dead.append(f"{path.relative_to(ROOT)}: {link}")
    assert dead == []


def wrong_next(book):
    'Rooms, of a list of paths in reading order, whose first link after the last "Next:" is not the room that follows.'
    wrong = []
    for path, following in zip(book, book[1:]):
        text = "\n".join("".join(c["source"]) for c in json.loads(path.read_text(encoding="utf-8"))["cells"]
                         if c["cell_type"] == "markdown")
        links = re.findall(r"\]\(([^)\s#]+\.ipynb)\)", text.rpartition("Next:")[2])
        if "Next:" not in text or not links or (path.parent / links[0]).resolve() != following.resolve():
            wrong.append(f"{path.parent.name}/{path.stem}: {links[:1]} for {following.parent.name}/{following.stem}")
    return wrong


def test_the_next_room_is_the_next():
    book = [p for c in CHAPTERS for p in sorted((ROOT / "nbs" / c).glob("[0-9][0-9]_*.ipynb"))]
    assert wrong_next(book) == []
    assert len(wrong_next([*book[:3], *book[4:]])) == 1             # a link that skips, or misses, a room is found
