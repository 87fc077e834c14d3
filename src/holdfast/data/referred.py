"""Lines that name no customer but an order, as refunds do: whose they are is said by the order that they refer to.

The customer of an order is looked up for such lines alone, so what is kept grows with them and not with the shop. What
refers to an order that a rule on a column drops is dropped with it: a refund of what never counted takes nothing off.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from holdfast.data.engine import Reads
from holdfast.data.reading.rawtable import RawTable
from holdfast.data.source import Source
from holdfast.data.values import parse
from holdfast.wording import counted

TABLE, _ASKING = "referred_orders", "asking_lines"
# What a line says: its order (as numbers are compared), the order it refers to, its customer, its order as it stands
# there, and the rule on a column that drops it.
OF_LINES = ("named", "refers", "own", "order_id", "dropped")


@dataclass(frozen=True)
class Referred:
    """What became of lines that name no customer but an order.

    Attributes
    ----------
    lines, amount
        Kept under the customer of that order, and what they are worth together, in currency.
    lost_lines, lost_amount
        Whose order is not there, or is nobody's, or of several customers: they have no customer.
    """

    lines: int = 0
    amount: float = 0.0
    lost_lines: int = 0
    lost_amount: float = 0.0

    def sentences(self) -> list[str]:
        """Return what an account says of them.

        Examples
        --------
        >>> Referred(2, -30.5, 1, -4.0).sentences()[0]
        '2 lines without a customer (worth -30.50) took the customer of the order that they refer to'
        >>> Referred(0, 0.0, 1, -4.0).sentences()
        ['1 line (worth -4.00) refers to no order of one customer in the file, and stays without a customer']
        """
        said = []
        if self.lines:
            took = "it refers" if self.lines == 1 else "they refer"
            said.append(
                f"{counted(self.lines, 'line')} without a customer (worth {self.amount:,.2f}) took the customer of the "
                f"order that {took} to"
            )
        if self.lost_lines:
            refer, stay = ("refers", "stays") if self.lost_lines == 1 else ("refer", "stay")
            said.append(
                f"{counted(self.lost_lines, 'line')} (worth {self.lost_amount:,.2f}) {refer} to no order of one "
                f"customer in the file, and {stay} without a customer"
            )
        return said


def pairs(raw: RawTable, source: Source, dropped: str) -> str:
    """Return the SELECT of what each line of a raw table says (``OF_LINES``); ``dropped``: SQL of a rule's name."""
    order = parse.order_or_product("order_id", raw.types["order_id"], source)
    refers = parse.order_or_product("refers_to", raw.types["refers_to"], source)
    own = parse.own_customer("customer_id", raw.types["customer_id"], source)
    values = (key(order), key(refers), own, order, dropped)
    return (
        f"SELECT {', '.join(f'{sql} AS {name}' for sql, name in zip(values, OF_LINES, strict=True))} FROM {raw.table}"
    )


def keep_referred(connection: duckdb.DuckDBPyConnection, of_files: Sequence[str]) -> None:
    """Create the table in which ``referring`` looks, of the ``pairs`` of all files that say what lines refer to."""
    if not of_files:
        return
    lines = f"({' UNION ALL '.join(of_files)}) AS lines"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {_ASKING} AS {asking(lines)}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {TABLE} AS {answers(lines, _ASKING)}")
    connection.execute(f"DROP TABLE {_ASKING}")


def registered(connection: duckdb.DuckDBPyConnection, found: pa.Table) -> None:
    """Create that table from its rows, where another engine found them."""
    connection.register("answers_of_orders", found)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {TABLE} AS SELECT * FROM answers_of_orders")
    connection.unregister("answers_of_orders")


def asking(lines: str) -> str:
    """Return the SELECT of the lines of a relation (``OF_LINES``) that name no customer but an order."""
    return f"SELECT DISTINCT named, refers, order_id FROM {lines} WHERE own IS NULL AND refers IS NOT NULL"


