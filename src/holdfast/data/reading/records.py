"""The rows of one file or frame, numbered in its order: the raw table ``raw_N`` and its column ``record``."""

import duckdb


def write_records(connection: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
    """Make ``table`` of the rows of ``query``, with ``record`` (1 = first) in front.

    The numbers are those under which the engine keeps the rows, which is the order of a file's rows. To number them
    with ``ROW_NUMBER() OVER ()`` instead takes all of them through one thread, and twice the time of reading.
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table}_rows AS {query}")
    _number(connection, table)


def _number(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS SELECT rowid + 1 AS record, * FROM {table}_rows")


def replace_records(connection: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
    """Put the rows of ``query``, which reads ``table``, in its place; both in the same order."""
    write_records(connection, "other", query)
    drop_records(connection, table)
    connection.execute("DROP VIEW other")
    connection.execute(f"ALTER TABLE other_rows RENAME TO {table}_rows")
    _number(connection, table)


def append_records(connection: duckdb.DuckDBPyConnection, table: str, other: str) -> None:
    """Put the rows of ``other`` behind those of ``table``, in their order; both were made by ``write_records``."""
    connection.execute(f"INSERT INTO {table}_rows SELECT * FROM {other}_rows")


def drop_records(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Drop what ``write_records`` made."""
    connection.execute(f"DROP VIEW {table}")
    connection.execute(f"DROP TABLE {table}_rows")
