"""Retention, churn and repeat rates on stated bases, and the triangle of monthly cohorts; the too young are refused."""

import numpy as np
import pandas as pd

from holdfast.data import Day, read_day
from holdfast.kpis.rates import Figure, rate, refused
from holdfast.language import told


def _months(days: pd.Series) -> pd.Series:
    """Return months since 1970-01 of day numbers."""
    return pd.Series(
        days.to_numpy(dtype="datetime64[D]").astype("datetime64[M]").astype(np.int64), index=days.index, dtype="int64"
    )


def _name(month: int) -> str:
    return str(np.datetime64(month, "M"))


def cohort_of(occasions: pd.DataFrame) -> pd.Series:
    """Return the calendar month (YYYY-MM) of each customer's first purchase day, by ``customer_id``.

    Examples
    --------
    >>> days = pd.DataFrame({"customer_id": ["a", "a", "b"], "day": [19800, 19723, 19731]})
    >>> cohort_of(days).to_dict()
    {'a': '2024-01', 'b': '2024-01'}
    """
    return _months(occasions.groupby("customer_id")["day"].min()).map(_name)


def empty_months(occasions: pd.DataFrame) -> list[str]:
    """Return the calendar months between the first purchase and the last in which nobody bought.

    Examples
    --------
    >>> empty_months(pd.DataFrame({"customer_id": ["a", "b"], "day": [19723, 19820]}))
    ['2024-02', '2024-03']
    """
    seen = set(_months(occasions["day"]))
    return [_name(month) for month in range(min(seen, default=0), max(seen, default=0)) if month not in seen]


def cohort_triangle(occasions: pd.DataFrame, as_of: Day) -> pd.DataFrame:
    """Return the triangle: of those who first bought in a calendar month, who bought again so many months later.

    Parameters
    ----------
    occasions
        One row per customer and purchase day before ``as_of``: ``customer_id``, ``day`` (days since 1970-01-01),
        ``spend`` (currency; may be absent).
    as_of
        First day not known.

    Returns
    -------
    pandas.DataFrame
        ``cohort`` (YYYY-MM), ``age_months`` (0, 1, … up to the oldest cohort's age), ``customers`` (of the cohort),
        ``active`` (who bought in that calendar month), ``retention`` (= active / customers),
        ``spend_per_customer`` (of that month, over all of the cohort), ``reason``. A month that is not over by
        ``as_of`` has NaN and the reason. Age 0 is 1 by definition.
    """
    known_until = read_day(as_of, "as_of")
    if len(occasions) == 0:
        return pd.DataFrame(
            columns=["cohort", "age_months", "customers", "active", "retention", "spend_per_customer", "reason"]
        )
    table = occasions.assign(month=_months(occasions["day"]))
    table["cohort"] = table.groupby("customer_id")["month"].transform("min")
    table["age_months"] = table["month"] - table["cohort"]
    sizes = table.groupby("cohort")["customer_id"].nunique()
    active = table.groupby(["cohort", "age_months"])["customer_id"].nunique()
    spend = table.groupby(["cohort", "age_months"])["spend"].sum() if "spend" in table else None
    # The month of as_of is over only if as_of is its successor's first day: then it is not known at all.
    current = (known_until.year - 1970) * 12 + known_until.month - 1
    oldest = int(current - sizes.index.min())
    rows = []
    for cohort, size in zip(sizes.index.tolist(), sizes.tolist(), strict=True):
        name = _name(cohort)
        for age in range(oldest + 1):
            row = {"cohort": name, "age_months": age, "customers": size}
            if cohort + age >= current:
                too_young = f"the month {_name(cohort + age)} is not over on {known_until}"
                rows.append(
                    row | {"active": np.nan, "retention": np.nan, "spend_per_customer": np.nan, "reason": too_young}
                )
                continue
            n = int(active.get((cohort, age), 0))
            money = np.nan if spend is None else float(spend.get((cohort, age), 0.0)) / size
            rows.append(row | {"active": n, "retention": n / size, "spend_per_customer": money, "reason": ""})
    return pd.DataFrame(rows)


def retention(before: pd.DataFrame, bought: pd.Series, *, active_days: int) -> tuple[Figure, Figure]:
    """Return the retention and the churn rate of the window that ended last: two shares of the SAME base.

    Parameters
    ----------
    before
        Customers as of the window's start: ``customer_id``, ``days_since_last``.
    bought
        Who bought in the window (``customer_id``).
    active_days
        The base: those whose last purchase lay no longer before the window.

    Returns
    -------
    tuple of Figure
        Retention = share of the base with a purchase day in the window; churn = 1 − retention.
    """
    base = before.loc[before["days_since_last"] <= active_days, "customer_id"]
    kept = int(base.isin(set(bought)).sum())
    nobody = told("nobody was active when the window began")
    return rate(kept, len(base), nobody=nobody), rate(len(base) - kept, len(base), nobody=nobody)


def visit_conversion(visits: pd.DataFrame, occasions: pd.DataFrame) -> Figure:
    """Return the share of visits that ended in a purchase: customer-days with a visit on which the customer bought.

    Parameters
    ----------
    visits
        ``customer_id``, ``day``; several visits of a day are one.
    occasions
        ``customer_id``, ``day`` of every purchase day.
    """
    days = visits[["customer_id", "day"]].drop_duplicates()
    bought = days.merge(occasions[["customer_id", "day"]].drop_duplicates(), on=["customer_id", "day"])
    return rate(len(bought), len(days), nobody=told("no visit in the window"))


def repeat_rate(occasions: pd.DataFrame, as_of_day: int, *, within_days: int) -> Figure:
    """Return the share of customers with a second purchase day within ``within_days`` after the first.

    The base is those whose first purchase lies so long back that the whole span is known; others are too young.
    """
    first = occasions.groupby("customer_id")["day"].min()
    mature = first[first + within_days < as_of_day]
    if len(mature) == 0:
        return refused(told("too young: nobody's first purchase lies more than {days} days back", days=within_days))
    later = occasions.merge(mature.rename("first_day"), left_on="customer_id", right_index=True)
    again = later[(later["day"] > later["first_day"]) & (later["day"] <= later["first_day"] + within_days)]
    return rate(again["customer_id"].nunique(), len(mature))
