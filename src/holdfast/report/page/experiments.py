"""Block 8: experiments as rows, a metric each; grey for no clear effect, a warning on top of unfair arms."""

from typing import Any

from markupsafe import Markup

from holdfast.report.page.charts import WIDTH, Chart, compact, ticks
from holdfast.report.page.facts import Facts
from holdfast.report.page.words import between, day, number, percent, sentence, signed, title

_HEIGHT = 62


def experiments(facts: Facts) -> list[dict[str, Any]]:
    """Return every measured experiment, newest first: warnings, and a row per metric and arm."""
    return [_one(name, found) for name, found in reversed(facts.measured)]


def change_of(effect: dict[str, Any], *, digits: int) -> tuple[str, str]:
    """Return what an arm changed, a rate in points, and its interval."""
    decisive, factor = decisive_of(effect)
    low, high = (signed(decisive[end] * factor, digits) for end in ("low", "high"))
    return signed(decisive["effect"] * factor, digits, " points" if _is_rate(effect) else ""), between(low, high)


def decisive_of(effect: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """Return the difference that decides, adjusted where it could be, and what it is shown times: rates in per cent."""
    return effect["adjusted"] or effect["difference"], 100.0 if _is_rate(effect) else 1.0


def _is_rate(effect: dict[str, Any]) -> bool:
    return bool(effect["kind"] == "rate")


def _one(name: str, found: dict[str, Any]) -> dict[str, Any]:
    window = f", {day(found['window_start'])} to {day(found['window_end'])}" if found.get("window_start") else ""
    return {
        "name": name,
        "said": f"{number(found['customers'])} customers, everyone counted in the arm assigned{window}.",
        "warnings": [f"{sentence(text)}." for text in found["randomisation"]["problems"]],
        "control": found["control"],
        "rows": [_row(effect, found["control"], _reach(effect, found["effects"])) for effect in found["effects"]],
    }


def _row(effect: dict[str, Any], control: str, reach: float) -> dict[str, Any]:
    rate = _is_rate(effect)
    decisive, factor = decisive_of(effect)
    change, interval = change_of(effect, digits=2 if rate else 3)
    clear = bool(effect["significant"])
    better = decisive["effect"] > 0
    return {
        "metric": title(effect["outcome"]),
        "arm": effect["arm"],
        "control": _level(effect["control_mean"], rate),
        "treated": _level(effect["mean"], rate),
        "change": change,
        "interval": interval,
        "lift": _lift(effect["lift"]),
        "verdict": ("more" if better else "less") if clear else "no clear effect",
        "kind": ("up" if better else "down") if clear else "unclear",
        "picture": _picture(effect, decisive, factor, control, reach),
    }


def _level(value: float, rate: bool) -> str:
    return percent(value, 2) if rate else number(value, 3)


def _lift(lift: dict[str, Any] | None) -> str:
    if lift is None or lift["low"] is None:
        return "–"
    return f"{signed(lift['effect'] * 100, 1)} % ({signed(lift['low'] * 100, 1)} to {signed(lift['high'] * 100, 1)})"


def _reach(effect: dict[str, Any], others: list[dict[str, Any]]) -> float:
    """Return how far the ranges of one metric reach from 0: its arms are drawn to one scale."""
    mine = [decisive_of(e)[0] for e in others if e["outcome"] == effect["outcome"]]
    return max((abs(float(e[end] or 0.0)) for e in mine for end in ("low", "high")), default=0.0) or 1.0


def _picture(effect: dict[str, Any], decisive: dict[str, Any], factor: float, control: str, reach: float) -> Markup:
    """Return the interval as a bar around the effect, with 0 as a line."""
    low, high, middle = (float(decisive[k] or 0.0) * factor for k in ("low", "high", "effect"))
    reach = reach * factor * 1.1
    said = f"{signed(middle, 3)}, {signed(low, 3)} to {signed(high, 3)}"
    words = f"{effect['outcome']}, {effect['arm']} against {control}: {said}"
    chart = Chart(words, (-reach, reach), (0.0, 1.0), height=_HEIGHT, left=12)
    kind = "up" if low > 0 else "down" if high < 0 else "unclear"
    chart.box(chart.at_x(low), 8, chart.at_x(high) - chart.at_x(low), 18, f"range {kind}")
    chart.line(chart.at_x(0), 2, chart.at_x(0), 34, "zero")
    chart.line(chart.at_x(middle), 5, chart.at_x(middle), 29, "marker")
    for value in ticks(-reach, reach, 5):
        chart.text(min(max(chart.at_x(value), 24), WIDTH - 26), 52, compact(value))
    return chart.svg(kind="interval")
