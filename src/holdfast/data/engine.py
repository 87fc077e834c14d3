"""The embedded SQL engine: one private DuckDB connection per purchase log."""

import atexit
import os
import shutil
import tempfile
import uuid
import weakref
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import duckdb

EPOCH = date(1970, 1, 1)
"""Day 0 of every day number."""
# A file read into memory takes several times its size there, and what is made of it again.
_SHARE_IN_MEMORY = 8
_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


@dataclass(frozen=True)
class Engine:
    """What the embedded engine may take of the machine.

    Attributes
    ----------
    threads
        ``None``: all cores. The number changes no bit.
    memory_limit
        Of all tables and queries of a log, as ``"60%"`` of the machine's memory or ``"8GB"``; what is larger is kept
        on disk.
    spill_folder
        Where; ``None``: the system's folder for temporary files. It holds customers' data while the log is in use, in
        a folder for its owner alone.

    Examples
    --------
    >>> import pandas as pd
    >>> from holdfast.data import Columns, Source, read_purchases
    >>> frame = pd.DataFrame({"customer_id": ["ann"], "ordered_at": ["2024-01-05"]})
    >>> log = read_purchases(Source(frame, Columns()), engine=Engine(threads=2, memory_limit="2GB"))
    >>> log.connection.sql("SELECT current_setting('threads')").fetchall()
    [(2,)]
    """

    threads: int | None = None
    memory_limit: str = "60%"
    spill_folder: Path | None = None


class Reads(Protocol):
    """Whatever answers SQL: a DuckDB connection, or an engine elsewhere that holds tables of the same names.

    What ``execute`` and ``sql`` return has ``fetchall``, ``df`` and ``to_arrow_table``. Texts that both are asked are
    spelt as ``features.portable`` says.
    """

    def execute(self, query: str, /) -> Any:
        """Run one statement."""

    def sql(self, query: str, /) -> Any:
        """Run one statement."""


def connect(engine: Engine | None = None, *, expected_bytes: int = 0) -> duckdb.DuckDBPyConnection:
    """Open a private DuckDB database that touches neither the network nor the user's settings.

    Parameters
    ----------
    engine
        Its limits.
    expected_bytes
        Of the files to be read: a database that would fill much of the memory is made on disk, and removed with the
        connection.
    """
    engine = engine or Engine()
    folder = _own_folder(engine.spill_folder, os.getpid())
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "memory_limit": engine.memory_limit,
        "temp_directory": str(folder / f"spilled-{uuid.uuid4().hex}"),
    }
    if engine.threads is not None:
        settings["threads"] = engine.threads
    connection = duckdb.connect(":memory:", config=settings)
    if expected_bytes * _SHARE_IN_MEMORY > _limit(connection):
        path = folder / f"{uuid.uuid4().hex}.duckdb"
        connection = duckdb.connect(str(path), config=settings)
        weakref.finalize(connection, path.unlink, missing_ok=True)
    connection.execute("SET TimeZone = 'UTC'")
    # In a notebook without ipywidgets DuckDB refuses even to switch its bar off; it has none to show then.
    with suppress(duckdb.InvalidInputException):
        connection.execute("SET enable_progress_bar = false")
    return connection


def folder_of(connection: duckdb.DuckDBPyConnection) -> Path:
    """Return where a connection of ``connect`` keeps what does not fit into memory; temporary copies belong there."""
    ((spilled,),) = connection.execute("SELECT current_setting('temp_directory')").fetchall()
    return Path(spilled).parent


@cache
def _own_folder(parent: Path | None, process: int) -> Path:
    """Return a folder for this process and its owner alone; it goes when the process ends."""
    if parent is not None:
        parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="holdfast-", dir=parent))
    atexit.register(_remove, folder, process)
    return folder


def _remove(folder: Path, process: int) -> None:
    # A fork ends too, and must not take its parent's folder with it.
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


def _limit(connection: duckdb.DuckDBPyConnection) -> float:
    """Return the memory limit in bytes; it is shown as "14.1 GiB"."""
    ((shown,),) = connection.execute("SELECT current_setting('memory_limit')").fetchall()
    number, _, unit = str(shown).partition(" ")
    return float(number) * _UNITS[unit]


def quote(identifier: str) -> str:
    """Return ``identifier`` as a quoted SQL name; column names of users' files may hold anything."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return ``text`` as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"
