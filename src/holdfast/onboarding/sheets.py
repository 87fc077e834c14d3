"""Which sheets of a workbook hold a table, and in which of its rows the names stand."""

import zipfile
from dataclasses import replace
from pathlib import Path

from python_calamine import CalamineError, load_workbook

from holdfast.data.reading.sheet import open_sheet
from holdfast.data.source import Written
from holdfast.errors import DataError


def tables_in(path: Path) -> list[str]:
    """Return the names of the sheets that have two columns and a row below the first; none where the first alone has.

    Nothing has to be said of a workbook whose only table is on its first sheet, nor of a file that is none.
    """
    try:
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                return []
            file.seek(0)
            names = load_workbook(file).sheet_names
    except (CalamineError, OSError, ValueError):
        return []
    tables = [name for name in names if _is_table(path, path.name, name)]
    return [] if tables in ([], names[:1]) else tables


def _is_table(path: Path, label: str, name: str) -> bool:
    try:
        sheet = open_sheet(path, label, Written(sheet=name))
    except DataError:
        return False
    return len(sheet.header) > 1 and bool(sheet.below)


def names_of(path: Path, label: str, sheet: str | None) -> tuple[int, bool, tuple[str, ...]]:
    """Return how many rows to skip, whether a row names the columns, and what they are called.

    A title above the names fills few cells of its row. The rows below are seen as far as the reader looks at them.
    """
    written = Written(sheet=sheet)
    found = open_sheet(path, label, written)
    width = max((_filled(row) for _, row in found.below), default=0)
    if _filled([name if not name.startswith("column ") else "" for name in found.header]) < _enough(width):
        rows = [line for line, row in found.below if _filled(row) >= _enough(width)]
        if rows:
            written = replace(written, skip_lines=rows[0] - 1)
            found = open_sheet(path, label, written)
    if found.hidden:
        written = replace(written, header=False)
        found = open_sheet(path, label, written)
    return written.skip_lines, written.header, tuple(found.header)


def _filled(row: list[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _enough(width: int) -> int:
    return max(2, (width + 1) // 2)
