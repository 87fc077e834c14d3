"""How a file is written: encoding, delimiter, quote. Each is proposed, and proved by the one reader."""

import csv
from collections import Counter
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from holdfast.data.engine import connect, literal
from holdfast.data.plaintext import PlainText, as_plain_text
from holdfast.data.source import Written
from holdfast.data.textfile import header_of, looks_like_data, rows_below
from holdfast.errors import DataError

# In this order: what is valid UTF-8 by chance is rare; cp1252 has bytes without a letter, latin-1 has none; zero bytes,
# which UTF-16 without its mark is full of, make the others refuse.
_ENCODINGS = ("utf-8", "cp1252", "latin-1", "utf-16-le", "utf-16-be")
_DELIMITERS = (",", ";", "\t", "|")
_LOOKED_AT = 1000
# A few lines may be broken; a delimiter that splits fewer alike is another mark of the text.
_ALIKE = 0.9
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", "whitespace": "blanks"}
_PARQUET = (".parquet", ".pq")


@dataclass(frozen=True)
class Layout:
    """How a text file is taken apart; the defaults are those of the reader."""

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'

    def keys(self) -> dict[str, Any]:
        """Return the keys that differ from the reader's defaults."""
        default = Layout()
        pairs = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {name: value for name, value in pairs if value != getattr(default, name)}

    @property
    def said(self) -> str:
        """The layout in words."""
        encoding = {"utf-8": "UTF-8"}.get(self.encoding, self.encoding)
        return f"{encoding}, delimiter {_NAMES[self.delimiter]}"


def layout_of(path: Path) -> tuple[Layout | None, tuple[str, ...]]:
    """Find out how a file is written (``None``: Parquet says so itself), and what its columns are called.

    Raises
    ------
    DataError
        It is no text, is empty, has one column only, or its first line names no columns.
    """
    if path.suffix.lower() in _PARQUET:
        return None, _parquet_names(path)
    first: DataError | None = None
    for encoding in _ENCODINGS:
        try:
            with as_plain_text(path, path.name, Written(encoding=encoding)) as plain:
                return _taken_apart(plain, encoding)
        except _UnknownLayoutError:
            raise
        except DataError as error:
            first = first or error
    raise first or DataError(f"{path.name} cannot be read.")


class _UnknownLayoutError(DataError):
    """The encoding is right, and the file is still no table: no other encoding would help."""


def _taken_apart(plain: PlainText, encoding: str) -> tuple[Layout, tuple[str, ...]]:
    with plain.path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(islice(file, _LOOKED_AT))
    quote = "'" if _in_quotes(lines, "'") else '"'
    delimiter = _delimiter(lines, quote)
    if delimiter is None:
        raise _UnknownLayoutError(
            f"{plain.label}: no mark ({', '.join(_NAMES[d] for d in _DELIMITERS)}, or blanks) splits its lines into "
            "the same number of columns. Is it a table with one line of names on top? Remove lines above the names."
        )
    layout = Layout(encoding, delimiter, quote)
    with as_plain_text(plain.path, plain.label, Written(delimiter=delimiter, quote=quote)) as split:
        header = header_of(split)
        # A column without a name, as that of the row numbers, is no sign that the line is data.
        named = [name or f"column {i}" for i, name in enumerate(header)]
        if looks_like_data(named, [row for _, row in rows_below(split)]):
            raise _UnknownLayoutError(
                f"{plain.label}, line 1: that line looks like data, not like names: write a line that names the "
                "columns on top of the file."
            )
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


def _delimiter(lines: list[str], quote: str) -> str | None:
    """Return the mark that splits most lines alike, of several the one that makes most columns."""
    fits = []
    for mark in _DELIMITERS:
        try:
            rows = [row for row in csv.reader(lines, delimiter=mark, quotechar=quote) if row]
        except csv.Error:
            continue
        width, share = _width(rows)
        if width > 1 and share >= _ALIKE:
            fits.append((width, mark))
    if fits:
        return max(fits)[1]
    width, share = _width([line.split() for line in lines if line.strip()])
    return "whitespace" if width > 1 and share >= _ALIKE else None


def _width(rows: list[list[str]]) -> tuple[int, float]:
    """Return how many columns the first row has, and the share of rows with as many."""
    widths = Counter(len(row) for row in rows)
    width = len(rows[0]) if rows else 0
    return width, widths[width] / max(1, len(rows))
