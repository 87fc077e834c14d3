"""Block 3: how risks are spread, and what contacting the best N customers costs and earns, for every N."""

import json
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from holdfast.language import N_, compact, tag
from holdfast.language import gettext as _
from holdfast.report.page.charts import Chart, ticks
from holdfast.report.page.facts import BUY_NOTHING, END_CONTRACT, END_IN_LABEL, Facts
from holdfast.report.page.words import between, money, number, percent, sentences_of, title

_BINS = 20
# The slider has at most so many places; each is a row of audience.csv.
_PLACES = 300
_NAMES = {
    "churners": N_("would leave"),
    "false_alarms": N_("would have stayed"),
    "cost": N_("expected cost"),
    "profit": N_("expected profit"),
}
_FIGURES = tuple(_NAMES)
_SHOWN = 6
_LIKELY = {
    BUY_NOTHING: N_(
        "{number} of {customers} customers are more likely to buy nothing in the next {days} days than to buy."
    ),
    END_CONTRACT: N_(
        "{number} of {customers} customers are more likely to end their contract in the next {days} days than to stay."
    ),
    END_IN_LABEL: N_(
        "{number} of {customers} customers are more likely to end their contract in the window of the label than to "
        "stay."
    ),
}
_UNLIKELY = N_("Nobody of {customers} customers is more likely to leave than to stay.")


def histogram(facts: Facts) -> dict[str, Any]:
    """Return the histogram of P(churn) of those of whom churn is asked, and the sentence that says what to see."""
    p = facts.risks
    if not len(p):
        return {"chart": Markup(), "said": _("Nobody is active, so there is no risk to show."), "rows": []}
    top = _top(p)
    edges = np.linspace(0.0, top, _BINS + 1)
    counts = np.histogram(np.minimum(p, top), edges)[0]
    most = int(counts.max())
    chart = Chart(
        _("Histogram of the risk of {customers} customers", customers=number(len(p))), (0.0, top), (0.0, float(most))
    )
    chart.axis_y([(t, compact(t)) for t in ticks(0, most, 4)])
    for low, high, count in zip(edges[:-1], edges[1:], counts.tolist(), strict=True):
        x, y = chart.at_x(float(low)), chart.at_y(count)
        tip = _("{range}: {customers} customers", range=_range(low, high, top), customers=number(count))
        chart.box(x + 0.5, y, chart.at_x(float(high)) - x - 1, chart.at_y(0) - y, "bar", tip)
    chart.axis_x([(t, percent(t)) for t in ticks(0, top, 6)], _("risk of leaving (customers per bar at the left)"))
    asked, high = facts.question, int((p >= 0.5).sum())
    likely = _LIKELY[asked.leaving] if high else _UNLIKELY
    said = [_(likely, customers=number(len(p)), number=number(high), days=asked.churn_days)]
    middle = float(np.median(p))
    # Where the middle is next to 0 or 1, "above 0 %" would say nothing.
    if 0.5 * 10.0 ** -(2 + _digits(top)) < middle < 0.995:
        said.append(_("Half of them have a risk above {risk}.", risk=percent(middle, _digits(top))))
    rows = [
        (_range(low, high, top), number(count))
        for low, high, count in zip(edges[:-1], edges[1:], counts.tolist(), strict=True)
    ]
    return {"chart": chart.svg(), "said": sentences_of(said), "rows": rows}


def _top(p: Any) -> float:
    """Return where the axis of risks ends: 100 %, or less where all risks are small."""
    highest = float(p.max())
    return next((edge for edge in (0.05, 0.1, 0.2, 0.4, 0.6) if highest <= edge), 1.0)


def _range(low: float, high: float, top: float) -> str:
    return _("{low} to {high}", low=percent(low, _digits(top)), high=percent(high, _digits(top)))


def _digits(top: float) -> int:
    return 0 if top >= 0.2 else 1


