"""Files of one export, with the same columns, as one table of the embedded engine: what everything looks at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from holdfast.data.engine import connect
from holdfast.data.lookup import Lookup
from holdfast.data.reading.joined import read_joined
from holdfast.data.reading.lookups import read_looked_up
from holdfast.data.reading.packed import ALL_MEMBERS
from holdfast.data.reading.rawtable import RawTable
from holdfast.data.reading.textfile import EscapedQuoteError
from holdfast.data.values import parse
from holdfast.errors import DataError
from holdfast.onboarding.archives import layout_of_all
from holdfast.onboarding.layout import Layout, layout_of
from holdfast.wording import counted

TABLE, PEEK = "export", "peek"
# Kinds of columns are told from so many lines; what is proved, is proved on all of them.
_PEEKED = 200_000
Found = TypeVar("Found")


@dataclass(frozen=True)
class Export:
    """Files read as texts (or, of Parquet and workbooks, as their types).

    The tables ``export`` and ``peek`` (its first lines) hold ``place``, ``line_hash`` and the columns ``k0``, ….

    Attributes
    ----------
    connection, named, layout
        Where the tables are, where they came from (files, or a server), and how the files are written.
    names, types
        Of the columns, in the order of the first file.
    lines, bad_lines
        Lines in all, and those that cannot be split into the columns.
    lookups
        Files whose columns stand beside the lines.
    """

    connection: duckdb.DuckDBPyConnection
    named: tuple[str, ...]
    layout: Layout
    names: tuple[str, ...]
    types: tuple[str, ...]
    lines: int
    bad_lines: int
    _raw: RawTable
    lookups: tuple[Lookup, ...] = ()
    _seen: dict[object, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def label(self) -> str:
        """What messages call it."""
        return ", ".join(Path(name).name for name in self.named)

    def where(self, place: int) -> str:
        """Say on which line a record stands."""
        line = f"line {self._raw.line_of(place):,}"
        return f"{line} of {self._raw.file_of(place)}" if len(self._raw.parts) > 1 else line

    def one(self, query: str) -> tuple[int, ...]:
        """Return the only row of a query over whole numbers; nothing counts as 0."""
        return self.once(query, lambda: self.row(query))

    def row(self, query: str) -> tuple[int, ...]:
        """Return ``one`` of a table that changes."""
        return tuple(int(v or 0) for v in self.connection.execute(query).fetchall()[0])

    def once(self, key: object, find: Callable[[], Found]) -> Found:
        """Return what was found under a key; the tables never change, and every answer has all looked at anew."""
        if key not in self._seen:
            self._seen[key] = find()
        found: Found = self._seen[key]
        return found

    def only(self, condition: str) -> "Export":
        """Return the lines of which a condition is true, as an export of their own; its profiles stay those of all."""
        return self.once(("only", condition), lambda: self._only(condition))

    def _only(self, condition: str) -> "Export":
        # Tables that were read are this connection's alone; temporary views hide those of the same name, for a cursor.
        part = f"part_{len(self._seen)}"
        self.connection.execute(f"CREATE OR REPLACE TABLE {part} AS SELECT * FROM {TABLE} WHERE {condition}")
        cursor = self.connection.cursor()
        for table, most in ((TABLE, ""), (PEEK, f" ORDER BY place LIMIT {_PEEKED}")):
            cursor.execute(f"CREATE TEMP VIEW {table} AS SELECT * FROM {part}{most}")
        made = replace(self, connection=cursor)
        return replace(made, lines=made.row(f"SELECT COUNT(*) FROM {TABLE}")[0])

    def lines_by(self, text: str, where: str, *, most: int | None = None) -> dict[str, int]:
        """Return the different texts of an expression and their lines, the most frequent first; capitals aside."""
        limit = "" if most is None else f" LIMIT {most}"
        query = (
            f"SELECT MIN({text}), COUNT(*) FROM {TABLE} WHERE {where} GROUP BY LOWER({text}) ORDER BY 2 DESC, 1{limit}"
        )
        rows = self.once(query, lambda: self.connection.execute(query).fetchall())
        return {str(word): int(n) for word, n in rows}


def exports_of(
    paths: Sequence[Path], *, sheet: str | None = None, member: str | None = None, table: str | None = None
) -> list[Export]:
    """Read files; those with the same columns, in whatever order, are one export.

    Parameters
    ----------
    paths
        The files.
    sheet, member, table
        Of workbooks, archives and databases that hold several; ``*``: all files of an archive, or all sheets, alike.

    Raises
    ------
    DataError
        A file cannot be taken apart, or files of one export are written in different ways.
    """
    kinds: dict[tuple[str, ...], dict[Path, Layout]] = {}
    for path in paths:
        if member == ALL_MEMBERS:
            layout, names = layout_of_all(path)
        else:
            layout, names = layout_of(path, sheet=sheet, member=member, table=table)
        kinds.setdefault(tuple(sorted(names)), {})[path] = layout
    return [_of_files(files) for files in kinds.values()]


def export_of_server(url: str, table: str | None) -> Export:
    """Read a table of PostgreSQL.

    Parameters
    ----------
    url, table
        As ``purchases.path`` and ``purchases.table`` name them.

    Raises
    ------
    ConfigError
        The driver is not installed, the URL holds a password, or there is no such table.
    DataError
        The server does not answer or does not let us in.
    """
    return _export(connect(), [url], Layout(kind="postgresql", table=table))


def looked_up(lines: Export, lookups: Sequence[Lookup]) -> Export:
    """Return lines with the columns of other files beside them.

    Raises
    ------
    DataError
        The files of the lines are of several types.
    """
    named = list(lines.named)
    connection = connect(expected_bytes=sum(Path(name).stat().st_size for name in named))
    raws, _ = read_looked_up(connection, named, None, lines.layout.written(), lookups)
    if len(raws) > 1:
        raise DataError(
            f"{lines.label}: the files hold columns in different types. Save them alike, or start with one."
        )
    return replace(_kept(connection, named, lines.layout, raws[0]), lookups=tuple(lookups))


def _of_files(files: Mapping[Path, Layout]) -> Export:
    layout, *others = dict.fromkeys(files.values())
    if others:
        said = "; ".join(f"{path.name}: {found.said}" for path, found in files.items())
        raise DataError(f"These files are written in different ways ({said}). Save them alike, or start with one.")
    connection = connect(expected_bytes=sum(path.stat().st_size for path in files))
    return _export(connection, list(map(str, files)), layout)


def _export(connection: duckdb.DuckDBPyConnection, named: Sequence[str], layout: Layout) -> Export:
    return _kept(connection, named, *_read(connection, named, layout))


def _kept(connection: duckdb.DuckDBPyConnection, named: Sequence[str], layout: Layout, raw: RawTable) -> Export:
    """Make the tables that everything looks at."""
    listed = ", ".join(raw.names)
    connection.execute(f"CREATE VIEW {TABLE} AS SELECT record AS place, line_hash, {listed} FROM {raw.table}")
    connection.execute(f"CREATE TABLE {PEEK} AS SELECT * FROM {TABLE} ORDER BY place LIMIT {_PEEKED}")
    names, types = tuple(raw.names.values()), tuple(raw.types.values())
    return Export(connection, tuple(named), layout, names, types, raw.records, len(raw.bad_lines), raw)


def _read(connection: duckdb.DuckDBPyConnection, named: Sequence[str], layout: Layout) -> tuple[Layout, RawTable]:
    try:
        return layout, read_joined(connection, named, None, layout.written())
    except DataError as refused:
        if layout.kind != "text" or isinstance(refused, EscapedQuoteError):
            raise
        # Quotes that mean nothing: the reader itself says whether the file can be taken apart without them.
        try:
            plain = replace(layout, quote="")
            return plain, read_joined(connection, named, None, plain.written())
        except DataError:
            raise refused from None


def is_filled(column: str) -> str:
    """Return the SQL that is true where a cell holds something."""
    return f"({parse.filled(column, parse.BLANK_WORDS)}) IS NOT NULL"


def said_lines(export: Export) -> str:
    """Return how many lines and columns there are, in words."""
    broken = f", {counted(export.bad_lines, 'line')} cannot be split" if export.bad_lines else ""
    return f"{counted(export.lines, 'line')}, {counted(len(export.names), 'column')}{broken}"
