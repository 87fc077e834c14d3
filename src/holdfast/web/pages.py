"""Pages: values → HTML; templates lay out, the report's blocks among them."""

from functools import cache
from importlib.resources import files
from math import isfinite
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
from markupsafe import Markup, escape
from starlette.responses import Response

from holdfast.language import gettext as _
from holdfast.language import retold
from holdfast.lists.spreadsheet import digits
from holdfast.report.page import asset, environment
from holdfast.report.page.rows import NEXT_TO_CERTAIN
from holdfast.report.page.words import MISSING, day, list_title, number, percent, title
from holdfast.web.view import Field
from holdfast.web.words import share, task, value_of

_OWN = "web/"


def html(template: str, status: int = 200, **given: Any) -> Response:
    """Return a page."""
    text = _environment().get_template(f"{_OWN}{template}.html").render(**given)
    return Response(text, status, media_type="text/html")


def error_page(status: int, sentence: str) -> Response:
    """Return a page that says why there is none; it tells nothing of the scenario."""
    return html("error", status, sentence=sentence, title=_("This cannot be shown"))


def login_page(token: str, back: str, problem: str = "") -> Response:
    """Return the form that asks for the password; ``back`` is where one wanted to go."""
    answer = html("login", 401, token=token, back=back, problem=problem, title=_("Log in"))
    answer.headers["www-authenticate"] = 'Form realm="Holdfast"'
    return answer


@cache
def static(name: str) -> tuple[str, str] | None:
    """Return (text, media type) of a file of the page's look; ``None`` where there is none of this name."""
    own = {"web.css": "text/css"}
    if name in own:
        return (files("holdfast.web") / "static" / name).read_text(encoding="utf-8"), own[name]
    shared = {"style.css": "text/css", "page.js": "text/javascript"}
    return (asset(name), shared[name]) if name in shared else None


def cell(field: Field, value: Any) -> str:
    """Return a cell of a table as a person reads it: rounded as in files, shares and probabilities in per cent.

    Examples
    --------
    >>> cell(Field("p_churn_90d", "number"), 0.61249), cell(Field("eligible", "flag"), True)
    ('61.2 %', 'yes')
    >>> cell(Field("value_at_risk_90d", "number"), 1234.5), cell(Field("rank", "whole"), 1234)
    ('1,234.50', '1,234')
    """
    if value is None or value is pd.NaT or (isinstance(value, float) and not isfinite(value)) or value == "":
        return MISSING
    if field.kind == "flag":
        return value_of(field, "yes" if value else "no")
    if field.kind == "whole":
        return number(float(value))
    if field.kind != "number":
        return value_of(field, str(value))
    if field.name == "p_alive" and value >= NEXT_TO_CERTAIN:
        return MISSING
    if field.in_per_cent:
        return percent(float(value), digits(field.name) - 2)
    return number(float(value), digits(field.name))


def customer_address(who: str) -> str:
    """Return the address of a customer's page: the id may hold anything, so it is a parameter.

    Examples
    --------
    >>> customer_address("a&b/c")
    '/customer?id=a%26b%2Fc'
    """
    return f"/customer?id={quote(who, safe='')}"


def markdown(text: str) -> Markup:
    """Return Markdown as HTML, its headings below those of the page; HTML within it stays text, a wide table scrolls.

    Examples
    --------
    >>> print(markdown("# A <b>card</b>"))
    <h3>A &lt;b&gt;card&lt;/b&gt;</h3>
    <BLANKLINE>
    """
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["link", "image", "autolink"])
    tokens = reader.parse(text)
    heading = ""
    for place, token in enumerate(tokens):
        if token.type.startswith("heading_"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
            heading = heading if token.nesting < 0 else tokens[place + 1].content
        elif token.type == "table_open":
            token.meta["label"] = heading
    reader.add_render_rule("table_open", _wide)
    reader.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return Markup(reader.renderer.render(tokens, reader.options, {}))  # noqa: S704  # the reader escapes what is no Markdown


def _wide(_renderer: Any, tokens: Any, at: int, *_: Any) -> str:
    """Return the beginning of a table that scrolls on its own, named by the heading above it."""
    label = escape(tokens[at].meta["label"])
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table>\n'


@cache
def _environment() -> Any:
    from jinja2 import ChoiceLoader, FunctionLoader

    shared = environment()
    made = shared.overlay(loader=ChoiceLoader([FunctionLoader(_template), shared.loader]))
    made.filters |= {"day": day, "customer": customer_address, "count": _counted, "heading": title, "retold": retold}
    made.filters |= {"share": share, "task": task, "value": value_of}
    made.filters |= {"list_title": list_title, "folder": _folder}
    made.globals["cell"] = cell
    return made


def _folder(path: str) -> str:
    """Return the name of a folder, as an address has it."""
    return quote(Path(path).name)


def _counted(count: float | str) -> str:
    """Return a number as people read it; a text is one already."""
    return count if isinstance(count, str) else number(count)


def _template(name: str) -> str | None:
    if not name.startswith(_OWN):
        return None
    return (files("holdfast.web") / "templates" / name.removeprefix(_OWN)).read_text(encoding="utf-8")
