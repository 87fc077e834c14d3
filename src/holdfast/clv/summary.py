"""Purchases → one row per customer: frequency, recency, T and mean spend, as buy-till-you-die models read them."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import duckdb
import pandas as pd

from holdfast.clv.arguments import one_of
from holdfast.clv.marks import FIRST_PURCHASE, TIME_UNIT
from holdfast.data.day import Day, read_day
from holdfast.data.engine import EPOCH, connect, quote
from holdfast.data.purchases import read_purchases
from holdfast.data.reading.frames import Frame, in_memory, is_frame, names_of
from holdfast.data.refunds import match_returns
from holdfast.data.source import Columns, Source
from holdfast.features.cutoff import Cutoff

TimeUnit = Literal["D", "W"]
DAYS = {"D": 1, "W": 7}

# Sums of doubles differ with the number of threads in their last bits; these do not.
_DECIMALS = 4
_MONEY = f"DECIMAL(18,{_DECIMALS})"
_LINES_A_RANGE, _MOST_RANGES, _SAMPLE = 250_000, 8, 20_000


def summarise(
    purchases: Frame | str | Path | Source,
    cutoff: Cutoff | Day,
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
        they lie; everything else is read by ``read_purchases``, which refuses what it cannot read.
    cutoff
        First day that is not known; the customers' age T ends the day before. A ``Cutoff``, a date, a timestamp at
        midnight, or ISO text such as "2024-06-24".
    time_unit
        ``"D"``: days. ``"W"``: days over 7, not rounded to calendar weeks.
    columns
        What the columns are called; ``amount`` may be missing.
    first_purchase
        Whether ``monetary_value`` averages the first purchase day too (then fit ``GammaGamma(first_purchase=True)``).
    zero_days
        A purchase is a customer-day on which more was bought than given back. By default, as in ``lifetimes``, a day
        whose lines net to exactly 0 without a return (a free order) counts too; ``False`` leaves it out.

    What was given back on a later day before the cutoff comes off ``monetary_value``: of its own order, where
    ``columns.order_id`` names orders, else of the latest purchases before it, never below 0
    (``holdfast.data.refunds``). It was a purchase all the same: frequency and recency stay.

    Returns
    -------
    pandas.DataFrame
        Indexed by customer, in order: ``frequency`` (repeat purchase days), ``recency`` and ``T`` (time units) and,
        where there are amounts, ``monetary_value`` (currency; 0 without a purchase to average). All float64. Its
        ``attrs`` say ``time_unit`` and ``first_purchase``, so that no model reads it otherwise.

    Raises
    ------
    DataError
        A column is missing, or lines cannot be read.
    ValueError
        ``cutoff`` is not a day, or ``time_unit`` is none.

    Examples
    --------
    >>> log = pd.DataFrame({"customer_id": ["a", "a", "b"], "amount": [5.0, 20.0, 9.0],
    ...                     "ordered_at": pd.to_datetime(["2024-01-01", "2024-01-31", "2024-01-11"])})
    >>> summarise(log, "2024-03-01").to_dict("index")["a"]
    {'frequency': 1.0, 'recency': 30.0, 'T': 59.0, 'monetary_value': 20.0}
    """
    if time_unit not in DAYS:
        raise ValueError(f'time_unit must be "D" (days) or "W" (weeks), not {time_unit!r}')
    one_of(first_purchase, "first_purchase", (True, False))
    day = ((cutoff.date if isinstance(cutoff, Cutoff) else read_day(cutoff, "cutoff")) - EPOCH).days
    purchases = in_memory(purchases)
    names = columns or Columns(amount="amount" if _has_amount(purchases) else None)
    lines = _lines_of_frame(purchases, names) if isinstance(purchases, pd.DataFrame) else None
    if lines is None:
        source = purchases if isinstance(purchases, Source) else Source(purchases, names)
        log = read_purchases(source)
        sampled = f"SELECT customer_id FROM purchases USING SAMPLE {_SAMPLE} ROWS (reservoir, 1)"
        sample = [row[0] for row in log.connection.execute(sampled).fetchall()]
        lines = _Lines(log.connection, "purchases", "day", "day", sample, log.has_money, log.report.kept)
        names = source.columns
    table = _summarise(lines, day, first_purchase=first_purchase, zero_days=zero_days)
    if DAYS[time_unit] != 1:
        table[["recency", "T"]] /= DAYS[time_unit]
    table.attrs |= {TIME_UNIT: time_unit, FIRST_PURCHASE: first_purchase}
    return table.set_index("customer_id").rename_axis(names.customer_id)


@dataclass(frozen=True)
class _Lines:
    """Purchases in a relation with customer_id and amount.

    ``time`` and ``day`` are the SQL of the time and of the day number; ``some_customers`` is a sample of ids.
    """

    connection: duckdb.DuckDBPyConnection
    relation: str
    time: str
    day: str
    some_customers: list[Any]
    money: bool
    count: int


def _has_amount(purchases: object) -> bool:
    return not is_frame(purchases) or "amount" in names_of(purchases)


