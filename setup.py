from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

cfg = ConfigParser(delimiters=["="])
cfg.read("settings.ini", encoding="utf-8")
cfg = cfg["DEFAULT"]

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
    python_requires=">=" + cfg["min_python"],
    packages=find_packages(include=["plrnn_manifolds*"]),
    include_package_data=True,
    package_data={"plrnn_manifolds": ["pretrained/*.npz", "data/*.npz", "notebooks/*.ipynb"]},
    install_requires=cfg["requirements"].split(),
    extras_require={"train": cfg["train_requirements"].split(),
                    "dev": (cfg["train_requirements"] + " " + cfg["dev_requirements"]).split()},
    entry_points={"console_scripts": ["plrnn-manifolds = plrnn_manifolds.cli:main"]},
)
