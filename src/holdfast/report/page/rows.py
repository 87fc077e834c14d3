"""Block 4: the first rows of each list, each with what a person asks next about that customer."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from holdfast.columns.plain import plain
from holdfast.lists.contact import BEYOND, CONTROL, LISTED, NOT_WORTH
from holdfast.report.page.charts import WIDTH, Chart
from holdfast.report.page.facts import Facts
from holdfast.report.page.words import between, day, label, money, number, percent, title
from holdfast.wording import counted

_ORDERS = ("rank", "customer_id")
_STATUS = {
    LISTED: "contact",
    CONTROL: "held back as control",
    NOT_WORTH: "not worth contacting",
    BEYOND: "beyond the budget or capacity",
}
_TIMELINE = 150
_WIDEST = 640  # so many places a tick can have


def lists(facts: Facts) -> list[dict[str, Any]]:
    """Return each list: who is on it, how many, its columns, and its first rows."""
    decided = {one.record["list"]: one for one in facts.current}
    return [
        {
            "name": title(name),
            "id": name.replace("_", "-"),
            "who": facts.who.get(name, ""),
            "size": facts.sizes[name],
            "columns": _columns(facts, name, table),
            "rows": [_row(facts, name, table, row, decided) for row in table.to_dict("records")],
            "decided": name in decided,
        }
        for name, table in facts.lists.items()
    ]


def _columns(facts: Facts, name: str, table: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the columns a row shows beside rank, id and reason: (name in the file, words)."""
    first = facts.question.value if name == "high_value" else facts.question.at_risk
    names = [facts.question.p_churn, *([first] if first != facts.question.p_churn else [])]
    return [(c, label(c)) for c in (*_shown(table), *names) if c in table]


def _shown(table: pd.DataFrame) -> list[str]:
    """Return the columns of ``lists.show``: they stand between the id and the risk."""
    names = [str(c) for c in table.columns]
    start = names.index("customer_id") + 1
    end = next((i for i, c in enumerate(names) if i >= start and c.startswith(("p_churn", "clv_"))), start)
    return names[start:end]


def _row(facts: Facts, name: str, table: pd.DataFrame, row: dict[Any, Any], decided: dict[str, Any]) -> dict[str, Any]:
    who = str(row["customer_id"])
    return {
        "rank": row["rank"],
        "customer": who,
        "cells": [_cell(facts, column, row[column]) for column, _ in _columns(facts, name, table)],
        "reasons": _reasons(row),
        "decision": _decision(facts, decided.get(name), who),
        "picture": timeline(facts, who),
        "facts": _facts(facts, who, row),
        "past": past(facts, who),
    }


def _reasons(row: dict[Any, Any]) -> list[str]:
    return [str(row[c]) for c in ("reason_1", "reason_2", "reason_3") if row.get(c) and pd.notna(row[c])]


def customer(facts: Facts, who: str) -> dict[str, Any]:
    """Return all that is known of one customer, whose rows alone ``facts`` hold: timeline, forecast, lists.

    Each list they are ``on`` has its name, ``id``, ``rank``, ``reasons`` and ``decision``.
    """
    decided = {one.record["list"]: one for one in facts.current}
    on = [(name, row) for name, table in facts.lists.items() for row in table.to_dict("records")]
    known: dict[Any, Any] = {}
    for _, row in on:
        known = {**row, **known}
    return {
        "customer": who,
        "picture": timeline(facts, who),
        "facts": _facts(facts, who, known),
        "past": past(facts, who),
        "on": [
            {
                "name": title(name),
                "id": name,
                "rank": row["rank"],
                "reasons": _reasons(row),
                "decision": _decision(facts, decided.get(name), who),
            }
            for name, row in on
        ],
    }


def _cell(facts: Facts, column: str, value: Any) -> str:
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return "–"
    if column.startswith("p_"):
        return percent(float(value), 1)
    if isinstance(value, float):
        in_money = column.startswith(("value_", "clv_"))
        return money(value, facts.question.currency, 2) if in_money else number(value, 2)
    return str(value)


def _decision(facts: Facts, made: Any, who: str) -> str:
    if made is None:
        return ""
    mine = made.decisions[made.decisions["customer_id"] == who]
    if mine.empty:
        return ""
    status, treatment = str(mine["status"].iloc[0]), str(mine["treatment"].iloc[0])
    profit = float(mine["expected_profit"].iloc[0])
    said = _STATUS.get(status, f"not to contact: {status}")
    if status == LISTED and made.record["treatments"]:
        return f"{said}: {treatment}, expected profit {money(profit, facts.question.currency, 2)}"
    return said


