"""Purchases → one row per customer: frequency, recency, T and mean spend, as buy-till-you-die models read them."""

import datetime
from pathlib import Path
from typing import Literal

import pandas as pd

from holdfast.data.door import EPOCH, read_purchases
from holdfast.data.engine import connect, quote
from holdfast.data.source import Columns, Source
from holdfast.features.cutoff import Cutoff

TimeUnit = Literal["D", "W"]
DAYS = {"D": 1, "W": 7}

# Sums of doubles differ with the number of threads in their last bits; these do not.
_MONEY = "DECIMAL(18,4)"


def summarise(
    purchases: pd.DataFrame | str | Path | Source,
    cutoff: Cutoff | datetime.date,
    *,
    time_unit: TimeUnit = "D",
    columns: Columns | None = None,
    first_purchase: bool = False,
    zero_days: bool = True,
) -> pd.DataFrame:
    """Summarise what customers bought before a cutoff; the same as ``lifetimes``' summary, on DuckDB.

    Parameters
    ----------
    purchases
        One line per purchase: a frame, a file, or a ``Source``. Frames with timestamps and numbers are read where
        they lie; everything else goes through the door (``read_purchases``), which refuses what it cannot read.
    cutoff
        First day that is not known; the customers' age T ends the day before.
    time_unit
        ``"D"``: days. ``"W"``: days over 7, not rounded to calendar weeks.
    columns
        What the columns are called; ``amount`` may be missing.
    first_purchase
        Whether ``monetary_value`` averages the first purchase day too (then fit ``GammaGamma(first_purchase=True)``).
    zero_days
        A purchase is a customer-day with positive net spend, returns netted. By default, as in ``lifetimes``, a day
        whose lines net to exactly 0 without a return (a free order) counts too; ``False`` leaves it out.

    Returns
    -------
    pandas.DataFrame
        Indexed by customer, in order: ``frequency`` (repeat purchase days), ``recency`` and ``T`` (time units) and,
        where there are amounts, ``monetary_value`` (currency; 0 without a purchase to average). All float64.

    Raises
    ------
    DataError
        A column is missing, or lines cannot be read.

    Examples
    --------
    >>> log = pd.DataFrame({"customer_id": ["a", "a", "b"], "amount": [5.0, 20.0, 9.0],
    ...                     "ordered_at": pd.to_datetime(["2024-01-01", "2024-01-31", "2024-01-11"])})
    >>> summarise(log, datetime.date(2024, 3, 1)).to_dict("index")["a"]
    {'frequency': 1.0, 'recency': 30.0, 'T': 59.0, 'monetary_value': 20.0}
    """
    day = ((cutoff.date if isinstance(cutoff, Cutoff) else cutoff) - EPOCH).days
    names = columns or Columns(amount="amount" if _has_amount(purchases) else None)
    if isinstance(purchases, pd.DataFrame):
        found = _from_frame(purchases, names, day, first_purchase, zero_days)
        if found is not None:
            return _in_units(found, names.customer_id, time_unit)
    source = purchases if isinstance(purchases, Source) else Source(purchases, names)
    log = read_purchases(source)
    lines = (
        f"SELECT customer_id, day, {'amount' if log.has_money else 'NULL AS amount'} FROM purchases WHERE day < {day}"
    )
    query = _summary_sql(lines, day, log.has_money, first_purchase, zero_days)
    return _in_units(log.connection.execute(query).df(), source.columns.customer_id, time_unit)


def _has_amount(purchases: object) -> bool:
    return not isinstance(purchases, pd.DataFrame) or "amount" in purchases.columns


def _from_frame(
    frame: pd.DataFrame, names: Columns, day: int, first_purchase: bool, zero_days: bool
) -> pd.DataFrame | None:
    """Summarise a frame in place, or return None where its columns need the door's reading."""
    wanted = [names.customer_id, names.ordered_at, *([names.amount] if names.amount else [])]
    if any(name not in frame.columns for name in wanted) or names.money not in ("amount", "none"):
        return None
    times = frame[names.ordered_at]
    plain = pd.api.types.is_datetime64_dtype(times) and (
        names.amount is None or pd.api.types.is_numeric_dtype(frame[names.amount])
    )
    if not plain or any(frame[name].isna().any() for name in wanted):
        return None
    connection = connect()
    connection.register("given", frame[wanted])
    amount = f"CAST({quote(names.amount)} AS {_MONEY})" if names.amount else "NULL"
    customer, at = quote(names.customer_id), quote(names.ordered_at)
    lines = (
        f"SELECT {customer} AS customer_id, CAST({at} AS DATE) - DATE '{EPOCH}' AS day, {amount} AS amount "
        f"FROM given WHERE {at} < DATE '{EPOCH}' + {day}"
    )
    return connection.execute(_summary_sql(lines, day, names.amount is not None, first_purchase, zero_days)).df()


def _summary_sql(lines: str, day: int, money: bool, first_purchase: bool, zero_days: bool) -> str:
    """Return the SQL of the summary; ``lines`` has customer_id, day and amount."""
    if not money:
        having, spend, mean = "", "", ""
    else:
        free = "OR (SUM(amount) = 0 AND MIN(amount) = 0)" if zero_days else ""
        having, spend = f"HAVING SUM(amount) > 0 {free}", ", SUM(amount) AS spend"
        paid, days = (
            ("SUM(spend)", "COUNT(*)") if first_purchase else ("SUM(spend) - MIN_BY(spend, day)", "(COUNT(*) - 1)")
        )
        mean = f", COALESCE(CAST({paid} AS DOUBLE) / NULLIF({days}, 0), 0.0) AS monetary_value"
    return (
        f"WITH days AS (SELECT customer_id, day{spend} FROM ({lines}) AS lines GROUP BY customer_id, day {having}) "
        "SELECT customer_id, CAST(COUNT(*) - 1 AS DOUBLE) AS frequency, "
        f'CAST(MAX(day) - MIN(day) AS DOUBLE) AS recency, CAST({day} - 1 - MIN(day) AS DOUBLE) AS "T"{mean} '
        "FROM days GROUP BY customer_id ORDER BY customer_id"
    )


def _in_units(table: pd.DataFrame, customer: str, time_unit: TimeUnit) -> pd.DataFrame:
    if time_unit not in DAYS:
        raise ValueError(f'time_unit must be "D" (days) or "W" (weeks), not {time_unit!r}')
    if DAYS[time_unit] != 1:
        table[["recency", "T"]] /= DAYS[time_unit]
    return table.set_index("customer_id").rename_axis(customer)
