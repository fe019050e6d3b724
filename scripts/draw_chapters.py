"""Draw docs/chapters.svg: the chapters of the package in reading order, their rooms, and which chapter imports which.

    python scripts/draw_chapters.py

The drawing follows from the notebooks' names and the imports of plrnn_manifolds/*/*.py alone, and `make check` compares
the file with them, so it cannot go stale.
"""
import ast
import sys
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "plrnn_manifolds"
CHAPTERS = {                                          # in reading order: what it is about, and a colour of Okabe and Ito
    "maps": ("one map for all networks: cycles, inverse", "#0072B2"),
    "manifolds": ("exact in any dimension, and sampled", "#56B4E9"),
    "basins": ("which state goes where, how far to the boundary", "#009E73"),
    "inputs": ("bifurcations along an input, stimuli that tip", "#8C6BB1"),
    "chaos": ("homoclinic points and proofs", "#D55E00"),
    "networks": ("weights in, map out; training", "#E69F00"),
    "data": ("systems, recordings, your own files", "#CC79A7"),
    "tools": ("pictures and the command line", "#999999"),
}


def imports(root=ROOT):
    """Imports between rooms of different chapters, {(chapter, room), (chapter, room): "load" or "call"}.

    "call" if the import is inside a function only. Room "" stands for a whole chapter.
    """
    found = {}
    for path in sorted((root / PACKAGE).glob("*/*.py")):
        here, tree = [PACKAGE, path.parent.name, path.stem], ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import): names = [a.name for a in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = ".".join([*here[:-node.level], node.module or ""] if node.level else [node.module])
                names = [f"{base.strip('.')}.{a.name}" for a in node.names]
            else: continue
            for name in names:
                top, chapter, room = (name.split(".") + ["", ""])[:3]
                if top != PACKAGE or chapter not in CHAPTERS or chapter == here[1]: continue
                edge = (tuple(here[1:]), (chapter, room if (root / PACKAGE / chapter / f"{room}.py").exists() else ""))
                if node in tree.body: found[edge] = "load"
                else: found.setdefault(edge, "call")
    return found


def between_chapters(root=ROOT):
    "Imports between chapters, {(chapter, imported chapter): \"load\" or \"call\"}."
    found = {}
    for ((a, _), (b, _)), when in imports(root).items():
        found[a, b] = "load" if "load" in (when, found.get((a, b))) else "call"
    return found


def rooms(chapter, root=ROOT):
    "The rooms of a chapter in reading order, from the numbers of its notebooks."
    return [p.stem.split("_", 1)[1] for p in sorted((root / "nbs" / chapter).glob("[0-9][0-9]_*.ipynb"))]


def lines_of(words, width=58):
    "Words joined to lines of at most `width` characters."
    lines = [""]
    for w in words:
        if lines[-1] and len(lines[-1]) + 3 + len(w) > width: lines.append("")
        lines[-1] += ("   " if lines[-1] else "") + w
    return lines


def svg(root=ROOT):
    "The drawing as the text of an SVG file."
    edges, left, width, lane, y, top, out = between_chapters(root), 16, 470, 26, 44, {}, []
    for name, (about, colour) in CHAPTERS.items():
        lines = lines_of(rooms(name, root))
        height = 34 + 18 * len(lines)
        top[name] = y
        out.append(f'<rect x="{left}" y="{y}" width="{width}" height="{height}" rx="6" fill="{colour}" fill-opacity="0.12" '
                   f'stroke="{colour}"/><rect x="{left}" y="{y}" width="7" height="{height}" rx="3" fill="{colour}"/>')
        out.append(f'<text x="{left + 18}" y="{y + 21}" font-size="15" font-weight="bold">{name}</text>'
                   f'<text x="{left + 112}" y="{y + 21}" font-size="13" fill="#444">{escape(about)}</text>')
        out += [f'<text x="{left + 18}" y="{y + 41 + 18 * i}" font-size="12" font-family="monospace" xml:space="preserve">'
                f'{escape(t)}</text>' for i, t in enumerate(lines)]
        y += height + 14
    imported = [c for c in CHAPTERS if any(b == c for _, b in edges)]
    edge, ports = left + width, {name: 0 for name in CHAPTERS}
    for k, b in reversed(list(enumerate(imported))):                    # one line a chapter that is imported, arrow at it
        colour, x = CHAPTERS[b][1], edge + lane * (len(imported) - k) + 14
        users = [c for c in CHAPTERS if (c, b) in edges]
        ys = [top[b] + 14]
        for c in users:
            ports[c] += 1
            ys.append(top[c] + 14 + 9 * ports[c])
            dash = ' stroke-dasharray="3 3"' if edges[c, b] == "call" else ""
            out.append(f'<path d="M{edge} {ys[-1]} H{x}" stroke="{colour}"{dash}/><circle cx="{x}" cy="{ys[-1]}" r="3" '
                       f'fill="{colour}" stroke="none"/>')
        out.append(f'<path d="M{x} {max(ys)} V{min(ys)} M{x} {ys[0]} H{edge + 8}" stroke="{colour}"/>'
                   f'<path d="M{edge + 1} {ys[0]} l9 -4.5 v9 z" fill="{colour}" stroke="none"/>')
    size = (edge + lane * (len(imported) + 1) + 10, y + 6)
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" viewBox="0 0 {size[0]} {size[1]}" '
            'font-family="Helvetica, Arial, sans-serif" fill="#111">')
    note = "".join(f'<text x="{left}" y="{18 + 16 * i}" font-size="12" fill="#444">{t}</text>' for i, t in enumerate(
        ("Chapters in reading order. The arrow points to a chapter that others import;",
         "the dots on its line are those that do (dashed: only inside a function).")))
    return "\n".join([head, f'<rect width="{size[0]}" height="{size[1]}" fill="white"/>', note,
                      '<g stroke-width="1.8" fill="none">', *(o for o in out if "<path" in o), "</g>",
                      *(o for o in out if "<path" not in o), "</svg>"]) + "\n"


if __name__ == "__main__": sys.exit((ROOT / "docs" / "chapters.svg").write_text(svg(), encoding="utf-8") and 0)
