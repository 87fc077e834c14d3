"""CAC, CLV:CAC and payback by acquisition channel, each on the same horizon, margin and customers."""

import math
from typing import Any

import numpy as np
import pandas as pd

from holdfast.kpis.historical import DAYS_PER_YEAR
from holdfast.kpis.rates import rate
from holdfast.language import told

UNKNOWN, ALL = "(unknown)", "all"


def acquisition(
    people: pd.DataFrame, occasions: pd.DataFrame, as_of_day: int, *, horizon_days: int, margin: float = 1.0
) -> pd.DataFrame:
    """Return what winning customers cost by channel, and what they brought in their first ``horizon_days``.

    Only people acquired so long ago that the whole horizon is known count (the rest are too young), and only those
    whose cost is known. CAC divides what ALL of them cost by those who bought, so people who never bought make the
    others dearer.

    Parameters
    ----------
    people
        One row per person: ``customer_id``, ``acquired_day`` (days since 1970-01-01; missing: the first purchase day),
        ``channel``, ``acquisition_cost`` (currency).
    occasions
        ``customer_id``, ``day``, ``spend`` of every purchase day before ``as_of_day``.
    as_of_day
        First day not known.
    horizon_days
        Days from acquisition (or an earlier first purchase) that count, for conversion, value and payback alike.
    margin
        Share of spend that is margin.

    Returns
    -------
    pandas.DataFrame
        By ``channel`` (the last is ``all``): ``people``, ``mature`` (old enough, cost known), ``buyers`` (of these,
        within the horizon), ``conversion`` with ``conversion_low`` and ``conversion_high`` (of mature), ``cost_total``,
        ``cac`` (per buyer), ``clv_total``, ``clv`` (realised margin per buyer), ``clv_to_cac``,
        ``payback_days`` (first day on which the margin of all covers the cost of all), ``payback_month`` (1 = within
        the first twelfth of a year), ``reason`` (why a figure is missing).
    """
    table = people.copy()
    table["channel"] = table["channel"].fillna(UNKNOWN)
    first = occasions.groupby("customer_id")["day"].min()
    table["start"] = np.fmin(table["acquired_day"].astype(float), table["customer_id"].map(first).astype(float))
    known = table["start"].notna() & table["acquisition_cost"].notna()
    table["mature"] = known & (table["start"] + horizon_days <= as_of_day)
    spent = occasions.merge(table.loc[table["mature"], ["customer_id", "channel", "start"]], on="customer_id")
    spent["after"] = spent["day"] - spent["start"]
    spent = spent[(spent["after"] >= 0) & (spent["after"] < horizon_days)]
    spent["worth"] = spent["spend"].astype(float) * margin
    channels = [*sorted(table["channel"].unique()), ALL]
    return pd.DataFrame(
        [
            _row(
                c,
                table if c == ALL else table[table["channel"] == c],
                spent if c == ALL else spent[spent["channel"] == c],
                horizon_days,
            )
            for c in channels
        ]
    )


def _row(channel: str, people: pd.DataFrame, spent: pd.DataFrame, horizon_days: int) -> dict[str, Any]:
    mature = people[people["mature"]]
    cost, worth = float(mature["acquisition_cost"].astype(float).sum()), float(spent["worth"].sum())
    buyers = int(spent["customer_id"].nunique())
    converted = rate(buyers, len(mature))
    days, why = _payback(spent, cost, horizon_days)
    if not people["acquisition_cost"].notna().any():
        why = told("no acquisition cost is known")
    elif len(mature) == 0:
        why = told("too young: nobody with a known cost was acquired {days} days ago or earlier", days=horizon_days)
    elif buyers == 0:
        why = told("nobody bought")
    elif cost == 0:
        why = told("nothing was paid")
    counted = len(mature) > 0
    return {
        "channel": channel,
        "people": len(people),
        "mature": len(mature),
        "buyers": buyers if counted else math.nan,
        "conversion": converted.value,
        "conversion_low": converted.low,
        "conversion_high": converted.high,
        "cost_total": cost if counted else math.nan,
        "cac": cost / buyers if buyers else math.nan,
        "clv_total": worth if counted else math.nan,
        "clv": worth / buyers if buyers else math.nan,
        "clv_to_cac": worth / cost if counted and cost > 0 else math.nan,
        "payback_days": days if counted and cost > 0 else math.nan,
        "payback_month": max(math.ceil(days / (DAYS_PER_YEAR / 12)), 1)
        if counted and days == days and cost > 0
        else math.nan,
        "reason": why,
    }


def _payback(spent: pd.DataFrame, cost: float, horizon_days: int) -> tuple[float, str]:
    """Return the days after which the margin so far first covers the cost."""
    so_far = spent.groupby("after")["worth"].sum().sort_index().cumsum()
    paid = so_far[so_far >= cost]
    if len(paid):
        return float(paid.index[0]) + 1, ""
    return math.nan, told("not paid back within {days} days", days=horizon_days)
