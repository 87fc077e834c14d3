"""Timelines: what the customers on the first rows of the lists did so far, for a person who looks one of them up."""

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import pandas as pd

from holdfast.clv import PoissonModel
from holdfast.columns import FIRST_ROWS, TIMELINES
from holdfast.contractual.spells import OPEN
from holdfast.contractual.table import Contracts
from holdfast.data.engine import EPOCH
from holdfast.features.build import spend_days_sql
from holdfast.pipeline.preparation import PreparedPurchases

# Days on which P(alive) is looked at, spread evenly from the first purchase to the as-of date.
_STEPS = 60
# Of so many purchases the days around each are looked at too, where P(alive) jumps.
_JUMPS = 60


def purchase_timelines(prepared: PreparedPurchases, model: PoissonModel, lists: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the purchase days of the customers on the first rows of the lists, and P(alive) on days between.

    Parameters
    ----------
    prepared
        The log and the cutoff.
    model
        What says P(alive): on every day from what was known of the customer by then.
    lists
        The ranked lists.

    Returns
    -------
    pandas.DataFrame
        ``columns.TIMELINES``, ordered by customer and date; on the as-of date ``p_alive`` is that of the scores.
    """
    connection, cutoff = prepared.log.connection, prepared.cutoff
    asked = pd.DataFrame({"customer_id": _first(lists)}, dtype="str")
    days_sql = spend_days_sql(f"day < {cutoff.day} AND customer_id IN (SELECT customer_id FROM asked)", cutoff.day)
    connection.register("asked", asked.astype(object))
    try:
        days = connection.sql(
            f"SELECT customer_id, day, CAST(spend AS DOUBLE) AS spend FROM ({days_sql}) AS days "
            "ORDER BY customer_id, day"
        ).df()
    finally:
        connection.unregister("asked")
    if not prepared.log.has_money:
        days["spend"] = np.nan
    parts = [_rows(days["customer_id"], days["day"], "purchase", days["spend"])]
    if len(days):
        looked = pd.concat([_looked_at(of, cutoff.day) for _, of in days.groupby("customer_id")], ignore_index=True)
        parts.append(_rows(looked["customer_id"], looked["day"], "p_alive", model.p_alive(looked)))
    return _ordered(parts)


def contract_timelines(contracts: Contracts, lists: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return when the contracts of the customers on the first rows of the lists began and ended, and their prices.

    A table with one row per customer and no dates has no timelines.
    """
    if contracts.spells is None or contracts.cutoff is None:
        return _ordered([])
    known = contracts.spells.known_at(contracts.cutoff.day).frame
    mine = known[known["customer_id"].isin(_first(lists))]
    price = mine["price"] if "price" in mine else pd.Series(np.nan, index=mine.index)
    ended = mine[mine["end"] < OPEN]
    nothing = pd.Series(np.nan, index=ended.index)
    return _ordered(
        [
            _rows(mine["customer_id"], mine["start"], "start", price),
            _rows(ended["customer_id"], ended["end"], "end", nothing),
        ]
    )


def _first(lists: Iterable[pd.DataFrame]) -> list[str]:
    return sorted({str(c) for table in lists for c in table["customer_id"].head(FIRST_ROWS)})


def _looked_at(days: pd.DataFrame, until: int) -> pd.DataFrame:
    """Return frequency, recency and T of one customer as they were known on days between the first and ``until``."""
    bought = days["day"].to_numpy(dtype=np.int64)
    first = int(bought[0])
    at = np.linspace(first + 1, until, min(_STEPS, until - first)).round().astype(np.int64)
    if len(bought) <= _JUMPS:
        at = np.concatenate([at, bought[1:], bought + 1])
    at = np.unique(at[(at > first) & (at <= until)])
    so_far = np.searchsorted(bought, at)  # purchases before that day
    return pd.DataFrame(
        {
            "customer_id": days["customer_id"].iloc[0],
            "day": at,
            "frequency": (so_far - 1).astype(np.float64),
            "recency": (bought[so_far - 1] - first).astype(np.float64),
            "T": (at - 1 - first).astype(np.float64),
        }
    )


def _rows(who: pd.Series, day: pd.Series, what: str, value: object) -> pd.DataFrame:
    dates: list[date] = [EPOCH + timedelta(days=int(d)) for d in day]
    given = {"customer_id": who.astype("str").to_numpy(), "date": pd.Series(dates, dtype=object), "what": what}
    return pd.DataFrame({**given, "value": np.asarray(value, dtype=np.float64)})


def _ordered(parts: list[pd.DataFrame]) -> pd.DataFrame:
    names = [c.name for c in TIMELINES]
    if not any(len(part) for part in parts):
        parts = [_rows(pd.Series([], dtype="str"), pd.Series([], dtype="int64"), "", [])]
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values(["customer_id", "date", "what"], kind="stable", ignore_index=True)[names]