def _facts(facts: Facts, who: str, row: dict[Any, Any]) -> list[tuple[str, str]]:
    """Return what is expected of a customer, each figure with its interval where there is one."""
    asked = facts.question
    scores = plain(facts.scores.loc[who].to_dict()) if who in facts.scores.index else {}
    said = [("risk", f"{percent(scores.get(asked.p_churn), 1)} to {asked.leave}")]
    value = scores.get(asked.value)
    if value is not None:
        low, high = scores.get(f"{asked.value}_p10"), scores.get(f"{asked.value}_p90")
        within = f" ({between(money(low, digits=2), money(high, digits=2), 80)})" if low is not None else ""
        text = money(value, asked.currency, 2) if asked.has_money else f"{number(value, 2)} purchases"
        days = asked.value_days if asked.has_money else asked.churn_days
        said.append((f"expected in the next {days} days", f"{text}{within}"))
    if scores.get("p_alive") is not None:
        said.append(("P(alive)", f"{percent(scores['p_alive'])} that they have not left for good"))
    for column, words in (
        ("purchases_so_far", "purchases so far"),
        ("last_purchase", "last purchase"),
        ("next_purchase_expected", "next purchase expected by"),
        ("tenure_periods", "periods under contract"),
    ):
        found = row.get(column, scores.get(column))
        if found is not None and pd.notna(found) and found != "":
            text = number(found, 1 if isinstance(found, float) else 0) if isinstance(found, int | float) else str(found)
            said.append((words, day(text[:10])))
    return [*said, *_gaps(facts, who)]


def _gaps(facts: Facts, who: str) -> list[tuple[str, str]]:
    """Return the gaps between purchases, and how long it has been quiet since the last."""
    events = facts.events.get(who)
    if facts.question.contracts or events is None or not facts.as_of[:1].isdigit():
        return []
    mine = sorted(events.loc[events["what"] == "purchase", "date"])
    if not mine:
        return []
    silent = counted((date.fromisoformat(facts.as_of) - mine[-1]).days, "day")
    gaps = np.diff([d.toordinal() for d in mine])
    if not len(gaps):
        return [("gaps", f"one purchase, {silent} ago")]
    usual, longest = counted(int(np.median(gaps)), "day"), counted(int(gaps.max()), "day")
    return [("gaps", f"usually {usual}, {longest} at most; now silent for {silent}")]


def past(facts: Facts, who: str) -> list[str]:
    """Return on which lists a customer was, what was decided, and whether they bought (or left) since."""
    said = []
    for one in facts.issued:
        mine = one.decisions[one.decisions["customer_id"] == who]
        if mine.empty:
            continue
        record, status = one.record, str(mine["status"].iloc[0])
        what = _STATUS.get(status, status)
        said.append(f"{title(record['list'])}, {day(record['as_of'])}: {what}{_since(facts, who, record)}")
    return said


def _since(facts: Facts, who: str, record: dict[str, Any]) -> str:
    if record["as_of"] >= facts.as_of:
        return ""
    kind, mine = "end" if facts.question.contracts else "purchase", facts.events.get(who)
    if mine is None:
        return ""
    mine = mine[mine["what"] == kind]
    later = sorted(d.isoformat() for d in mine["date"] if d.isoformat() >= record["known_until"])
    if facts.question.contracts:
        return f"; the contract ended on {day(later[0])}" if later else "; still under contract"
    return f"; bought again on {day(later[0])}" if later else "; has not bought since"


def timeline(facts: Facts, who: str) -> Markup:
    """Return the picture of what a customer did: ticks with their gaps, and P(alive) over them; empty without dates."""
    mine = facts.events.get(who)
    if mine is None or not facts.as_of[:1].isdigit():
        return Markup()
    until = date.fromisoformat(facts.as_of)
    first = min(mine["date"])
    span = max((until - first).days, 1)
    done = mine[mine["what"].isin(["purchase", "start"])]
    what = "contract began or was renewed" if facts.question.contracts else "purchase"
    chart = Chart(
        f"{counted(len(done), what)} from {day(first.isoformat())} to {day(facts.as_of)}.",
        (0.0, float(span)),
        (0.0, 1.0),
        height=_TIMELINE,
    )
    path = mine[mine["what"] == "p_alive"]
    base = chart.at_y(0.0)
    if len(path):
        chart.axis_y([(0.0, "0 %"), (0.5, "50 %"), (1.0, "100 %")])
        places = [(d - first).days for d in path["date"]]
        chart.path(places, path["value"].tolist(), "curve")
    _ticks(chart, [(d - first).days for d in done["date"]], base, "tick")
    _ticks(chart, [(d - first).days for d in mine.loc[mine["what"] == "end", "date"]], base, "end")
    middle = first + timedelta(days=span // 2)
    short = [(0.0, f"{first:%b %Y}"), (span / 2, f"{middle:%b %Y}"), (float(span), f"{until:%b %Y}")]
    named = "time; each stroke is a " + ("start or renewal, × an end" if facts.question.contracts else "purchase day")
    chart.axis_x(short if span > 120 else [short[0], short[2]], named + (", the line P(alive)" if len(path) else ""))
    return chart.svg(kind="timeline")


def _ticks(chart: Chart, places: list[int], base: float, kind: str) -> None:
    for x in sorted({round(chart.at_x(place) * _WIDEST / WIDTH) for place in places}):
        at = x * WIDTH / _WIDEST
        if kind == "end":
            chart.text(at, base - 2, "×", kind="cross")
        else:
            chart.line(at, base, at, base - 26, kind)
