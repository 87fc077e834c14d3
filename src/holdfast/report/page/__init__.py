"""The report: one HTML page with everything in it. Each block is a small module; templates only lay out."""

import re
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup, escape

from holdfast.report.page import audience, cohorts, data, experiments, grids, headline, rows, trust
from holdfast.report.page.facts import Facts, Issued, Question, Segments
from holdfast.report.page.words import day, title

__all__ = ["Facts", "Issued", "Question", "Segments", "render"]

_CODE, _PERCENT = re.compile(r"`([^`]+)`"), re.compile(r"(\d) %")


def render(facts: Facts) -> str:
    """Return the report as one HTML document that asks for nothing from anywhere; same facts, same text."""
    return str(_page().render(**_blocks(facts)))


def _blocks(facts: Facts) -> dict[str, Any]:
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
        "race": trust.race(facts),
        "past_lists": trust.past_lists(facts),
        "monitored": trust.monitored(facts),
        "grids": grids.grids(facts),
        "cohorts": cohorts.cohorts(facts),
        "experiments": experiments.experiments(facts),
        "account": data.account(facts),
        "kpis": data.kpis(facts),
        "limits": data.limits(facts),
    }


@cache
def _page() -> Any:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    folder = files("holdfast.report.page") / "templates"
    environment = Environment(
        loader=FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"words": words, "title": title}
    environment.globals["inline"] = lambda name: Markup((folder / name).read_text(encoding="utf-8"))  # noqa: S704  # ours
    return environment.get_template("page.html")


def words(text: str) -> Markup:
    """Return a sentence for HTML: escaped, what stands between backticks as code, and no line ends before %.

    Examples
    --------
    >>> print(words("run `holdfast list` <now>"))
    run <code>holdfast list</code> &lt;now&gt;
    """
    escaped = _PERCENT.sub("\\1\u00a0%", str(escape(text)))
    return Markup(_CODE.sub(r"<code>\1</code>", escaped))  # noqa: S704  # escaped before
