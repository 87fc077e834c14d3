"""Delimited text → a table of texts, with the exact line of every record.

DuckDB reads; it numbers records, not lines, and after an unclosed quote it silently skips what it cannot
make sense of. So every file is accounted for by its line breaks, and what cannot be accounted for is refused.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

import duckdb
import numpy as np
import numpy.typing as npt

from holdfast.data.engine import literal
from holdfast.data.reading.plaintext import PlainText, lines_at, not_this_encoding
from holdfast.data.reading.records import write_records
from holdfast.data.reading.shown import NUMBER
from holdfast.data.values.parse import trimmed
from holdfast.errors import DataError
from holdfast.wording import counted

_LONGEST_LINE = 1 << 26
SEEN = 50
"""How many rows are looked at to tell a line of names from data."""
# A line that names columns holds words: neither numbers, dates, addresses nor blanks.
_NO_NAME = re.compile(rf"{NUMBER}|.*@.*|")
# Columns may be called after months or days (2024-01, 2024-01-31): so many, in order, with other cells below.
_DAY = re.compile(r"(19|20)\d\d[-/.](0[1-9]|1[0-2])([-/.](0[1-9]|[12]\d|3[01]))?")
_FEWEST_DAYS = 3


class EscapedQuoteError(DataError):
    """Quotes inside cells have a backslash before them: without quotes, other marks would be misread."""


@dataclass(frozen=True)
class BadLine:
    """A line that cannot be split into the header's columns."""

    line: int
    reason: str
    file: str = ""
    """Of a table in several files: the one it stands in."""

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"line {self.line} of {self.file}" if self.file else f"line {self.line}"


