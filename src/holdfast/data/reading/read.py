"""The one reader: any table as people have it → raw tables in the log's own types, unparsed.

Text, Parquet, workbook or frame, packed or not, in one file or in many.

Purchases, the tables beside them, contracts and experiment files all come through here.
"""

import glob
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from holdfast.data.engine import folder_of, literal, quote
from holdfast.data.reading.database import attached, copied, rows_of_sqlite, said_url
from holdfast.data.reading.files import labels_of, paths_of, url_of
from holdfast.data.reading.frames import Frame, columns_of, is_frame
from holdfast.data.reading.jsonfile import rows_of_json
from holdfast.data.reading.members import members_alike
from holdfast.data.reading.mixed import read_rows
from holdfast.data.reading.packed import unpacked
from holdfast.data.reading.plaintext import as_plain_text
from holdfast.data.reading.rawtable import Part, RawTable, appended
from holdfast.data.reading.records import write_records
from holdfast.data.reading.sheet import ALL_SHEETS, open_sheet, read_sheet, sheets_alike
from holdfast.data.reading.shown import shown_names
from holdfast.data.reading.textfile import TextTable, header_of, line_hash, looks_like_data, read_text, rows_below
from holdfast.data.source import DAYS, EXCEL, HOURS, MICROSECONDS, MILLISECONDS, SECONDS, Data, Written
from holdfast.data.values import parse
from holdfast.data.values.eras import SAID as ERAS
from holdfast.data.values.moments import carries_offset
from holdfast.errors import ConfigError, DataError, nearest

_NAMES_SHOWN = 30
_TEXTS = ("VARCHAR", "ENUM")


def read_raw(
    connection: duckdb.DuckDBPyConnection, data: Data, wanted: Mapping[str, str] | None, written: Written
) -> list[RawTable]:
    """Read the files of a table into raw tables: one for all that have the same columns and follow one another.

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
    raws: list[RawTable] = []
    for raw in each_raw(connection, data, wanted, written):
        raws = appended(connection, raws, raw)
    return raws


def each_raw(
    connection: duckdb.DuckDBPyConnection, data: Data, wanted: Mapping[str, str] | None, written: Written
) -> Iterator[RawTable]:
    """Read every file of a table into a raw table of its own; parameters and errors as of ``read_raw``."""
    check_words(connection, written)
    if written.id_map is not None:
        written.id_map.keep(connection)
    if is_frame(data):
        yield _read_frame(_Reading(connection, 0, "frame", wanted, written), data)
    elif url := url_of(data, written.path_key):
        label = f"{said_url(url)}{f' {written.table}' if written.table else ''}"
        yield _read_server(_Reading(connection, 0, label, wanted, written), url)
    else:
        paths = paths_of(data, written.path_key)
        names = None if wanted is None else list(wanted.values())
        parts = [
            (path, called, *part)
            for path, label in zip(paths, labels_of(paths), strict=True)
            for called, of_member in members_alike(path, label, written, names, folder_of(connection))
            for part in _parts_of(connection, path, called, of_member)
        ]
        for i, (path, label, part, of_part) in enumerate(parts):
            yield _read_file(_Reading(connection, i, label, wanted, of_part, part), path)


def _parts_of(
    connection: duckdb.DuckDBPyConnection, path: Path, label: str, written: Written
) -> list[tuple[str, Written]]:
    """Return which sheet, and how it is written, for each that is read: of all but a workbook's, the file itself."""
    if written.sheet != ALL_SHEETS:
        return [("", written)]
    with unpacked(path, label, written, folder_of(connection)) as content:
        if content.kind != "workbook":
            return [("", written)]
        names = sheets_alike(content.path, label, written)
    return [(f', sheet "{name[:60]}"' if len(names) > 1 else "", replace(written, sheet=name)) for name in names]


def read_one(
    connection: duckdb.DuckDBPyConnection, path: Path, label: str, wanted: Mapping[str, str], written: Written
) -> RawTable:
    """Read one file of a table into ``raw_0``; ``label`` is what messages call it, the others as of ``read_raw``."""
    if written.id_map is not None:
        written.id_map.keep(connection)
    return _read_file(_Reading(connection, 0, label, wanted, written), path)


