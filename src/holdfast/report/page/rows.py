"""Block 4: the first rows of each list, each with what a person asks next about that customer."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from holdfast.columns import heading
from holdfast.columns.plain import plain
from holdfast.columns.values import said_value
from holdfast.language import N_, month, retold
from holdfast.language import gettext as _
from holdfast.lists.contact import BEYOND, CONTROL, LISTED, NOT_WORTH
from holdfast.report.page.charts import WIDTH, Chart
from holdfast.report.page.facts import BUY_NOTHING, END_CONTRACT, END_IN_LABEL, Facts
from holdfast.report.page.words import between, day, list_title, money, number, percent, title

_ORDERS = ("rank", "customer_id")
_STATUS = {
    LISTED: N_("contact"),
    CONTROL: N_("held back as control"),
    NOT_WORTH: N_("not worth contacting"),
    BEYOND: N_("beyond the budget or capacity"),
}
_RISK = {
    BUY_NOTHING: N_("{risk} to buy nothing in the next {days} days"),
    END_CONTRACT: N_("{risk} to end their contract in the next {days} days"),
    END_IN_LABEL: N_("{risk} to end their contract in the window of the label"),
}
NEXT_TO_CERTAIN = 0.9995
"""From here on P(alive) is not shown: of one purchase it can tell nothing, and 100 % would stand beside a risk."""
# From this risk on somebody buys nothing as good as for certain; a month may have a day or two more than another.
_SURE, _ROUNDED = 0.9, 2
_TIMELINE, _STROKES = 150, 84  # with the curve, and without it
# By whether customers have contracts, and whether the chance of still being a customer, P(alive), is drawn.
_AXES = {
    (False, False): N_("time; each stroke is a purchase day"),
    (False, True): N_("strokes: purchase days; line: chance of still being a customer"),
    (True, False): N_("time; each stroke is a start or renewal, × an end"),
    (True, True): N_("strokes: starts, renewals; ×: ends; line: chance of still being a customer"),
}
_LONG = 14
"""Ids of more letters, such as e-mail addresses, have a wider column."""
_WIDEST = 640  # so many places a tick can have


def lists(facts: Facts) -> list[dict[str, Any]]:
    """Return each list: who is on it, how many, its columns, and its first rows."""
    decided = {one.record["list"]: one for one in facts.current}
    return [
        {
            "name": title(name),
            "id": name.replace("_", "-"),
            "who": retold(facts.who.get(name, "")),
            "in_common": retold(facts.metrics.get("in_common", {}).get(name, "")),
            "size": number(facts.sizes[name]),
            "count": facts.sizes[name],
            "nobody": not facts.sizes[name],
            "columns": _columns(facts, name, table),
            "texts": len(_shown(table)),
            "long": any(len(str(who)) > _LONG for who in table["customer_id"]),
            "rows": [_row(facts, name, table, row, decided) for row in table.to_dict("records")],
            "decided": name in decided,
        }
        for name, table in facts.lists.items()
    ]


def _columns(facts: Facts, name: str, table: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the columns a row shows beside rank, id and reason: (name in the file, words)."""
    first = facts.question.value if name == "high_value" else facts.question.at_risk
    names = [facts.question.p_churn, *([first] if first != facts.question.p_churn else [])]
    return [(c, heading(c)) for c in (*_shown(table), *names) if c in table]


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
        "cells": [_cell(facts, column, row[column]) for column, __ in _columns(facts, name, table)],
        "reasons": _reasons(row),
        "decision": _decision(facts, decided.get(name), who),
        "picture": timeline(facts, who),
        "facts": _facts(facts, who, row),
        "past": past(facts, who),
    }


def _reasons(row: dict[Any, Any]) -> list[str]:
    return [said_value(c, str(row[c])) for c in ("reason_1", "reason_2", "reason_3") if row.get(c) and pd.notna(row[c])]


OF_ONE = ("segment", "grid", "tier", "orders", "spend_total")
"""Columns of the customers' segments and features that the page of one of them shows."""


def _so_far(facts: Facts) -> list[tuple[str, str]]:
    """Return which groups a customer is in, and what they ordered and spent so far."""
    own, said = facts.own, []
    said += [(heading(c), said_value(c, str(own[c]))) for c in ("segment", "grid", "tier") if own.get(c)]
    if own.get("orders") is not None:
        said.append((_("orders so far"), number(own["orders"])))
    if own.get("spend_total") is not None and facts.question.has_money:
        said.append((_("spent so far"), money(own["spend_total"], facts.question.currency, 2)))
    return said


