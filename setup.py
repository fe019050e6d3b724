import shutil
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

cfg = ConfigParser(delimiters=["="])
cfg.read("settings.ini", encoding="utf-8")
cfg = cfg["DEFAULT"]


class BuildWithNotebooks(build_py):
    "Copy the experiment notebooks, which live in nbs/experiments, into the wheel, where the command line finds them."

    def run(self):
        super().run()
        if getattr(self, "editable_mode", False): return        # a checkout has them already
        target = Path(self.build_lib, "plrnn_manifolds", "notebooks")
        target.mkdir(parents=True, exist_ok=True)
        for path in sorted(Path("nbs", "experiments").glob("*.ipynb")): shutil.copy(path, target)


setup(
    name=cfg["lib_name"],
    version=cfg["version"],
    description=cfg["description"],
    long_description=Path("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    url=cfg["git_url"],
    author=cfg["author"],
    license="MIT",
    keywords=cfg["keywords"],
    classifiers=["Intended Audience :: Science/Research", "Topic :: Scientific/Engineering :: Mathematics",
                 *(f"Programming Language :: Python :: 3.{k}" for k in range(10, 14))],
    project_urls={"Documentation": cfg["doc_host"] + cfg["doc_baseurl"], "Changes": cfg["git_url"] + "/blob/main/CHANGELOG.md"},
    python_requires=">=" + cfg["min_python"],
    packages=find_packages(include=["plrnn_manifolds*"]),
    package_data={"plrnn_manifolds": ["py.typed", "pretrained/*", "data/*"]},
    install_requires=cfg["requirements"].split(),
    extras_require={"train": cfg["train_requirements"].split(),
                    "interactive": cfg["interactive_requirements"].split(),
                    "recordings": cfg["recordings_requirements"].split(),
                    "docs": cfg["docs_requirements"].split(),
                    "dev": (cfg["train_requirements"] + " " + cfg["dev_requirements"]).split()},
    entry_points={"console_scripts": ["plrnn-manifolds = plrnn_manifolds.tools.cli:main"]},
    cmdclass={"build_py": BuildWithNotebooks},
)
