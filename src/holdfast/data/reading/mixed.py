"""Rows of values of any kind, cell by cell (of a sheet, or of a database without types) → a raw table.

A column whose cells are of one kind has its type; one whose cells are of several is ``parse.CELL``.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import islice
from typing import Any

import duckdb
import pyarrow as pa

from holdfast.data.reading.records import write_records
from holdfast.data.reading.textfile import line_hash
from holdfast.data.values.parse import CELL, CELL_KINDS, trimmed

_BATCH = 20_000
# Above it a float skips whole numbers.
EXACT = 2**53
_ARROW = {"word": pa.string(), "whole": pa.int64(), "number": pa.float64(), "moment": pa.timestamp("us")}


def read_rows(
    connection: duckdb.DuckDBPyConnection,
    rows: Iterator[tuple[int, Sequence[Any]]],
    header: Sequence[str],
    *,
    table: str,
    wanted: dict[str, int],
) -> tuple[list[int], int, dict[str, str]]:
    """Read rows into ``table``, one record per row that is not blank.

    Parameters
    ----------
    connection
        Where to.
    rows, header
        Every row with its number, and the names of all columns.
    table, wanted
        Name of the table; {our name: place of the column}.

    Returns
    -------
    tuple
        The rows' numbers, how many were blank, and the SQL type of every wanted column.
    """
    lines, blank = _load(connection, rows, len(header))
    cells = [_cell(i, present) for i, present in enumerate(_kinds(connection, len(header)))]
    picked = "".join(f", {cells[place][0]} AS {ours}" for ours, place in wanted.items())
    line = line_hash([sql for sql, _ in cells], list(header))
    write_records(connection, table, f"SELECT {line} AS line_hash{picked} FROM loose_cells")
    connection.execute("DROP TABLE loose_cells")
    return lines, blank, {ours: cells[place][1] for ours, place in wanted.items()}


def _load(
    connection: duckdb.DuckDBPyConnection, rows: Iterator[tuple[int, Sequence[Any]]], width: int
) -> tuple[list[int], int]:
    """Fill the table ``loose_cells``: of every column one for each kind of cell; return rows' numbers, blank rows."""
    typed = ", ".join(f"c{i}_{name} {kind}" for i in range(width) for name, kind in CELL_KINDS.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE loose_cells ({typed})")
    lines: list[int] = []
    blank = 0
    while batch := list(islice(rows, _BATCH)):
        filled = [(line, row) for line, row in batch if any(map(is_filled, row))]
        blank += len(batch) - len(filled)
        if filled:
            _insert(connection, [row for _, row in filled], width)
            lines += [line for line, _ in filled]
    return lines, blank


def is_filled(cell: Any) -> bool:
    """Say whether a cell holds something."""
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def _insert(connection: duckdb.DuckDBPyConnection, rows: list[Sequence[Any]], width: int) -> None:
    columns: dict[str, pa.Array] = {}
    for i in range(width):
        columns |= {f"c{i}_{name}": cells for name, cells in _by_kind([row[i] for row in rows]).items()}
    connection.register("loose_batch", pa.table(columns))
    try:
        connection.execute("INSERT INTO loose_cells SELECT * FROM loose_batch")
    finally:
        connection.unregister("loose_batch")


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
    if cell is None:
        return "word", None
    if isinstance(cell, str):
        return "word", cell if cell.strip() else None
    if isinstance(cell, bool):
        return "word", str(cell)
    if isinstance(cell, int | float):
        whole = cell == int(cell) if abs(cell) < EXACT else False
        return ("whole", int(cell)) if whole else ("number", float(cell))
    if isinstance(cell, datetime):
        return "moment", cell
    if isinstance(cell, date):
        return "moment", datetime.combine(cell, time())
    return "word", str(cell)


def _kinds(connection: duckdb.DuckDBPyConnection, width: int) -> list[list[str]]:
    """Return which kinds of cells each column holds; blank ones are of none."""
    counts = ", ".join(f"COUNT(c{i}_{name})" for i in range(width) for name in CELL_KINDS)
    found = connection.execute(f"SELECT {counts} FROM loose_cells").fetchall()[0]
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
