"""Tables beside purchases: visits, tickets, contacts, surveys, customers.

Each file is read like a purchase log: texts stay texts, nothing is guessed, every line that cannot be read is named.
What is read stands as typed tables in the connection of the purchases (``columns.clean_table``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import duckdb
import pandas as pd

from holdfast import columns as contract
from holdfast.data.erased import Erased
from holdfast.data.merged import IdMap, Merged
from holdfast.data.reading.read import read_raw
from holdfast.data.reading.records import drop_records
from holdfast.data.report import decisions_of, merged_lines, reasons_of, refuse_too_many, rejected_lines
from holdfast.data.shown import keep_shown
from holdfast.data.source import TableSource, shown_columns
from holdfast.data.table_rules import SCALE, decide, keep
from holdfast.data.values import advice
from holdfast.data.values.flags import ADVICE, FLAG
from holdfast.data.values.readings import refuse_currencies, refuse_two_readings
from holdfast.errors import ConfigError, nearest
from holdfast.language import to_tell, told


@dataclass(frozen=True)
class TableAccount:
    """What became of every line of one table; ``lines_in == kept + sum(rejected) + sum(dropped)``.

    Examples
    --------
    >>> from holdfast.data.engine import connect
    >>> visits = pd.DataFrame({"customer_id": ["007", None], "visited_at": ["2024-01-31", "2024-02-01"]})
    >>> source = TableSource(visits, missing_customer="drop")
    >>> print(read_tables(connect(), {"visits": source}).accounts[0].sentence())
    visits: 2 lines in, 1 kept, 1 dropped by the rule missing_customer.
    """

    name: str
    lines_in: int
    kept: int
    rejected: dict[str, int]
    dropped: dict[str, int]
    merged: Merged | None = None
    merged_known: int = 0

    def sentence(self) -> str:
        """Return the account as one sentence."""
        rejected, dropped = to_tell("{n:,} rejected ({reason})"), to_tell("{n:,} dropped by the rule {rule}")
        parts = [told(rejected, n=n, reason=reason) for reason, n in self.rejected.items()]
        parts += [told(dropped, n=n, rule=rule) for rule, n in self.dropped.items()]
        parts += [self.merged.sentence(self.merged_known)] if self.merged is not None else []
        said = to_tell("{table}: {lines:n line} in, {kept:,} kept.")
        if parts:
            said = to_tell("{table}: {lines:n line} in, {kept:,} kept, {more}.")
        return told(said, table=self.name, lines=self.lines_in, kept=self.kept, more="; ".join(parts))


@dataclass(frozen=True)
class Tables:
    """Accounts of the tables that were read, and their rejected lines (``columns.REJECTS``).

    Examples
    --------
    >>> from holdfast.data.engine import connect
    >>> visits = pd.DataFrame({"customer_id": ["007"], "visited_at": ["2024-01-31"]})
    >>> tables = read_tables(connect(), {"visits": TableSource(visits)})
    >>> [account.name for account in tables.accounts], len(tables.rejects)
    (['visits'], 0)
    """

    accounts: tuple[TableAccount, ...]
    rejects: pd.DataFrame


def read_tables(
    connection: duckdb.DuckDBPyConnection,
    sources: Mapping[str, TableSource],
    *,
    id_map: IdMap | None = None,
    erased: Erased | None = None,
) -> Tables:
    """Read the tables beside purchases into ``connection``; one that is not given becomes an empty typed table.

    Parameters
    ----------
    connection
        Where the purchases are (``PurchaseLog.connection``).
    sources
        By name: ``visits``, ``tickets``, ``contacts``, ``surveys``, ``customers``.
    id_map
        Merged accounts, as for the purchases. What is on file about several that are one now: the line of the id that
        remains counts, or of what its accounts say that in which they agree; an objection of one holds for all,
        consent only if all gave it.
    erased
        Customers whose lines are dropped.

    Returns
    -------
    Tables
        The account of every line, and the rejected ones.

    Raises
    ------
    ConfigError
        A table has another name, or a file does not exist.
    DataError
        A column is missing, or too many lines cannot be read: which file, line, column and option, never a customer's
        value.

    Examples
    --------
    >>> from holdfast.data.engine import connect
    >>> visits = pd.DataFrame({"customer_id": ["007"], "visited_at": ["2024-01-31 23:59"]})
    >>> connection = connect()
    >>> read_tables(connection, {"visits": TableSource(visits)}).accounts[0].kept
    1
    >>> connection.execute("SELECT customer_id, visited_day FROM visits").fetchall()
    [('007', 19753)]
    """
    for name in sources:
        if name not in contract.TABLES:
            known = list(contract.TABLES)
            raise ConfigError(f"tables.{name} is no table.{nearest(name, known)} Known are {', '.join(known)}.")
    accounts, rejects = [], []
    for name in contract.TABLES:
        if name in sources:
            source = replace(sources[name], section=f"tables.{name}", id_map=id_map, erased=erased)
            account, rejected = _read(connection, name, source)
            accounts.append(account)
            rejects.append(rejected)
        else:
            typed = ", ".join(f"{c.name} {c.type}" for c in contract.clean_table(name))
            connection.execute(f"CREATE OR REPLACE TABLE {name} ({typed})")
    found = [r for r in rejects if len(r)] or [pd.DataFrame(columns=[c.name for c in contract.REJECTS])]
    return Tables(tuple(accounts), pd.concat(found, ignore_index=True))


def _read(connection: duckdb.DuckDBPyConnection, name: str, source: TableSource) -> tuple[TableAccount, pd.DataFrame]:
    raws = read_raw(connection, source.data, _mapping(name, source), source)
    decimals = [c.name for c in contract.TABLES[name] if c.type == "decimal"]
    refuse_currencies(connection, raws, refuse_two_readings(connection, raws, decimals, source), source)
    decide(connection, name, raws, source)
    rejected = rejected_lines(connection, raws)
    keep(connection, name)
    if source.shown:
        keep_shown(connection, raws, source)
    decisions = decisions_of(connection)
    account = TableAccount(
        name=name,
        lines_in=sum(raw.records for raw in raws),
        kept=decisions.pop("kept", 0),
        rejected=reasons_of(rejected),
        dropped=decisions,
        merged=merged_lines(connection, raws, source),
        merged_known=0 if source.id_map is None else len(source.id_map.remains),
    )
    refuse_too_many(connection, raws, rejected, account.lines_in, source, _advised)
    connection.execute("DROP TABLE decided")
    for raw in raws:
        drop_records(connection, raw.table)
    return account, rejected


def _mapping(name: str, source: TableSource) -> dict[str, str]:
    known = [c.name for c in contract.TABLES[name]]
    for ours in source.columns:
        if ours not in known:
            raise ConfigError(f"{source.key(f'columns.{ours}')} is not a key.{nearest(ours, known)}")
    return {**{c: c for c in contract.REQUIRED[name]}, **source.columns, **shown_columns(source.shown)}


def _advised(column: str, reason: str, cells: list[str], source: TableSource) -> str:
    if column == "customer_id" and reason.startswith("has lines"):
        return "Leave one line per customer and known_at."
    if reason.startswith(SCALE):
        return f"State the scale of the item ({source.key('scales')}), or mend these lines."
    if reason.startswith("is before"):
        return "Mend these lines."
    if column.endswith("_at") and reason != "is missing":
        return advice.date_advice(reason, cells, source)
    if FLAG in reason:
        return ADVICE
    return advice.for_column(column, reason, cells, source)
