"""Historical CLV: average order × orders a year × years, beside the predicted one."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.data.reading.frames import Frame, in_pandas

DAYS_PER_YEAR = 365.25


def historical_clv(average_order: Any, orders_per_year: Any, lifespan_years: Any) -> Any:
    """Return average order × orders a year × lifespan, in currency; numbers or arrays.

    Raises
    ------
    ValueError
        Orders or lifespan are negative.

    Examples
    --------
    >>> historical_clv(50, 7, 5)
    1750
    """
    if np.any(np.asarray(orders_per_year) < 0) or np.any(np.asarray(lifespan_years) < 0):
        raise ValueError("orders_per_year and lifespan_years cannot be negative")
    return average_order * orders_per_year * lifespan_years


def historical(
    features: Frame, *, margin: float = 1.0, lifespan_years: float | None = None, min_days: int = 90
) -> pd.DataFrame:
    """Return every customer's historical CLV from purchases so far.

    Parameters
    ----------
    features
        One row per customer (``features.build_features``).
    margin
        Share of spend that is margin, as in the predicted CLV.
    lifespan_years
        Years a customer is assumed to stay. Not given: the years observed, first purchase day to the cutoff, and the
        product is what the customer has spent. That lifespan is censored: the relationship of most is not over.
    min_days
        With an assumed lifespan, a rate a year is not made from fewer days as a customer: NaN.

    Returns
    -------
    pandas.DataFrame
        ``average_order`` (currency), ``orders_per_year`` (purchase days), ``lifespan_years``, ``historical_clv``
        (currency, margin), row by row as ``features``.

    Examples
    --------
    >>> features = pd.DataFrame(
    ...     {"purchase_days": [4, 1], "spend_mean": [50.0, 30.0], "spend_total": [200.0, 30.0], "tenure": [365.0, 20.0]}
    ... )
    >>> historical(features, margin=0.3, lifespan_years=2)
       average_order  orders_per_year  lifespan_years  historical_clv
    0           50.0         3.991803             2.0      119.754098
    1           30.0              NaN             2.0             NaN
    """
    features = in_pandas(features)
    days = features["tenure"].to_numpy(dtype=np.float64) + 1  # the first purchase day is a day as a customer
    order = features["spend_mean"].to_numpy(dtype=np.float64)
    yearly = features["purchase_days"].to_numpy(dtype=np.float64) * DAYS_PER_YEAR / days
    years = days / DAYS_PER_YEAR
    if lifespan_years is not None:
        yearly = np.where(days >= min_days, yearly, np.nan)
        years = np.full(len(days), float(lifespan_years))
    table = {"average_order": order, "orders_per_year": yearly, "lifespan_years": years}
    worth = historical_clv(order, np.nan_to_num(yearly), years) * margin
    return pd.DataFrame(table | {"historical_clv": np.where(np.isnan(yearly), np.nan, worth)}, index=features.index)


def compare_with_predicted(
    found: npt.ArrayLike, predicted: npt.ArrayLike, active: npt.ArrayLike, by: npt.ArrayLike
) -> pd.DataFrame:
    """Return historical beside predicted CLV, by segment and for all.

    Parameters
    ----------
    found, predicted
        Historical CLV and CLV of the next days, per customer, in currency and on the same margin. They answer different
        questions: what the past was worth, and what is to come.
    active
        Whether the customer is still active: then the lifespan is censored and the historical figure too low.
    by
        Segment.

    Returns
    -------
    pandas.DataFrame
        ``segment`` (the last is ``all``), ``customers``, ``historical_customers`` (with a figure), the mean and total
        of both, ``still_active`` (share) and ``rank_correlation`` (Spearman; NaN where there is none).

    Examples
    --------
    >>> compare_with_predicted(
    ...     found=[120.0, 40.0, 60.0],
    ...     predicted=[90.0, 10.0, 30.0],
    ...     active=[True, False, True],
    ...     by=["gold", "silver", "silver"],
    ... )[["segment", "customers", "historical_mean", "predicted_mean", "still_active"]]
      segment  customers  historical_mean  predicted_mean  still_active
    0    gold          1       120.000000       90.000000      1.000000
    1  silver          2        50.000000       20.000000      0.500000
    2     all          3        73.333333       43.333333      0.666667
    """
    table = pd.DataFrame({"by": by, "historical": found, "predicted": predicted, "active": active})
    parts = [*table.groupby("by", sort=True), ("all", table)]
    return pd.DataFrame([_row(str(name), one) for name, one in parts])


def _row(name: str, one: pd.DataFrame) -> dict[str, Any]:
    known = one[one["historical"].notna()]
    varies = (
        len(known) > 2 and (known[["historical", "predicted"]].max() > known[["historical", "predicted"]].min()).all()
    )
    ranks = known[["historical", "predicted"]].rank()
    return {
        "segment": name,
        "customers": len(one),
        "historical_customers": len(known),
        "historical_mean": known["historical"].mean(),
        "historical_total": known["historical"].sum(),
        "predicted_mean": one["predicted"].mean(),
        "predicted_total": one["predicted"].sum(),
        "still_active": one["active"].mean(),
        "rank_correlation": ranks["historical"].corr(ranks["predicted"]) if varies else np.nan,
    }
