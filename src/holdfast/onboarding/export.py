"""Files of one export, with the same columns, as one table of the embedded engine: what everything looks at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from holdfast.data import parse
from holdfast.data.engine import connect
from holdfast.data.read import RawTable, read_raw
from holdfast.data.source import Written
from holdfast.errors import DataError
from holdfast.onboarding.layout import Layout, layout_of
from holdfast.wording import counted

TABLE, PEEK = "export", "peek"
# Kinds of columns are told from so many lines; what is proved, is proved on all of them.
_PEEKED = 200_000
# A place is the number of the file and the record in it, as one integer that sorts.
_PLACE = 1 << 40


@dataclass(frozen=True)
class Export:
    """Files read as texts (or, of Parquet, as their types).

    The tables ``export`` and ``peek`` (its first lines) hold ``place``, ``line_hash`` and the columns ``k0``, ….

    Attributes
    ----------
    connection, paths, layout
        Where the tables are, where they came from, and how the files are written.
    names, types
        Of the columns, in the order of the first file.
    lines, bad_lines
        Lines in all, and those that cannot be split into the columns.
    """

    connection: duckdb.DuckDBPyConnection
    paths: tuple[Path, ...]
    layout: Layout | None
    names: tuple[str, ...]
    types: tuple[str, ...]
    lines: int
    bad_lines: int
    _raws: tuple[RawTable, ...] = ()

    def where(self, place: int) -> str:
        """Say on which line a record stands."""
        raw = self._raws[place // _PLACE]
        line = f"line {raw.line_of(place % _PLACE):,}"
        return line if len(self._raws) == 1 else f"{raw.label} {line}"

    def one(self, query: str) -> tuple[int, ...]:
        """Return the only row of a query over whole numbers; nothing counts as 0."""
        return tuple(int(v or 0) for v in self.connection.execute(query).fetchall()[0])


def exports_of(paths: Sequence[Path]) -> list[Export]:
    """Read files; those with the same columns, in whatever order, are one export.

    Raises
    ------
    DataError
        A file cannot be taken apart, or files of one export are written in different ways.
    """
    kinds: dict[tuple[str, ...], dict[Path, Layout | None]] = {}
    for path in paths:
        layout, names = layout_of(path)
        kinds.setdefault(tuple(sorted(names)), {})[path] = layout
    return [_export(files) for files in kinds.values()]


def _export(files: Mapping[Path, Layout | None]) -> Export:
    layout, *others = dict.fromkeys(files.values())
    if others:
        said = "; ".join(f"{path.name}: {said_layout(found)}" for path, found in files.items())
        raise DataError(f"These files are written in different ways ({said}). Save them alike, or start with one.")
    paths = list(files)
    connection = connect(expected_bytes=sum(path.stat().st_size for path in paths))
    layout, raws = _raws(connection, paths, layout)
    names = list(raws[0].names.values())
    parts = []
    for raw in raws:
        theirs = list(raw.names.values())
        # The same columns in another order are the same export.
        picked = ", ".join(f"k{i if theirs == names else theirs.index(n)} AS k{i}" for i, n in enumerate(names))
        parts.append(f"SELECT {raw.number * _PLACE} + record AS place, line_hash, {picked} FROM {raw.table}")
    connection.execute(f"CREATE VIEW {TABLE} AS {' UNION ALL '.join(parts)}")
    connection.execute(f"CREATE TABLE {PEEK} AS SELECT * FROM {TABLE} ORDER BY place LIMIT {_PEEKED}")
    lines, bad = (
        sum(n) for n in zip(*((r.records, len(r.text.bad_lines) if r.text else 0) for r in raws), strict=True)
    )
    types = tuple(raws[0].types.values())
    return Export(connection, tuple(paths), layout, tuple(names), types, lines, bad, tuple(raws))


def _raws(
    connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], layout: Layout | None
) -> tuple[Layout | None, list[RawTable]]:
    try:
        return layout, _read(connection, paths, layout or Layout())
    except DataError as refused:
        # Quotes that mean nothing: the reader itself says whether the file can be taken apart without them.
        try:
            plain = replace(layout or Layout(), quote="")
            return plain, _read(connection, paths, plain)
        except DataError:
            raise refused from None


def _read(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], layout: Layout) -> list[RawTable]:
    written = Written(delimiter=layout.delimiter, quote=layout.quote, encoding=layout.encoding)
    return read_raw(connection, [str(p) for p in paths], None, written)


def is_filled(column: str) -> str:
    """Return the SQL that is true where a cell holds something."""
    return f"({parse.filled(column, parse.BLANK_WORDS)}) IS NOT NULL"


def said_lines(export: Export) -> str:
    """Return how many lines and columns there are, in words."""
    broken = f", {counted(export.bad_lines, 'line')} cannot be split" if export.bad_lines else ""
    return f"{counted(export.lines, 'line')}, {counted(len(export.names), 'column')}{broken}"


def said_layout(layout: Layout | None) -> str:
    """Return how a file is written, in words."""
    return layout.said if layout else "Parquet"
