"""Scores and lists → tables of a database, in one transaction: what was written for the same day is replaced.

The tables of an engine (``spark.written``) are replaced one by one, each at once.
"""

import math
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from holdfast.columns import ALL_LISTS
from holdfast.config import Config
from holdfast.data.engine import quote
from holdfast.data.reading.database import connected, said_url
from holdfast.data.reading.files import url_of
from holdfast.errors import ConfigError, DataError
from holdfast.spark.session import address_of
from holdfast.spark.written import engine_database

_KEY = "database.path"
_ROWS = 20_000
_OURS = ("scenario", "as_of")
SPARK = "spark"
"""In the place of a database's path: tables of the engine that the scenario names."""


class _Database(Protocol):
    """Tables that take scores and lists."""

    def has(self, table: str) -> bool: ...

    def replace(self, table: str, path: Path, scenario: str, moment: str) -> None: ...

    def erase(self, table: str, scenario: str, ids: Collection[str]) -> int: ...

    def rows(self, table: str, scenario: str, own: str) -> list[dict[str, Any]]: ...


@dataclass(frozen=True)
class _Target:
    """A database inside one transaction: how it is asked, how rows go in, and what a table is called."""

    execute: Callable[..., Any]
    many: Callable[[str, Sequence[str], Iterator[tuple[Any, ...]]], None]
    exists: str
    mark: str
    schema: str

    def name(self, table: str) -> str:
        return f"{quote(self.schema)}.{quote(table)}" if self.schema else quote(table)

    def has(self, table: str) -> bool:
        given = (table, self.schema) if self.schema else (table,)
        return bool(self.execute(self.exists, given).fetchall())

    def replace(self, table: str, path: Path, scenario: str, moment: str) -> None:
        """Put the rows of a file in the place of those of the same scenario and moment."""
        with pq.ParquetFile(path) as file:
            typed = {f.name: _sql_type(f.type) for f in file.schema_arrow if f.name != "as_of"}
            named, key = self.name(table), (scenario, moment)
            columns = dict.fromkeys(_OURS, "TEXT") | typed
            _columns_are_there(self, table, columns)
            self.execute(f"DELETE FROM {named} WHERE scenario = {self.mark} AND as_of = {self.mark}", key)
            self.many(named, list(columns), _rows(file, list(typed), key))

    def erase(self, table: str, scenario: str, ids: Collection[str]) -> int:
        """Delete customers from the scenario's rows; return how many rows went."""
        gone, where = 0, self._where(table)
        for own in ids:
            gone += int(self.execute(f"SELECT COUNT(*) {where}", (scenario, own)).fetchall()[0][0])
            self.execute(f"DELETE {where}", (scenario, own))
        return gone

    def rows(self, table: str, scenario: str, own: str) -> list[dict[str, Any]]:
        """Return a customer's rows."""
        asked = self.execute(f"SELECT * {self._where(table)}", (scenario, own))
        names = [str(column[0]) for column in asked.description]
        return [dict(zip(names, row, strict=True)) for row in asked.fetchall()]

    def _where(self, table: str) -> str:
        return f"FROM {self.name(table)} WHERE scenario = {self.mark} AND customer_id = {self.mark}"


def write_back(config: Config, folder: Path, moment: str) -> None:
    """Write a folder's scores and lists to the database that the configuration names; nothing where it names none.

    Parameters
    ----------
    config
        The scenario: ``database.path`` and ``database.schema_name``.
    folder
        Where ``scores.parquet`` and ``lists`` lie.
    moment
        The as-of date, or ``snapshot``: rows of this scenario and moment are replaced.

    Raises
    ------
    ConfigError, DataError
        The database cannot be opened, or does not let us write: says what is missing, and that the files are there.
    """
    if config.database.path is None:
        return
    tables = {"scores": folder / "scores.parquet"}
    tables |= {f"list_{path.stem}": path for path in sorted((folder / "lists").glob("*.parquet"))}
    try:
        with _opened(config) as target:
            for table, path in tables.items():
                target.replace(table, path, config.name, moment)
    except (DataError, ConfigError) as error:
        left = "" if config.database.path == SPARK else "; the database is as it was"
        raise type(error)(f"{error} The files in {folder} are written{left}.") from None


def erase_rows(config: Config, ids: Collection[str]) -> int:
    """Delete customers from the scenario's rows of the database that scores go to; return how many rows went.

    Raises
    ------
    ConfigError, DataError
        The database cannot be opened, or does not let us write.
    """
    if config.database.path is None:
        return 0
    gone = 0
    with _opened(config) as target:
        for table in _written_tables(target):
            gone += target.erase(table, config.name, ids)
    return gone


def rows_of(config: Config, own: str) -> dict[str, list[dict[str, Any]]]:
    """Return a customer's rows in the database that scores go to, by table; errors as of ``erase_rows``."""
    if config.database.path is None:
        return {}
    found = {}
    with _opened(config) as target:
        for table in _written_tables(target):
            if rows := target.rows(table, config.name, own):
                found[table] = rows
    return found


def _written_tables(target: _Database) -> list[str]:
    return [table for table in ("scores", *(f"list_{name}" for name in ALL_LISTS)) if target.has(table)]