def curve(facts: Facts) -> dict[str, Any]:
    """Return the curve of profit with its band, the slider's places, and what a picture without a slider shows."""
    made = next((one for one in facts.current if len(one.audience)), None)
    if made is None:
        return {"chart": None, "why": _why(facts)}
    table = made.audience
    kept = table.iloc[np.unique(np.linspace(0, len(table) - 1, min(_PLACES, len(table))).round().astype(int))]
    currency = facts.question.currency
    chart = _profit(kept, currency)
    last = table.iloc[-1]
    best = table.iloc[int(table["profit"].to_numpy().argmax())]
    low, high = money(last["profit_low"]), money(last["profit_high"], currency)
    said = [
        _(
            "Contacting all {customers} reaches {churners} who would leave and {false_alarms} who would have stayed, "
            "and is expected to earn {profit} ({range}).",
            **{name: number(last[name]) for name in ("customers", "churners", "false_alarms")},
            profit=money(last["profit"], currency),
            range=between(low, high),
        )
    ]
    if best["customers"] < last["customers"]:
        said.append(_("{customers} would earn most.", customers=number(best["customers"])))
    return {
        "chart": chart.svg(ident="curve"),
        "list": title(made.record["list"]),
        "said": sentences_of(said),
        "last": len(kept) - 1,
        "now": [_named(name, last, currency) for name in _FIGURES],
        "data": Markup(_data(kept, chart, currency)),  # noqa: S704  # numbers, and a currency whose "<" is escaped
        "table": [_place(row, currency) for __, row in _some(table).iterrows()],
    }


def _why(facts: Facts) -> str:
    if not facts.question.has_money:
        return _("A curve of cost and profit needs amounts (or prices of contracts) and treatments with their costs.")
    if not facts.current:
        return _(
            "What contacting N customers costs and earns is known once a list is made: add `treatments` with their "
            "costs to the configuration if there are none, and run `holdfast list at-risk`."
        )
    if all(made.record["treatments"] for made in facts.current):
        return _(
            "Nobody on the list is to be contacted, so there is no curve. Whether contacts pay depends on what "
            "`treatments` cost and how many accept them: replace these by yours, and run `holdfast list at-risk` again."
        )
    return _(
        "The list was made without treatments, so nothing is known of costs and profit: add `treatments` to the "
        "configuration and run `holdfast list at-risk` again."
    )


def _profit(table: pd.DataFrame, currency: str) -> Chart:
    n = table["customers"].to_numpy(dtype=float)
    low, high = float(min(0.0, table["profit_low"].min())), float(max(0.0, table["profit_high"].max()))
    named = _("Expected profit by number of customers contacted, with its 95 % range")
    chart = Chart(named, (0.0, n[-1]), (low, high))
    chart.axis_y([(t, compact(t)) for t in ticks(low, high)])
    chart.band(n.tolist(), table["profit_low"].tolist(), table["profit_high"].tolist(), "band")
    chart.path(n.tolist(), table["profit"].tolist(), "curve")
    chart.line(chart.left, chart.at_y(0), chart.at_x(n[-1]), chart.at_y(0), "zero")
    x = chart.at_x(n[-1])
    chart.add(f'<line id="marker" x1="{x:.1f}" x2="{x:.1f}" y1="10" y2="{chart.at_y(low):.1f}" class="marker"/>')
    axis = N_("customers contacted, profit at the left")
    if currency:
        axis = N_("customers contacted, profit in {currency} at the left")
    chart.axis_x([(t, compact(t)) for t in ticks(0, n[-1])], _(axis, currency=currency))
    return chart


def _named(name: str, row: pd.Series, currency: str) -> tuple[str, str, str, str]:
    """Return (name, words, figure, interval) of one figure of a row of the curve."""
    unit = currency if name in ("cost", "profit") else ""
    interval = between(money(row[f"{name}_low"]), money(row[f"{name}_high"]))
    return name, _(_NAMES[name]), money(row[name], unit), interval


def _place(row: pd.Series, currency: str) -> list[str]:
    return [
        number(row["customers"]),
        *(f"{figure} ({said})" for __, __, figure, said in (_named(name, row, currency) for name in _FIGURES)),
    ]


def _some(table: pd.DataFrame) -> pd.DataFrame:
    return table.iloc[np.unique(np.linspace(0, len(table) - 1, _SHOWN + 1).round().astype(int))[1:]]


def _data(table: pd.DataFrame, chart: Chart, currency: str) -> str:
    """Return the slider's places as JSON: each figure is the row of ``audience.csv``, rounded as it is said elsewhere.

    A browser rounds halves up, and 598.496 that was rounded to cents before is 598.50: 599, where the list says 598.
    """
    numbers: dict[str, Any] = {"customers": table["customers"].astype(int).tolist(), "currency": currency}
    # What the page says as the slider moves, with places for the figures.
    numbers["say"] = {
        "language": tag(),
        "money": money(0.0, currency).replace("0", "{n}") if currency else "{n}",
        "range": between("{low}", "{high}"),
        "customers": _("{customers} customers", customers="{n}"),
    }
    for name in _FIGURES:
        for end in ("", "_low", "_high"):
            numbers[name + end] = [int(f"{float(v):.0f}") for v in table[name + end]]
    numbers["x"] = [round(chart.at_x(float(n)), 1) for n in table["customers"]]
    return json.dumps(numbers, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