def check_words(connection: duckdb.DuckDBPyConnection, written: Written) -> None:
    """Refuse a date format or a time zone that the engine does not know, before a long file is read."""
    for date_format in written.date_formats:
        if date_format in (SECONDS, MILLISECONDS, MICROSECONDS, EXCEL, DAYS, HOURS, *ERAS):
            continue
        try:
            # A format without a single specifier would take every cell of that very text for one day.
            if "%" not in date_format:
                raise duckdb.InvalidInputException
            connection.execute("SELECT try_strptime('', ?)", [date_format]).fetchall()
        except duckdb.Error:
            raise ConfigError(
                f'{written.key("date_format")}: "{date_format[:40]}" is no format of strptime: %d-%m-%Y for '
                "31-12-2024, %H:%M:%S for the time, %z for an offset; or %s, %ms and %us alone for seconds, "
                "milliseconds and microseconds since 1970, excel for Excel's days, days for whole days since some "
                "day, which counts as 1970-01-01, or buddhist, minguo or wareki for years of these calendars."
            ) from None
    if written.time_zone is not None and not is_zone(connection, written.time_zone):
        raise ConfigError(
            f'{written.key("time_zone")}: "{written.time_zone[:40]}" is no time zone; name a region, for example '
            '"Europe/London", whose summer time is known.'
        )


