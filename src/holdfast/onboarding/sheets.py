"""Which sheets of a workbook hold a table, and in which of its rows the names stand."""

import zipfile
from dataclasses import replace
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, load_workbook

from holdfast.data.reading.alike import most_alike
from holdfast.data.reading.mixed import is_filled
from holdfast.data.reading.sheet import ALL_SHEETS, open_sheet
from holdfast.data.source import Written
from holdfast.onboarding.headings import names_below


def tables_in(path: Path) -> list[str]:
    """Return the names of the sheets that have two columns and a row below the first; none where the first alone has.

    Nothing has to be said of a workbook whose only table is on its first sheet, nor of a file that is none.
    """
    try:
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                return []
            file.seek(0)
            workbook = load_workbook(file)
            names = workbook.sheet_names
            tables = [name for name in names if _is_table(workbook.get_sheet_by_name(name))]
    except (CalamineError, OSError, ValueError):
        return []
    return [] if tables in ([], names[:1]) else tables


def alike_in(path: Path) -> list[str]:
    """Return the sheets that could be one table, as the months of a year are: with the same names in the same row."""
    seen = {name: names_of(path, path.name, name) for name in tables_in(path)}
    found = most_alike({name: (above, header, tuple(sorted(names))) for name, (above, header, names) in seen.items()})
    return found if len(found) > 1 else []


def _is_table(sheet: CalamineSheet) -> bool:
    filled = (row for row in sheet.iter_rows() if any(map(is_filled, row)))
    return len(next(filled, [])) > 1 and next(filled, None) is not None


def names_of(path: Path, label: str, sheet: str | None) -> tuple[int, bool, tuple[str, ...]]:
    """Return how many rows to skip, whether a row names the columns, and what they are called.

    A title above the names fills few cells of its row. The rows below are seen as far as the reader looks at them.
    """
    written = Written(sheet=next(iter(alike_in(path)), None) if sheet == ALL_SHEETS else sheet)
    found = open_sheet(path, label, written)
    width = max((_filled(row) for _, row in found.below), default=0)
    if _filled([_named(name) for name in found.header]) < _enough(width):
        rows = [line for line, row in found.below if _filled(row) >= _enough(width)]
        if rows:
            written = replace(written, skip_lines=rows[0] - 1)
            found = open_sheet(path, label, written)
    below = names_below([_named(name) for name in found.header], found.below)
    if below is not None:
        written = replace(written, skip_lines=below[0] - 1)
        found = open_sheet(path, label, written)
    if found.hidden:
        written = replace(written, header=False)
        found = open_sheet(path, label, written)
    return written.skip_lines, written.header, tuple(found.header)


def _named(name: str) -> str:
    """Return a column's name, blank where it has none."""
    return "" if name.startswith("column ") else name


def _filled(row: list[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _enough(width: int) -> int:
    return max(2, (width + 1) // 2)
