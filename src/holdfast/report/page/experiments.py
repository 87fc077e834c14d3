"""Block 8: experiments as rows, a metric each; grey for no clear effect, a warning on top of unfair arms."""

from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from holdfast.experiments.effects import LEVEL
from holdfast.language import N_, compact, retold
from holdfast.language import gettext as _
from holdfast.lists.contact import LEAST_HELD_BACK
from holdfast.report.page.charts import WIDTH, Chart, ticks
from holdfast.report.page.facts import Facts
from holdfast.report.page.words import (
    arm,
    between,
    day,
    list_title,
    money,
    number,
    percent,
    sentence,
    sentences_of,
    signed,
    title,
)
from holdfast.wording import decimals

_HEIGHT = 62
_MOST_READY = 20
_MONEY = ("revenue", "margin_net")


def experiments(facts: Facts) -> list[dict[str, Any]]:
    """Return every measured experiment, newest first: warnings, and a row per metric and arm."""
    return [_one(facts, name, found) for name, found in reversed(facts.measured)]


def measurable(facts: Facts) -> list[dict[str, str]]:
    """Return the lists whose window is over by now and that nobody has measured yet, newest first."""
    last, days = facts.account.get("last_day"), facts.question.churn_days
    if facts.question.contracts or not last or not days:
        return []
    until = date.fromisoformat(str(last)) + timedelta(days=1)
    ready = [
        one
        for one in reversed(facts.issued)
        if one.folder not in facts.experiments
        and one.record["account"]["control"] >= LEAST_HELD_BACK
        and date.fromisoformat(one.record["known_until"]) + timedelta(days=days) <= until
    ]
    return [{"name": titled(facts, one.folder), "folder": one.folder} for one in ready[:_MOST_READY]]


def titled(facts: Facts, name: str) -> str:
    """Return what an experiment is called: that of a list by the list and its day, any other by its own name."""
    record = next((one.record for one in facts.issued if one.folder == name), None)
    return name if record is None else f"{list_title(record['list'], name)}, {day(record['as_of'])}"


def doubts(found: dict[str, Any]) -> list[str]:
    """Return why what an experiment seems to show is not to be trusted; empty: nothing speaks against it."""
    problems = [retold(text) for text in found["randomisation"]["problems"]]
    if differing := (found.get("others") or {}).get("differing"):
        said = N_("the arms differ in {columns}: either the treatment changed that, or they were never alike")
        problems.append(_(said, columns=", ".join(differing)))
    if (unit := found.get("unit") or {}).get("verdict_withheld"):
        said = N_("how sure the changes are is not known before rows with the same {column} are counted together")
        problems.append(_(said, column=unit["column"]))
    return problems


def change_of(effect: dict[str, Any], *, points: int = 1) -> tuple[str, str]:
    """Return what an arm changed, a rate in points with so many decimals, and its interval."""
    decisive, factor = decisive_of(effect)
    digits = points if _is_rate(effect) else _digits(effect)
    low, high = (signed(decisive[end] * factor, digits) for end in ("low", "high"))
    change = signed(decisive["effect"] * factor, digits)
    return _("{change} points", change=change) if _is_rate(effect) else change, between(low, high)