def is_zone(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Say whether the engine knows a time zone."""
    try:
        connection.execute("SELECT timezone(?, TIMESTAMPTZ '2024-01-01 00:00:00+00')", [name]).fetchall()
    except duckdb.Error:
        return False
    return True


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


@dataclass(frozen=True)
class _Reading:
    """One file or frame to be read: into which raw table, and what is wanted of it."""

    connection: duckdb.DuckDBPyConnection
    number: int
    label: str
    wanted: Mapping[str, str] | None
    written: Written
    part: str = ""

    @property
    def table(self) -> str:
        return f"raw_{self.number}"

    def typed(self, relation: str, names: list[str], cells: list[str] | None = None, where: str = "") -> RawTable:
        """Copy the wanted columns of what the engine reads with types; ``cells``: their SQL, if not their names."""
        places = _places(names, self.wanted, where or self.label, self.written)
        cells = [quote(name) for name in names] if cells is None else cells
        listed = ", ".join(cells[place] for place in places.values())
        given = self.connection.execute(f"DESCRIBE SELECT {listed} FROM {relation}").fetchall()
        picked = "".join(
            f", {_bare(cells[place], str(row[1]))} AS {ours}"
            for (ours, place), row in zip(places.items(), given, strict=True)
        )
        line = line_hash(cells, names)
        write_records(self.connection, self.table, f"SELECT {line} AS line_hash{picked} FROM {relation}")
        types = {row[0]: str(row[1]) for row in self.connection.execute(f"DESCRIBE {self.table}").fetchall()}
        count = self.connection.execute(f"SELECT COUNT(*) FROM {self.table}").fetchall()[0][0]
        return self.read(names, places, types, rows=int(count))

    def read(
        self,
        names: list[str],
        places: dict[str, int],
        types: Mapping[str, str],
        *,
        rows: int,
        text: TextTable | None = None,
    ) -> RawTable:
        """Return what lies in the raw table now."""
        wanted, theirs = {ours: types[ours] for ours in places}, {o: names[i] for o, i in places.items()}
        return RawTable(self.number, wanted, theirs, (Part(f"{self.label}{self.part}", rows, text),))


def _bare(cell: str, kind: str) -> str:
    return parse.trimmed(f"CAST({cell} AS VARCHAR)") if kind.startswith(_TEXTS) else cell


def _read_frame(reading: _Reading, frame: Frame) -> RawTable:
    names, given = columns_of(frame)
    reading.connection.register("given", given)
    try:
        return reading.typed("given", names, [f"c{i}" for i in range(len(names))], "the frame")
    except duckdb.NotImplementedException:
        raise DataError(
            "frame: a column has a type that is not read; hand it over as text, numbers or dates."
        ) from None
    finally:
        reading.connection.unregister("given")


def _read_server(reading: _Reading, url: str) -> RawTable:
    with copied(reading.connection, url, reading.written) as (names, rows):
        return reading.typed(rows, names, [f"c{i}" for i in range(len(names))])


def _read_file(reading: _Reading, path: Path) -> RawTable:
    written = reading.written
    with unpacked(path, reading.label, written, folder_of(reading.connection)) as content:
        if content.kind not in ("duckdb", "sqlite") and (written.table or written.query):
            raise ConfigError(f"{written.key('table' if written.table else 'query')}: {reading.label} is no database.")
        return _READERS[content.kind](reading, content.path)


def _read_parquet(reading: _Reading, path: Path) -> RawTable:
    # Values in names of folders (store=007/…) are text, as in a text file: nobody said that they are numbers.
    relation = f"read_parquet({literal(glob.escape(str(path)))}, hive_types_autocast = false)"
    try:
        described = reading.connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
        return reading.typed(relation, [row[0] for row in described])
    except duckdb.Error:
        raise DataError(
            f"{reading.label} is not a readable Parquet file: it may be cut. Copy it again, or export it again."
        ) from None


def _read_workbook(reading: _Reading, path: Path) -> RawTable:
    sheet = open_sheet(path, reading.label, reading.written)
    header, where = sheet.header, sheet.where
    places = _places(header, reading.wanted, where, reading.written, hidden=sheet.hidden, below=sheet.below)
    text, types = read_sheet(reading.connection, sheet, table=reading.table, wanted=places)
    return reading.read(header, places, types, rows=text.records, text=text)


def _read_text(reading: _Reading, path: Path) -> RawTable:
    written = reading.written
    with as_plain_text(path, reading.label, written, folder_of(reading.connection)) as plain:
        header, below = header_of(plain), rows_below(plain)
        hidden = plain.header and looks_like_data(header, [row for _, row in below])
        where = f"{reading.label}, line {plain.above + 1}"
        places = _places(header, reading.wanted, where, written, text=True, hidden=hidden, below=below)
        text = read_text(reading.connection, plain, table=reading.table, header=header, wanted=places)
    types = dict.fromkeys(places, "VARCHAR")
    return reading.read(header, places, types, rows=text.records, text=text)


def _read_duckdb(reading: _Reading, path: Path) -> RawTable:
    with attached(reading.connection, path, reading.label, reading.written) as rows:
        described = reading.connection.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()
        return reading.typed(rows, [str(row[0]) for row in described])


def _read_sqlite(reading: _Reading, path: Path) -> RawTable:
    with rows_of_sqlite(path, reading.label, reading.written) as (names, rows):
        places = _places(names, reading.wanted, reading.label, reading.written)
        lines, _, types = read_rows(reading.connection, rows, names, table=reading.table, wanted=places)
    return reading.read(names, places, types, rows=len(lines))


def _read_json(reading: _Reading, path: Path) -> RawTable:
    with rows_of_json(reading.connection, path, reading.label) as (names, rows):
        return reading.typed(rows, names, [f"c{i}" for i in range(len(names))])


_READERS = {
    "json": _read_json,
    "parquet": _read_parquet,
    "workbook": _read_workbook,
    "text": _read_text,
    "duckdb": _read_duckdb,
    "sqlite": _read_sqlite,
}


def _places(
    found: list[str],
    wanted: Mapping[str, str] | None,
    where: str,
    written: Written,
    *,
    text: bool = False,
    hidden: bool = False,
    below: Iterable[tuple[int, list[str]]] = (),
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
        for line, row in below:
            if set(wanted.values()) <= set(row):
                advice = f"Line {line} names the columns: set {written.key('skip_lines')}: {line - 1}."
                raise DataError(f'{where}: no column "{theirs}"{key}. {advice}')
        raise DataError(f'{where}: no column "{theirs}"{key}.{_found(found, theirs, written, text, hidden)}')
    return {ours: found.index(theirs) for ours, theirs in wanted.items() if theirs in found}


def _found(found: list[str], theirs: str, written: Written, text: bool, hidden: bool) -> str:
    marks = [m for m in (";", "\t", "|", ",") if len(found) == 1 and m in found[0]] if text else []
    if marks:
        shown = '"\\t"' if marks[0] == "\t" else f'"{marks[0]}"'
        said = f" The header is one column; set {written.key('delimiter')}: {shown}."
        return f"{said}{'' if hidden else _listed(found[0].split(marks[0]))}"
    if not written.header:
        last = len(found)
        return f' With {written.without_header} columns are called by their numbers, "1" to "{last}".'
    if hidden:
        return (
            f" That line looks like data, not like names: set {written.without_header} and call columns by their "
            f'numbers ("1" is the first), {written.key("skip_lines")} if the names stand further down, or write a line '
            "that names the columns on top of the file."
        )
    return f"{nearest(theirs, shown_names(found))}{_listed(found)}"


def _listed(found: list[str]) -> str:
    names = ", ".join(f'"{name}"' for name in shown_names(found)[:_NAMES_SHOWN])
    return f" Columns found: {names}." if names else ""
