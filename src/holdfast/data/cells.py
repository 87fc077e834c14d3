"""Any table (CSV, Parquet, frame) → texts with the line of every row, nothing guessed about what they mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.data.advice import speaking_of
from holdfast.data.engine import connect, literal, quote
from holdfast.data.parse import text
from holdfast.data.source import Source
from holdfast.data.textfile import BadLine, TextTable, as_plain_utf8, header_of, read_text
from holdfast.errors import DataError


@dataclass(frozen=True)
class Cells:
    """A table as texts.

    Attributes
    ----------
    label
        Name of the file, for messages.
    frame
        One text column per column of the file, trimmed; missing where the cell is blank. Runs of blanks in a column's
        name are one blank.
    lines
        Shape (n,): line of the file (the header is 1), or row of a frame or Parquet file (the first is 1).
    bad_lines
        Lines that could not be split into the header's columns; they are not in ``frame``.
    """

    label: str
    frame: pd.DataFrame
    lines: npt.NDArray[np.int64]
    bad_lines: list[BadLine]

    def rows(self, chosen: npt.NDArray[np.bool_]) -> "Cells":
        """Return some of the rows."""
        frame = self.frame[chosen].reset_index(drop=True)
        return Cells(self.label, frame, self.lines[chosen], self.bad_lines)

    def place(self, row: int, column: str) -> str:
        """Say where a cell stands."""
        return f'{self.label}, line {self.lines[row]}, column "{column}"'


def plain_name(name: str) -> str:
    """Return a column's name with every run of blanks as one."""
    return " ".join(str(name).split())


def read_cells(
    data: str | Path | pd.DataFrame,
    *,
    delimiter: str = ",",
    quote: str = '"',
    encoding: str = "utf-8",
    missing_values: Sequence[str] = (),
    max_reject_share: float = 0.01,
    section: str = "subscriptions",
) -> Cells:
    """Read every column of a table as text.

    Parameters
    ----------
    data
        A path (CSV or Parquet), ``package:NAME/FILE``, or a frame.
    delimiter, quote, encoding
        How a text file is written.
    missing_values
        Texts that mean "blank".
    max_reject_share
        Above this share of lines with too few or too many cells reading stops.
    section
        The configuration's section, which messages name.

    Raises
    ------
    DataError
        The file is absent or cannot be taken apart: names the file and the line.
    """
    with connect() as connection, speaking_of(section):
        source = Source(data, delimiter=delimiter, quote=quote, encoding=encoding)
        if isinstance(data, pd.DataFrame):
            connection.register("given", data)
            cells = _typed(connection, "given", "the frame", missing_values)
        else:
            path = source.paths()[0]
            if path.suffix.lower() in (".parquet", ".pq"):
                cells = _typed(connection, f"read_parquet({literal(str(path))})", path.name, missing_values)
            else:
                cells = _text(connection, path, source, missing_values)
    _few_bad(cells, max_reject_share)
    if not len(cells.frame):
        raise DataError(f"{cells.label} has no rows.")
    return cells


def _text(connection: duckdb.DuckDBPyConnection, path: Path, source: Source, blank: Sequence[str]) -> Cells:
    whitespace = source.delimiter == "whitespace"
    delimiter, marks = (",", '"') if whitespace else (source.delimiter, source.quote)
    with as_plain_utf8(path, encoding=source.encoding, whitespace=whitespace) as plain:
        header = header_of(plain, delimiter=delimiter, quote=marks, label=path.name)
        names = _distinct([plain_name(h) for h in header], path.name)
        # By place, since the reader looks names up and two of the file's may differ in blanks only.
        places = {f"k{i}": f"c{i}" for i in range(len(header))}
        read: TextTable = read_text(
            connection,
            plain,
            table="cells",
            header=list(places.values()),
            wanted=places,
            delimiter=delimiter,
            quote=marks,
            label=path.name,
        )
    frame = _fetch(connection, "cells", dict.fromkeys(places, "VARCHAR"), blank, "ORDER BY record")
    frame.columns = pd.Index(names)
    return Cells(path.name, frame, read.line_of(np.arange(1, read.records + 1)), read.bad_lines)


def _typed(connection: duckdb.DuckDBPyConnection, relation: str, label: str, blank: Sequence[str]) -> Cells:
    try:
        types = {row[0]: str(row[1]) for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()}
        frame = _fetch(connection, relation, types, blank)
    except duckdb.Error:
        raise DataError(f"{label} is not a readable table.") from None
    frame.columns = pd.Index(_distinct([plain_name(n) for n in types], label))
    return Cells(label, frame, np.arange(1, len(frame) + 1), [])


def _fetch(
    connection: duckdb.DuckDBPyConnection, relation: str, types: dict[str, str], blank: Sequence[str], order: str = ""
) -> pd.DataFrame:
    absent = ", ".join(literal(b.strip()) for b in blank)
    picked = []
    for name, kind in types.items():
        cell = text(quote(name), kind)
        picked.append(f"CASE WHEN {cell} NOT IN ({absent}) THEN {cell} END" if absent else cell)
    listed = ", ".join(f"{cell} AS k{i}" for i, cell in enumerate(picked))
    return connection.execute(f"SELECT {listed} FROM {relation} {order}").df().astype("str")


def _distinct(names: list[str], label: str) -> list[str]:
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise DataError(f'{label}, line 1: two columns are called "{twice[0]}"; rename one.')
    return names


def _few_bad(cells: Cells, most: float) -> None:
    bad = len(cells.bad_lines)
    if bad > most * (bad + len(cells.frame)):
        first = "; ".join(f"line {b.line}: {b.reason}" for b in cells.bad_lines[:3])
        raise DataError(
            f"{cells.label}: {bad:,} line(s) cannot be split into the header's columns ({first}). "
            "Mend them, or look at subscriptions.delimiter and subscriptions.quote."
        )
