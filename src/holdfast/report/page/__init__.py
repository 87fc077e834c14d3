"""The report: one HTML page with everything in it. Each block is a small module; templates only lay out."""

import re
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup, escape

from holdfast.language import current, install
from holdfast.report.page import audience, cohorts, data, experiments, grids, headline, rows, trust
from holdfast.report.page.facts import Facts, Issued, Question, Segments
from holdfast.report.page.rows import customer
from holdfast.report.page.words import day, sentences_of, title

__all__ = ["Facts", "Issued", "Question", "Segments", "asset", "blocks", "customer", "environment", "render"]

_NO_BREAK = "\u00a0"
_MARKS = re.compile(r"(?<=[@._+-])(?=\w)")
_CODE, _PERCENT = re.compile(r"`([^`]+)`"), re.compile(r"(\d)( ?)%")


def render(facts: Facts) -> str:
    """Return the report as one HTML document that asks for nothing from anywhere; same facts, same text.

    It is in the language that is spoken (``holdfast.language.speaking``).
    """
    return str(environment().get_template("page.html").render(**blocks(facts)))


def blocks(facts: Facts) -> dict[str, Any]:
    """Return what the templates of the blocks lay out, by name: plain values, sentences and pictures."""
    return {
        "name": facts.name,
        "as_of": day(facts.as_of),
        "contracts": facts.question.contracts,
        "headline": headline.headline(facts),
        "figures": headline.figures(facts),
        "histogram": audience.histogram(facts),
        "curve": audience.curve(facts),
        "lists": rows.lists(facts),
        "reliability": trust.reliability(facts),
        "gains": trust.gains(facts),
        "season": trust.season(facts),
        "notes": trust.notes(facts),
        "race": trust.race(facts),
        "past_lists": trust.past_lists(facts),
        "monitored": trust.monitored(facts),
        "grids": grids.grids(facts),
        "cohorts": cohorts.cohorts(facts),
        "experiments": experiments.experiments(facts),
        "measurable": experiments.measurable(facts),
        "account": data.account(facts),
        "kpis": data.kpis(facts),
        "written": data.written(facts),
        "limits": data.limits(facts),
    }


def asset(name: str) -> str:
    """Return a file of the page's look: a template, ``style.css`` or ``page.js``."""
    return (files("holdfast.report.page") / "templates" / name).read_text(encoding="utf-8")


@cache
def environment() -> Any:
    """Return the Jinja environment that knows the blocks' templates, their filters and their words."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    made = Environment(
        loader=FunctionLoader(asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"words": words, "title": title, "sentences": sentences_of, "breakable": breakable}
    install(made)
    made.globals["inline"] = lambda name: Markup(asset(name))  # noqa: S704  # ours
    return made


def breakable(text: Any) -> Markup:
    """Return an id or a text of the user's own for HTML, which may break after a mark: an e-mail address behind its @.

    Examples
    --------
    >>> print(breakable("anna.berg@example.org"), breakable("<7>"))
    anna.<wbr>berg@<wbr>example.<wbr>org &lt;7&gt;
    """
    parts = _MARKS.split(str(text))
    return Markup("<wbr>").join(part for part in parts if part)


def words(text: str) -> Markup:
    """Return a sentence for HTML: escaped, what stands between backticks as code, and no line ends before %.

    Files say 14%, the page in English 14 %, as in its figures; no other language is changed.

    Examples
    --------
    >>> print(words("run `holdfast list` <now>"))
    run <code>holdfast list</code> &lt;now&gt;
    >>> words("14% came back") == "14\u00a0% came back"
    True
    """
    tight = _NO_BREAK if current() == "en" else ""
    escaped = _PERCENT.sub(lambda found: f"{found[1]}{_NO_BREAK if found[2] else tight}%", str(escape(text)))
    return Markup(_CODE.sub(_code, escaped))  # noqa: S704  # escaped before


def _code(found: re.Match[str]) -> str:
    """Return a piece of code; an option like -c is never broken behind its hyphen."""
    kept = ' class="keep"' if found[1].startswith("-") and " " not in found[1] else ""
    return f"<code{kept}>{found[1]}</code>"
