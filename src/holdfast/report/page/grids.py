"""Block 6: where customers stand by RFM and by value × risk, now and on an earlier date, and who moved."""

from typing import Any

import pandas as pd

from holdfast.language import N_, ngettext, retold
from holdfast.language import gettext as _
from holdfast.report.page.facts import Facts, Segments
from holdfast.report.page.words import day, number, percent, sentence, signed
from holdfast.segments.cards import GONE, NOT_YET
from holdfast.segments.rfm import RISK_BANDS, SEGMENTS, VALUE_BANDS

_SCORES = (5, 4, 3, 2, 1)
_VALUES = {"high": N_("high value"), "middle": N_("middle value"), "low": N_("low value")}
_RISKS = {"high": N_("high risk"), "middle": N_("middle risk"), "low": N_("low risk"), "lapsed": N_("lapsed")}


def grids(facts: Facts) -> dict[str, Any]:
    """Return both grids of each date, and the movements between RFM segments."""
    if facts.segments is None:
        why = facts.cannot.get("segments", "")
        need = _("Nobody has divided the customers since they were scored: `holdfast segments` does it.")
        return {"dates": [], "moves": [], "need": sentence(retold(why)) if why else need}
    dates = [one for one in (facts.before, facts.segments) if one is not None]
    most_rfm = max(int(one.rfm["customers"].fillna(0).max()) for one in dates)
    most_grid = max(int(one.grid["customers"].fillna(0).max()) for one in dates)
    return {
        "dates": [_date(one, most_rfm, most_grid) for one in dates],
        "moves": _moves(facts.moved),
        "since": day(facts.moved_since),
        "need": _need(facts),
        "said": _said(facts.segments),
    }


def _need(facts: Facts) -> str:
    if facts.moved.empty:
        return _(
            "An earlier date to compare with: `holdfast segments --compare-as-of` and a date says who moved since."
        )
    if facts.before is None:
        return _(
            "The grids of {day} need segments of that date: `holdfast score` and `holdfast segments`, both with "
            "`--as-of {date}`.",
            day=day(facts.moved_since),
            date=facts.moved_since,
        )
    return ""


def _said(now: Segments) -> str:
    at_stake = now.grid[(now.grid["value_band"] == "high") & (now.grid["risk_band"] == "high")]
    if at_stake["customers"].isna().any():
        return _(
            "How many customers are of high value and at high risk is not shown: groups that small are left blank. The "
            "darker a field, the more customers."
        )
    count = int(at_stake["customers"].sum())
    if not count:
        return _("No customer is of high value and at high risk. The darker a field, the more customers.")
    return ngettext(
        "{n} customer is of high value and at high risk. Whether contacting them pays, the list at risk says. The "
        "darker a field, the more customers.",
        "{n} customers are of high value and at high risk. Which of them it pays to contact, the list at risk says. "
        "The darker a field, the more customers.",
        count,
    )


def _date(one: Segments, most_rfm: int, most_grid: int) -> dict[str, Any]:
    rfm = {(int(r["r"]), int(r["f"])): _count(r["customers"]) for r in one.rfm.to_dict("records")}
    grid = {(r["value_band"], r["risk_band"]): _count(r["customers"]) for r in one.grid.to_dict("records")}
    return {
        "day": day(one.day),
        "rfm": [(r, [_field(rfm.get((r, f), 0), most_rfm) for f in reversed(_SCORES)]) for r in _SCORES],
        "risks": [_(_RISKS[r]) for r in RISK_BANDS],
        "grid": [(_(_VALUES[v]), [_field(grid.get((v, r), 0), most_grid) for r in RISK_BANDS]) for v in VALUE_BANDS],
    }


def _count(given: Any) -> int | None:
    """Return a count; None where it is not shown."""
    return None if pd.isna(given) else int(given)


def _field(count: int | None, most: int) -> tuple[str, int]:
    """Return a count, and how dark its field is: 0 to 5."""
    return number(count), 0 if not count else 1 + min(4, int(4.999 * (count / most) ** 0.5))


def _moves(moved: pd.DataFrame) -> list[dict[str, str]]:
    """Return of each RFM segment how many were in it then, stayed, came, went, and are in it now."""
    if moved.empty:
        return []
    mine = moved[moved["kind"] == "segment"]
    rows = []
    for name in SEGMENTS:
        out, into = mine[mine["from_segment"] == name], mine[mine["to_segment"] == name]
        # A sum with a count that is not shown is not shown (NaN).
        stayed_here = out.loc[out["to_segment"] == name]
        then, now, stayed = (
            float(rows["customers"].astype(float).sum(skipna=False)) for rows in (out, into, stayed_here)
        )
        if then + now == 0:
            continue
        rows.append(
            {
                "name": _(name),
                "then": number(then),
                "stayed": number(stayed),
                "share": percent(stayed / then) if then else "–",
                "came": signed(now - stayed, 0),
                "went": signed(stayed - then, 0),
                "now": number(now),
                "went_to": _most(out[out["to_segment"] != name]),
            }
        )
    return rows


def _most(out: pd.DataFrame) -> str:
    out = out.dropna(subset=["customers"])
    if out.empty:
        return "–"
    row = out.sort_values("customers", ascending=False, kind="stable").iloc[0]
    to = str(row["to_segment"])
    name = _({GONE: N_("no longer scored"), NOT_YET: N_("new")}.get(to, to))
    return f"{name} ({number(int(row['customers']))})"
