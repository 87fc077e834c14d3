"""Files that add columns to the lines of another: the orders of lines, the customers of orders; found by a key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from holdfast.data.lookup import Lookup
from holdfast.data.reading.joined import read_joined
from holdfast.data.reading.rawtable import RawTable, appended
from holdfast.data.reading.read import each_raw
from holdfast.data.reading.records import drop_records, replace_records
from holdfast.data.reading.shown import shown_names
from holdfast.data.source import Data, Written
from holdfast.data.values import parse
from holdfast.errors import DataError, nearest
from holdfast.language import told
from holdfast.wording import counted

_SHOWN = 30


@dataclass(frozen=True)
class _Column:
    """Where a column of the lines together with what was looked up stands: its SQL, and its type."""

    sql: str
    type: str


@dataclass(frozen=True)
class _Found:
    """A file that was read to be looked up in: its table, keys once, and its columns by name."""

    number: int
    lookup: Lookup
    label: str
    bad_lines: int
    columns: Mapping[str, _Column]

    @property
    def table(self) -> str:
        return f"lookup_{self.number}"


def read_looked_up(
    connection: duckdb.DuckDBPyConnection,
    data: Data,
    wanted: Mapping[str, str] | None,
    written: Written,
    lookups: Sequence[Lookup],
) -> tuple[list[RawTable], list[str]]:
    """Read the files of a table, each line with the columns that other files have for its key.

    A line keeps its place, and none is added or lost: what has no key in the other file has blank cells there.

    Parameters
    ----------
    connection, data, wanted, written
        As of ``read_raw``; ``wanted`` may name columns of the other files: by their name, or as ``file.name`` (without
        what the file ends in) where a name stands in several.
    lookups
        The other files, in order: a later one may be looked up by a column of an earlier one.

    Returns
    -------
    list of RawTable, list of str
        The lines, and a note for each file in which lines were not found.

    Raises
    ------
    DataError
        A key stands on several lines of another file, or a column is in none of the files.
    """
    found = [_read(connection, number, lookup, written) for number, lookup in enumerate(lookups)]
    raws: list[RawTable] = []
    missed = [0] * len(found)
    for raw in each_raw(connection, data, None, written):
        joined, lacking = _joined(connection, raw, found, wanted, written)
        missed = [before + now for before, now in zip(missed, lacking, strict=True)]
        raws = appended(connection, raws, joined)
    for one in found:
        connection.execute(f"DROP TABLE {one.table}")
    notes = [
        told("{lines:n line} of {file} without as many cells as columns: not looked up.", lines=n, file=one.label)
        for one in found
        if (n := one.bad_lines)
    ]
    notes += [
        told(
            '{lines:n line} whose "{column}" is not in {file}: blank in what is looked up there.',
            lines=lines,
            column=one.lookup.by,
            file=one.label,
        )
        for one, lines in zip(found, missed, strict=True)
        if lines
    ]
    return raws, notes


def _read(connection: duckdb.DuckDBPyConnection, number: int, lookup: Lookup, written: Written) -> _Found:
    """Read a file to be looked up in; lines that equal an earlier one in every column are one."""
    raw = read_joined(connection, lookup.path, None, written)
    names = {name: ours for ours, name in raw.names.items()}
    key = lookup.there
    if key not in names:
        shown = shown_names(list(names))
        raise DataError(
            f'{raw.label}: no column "{key}" ({written.key("lookups")}).{nearest(key, shown)} '
            f"Columns found: {', '.join(shown[:_SHOWN])}."
        )
    text = _key(_Column(names[key], raw.types[names[key]]), written)
    table = f"lookup_{number}"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM (SELECT {text} AS looked_up, * FROM {raw.table}) "
        "WHERE looked_up IS NOT NULL QUALIFY ROW_NUMBER() OVER (PARTITION BY looked_up, line_hash ORDER BY record) = 1"
    )
    twice = connection.execute(
        f"SELECT COUNT(DISTINCT looked_up), MIN(record) FROM (SELECT looked_up, record, "
        f"ROW_NUMBER() OVER (PARTITION BY looked_up ORDER BY record) AS n FROM {table}) WHERE n > 1"
    ).fetchall()[0]
    if twice[0]:
        raise DataError(
            f'{raw.label}, {raw.counts} {raw.line_of(int(twice[1]))}: {counted(int(twice[0]), "value")} of "{key}" '
            f"{'stands' if twice[0] == 1 else 'stand'} on several lines that differ, so lines of purchases would have "
            f"two answers ({written.key('lookups')}). Keep one line of each; or name the file with the several lines "
            f"as {written.path_key}, and look the other up in it."
        )
    columns = {name: _Column(ours, raw.types[ours]) for ours, name in raw.names.items() if name != key}
    found = _Found(number, lookup, raw.label, len(raw.bad_lines), columns)
    drop_records(connection, raw.table)
    return found


def _key(column: _Column, written: Written) -> str:
    """Return the SQL of what is compared: as text; 10001.0 is 10001, as of other ids."""
    text = f"CAST({parse.text(column.sql, column.type, written)} AS VARCHAR)"
    return f"regexp_replace({text}, '^([0-9]+)[.]0+$', '\\1')"


def _joined(
    connection: duckdb.DuckDBPyConnection,
    raw: RawTable,
    found: Sequence[_Found],
    wanted: Mapping[str, str] | None,
    written: Written,
) -> tuple[RawTable, list[int]]:
    """Return a raw table with what is looked up beside it, and how many of its lines were not found in each file."""
    columns = {name: _Column(f"m.{ours}", raw.types[ours]) for ours, name in raw.names.items()}
    listed = dict(columns)
    joins, counts = "", []
    for one in found:
        on = columns.get(one.lookup.by)
        if on is None:
            raise _no_column(one.lookup.by, written.key("lookups"), listed)
        of = f"l{one.number}"
        key = _key(on, written)
        joins += f" LEFT JOIN {one.table} AS {of} ON {of}.looked_up = {key}"
        counts.append(f"COUNT(*) FILTER ({key} IS NOT NULL AND {of}.looked_up IS NULL)")
        for name, column in one.columns.items():
            there = _Column(f"{of}.{column.sql}", column.type)
            whole = f"{stem_of(one.label)}.{name}"
            listed[whole if name in listed else name] = there
            columns[whole] = there
            columns.setdefault(name, there)
    if wanted is None:
        picked = {f"k{i}": name for i, name in enumerate(listed)}
    else:
        picked = {o: n for o, n in wanted.items() if n in columns or not written.may_lack(o)}
    for ours, name in picked.items():
        if name not in columns:
            raise _no_column(name, written.column_key(ours), listed)
    cells = "".join(f", {columns[name].sql} AS {ours}" for ours, name in picked.items())
    (missed,) = connection.execute(f"SELECT {', '.join(counts)} FROM {raw.table} AS m{joins}").fetchall()
    query = f"SELECT m.line_hash{cells} FROM {raw.table} AS m{joins} ORDER BY m.record"
    replace_records(connection, raw.table, query)
    types = {ours: columns[name].type for ours, name in picked.items()}
    return RawTable(raw.number, types, picked, raw.parts), [int(n) for n in missed]


def stem_of(label: str) -> str:
    """Return what columns of a file are called after: its name without folders and what it ends in.

    Examples
    --------
    >>> stem_of("export/orders.csv.gz")
    'orders'
    """
    return Path(label).name.partition(".")[0]


def _no_column(name: str, key: str, columns: Mapping[str, _Column]) -> DataError:
    shown = shown_names(list(columns))
    return DataError(
        f'no column "{name}" in the lines or in what is looked up ({key}).{nearest(name, shown)} '
        f"Columns found: {', '.join(shown[:_SHOWN])}."
    )
