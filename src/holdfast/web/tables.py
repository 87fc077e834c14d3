"""Tables: DuckDB over the Parquet files of the outputs; each question opens the file anew, and holds nothing open."""

import glob
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import duckdb
import pandas as pd

from holdfast.columns import Column, heading
from holdfast.columns import meaning as meaning_of
from holdfast.data.engine import Engine, connect, literal, quote
from holdfast.language import gettext as _
from holdfast.web.refused import PageError
from holdfast.web.view import Field, View

_FEW = 12
_BATCH = 20_000
_FAR = 5_000
_KINDS = {
    "BIGINT": "whole",
    "INTEGER": "whole",
    "DOUBLE": "number",
    "FLOAT": "number",
    "BOOLEAN": "flag",
    "DATE": "day",
}
_KEPT = 50


@dataclass(frozen=True)
class Page:
    """One page of a view: the rows, how many the whole view has, and how many pages that makes."""

    table: pd.DataFrame
    total: int
    pages: int


class Tables:
    """Questions to Parquet files, each by a cursor of its own.

    Parameters
    ----------
    memory
        Most memory the engine may take; what is more is kept on disk for the moment.
    threads
        Of one question; each takes memory, and others ask too.
    """

    def __init__(self, memory: str = "100MB", threads: int = 1) -> None:
        self._database = connect(Engine(threads=threads, memory_limit=memory))
        # Outputs are replaced while we serve: nothing of an earlier file may answer for a later one.
        self._database.execute("SET enable_external_file_cache = false")
        self._database.execute("SET autoinstall_known_extensions = false")
        self._fields: dict[tuple[Path, int, int, int], dict[str, Field]] = {}
        self._lock = Lock()

    def fields(self, path: Path, known: Mapping[str, Column]) -> dict[str, Field]:
        """Return the columns of a file, and how each is filtered; ``known`` says what they mean."""
        found = path.stat()
        key = (path, found.st_mtime_ns, found.st_size, found.st_ino)
        with self._lock:
            if key in self._fields:
                return self._fields[key]
        made = self._look(path, known)
        with self._lock:
            while len(self._fields) >= _KEPT:
                self._fields.pop(next(iter(self._fields)))
            self._fields[key] = made
        return made

    def page(self, path: Path, view: View) -> Page:
        """Return one page of a view.

        Raises
        ------
        PageError
            The view has fewer pages.
        """
        where, values = view.where()
        with self._asking(path) as (cursor, source):
            total = _total(cursor, source, where, values)
            pages = max(1, -(-total // view.rows))
            if view.page > pages:
                raise PageError(404, _("There is no such page: fewer rows match now."))
            skipped = (view.page - 1) * view.rows
            limits = f"LIMIT {view.rows} OFFSET {skipped}"
            if view.sort and skipped > _FAR:
                # So many rows are sorted by their numbers alone, not with all that is in them.
                query = f"SELECT file_row_number FROM {source} {where} {view.order()} {limits}"
                places = [int(place) for (place,) in cursor.execute(query, values).fetchall()]
                where, values, limits = "WHERE list_contains(?, file_row_number)", [places], ""
            query = f"SELECT * EXCLUDE (file_row_number) FROM {source} {where} {view.order()} {limits}"
            table = cursor.sql(query, params=values).to_arrow_table().to_pandas()
        return Page(table, total, pages)

    def batches(self, path: Path, view: View) -> Iterator[pd.DataFrame]:
        """Yield all rows of a view in its order, some at a time; at least one frame, perhaps without rows."""
        where, values = view.where()
        with self._asking(path) as (cursor, source):
            query = f"SELECT * EXCLUDE (file_row_number) FROM {source} {where} {view.order()}"
            reader = cursor.sql(query, params=values).to_arrow_reader(_BATCH)
            yield reader.schema.empty_table().to_pandas()
            for batch in reader:
                yield batch.to_pandas()

    def count(self, path: Path, view: View) -> int:
        """Return how many rows a view has."""
        where, values = view.where()
        with self._asking(path) as (cursor, source):
            return _total(cursor, source, where, values)

    def _look(self, path: Path, known: Mapping[str, Column]) -> dict[str, Field]:
        fields = {}
        with self._asking(path) as (cursor, source):
            described = cursor.execute(f"DESCRIBE SELECT * EXCLUDE (file_row_number) FROM {source}").fetchall()
            for name, kind, *_ in described:
                column = known.get(name)
                dated = kind == "VARCHAR" and column is not None and column.type == "date"
                found = "day" if dated else _KINDS.get(kind, "text")
                free = name == "customer_id" or name.startswith("reason_") or column is None
                choices = _choices(cursor, source, name) if found == "text" and not free else ()
                meaning = meaning_of(column, heading) if column is not None else ""
                fields[name] = Field(name, "choice" if choices else found, dated, choices, heading(name), meaning)
        return fields

    @contextmanager
    def _asking(self, path: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
        cursor = self._database.cursor()
        try:
            yield cursor, f"read_parquet({literal(glob.escape(str(path)))}, file_row_number = true)"
        finally:
            cursor.close()


def _total(cursor: duckdb.DuckDBPyConnection, source: str, where: str, values: list[object]) -> int:
    ((total,),) = cursor.execute(f"SELECT count(*) FROM {source} {where}", values).fetchall()
    return int(total)


def _choices(cursor: duckdb.DuckDBPyConnection, source: str, name: str) -> tuple[str, ...]:
    """Return the values of a column that has few."""
    query = f"SELECT DISTINCT {quote(name)} FROM {source} WHERE {quote(name)} IS NOT NULL LIMIT {_FEW + 1}"
    found: Sequence[tuple[str]] = cursor.execute(query).fetchall()
    return tuple(sorted(text for (text,) in found)) if len(found) <= _FEW else ()