def _columns_are_there(target: _Target, table: str, columns: Mapping[str, str]) -> None:
    """Make a table, or the columns that it lacks: names of columns hold the horizons, which may change."""
    named = target.name(table)
    if not target.has(table):
        typed = ", ".join(f"{quote(name)} {kind}" for name, kind in columns.items())
        target.execute(f"CREATE TABLE {named} ({typed}, PRIMARY KEY (scenario, as_of, customer_id))")
        return
    there = {str(c[0]) for c in target.execute(f"SELECT * FROM {named} LIMIT 0").description}
    for name, kind in columns.items():
        if name not in there:
            target.execute(f"ALTER TABLE {named} ADD COLUMN {quote(name)} {kind}")


def _sql_type(kind: pa.DataType) -> str:
    tests = {
        "DOUBLE PRECISION": pa.types.is_floating,
        "BIGINT": pa.types.is_integer,
        "BOOLEAN": pa.types.is_boolean,
        "DATE": pa.types.is_date,
        "TIMESTAMP": pa.types.is_timestamp,
    }
    return next((name for name, fits in tests.items() if fits(kind)), "TEXT")


def _rows(file: pq.ParquetFile, names: Sequence[str], key: tuple[str, str]) -> Iterator[tuple[Any, ...]]:
    for batch in file.iter_batches(_ROWS, columns=list(names)):
        for row in zip(*(batch.column(name).to_pylist() for name in names), strict=True):
            yield (*key, *(None if isinstance(v, float) and math.isnan(v) else v for v in row))


def _opened(config: Config) -> AbstractContextManager[_Database]:
    path, schema = str(config.database.path), config.database.schema_name
    if path == SPARK:
        return _there(config, schema or "")
    if url := url_of(path, _KEY):
        return _postgres(url, schema or "public")
    if schema is not None:
        raise ConfigError("database.schema_name: only PostgreSQL and spark have schemas here; take it out.")
    if Path(path).suffix.lower() == ".duckdb":
        return _duckdb(path)
    return _sqlite(path)


@contextmanager
def _there(config: Config, schema: str) -> Iterator[_Database]:
    keys = config.engine
    if keys.kind != SPARK:
        raise ConfigError(f"{_KEY}: spark means tables of the engine: set engine.kind: spark, or name a file.")
    with ExitStack() as stack:
        folder = keys.folder
        if folder is None:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="holdfast-", dir=keys.spill_folder)))
        yield stack.enter_context(engine_database(address_of(keys.remote), schema, folder))


@contextmanager
def _postgres(url: str, schema: str) -> Iterator[_Target]:
    with connected(url, _KEY) as server, _refusals_said(said_url(url)):

        def many(named: str, columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
            copy = f"COPY {named} ({', '.join(map(quote, columns))}) FROM STDIN"
            with server.cursor() as cursor, cursor.copy(copy) as sent:
                for row in rows:
                    sent.write_row(row)

        exists = "SELECT 1 FROM information_schema.tables WHERE table_name = %s AND table_schema = %s"
        yield _Target(server.execute, many, exists, "%s", schema)


@contextmanager
def _refusals_said(place: str) -> Iterator[None]:
    """Say in our words what PostgreSQL does not let us write.

    Raises
    ------
    DataError
        A right is missing: names the rights that are enough.
    """
    import psycopg

    try:
        yield
    except psycopg.errors.InsufficientPrivilege:
        raise DataError(
            f"{_KEY}: this user of {place} may not write there. SELECT, INSERT and DELETE on the tables are enough "
            "once they are there; making them needs CREATE on the schema, and columns of another horizon need their "
            "owner."
        ) from None
    except psycopg.errors.InvalidSchemaName:
        raise DataError(f"{_KEY}: {place} has no such schema (database.schema_name).") from None
    except psycopg.Error as error:
        raise DataError(f"{_KEY}: {place} cannot be written ({type(error).__name__}).") from None


@contextmanager
def _duckdb(path: str) -> Iterator[_Target]:
    try:
        database = duckdb.connect(path)
    except duckdb.Error:
        raise DataError(f"{_KEY}: {path} cannot be opened for writing as a DuckDB database.") from None
    with database:

        def many(named: str, columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
            listed = ", ".join(map(quote, columns))
            while batch := list(islice(rows, _ROWS)):
                cells = {f"c{i}": list(values) for i, values in enumerate(zip(*batch, strict=True))}
                database.register("given_rows", pa.table(cells))
                database.execute(f"INSERT INTO {named} ({listed}) SELECT * FROM given_rows")
                database.unregister("given_rows")

        try:
            database.execute("BEGIN")
            yield _Target(database.execute, many, "SELECT 1 FROM duckdb_tables() WHERE table_name = ?", "?", "")
            database.execute("COMMIT")
        except duckdb.Error as error:
            raise DataError(f"{_KEY}: {path} cannot be written ({type(error).__name__}).") from None


@contextmanager
def _sqlite(path: str) -> Iterator[_Target]:
    try:
        database = sqlite3.connect(path)
    except sqlite3.Error:
        raise DataError(f"{_KEY}: {path} cannot be opened for writing as an SQLite database.") from None

    def many(named: str, columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
        marks, listed = ", ".join("?" * len(columns)), ", ".join(map(quote, columns))
        plain = (tuple(v if v is None or isinstance(v, str | int | float) else str(v) for v in row) for row in rows)
        database.executemany(f"INSERT INTO {named} ({listed}) VALUES ({marks})", plain)

    try:
        with database:
            database.execute("BEGIN IMMEDIATE")
            exists = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
            yield _Target(database.execute, many, exists, "?", "")
    except sqlite3.Error:
        raise DataError(
            f"{_KEY}: {path} cannot be written: it is no SQLite database, or another program holds it."
        ) from None
    finally:
        database.close()
