"""A sheet of an Excel workbook → a table of its cells as Excel holds them, with the row of every record.

Cells are typed one by one: a column may hold dates and dates written as text. Text goes the way of text files;
dates and numbers need no setting, for nothing about them has to be guessed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, load_workbook

from holdfast.data.parse import CELL, CELL_KINDS, trimmed
from holdfast.data.source import Written
from holdfast.data.textfile import SEEN, TextTable, line_hash, looks_like_data, numbered
from holdfast.errors import DataError, nearest

_BATCH = 20_000
_SHOWN = 30
# Above it a float skips whole numbers.
_EXACT = 2**53
_ARROW = {"word": pa.string(), "whole": pa.int64(), "number": pa.float64(), "moment": pa.timestamp("us")}


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
    try:
        # As a file: of a path the library would believe the name's ending.
        with path.open("rb") as file:
            workbook = load_workbook(file)
            name = _chosen(workbook, label, written)
            sheet = workbook.get_sheet_by_name(name)
    except (CalamineError, OSError, ValueError):
        raise DataError(f"{label} is not a readable Excel workbook: it is damaged, or no workbook.") from None
    place = label if len(workbook.sheet_names) == 1 else f'{label}, sheet "{name[:60]}"'
    rows = islice(enumerate(sheet.iter_rows(), 1), written.skip_lines, None)
    line, first = next(((line, row) for line, row in rows if any(map(_is_filled, row))), (0, []))
    if not first:
        others = [n for n in workbook.sheet_names if n != name]
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


def _is_filled(cell: Any) -> bool:
    return not isinstance(cell, str) or bool(cell.strip())


def _shown(cell: Any) -> str:
    """Return a cell as text: a whole number without the decimals that Excel gives every number."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT else str(cell)


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
    lines, blank = _load(connection, sheet)
    kinds = _kinds(connection, len(sheet.header))
    cells = [_cell(i, present) for i, present in enumerate(kinds)]
    picked = "".join(f", {cells[place][0]} AS {ours}" for ours, place in wanted.items())
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT record, "
        f"{line_hash([sql for sql, _ in cells], sheet.header)} AS line_hash{picked} FROM sheet_cells ORDER BY record"
    )
    connection.execute("DROP TABLE sheet_cells")
    text = TextTable(table, len(lines), [], blank, sheet.top, np.array(lines, dtype=np.int64))
    return text, {ours: cells[place][1] for ours, place in wanted.items()}


def _load(connection: duckdb.DuckDBPyConnection, sheet: Sheet) -> tuple[list[int], int]:
    """Fill the table ``sheet_cells``: of every column one for each kind of cell; return rows' numbers, blank rows."""
    width = len(sheet.header)
    typed = ", ".join(f"c{i}_{name} {kind}" for i in range(width) for name, kind in CELL_KINDS.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE sheet_cells (record BIGINT, {typed})")
    lines: list[int] = []
    blank, rows = 0, sheet.rows()
    while batch := list(islice(rows, _BATCH)):
        filled = [(line, row) for line, row in batch if any(map(_is_filled, row))]
        blank += len(batch) - len(filled)
        if filled:
            _insert(connection, [row for _, row in filled], len(lines), width)
            lines += [line for line, _ in filled]
    return lines, blank


def _insert(connection: duckdb.DuckDBPyConnection, rows: list[list[Any]], before: int, width: int) -> None:
    columns = {"record": pa.array(range(before + 1, before + len(rows) + 1), pa.int64())}
    for i in range(width):
        columns |= {f"c{i}_{name}": cells for name, cells in _by_kind([row[i] for row in rows]).items()}
    connection.register("sheet_batch", pa.table(columns))
    try:
        connection.execute("INSERT INTO sheet_cells SELECT * FROM sheet_batch")
    finally:
        connection.unregister("sheet_batch")


def _by_kind(cells: Iterable[Any]) -> dict[str, pa.Array]:
    """Return a column as one array for each kind of cell, blank where a cell is of another."""
    kinds = [_kind(cell) for cell in cells]
    present = {kind for kind, _ in kinds}
    return {
        name: pa.array([value if kind == name else None for kind, value in kinds], arrow)
        if name in present
        else pa.nulls(len(kinds), arrow)
        for name, arrow in _ARROW.items()
    }


def _kind(cell: Any) -> tuple[str, Any]:
    if isinstance(cell, str):
        return "word", cell if cell.strip() else None
    if isinstance(cell, bool):
        return "word", str(cell)
    if isinstance(cell, int | float):
        whole = cell == int(cell) if abs(cell) < _EXACT else False
        return ("whole", int(cell)) if whole else ("number", float(cell))
    if isinstance(cell, datetime):
        return "moment", cell
    if isinstance(cell, date):
        return "moment", datetime.combine(cell, time())
    return "word", str(cell)


def _kinds(connection: duckdb.DuckDBPyConnection, width: int) -> list[list[str]]:
    """Return which kinds of cells each column holds; blank ones are of none."""
    counts = ", ".join(f"COUNT(c{i}_{name})" for i in range(width) for name in CELL_KINDS)
    found = connection.execute(f"SELECT {counts} FROM sheet_cells").fetchall()[0]
    kinds = len(CELL_KINDS)
    return [[k for k, n in zip(CELL_KINDS, found[kinds * i :], strict=False) if n] for i in range(width)]


def _cell(place: int, kinds: list[str]) -> tuple[str, str]:
    """Return the SQL of a column's cells, and its type."""
    c = f"c{place}"
    if kinds in ([], ["word"]):
        return trimmed(f"{c}_word"), "VARCHAR"
    if len(kinds) == 1:
        return f"{c}_{kinds[0]}", CELL_KINDS[kinds[0]]
    if kinds == ["whole", "number"]:
        return f"COALESCE({c}_number, CAST({c}_whole AS DOUBLE))", "DOUBLE"
    values = {k: trimmed(f"{c}_word") if k == "word" else f"{c}_{k}" for k in kinds}
    cases = " ".join(f"WHEN {c}_{k} IS NOT NULL THEN CAST({value} AS {CELL})" for k, value in values.items())
    return f"CASE {cases} END", CELL
