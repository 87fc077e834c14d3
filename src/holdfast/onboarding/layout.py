"""How a file is taken apart: kind, encoding, delimiter, quote, where its names stand; proved by the one reader."""

import codecs
import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import duckdb

from holdfast.data.engine import connect, literal
from holdfast.data.reading.database import columns_in_file
from holdfast.data.reading.jsonfile import rows_of_json
from holdfast.data.reading.packed import Content, Kind, begun, unpacked
from holdfast.data.reading.plaintext import PlainText, as_plain_text
from holdfast.data.reading.shown import shown_names
from holdfast.data.reading.textfile import called_after_days, header_of, looks_like_data, numbered, rows_below
from holdfast.data.source import Written
from holdfast.errors import DataError
from holdfast.onboarding.encodings import ALONE, SAID, encodings_of
from holdfast.onboarding.headings import names_below, names_columns
from holdfast.onboarding.sheets import names_of

_DELIMITERS = (",", ";", "\t", "|")
_LOOKED_AT = 1000
# A few lines may be broken; a delimiter that splits fewer alike is another mark of the text.
_ALIKE = 0.9
# Titles and dates of a report stand on so many lines at most.
_MOST_ABOVE = 30
_KINDS = {
    **{"parquet": "Parquet", "workbook": "Excel", "json": "JSON"},
    **{"duckdb": "DuckDB", "sqlite": "SQLite", "postgresql": "PostgreSQL"},
}
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", "whitespace": "blanks"}


@dataclass(frozen=True)
class Layout:
    """How a file is taken apart; the defaults are those of the reader."""

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    skip_lines: int = 0
    header: bool = True
    sheet: str | None = None
    member: str | None = None
    table: str | None = None
    kind: Kind | Literal["postgresql"] = "text"
    says_itself: bool = False
    """Excel's own first line (``sep=;``) names the delimiter to the reader, too."""
    marked: bool = False
    """It begins with the mark of UTF-16, which the reader sees, too."""

    def keys(self) -> dict[str, Any]:
        """Return the keys that differ from the reader's defaults."""
        default = Layout()
        own = {"kind", "says_itself", "marked"} | ({"delimiter"} if self.says_itself else set())
        pairs = ((f.name, getattr(self, f.name)) for f in fields(self) if f.name not in own)
        return {name: value for name, value in pairs if value != getattr(default, name)}

    def written(self) -> Written:
        """Return how the reader is told so."""
        return Written(**self.keys())

    @property
    def said(self) -> str:
        """The layout in words."""
        if self.kind == "text":
            encoding = "UTF-16" if self.marked else {"utf-8": "UTF-8"}.get(self.encoding, self.encoding)
            said = f"{encoding}, delimiter {_NAMES[self.delimiter]}"
        else:
            said = _KINDS[self.kind]
            said += f", table {self.table}" if self.table else ""
        if self.skip_lines:
            said += f", names on line {self.skip_lines + 1}"
        return said if self.header else f"{said}, no line of names: columns are called by their number"


def layout_of(
    path: Path, *, sheet: str | None = None, member: str | None = None, table: str | None = None
) -> tuple[Layout, tuple[str, ...]]:
    """Find out how a file is written, and what its columns are called.

    Parameters
    ----------
    path
        The file, packed or not.
    sheet, member, table
        Of a workbook, an archive or a database that holds several: which one.

    Raises
    ------
    DataError
        It is no table, is empty, or has one column only.
    """
    with unpacked(path, path.name, Written(member=member)) as content:
        return _of_content(content, path.name, sheet=sheet, member=member, table=table)


def beginning_of(path: Path, member: str) -> tuple[Layout, tuple[str, ...]]:
    """Return ``layout_of`` a file in an archive as its first lines show it: its encoding may be another.

    Raises
    ------
    DataError
        As of ``layout_of``.
    """
    with begun(path, path.name, member) as content:
        return _of_content(content, path.name, sheet=None, member=member, table=None)


def _of_content(
    content: Content, label: str, *, sheet: str | None, member: str | None, table: str | None
) -> tuple[Layout, tuple[str, ...]]:
    if content.kind in ("duckdb", "sqlite"):
        of_table = Layout(kind=content.kind, table=table)
        return of_table, tuple(columns_in_file(content.path, label, content.kind, of_table.written()))
    base = Layout(kind=content.kind, member=member)
    if content.kind == "json":
        with connect() as connection, rows_of_json(connection, content.path, label) as (columns, _):
            return base, tuple(columns)
    if content.kind == "parquet":
        return base, _parquet_names(content.path)
    if content.kind == "workbook":
        above, header, names = names_of(content.path, label, sheet)
        return replace(base, sheet=sheet, skip_lines=above, header=header), names
    with content.path.open("rb") as file:
        marked = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return _text(content.path, label, replace(base, marked=marked))


