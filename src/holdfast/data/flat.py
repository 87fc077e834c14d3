"""A file with one row per customer → the columns asked for, each row with its line."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.data.engine import connect
from holdfast.data.reading.joined import read_joined
from holdfast.data.reading.rawtable import RawTable
from holdfast.data.source import Data, Written
from holdfast.data.values import parse
from holdfast.data.values.advice import mask, number_option, which_counts
from holdfast.data.values.flags import flag
from holdfast.data.values.readings import refuse_currencies, refuse_two_readings
from holdfast.errors import DataError
from holdfast.language import to_tell, told
from holdfast.wording import counted

OPTIONS = Written(section="--")
# A column of numbers with so few other cells is a column of numbers with faults, not one of categories.
_MOSTLY = 0.95


@dataclass(frozen=True)
class _Flat(Written):
    """How values are written, and which of our columns the file need not have."""

    optional: frozenset[str] = frozenset()

    def may_lack(self, ours: str) -> bool:
        """Say whether the file need not have a column."""
        return ours in self.optional


def read_flat(
    data: Data,
    *,
    ids: Sequence[str] = (),
    texts: Sequence[str] = (),
    numbers: Sequence[str] = (),
    either: Sequence[str] = (),
    if_there: Sequence[str] = (),
    written: Written = OPTIONS,
) -> pd.DataFrame:
    """Read some columns of a flat file.

    Parameters
    ----------
    data
        As in ``Source``.
    ids, texts
        Columns kept as text: ``00123`` stays what it is. Ids are customers': one spelling each (``parse.customer``).
    numbers
        Columns that must hold finite numbers; ``true``/``false`` and ``yes``/``no`` count as 1 and 0.
    either
        Columns that become numbers where every filled cell is one, and stay text where most are not.
    if_there
        Those of them that the file need not have.
    written
        How values are written.

    Returns
    -------
    pandas.DataFrame
        One row per record, columns under the file's names, empty cells missing. The index is called ``line`` (the
        file's first is 1) for text files and workbooks and ``row`` (first = 1) for Parquet and frames; of several files
        it holds "7 of b.csv". ``attrs["notes"]`` says which cells of numbers held a word for "blank".

    Raises
    ------
    ConfigError
        The file does not exist, or a setting is wrong.
    DataError
        A column is missing, a line cannot be split, or a cell of ``numbers`` is not one: names the line.

    Examples
    --------
    >>> frame = pd.DataFrame({"customer_id": ["00123", "00124"], "arm": ["offer", "control"], "spend": ["12.50", ""]})
    >>> table = read_flat(frame, ids=["customer_id"], texts=["arm"], numbers=["spend"])
    >>> table.reset_index()
       row customer_id      arm  spend
    0    1       00123    offer   12.5
    1    2       00124  control    NaN
    """
    wanted = list(dict.fromkeys([*ids, *texts, *numbers, *either]))
    ours = {f"w{i}": name for i, name in enumerate(wanted)}
    with connect() as connection:
        may_lack = frozenset(w for w, name in ours.items() if name in if_there)
        raw = read_joined(connection, data, ours, _Flat(**vars(written), optional=may_lack))
        ours = {w: name for w, name in ours.items() if w in raw.names}
        if bad_lines := raw.bad_lines:
            first, bad = bad_lines[0], counted(len(bad_lines), "line")
            raise DataError(f"{raw.label}: {bad} cannot be split (first: {first.place} {first.reason}).")
        numeric = [w for w, n in ours.items() if n in (*numbers, *either)]
        signed = refuse_two_readings(connection, [raw], numeric, written)
        refuse_currencies(
            connection, [raw], signed, written, {w: f'{raw.label}: column "{n}"' for w, n in ours.items()}
        )
        table = connection.execute(f"SELECT {_picked(raw, ours, ids, written)} FROM {raw.table} ORDER BY record").df()
        columns, notes = {}, []
        for w, name in ours.items():
            columns[name] = table[w].astype("str")
            if name in numbers or name in either:
                columns[name], note = _numbers(connection, raw, w, name, columns[name], name in numbers, written)
                notes += note
    index, files = pd.Index(raw.lines_of(), name=raw.counts), raw.files
    if files is not None:
        index = pd.Index([f"{n} of {file}" for n, file in zip(index, files, strict=True)], name=index.name)
    frame = pd.DataFrame(columns).set_axis(index)
    frame.attrs["notes"] = notes
    return frame


def read_rest(data: Data, known: Collection[str], *, written: Written = OPTIONS) -> pd.DataFrame:
    """Read the columns of a flat file that nobody named: numbers where nearly all filled cells are, else texts.

    Nothing in them is refused: the cells that are no numbers among numbers are missing.

    Parameters
    ----------
    data, written
        As of ``read_flat``.
    known
        Columns to leave out; so are those whose name stands twice.

    Examples
    --------
    >>> frame = pd.DataFrame({"arm": ["offer", "control"], "tier": ["gold", ""], "age": ["40", "52"]})
    >>> read_rest(frame, ["arm"]).to_dict("list")
    {'tier': ['gold', nan], 'age': [40.0, 52.0]}
    """
    with connect() as connection:
        raw = read_joined(connection, data, None, written)
        names = list(raw.names.values())
        columns: dict[str, pd.Series] = {}
        for w, name in raw.names.items():
            if name in known or names.count(name) > 1:
                continue
            text, number = parse.text(w, raw.types[w], written), parse.number(w, raw.types[w], written).value
            found = connection.execute(
                f"SELECT {text} AS cell, CAST(COALESCE({number}, {flag(w)}) AS DOUBLE) AS number FROM {raw.table} "
                "ORDER BY record"
            ).df()
            numbers, filled = int(found["number"].notna().sum()), int(found["cell"].notna().sum())
            columns[name] = found["number" if filled and numbers >= _MOSTLY * filled else "cell"]
    return pd.DataFrame(columns)


def _picked(raw: RawTable, ours: dict[str, str], ids: Sequence[str], written: Written) -> str:
    return ", ".join(
        f"{(parse.customer if name in ids else parse.text)(w, raw.types[w], written)} AS {w}"
        for w, name in ours.items()
    )


def _numbers(
    connection: duckdb.DuckDBPyConnection,
    raw: RawTable,
    w: str,
    name: str,
    texts: pd.Series,
    strict: bool,
    written: Written,
) -> tuple[pd.Series, list[str]]:
    """Return a column as numbers, or as it is where it holds categories, and what was taken for blank."""
    value = f"COALESCE({parse.number(w, raw.types[w], written).value}, {flag(w)})"
    blank = f"{parse.filled(w, parse.blank_words(written))} IS NULL"
    stated = f"{parse.filled(w, parse.stated_words(written))} IS NULL"
    found = connection.execute(
        f"SELECT CAST({value} AS DOUBLE) AS number, {blank} AS blank, {blank} AND NOT ({stated}) AS word "
        f"FROM {raw.table} ORDER BY record"
    ).df()
    numbers = found["number"].to_numpy(dtype=np.float64)
    blanks, words = found["blank"].to_numpy(dtype=bool), found["word"].to_numpy(dtype=bool)
    bad = ~blanks & np.isnan(numbers)
    filled = int((~blanks).sum())
    if bad.any():
        if not strict and bad.sum() > (1 - _MOSTLY) * filled:
            return texts, []
        raise _no_numbers(raw, name, texts, bad, blanks, written)
    if not filled and not strict:
        return texts, []
    return pd.Series(np.where(blanks, np.nan, numbers)), _said(raw, name, words)


def _no_numbers(
    raw: RawTable,
    name: str,
    texts: pd.Series,
    bad: npt.NDArray[np.bool_],
    blanks: npt.NDArray[np.bool_],
    written: Written,
) -> DataError:
    first = int(bad.argmax())
    filled = [str(cell) for cell in texts[~blanks]]
    # Where no cell is a number, words are what the column is about.
    advice = which_counts(name, filled) if bad.sum() == len(filled) else ""
    if not advice:
        blank = f"Words that mean blank can be named under {written.key('missing_values')}."
        advice = f"{number_option(list(dict.fromkeys(filled)), written)} {blank}"
    return DataError(
        f'{raw.label}: column "{name}": {bad.sum():,} of {counted(len(bad), "cell")} '
        f"{'is no number' if bad.sum() == 1 else 'are no numbers'} (first: {raw.place_of(first + 1)}, like "
        f"{mask(str(texts[bad].iloc[0]))}). {advice}"
    )


def _said(raw: RawTable, name: str, words: npt.NDArray[np.bool_]) -> list[str]:
    if not words.any():
        return []
    place = raw.place_of(int(words.argmax()) + 1)
    said = to_tell('{file}: column "{name}": {cells:n cell} with a word for "no value" counted as missing ({place}).')
    return [told(said, file=raw.label, name=name, cells=int(words.sum()), place=f"first: {place}")]
