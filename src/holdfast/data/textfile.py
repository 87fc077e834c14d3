"""Delimited text → a table of texts, with the exact line of every record.

DuckDB reads; it numbers records, not lines, and after an unclosed quote it silently skips what it cannot
make sense of. So every file is accounted for by its line breaks, and what cannot be accounted for is refused.
"""

import codecs
import csv
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt

from holdfast.data.engine import literal
from holdfast.errors import DataError

_CHUNK = 1 << 24
_UTF8 = {"utf-8", "utf8", "utf-8-sig", "ascii"}


@dataclass(frozen=True)
class BadLine:
    """A line that cannot be split into the header's columns."""

    line: int
    reason: str


@dataclass
class TextTable:
    """What was read from one text file into the table ``name``: ``record`` and one text per wanted column."""

    name: str
    records: int
    bad_lines: list[BadLine]
    blank_lines: int = 0
    _good: npt.NDArray[np.int64] | None = field(default=None, repr=False)

    def line_of(self, records: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the line (header = 1) on which each record (1 = first) starts."""
        if self._good is not None:
            return self._good[records - 1]
        # One line per record: shift each record by the header and by the bad lines before it.
        bad = np.sort(np.array([b.line for b in self.bad_lines], dtype=np.int64))
        good_before = bad - 2 - np.arange(len(bad))
        return records + 1 + np.searchsorted(good_before, records - 1, side="right")


@contextmanager
def as_plain_utf8(path: Path, *, encoding: str, whitespace: bool) -> Iterator[Path]:
    """Yield ``path`` itself, or a temporary UTF-8 copy with the same line breaks where it is not plain UTF-8."""
    try:
        codec = codecs.lookup(encoding).name
    except LookupError:
        raise DataError(
            f'purchases.encoding: "{encoding}" is not a known encoding; try "utf-8", "latin-1" or "cp1252".'
        ) from None
    if codec in _UTF8 and not whitespace:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="holdfast-") as folder:
        copy = Path(folder) / "purchases.csv"
        pieces = _decoded(path, encoding)
        with copy.open("w", encoding="utf-8", newline="") as target:
            for text in _squeezed(pieces) if whitespace else pieces:
                target.write(text)
        yield copy


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    """Yield the text of a file in pieces."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    with path.open("rb") as file:
        ended = False
        while not ended:
            chunk = file.read(_CHUNK)
            ended = not chunk
            try:
                text = decoder.decode(chunk, final=ended)
            except UnicodeError as error:
                read = error.object[: error.start] if isinstance(error, UnicodeDecodeError) else b""
                lines += read.decode(encoding, errors="ignore").count("\n")
                raise _not_this_encoding(path.name, lines, encoding) from None
            lines += text.count("\n")
            yield text.removeprefix("\ufeff") if lines == text.count("\n") + 1 else text


def _squeezed(pieces: Iterator[str]) -> Iterator[str]:
    """Join the words of each line by commas."""
    rest = ""
    for piece in pieces:
        *lines, rest = (rest + piece).split("\n")
        for line in lines:
            yield _joined(line) + "\n"
    if rest:
        yield _joined(rest)


def _joined(line: str) -> str:
    return ",".join('"' + w.replace('"', '""') + '"' if "," in w or '"' in w else w for w in line.split())


def _not_this_encoding(label: str, line: int, encoding: str) -> DataError:
    return DataError(
        f"{label}, line {line}: not {encoding} text. "
        'Set purchases.encoding to what the file was saved as, for example "latin-1" or "cp1252".'
    )


def header_of(path: Path, *, delimiter: str, quote: str, label: str) -> list[str]:
    """Return the column names in the first line of a UTF-8 file.

    Raises
    ------
    DataError
        The file is empty, or its first line is not UTF-8.
    """
    with path.open("rb") as file:
        first = file.readline()
    try:
        text = first.decode("utf-8-sig")
    except UnicodeError:
        raise _not_this_encoding(label, 1, "utf-8") from None
    if not text.strip():
        raise DataError(f"{label} is empty: its first line must name the columns.")
    return [name.strip() for name in next(_csv_rows([text], delimiter, quote))]


def _csv_rows(lines: Iterator[str] | list[str], delimiter: str, quote: str) -> Iterator[list[str]]:
    if quote:
        return csv.reader(lines, delimiter=delimiter, quotechar=quote)
    return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)