def decisive_of(effect: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """Return the difference that decides, adjusted where it could be, and what it is shown times: rates in per cent."""
    return effect["adjusted"] or effect["difference"], 100.0 if _is_rate(effect) else 1.0


def _is_rate(effect: dict[str, Any]) -> bool:
    return bool(effect["kind"] == "rate")


def _one(facts: Facts, name: str, found: dict[str, Any]) -> dict[str, Any]:
    said = N_("{customers} customers, everyone counted in the arm assigned.")
    span = {}
    if found.get("window_start"):
        said = N_("{customers} customers, everyone counted in the arm assigned, {first} to {last}.")
        span = {"first": day(found["window_start"]), "last": day(found["window_end"])}
    return {
        "name": titled(facts, name),
        "said": sentences_of([_(said, customers=number(found["customers"]), **span), *_adjusted(found)]),
        "warnings": [_("{problem}.", problem=sentence(text)) for text in doubts(found)],
        "control": arm(found["control"]),
        "rows": [
            _row(
                effect,
                found["control"],
                _reach(effect, found["effects"]),
                suspected=bool(doubts(found)),
                # A table of one's own says nothing of its units.
                currency=facts.question.currency if found.get("list") else "",
            )
            for effect in found["effects"]
        ],
    }


def _adjusted(found: dict[str, Any]) -> list[str]:
    said = N_(
        "Changes allow for what customers did before: “with it” is the control group's average plus the change, and "
        "below it stands what was observed, without that allowance."
    )
    return [_(said)] if any(effect["adjusted"] for effect in found["effects"]) else []


def is_clear(effect: dict[str, Any], p_holm: float | None = None) -> bool:
    """Say whether an effect is significant, after Holm's correction for those that are told with it, too."""
    return bool(effect["significant"]) and (effect["p_holm"] if p_holm is None else p_holm) < 1 - LEVEL


def verdict_of(effect: dict[str, Any], p_holm: float | None = None) -> str:
    """Return in a sentence what an arm changed; ``p_holm``: its p-value among all that are told together."""
    change, interval = change_of(effect)
    said = N_("{outcome}: no clear effect, {change} ({range})")
    if is_clear(effect, p_holm):
        said = N_("{outcome}: {change} ({range})")
    elif effect["significant"]:
        said = N_("{outcome}: no clear effect among as many as were looked at (Holm), {change} ({range})")
    return _(said, outcome=title(effect["outcome"]), change=change, range=interval)


def _row(effect: dict[str, Any], control: str, reach: float, *, suspected: bool, currency: str = "") -> dict[str, Any]:
    decisive, factor = decisive_of(effect)
    change, interval = change_of(effect, points=2)
    treated, unit = float(effect["mean"]), currency if effect["outcome"] in _MONEY else ""
    observed = ""
    if effect["adjusted"]:
        # Beside the change the bare average could say the opposite of it.
        observed = _("{level} observed", level=_level(treated, effect, unit))
        treated = float(effect["control_mean"]) + float(decisive["effect"])
    clear = is_clear(effect) and not suspected
    better = decisive["effect"] > 0
    return {
        "metric": title(effect["outcome"]),
        "arm": arm(effect["arm"]),
        "control": _level(effect["control_mean"], effect, unit),
        "treated": _level(treated, effect, unit),
        "observed": observed,
        "change": change,
        "interval": interval,
        # The lift is that of the averages: beside an adjusted change it may even have the other sign.
        "lift": "–" if effect["adjusted"] else _lift(effect["lift"]),
        "verdict": _verdict(clear, better=better, suspected=suspected),
        "kind": ("up" if better else "down") if clear else "unclear",
        "picture": _picture(effect, decisive, factor, control, reach),
    }


def _verdict(clear: bool, *, better: bool, suspected: bool) -> str:
    if suspected:
        return _(N_("no verdict: the assignment is suspected"))
    return _(N_("more") if better else N_("less")) if clear else _("no clear effect")


def _level(value: float, effect: dict[str, Any], currency: str) -> str:
    return percent(value, 2) if _is_rate(effect) else money(value, currency, _digits(effect))


def _digits(effect: dict[str, Any]) -> int:
    """Return how many decimals the figures of an outcome's row share."""
    decisive, __ = decisive_of(effect)
    levels = (effect.get("control_mean"), effect.get("mean"))
    return decimals([*levels, *(decisive[end] for end in ("effect", "low", "high"))])


def _lift(lift: dict[str, Any] | None) -> str:
    if lift is None or lift["low"] is None:
        return "–"
    return _("{effect} % ({low} to {high})", **{k: signed(lift[k] * 100, 1) for k in ("effect", "low", "high")})


def _reach(effect: dict[str, Any], others: list[dict[str, Any]]) -> float:
    """Return how far the ranges of one metric reach from 0: its arms are drawn to one scale."""
    mine = [decisive_of(e)[0] for e in others if e["outcome"] == effect["outcome"]]
    return max((abs(float(e[end] or 0.0)) for e in mine for end in ("low", "high")), default=0.0) or 1.0


def _picture(effect: dict[str, Any], decisive: dict[str, Any], factor: float, control: str, reach: float) -> Markup:
    """Return the interval as a bar around the effect, with 0 as a line."""
    low, high, middle = (float(decisive[k] or 0.0) * factor for k in ("low", "high", "effect"))
    reach = reach * factor * 1.1
    words = _(
        "{outcome}, {arm} against {control}: {effect}, {low} to {high}",
        outcome=title(effect["outcome"]),
        arm=arm(effect["arm"]),
        control=arm(control),
        **{
            name: signed(value, 2 if _is_rate(effect) else _digits(effect))
            for name, value in (("effect", middle), ("low", low), ("high", high))
        },
    )
    chart = Chart(words, (-reach, reach), (0.0, 1.0), height=_HEIGHT, left=12)
    kind = "up" if low > 0 else "down" if high < 0 else "unclear"
    chart.box(chart.at_x(low), 8, chart.at_x(high) - chart.at_x(low), 18, f"range {kind}")
    chart.line(chart.at_x(0), 2, chart.at_x(0), 34, "zero")
    chart.line(chart.at_x(middle), 5, chart.at_x(middle), 29, "marker")
    for value in ticks(-reach, reach, 5):
        chart.text(min(max(chart.at_x(value), 24), WIDTH - 26), 52, compact(value))
    return chart.svg(kind="interval")
