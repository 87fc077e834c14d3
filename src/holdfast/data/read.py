"""A log as people have it (CSV, Parquet, frame) → raw tables: a record number and the mapped columns, unparsed."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from holdfast.data.engine import literal, quote
from holdfast.data.source import Columns, Source
from holdfast.data.textfile import TextTable, as_plain_utf8, header_of, read_text
from holdfast.errors import DataError, nearest


@dataclass(frozen=True)
class RawTable:
    """One file or frame as read: table ``raw_N`` with ``record`` and our column names, in the log's own types."""

    number: int
    label: str
    types: dict[str, str]
    records: int
    text: TextTable | None = None

    @property
    def table(self) -> str:
        """Name of the table."""
        return f"raw_{self.number}"


def read_raw(connection: duckdb.DuckDBPyConnection, source: Source) -> list[RawTable]:
    """Read every file of ``source`` into its own raw table.

    Raises
    ------
    DataError
        A file or a mapped column is missing, or a file cannot be taken apart into records.
    """
    if isinstance(source.data, pd.DataFrame):
        frame = source.data
        _check_columns([str(c) for c in frame.columns], source.columns, "the frame")
        connection.register("given", frame)
        try:
            return [_copy_typed(connection, "given", "frame", 0, source.columns)]
        finally:
            connection.unregister("given")
    return [_read_file(connection, path, number, source) for number, path in enumerate(source.paths())]


def _read_file(connection: duckdb.DuckDBPyConnection, path: Path, number: int, source: Source) -> RawTable:
    if path.suffix.lower() in (".parquet", ".pq"):
        relation = f"read_parquet({literal(str(path))})"
        try:
            names = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()]
        except duckdb.Error:
            raise DataError(f"{path.name} is not a readable Parquet file.") from None
        _check_columns(names, source.columns, path.name)
        return _copy_typed(connection, relation, path.name, number, source.columns)
    return _copy_text(connection, path, number, source)


def _copy_text(connection: duckdb.DuckDBPyConnection, path: Path, number: int, source: Source) -> RawTable:
    whitespace = source.delimiter == "whitespace"
    delimiter, quotes = (",", '"') if whitespace else (source.delimiter, source.quote)
    wanted = source.columns.mapped()
    with as_plain_utf8(path, encoding=source.encoding, whitespace=whitespace) as plain:
        header = header_of(plain, delimiter=delimiter, quote=quotes, label=path.name)
        _check_columns(header, source.columns, path.name, text=True)
        text = read_text(
            connection,
            plain,
            table=f"raw_{number}",
            header=header,
            wanted=wanted,
            delimiter=delimiter,
            quote=quotes,
            label=path.name,
        )
    records = text.records + len(text.bad_lines)
    return RawTable(number, path.name, dict.fromkeys(wanted, "VARCHAR"), records, text)


def _copy_typed(
    connection: duckdb.DuckDBPyConnection, relation: str, label: str, number: int, columns: Columns
) -> RawTable:
    table = f"raw_{number}"
    picked = ", ".join(f"{quote(theirs)} AS {ours}" for ours, theirs in columns.mapped().items())
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT ROW_NUMBER() OVER () AS record, {picked} FROM {relation}"
    )
    types = {row[0]: str(row[1]) for row in connection.execute(f"DESCRIBE {table}").fetchall()}
    del types["record"]
    count = connection.execute(f"SELECT COUNT(*) FROM {table}").fetchall()[0][0]
    return RawTable(number, label, types, int(count))


def _check_columns(found: list[str], columns: Columns, where: str, *, text: bool = False) -> None:
    for ours, theirs in columns.mapped().items():
        if found.count(theirs) == 1:
            continue
        if theirs in found:
            raise DataError(f'{where}: two columns are called "{theirs}"; rename one.')
        hint = nearest(theirs, found)
        if text and len(found) == 1:
            marks = [m for m in (";", "\t", "|", ",") if m in found[0]]
            hint = f" The header is one column; set purchases.delimiter: {_yaml(marks[0])}." if marks else hint
        listed = ", ".join(f'"{name}"' for name in found[:30])
        place = f"{where}, line 1" if text else where
        raise DataError(f'{place}: no column "{theirs}" (purchases.columns.{ours}).{hint} Columns found: {listed}.')


def _yaml(character: str) -> str:
    return '"\\t"' if character == "\t" else f'"{character}"'