def read_text(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    table: str,
    header: list[str],
    wanted: dict[str, str],
    delimiter: str,
    quote: str,
    label: str,
) -> TextTable:
    """Read columns of a UTF-8 file into ``table`` as texts, one row per record; ``wanted`` is {our name: theirs}.

    Raises
    ------
    DataError
        A quote is not closed, the text is not UTF-8, or lines would be lost.
    """
    _scan(connection, path, table, header, wanted, delimiter, quote, label)
    records = _count(connection, f"SELECT COUNT(*) FROM {table}")
    faults = connection.execute(
        "SELECT line_byte_position, MIN(error_type), MIN(error_message) FROM reject_errors GROUP BY 1 ORDER BY 1"
    ).fetchall()
    bad_lines = []
    for (_, kind, message), line in zip(faults, _lines_at(path, [f[0] for f in faults]), strict=True):
        if kind == "INVALID ENCODING":
            raise _not_this_encoding(label, line, "utf-8")
        if kind not in ("MISSING COLUMNS", "TOO MANY COLUMNS"):
            raise _unclosed_quote(label, line)
        found = re.search(r"Found: (\d+)", message)
        bad_lines.append(
            BadLine(line, f"{len(header)} columns expected, {found[1] if found else 'another number'} found")
        )
    text = TextTable(table, records, bad_lines)
    if _line_count(path) != 1 + records + len(bad_lines):
        _account(text, path, delimiter, quote, label)
    return text


def _scan(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    table: str,
    header: list[str],
    wanted: dict[str, str],
    delimiter: str,
    quote: str,
    label: str,
) -> None:
    # Names of our own (c0, c1, …): users' headers may repeat a name or hold anything.
    columns = ", ".join(f"c{i}: 'VARCHAR'" for i in range(len(header)))
    picked = ", ".join(f"c{header.index(theirs)} AS {ours}" for ours, theirs in wanted.items())
    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    try:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT ROW_NUMBER() OVER () AS record, {picked} "
            f"FROM read_csv({literal(str(path))}, columns = {{{columns}}}, delim = {literal(delimiter)}, "
            f"quote = {literal(quote)}, escape = {literal(quote)}, header = true, auto_detect = false, "
            "store_rejects = true, strict_mode = true)"
        )
    except duckdb.Error as error:
        # The engine's own message quotes the file's text, so only its line number is passed on.
        place = re.search(r"Line: (\d+)", str(error))
        raise _unclosed_quote(label, int(place[1]) if place else 2) from None


def _unclosed_quote(label: str, line: int) -> DataError:
    return DataError(
        f"{label}, line {line}: a quote opens here and is not closed properly, so the lines after it cannot "
        'be told apart. Mend the line, or set purchases.quote: "" if quotes mean nothing in this file.'
    )


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _line_count(path: Path) -> int:
    """Count lines; a last line without a line break counts."""
    breaks, last = 0, b"\n"
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            breaks += chunk.count(b"\n")
            last = chunk[-1:]
    return breaks + (last != b"\n")


def _lines_at(path: Path, positions: list[int]) -> list[int]:
    """Return the line number at each byte position (ascending)."""
    lines, breaks, at = [], 0, 0
    with path.open("rb") as file:
        for position in positions:
            while at < position:
                chunk = file.read(min(_CHUNK, position - at))
                breaks += chunk.count(b"\n")
                at += len(chunk)
            lines.append(breaks + 1)
    return lines


def _account(text: TextTable, path: Path, delimiter: str, quote: str, label: str) -> None:
    """Find each record's line by hand where records and lines differ: blank lines, line breaks inside quotes."""
    bad = {b.line for b in text.bad_lines}
    good: list[int] = []
    with path.open(encoding="utf-8", newline="\n") as file:
        rows = csv.reader(
            file, delimiter=delimiter, quotechar=quote or None, quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
        )
        next(rows)
        starts = rows.line_num + 1
        for row in rows:
            if not row:
                text.blank_lines += 1
            elif starts not in bad:
                good.append(starts)
            starts = rows.line_num + 1
    if len(good) != text.records:
        raise DataError(
            f"{label}: {len(good):,} records stand in the file but {text.records:,} could be read, so lines would "
            'be lost. Look for stray quotes, or set purchases.quote: "" if quotes mean nothing in this file.'
        )
    text._good = np.array(good, dtype=np.int64)
