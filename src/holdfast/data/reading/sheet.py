"""A sheet of an Excel workbook → a table of its cells as Excel holds them, with the row of every record.

Cells are typed one by one: a column may hold dates and dates written as text. Text goes the way of text files;
dates and numbers need no setting, for nothing about them has to be guessed.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, load_workbook

from holdfast.data.reading.alike import most_alike
from holdfast.data.reading.mixed import EXACT, is_filled, read_rows
from holdfast.data.reading.textfile import SEEN, TextTable, looks_like_data, numbered
from holdfast.data.source import Written
from holdfast.errors import DataError, nearest

_SHOWN = 30
# What is stated for a workbook whose sheets are one table.
ALL_SHEETS = "*"


@dataclass(frozen=True)
class Sheet:
    """A sheet, seen once.

    Attributes
    ----------
    label, where
        What messages call the workbook, and the row that names the columns.
    header
        Names of the columns.
    hidden
        Whether the header looks like data, and must not be shown.
    below
        The first rows below it, as texts, each with its number.
    top
        How many rows stand above the first one that may hold data.
    """

    label: str
    where: str
    header: list[str]
    hidden: bool
    below: list[tuple[int, list[str]]]
    top: int
    _sheet: CalamineSheet

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        """Yield the rows below the header, each with its number (the first of the sheet is 1)."""
        return islice(enumerate(self._sheet.iter_rows(), 1), self.top, None)


def open_sheet(path: Path, label: str, written: Written) -> Sheet:
    """Find a workbook's sheet and the names of its columns.

    Parameters
    ----------
    path, label
        Where it lies, and what messages call it.
    written
        ``sheet``, ``header``, ``skip_lines``.

    Raises
    ------
    DataError
        The workbook is damaged, or has no such sheet (names those that it has), or the sheet is empty.
    """
    with _opened(path, label) as workbook:
        name = _chosen(workbook, label, written)
        sheet, names = workbook.get_sheet_by_name(name), workbook.sheet_names
    return _seen(sheet, name, names, label, written)


@contextmanager
def _opened(path: Path, label: str) -> Iterator[CalamineWorkbook]:
    try:
        # As a file: of a path the library would believe the name's ending.
        with path.open("rb") as file:
            yield load_workbook(file)
    except (CalamineError, OSError, ValueError):
        raise DataError(f"{label} is not a readable Excel workbook: it is damaged, or no workbook.") from None


def _seen(sheet: CalamineSheet, name: str, names: Sequence[str], label: str, written: Written) -> Sheet:
    """Look at one sheet of a workbook that has ``names``."""
    place = label if len(names) == 1 else f'{label}, sheet "{name[:60]}"'
    rows = islice(enumerate(sheet.iter_rows(), 1), written.skip_lines, None)
    line, first = next(((line, row) for line, row in rows if any(map(is_filled, row))), (0, []))
    if not first:
        others = [n for n in names if n != name]
        more = f" Name another under {written.key('sheet')}: {_listed(others)}." if others else ""
        raise DataError(f"{place} is empty: its first row must name the columns.{more}")
    if not written.header:
        return Sheet(label, f"{place}, row {line}", numbered(len(first)), False, [], line - 1, sheet)
    header = [_shown(cell).strip() for cell in first]
    below = [(number, [_shown(cell).strip() for cell in row]) for number, row in islice(rows, SEEN)]
    named = [i for i, title in enumerate(header) if title]
    hidden = any(not isinstance(first[i], str) for i in named) or looks_like_data(
        [header[i] for i in named], [[row[i] for i in named] for _, row in below]
    )
    # Two columns without a name must not be two columns of one name.
    header = [title or f"column {i}" for i, title in enumerate(header, 1)]
    return Sheet(label, f"{place}, row {line}", header, hidden, below, line, sheet)


def sheets_alike(path: Path, label: str, written: Written) -> list[str]:
    """Return the sheets that hold one table together: of those with a table, the most with the same columns.

    Raises
    ------
    DataError
        The workbook is damaged, or no sheet of it holds a table.
    """
    looks: dict[str, tuple[str, ...]] = {}
    with _opened(path, label) as workbook:
        names = workbook.sheet_names
        for name in names:
            try:
                sheet = _seen(workbook.get_sheet_by_name(name), name, names, label, written)
            except DataError:
                continue
            if len(sheet.header) > 1 and (sheet.below or not written.header):
                looks[name] = tuple(sorted(sheet.header))
    if not looks:
        raise DataError(f"{label}: no sheet holds a table. Its sheets: {_listed(names)}.")
    return most_alike(looks)


def _chosen(workbook: CalamineWorkbook, label: str, written: Written) -> str:
    names = workbook.sheet_names
    if not names:
        raise DataError(f"{label} has no sheet.")
    if written.sheet is None:
        return names[0]
    if written.sheet not in names:
        raise DataError(
            f'{label} has no sheet "{written.sheet[:60]}" ({written.key("sheet")}).{nearest(written.sheet, names)} '
            f"Its sheets: {_listed(names)}."
        )
    return written.sheet


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{n[:60]}"' for n in names[:_SHOWN])


def _shown(cell: Any) -> str:
    """Return a cell as text: a whole number without the decimals that Excel gives every number."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() and abs(cell) < EXACT else str(cell)


def read_sheet(
    connection: duckdb.DuckDBPyConnection, sheet: Sheet, *, table: str, wanted: dict[str, int]
) -> tuple[TextTable, dict[str, str]]:
    """Read columns of a sheet into ``table``, one row per row that is not blank.

    Parameters
    ----------
    connection, sheet
        Where to, and from where.
    table, wanted
        Name of the table; {our name: place of the column}.

    Returns
    -------
    tuple
        The rows' numbers, and the SQL type of every wanted column: ``parse.CELL`` where its cells are of several.
    """
    lines, blank, types = read_rows(connection, sheet.rows(), sheet.header, table=table, wanted=wanted)
    return TextTable(table, len(lines), [], blank, sheet.top, np.array(lines, dtype=np.int64)), types