def customer(facts: Facts, who: str) -> dict[str, Any]:
    """Return all that is known of one customer, whose rows alone ``facts`` hold: timeline, forecast, lists.

    Each list they are ``on`` has its name, ``id``, ``rank``, ``reasons`` and ``decision``.
    """
    decided = {one.record["list"]: one for one in facts.current}
    on = [(name, row) for name, table in facts.lists.items() for row in table.to_dict("records")]
    known: dict[Any, Any] = {}
    for __, row in on:
        known = {**row, **known}
    return {
        "customer": who,
        "picture": timeline(facts, who),
        "facts": [*_facts(facts, who, known), *_so_far(facts)],
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
    if status == LISTED and made.record["treatments"]:
        amount = money(profit, facts.question.currency, 2)
        return _("contact: {treatment}, expected profit {profit}", treatment=treatment, profit=amount)
    return _(_STATUS[status]) if status in _STATUS else _("not to contact: {reason}", reason=retold(status))


def _facts(facts: Facts, who: str, row: dict[Any, Any]) -> list[tuple[str, str]]:
    """Return what is expected of a customer, each figure with its interval where there is one."""
    asked = facts.question
    scores = plain(facts.scores.loc[who].to_dict()) if who in facts.scores.index else {}
    risk = percent(scores.get(asked.p_churn), 1)
    said = [(_("risk"), _(_RISK[asked.leaving], risk=risk, days=asked.churn_days))]
    value = scores.get(asked.value)
    if value is not None:
        text = money(value, asked.currency, 2)
        if not asked.has_money:
            text = _("{number} purchases", number=number(value, 2))
        days = asked.value_days if asked.has_money else asked.churn_days
        ends = scores.get(f"{asked.value}_p10"), scores.get(f"{asked.value}_p90")
        said.append((_("expected in the next {days} days", days=days), _within(text, value, *ends)))
    # Of who bought once, BG/NBD says 1 whatever the silence.
    alive = scores.get("p_alive")
    sure = alive is not None and alive < NEXT_TO_CERTAIN and row.get("purchases_so_far") != 1
    if sure and not _has_broken_off(facts, who, scores):
        # Whoever buys in the window is a customer still, whatever the model of P(alive) makes of the silence.
        share = percent(max(alive, 1 - scores.get(asked.p_churn, 1.0)))
        said.append((_("still a customer"), _("{share}: the chance that they have not left for good", share=share)))
    for column, words in (
        ("purchases_so_far", N_("purchases so far")),
        ("last_purchase", N_("last purchase")),
        ("next_purchase_expected", N_("if still a customer, next purchase by")),
        ("tenure_periods", N_("months under contract")),
    ):
        found = row.get(column, scores.get(column))
        if found is not None and pd.notna(found) and found != "":
            if column == "tenure_periods":
                found = float(found) * asked.period_months
            text = number(found, 1 if isinstance(found, float) else 0) if isinstance(found, int | float) else str(found)
            said.append((_(words), day(text[:10])))
    return [*said, *_gaps(facts, who)]


def _within(text: str, value: float, low: float | None, high: float | None) -> str:
    """Return an expected amount with the range of nearly eight in ten such customers, or what it is an average of."""
    if low is None or high is None:
        return text
    if high >= value:
        return f"{text} ({between(money(low, digits=2), money(high, digits=2), 80)})"
    # Few bring most of it, so a range that the average is not in would puzzle.
    most = money(high, digits=2)
    if most == money(0.0, digits=2):
        return _("{amount} on average: at least 9 in 10 such customers bring nothing, a few bring more", amount=text)
    said = N_("{amount} on average: at least 9 in 10 such customers bring {most} or less, a few bring more")
    return _(said, amount=text, most=most)


def _has_broken_off(facts: Facts, who: str, scores: dict[Any, Any]) -> bool:
    """Say whether somebody who buys several times in such a window is expected to buy nothing in this one.

    The model behind P(alive) does not see how regular they were, so it would contradict the risk beside it.
    """
    often, days = [d.toordinal() for d in _bought(facts, who)], facts.question.churn_days
    if len(often) < 2 or days is None:
        return False
    return bool(scores[facts.question.p_churn] >= _SURE and 2 * np.median(np.diff(often)) <= days + _ROUNDED)


def _bought(facts: Facts, who: str) -> list[date]:
    """Return the purchase days of a customer, in their order."""
    events = facts.events.get(who)
    return [] if events is None else sorted(events.loc[events["what"] == "purchase", "date"])


def _gaps(facts: Facts, who: str) -> list[tuple[str, str]]:
    """Return the gaps between purchases, and how long it has been quiet since the last."""
    if facts.question.contracts or not facts.dated:
        return []
    mine = _bought(facts, who)
    if not mine:
        return []
    silent = (date.fromisoformat(facts.as_of) - mine[-1]).days
    gaps = np.diff([d.toordinal() for d in mine])
    if not len(gaps):
        return [(_("gaps"), _("one purchase, {silent:n day} ago", silent=silent))]
    said = N_("usually {usual:n day}, {longest:n day} at most; now silent for {silent:n day}")
    return [(_("gaps"), _(said, usual=int(np.median(gaps)), longest=int(gaps.max()), silent=silent))]


def past(facts: Facts, who: str) -> list[str]:
    """Return on which lists a customer was, what was decided, and whether they bought (or left) since."""
    said = []
    for one in facts.issued:
        mine = one.decisions[one.decisions["customer_id"] == who]
        if mine.empty:
            continue
        record, status = one.record, str(mine["status"].iloc[0])
        what = _(_STATUS[status]) if status in _STATUS else retold(status)
        since, later = _since(facts, who, record)
        said.append(
            _(since, list=list_title(record["list"], one.folder), day=day(record["as_of"]), what=what, later=later)
        )
    return said


def _since(facts: Facts, who: str, record: dict[str, Any]) -> tuple[str, str]:
    """Return the message about a past list, and the day of what came after it, if anything did."""
    plain = N_("{list}, {day}: {what}")
    if record["as_of"] >= facts.as_of:
        return plain, ""
    kind, mine = "end" if facts.question.contracts else "purchase", facts.events.get(who)
    if mine is None:
        return plain, ""
    days = _ends(mine) if kind == "end" else set(mine.loc[mine["what"] == kind, "date"])
    later = sorted(d.isoformat() for d in days if d.isoformat() >= record["known_until"])
    if facts.question.contracts:
        if later:
            return N_("{list}, {day}: {what}; the contract ended on {later}"), day(later[0])
        return N_("{list}, {day}: {what}; still under contract"), ""
    if later:
        return N_("{list}, {day}: {what}; bought again on {later}"), day(later[0])
    return N_("{list}, {day}: {what}; has not bought since"), ""


def _ends(mine: pd.DataFrame) -> set[date]:
    """Return the days on which a contract ended; one that a new one goes on with on the same day has not."""
    return set(mine.loc[mine["what"] == "end", "date"]) - set(mine.loc[mine["what"] == "start", "date"])


def timeline(facts: Facts, who: str) -> Markup:
    """Return the picture of what a customer did: ticks with their gaps, and P(alive) over them; empty without dates."""
    mine = facts.events.get(who)
    if mine is None or not facts.dated:
        return Markup()
    until = date.fromisoformat(facts.as_of)
    first = min(mine["date"])
    span = max((until - first).days, 1)
    done = mine[mine["what"].isin(["purchase", "start"])]
    path = mine[mine["what"] == "p_alive"]
    what = N_("{times:n purchase} from {first} to {last}.")
    if facts.question.contracts:
        what = N_("Contract begun or renewed {times:n time} from {first} to {last}.")
    chart = Chart(
        _(what, times=len(done), first=day(first.isoformat()), last=day(facts.as_of)),
        (0.0, float(span)),
        (0.0, 1.0),
        height=_TIMELINE if len(path) else _STROKES,
    )
    base = chart.at_y(0.0)
    if len(path):
        chart.axis_y([(p, percent(p)) for p in (0.0, 0.5, 1.0)])
        places = [(d - first).days for d in path["date"]]
        chart.path(places, path["value"].tolist(), "curve")
    _ticks(chart, [(d - first).days for d in done["date"]], base, "tick")
    _ticks(chart, [(d - first).days for d in _ends(mine)], base, "end")
    middle = first + timedelta(days=span // 2)
    short = [(0.0, month(first)), (span / 2, month(middle)), (float(span), month(until))]
    named = _AXES[facts.question.contracts, len(path) > 0]
    chart.axis_x(short if span > 120 else [short[0], short[2]], _(named))
    return chart.svg(kind="timeline")


def _ticks(chart: Chart, places: list[int], base: float, kind: str) -> None:
    for x in sorted({round(chart.at_x(place) * _WIDEST / WIDTH) for place in places}):
        at = x * WIDTH / _WIDEST
        if kind == "end":
            chart.text(at, base - 2, "×", kind="cross")
        else:
            chart.line(at, base, at, base - 26, kind)
