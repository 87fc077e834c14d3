"""Returns on a later day come off the purchases they undo: by order where it is named, else off the latest before them.

A return that is dated on the day of the purchase is netted there. One that comes later lowers what that earlier day was
worth, from the day of the return on: as of a date before it, nothing is known of it. So each later return becomes two
lines of the table ``refunds``: its amount off the day of the purchase, and the same amount back on its own day, where
the log has it. What finds no purchase stays on its own day and comes off nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

import duckdb
import pandas as pd

from holdfast.data.engine import Reads, quote

_FETCHED = 100_000


@dataclass(frozen=True)
class Returns:
    """What became of the returns of a log.

    Attributes
    ----------
    lines, amount
        Lines with a negative amount, and what they are worth together, as a positive number of currency.
    at_once_lines
        Of these what was netted within its own day as a whole.
    later_lines, later_amount
        What came off purchases of earlier days. A line counts here if any part of it did.
    unmatched_lines, unmatched_amount
        What found no purchase before it. A line counts here if any part of it found none.
    """

    lines: int = 0
    amount: float = 0.0
    at_once_lines: int = 0
    later_lines: int = 0
    later_amount: float = 0.0
    unmatched_lines: int = 0
    unmatched_amount: float = 0.0


@dataclass
class _Basket:
    """A purchase that returns may still come off."""

    day: int
    left: int


@dataclass
class _Due:
    """Lines of one order and day that give back more than they buy, and how much of it finds no purchase."""

    day: int
    lines: int
    amount: int
    later: int = 0

    def take(self, basket: _Basket, moved: dict[tuple[int, int], int]) -> None:
        """Let as much as there is come off a purchase."""
        part = min(self.amount, basket.left)
        basket.left -= part
        self.amount -= part
        if basket.day < self.day and part:
            self.later += part
            moved[basket.day, self.day] -= part
            moved[self.day, self.day] += part


def match_returns(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    *,
    decimals: int = 2,
    reads: Reads | None = None,
) -> Returns:
    """Make the table ``refunds`` (``columns.REFUNDS``) of the lines in ``relation``.

    What is matched to a return depends on lines of its day and before only: a later line changes nothing of it.

    Parameters
    ----------
    connection, relation
        Where lines are, with ``customer_id``, ``day``, ``amount`` and the order.
    decimals
        Of the amounts.
    reads
        Where the lines are, if not in ``connection``; ids are text there.
    """
    lines, amount = (
        (reads or connection)
        .execute(f"SELECT COUNT(*), COALESCE(-SUM(amount), 0) FROM {relation} WHERE amount < 0")
        .fetchall()[0]
    )
    typed = "VARCHAR"
    if reads is None:
        typed = connection.execute(f"DESCRIBE SELECT customer_id FROM {relation}").fetchall()[0][1]
    columns = f"customer_id {typed}, day INTEGER, known_day INTEGER, amount DECIMAL(18,{decimals})"
    connection.execute(f"CREATE OR REPLACE TABLE refunds ({columns})")
    if not lines:
        return Returns()
    rows: list[tuple[Any, int, int, str]] = []
    later, unmatched, other = [0, 0], [0, 0], 0
    for customer, found in groupby(_baskets(reads or connection, relation, decimals), key=lambda row: row[0]):
        moved, dues = _settle(found)
        rows += [(customer, day, known, str(Decimal(cents).scaleb(-decimals))) for (day, known), cents in moved.items()]
        for due in dues:
            other += due.lines * (due.later > 0 or due.amount > 0)
            for total, part in ((later, due.later), (unmatched, due.amount)):
                total[0] += due.lines * (part > 0)
                total[1] += part
    if rows:
        table = pd.DataFrame(rows, columns=["customer_id", "day", "known_day", "amount"])
        connection.register("settled", table)
        names = ", ".join(map(quote, table.columns))
        connection.execute(f"INSERT INTO refunds SELECT {names} FROM settled WHERE CAST(amount AS DECIMAL(18,4)) <> 0")
        connection.unregister("settled")
    unit = 10**decimals
    return Returns(
        lines=int(lines),
        amount=round(float(amount), 2),
        at_once_lines=int(lines) - other,
        later_lines=later[0],
        later_amount=round(later[1] / unit, 2),
        unmatched_lines=unmatched[0],
        unmatched_amount=round(unmatched[1] / unit, 2),
    )


def _baskets(connection: Reads, relation: str, decimals: int) -> Iterator[tuple[Any, int, str, int, int]]:
    """Yield (customer, day, order, net in the smallest unit, return lines) of those with returns, in order of time."""
    nets = f"SELECT customer_id, day, order_id AS order_of, SUM(CAST(amount AS DECIMAL(28,{decimals}))) AS net, "
    nets += f"COUNT(*) FILTER (WHERE amount < 0) AS lines FROM {relation} GROUP BY customer_id, day, order_id"
    found = connection.execute(
        f"WITH nets AS ({nets}) SELECT customer_id, day, order_of, net, lines FROM nets "
        "WHERE customer_id IN (SELECT customer_id FROM nets WHERE net < 0) ORDER BY customer_id, day, order_of"
    )
    while rows := found.fetchmany(_FETCHED):
        for customer, day, order, net, lines in rows:
            yield customer, day, order, int(Decimal(net).scaleb(decimals)), lines


def _settle(rows: Iterable[tuple[Any, int, str, int, int]]) -> tuple[dict[tuple[int, int], int], list[_Due]]:
    """Let one customer's returns come off earlier purchases; return {(day, known day): change}, and every return."""
    moved: dict[tuple[int, int], int] = defaultdict(int)
    stack: list[_Basket] = []
    of_order: dict[str, list[_Basket]] = defaultdict(list)
    settled = []
    for day, today in groupby(rows, key=lambda row: row[1]):
        back = []
        for _, _, order, net, lines in today:
            if net > 0:
                stack.append(_Basket(day, net))
                of_order[order].append(stack[-1])
            elif net < 0:
                back.append((order, _Due(day, lines, -net)))
        for order, due in back:
            for basket in reversed(of_order[order]) if order else ():
                due.take(basket, moved)
        for _, due in back:
            while due.amount and stack:
                due.take(stack[-1], moved)
                if not stack[-1].left:
                    stack.pop()
            settled.append(due)
    return moved, settled
