"""A table as a workbook: a sheet to sort and filter, and one that says what its columns mean."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from holdfast.columns import headed
from holdfast.columns.values import said_value
from holdfast.errors import ConfigError
from holdfast.language import gettext
from holdfast.lists.spreadsheet import digits, would_run

_SHEET_ROWS = 1_048_575  # below the names of the columns
_FORMATS = {2: "#,##0.00", 3: "0.0%", 4: "0.00%"}
_DAY = "yyyy-mm-dd"
_ISO = re.compile(r"(?!1[0-8])\d{4}-\d{2}-\d{2}", re.ASCII)  # a sheet knows no days before 1900
# Only columns of our own: what stands in the user's stays as it is there.
_DAYS = frozenset(
    ["last_purchase", "next_purchase_expected", "as_of", "valid_until", "best_from", "best_until", "leaves_on"]
)
_WIDEST, _LOOKED_AT = 70, 1_000


def number_format(column: str, values: pd.Series) -> str:
    """Return how a sheet shows the numbers of a column: probabilities and shares in per cent.

    Empty for whole numbers, and for what is no number: as it is.

    Examples
    --------
    >>> number_format("p_churn_90d", pd.Series([0.5])), number_format("value_at_risk_90d", pd.Series([1234.5]))
    ('0.0%', '#,##0.00')
    """
    if not pd.api.types.is_float_dtype(values):
        return ""
    return _FORMATS[digits(column)]


def write_sheet(path: Path, table: pd.DataFrame, about: Sequence[tuple[str, ...]] = ()) -> None:
    """Write a workbook in which text stays text, even where a cell is edited; the file tells no time of its making.

    The header stays in view and filters; columns are as wide as what they hold. ``about``: rows of a second sheet.
    Columns that it explains (``columns.described``) have their heading in the current language; in English all others
    keep their names, by which such a workbook is read again.

    Raises
    ------
    ConfigError
        There are more rows than a sheet holds.
    """
    import xlsxwriter

    if len(table) > _SHEET_ROWS:
        raise ConfigError(f"A sheet holds {_SHEET_ROWS:,} rows, and these are {len(table):,}: write csv or parquet.")
    options = {
        # What it writes on the way holds customers too: not in a folder that everybody shares.
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})
        _list(book, table, _headings(about))
        if about:
            _about(book, about)


def read_sheets(path: Path) -> tuple[pd.DataFrame, list[tuple[str, ...]]]:
    """Return the table and the second sheet's rows of a workbook of ``write_sheet``, to write it again.

    Columns have their own names, whatever the language of the workbook: its second sheet says them (``described``).
    """
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(path))
    first, *others = (book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names)
    table = pd.DataFrame(first[1:], columns=[str(name) for name in first[0]]) if first else pd.DataFrame()
    for name in table:
        cells = table[name]
        # A sheet knows no whole numbers.
        if pd.api.types.is_float_dtype(cells) and (cells == cells.round()).all():
            table[name] = cells.astype("int64")
    # A row ends with its last word, as it was given.
    rows = [row for sheet in others for row in sheet]
    ends = [max((i + 1 for i, cell in enumerate(row) if cell != ""), default=0) for row in rows]
    about = [tuple(str(cell) for cell in row[:end]) for row, end in zip(rows, ends, strict=True)]
    own = {row[0]: row[3] for row in about if len(row) == 4}
    return table.rename(columns=own), about


def _headings(about: Sequence[tuple[str, ...]]) -> dict[str, str]:
    """Return by name what stands over the columns that a second sheet explains."""
    return {row[3]: row[0] for row in about if len(row) == 4}


def _list(book: Any, table: pd.DataFrame, headings: dict[str, str]) -> None:
    bold, text = book.add_format({"bold": True}), book.add_format({"quote_prefix": True})
    sheet = book.add_worksheet(gettext("list"))
    names = [headings.get(str(c), headed(str(c))) for c in table.columns]
    sheet.write_row(0, 0, names, bold)
    day = book.add_format({"num_format": _DAY})
    styles = [number_format(str(name), column) for name, column in table.items()]
    formats = {style: book.add_format({"num_format": style}) for style in dict.fromkeys(styles) if style}
    for place, (_, column) in enumerate(table.items()):
        sheet.set_column(place, place, _width(names[place], column, styles[place]))
    for number, row in enumerate(table.astype(object).itertuples(index=False), start=1):
        for place, cell in enumerate(row):
            if pd.isna(cell):
                continue
            shown = _shown(str(table.columns[place]), cell)
            if isinstance(shown, date):
                sheet.write_datetime(number, place, shown, day)
                continue
            runs = isinstance(shown, str) and would_run(shown)
            sheet.write(number, place, shown, text if runs else formats.get(styles[place]))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(table), 1), max(len(table.columns) - 1, 0))


def _shown(column: str, cell: Any) -> Any:
    """Return what a cell shows: days as days, which sort and filter, and values of ours in the current language."""
    if isinstance(cell, datetime):
        return cell.isoformat()
    if isinstance(cell, date):
        return cell if cell.year >= 1900 else cell.isoformat()
    if not isinstance(cell, str):
        return cell
    if column in _DAYS and _ISO.fullmatch(cell):
        return date.fromisoformat(cell)
    return said_value(column, cell)


def _about(book: Any, about: Sequence[tuple[str, ...]]) -> None:
    bold, text = book.add_format({"bold": True}), book.add_format({"quote_prefix": True})
    sheet = book.add_worksheet(gettext("about"))
    for number, words in enumerate(about):
        for place, word in enumerate(words):
            sheet.write_string(number, place, word, bold if place == 0 else text if would_run(word) else None)
    for place in range(max(map(len, about))):
        # The terms, of two words each, may run on over the columns beside them.
        longest = max((len(words[place]) for words in about if len(words) > max(place, 2)), default=0)
        sheet.set_column(place, place, min(longest + 2, _WIDEST))


def _width(name: str, column: pd.Series, style: str) -> int:
    some = column.head(_LOOKED_AT).dropna()
    shown = [f"{value:,.2f}" if style else str(value) for value in some]
    return min(max(map(len, [name, *shown])) + 2, _WIDEST)
