"The package as users get it: names, imports without torch, the wheel, and what must not be in the repository."
import importlib
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import in_step
import pytest

ROOT = Path(__file__).parents[1]
# These need the extra `train`; the rest is the numpy core.
TORCH_MODULES = {"torch_networks", "training", "seeds", "gradient", "regularizer", "importers"}
NAMES = """ReLUMap Cycle find_cycles inverse preimages invertibility stable_manifold unstable_manifold line_hits
    delta_sigma manifold_quality find_homoclinic certify basin_labels boundary_distance load_checkpoint max_lyapunov
    bifurcation_diagram""".split()
METHODS = """from_plrnn from_shplrnn from_alrnn from_dendplrnn from_relu_rnn load region jacobian offset trajectory save
    dim n_relu""".split()


@pytest.mark.parametrize("name", NAMES)
def test_public_name(name):
    "Importable from the package, and a function or class: `inverse` must not be the module of that name."
    assert callable(getattr(importlib.import_module("plrnn_manifolds"), name))


def test_constructors_and_methods():
    from plrnn_manifolds import ReLUMap
    assert [n for n in METHODS if not hasattr(ReLUMap, n)] == []


WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in ('torch', 'numba', 'plotly'): raise ImportError(f'{name} is not installed')
sys.meta_path.insert(0, Missing())
import importlib
for name in sys.argv[1:]: importlib.import_module(name)
import plrnn_manifolds
print([n for n in %r if not hasattr(plrnn_manifolds, n)])
""" % NAMES


def test_core_imports_without_torch_and_numba(tmp_path):
    modules = [".".join(p.relative_to(ROOT).with_suffix("").parts) for p in sorted((ROOT / "plrnn_manifolds").glob("*/*.py"))
               if p.stem not in TORCH_MODULES and not p.stem.startswith("_")]
    assert "plrnn_manifolds.maps.model" in modules
    done = subprocess.run([sys.executable, "-c", WITHOUT, *modules], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr.strip().splitlines()[-1]
    assert done.stdout.strip() == "[]"


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    "The source distribution, built from a copy of the tree and unpacked."
    tree, out = (tmp_path_factory.mktemp(n) for n in ("tree", "sdist"))
    in_step.copy_tree(tree)
    build = [sys.executable, "-c", "import sys; from setuptools.build_meta import build_sdist; build_sdist(sys.argv[1])", out]
    done = subprocess.run(build, cwd=tree, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    with tarfile.open(next(out.glob("*.tar.gz"))) as t: t.extractall(out, filter="data")
    return next(p for p in out.iterdir() if p.is_dir())


@pytest.fixture(scope="module")
def site(sdist, tmp_path_factory):
    "The wheel, built from the source distribution and unpacked: what `pip install` puts into site-packages."
    wheels, site = (tmp_path_factory.mktemp(n) for n in ("wheels", "site"))
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", wheels, "."]
    done = subprocess.run(build, cwd=sdist, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    with zipfile.ZipFile(next(wheels.glob("*.whl"))) as z: z.extractall(site)
    return site


def names_in(folder, pattern): return {str(p.relative_to(folder)) for p in folder.glob(pattern)}


def test_wheel_has_everything(site):
    package = site / "plrnn_manifolds"
    assert names_in(package, "**/*.py") == names_in(ROOT / "plrnn_manifolds", "**/*.py")
    assert names_in(package / "notebooks", "*.ipynb") == names_in(ROOT / "nbs" / "experiments", "*.ipynb") != set()
    for folder in ("pretrained", "data"):
        assert names_in(package / folder, "*.npz") == names_in(ROOT / "plrnn_manifolds" / folder, "*.npz")
    assert "duffing.npz" in names_in(package / "pretrained", "*.npz")
    assert not names_in(site, "tests") and not names_in(site, "nbs")


def test_wheel_works_away_from_the_checkout(site, tmp_path):
    "The command line finds the packaged notebooks, and the embedded network loads."
    code = """if True:
        import sys
        from pathlib import Path
        import plrnn_manifolds
        from plrnn_manifolds import load_checkpoint
        from plrnn_manifolds.tools.cli import experiments
        package = Path(plrnn_manifolds.__file__).parent
        assert package == Path(sys.argv[1], 'plrnn_manifolds'), package
        print(load_checkpoint(package / 'pretrained' / 'duffing.npz').dim, *experiments())"""
    done = subprocess.run([sys.executable, "-c", code, site], cwd=tmp_path, env=dict(os.environ, PYTHONPATH=str(site)),
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == ["2", *sorted(p.stem for p in (ROOT / "nbs" / "experiments").glob("*.ipynb"))]


def texts():
    "Name and text of every text file of the project."
    for name in in_step.project_files():
        data = (ROOT / name).read_bytes()
        if b"\0" not in data: yield name, data.decode("utf-8")


def test_no_absolute_paths():
    path = re.compile(r"(?<![\w.:/~\-])(/(home|work|root|Users|tmp|mnt|opt|media)/\w|[A-Z]:\\\\?Users)")
    assert [(n, m[0]) for n, text in texts() for m in [path.search(text)] if m] == []


def test_no_outputs_in_notebooks(): assert in_step.with_outputs(ROOT) == []


def test_version_is_one():
    import plrnn_manifolds
    version = re.search(r"^version *= *(\S+)", (ROOT / "settings.ini").read_text(), re.M)[1]
    assert plrnn_manifolds.__version__ == version
    assert f"version: {version}" in (ROOT / "CITATION.cff").read_text()
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()


def test_versions_of_python_are_the_same_everywhere():
    "settings.ini, the classifiers, CI's matrix and the badge name the same versions."
    text = lambda name: (ROOT / name).read_text(encoding="utf-8")
    low = re.search(r"^min_python *= *3\.(\d+)", text("settings.ini"), re.M)[1]
    first, stop = re.search(r"for k in range\((\d+), (\d+)\)", text("setup.py")).groups()
    badge = re.search(r"<title>(.*)</title>", text("docs/badges/python.svg"))[1]
    assert low == first and badge == f"python: 3.{first} to 3.{int(stop) - 1}"
    tried = {int(k) for k in re.findall(r'"3\.(\d+)"', text(".github/workflows/ci.yml"))}
    assert tried == set(range(int(first), int(stop)))


def test_extras_are_pinned():
    "Every package that an extra of settings.ini names has its version in constraints.txt; those of recordings are optional readers."
    pinned = {re.split("==", line)[0].lower() for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    for extra in ("train", "interactive", "dev", "docs"):
        line = re.search(rf"^{extra}_requirements *= *(.*)", (ROOT / "settings.ini").read_text(), re.M)[1]
        asked = {re.split("[=<>]", name)[0].lower() for name in line.split()}
        assert {n.replace("-", "_") for n in asked} <= {n.replace("-", "_") for n in pinned}, asked


def test_readme_is_short():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text[:text.index("<!-- table of results: begin")].split()) < 500
