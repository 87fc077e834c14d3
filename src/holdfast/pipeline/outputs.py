"""The output folder: written whole or not at all, for whom the configuration says, with the same bytes each time."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Self

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from holdfast import disk
from holdfast.columns.plain import plain
from holdfast.config import Config
from holdfast.data.day import is_day
from holdfast.lists.spreadsheet import PLAIN, CsvStyle, digits, harmless
from holdfast.lists.workbook import write_sheet

FORMATS = ("csv", "xlsx", "parquet", "json")
"""What a table can be written as."""


def home_of(config: Config) -> Path:
    """Return the folder of a scenario's outputs, after putting right what a killed command left there.

    Whoever reads outputs begins here, and looks at no name that begins with a dot.
    """
    home = config.outputs / config.name
    disk.recover(home)
    return home


def refuse_no_room(config: Config) -> None:
    """Refuse outputs that cannot be written, before the work that would be lost; nothing stays there of the try.

    Raises
    ------
    StorageError
        The folder, or the nearest above it that is there, takes no files.
    """
    home = config.outputs / config.name
    with disk.refusals(home):
        there = next(folder for folder in (home, *home.absolute().parents) if folder.exists())
        with tempfile.TemporaryFile(dir=there):
            pass


def dated_folders(home: Path) -> list[Path]:
    """Return the folders of as-of dates, oldest first; whatever is named otherwise is not ours."""
    return sorted(f for f in home.glob("[!.]*") if is_day(f.name) and f.is_dir())


def whole_folder(config: Config, folder: Path) -> AbstractContextManager[Path]:
    """Yield an empty folder that takes the place of an output ``folder`` only if everything in the block succeeded."""
    return disk.whole_folder(folder, config.outputs / config.name, mode=config.file_mode)


@contextmanager
def whole_file(config: Config, path: Path) -> Iterator[Path]:
    """Yield a file that takes the place of an output file only if everything in the block succeeded."""
    with disk.refusals(path):
        disk.make_folders(path.parent, config.outputs / config.name, config.file_mode)
    with disk.whole_file(path, mode=config.file_mode) as draft:
        yield draft


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON with a fixed layout; a number that is not finite is null."""
    path.write_text(json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Return what ``write_json`` wrote; empty where there is no such file."""
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found if isinstance(found, dict) else {}


def write_csv(path: Path, table: pd.DataFrame, style: CsvStyle = PLAIN) -> None:
    """Write a CSV that a spreadsheet can open safely; a file of the same table and style has the same bytes."""
    harmless(table).to_csv(
        path,
        index=False,
        lineterminator="\n",
        sep=style.delimiter,
        decimal=style.decimal,
        encoding="utf-8-sig" if style.mark else "utf-8",
    )


def write_list(folder: Path, name: str, table: pd.DataFrame, style: CsvStyle) -> None:
    """Write a list below ``folder``: a CSV for people, and the exact ids for `holdfast list`."""
    (folder / "lists").mkdir(exist_ok=True)
    write_csv(folder / "lists" / f"{name}.csv", readable(table), style)
    write_parquet(folder / "lists" / f"{name}.parquet", table)


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """Round what people read (``digits``).

    Examples
    --------
    >>> readable(pd.DataFrame({"p_churn_90d": [0.61249], "clv_365d": [7597.61825], "rank": [1]})).to_dict("records")
    [{'p_churn_90d': 0.612, 'clv_365d': 7597.62, 'rank': 1}]
    """
    return table.round({name: digits(name) for name in table.columns})


def write_table(
    path: Path, table: pd.DataFrame, form: str = "", style: CsvStyle = PLAIN, about: Sequence[tuple[str, ...]] = ()
) -> None:
    """Write a table as csv, xlsx, parquet or json (a list of records): ``form``, or else what the name ends in.

    ``about``: rows of a second sheet, of xlsx only.
    """
    form = form or path.suffix.removeprefix(".")
    if form == "csv":
        write_csv(path, table, style)
    elif form == "xlsx":
        write_sheet(path, table, about)
    elif form == "parquet":
        write_parquet(path, table)
    else:
        rows = json.loads(table.to_json(orient="records", date_format="iso", double_precision=15))
        path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def write_parquet(path: Path, table: pd.DataFrame) -> None:
    """Write a Parquet file without the writer's own notes on the frame."""
    with ParquetParts(path) as parts:
        parts.add(table)


class ParquetParts:
    """A Parquet file written in parts, each a row group or more; the first says what the columns are."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()
        self._file.close()

    def add(self, table: pd.DataFrame) -> None:
        """Write some more rows."""
        schema = None if self._writer is None else self._writer.schema
        self.add_arrow(pa.Table.from_pandas(table, schema, preserve_index=False).replace_schema_metadata(None))

    def add_arrow(self, arrow: pa.Table) -> None:
        """Write some more rows of an Arrow table."""
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._file, arrow.schema)
        self._writer.write_table(arrow)
