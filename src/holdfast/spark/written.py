"""Scores and lists as tables of the engine: rows of the same scenario and day are replaced, in one commit a table."""

import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import reduce
from operator import and_
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from holdfast.errors import DataError
from holdfast.spark.session import connect_spark, is_named, said_remote

_ROWS = 100_000
_KEY = "database.path"


class EngineDatabase:
    """Tables of an engine's own catalogue; those that are not there yet are made as Delta tables.

    Parameters
    ----------
    session
        Of Spark Connect (``connect_spark``).
    schema
        ``schema`` or ``catalog.schema``; empty: the session's own.
    folder
        Which the engine and this machine see under the same path; what is written there is taken away again.
    """

    def __init__(self, session: Any, schema: str, folder: Path) -> None:
        self.session, self.folder = session, folder
        # Never a bare name: a view of the session would hide the table.
        self._schema = (schema or str(session.catalog.currentDatabase())).split(".")

    def _name(self, table: str) -> str:
        return ".".join(f"`{part.replace('`', '``')}`" for part in (*self._schema, table))

    def has(self, table: str) -> bool:
        """Say whether there is such a table."""
        return bool(self.session.catalog.tableExists(self._name(table)))

    def replace(self, table: str, path: Path, scenario: str, moment: str) -> None:
        """Put the rows of a file in the place of those of the same scenario and moment."""
        named, kept = self._name(table), self.folder / f"written-{uuid4().hex}"
        kept.mkdir(parents=True)
        try:
            _keyed(path, kept / "rows.parquet", scenario, moment)
            rows = self.session.read.parquet(str(kept))
            if not self.has(table):
                rows.writeTo(named).using("delta").create()
                return
            if set(rows.columns) - set(self.session.table(named).columns):
                # Names of columns hold the horizons, which may change.
                added = rows.limit(0).write.format("delta").mode("append").option("mergeSchema", "true")
                added.saveAsTable(named)
            given = rows.select(*(_given(rows, field) for field in self.session.table(named).schema.fields))
            given.writeTo(named).overwrite(_where(scenario=[scenario], as_of=[moment]))
        finally:
            shutil.rmtree(kept, ignore_errors=True)

    def erase(self, table: str, scenario: str, ids: Collection[str]) -> int:
        """Delete customers from the scenario's rows; return how many rows went."""
        there = self.session.table(self._name(table))
        of_them = _where(scenario=[scenario], customer_id=list(ids))
        gone = int(there.where(of_them).count())
        if gone:
            there.limit(0).writeTo(self._name(table)).overwrite(of_them)
        return gone

    def rows(self, table: str, scenario: str, own: str) -> list[dict[str, Any]]:
        """Return a customer's rows."""
        there = self.session.table(self._name(table))
        found = there.where(_where(scenario=[scenario], customer_id=[own])).toArrow()
        return list(found.to_pylist())


def _where(**values: list[str]) -> Any:
    """Return the condition that each column has one of its values; a value is never a part of the text."""
    from pyspark.sql.functions import col

    return reduce(and_, (col(name).isin(given) for name, given in values.items()))


def _given(rows: Any, field: Any) -> Any:
    from pyspark.sql.functions import lit

    return rows[field.name] if field.name in rows.columns else lit(None).cast(field.dataType).alias(field.name)


def _keyed(path: Path, target: Path, scenario: str, moment: str) -> None:
    """Copy a file with the scenario and the moment before its columns, and nothing where a number is NaN."""
    with pq.ParquetFile(path) as file:
        typed = {f.name: _plain(f.type) for f in file.schema_arrow if f.name != "as_of"}
        schema = pa.schema({"scenario": pa.string(), "as_of": pa.string(), **typed})
        with pq.ParquetWriter(target, schema) as copy:
            for batch in file.iter_batches(_ROWS, columns=list(typed)):
                key = [pa.repeat(pa.scalar(text), len(batch)) for text in (scenario, moment)]
                columns = [_filled(batch.column(name).cast(kind)) for name, kind in typed.items()]
                copy.write_table(pa.Table.from_arrays([*key, *columns], schema=schema))


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_floating(kind):
        return pa.float64()
    if pa.types.is_integer(kind):
        return pa.int64()
    return kind if pa.types.is_boolean(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind) else pa.string()


def _filled(column: pa.Array) -> pa.Array:
    return pc.if_else(pc.is_nan(column), None, column) if pa.types.is_floating(column.type) else column


@contextmanager
def engine_database(remote: str, schema: str, folder: Path) -> Iterator[EngineDatabase]:
    """Open the tables of an engine for writing.

    Raises
    ------
    ConfigError
        Nobody answers there, or the client is not installed.
    DataError
        The engine does not let us write: says what it needs.
    """
    session = connect_spark(remote)
    try:
        yield EngineDatabase(session, schema, folder)
    except Exception as error:
        # Whatever the client raises, whose words may quote rows.
        if type(error).__module__.split(".")[0] not in {"pyspark", "grpc"}:
            raise
        where = f"`{schema}` of {said_remote(remote)}" if schema else said_remote(remote)
        raise DataError(
            f"{_KEY}: tables cannot be written in {where} ({type(error).__name__}). The schema must be there "
            "(database.schema_name), and the engine must know Delta Lake."
        ) from None
    finally:
        if not is_named(remote):
            session.stop()
