"""Segments and value as text for a terminal."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from holdfast.language import said_again
from holdfast.segments.cards import matrix
from holdfast.wording import counted, rounded

_TITLES = {
    "segment": "RFM segments",
    "buyer": "New, loyal and sporadic buyers",
    "grid": "Value × risk of churn",
    "tier": "Loyalty tiers",
    "persona": "Personas",
}

_NOT_THE_LIST = "  At Risk is named by purchases alone: who is on the list at risk is decided by the model's risk."


def segments(cards: pd.DataFrame, moved: pd.DataFrame, notes: Sequence[str], where: object) -> str:
    """Return the cards, the movements of RFM segments, what to know, and where the files lie."""
    value = next(str(c).removesuffix("_total") for c in cards.columns if str(c).endswith("_total"))
    risk = next(str(c) for c in cards.columns if str(c).startswith("p_churn_"))
    parts = []
    for kind in dict.fromkeys(cards["kind"]):
        some = cards[cards["kind"] == kind]
        shown: dict[str, str] = {
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
        parts += [_TITLES[str(kind)], grid(some, shown), *([_NOT_THE_LIST] if kind == "segment" else [])]
        shown_cards = some[some["customers"].fillna(0) > 0]
        told = [f"  {c.name}: {said_again(c.action)}" + _why(c.reason_1) for c in shown_cards.itertuples() if c.action]
        parts += [*told, ""]
    if len(moved):
        rfm = moved[moved["kind"] == "segment"]
        order = list(cards.loc[cards["kind"] == "segment", "name"])
        wide = matrix(rfm, order).reset_index(names="from \\ to")
        parts += ["Movements between RFM segments (customers)", grid(wide, dict.fromkeys(wide.columns, "{:,}")), ""]
    parts += [f"note: {note}" for note in notes]
    return "\n".join([*parts, "", f"Segments, cards and movements: {where}/"])


def _why(reason: str) -> str:
    return f" (risk: {said_again(reason)})" if reason else ""


def grid(table: pd.DataFrame, shown: Mapping[str, str]) -> str:
    """Return the named columns as aligned text; what is missing is a dash. Text to the left, numbers to the right."""
    cells = [[str(c) for c in shown]]
    for row in table[list(shown)].itertuples(index=False, name=None):
        cells.append([_cell(v, form) for v, form in zip(row, shown.values(), strict=True)])
    text = [not pd.api.types.is_numeric_dtype(table[c]) for c in shown]
    widths = [max(len(r[i]) for r in cells) for i in range(len(shown))]
    put = [str.ljust if t else str.rjust for t in text]
    return "\n".join("  " + "  ".join(p(c, w) for p, c, w in zip(put, r, widths, strict=True)).rstrip() for r in cells)


def _cell(value: Any, form: str) -> str:
    if value is None or pd.isna(value):
        return "–"
    return value if isinstance(value, str) else form.format(value)


def value(tables: Mapping[str, pd.DataFrame], notes: Sequence[str], where: object) -> str:
    """Return the tables of value that a terminal can show, what to know, and where the files lie."""
    parts: list[str] = []
    if "totals" in tables:
        parts += [*_together(tables["totals"]), ""]
    if "historical" in tables:
        table = tables["historical"]
        predicted = next(str(c).removesuffix("_mean") for c in table.columns if str(c).startswith("clv_"))
        shown: dict[str, str] = {
            "segment": "{}",
            "customers": "{:,}",
            "historical_mean": "{:,.2f}",
            f"{predicted}_mean": "{:,.2f}",
            f"{predicted}_total": "{:,.0f}",
            "still_active": "{:.1%}",
            "rank_correlation": "{:.2f}",
        }
        parts += ["Historical CLV beside the predicted one", grid(table, shown), ""]
    parts += ["Cohorts: share of a month's new customers who bought again so many months later"]
    parts += [grid(*_triangle(tables["cohorts"])), ""]
    for name, (title, forms) in _SHOWN.items():
        if name in tables and len(tables[name]):
            table = tables[name]
            parts += [title, grid(table[table["kind"] == "all"] if name == "comments" else table, forms), ""]
    kpis = tables["kpis"]
    figures: dict[str, str] = {"kpi": "{}", "value": "{:,.3f}", "low": "{:,.3f}", "high": "{:,.3f}", "n": "{:,}"}
    known = kpis[kpis["value"].notna()]
    parts += ["Figures (95 % interval)", grid(known, {**figures, "base": "{}"})] if len(known) else []
    parts += _not_known(kpis[kpis["value"].isna()])
    parts += ["", *(f"note: {note}" for note in notes), "", f"All tables: {where}/"]
    return "\n".join(parts)


def _not_known(kpis: pd.DataFrame) -> list[str]:
    """Return why figures are missing, those of the same reason together."""
    by_reason: dict[str, list[str]] = {}
    for kpi, why in zip(kpis["kpi"], kpis["reason"], strict=True):
        by_reason.setdefault(str(why), []).append(str(kpi))
    tables: dict[str, list[str]] = {}
    others = []
    for why, names in by_reason.items():
        if needs := _NEEDS.fullmatch(why):
            tables.setdefault(needs["table"], []).extend(names)
        else:
            others.append(f"  {', '.join(names)}: {why}")
    more = "; ".join(f"{table} for {', '.join(names)}" for table, names in tables.items())
    return [*others, *([f"  More tables would give more: {more}."] if more else [])]


def _together(totals: pd.DataFrame) -> list[str]:
    """Return the sentence about all customers, and the totals of segments and cohorts."""
    total = next(str(c) for c in totals.columns if str(c).endswith("_total"))
    days = total.removeprefix("clv_").removesuffix("d_total")
    whole = totals.iloc[0]
    together = "All customers together are too few to be shown (privacy.minimum_cell)."
    if pd.notna(whole["customers"]):
        low, middle, high = (significant(whole[c]) for c in ("low_80", total, "high_80"))
        everybody = f"The {counted(int(whole['customers']), 'customer')} you have will bring in"
        together = (
            f"{everybody} {middle} ({low} to {high}) in the next {days} days; in 8 of 10 cases the total lies between "
            "these two."
        )
        if not whole["low_80"] <= whole[total] <= whole["high_80"]:
            together = (
                f"{everybody} {low} to {high} in the next {days} days in 8 of 10 cases. The average of all cases, "
                f"{middle}, lies outside: a few purchases, far larger than all others, decide it. Are they real?"
            )
    forms = {"name": "{}", "customers": "{:,}", total: "{:,.0f}", "low_80": "{:,.0f}", "high_80": "{:,.0f}"}
    return [
        together,
        "",
        f"By RFM segment and by month of the first purchase, the next {days} days (in 8 of 10 cases from low to high)",
        grid(totals[totals["kind"] == "segment"], forms),
        "",
        grid(totals[totals["kind"] == "cohort"].tail(_MONTHS), forms),
    ]


def significant(amount: float) -> str:
    """Return an amount to three digits that mean something, as people read it.

    Examples
    --------
    >>> significant(1_234_567.8), significant(98_765.4), significant(12.345), significant(0.0)
    ('1,230,000', '98,800', '12', '0')
    """
    return f"{rounded(amount):,.0f}"


_SHOWN: dict[str, tuple[str, dict[str, str]]] = {
    "acquisition": (
        "Acquisition by channel",
        {
            "channel": "{}",
            "people": "{:,}",
            "mature": "{:,}",
            "conversion": "{:.1%}",
            "cac": "{:,.2f}",
            "clv": "{:,.2f}",
            "clv_to_cac": "{:.2f}",
            "payback_days": "{:,.0f}",
            "payback_month": "{:.0f}",
            "reason": "{}",
        },
    ),
    "campaigns": (
        "Campaign response",
        {
            "campaign": "{}",
            "sent": "{:,}",
            "open_rate": "{:.1%}",
            "conversion": "{:.1%}",
            "cost_per_conversion": "{:,.2f}",
            "bought": "{:.1%}",
            "control_bought": "{:.1%}",
            "lift": "{:+.1%}",
            "lift_low": "{:+.1%}",
            "lift_high": "{:+.1%}",
            "reason": "{}",
        },
    ),
    "satisfaction": (
        "Satisfaction",
        {
            "measure": "{}",
            "value": "{:.1f}",
            "low": "{:.1f}",
            "high": "{:.1f}",
            "n": "{:,}",
            "asked": "{:,}",
            "response_rate": "{:.1%}",
        },
    ),
    "perceived": (
        "Perceived value: what customers feel they get minus what it costs them (0 to 100 each)",
        {
            "segment": "{}",
            "n": "{:,}",
            "benefit_index": "{:.1f}",
            "cost_index": "{:.1f}",
            "perceived_value": "{:+.1f}",
            "low": "{:+.1f}",
            "high": "{:+.1f}",
            "largest_gap": "{}",
            "gap": "{:.1f}",
        },
    ),
    "comments": (
        "What customers wrote in the last year (tone: -1 the worst score, 1 the best; by segment: the file)",
        {
            "topic": "{}",
            "comments": "{:,}",
            "customers": "{:,}",
            "share": "{:.1%}",
            "scored": "{:,}",
            "tone": "{:+.2f}",
            "low": "{:+.2f}",
            "high": "{:+.2f}",
            "unhappy": "{:,}",
            "happy": "{:,}",
            "tone_by_words": "{:+.2f}",
        },
    ),
    "words": (
        "Words that one group of customers writes more than its opposite",
        {
            "said_by": "{}",
            "word": "{}",
            "customers": "{:,}",
            "share": "{:.1%}",
            "share_of_others": "{:.1%}",
        },
    ),
    "associations": (
        "Opinion and later churn (AUC; 0.5 is none)",
        {
            "measure": "{}",
            "n": "{:,}",
            "churners": "{:,}",
            "auc": "{:.3f}",
            "low": "{:.3f}",
            "high": "{:.3f}",
            "finding": "{}",
            "reason": "{}",
        },
    ),
}
_MONTHS = 12
_NEEDS = re.compile(r"needs (?P<table>tables\.\w+).*", re.DOTALL)


def _triangle(cohorts: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the newest cohorts in rows and their months in columns."""
    cohorts = cohorts.dropna(subset=["customers"]).astype({"customers": "int64"})
    wide = cohorts.pivot_table(index=["cohort", "customers"], columns="age_months", values="retention", dropna=False)
    wide = wide[wide.notna().any(axis=1)] if len(wide) else wide
    wide = wide[[a for a in wide.columns if 0 < int(a) <= _MONTHS]].tail(2 * _MONTHS).reset_index()
    wide.columns = [str(c) for c in wide.columns]
    ages: dict[str, str] = {c: "{:.1%}" for c in wide.columns if c.isdigit()}
    return wide, {"cohort": "{}", "customers": "{:,}", **ages}
