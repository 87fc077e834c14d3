"""The documentation as pages to click through: `make docs-site` builds it, warnings are errors, nothing is fetched."""

import re
from datetime import date
from inspect import isclass
from pathlib import Path
from typing import Any

from docs.public import MODULES, public

import holdfast

project = "Holdfast"
release = holdfast.__version__
html_title = f"Holdfast {release}"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
html_theme = "furo"
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
html_last_updated_fmt = None
today = date(2024, 1, 1).isoformat()  # the same sources give the same pages
myst_heading_anchors = 3
napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_typehints = "none"
autodoc_member_order = "groupwise"
add_module_names = False
toc_object_entries = False

_PYTHON = "reference/python/"


def _with_members(_app: Any, docname: str, source: list[str]) -> None:
    """Add what the docstrings say to the pages of Python modules, which list the names only."""
    place = docname.removeprefix(_PYTHON)
    if docname.startswith(_PYTHON) and place in MODULES:
        # The front door hands on what other modules hold: it is indexed there.
        again = "   :no-index:\n" if place == "holdfast" else ""
        told = "\n".join(
            f".. autoclass:: {place}.{name}\n   :members:\n{again}"
            if isclass(thing)
            else f".. autofunction:: {place}.{name}\n{again}"
            for at, name, thing in public()
            if at == place
        )
        source[0] += f"\n## In full\n\n```{{eval-rst}}\n{told}\n```\n"


def _to_project(_app: Any, docname: str, source: list[str]) -> None:
    """Name files of the project that are no pages, instead of linking to them: a site has no such files."""
    folder = Path(__file__).parent / Path(docname).parent

    def shown(match: re.Match[str]) -> str:
        text, target = match[1], match[2].partition("#")[0]
        outside = not (folder / target).resolve().is_relative_to(Path(__file__).parent)
        return text if outside and "://" not in target and target else match[0]

    source[0] = re.sub(r"\[([^\]]+)\]\(([^)]+)\)", shown, source[0])


def setup(app: Any) -> None:
    """Register what is done to pages before they are read."""
    app.connect("source-read", _with_members)
    app.connect("source-read", _to_project)
