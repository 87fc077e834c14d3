"""Tables beside purchases: visits, tickets, contacts, surveys, customers, through the same honest door.

Each file is read like a purchase log: texts stay texts, nothing is guessed, every line that cannot be read is named.
Behind the door stand typed tables in the connection of the purchases (``columns.clean_table``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal

import duckdb
import pandas as pd

from holdfast import columns as contract
from holdfast.data import advice
from holdfast.data.advice import speaking_of
from holdfast.data.door import refuse_too_many, rejected_lines
from holdfast.data.read import read_raw
from holdfast.data.source import Columns, Source
from holdfast.data.tablefate import FLAG, SCALE, decide, keep, parsed
from holdfast.errors import DataError, nearest


@dataclass(frozen=True)
class TableSource:
    """One table beside purchases: where it lies, and how its values are written.

    Parameters
    ----------
    data
        A path, several paths, ``package:NAME/FILE``, or a frame.
    columns
        ``{our name: the file's name}`` (``columns.TABLES``). What every file must have (``columns.REQUIRED``) is looked
        for under our names unless mapped; any other column that is not mapped is not read.
    delimiter, quote, decimal, thousands, encoding, date_format, time_zone, max_reject_share
        As for purchases (``Source``).
    missing_customer
        Lines without a customer: ``"reject"``, or ``"drop"`` where they are normal (visits of strangers).
    duplicates
        Exact repeats of an earlier line: ``"keep"`` or ``"drop"``.
    scales
        Surveys: lowest and highest answer by item (capitals and blanks aside). A score of such an item that is no whole
        number in between is rejected.
    """

    data: str | Path | Sequence[str | Path] | pd.DataFrame
    columns: Mapping[str, str] = field(default_factory=dict)
    delimiter: str = ","
    quote: str = '"'
    decimal: str = "."
    thousands: str | None = None
    encoding: str = "utf-8"
    date_format: str | None = None
    time_zone: str | None = None
    missing_customer: Literal["reject", "drop"] = "reject"
    duplicates: Literal["keep", "drop"] = "keep"
    max_reject_share: float = 0.01
    scales: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class TableAccount:
    """What became of every line of one table; ``lines_in == kept + sum(rejected) + sum(dropped)``."""

    name: str
    lines_in: int
    kept: int
    rejected: dict[str, int]
    dropped: dict[str, int]

    def sentence(self) -> str:
        """Return the account as one sentence."""
        parts = [f"{self.name}: {self.lines_in:,} lines in", f"{self.kept:,} kept"]
        parts += [f"{n:,} rejected ({reason})" for reason, n in self.rejected.items()]
        parts += [f"{n:,} dropped by the rule {rule}" for rule, n in self.dropped.items()]
        return ", ".join(parts) + "."


@dataclass(frozen=True)
class Tables:
    """Accounts of the tables that were read, and their rejected lines (``columns.REJECTS``)."""

    accounts: tuple[TableAccount, ...]
    rejects: pd.DataFrame


class _Mapped(Columns):
    """Columns of any table, in the dress that the purchases' reader knows."""

    def __init__(self, mapping: Mapping[str, str]) -> None:
        super().__init__()
        object.__setattr__(self, "_mapping", dict(mapping))

    def mapped(self) -> dict[str, str]:
        """Return ``{our name: the file's name}``."""
        return dict(self._mapping)  # type: ignore[attr-defined]


def read_tables(connection: duckdb.DuckDBPyConnection, sources: Mapping[str, TableSource]) -> Tables:
    """Read the tables beside purchases into ``connection``; one that is not given becomes an empty typed table.

    Parameters
    ----------
    connection
        Where the purchases are (``PurchaseLog.connection``).
    sources
        By name: ``visits``, ``tickets``, ``contacts``, ``surveys``, ``customers``.

    Returns
    -------
    Tables
        The account of every line, and the rejected ones.

    Raises
    ------
    DataError
        A table has another name, a file or a column is missing, or too many lines cannot be read: which file, line,
        column and option, never a customer's value.

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
            raise DataError(f"tables.{name} is no table.{nearest(name, known)} Known are {', '.join(known)}.")
    accounts, rejects = [], []
    for name in contract.TABLES:
        if name in sources:
            with speaking_of(f"tables.{name}"):
                account, rejected = _read(connection, name, sources[name])
            accounts.append(account)
            rejects.append(rejected)
        else:
            typed = ", ".join(f"{c.name} {c.type}" for c in contract.clean_table(name))
            connection.execute(f"CREATE OR REPLACE TABLE {name} ({typed})")
    found = [r for r in rejects if len(r)] or [pd.DataFrame(columns=[c.name for c in contract.REJECTS])]
    return Tables(tuple(accounts), pd.concat(found, ignore_index=True))


def _read(connection: duckdb.DuckDBPyConnection, name: str, given: TableSource) -> tuple[TableAccount, pd.DataFrame]:
    mapping = _mapping(name, given)
    options = {f.name: getattr(given, f.name) for f in fields(Source) if f.name not in ("data", "columns", "rules")}
    source = Source(given.data, _Mapped(mapping), **options)
    raws = read_raw(connection, source)
    decide(
        connection,
        name,
        [parsed(name, raw, source, missing_customer=given.missing_customer, scales=given.scales) for raw in raws],
        missing_customer=given.missing_customer,
        duplicates=given.duplicates,
    )
    rejected = rejected_lines(connection, raws)
    keep(connection, name)
    fates = dict(connection.execute("SELECT fate, COUNT(*) FROM decided GROUP BY fate ORDER BY fate").fetchall())
    reasons = (rejected["column"] + " " + rejected["reason"]).value_counts(sort=False).sort_index()
    account = TableAccount(
        name=name,
        lines_in=sum(raw.records for raw in raws),
        kept=int(fates.pop("kept", 0)),
        rejected={str(reason): int(n) for reason, n in reasons.items()},
        dropped={str(rule): int(n) for rule, n in fates.items() if rule != "rejected"},
    )
    for table in ("decided", *(raw.table for raw in raws)):
        connection.execute(f"DROP TABLE {table}")
    refuse_too_many(rejected, account.lines_in, source, _advised)
    return account, rejected


def _mapping(name: str, given: TableSource) -> dict[str, str]:
    known = [c.name for c in contract.TABLES[name]]
    for ours in given.columns:
        if ours not in known:
            raise DataError(f"purchases.columns.{ours} is not a key.{nearest(ours, known)}")
    return {**{c: c for c in contract.REQUIRED[name]}, **given.columns}


def _advised(column: str, reason: str, samples: list[str], source: Source) -> str:
    if column == "customer_id" and reason != "is missing":
        return "Leave one line per customer and known_at."
    if reason.startswith(SCALE):
        return "State the scale of the item (purchases.scales), or mend these lines."
    if reason.startswith("is before"):
        return "Mend these lines."
    if column.endswith("_at") and reason != "is missing":
        return advice.date_option(samples)
    if FLAG in reason:
        return "Write flags with these words."
    return advice.for_column(column, reason, samples, source)
