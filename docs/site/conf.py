"Configuration of the documentation site; `scripts/build_site.py` puts the pages beside a copy of this file."
import inspect
import re
from importlib.util import find_spec

import plrnn_manifolds

project = "plrnn_manifolds"
author = copyright = "plrnn_manifolds contributors"
release = version = plrnn_manifolds.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "sphinx_design", "sphinx_copybutton"]
html_theme = "furo"
html_title = "plrnn_manifolds"
# pictures of formulas, from a package: a page opened from disk loads no fonts, and nothing comes from elsewhere
html_static_path = ["_static", *(f"{p}/static" for p in find_spec("sphinx-mathjax-offline").submodule_search_locations)]
mathjax_path = "mathjax/tex-svg.js"
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_show_search_summary = False                        # a page opened from disk may not read others
html_theme_options = dict(source_repository="https://github.com/plrnn-manifolds/plrnn_manifolds", source_branch="main", source_directory="nbs/")
exclude_patterns = ["conf.py"]

nb_execution_mode = "off"
nb_merge_streams = True
nb_output_stderr = "remove"
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "attrs_inline"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "none"
add_module_names = False


def as_written(app, what, name, obj, options, lines):
    "Docstrings are shown as `help` shows them: they are written as text, with columns, and not in a markup."
    if lines and what != "module": lines[:] = [".. code-block:: text", "", *("   " + line for line in lines), ""]
    elif what == "module": lines[:] = [re.sub(r"([*_`|\\])", r"\\\1", line) for line in lines]


def undocumented(app, what, name, obj, skip, options):
    "Members of a class without a word of their own are left out."
    return True if what == "class" and not inspect.getdoc(obj) else skip


def setup(app):
    app.connect("autodoc-process-docstring", as_written)
    app.connect("autodoc-skip-member", undocumented)
