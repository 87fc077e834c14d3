"""Headings above the names of columns, as merged cells leave them: which row below names the columns better."""

import re
from collections.abc import Sequence

from holdfast.data.reading.textfile import looks_like_data

# Headings of headings are as many rows.
_MOST_ROWS = 3
# What amounts, days and numbers of orders are made of; no name of a column is.
_COUNTED = re.compile(r"[^\w]*\d[\d\W]*([ T][\d:.]+)?[^\d]{0,4}")
_MOSTLY = 0.5


def names_below(header: Sequence[str], below: Sequence[tuple[int, list[str]]]) -> tuple[int, list[str]] | None:
    """Return the row that names the columns, with its number, where the first one holds headings of groups.

    Headings leave columns without a name, or stand twice; the row below them tells more columns apart, and is no
    data: where the rows below it hold numbers or days, it holds words.

    Parameters
    ----------
    header
        Cells of the first row; blank where a column has no name.
    below
        The rows below it, each with its number.

    Examples
    --------
    >>> rows = [(2, ["No", "Date", "Name", "Net"]), (3, ["1", "2024-01-31", "Ann", "9.50"])]
    >>> names_below(["Order", "", "Customer", ""], rows)
    (2, ['No', 'Date', 'Name', 'Net'])
    >>> names_below(["", "Date", "Name", "Net"], rows[1:]) is None
    True
    """
    found, above = None, [cell.strip() for cell in header]
    rows = [(line, row) for line, row in below if any(cell.strip() for cell in row)]
    for i, (line, row) in enumerate(rows[:_MOST_ROWS]):
        if not _is_better(row, above) or not names_columns(row, [cells for _, cells in rows[i + 1 :]]):
            break
        found, above = (line, row), row
    return found


def _is_better(row: Sequence[str], above: Sequence[str]) -> bool:
    """Say whether a row names all columns that the row above names, and tells more of them apart."""
    named = {i for i, cell in enumerate(row) if cell.strip()}
    before = {i for i, cell in enumerate(above) if cell}
    # Names may repeat below different headings: which is meant is asked, or refused, later.
    return (
        len(row) == len(above)
        and before <= named
        and len({row[i].strip().casefold() for i in named}) > len({above[i].casefold() for i in before})
    )


def names_columns(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Say whether a row holds words where most rows below it hold numbers or days, in one column at least.

    Examples
    --------
    >>> [names_columns(row, [["2024-01-31", "9.50"]]) for row in (["Day", "Gross at 0.00 % tax"], ["2024-01-30", "9"])]
    [True, False]
    """
    rows = [cells for cells in below if len(cells) == len(row)]
    columns = [[cells[i] for cells in rows if cells[i].strip()] for i, name in enumerate(row) if name.strip()]
    counted = [cells for cells in columns if cells and sum(map(_is_counted, cells)) > _MOSTLY * len(cells)]
    words = all(not _is_counted(cell) for cell in row)
    return bool(counted) and words and not looks_like_data([cell for cell in row if cell.strip()], [])


def _is_counted(cell: str) -> bool:
    return bool(_COUNTED.fullmatch(cell.strip()))
