"""The embedded SQL engine: one private DuckDB connection per purchase log."""

from contextlib import suppress
from datetime import date

import duckdb

EPOCH = date(1970, 1, 1)
"""Day 0 of every day number."""


def connect(*, threads: int | None = None, memory_limit: str | None = None) -> duckdb.DuckDBPyConnection:
    """Open an in-memory DuckDB database that touches neither the network nor the user's settings.

    Parameters
    ----------
    threads, memory_limit
        Passed to DuckDB; ``None`` leaves its defaults (all cores, 80 % of memory, then spill to disk).
    """
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if threads is not None:
        settings["threads"] = threads
    if memory_limit is not None:
        settings["memory_limit"] = memory_limit
    connection = duckdb.connect(":memory:", config=settings)
    connection.execute("SET TimeZone = 'UTC'")
    # In a notebook without ipywidgets DuckDB refuses even to switch its bar off; it has none to show then.
    with suppress(duckdb.InvalidInputException):
        connection.execute("SET enable_progress_bar = false")
    return connection


def quote(identifier: str) -> str:
    """Return ``identifier`` as a quoted SQL name; column names of users' files may hold anything."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return ``text`` as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"
