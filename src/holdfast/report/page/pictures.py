"""The report's pictures as files of their own, for those who compare trainings: SVG that opens anywhere."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from holdfast.report.page import trust
from holdfast.report.page.charts import Chart, ticks
from holdfast.report.page.facts import Facts, Question
from holdfast.report.page.words import day

_TIMES = 2  # as large as in the report
_ROW, _NAMES = 20, 130  # height of a contender's row, width of the names at the left
_ANY = Question(False, "", "", "", None, 0, "", 1.0, 0.0)  # these pictures ask nothing of it


def pictures(held_out: Mapping[str, Any], race: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the pictures that a training can fill, as SVG by name.

    Parameters
    ----------
    held_out
        Figures of the held-out test: gives ``reliability`` (promised against happened) and ``gains``.
    race
        ``Contest.as_dict()``: gives ``race``, the log loss of every contender in the newest window.

    Examples
    --------
    >>> bins = [
    ...     {"customers": 50, "mean_p": 0.2, "churn_rate": 0.18},
    ...     {"customers": 50, "mean_p": 0.7, "churn_rate": 0.74},
    ... ]
    >>> sorted(pictures({"reliability": bins}, race=None))
    ['reliability']
    """
    facts = Facts("", "", _ANY, metrics={"held_out": dict(held_out)})
    drawn = {
        "reliability": trust.reliability(facts)["chart"],
        "gains": trust.gains(facts)["chart"],
        "race": _race(race or {}),
    }
    return {name: _alone(svg) for name, svg in drawn.items() if svg}


def _race(race: Mapping[str, Any]) -> Markup:
    """Draw each contender's log loss in the newest window; the line is the one that serves."""
    windows = [w for w in race.get("windows", ()) if w["churn"]]
    if not windows:
        return Markup()
    losses = {row["contender"]: float(row["log_loss"]) for row in windows[0]["churn"]}
    serves = race["churn"]["name"]
    low, high = min(losses.values()), max(losses.values())
    room = (high - low or high or 1.0) * 0.1
    chart = Chart(
        f"Log loss of every contender in the window from {day(windows[0]['cutoff'])}; less is better",
        (low - room, high + room),
        (0.0, 1.0),
        height=_ROW * len(losses) + 60,
        left=_NAMES,
    )
    if serves in losses:
        x = chart.at_x(losses[serves])
        chart.line(x, 10, x, chart.height - 38, "zero")
    for place, (name, loss) in enumerate(sorted(losses.items(), key=lambda item: item[1])):
        y = 20.0 + place * _ROW
        x = chart.at_x(loss)
        chart.text(_NAMES - 8, y + 4, f"{name} (serves)" if name == serves else name, anchor="end")
        chart.line(chart.at_x(low - room), y, x, y, "grid")
        chart.add(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" class="dot"><title>{loss:.4f}</title></circle>')
    chart.axis_x([(t, f"{t:.3f}") for t in ticks(low - room, high + room)], "log loss: less is better")
    return chart.svg()


def _alone(svg: Markup) -> str:
    """Return a picture with the style that it has in the report, as a file of its own.

    An image viewer takes its size from the attributes: without them, or with a style that gives another, it shows none.
    """
    style = (files("holdfast.report.page") / "templates" / "style.css").read_text(encoding="utf-8")
    width, height = (int(n) * _TIMES for n in svg.partition('viewBox="0 0 ')[2].partition('"')[0].split())
    style += f"svg.chart {{ width: {width}px; height: {height}px; background: var(--paper); }}"
    head, rest = str(svg).split(">", 1)
    sized = f'{head} xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
    return f"{sized}<style><![CDATA[{style}]]></style>{rest}\n"