def answers(lines: str, asked: str) -> str:
    """Return the SELECT of the orders that the lines of ``asked`` refer to: whose, and which rule drops all of one.

    An order of several customers is nobody's. One that has no customer itself, but refers to another, as a capture does
    that is refunded, has that one's.
    """
    # An alias of an aggregate must not be called as the column that it is of: some engines read it in HAVING.
    return (
        f"WITH told AS (SELECT named AS of_order, MIN(own) AS who, MIN(order_id) AS id, "
        f"CASE WHEN COUNT(dropped) = COUNT(*) THEN MIN(dropped) END AS gone FROM {lines} "
        f"WHERE own IS NOT NULL AND named IN (SELECT refers FROM {asked}) GROUP BY named HAVING MIN(own) = MAX(own)), "
        "between_them AS (SELECT asking.named AS of_order, MIN(told.who) AS one, MIN(told.id) AS first_id, "
        "MIN(told.gone) AS first_gone "
        f"FROM {asked} AS asking JOIN told ON asking.refers = told.of_order "
        f"WHERE asking.named IN (SELECT refers FROM {asked}) "
        "AND asking.named NOT IN (SELECT of_order FROM told) "
        "GROUP BY asking.named HAVING MIN(told.who) = MAX(told.who)) "
        "SELECT of_order AS named, who AS own, id AS order_id, gone AS dropped FROM told "
        "UNION ALL SELECT of_order, one, first_id, first_gone FROM between_them"
    )


def referring(raw: RawTable, source: Source, relation: str) -> str:
    """Return a relation of a raw table's cells, and ``referred_…`` of the order referred to: own, order, gone.

    ``file_own`` and ``file_refers`` are what the file says: reading ids again and again costs as much again.
    """
    if "refers_to" not in raw.types:
        return relation
    own = parse.own_customer("customer_id", raw.types["customer_id"], source)
    refers = parse.order_or_product("refers_to", raw.types["refers_to"], source)
    return (
        "(SELECT of_file.*, asked.own AS referred_own, asked.order_id AS referred_order, "
        "asked.dropped AS referred_gone "
        f"FROM (SELECT *, {own} AS file_own, {key(refers)} AS file_refers FROM {relation}) AS of_file "
        f"LEFT JOIN {TABLE} AS asked ON asked.named = CASE WHEN file_own IS NULL THEN file_refers END) AS referring"
    )


def own_customer(raw: RawTable, source: Source) -> str:
    """Return the SQL of the customer's id as the file has it, or as the order has it that a line refers to."""
    if "refers_to" in raw.types:
        return "COALESCE(file_own, referred_own)"
    return parse.own_customer("customer_id", raw.types["customer_id"], source)


def customer(raw: RawTable, source: Source) -> str:
    """Return the SQL of the id that remains of it where accounts were merged."""
    own = own_customer(raw, source)
    return own if source.id_map is None else source.id_map.remaining(own)


def refers(raw: RawTable) -> str:
    """Return the SQL of the order whose customer a line took; ``''`` where it found none, NULL where it asks none."""
    if "refers_to" not in raw.types:
        return "CAST(NULL AS VARCHAR)"
    return "CASE WHEN file_own IS NULL AND file_refers IS NOT NULL THEN COALESCE(referred_order, '') END"


def unanswered(raw: RawTable, source: Source) -> str:
    """Return the SQL that is true of a raw table's lines, if without a customer, that no order gives one."""
    if "refers_to" not in raw.types:
        return "TRUE"
    refers = key(parse.order_or_product("refers_to", raw.types["refers_to"], source))
    return f"NOT COALESCE({refers} IN (SELECT named FROM {TABLE}), FALSE)"


def referred_in(connection: Reads, source: Source, kept: str) -> Referred | None:
    """Count such lines in the table ``decided``; None where no column says that a line refers to an order."""
    if source.columns.refers_to is None:
        return None
    lines, amount, lost, lost_amount = connection.execute(
        f"SELECT COUNT(*) FILTER (WHERE refers <> '' AND decision = '{kept}'), "
        f"SUM(amount) FILTER (WHERE refers <> '' AND decision = '{kept}'), "
        "COUNT(*) FILTER (WHERE refers = '' AND decision IN ('missing_customer', 'rejected')), "
        "SUM(amount) FILTER (WHERE refers = '' AND decision IN ('missing_customer', 'rejected')) FROM decided"
    ).fetchall()[0]
    return Referred(int(lines), float(amount or 0), int(lost), float(lost_amount or 0))


def key(order: str) -> str:
    """Return the SQL of an order's id without the ``.0`` that tools write where some cells of the column are blank."""
    return f"regexp_replace({order}, '^([0-9]+)[.]0+$', '\\1')"
