"""What was read of a table and not yet parsed: its rows in the engine, and in which file and line each stood."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

import duckdb
import numpy as np
import numpy.typing as npt

from holdfast.data.reading.records import append_records, drop_records
from holdfast.data.reading.textfile import BadLine, TextTable


@dataclass(frozen=True)
class Part:
    """One file or frame of a raw table.

    Attributes
    ----------
    label
        What messages call it.
    rows
        How many records of it are in the raw table.
    text
        Of a text file or a workbook: where each record stands.
    """

    label: str
    rows: int
    text: TextTable | None = None

    @property
    def bad_lines(self) -> list[BadLine]:
        """Lines that could not be split: they are no rows."""
        return self.text.bad_lines if self.text else []


class Placed(Protocol):
    """Records that stand in places which messages name."""

    @property
    def number(self) -> int:
        """Of the table."""

    @property
    def label(self) -> str:
        """What messages call it."""

    @property
    def counts(self) -> str:
        """What is counted: ``"line"``, or ``"row"``."""

    def file_of(self, record: int) -> str:
        """Return what messages call the file of a record."""

    def place_of(self, record: int) -> str:
        """Say where in the table a record stands."""

    def line_of(self, record: int) -> int:
        """Return the line of its file on which a record stands, or its row."""


@dataclass(frozen=True)
class RawTable:
    """One file or frame as read, or several alike.

    The table ``raw_N`` holds ``record`` (1 = first), ``line_hash`` (the same for lines equal in every column) and the
    columns asked for under our names, in the log's own types; texts without blanks at their ends.

    Attributes
    ----------
    number
        N.
    types
        SQL type by our name.
    names
        The file's name by ours.
    parts
        The files it was read from, in the order of their records.
    """

    number: int
    types: dict[str, str]
    names: dict[str, str]
    parts: tuple[Part, ...] = field(repr=False)

    @property
    def table(self) -> str:
        """Name of the table."""
        return f"raw_{self.number}"

    @property
    def label(self) -> str:
        """What messages call the file, or the files together."""
        first, *others = self.parts
        return f"{first.label} and {len(others)} more" if others else first.label

    @property
    def records(self) -> int:
        """How many lines there were, those that could not be split among them."""
        return sum(part.rows + len(part.bad_lines) for part in self.parts)

    @property
    def blank_lines(self) -> int:
        """How many lines between the records held nothing."""
        return sum(part.text.blank_lines for part in self.parts if part.text)

    @property
    def bad_lines(self) -> list[BadLine]:
        """Lines that could not be split, each with its file where there are several."""
        several = len(self.parts) > 1
        return [replace(b, file=p.label) if several else b for p in self.parts for b in p.bad_lines]

    @property
    def counts(self) -> str:
        """What is counted in its files: ``"line"``, or ``"row"``."""
        return "line" if self.parts[0].text else "row"

    @property
    def files(self) -> npt.NDArray[np.object_] | None:
        """What messages call each record's file, shape (n,), where there are several."""
        labels = np.array([part.label for part in self.parts], dtype=object)
        return np.repeat(labels, [part.rows for part in self.parts]) if len(labels) > 1 else None

    @cached_property
    def _before(self) -> npt.NDArray[np.int64]:
        return np.cumsum([0, *(part.rows for part in self.parts)])

    def parts_of(self, records: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
        """Return in which of ``parts`` each record (1 = first) stands, shape (n,)."""
        return np.searchsorted(self._before, records - 1, side="right") - 1

    def lines_of(self, records: npt.NDArray[np.int64] | None = None) -> npt.NDArray[np.int64]:
        """Return the line of its file on which each record stands, or its row; not given: of all, shape (n,)."""
        if records is None:
            records = np.arange(1, self._before[-1] + 1)
        within = self.parts_of(records)
        found = records - self._before[within]
        for i in np.unique(within):
            if (text := self.parts[i].text) is not None:
                found[within == i] = text.line_of(found[within == i])
        return found

    def line_of(self, record: int) -> int:
        """Return the line of its file on which a record stands, or its row."""
        return int(self.lines_of(np.array([record], dtype=np.int64))[0])

    def file_of(self, record: int) -> str:
        """Return what messages call the file of a record."""
        return self.parts[int(self.parts_of(np.array([record], dtype=np.int64))[0])].label

    def place_of(self, record: int) -> str:
        """Say where in the table a record stands."""
        place = f"{self.counts} {self.line_of(record)}"
        return f"{place} of {self.file_of(record)}" if len(self.parts) > 1 else place

    def by_file(self) -> Iterator[str]:
        """Yield a relation of the records of each file."""
        if len(self.parts) == 1:
            yield self.table
            return
        for before, rows in zip(self._before, (part.rows for part in self.parts), strict=False):
            yield f"(SELECT * FROM {self.table} WHERE record BETWEEN {before + 1} AND {before + rows})"


def appended(connection: duckdb.DuckDBPyConnection, raws: Sequence[RawTable], raw: RawTable) -> list[RawTable]:
    """Return raw tables with one more, which goes to the end of the last where both have the same columns.

    What is asked of a table then costs the same for one file as for a year of daily ones.
    """
    last = raws[-1] if raws else None
    if last is None or last.types != raw.types or last.names != raw.names or last.counts != raw.counts:
        return [*raws, raw]
    append_records(connection, last.table, raw.table)
    drop_records(connection, raw.table)
    return [*raws[:-1], replace(last, parts=(*last.parts, *raw.parts))]
