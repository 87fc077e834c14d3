"""The one reader: any table as people have it (CSV, Parquet, frame) → raw tables in the log's own types, unparsed.

Purchases, the tables beside them, contracts and experiment files all come through here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from holdfast.data import parse
from holdfast.data.engine import literal, quote
from holdfast.data.moments import carries_offset
from holdfast.data.plaintext import as_plain_text
from holdfast.data.source import EXCEL, MILLISECONDS, SECONDS, Data, Written, paths_of
from holdfast.data.textfile import TextTable, header_of, line_hash, names_nothing, read_text
from holdfast.errors import ConfigError, DataError, nearest

_NAMES_SHOWN = 30
_TEXTS = ("VARCHAR", "ENUM")


@dataclass(frozen=True)
class RawTable:
    """One file or frame as read.

    The table ``raw_N`` holds ``record``, ``line_hash`` (the same for lines equal in every column) and the columns asked
    for under our names, in the log's own types; texts without blanks at their ends.

    Attributes
    ----------
    number, label
        N, and what messages call the file.
    types
        SQL type by our name.
    names
        The file's name by ours.
    records
        How many lines there were, those that could not be split among them.
    text
        Of a text file: where each record stands.
    """

    number: int
    label: str
    types: dict[str, str]
    names: dict[str, str]
    records: int
    text: TextTable | None = None

    @property
    def table(self) -> str:
        """Name of the table."""
        return f"raw_{self.number}"

    def line_of(self, record: int) -> int:
        """Return the line of a text file (the header is 1) on which a record stands, or its row."""
        return int(self.text.line_of(np.array([record], dtype=np.int64))[0]) if self.text else record


def read_raw(
    connection: duckdb.DuckDBPyConnection, data: Data, wanted: Mapping[str, str] | None, written: Written
) -> list[RawTable]:
    """Read every file of a table into its own raw table.

    Parameters
    ----------
    connection
        Where the raw tables are made.
    data
        As in ``Source``.
    wanted
        ``{our name: the file's name}``; ``None``: every column, called ``k0``, ``k1``, … in the file's order.
    written
        How values are written.

    Raises
    ------
    ConfigError
        A date format or a time zone is none.
    DataError
        A file or a wanted column is missing, or a file cannot be taken apart into records.
    """
    _check_words(connection, written)
    if isinstance(data, pd.DataFrame):
        return [_read_frame(connection, data, wanted, written)]
    return [_read_file(connection, path, i, wanted, written) for i, path in enumerate(paths_of(data, written))]


def _check_words(connection: duckdb.DuckDBPyConnection, written: Written) -> None:
    """Refuse a date format or a time zone that the engine does not know, before a long file is read."""
    for date_format in written.date_formats:
        if date_format in (SECONDS, MILLISECONDS, EXCEL):
            continue
        try:
            # A format without a single specifier would take every cell of that very text for one day.
            if "%" not in date_format:
                raise duckdb.InvalidInputException
            connection.execute("SELECT try_strptime('', ?)", [date_format]).fetchall()
        except duckdb.Error:
            raise ConfigError(
                f'{written.key("date_format")}: "{date_format[:40]}" is no format of strptime: %d-%m-%Y for '
                "31-12-2024, %H:%M:%S for the time, %z for an offset; or %s and %ms alone for seconds and milliseconds "
                "since 1970, or excel for Excel's days."
            ) from None
    if written.time_zone is not None:
        try:
            moment = "TIMESTAMPTZ '2024-01-01 00:00:00+00'"
            connection.execute(f"SELECT timezone(?, {moment})", [written.time_zone]).fetchall()
        except duckdb.Error:
            raise ConfigError(
                f'{written.key("time_zone")}: "{written.time_zone[:40]}" is no time zone; name a region, for example '
                '"Europe/London", whose summer time is known.'
            ) from None


def refuse_zoneless(raw: RawTable, column: str, written: Written, name: str = "") -> None:
    """Refuse moments with an offset where no time zone says on which day they fall.

    Parameters
    ----------
    raw, column, written
        The table, our name of the column, and how values are written.
    name
        What messages call the column, if not by our name.

    Raises
    ------
    ConfigError
        Names the column and the key.
    """
    if written.time_zone is None and carries_offset(raw.types[column], written):
        raise ConfigError(
            f"{raw.label}: {name or written.key(f'columns.{column}')} carries a time zone; set "
            f'{written.key("time_zone")} to the shop\'s own, for example "Europe/London", so that days are right.'
        )


def _read_frame(
    connection: duckdb.DuckDBPyConnection, frame: pd.DataFrame, wanted: Mapping[str, str] | None, written: Written
) -> RawTable:
    names = [str(c) for c in frame.columns]
    places = _places(names, wanted, "the frame", written)
    given = pd.DataFrame({f"c{i}": _plain(frame.iloc[:, i]) for i in range(len(names))})
    connection.register("given", given)
    try:
        return _copy_typed(connection, "given", "frame", 0, names, [f"c{i}" for i in range(len(names))], places)
    finally:
        connection.unregister("given")


def _plain(column: pd.Series) -> pd.Series:
    """Return a column that the engine reads: what pandas holds as objects, periods, … becomes text, blanks stay."""
    kind = column.dtype
    known = (
        pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_complex_dtype(kind),
        pd.api.types.is_datetime64_any_dtype(kind),
        isinstance(kind, pd.StringDtype | pd.CategoricalDtype),
    )
    # Sparse and Arrow types are read by their values.
    if any(known) and not isinstance(kind, pd.SparseDtype | pd.ArrowDtype):
        return column.reset_index(drop=True)
    return pd.Series([_as_text(v) for v in column], dtype="str")


def _as_text(value: Any) -> str | None:
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, datetime | date):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return None if value is pd.NA else str(value)


def _read_file(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    number: int,
    wanted: Mapping[str, str] | None,
    written: Written,
) -> RawTable:
    if path.suffix.lower() in (".parquet", ".pq"):
        relation = f"read_parquet({literal(str(path))})"
        try:
            names = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()]
            places = _places(names, wanted, path.name, written)
            return _copy_typed(connection, relation, path.name, number, names, [quote(n) for n in names], places)
        except duckdb.Error:
            raise DataError(f"{path.name} is not a readable Parquet file.") from None
    with as_plain_text(path, written) as plain:
        header = header_of(plain)
        hidden = names_nothing(plain, header)
        places = _places(header, wanted, f"{path.name}, line 1", written, text=True, hidden=hidden)
        text = read_text(connection, plain, table=f"raw_{number}", header=header, wanted=places)
    types, names_by_ours = dict.fromkeys(places, "VARCHAR"), {ours: header[i] for ours, i in places.items()}
    return RawTable(number, path.name, types, names_by_ours, text.records + len(text.bad_lines), text)


def _copy_typed(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    label: str,
    number: int,
    names: list[str],
    expressions: list[str],
    places: dict[str, int],
) -> RawTable:
    table = f"raw_{number}"
    listed = ", ".join(expressions[place] for place in places.values())
    given = [str(row[1]) for row in connection.execute(f"DESCRIBE SELECT {listed} FROM {relation}").fetchall()]
    cells = {
        ours: parse.trimmed(f"CAST({expressions[place]} AS VARCHAR)") if kind.startswith(_TEXTS) else expressions[place]
        for (ours, place), kind in zip(places.items(), given, strict=True)
    }
    picked = "".join(f", {cell} AS {ours}" for ours, cell in cells.items())
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT ROW_NUMBER() OVER () AS record, "
        f"{line_hash(expressions, names)} AS line_hash{picked} FROM {relation}"
    )
    types = {row[0]: str(row[1]) for row in connection.execute(f"DESCRIBE {table}").fetchall()}
    count = connection.execute(f"SELECT COUNT(*) FROM {table}").fetchall()[0][0]
    wanted = {ours: types[ours] for ours in places}
    return RawTable(number, label, wanted, {ours: names[i] for ours, i in places.items()}, int(count))


def _places(
    found: list[str],
    wanted: Mapping[str, str] | None,
    where: str,
    written: Written,
    *,
    text: bool = False,
    hidden: bool = False,
) -> dict[str, int]:
    """Return {our name: place of the column}.

    Raises
    ------
    DataError
        A wanted column is missing or there are two of its name; the file's other names are told, unless they look like
        somebody's data.
    """
    if wanted is None:
        return {f"k{i}": i for i in range(len(found))}
    for ours, theirs in wanted.items():
        if found.count(theirs) == 1 or (theirs not in found and written.may_lack(ours)):
            continue
        if theirs in found:
            raise DataError(f'{where}: two columns are called "{theirs}"; rename one.')
        key = "" if written.section == "--" else f" ({written.column_key(ours)})"
        raise DataError(f'{where}: no column "{theirs}"{key}.{_found(found, theirs, written, text, hidden)}')
    return {ours: found.index(theirs) for ours, theirs in wanted.items() if theirs in found}


def _found(found: list[str], theirs: str, written: Written, text: bool, hidden: bool) -> str:
    marks = [m for m in (";", "\t", "|", ",") if len(found) == 1 and m in found[0]] if text else []
    if marks:
        shown = '"\\t"' if marks[0] == "\t" else f'"{marks[0]}"'
        said = f" The header is one column; set {written.key('delimiter')}: {shown}."
        return said if hidden else f"{said} Columns found: {_listed(found)}."
    if hidden:
        return " That line looks like data, not like names: write a line that names the columns on top of the file."
    return f"{nearest(theirs, found)} Columns found: {_listed(found)}."


def _listed(found: list[str]) -> str:
    return ", ".join(f'"{name[:60]}"' for name in found[:_NAMES_SHOWN])
