"""Tables that an engine holds, asked in the portable SQL that DuckDB is asked too."""

from contextlib import suppress
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from holdfast.data.engine import connect
from holdfast.spark.session import is_named

_DDL = {
    pa.bool_(): "boolean",
    pa.int8(): "tinyint",
    pa.int16(): "smallint",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.string(): "string",
    pa.large_string(): "string",
}


class Answer:
    """Rows that came here, as DuckDB hands rows on: integers, decimals and texts of the same types."""

    def __init__(self, here: duckdb.DuckDBPyConnection, table: pa.Table) -> None:
        self._table, self._rows, self._at = table, here.from_arrow(table), 0

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows."""
        return self._rows.fetchall()

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        """Return the next rows; none after the last."""
        some = self._rows.limit(size, self._at).fetchall()
        self._at += size
        return some

    def df(self) -> pd.DataFrame:
        """Return the rows as a frame."""
        frame: pd.DataFrame = self._rows.df()
        return frame

    def to_arrow_table(self) -> pa.Table:
        """Return the rows as they came."""
        return self._table


class SparkTables:
    """A session's views; what it answers is what DuckDB would answer, in the same types of Python (``data.Reads``).

    Parameters
    ----------
    session, remote
        Of Spark Connect (``connect_spark``), and its address.
    """

    def __init__(self, session: Any, remote: str) -> None:
        self.session, self._remote = session, remote
        self._here = connect()
        self._views: set[str] = set()

    def execute(self, query: str, /) -> Any:
        """Run one statement there and bring its answer here."""
        return Answer(self._here, self.session.sql(query).toArrow())

    sql = execute

    def has(self, table: str) -> bool:
        """Say whether the engine's catalogue has a table; a name that is none has none."""
        try:
            return bool(self.session.catalog.tableExists(table))
        except Exception:  # noqa: BLE001  # whatever the client raises
            return False

    def view(self, name: str, rows: Any) -> None:
        """Give rows of the engine a name in this session."""
        rows.createOrReplaceTempView(name)
        self._views.add(name)

    def keep(self, name: str, table: pa.Table) -> None:
        """Make a table of ours a view there."""
        if len(table):
            self.view(name, self.session.createDataFrame(table))
            return
        nothing = ", ".join(f"CAST(NULL AS {ddl_type(field.type)}) AS {field.name}" for field in table.schema)
        self.view(name, self.session.sql(f"SELECT {nothing} WHERE 1 = 0"))

    def close(self) -> None:
        """End the session; from one that somebody else named, take our views away."""
        if not is_named(self._remote):
            self.session.stop()
            return
        with suppress(Exception):  # an engine that is gone has none
            for name in sorted(self._views):
                self.session.catalog.dropTempView(name)


def ddl_type(kind: pa.DataType) -> str:
    """Return what Spark calls a type of Arrow's.

    Examples
    --------
    >>> ddl_type(pa.decimal128(18, 2)), ddl_type(pa.int32())
    ('decimal(18,2)', 'int')
    """
    return f"decimal({kind.precision},{kind.scale})" if pa.types.is_decimal(kind) else _DDL[kind]


def ddl(schema: pa.Schema) -> str:
    """Return a schema as Spark's functions over Arrow take it."""
    return ", ".join(f"{field.name} {ddl_type(field.type)}" for field in schema)
