"""Which files of a zip archive are one table, as those of several years are: seen by their first lines."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from holdfast.data.reading.alike import most_alike
from holdfast.data.reading.packed import ALL_MEMBERS, Content, begun, members_of
from holdfast.data.reading.plaintext import as_plain_text
from holdfast.data.reading.sheet import ALL_SHEETS, open_sheet
from holdfast.data.reading.textfile import header_of
from holdfast.data.source import Written
from holdfast.errors import DataError

_SHOWN = 30


def members_alike(
    path: Path, label: str, written: Written, wanted: Collection[str] | None = None, within: Path | None = None
) -> list[tuple[str, Written]]:
    """Return what messages call each file that is read, and how it is written: of all but an archive, the file itself.

    Parameters
    ----------
    path, label, written
        Where it lies, what messages call it, and ``member``: ``*`` for all files with the same columns. Of several
        such sets the one with the columns that are wanted, then the one of most files.
    wanted
        Names of columns; ``None``: any will do.
    within
        Where files are unpacked, if not in the system's folder for temporary files.

    Raises
    ------
    DataError
        No file of the archive holds a table.
    """
    if written.member != ALL_MEMBERS:
        return [(label, written)]
    names = members_of(path)
    if not names:
        return [(label, replace(written, member=None))]
    columns = {name: tuple(sorted(_columns(path, label, replace(written, member=name), within))) for name in names}
    looks = {name: found if len(found) > 1 else None for name, found in columns.items()}
    alike = most_alike(looks, lambda found: len({*(wanted or ())} & {*found}))
    if not alike:
        shown = ", ".join(f'"{name[:100]}"' for name in names[:_SHOWN])
        raise DataError(f"{label}: no file in it holds a table. Its files: {shown}.")
    return [(f"{label}, {name[:100]}", replace(written, member=name)) for name in alike]


def _columns(path: Path, label: str, written: Written, within: Path | None) -> list[str]:
    """Return the names of a file's columns; none where it is no table."""
    try:
        with begun(path, label, written.member or "", within) as content:
            return _columns_of(content, label, written, within)
    except (DataError, pa.ArrowException):
        return []


def _columns_of(content: Content, label: str, written: Written, within: Path | None) -> list[str]:
    if content.kind == "text":
        with as_plain_text(content.path, label, written, within) as plain:
            return header_of(plain)
    if content.kind == "workbook":
        # Sheets that are one table are found file by file.
        first = replace(written, sheet=None) if written.sheet == ALL_SHEETS else written
        return open_sheet(content.path, label, first).header
    return list(pq.read_schema(content.path).names) if content.kind == "parquet" else []