def _lines_of_frame(frame: pd.DataFrame, names: Columns) -> _Lines | None:
    """Return a frame as it lies, or None where its columns need ``read_purchases``."""
    wanted = {"customer_id": names.customer_id, "ordered_at": names.ordered_at}
    wanted |= {"amount": names.amount} if names.amount else {}
    wanted |= {"order_id": names.order_id} if names.order_id else {}
    if any(theirs not in frame.columns for theirs in wanted.values()) or names.money not in ("amount", "none"):
        return None
    plain = pd.api.types.is_datetime64_dtype(frame[names.ordered_at]) and (
        names.amount is None or pd.api.types.is_numeric_dtype(frame[names.amount])
    )
    needed = [theirs for ours, theirs in wanted.items() if ours != "order_id"]
    if not plain or any(frame[theirs].isna().any() for theirs in needed):
        return None
    connection = connect()
    connection.register("given", frame)
    renamed = ", ".join(f"{quote(theirs)} AS {ours}" for ours, theirs in wanted.items())
    relation = f"(SELECT {renamed} FROM given) AS lines"
    day = f"(CAST(ordered_at AS DATE) - DATE '{EPOCH}')"
    if names.amount and (frame[names.amount] < 0).any():
        order = "COALESCE(CAST(order_id AS VARCHAR), '')" if names.order_id else "''"
        exact = f"CAST(amount AS {_MONEY}) AS amount"
        dated = f"(SELECT customer_id, {day} AS day, {exact}, {order} AS order_id FROM {relation}) AS dated"
        match_returns(connection, dated, decimals=_DECIMALS)
    who = frame[names.customer_id]
    sortable = pd.api.types.is_integer_dtype(who) or pd.api.types.is_string_dtype(who)
    sample = who.iloc[:: max(1, len(frame) // _SAMPLE)].tolist() if sortable else []
    return _Lines(connection, relation, "ordered_at", day, sample, names.amount is not None, len(frame))


def _summarise(lines: _Lines, day: int, *, first_purchase: bool, zero_days: bool) -> pd.DataFrame:
    """Run the summary, a range of customers at a time: the sums of one range fit the cache, and come out in order."""
    query = _summary_sql(lines, day, first_purchase=first_purchase, zero_days=zero_days)
    run = lines.connection.execute
    sample = sorted(lines.some_customers)
    parts = _ranges(lines.count) if sample else 1
    edges = [sample[i * len(sample) // parts] for i in range(1, parts)]
    tables = []
    for low, high in pairwise([None, *sorted(set(edges)), None]):
        bounds = {"low": low, "high": high}
        values = {name: value for name, value in bounds.items() if value is not None}
        within = [f" AND customer_id {'>=' if name == 'low' else '<'} ${name}" for name in values]
        tables.append(run(query.replace("{within}", "".join(within)), values or None).df())
    return pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]


def _ranges(lines: int) -> int:
    return max(1, min(_MOST_RANGES, lines // _LINES_A_RANGE))


def _summary_sql(lines: _Lines, day: int, *, first_purchase: bool, zero_days: bool) -> str:
    end = str(day) if lines.time == lines.day else f"DATE '{EPOCH}' + {day}"
    least, spend, mean = None, "", ""
    if lines.money:
        least = lines.connection.execute(f"SELECT MIN(amount) FROM {lines.relation}").fetchall()[0][0]
        spend = f", SUM(CAST(amount AS {_MONEY})) AS spend"
        repeat = ("SUM(spend) - MIN_BY(spend, day)", "(COUNT(*) - 1)")
        paid, days = ("SUM(spend)", "COUNT(*)") if first_purchase else repeat
        mean = f", COALESCE(CAST({paid} AS DOUBLE) / NULLIF({days}, 0), 0.0) AS monetary_value"
    where = f"{lines.time} < {end} {{within}}"
    source, having = f"(SELECT *, {lines.day} AS day FROM {lines.relation} WHERE {where}) AS parts", ""
    if least is not None and least < 0:
        source, having = _with_refunds(lines, where, day), "HAVING SUM(own) > 0"
        having += " OR (SUM(own) = 0 AND MIN(own) = 0)" if zero_days else ""
    elif least == 0 and not zero_days:
        having = "HAVING SUM(amount) > 0"
    return (
        f"WITH days AS (SELECT customer_id, day{spend} FROM {source} GROUP BY customer_id, day {having}) "
        "SELECT customer_id, CAST(COUNT(*) - 1 AS DOUBLE) AS frequency, "
        f'CAST(MAX(day) - MIN(day) AS DOUBLE) AS recency, CAST({day} - 1 - MIN(day) AS DOUBLE) AS "T"{mean} '
        "FROM days GROUP BY customer_id ORDER BY customer_id"
    )


def _with_refunds(lines: _Lines, where: str, day: int) -> str:
    """Return the lines and what returns of later days took off them before the cutoff."""
    exact = f"CAST(amount AS {_MONEY})"
    return (
        f"(SELECT customer_id, {lines.day} AS day, {exact} AS amount, {exact} AS own FROM {lines.relation} "
        f"WHERE {where} UNION ALL SELECT customer_id, day, amount, CASE WHEN known_day = day THEN amount ELSE 0 END "
        f"FROM refunds WHERE known_day < {day} {{within}}) AS parts"
    )