def _text(path: Path, label: str, base: Layout) -> tuple[Layout, tuple[str, ...]]:
    first: DataError | None = None
    for encoding in encodings_of(path):
        with ExitStack() as opened:
            try:
                # Quotes in a title above the names would hide the lines below: taken apart first, skipped then.
                plain = opened.enter_context(as_plain_text(path, label, Written(encoding=encoding, quote="")))
            except DataError as error:
                if encoding in ALONE:
                    above = f"The letters above it are {SAID[encoding]}: mend that line, or save the file as UTF-8."
                    raise DataError(f"{str(error).split(' Set ')[0]} {above}") from None
                first = first or error
                continue
            # The encoding is right: what is wrong with the table below, no other encoding would mend.
            return _taken_apart(plain, replace(base, encoding=encoding))
    raise first or DataError(f"{label} cannot be read.")


def _taken_apart(plain: PlainText, base: Layout) -> tuple[Layout, tuple[str, ...]]:
    with plain.path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(islice(file, _LOOKED_AT))[plain.above :]
    if not any(line.strip() for line in lines):
        raise DataError(f"{plain.label} is empty: no line of it holds anything. Export it again and name that file.")
    quote = "'" if _in_quotes(lines, "'") else '"'
    found = _split(lines, quote, plain)
    if found is None:
        raise DataError(
            f"{plain.label}: no mark ({', '.join(_NAMES[d] for d in _DELIMITERS)}, or blanks) splits its lines into "
            "the same number of columns. Is it a table?"
        )
    delimiter, above = found
    own = plain.above > 0
    layout = replace(base, quote=quote, skip_lines=above + own if above else 0, delimiter=delimiter, says_itself=own)
    with as_plain_text(plain.path, plain.label, replace(layout.written(), encoding="utf-8")) as split:
        header = header_of(split)
        # A column without a name, as that of the row numbers, is no sign that the line is data.
        named = [name or f"column {i}" for i, name in enumerate(header)]
        below = rows_below(split)
        if delimiter != "whitespace" and (better := names_below(header, below)) is not None:
            return replace(layout, skip_lines=better[0] - 1), tuple(better[1])
        rows = [row for _, row in below]
        shows = shown_names(named) or names_columns(header, rows)
        if looks_like_data(named, rows) or not (shows or called_after_days(named, rows)):
            return replace(layout, header=False), tuple(numbered(len(header)))
    return layout, tuple(header)


def _parquet_names(path: Path) -> tuple[str, ...]:
    try:
        with connect() as connection:
            described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(str(path))})").fetchall()
    except duckdb.Error:
        # The reader says what is wrong with it.
        return ()
    return tuple(str(row[0]) for row in described)


def _in_quotes(lines: list[str], mark: str) -> bool:
    head = lines[0].strip() if lines else ""
    return len(head) > 1 and head.startswith(mark) and head.endswith(mark)


def _split(lines: list[str], quote: str, plain: PlainText) -> tuple[str, int] | None:
    """Return the mark that splits most lines alike, of several the one that makes most columns, and the lines above."""
    marks = (plain.delimiter,) if plain.above else _DELIMITERS
    fits = []
    for mark in marks:
        try:
            reader = csv.reader(lines, delimiter=mark, quotechar=quote)
            rows = list(_with_starts(reader))
        except csv.Error:
            continue
        if found := _table([row for _, row in rows]):
            width, first = found
            fits.append((width, mark, rows[first][0]))
    if fits:
        width, mark, above = max(fits)
        return mark, above
    words = [line.split() for line in lines if line.strip()]
    found = _table(words) if words else None
    return ("whitespace", 0) if found and found[1] == 0 else None


def _with_starts(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield the filled rows of a reader of ``csv``, each with how many lines stand above it."""
    above = 0
    for row in reader:
        if row:
            yield above, row
        # Once a row is read, the reader has counted its lines.
        above = reader.line_num


def _table(rows: Sequence[Sequence[str]]) -> tuple[int, int] | None:
    """Return how many columns most rows have, and which row is the first of them; nothing where rows differ."""
    for first, row in enumerate(rows[:_MOST_ABOVE]):
        width, below = len(row), rows[first:]
        filled = sum(bool(cell.strip()) for cell in row)
        # A title may be padded with empty cells.
        if width < 2 or filled < max(2, (width + 1) // 2) or len(below) <= first:
            continue
        if Counter(map(len, below))[width] >= _ALIKE * len(below):
            return width, first - 1 if _ends_in_a_mark(rows, first, width) else first
    return None


def _ends_in_a_mark(rows: Sequence[Sequence[str]], first: int, width: int) -> bool:
    """Say whether lines end in a mark that the line of names above them lacks, which the reader takes for nothing."""
    if not first or len(rows[first - 1]) != width - 1 or not all(cell.strip() for cell in rows[first - 1]):
        return False
    return not any(row[-1].strip() for row in rows[first:] if len(row) == width)
