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
from holdfast.data.door import EPOCH, read_purchases
from holdfast.data.engine import connect, quote
from holdfast.data.source import Columns, Source
from holdfast.features.cutoff import Cutoff

TimeUnit = Literal["D", "W"]
DAYS = {"D": 1, "W": 7}

# Sums of doubles differ with the number of threads in their last bits; these do not.
_MONEY = "DECIMAL(18,4)"
_LINES_A_RANGE, _MOST_RANGES, _SAMPLE = 250_000, 8, 20_000


def summarise(
    purchases: pd.DataFrame | str | Path | Source,
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
        they lie; everything else goes through the door (``read_purchases``), which refuses what it cannot read.
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
        A purchase is a customer-day with positive net spend, returns netted. By default, as in ``lifetimes``, a day
        whose lines net to exactly 0 without a return (a free order) counts too; ``False`` leaves it out.

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
    return not isinstance(purchases, pd.DataFrame) or "amount" in purchases.columns


def _lines_of_frame(frame: pd.DataFrame, names: Columns) -> _Lines | None:
    """Return a frame as it lies, or None where its columns need the door's reading."""
    wanted = {"customer_id": names.customer_id, "ordered_at": names.ordered_at}
    wanted |= {"amount": names.amount} if names.amount else {}
    if any(theirs not in frame.columns for theirs in wanted.values()) or names.money not in ("amount", "none"):
        return None
    plain = pd.api.types.is_datetime64_dtype(frame[names.ordered_at]) and (
        names.amount is None or pd.api.types.is_numeric_dtype(frame[names.amount])
    )
    if not plain or any(frame[theirs].isna().any() for theirs in wanted.values()):
        return None
    connection = connect()
    connection.register("given", frame)
    renamed = ", ".join(f"{quote(theirs)} AS {ours}" for ours, theirs in wanted.items())
    relation = f"(SELECT {renamed} FROM given) AS lines"
    day = f"(CAST(ordered_at AS DATE) - DATE '{EPOCH}')"
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
        bounds = {"customer_id >= ?": low, "customer_id < ?": high}
        within = [condition for condition, value in bounds.items() if value is not None]
        values = [value for value in bounds.values() if value is not None]
        tables.append(run(query.replace("{within}", "".join(f" AND {w}" for w in within)), values).df())
    return pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]


def _ranges(lines: int) -> int:
    return max(1, min(_MOST_RANGES, lines // _LINES_A_RANGE))


def _summary_sql(lines: _Lines, day: int, *, first_purchase: bool, zero_days: bool) -> str:
    having, spend, mean = "", "", ""
    end = str(day) if lines.time == lines.day else f"DATE '{EPOCH}' + {day}"
    if lines.money:
        spend = f", SUM(CAST(amount AS {_MONEY})) AS spend"
        having = _which_days_count(lines, zero_days)
        repeat = ("SUM(spend) - MIN_BY(spend, day)", "(COUNT(*) - 1)")
        paid, days = ("SUM(spend)", "COUNT(*)") if first_purchase else repeat
        mean = f", COALESCE(CAST({paid} AS DOUBLE) / NULLIF({days}, 0), 0.0) AS monetary_value"
    return (
        f"WITH days AS (SELECT customer_id, {lines.day} AS day{spend} FROM {lines.relation} "
        f"WHERE {lines.time} < {end} {{within}} GROUP BY ALL {having}) "
        "SELECT customer_id, CAST(COUNT(*) - 1 AS DOUBLE) AS frequency, "
        f'CAST(MAX(day) - MIN(day) AS DOUBLE) AS recency, CAST({day} - 1 - MIN(day) AS DOUBLE) AS "T"{mean} '
        "FROM days GROUP BY customer_id ORDER BY customer_id"
    )


def _which_days_count(lines: _Lines, zero_days: bool) -> str:
    """Return the condition on a customer-day; none where no line of the log could fail it."""
    least = lines.connection.execute(f"SELECT MIN(amount) FROM {lines.relation}").fetchall()[0][0]
    if least is None or least > 0 or (least == 0 and zero_days):
        return ""
    free = f"OR (SUM(CAST(amount AS {_MONEY})) = 0 AND MIN(amount) = 0)" if zero_days else ""
    return f"HAVING SUM(CAST(amount AS {_MONEY})) > 0 {free}"
