"""Segments and value as text for a terminal."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from holdfast.act.cards import matrix

_TITLES = {
    "segment": "RFM segments",
    "buyer": "New, loyal and sporadic buyers",
    "grid": "Value × risk of churn",
    "tier": "Loyalty tiers",
    "persona": "Personas",
}
Form = str | Callable[[Any], str]


def segments(cards: pd.DataFrame, moved: pd.DataFrame, notes: Sequence[str], where: object) -> str:
    """Return the cards, the movements of RFM segments, what to know, and where the files lie."""
    value = next(str(c).removesuffix("_total") for c in cards.columns if str(c).endswith("_total"))
    risk = next(str(c) for c in cards.columns if str(c).startswith("p_churn_"))
    parts = []
    for kind in dict.fromkeys(cards["kind"]):
        some = cards[cards["kind"] == kind]
        shown: dict[str, Form] = {
            "name": "{}",
            "customers": "{:,}",
            "share_of_customers": "{:.1%}",
            "share_of_value": "{:.1%}",
            f"{value}_mean": "{:,.2f}",
            f"{value}_median": "{:,.2f}",
            risk: "{:.3f}",
        }
        if some["cac_customers"].any():
            shown["cac_mean"] = "{:,.2f}"
        parts += [_TITLES[str(kind)], grid(some, shown)]
        told = [f"  {c.name}: {c.action}" + _why(c.reason_1) for c in some.itertuples() if c.customers and c.action]
        parts += [*told, ""]
    if len(moved):
        rfm = moved[moved["kind"] == "segment"]
        order = list(cards.loc[cards["kind"] == "segment", "name"])
        wide = matrix(rfm, order).reset_index(names="from \\ to")
        parts += ["Movements between RFM segments (customers)", grid(wide, dict.fromkeys(wide.columns, "{:,}")), ""]
    parts += [f"note: {note}" for note in notes]
    return "\n".join([*parts, "", f"Segments, cards and movements: {where}/"])


def _why(reason: str) -> str:
    return f" (risk: {reason})" if reason else ""


def grid(table: pd.DataFrame, shown: Mapping[str, Form]) -> str:
    """Return the named columns as aligned text; what is missing is a dash. Text to the left, numbers to the right."""
    cells = [[str(c) for c in shown]]
    for row in table[list(shown)].itertuples(index=False, name=None):
        cells.append([_cell(v, form) for v, form in zip(row, shown.values(), strict=True)])
    text = [not pd.api.types.is_numeric_dtype(table[c]) for c in shown]
    widths = [max(len(r[i]) for r in cells) for i in range(len(shown))]
    put = [str.ljust if t else str.rjust for t in text]
    return "\n".join("  " + "  ".join(p(c, w) for p, c, w in zip(put, r, widths, strict=True)).rstrip() for r in cells)


def _cell(value: Any, form: Form) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and pd.isna(value)):
        return "–"
    if isinstance(value, str):
        return value
    return form(value) if callable(form) else form.format(value)
