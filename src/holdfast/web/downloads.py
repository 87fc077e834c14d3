"""Downloads: the rows of a view as a file, by the same writers as the commands' files."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from holdfast.columns import Column, described
from holdfast.language import gettext as _
from holdfast.lists.spreadsheet import CsvStyle
from holdfast.pipeline.outputs import readable, write_csv, write_table
from holdfast.web.refused import PageError
from holdfast.web.tables import Tables
from holdfast.web.view import View

MOST_IN_WORKBOOK = 50_000
"""So many rows are made into a workbook; more would take the memory of everybody who looks."""


def csv(tables: Tables, path: Path, view: View, style: CsvStyle) -> Iterator[bytes]:
    """Yield the CSV of a view, some rows at a time: the bytes are those of a file written in one go."""
    with tempfile.TemporaryDirectory(prefix="holdfast-") as folder:
        draft = Path(folder) / "part.csv"
        head = b""
        for batch in tables.batches(path, view):
            write_csv(draft, readable(batch), style)
            text = draft.read_bytes()
            if not head:
                head = text  # of no rows: the names of the columns alone
                yield head
            else:
                yield text.removeprefix(head)


def xlsx(tables: Tables, path: Path, view: View, known: Mapping[str, Column], what: str) -> bytes:
    """Return the workbook of a view, with a sheet that says what it is and what its columns mean.

    Raises
    ------
    PageError
        There are more rows than a page should make into a workbook.
    """
    if tables.count(path, view) > MOST_IN_WORKBOOK:
        raise PageError(
            400,
            _(
                "A workbook is made of at most {most:,.0f} rows: filter, or take the CSV, which may hold all.",
                most=MOST_IN_WORKBOOK,
            ),
        )
    parts = list(tables.batches(path, view))
    filled = [part for part in parts if len(part)] or parts[:1]
    table = readable(pd.concat(filled, ignore_index=True))
    named = [known[name] for name in map(str, table.columns) if name in known]
    about = [(_("table"), what), (_("rows"), view.said()), (), *described(named)]
    with tempfile.TemporaryDirectory(prefix="holdfast-") as folder:
        draft = Path(folder) / "view.xlsx"
        write_table(draft, table, "xlsx", about=about)
        return draft.read_bytes()
