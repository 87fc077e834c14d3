"""Block 7: cohorts by month, what they did, and, shaded, what is expected of them."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from holdfast.contractual.retention import NO_CURVE
from holdfast.contractual.survival import survival_interval
from holdfast.kpis.small_groups import is_hidden
from holdfast.language import N_, made_from, month, retold
from holdfast.language import gettext as _
from holdfast.report.page.charts import Chart, ticks
from holdfast.report.page.facts import Facts
from holdfast.report.page.words import number, percent, sentences_of, title

_COHORTS, _MONTHS = 18, 12
_PLANS = 6
_EVERY = {1.0: N_("{plan}, billed by the month"), 12.0: N_("{plan}, billed by the year")}


def cohorts(facts: Facts) -> dict[str, Any]:
    """Return the triangle of cohorts with the predicted part; of contracts the retention of each plan."""
    if facts.question.contracts:
        return _retention(facts)
    table = facts.table("cohorts")
    if table is None:
        return {"need": _("Cohorts are not counted yet: `holdfast value` does it."), "rows": [], "charts": []}
    # What is not shown is a dash; what is not over is empty.
    whole = table[table["retention"].notna() | table["reason"].map(is_hidden)]
    has_money = facts.question.has_money and "spend_per_customer" in whole
    column = "spend_per_customer" if has_money else "retention"
    names = sorted(whole["cohort"].unique())[-_COHORTS:]
    whole = whole[whole["cohort"].isin(names) & (whole["age_months"] <= _MONTHS)]
    ages = list(range(int(whole["age_months"].max()) + 1)) if len(whole) else []
    later = whole.loc[whole["age_months"] > 0, column].dropna()
    most = float(later.max()) if len(later) else 0.0
    ahead = _ahead(facts)
    rows = []
    for name in names:
        mine = whole[whole["cohort"] == name].set_index("age_months")
        cells = [_cell(mine, age, column, most) for age in ages]
        rows.append(
            {
                "name": month(date.fromisoformat(f"{name}-01")),
                "customers": number(float(mine["customers"].iloc[0])),
                "cells": cells,
                "ahead": ahead.get(name),
            }
        )
    what = N_("Share who bought again, by months since the first purchase")
    if has_money:
        what = N_("Spend per customer, by months since the first purchase")
    if has_money and facts.question.currency:
        what = N_("Spend per customer, {currency}, by months since the first purchase")
    said = [_("Read a row from left to right: what a month's new customers brought in after so many months.")]
    if ahead:
        said.append(_("The hatched column is predicted, with the range that covers 8 of 10 outcomes."))
    return {
        "need": "",
        "rows": rows,
        "ages": ages,
        "what": _(what, currency=facts.question.currency),
        "ahead": _("next {days} days, per customer (predicted)", days=facts.question.value_days) if ahead else "",
        "said": sentences_of(said),
        "charts": [],
    }


def _cell(mine: pd.DataFrame, age: int, column: str, most: float) -> tuple[str, int] | None:
    if age not in mine.index:
        return None
    found = float(mine[column].loc[age])
    text = percent(found, 0) if column == "retention" else number(found, 2 if most < 100 else 0)
    if age == 0 or most <= 0 or np.isnan(found):  # the first month is another matter, and would make all others pale
        return text, 0
    return text, 0 if found <= 0 else 1 + min(4, int(4.999 * min(1.0, found / most)))


def _ahead(facts: Facts) -> dict[str, tuple[str, str]]:
    """Return of each cohort what one customer is expected to bring in, and the range of 8 in 10."""
    table = facts.table("totals")
    total = f"{facts.question.value}_total"
    # Another clv.horizon_days may be asked for than that of the totals that were written.
    if table is None or total not in table:
        return {}
    mine = table[table["kind"] == "cohort"].dropna(subset=["customers"])
    return {
        str(row["name"]): (
            number(row[total] / row["customers"], 2),
            _("{low} to {high}", **{end: number(row[f"{end}_80"] / row["customers"], 2) for end in ("low", "high")}),
        )
        for row in mine.to_dict("records")
    }


def _retention(facts: Facts) -> dict[str, Any]:
    table = facts.table("retention")
    if table is None:
        why = next((n for n in facts.metrics.get("notes", ()) if made_from(NO_CURVE, str(n))), "")
        need = _("Retention curves need dates of contracts, or a tenure: `holdfast check` says what there is.")
        need = retold(why) if why else need
        return {"need": need, "rows": [], "charts": []}
    # Where a group became too small to be shown, its curve ends.
    table = table[table["survival"].notna().groupby(table["plan"]).cummin()]
    if table.empty:
        need = _("All customers together are too few to be shown (privacy.minimum_cell).")
        return {"need": need, "rows": [], "charts": []}
    # Renewals of a year and of a month are drawn apart.
    length = table.get("bill_months", pd.Series(1.0, index=table.index))
    kinds = list(dict.fromkeys(zip(table["plan"], length, strict=True)))[:_PLANS]
    return {
        "need": "",
        "rows": [],
        "charts": [_plan(str(p), m, table[(table["plan"] == p) & (length == m)]) for p, m in kinds],
        "said": _(
            "Steps are the contracts that were renewed so often; the dashed line is what the model expects of a new "
            "contract; the shaded band is the 95 % range of the observed share by chance (Greenwood)."
        ),
    }


def _plan(plan: str, months: float, mine: pd.DataFrame) -> dict[str, Any]:
    name = title(plan)
    if "bill_months" in mine:
        name = _(_EVERY.get(months, N_("{plan}, billed every {months:n month}")), plan=name, months=months)
    periods = [0.0, *mine["period"].astype(float)]
    seen, fitted = [1.0, *mine["survival"]], [1.0, *mine["fitted_survival"]]
    low, high = ([1.0, *limits] for limits in survival_interval(mine))
    chart = Chart(_("Share of contracts renewed, plan {plan}", plan=name), (0.0, periods[-1]), (0.0, 1.0))
    chart.axis_y([(t, percent(t)) for t in (0.0, 0.25, 0.5, 0.75, 1.0)])
    chart.band(periods, low, high, "band")
    chart.path(periods, seen, "curve")
    if np.isfinite(fitted).all():
        chart.path(periods, fitted, "predicted")
    chart.axis_x([(t, number(t)) for t in ticks(0, periods[-1])], _("renewals (share still there at the left)"))
    after = min(12, len(seen) - 1)
    said = _(
        "{plan}: {share} were still there after {renewals:n renewal}.",
        plan=name,
        share=percent(seen[after]),
        renewals=after,
    )
    return {"name": name, "chart": chart.svg(), "said": said}