@dataclass
class TextTable:
    """What was read from one file of lines into the table ``name``: ``record``, ``line_hash`` and the wanted columns.

    ``above`` lines stand above the first line of data.
    """

    name: str
    records: int
    bad_lines: list[BadLine]
    blank_lines: int = 0
    above: int = 1
    _good: npt.NDArray[np.int64] | None = field(default=None, repr=False)

    def line_of(self, records: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the line of the file (its first is 1) on which each record (1 = first) starts."""
        if self._good is not None:
            return self._good[records - 1]
        # One line per record: shift each record by the lines above and by the bad lines before it.
        bad = np.sort(np.array([b.line for b in self.bad_lines], dtype=np.int64))
        good_before = bad - 1 - self.above - np.arange(len(bad))
        return records + self.above + np.searchsorted(good_before, records - 1, side="right")


def header_of(plain: PlainText) -> list[str]:
    """Return the column names of a file: those of its header, or ``"1"``, ``"2"``, … where it has none.

    Raises
    ------
    DataError
        The file has nothing there.
    """
    with _rows(plain) as rows:
        first = next(rows, [])
    if not any(name.strip() for name in first):
        if plain.lines > plain.above + 1:
            key = plain.written.key("skip_lines")
            raise DataError(
                f"{plain.label}, line {plain.above + 1}: blank, where the {_top(plain)} must stand. Set {key} to the "
                "number of lines above it."
            )
        what = "first line must name the columns" if plain.header else "lines must hold data"
        raise DataError(f"{plain.label} is empty: its {what}.")
    return [name.strip() for name in first] if plain.header else numbered(len(first))


def _top(plain: PlainText) -> str:
    return "line that names the columns" if plain.header else "first line of data"


def numbered(columns: int) -> list[str]:
    """Return the names of columns that nothing names.

    Examples
    --------
    >>> numbered(3)
    ['1', '2', '3']
    """
    return [str(i) for i in range(1, columns + 1)]


def rows_below(plain: PlainText) -> list[tuple[int, list[str]]]:
    """Return the first rows below the header, each with the line on which it starts."""
    found = []
    with _rows(plain) as rows:
        next(rows, None)
        starts = plain.above + rows.line_num + 1  # type: ignore[attr-defined]
        for row in islice(rows, SEEN):
            found.append((starts, [cell.strip() for cell in row]))
            starts = plain.above + rows.line_num + 1  # type: ignore[attr-defined]
    return found


def looks_like_data(header: list[str], below: Iterable[list[str]]) -> bool:
    """Say whether a row of names holds what no name is, or what the rows below hold too: it must not be shown then."""
    rows = [row for row in below if len(row) == len(header)]
    if any(_NO_NAME.fullmatch(name) for name in header) and not called_after_days(header, rows):
        return True
    return any(name == row[i] for i, name in enumerate(header) for row in rows)


def called_after_days(header: list[str], below: Iterable[list[str]]) -> bool:
    """Say whether all names that could be cells are days or months, in order, and no cell below them is one."""
    odd = [i for i, name in enumerate(header) if _NO_NAME.fullmatch(name)]
    days, cells = [header[i] for i in odd], [row[i] for row in below if len(row) == len(header) for i in odd]
    if len(days) < _FEWEST_DAYS or sorted(set(days)) != days or not cells:
        return False
    return all(map(_DAY.fullmatch, days)) and not any(map(_DAY.fullmatch, cells))


@contextmanager
def _rows(plain: PlainText) -> Iterator[Iterator[list[str]]]:
    """Yield the file's rows from the header on, as Python's reader sees them; a row may be as long as the engine's."""
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if plain.quote else csv.QUOTE_NONE
    before = csv.field_size_limit(_LONGEST_LINE)
    try:
        with plain.path.open(encoding="utf-8-sig", newline="") as file:
            for _ in range(plain.above):
                file.readline()
            yield csv.reader(file, delimiter=plain.delimiter, quotechar=plain.quote or None, quoting=quoting)
    except csv.Error:
        raise DataError(f"{plain.label}: a line is longer than {_LONGEST_LINE >> 20} MB. {_QUOTES}") from None
    finally:
        csv.field_size_limit(before)


def read_text(
    connection: duckdb.DuckDBPyConnection, plain: PlainText, *, table: str, header: list[str], wanted: dict[str, int]
) -> TextTable:
    """Read columns of a file into ``table`` as texts, one row per record.

    Parameters
    ----------
    connection, plain
        Where to, and from where.
    table, header, wanted
        Name of the table; names of all columns; {our name: place of the column}. ``line_hash`` tells whole lines
        apart: it is of every column, whether wanted or not.

    Raises
    ------
    DataError
        A quote is not closed, the text is not UTF-8, or lines would be lost.
    """
    _scan(connection, plain, table, header, wanted)
    records = _count(connection, f"SELECT COUNT(*) FROM {table}")
    faults = connection.execute(
        "SELECT line_byte_position, MIN(error_type), MIN(error_message) FROM reject_errors GROUP BY 1 ORDER BY 1"
    ).fetchall()
    bad_lines = []
    for (_, kind, message), line in zip(faults, lines_at(plain.path, [f[0] for f in faults]), strict=True):
        if kind not in ("MISSING COLUMNS", "TOO MANY COLUMNS"):
            raise _told(plain, kind, line)
        found = re.search(r"Found: (\d+)", message)
        bad_lines.append(BadLine(line, _too_many_or_few(len(header), int(found[1]) if found else None)))
    text = TextTable(table, records, bad_lines, above=plain.above + plain.header)
    if plain.lines != text.above + records + len(bad_lines):
        _account(text, plain)
    return text


def _too_many_or_few(columns: int, cells: int | None) -> str:
    """Return why a line cannot be split, as it is said of `line 7` and of `line`, alike."""
    found = "another number of cells" if cells is None else counted(cells, "cell")
    return f"has {found} where {counted(columns, 'column')} {'is' if columns == 1 else 'are'} expected"


def _bare(column: str, plain: PlainText) -> str:
    """Return the SQL of a cell without blanks at its ends, as simple as the file allows."""
    if plain.blanks == "none":
        return column
    return f"TRIM({column})" if plain.blanks == "spaces" else trimmed(column)


def _scan(
    connection: duckdb.DuckDBPyConnection, plain: PlainText, table: str, header: list[str], wanted: dict[str, int]
) -> None:
    # Names of our own (c0, c1, …): users' headers may repeat a name or hold anything.
    names = [f"c{i}" for i in range(len(header))]
    typed = ", ".join(f"{name}: 'VARCHAR'" for name in names)
    picked = "".join(f", {_bare(f'c{place}', plain)} AS {ours}" for ours, place in wanted.items())
    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    quote = literal(plain.quote)
    try:
        write_records(
            connection,
            table,
            f"SELECT {line_hash(names, header)} AS line_hash{picked} "
            f"FROM read_csv({literal(str(plain.path))}, columns = {{{typed}}}, delim = {literal(plain.delimiter)}, "
            f"quote = {quote}, escape = {quote}, header = {plain.header}, skip = {plain.above}, "
            "compression = 'none', auto_detect = false, store_rejects = true, strict_mode = true)",
        )
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        # The engine's own message quotes the file's text, so only its line number and its kind are passed on.
        place = re.search(r"Line: (\d+)", str(error))
        raise _told(plain, _kind_of(str(error)), int(place[1]) if place else None) from None


def line_hash(expressions: list[str], names: list[str]) -> str:
    """Return the SQL of a number that is the same for lines equal in every column, whatever the columns' order."""
    ordered = [e for _, e in sorted(zip(names, expressions, strict=True))]
    return f"hash({', '.join(ordered)})"


_QUOTES = 'Look for a quote that is never closed, or set quote: "" if quotes mean nothing in this file.'


def _kind_of(message: str) -> str:
    for said, kind in (
        ("unterminated quote", "UNQUOTED VALUE"),
        ("Maximum line size", "LINE SIZE OVER MAXIMUM"),
        ("unicode", "INVALID ENCODING"),
    ):
        if said in message:
            return kind
    return "OTHER"


def _told(plain: PlainText, kind: str, line: int | None) -> DataError:
    """Return the cause the engine gave, in our words."""
    place = f"{plain.label}, line {line}" if line else plain.label
    quote = f'{plain.written.key("quote")}: ""'
    if kind == "INVALID ENCODING":
        return not_this_encoding(plain.label, line or 1, plain.written, "utf-8")
    if kind == "UNQUOTED VALUE" and line and _has_escaped_quote(plain, line):
        return EscapedQuoteError(
            f'{place}: a quote inside a cell is written \\", where "" is read. Replace \\" by "" in the whole file, or '
            "export it again with quotes doubled (MySQL: FIELDS ESCAPED BY '\"')."
        )
    if kind == "UNQUOTED VALUE":
        return DataError(
            f"{place}: a quote opens here and is not closed properly, so the lines after it cannot "
            f"be told apart. Mend the line, or set {quote} if quotes mean nothing in this file."
        )
    if kind == "LINE SIZE OVER MAXIMUM":
        return DataError(
            f"{place}: the line is longer than 2 MB. A quote before it may never be closed (set {quote} if quotes "
            f"mean nothing in this file), or {plain.written.key('delimiter')} is another."
        )
    return DataError(
        f"{place}: the file cannot be taken apart into lines and columns. Look at {plain.written.key('delimiter')} and "
        f"{plain.written.key('quote')}, and at what stands there."
    )


def _has_escaped_quote(plain: PlainText, line: int) -> bool:
    """Say whether a line holds a backslash before a quote that ends no cell."""
    with plain.path.open(encoding="utf-8-sig", newline="") as file:
        text = next(islice(file, line - 1, line), "")
    return re.search(rf'\\"(?!{re.escape(plain.delimiter)}|\s*$)', text) is not None


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _account(text: TextTable, plain: PlainText) -> None:
    """Find each record's line by hand where records and lines differ: blank lines, line breaks inside quotes."""
    bad = {b.line for b in text.bad_lines}
    good: list[int] = []
    with _rows(plain) as rows:
        if plain.header:
            next(rows)
        starts = plain.above + rows.line_num + 1  # type: ignore[attr-defined]
        for row in rows:
            if not row:
                text.blank_lines += 1
            elif starts not in bad:
                good.append(starts)
            starts = plain.above + rows.line_num + 1  # type: ignore[attr-defined]
    if len(good) != text.records:
        raise DataError(
            f"{plain.label}: {len(good):,} records stand in the file but {text.records:,} could be read, so lines "
            f'would be lost. Look for stray quotes, or set {plain.written.key("quote")}: "" if quotes mean nothing in '
            "this file."
        )
    text._good = np.array(good, dtype=np.int64)
