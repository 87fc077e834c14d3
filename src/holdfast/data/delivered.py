"""What the newest delivery of a log got wrong: new lines rejected, lines that came twice, ids spelt in another way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from holdfast.data.engine import EPOCH, Reads
from holdfast.data.rules import KEPT
from holdfast.data.source import Source
from holdfast.data.values.parse import are_many_ways
from holdfast.language import to_tell, told
from holdfast.learn.arrays import Ints

REJECTED, REPEATED, SPELT = "rejected", "repeated", "ids"
GAP, SHORT, ENDS, EARLIER = "gap", "days", "ends", "earlier"
"""Kinds of what only more than the lines shows (``pipeline.delivery``); ``SHORT``: few days, as holidays are."""
KINDS = (REJECTED, REPEATED, SPELT, GAP, SHORT, ENDS, EARLIER)
# Fewer lines are typing errors; so many in a hundred of the newest week, and so many times what is usual, are none.
_LEAST, _WEEK, _SHARE, _TIMES = 5, 7, 0.05, 5.0
# Of a day whose lines came twice, nearly every line has a copy. With few columns some lines are alike by chance.
_TWICE, _LEAST_COPIES, _LEAST_LINES = 0.9, 20, 3
# A spelling that began so many days ago at most is new.
_NEW_DAYS = 28
_ALL = to_tell(
    "All {lines:n line} since {day} were rejected ({reason}): the newest day known is {last}. Mend the file, or "
    "say how it is written now (`holdfast check`), and score again."
)
_END = to_tell(
    "The newest {lines:n line} of the file, all those after the last one that could be read, were rejected ({reason}): "
    "the newest day known is {last}. Mend the file, or say how it is written now (`holdfast check`), and score again."
)
_MANY = to_tell(
    "{lines:n line} of {of:,} since {day} were rejected ({reason}), of those before {usual:.1%}: customers who bought "
    "then look silent. Mend the file, or say how it is written now (`holdfast check`), and score again."
)


@dataclass(frozen=True)
class Delivered:
    """Something that a delivery got wrong.

    Attributes
    ----------
    kind
        ``rejected``, ``repeated`` or ``ids``.
    said
        What, since when, and what to do; no customer is in it.
    new
        Whether it came with the newest lines: what has always been so raises no alarm.
    """

    kind: str
    said: str
    new: bool = True


def delivered_in(connection: Reads, rejects: pd.DataFrame, source: Source, seen: str) -> list[Delivered]:
    """Look at the tables ``decided`` and ``purchases``; ``seen``: its ``customers_seen``."""
    each = connection.execute(
        f"SELECT day, COUNT(*), COUNT(*) FILTER (WHERE decision = 'rejected') FROM decided WHERE day IS NOT NULL AND "
        f"decision IN ('{KEPT}', 'rejected') GROUP BY day ORDER BY day"
    ).fetchall()
    found = [*_rejected(connection, _columns(each), rejects)] if len(rejects) else []
    again = connection.execute(
        "SELECT day, COUNT(*), COUNT(*) FILTER (WHERE n > 1), CAST(SUM(n - 1) AS BIGINT) FROM (SELECT day, line_hash, "
        f"COUNT(*) AS n FROM decided WHERE decision = '{KEPT}' GROUP BY day, line_hash) AS g GROUP BY day ORDER BY day"
    ).fetchall()
    found += repeated("purchases", *_columns(again), key=source.rule("duplicates"))
    return [*found, *spelt_apart(connection, seen, source.key("id_case"))]


def repeated(table: str, days: Ints, lines: Ints, twice: Ints, copies: Ints, *, key: str) -> list[Delivered]:
    """Return what to know of days of which nearly every line came twice, as where a file was delivered again.

    Parameters
    ----------
    table
        Its name.
    days, lines, twice, copies
        Days of lines, and of each how many different lines it has, how many of these came twice or more, and how many
        lines are too many, shape (n,).
    key
        What drops exact repeats.

    Examples
    --------
    >>> days, lines, copies = (np.array(v) for v in ([20000, 20001, 20002], [40, 41, 39], [1, 0, 39]))
    >>> (found,) = repeated("bills", days, lines, copies, copies, key="subscriptions.duplicates")
    >>> print(found.said.partition(":")[0])
    bills
    >>> repeated("bills", days, lines, np.minimum(copies, 9), np.minimum(copies, 9), key="…")
    []
    """
    again = (lines >= _LEAST_LINES) & (twice >= _TWICE * lines)
    if copies[again].sum() < _LEAST_COPIES:
        return []
    said = told(
        "{table}: nearly all lines of {count:n day} ({first} to {last}) came twice or more: {copies:n line} equal to "
        "another in every column, on other days {usual:.1%} of them. Where a file was delivered again, they are added "
        "up twice: {key}: drop takes the copies out.",
        table=table,
        count=int(again.sum()),
        first=_iso(days[again].min()),
        last=_iso(days[again].max()),
        copies=int(copies[again].sum()),
        usual=float(copies[~again].sum() / max(int((lines + copies)[~again].sum()), 1)),
        key=key,
    )
    return [Delivered(REPEATED, said)]


def _rejected(connection: Reads, each: Sequence[Ints], rejects: pd.DataFrame) -> list[Delivered]:
    """Say which of the newest lines were rejected: by their days, and where these cannot be read, by their place."""
    days, lines, refused = each
    last = days[lines > refused].max()
    reasons = (rejects["column"] + " " + rejects["reason"]).value_counts()
    known = {"reason": str(reasons.index[0]), "last": _iso(last)}
    newest = days > last
    undated = _after_all(connection)
    if undated >= _LEAST:
        return [Delivered(REJECTED, told(_END, lines=undated, **known))]
    if refused[newest].sum() >= _LEAST:
        first = _iso(days[newest].min())
        return [Delivered(REJECTED, told(_ALL, lines=int(refused[newest].sum()), day=first, **known))]
    week = days > days.max() - _WEEK
    now, of = int(refused[week].sum()), int(lines[week].sum())
    usual = float(refused[~week].sum() / max(int(lines[~week].sum()), 1))
    if now < 2 * _LEAST or now < max(_SHARE, _TIMES * usual) * of:
        return []
    first = _iso(days.max() - _WEEK + 1)
    said = told(_MANY, lines=now, of=of, day=first, usual=usual, reason=known["reason"])
    return [Delivered(REJECTED, said)]


def _after_all(connection: Reads) -> int:
    """Return how many lines without a day were rejected after all lines kept of their file, or before all of them."""
    ((after, before),) = connection.execute(
        "SELECT COUNT(*) FILTER (WHERE record > highest), COUNT(*) FILTER (WHERE record < lowest) FROM decided JOIN "
        f"(SELECT file AS of_file, MIN(record) FILTER (WHERE decision = '{KEPT}') AS lowest, "
        f"MAX(record) FILTER (WHERE decision = '{KEPT}') AS highest FROM decided GROUP BY file) AS kept "
        "ON file = of_file WHERE day IS NULL AND decision = 'rejected'"
    ).fetchall()
    return max(int(after), int(before))


def spelt_apart(connection: Reads, seen: str, key: str) -> list[Delivered]:
    """Say that ids of customers differ only by capitals or blanks: one person counts as several.

    ``seen``: SQL of a relation of each ``customer_id`` with their ``first_day`` and ``last_day``; ``key``: of id_case.

    Ids in which a capital is another letter (Salesforce's of 15) are alike by chance: there neither of two is all in
    small letters or all in capitals.
    """
    folded = "LOWER(REPLACE(REPLACE(customer_id, ' ', ''), chr(160), ''))"
    rows = connection.execute(
        f"SELECT ids, plain, began, blanks, COUNT(*) FROM (SELECT COUNT(*) AS ids, "
        "MAX(CASE WHEN customer_id IN (LOWER(customer_id), UPPER(customer_id)) THEN 1 ELSE 0 END) AS plain, "
        f"MAX(first_day) AS began, CASE WHEN COUNT(DISTINCT LOWER(customer_id)) > 1 THEN 1 ELSE 0 END AS blanks "
        f"FROM {seen} GROUP BY {folded}) AS g WHERE ids > 1 GROUP BY ids, plain, began, blanks ORDER BY 1, 2, 3, 4"
    ).fetchall()
    ((customers, last),) = connection.execute(f"SELECT COUNT(*), MAX(last_day) FROM {seen}").fetchall()
    groups = [(int(ids), bool(plain), began, int(n)) for ids, plain, began, blanks, n in rows]
    chance = sum(n for ids, plain, _, n in groups if ids > 3 or not plain)
    extra = sum((ids - 1) * n for ids, plain, _, n in groups)
    total = sum(n for *_, n in groups)
    if not are_many_ways(int(customers), int(customers) - extra) or 10 * chance > total:
        return []
    new = sum(n for *_, began, n in groups if began is not None and began > last - _NEW_DAYS)
    blanks = sum(int(n) for *_, blank, n in rows if blank)
    said = (
        to_tell(
            "{customers:n customer} would be {people:,} if capitals made no difference in their ids: one person counts "
            "as several, and the first of them looks gone. {key}: fold makes them one."
        )
        if 2 * blanks < total
        else to_tell(
            "{customers:n customer} would be {people:,} if blanks and capitals made no difference in their ids: one "
            "person counts as several, and the first of them looks gone. Write each id in one way, or map one to the "
            "other (tables.id_map; {key}: fold for capitals)."
        )
    )
    said = told(said, customers=int(customers), people=int(customers) - extra, key=key)
    return [Delivered(SPELT, said, new=2 * new >= total)]


def _columns(rows: Sequence[Sequence[int]]) -> list[Ints]:
    width = len(rows[0]) if rows else 4
    return list(np.array(rows, dtype=np.int64).reshape(-1, width).T)


def _iso(day: int) -> date:
    return EPOCH + timedelta(days=int(day))
