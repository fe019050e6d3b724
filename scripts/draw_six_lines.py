"""Draw docs/six_lines.png, the first result that the README shows, by the README's own lines (the cells of nbs/index.ipynb).

    python scripts/draw_six_lines.py
"""
import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
ROOT = Path(__file__).resolve().parents[1]


def shown(cell):
    "Whether a cell of the index is code that readers see."
    return cell["cell_type"] == "code" and not cell["source"][0].startswith("#| hide")


if __name__ == "__main__":
    cells = json.loads((ROOT / "nbs" / "index.ipynb").read_text(encoding="utf-8"))["cells"]
    names = {}
    for cell in filter(shown, cells): exec("".join(cell["source"]), names)
    names["ax"].figure.savefig(ROOT / "docs" / "six_lines.png", dpi=110, bbox_inches="tight")
