"""Output folders: written whole or not at all, with the same bytes for the same content."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from holdfast.act import harmless
from holdfast.columns.plain import plain


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the place of ``folder`` only if everything in the block succeeded."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(f".{folder.name}.draft-{os.getpid()}")
    old = folder.with_name(f".{folder.name}.old-{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        yield draft
        if folder.exists():
            folder.rename(old)
        draft.rename(folder)
    except BaseException:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON with a fixed layout; a number that is not finite is null."""
    path.write_text(json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a CSV that a spreadsheet can open safely."""
    path.parent.mkdir(parents=True, exist_ok=True)
    harmless(table).to_csv(path, index=False, lineterminator="\n")


def write_list(folder: Path, name: str, table: pd.DataFrame) -> None:
    """Write a list below ``folder``: a CSV for people, and the exact ids for `holdfast list`."""
    write_csv(folder / "lists" / f"{name}.csv", table)
    write_parquet(folder / "lists" / f"{name}.parquet", table)


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table in the format its file name ends in: csv, xlsx, parquet or json (a list of records)."""
    form = path.suffix.removeprefix(".")
    if form == "csv":
        write_csv(path, table)
    elif form == "xlsx":
        _write_xlsx(path, harmless(table))
    elif form == "parquet":
        write_parquet(path, table)
    else:
        rows = json.loads(table.to_json(orient="records", date_format="iso", double_precision=15))
        path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_xlsx(path: Path, table: pd.DataFrame) -> None:
    """Write a sheet in which text stays text; the file tells no time of its making."""
    import xlsxwriter

    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})
        sheet = book.add_worksheet("list")
        bold = book.add_format({"bold": True})
        sheet.write_row(0, 0, [str(c) for c in table.columns], bold)
        for number, row in enumerate(table.astype(object).itertuples(index=False), start=1):
            for place, cell in enumerate(row):
                if pd.isna(cell):
                    continue
                sheet.write(number, place, cell.isoformat() if isinstance(cell, date) else cell)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(table), 1), max(len(table.columns) - 1, 0))


def write_parquet(path: Path, table: pd.DataFrame) -> None:
    """Write a Parquet file without the writer's own notes on the frame."""
    arrow = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(arrow, path)
