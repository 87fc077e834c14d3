"""Any table → texts with the line of every row, nothing guessed about what they mean."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.data.engine import EPOCH, Engine, connect
from holdfast.data.erased import Erased
from holdfast.data.merged import Merged
from holdfast.data.reading.joined import read_joined
from holdfast.data.reading.rawtable import RawTable
from holdfast.data.reading.read import refuse_zoneless
from holdfast.data.reading.textfile import BadLine
from holdfast.data.report import merged_lines
from holdfast.data.source import Data, Written
from holdfast.data.values import parse
from holdfast.data.values.moments import FIRST_OF_CONTRACTS, timestamp
from holdfast.errors import DataError
from holdfast.wording import counted


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
    days
        By name of a column of dates: days since 1970-01-01, negative before; NaN where a cell is blank or no such date,
        shape (n,).
    files
        Of a table in several files: name of each row's, shape (n,).
    numbers
        Shape (n,): each row's number in the table, over all of its files; the first below the names is 1.
    merged
        How many rows stand under the id that remains of merged accounts; None where no map says which those are.
    erased
        How many rows of erased customers were left out.
    """

    label: str
    frame: pd.DataFrame
    lines: npt.NDArray[np.int64]
    bad_lines: list[BadLine]
    numbers: npt.NDArray[np.int64]
    days: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    files: npt.NDArray[np.object_] | None = None
    merged: Merged | None = None
    erased: int = 0

    def rows(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> "Cells":
        """Return some of the rows: those marked, or those numbered (the first is 0), in that order."""
        frame = self.frame.iloc[chosen].reset_index(drop=True)
        days = {name: values[chosen] for name, values in self.days.items()}
        files = None if self.files is None else self.files[chosen]
        lines, numbers = self.lines[chosen], self.numbers[chosen]
        return replace(self, frame=frame, lines=lines, numbers=numbers, days=days, files=files)

    def place(self, row: int, column: str) -> str:
        """Say where a cell stands."""
        file = self.label if self.files is None else self.files[row]
        return f'{file}, line {self.lines[row]}, column "{column}"'

    def who(self, customer: str | None) -> pd.Series:
        """Return the column of customers' ids; of a table without one the rows' numbers, whatever the file."""
        return pd.Series(self.numbers.astype("str"), dtype="str") if customer is None else self.frame[customer]


def plain_name(name: str) -> str:
    """Return a column's name with every run of blanks as one."""
    return " ".join(str(name).split())


def read_cells(
    data: Data,
    written: Written,
    *,
    customer: str | None = None,
    dates: Sequence[str] = (),
    engine: Engine | None = None,
) -> Cells:
    """Read every column of a table as text.

    Parameters
    ----------
    data
        As in ``Source``.
    written
        How values are written.
    customer, dates
        Names of the column of customers' ids and of columns of dates, where the table has them.
    engine
        What the embedded engine may take of the machine.

    Raises
    ------
    ConfigError
        A setting is wrong, or the file does not exist.
    DataError
        The file cannot be taken apart: names the file and the line.
    """
    with connect(engine) as connection:
        cells = _fetched(connection, read_joined(connection, data, None, written), written, customer, dates)
    _few_bad(cells, written)
    if not len(cells.frame):
        raise DataError(f"{cells.label} has no rows.")
    return cells


def _fetched(
    connection: duckdb.DuckDBPyConnection,
    raw: RawTable,
    written: Written,
    customer: str | None,
    dates: Sequence[str],
) -> Cells:
    names = _distinct([plain_name(n) for n in raw.names.values()], raw.label)
    picked, days, merged = [], {}, None
    for (ours, kind), name in zip(raw.types.items(), names, strict=True):
        read = parse.customer if name == customer else parse.text
        picked.append(f"{read(ours, kind, written)} AS {ours}")
        if name == customer:
            merged = merged_lines(connection, [raw], written, ours)
        if name in dates:
            refuse_zoneless(raw, ours, written, name)
            moment = timestamp(ours, kind, written, since=FIRST_OF_CONTRACTS).value
            days[name] = f"CAST(CAST({moment} AS DATE) - DATE '{EPOCH}' AS DOUBLE) AS day_{ours}"
    query = f"SELECT {', '.join([*picked, *days.values()])} FROM {raw.table} ORDER BY record"
    found = connection.execute(query).df()
    frame = found[list(raw.types)].astype("str").set_axis(names, axis=1)
    moments = found.drop(columns=list(raw.types)).to_numpy(dtype=np.float64)
    records = np.arange(1, len(frame) + 1)
    at = dict(zip(days, moments.T, strict=True))
    cells = Cells(raw.label, frame, raw.lines_of(), raw.bad_lines, records, at, raw.files, merged)
    return cells if written.erased is None or customer is None else _without_erased(cells, written.erased, customer)


def _without_erased(cells: Cells, erased: Erased, customer: str) -> Cells:
    if customer not in cells.frame:
        return cells
    ids = cells.frame[customer]
    gone = ids.isin(erased.among(ids.dropna().unique())).to_numpy()
    return replace(cells.rows(~gone), erased=int(gone.sum()))


def _distinct(names: list[str], label: str) -> list[str]:
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise DataError(f'{label}, line 1: two columns are called "{twice[0]}"; rename one.')
    return names


def _few_bad(cells: Cells, written: Written) -> None:
    bad = len(cells.bad_lines)
    if bad > written.max_reject_share * (bad + len(cells.frame)):
        first = "; ".join(f"{b.place} {b.reason}" for b in cells.bad_lines[:3])
        raise DataError(
            f"{cells.label}: {counted(bad, 'line')} cannot be split into the header's columns ({first}). "
            f"Mend them, or look at {written.key('delimiter')} and {written.key('quote')}."
        )
