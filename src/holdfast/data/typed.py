"""Columns of a table of texts that must be numbers, dates, ids or one of two words: else line and column are named."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.data.cells import Cells, plain_name
from holdfast.data.reading.shown import shown_names
from holdfast.data.source import Written
from holdfast.data.values.advice import number_option
from holdfast.data.values.date_styles import date_option, lies_before
from holdfast.data.values.moments import FIRST_OF_CONTRACTS
from holdfast.data.values.numbers import currency, read_number
from holdfast.data.values.parse import blank_words, marks_of
from holdfast.data.values.readings import both_readings, undecided
from holdfast.data.values.words import lowered
from holdfast.errors import DataError, nearest
from holdfast.learn.arrays import Flags, Floats, Ints
from holdfast.wording import counted

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?"
# A year from 2200 on, in any usual order: how systems write "until further notice".
FAR_FUTURE = (
    r"^\s*(?:(?:2[2-9]\d\d|[3-9]\d{3})(?:[-./ ]\d{1,2}){2}|(?:\d{1,2}[-./ ]){2}(?:2[2-9]\d\d|[3-9]\d{3})"
    r"|(?:2[2-9]\d\d|[3-9]\d{3})(?:0[1-9]|1[0-2])\d\d)(?:[T ].*)?\s*$"
)
# As systems write that there is no day: zeros alone (0 seconds, 0000-00-00, 00.00.0000), or the first day that they
# know (1900-01-01 in Dynamics, 1753-01-01 in SQL Server, 30.12.1899 in Access and Delphi, 0001-01-01 in .NET).
NO_DAY = (
    r"^\s*(?:0[0.:/ T-]*|(?:(?:0001|1753)-?01-?01|1899-?12-?3[01]|1900-?01-?0[01]|0?1[./-]0?1[./-](?:0001|1753|1900)"
    r"|(?:3[01][./-]12|12[./-]3[01])[./-]1899)(?:[T ].*)?)\s*$"
)
UNKNOWN = -1
"""What ``one_of_two`` returns for a blank cell."""


def as_numbers(column: pd.Series) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return (numbers, NaN where blank or unreadable; which filled cells are no numbers), both shape (n,)."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return np.where(np.isfinite(values), values, np.nan), np.zeros(len(values), dtype=bool)
    filled = column.notna().to_numpy()
    fits = column.astype("str").str.fullmatch(_NUMBER).fillna(False).to_numpy(dtype=bool) & filled
    numbers = np.full(len(column), np.nan)
    numbers[fits] = column[fits].astype(np.float64).to_numpy()
    return np.where(np.isfinite(numbers), numbers, np.nan), filled & ~fits


def with_points(cells: Cells, written: Written, *, apart: Collection[str] = ()) -> Cells:
    """Return the table with plain numbers, in columns that hold nothing but numbers as they are said to be written.

    Parameters
    ----------
    cells, written
        The table, and how it is written.
    apart
        Columns that are no numbers whatever they look like: ids, words, codes.

    Raises
    ------
    DataError
        The numbers of a column carry several currencies.
    """
    changed = {}
    for name in (n for n in cells.frame.columns if n not in apart):
        column = cells.frame[name]
        if written.mark == "." and column.dropna().str.fullmatch(_NUMBER).all():
            continue
        if plain := _plain_numbers(cells, name, column.dropna().unique(), written):
            changed[name] = column.map(plain).astype("str")
    return replace(cells, frame=cells.frame.assign(**changed))


def _plain_numbers(cells: Cells, name: str, filled: Iterable[str], written: Written) -> dict[str, str]:
    """Return what each cell of a column is as a plain number; nothing where one is no number."""
    plain: dict[str, str] = {}
    signs = set()
    for cell in filled:
        value = read_number(cell, marks_of(written))
        if value is None:
            return {}
        plain[cell] = cell if re.fullmatch(r"[-+]?[0-9]+", cell) else format(value, "f")
        if value:
            signs.add(currency(cell))
    if len(signs) > 1:
        raise DataError(f'{cells.label}: column "{name}": numbers in several currencies; leave one in this column.')
    return plain


def without_repeats(cells: Cells, *, drop: bool) -> tuple[Cells, dict[str, Any]]:
    """Return the rows kept, and what became of every row and how many cells are blank, as plain values for JSON."""
    rows, bad = len(cells.frame), len(cells.bad_lines)
    empty = cells.frame.isna().all(axis=1).to_numpy(dtype=bool)
    cells = cells.rows(~empty) if empty.any() else cells
    repeats = cells.frame.duplicated().to_numpy()
    kept = cells.rows(~repeats) if drop else cells
    return kept, {
        "file": cells.label,
        "rows_in": rows + bad + cells.erased,
        **({"erased": cells.erased} if cells.erased else {}),
        **({"empty": int(empty.sum())} if empty.any() else {}),
        "kept": len(kept.frame),
        "duplicates_dropped": int(repeats.sum()) if drop else 0,
        "duplicates_kept": 0 if drop else int(repeats.sum()),
        "lines_rejected": [
            {**({"file": b.file} if b.file else {}), "line": b.line, "reason": b.reason} for b in cells.bad_lines
        ],
        "blank_cells": {str(n): int(c) for n, c in kept.frame.isna().sum().items() if c},
    }


def columns_exist(cells: Cells, wanted: Mapping[str, Sequence[str]], written: Written) -> None:
    """Refuse names of columns, by the key that gives them, that the table does not have."""
    names = list(cells.frame.columns)
    for key, listed in wanted.items():
        for theirs in map(plain_name, listed):
            if theirs not in names:
                shown = shown_names(names)
                found = f" Columns found: {', '.join(map(_quoted, shown[:30]))}." if shown else ""
                raise DataError(
                    f'{cells.label}, line 1: no column "{theirs}" ({written.key(key)}).{nearest(theirs, shown)}{found}'
                )


def _quoted(name: str) -> str:
    return f'"{name}"'


def names_are_free(cells: Cells, frame: pd.DataFrame, taken: Collection[str], written: Written) -> None:
    """Refuse columns whose names mean something else here."""
    for name in frame.columns:
        if name in taken:
            raise DataError(
                f'{cells.label}, line 1: the column "{name}" needs another name, for Holdfast makes one; '
                f"or name it under {written.key('columns')}, or under {written.key('ignore')}."
            )


def numbers(cells: Cells, name: str, what: str, written: Written, *, signed: bool = False) -> Floats:
    """Return a column that must be numbers, of at least 0 unless ``signed``, shape (n,); NaN where blank."""
    values, wrong = as_numbers(cells.frame[name])
    at_fault = np.flatnonzero(wrong | ((values < 0) & (not signed)))
    filled = [str(cell) for cell in cells.frame[name].dropna().unique()]
    if len(at_fault):
        more = f" ({counted(len(at_fault), 'such row')})" if len(at_fault) > 1 else ""
        advised = f"{number_option(filled, written)} " if wrong.any() else ""
        least = "" if signed else " of at least 0"
        raise DataError(
            f"{cells.place(int(at_fault[0]), name)}: {what} must be a number{least}{more}. "
            f"{advised}"
            f"Mend it, or name the text under {written.key('missing_values')} if it means blank."
        )
    if written.decimal is None and written.thousands is None and undecided(filled):
        raise DataError(
            f'{cells.label}: column "{name}": numbers like 9.999 can be read in two ways: {both_readings(".", written)}'
        )
    return values


def days(cells: Cells, name: str, written: Written, *, blank: int | None = None) -> Ints:
    """Return days since 1970-01-01, negative before, of a column read as dates, shape (n,); from 1900 to 2199.

    Parameters
    ----------
    cells, name
        The table, read with ``dates``, and the column.
    written
        How dates are written.
    blank
        The day where a cell is blank, holds zeros alone (0, 0000-00-00) or a system's first day (1900-01-01), or a day
        from the year 2200 on such as 31.12.9999; ``None``: none may be.
    """
    text, read = cells.frame[name], cells.days[name]
    absent = no_days(text, written)
    if blank is not None:
        read = np.where(absent, np.nan, read)
    unread = np.isnan(read) & ~absent
    if unread.any():
        at_fault = np.flatnonzero(unread)
        filled = [str(cell) for cell in text[~absent].unique()]
        stated = " or ".join(f'"{f}"' for f in written.date_formats)
        said = f"not a date written {stated}" if stated else "not an ISO 8601 date"
        said += f" between {FIRST_OF_CONTRACTS} and 2199"
        if all(lies_before(str(cell), written, FIRST_OF_CONTRACTS) for cell in text[unread].unique()):
            said = f"a day before {FIRST_OF_CONTRACTS}"
        raise DataError(
            f"{cells.place(int(at_fault[0]), name)}: {said} ({counted(len(at_fault), 'such row')}). "
            f"{date_option(filled, written, since=FIRST_OF_CONTRACTS)}"
        )
    if blank is None:
        refuse_rows(
            cells,
            absent,
            name,
            "there is no day",
            f"Nothing began there, it seems (people who never paid, say): {written.key('missing_start')}: drop leaves "
            f"these rows out; where something did begin, fill in the day, or name another column under "
            f"{written.key('columns')}.",
        )
    return np.where(np.isnan(read), 0 if blank is None else blank, read).astype(np.int64)


def no_days(text: pd.Series, written: Written) -> Flags:
    """Return where a column of dates has none, shape (n,): each text is looked at once, and days come many times."""
    which, texts = pd.factorize(text)
    each = pd.Series(texts, dtype=text.dtype)
    none = each.str.match(FAR_FUTURE, na=False) | each.str.match(NO_DAY, na=False)
    # In a column of dates every word for "blank" is one, as in every other table.
    blank = each.map(lowered, na_action="ignore").isin(blank_words(written))
    # The last place is that of missing cells, which `factorize` numbers -1.
    return np.append((none | blank).to_numpy(dtype=bool), np.True_)[which]


def one_of_two(cells: Cells, name: str, words: Mapping[str, Sequence[str]], written: Written) -> Ints:
    """Return 1 where a cell is one of the first words, 0 where one of the second, ``UNKNOWN`` where it is blank.

    ``words`` are these two by the key that lists them; capitals do not matter. Shape (n,).
    """
    text = cells.frame[name].str.casefold()
    yes, no = (text.isin([v.casefold() for v in listed]).to_numpy() for listed in words.values())
    refuse_rows(
        cells,
        ~(yes | no | text.isna().to_numpy()),
        name,
        "neither " + " nor ".join(f"one of {written.key(key)}" for key in words),
        "Add it to one of them.",
    )
    return np.where(yes, 1, np.where(no, 0, UNKNOWN))


def refuse_rows(cells: Cells, at_fault: npt.NDArray[np.bool_], name: str, said: str, advice: str = "") -> None:
    """Refuse the table if there are such rows: the first by line and column, and how many there are, no value."""
    if at_fault.any():
        count = counted(int(at_fault.sum()), "such row")
        said = f"{cells.place(int(np.flatnonzero(at_fault)[0]), name)}: {said} ({count}). {advice}"
        raise DataError(said.rstrip())
