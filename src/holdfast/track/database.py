"""SQLite databases of libraries: made whole or not at all, and their troubles told in our words."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from holdfast.disk import draft_beside, flush, refusal
from holdfast.errors import DamagedModelError, HoldfastError

# SQLite's primary result codes; https://www.sqlite.org/rescode.html
_SYSTEM = {
    sqlite3.SQLITE_PERM: errno.EACCES,
    sqlite3.SQLITE_READONLY: errno.EACCES,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_BUSY: errno.EAGAIN,
    sqlite3.SQLITE_LOCKED: errno.EAGAIN,
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_FULL: errno.ENOSPC,
}
# SQLITE_ERROR: a table or column is not as the library expects it.
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


def make_whole(database: Path, make: Callable[[str], None]) -> None:
    """Make a database if there is none; killed on the way, there still is none.

    Libraries make theirs in many transactions, and cannot go on where one was killed between two of them.

    Parameters
    ----------
    database
        Its file; the caller holds a lock on the folder.
    make
        Gets an address (``sqlite:///…``), makes the tables there and closes what it opened.
    """
    if database.is_file():
        _readable(database)
        return
    with draft_beside(database) as draft:
        made = draft / database.name
        make(f"sqlite:///{made}")
        flush(made)
        made.rename(database)
    flush(database.parent)


def _readable(database: Path) -> None:
    """Ask for its first page, so that a database that cannot be read says so at once: libraries try for minutes."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True)) as connection:
        connection.execute("SELECT name FROM sqlite_master LIMIT 1").fetchall()


@contextmanager
def database_refusals(database: Path) -> Iterator[None]:
    """Turn what SQLite refuses within the block, whatever library wrapped it, into an error of ours.

    Raises
    ------
    StorageError
        The system refuses the file, or another process is at work on it.
    DamagedModelError
        The file is no database of this kind.
    """
    try:
        yield
    except HoldfastError:
        raise
    except Exception as error:
        cause = _root(error)
        code = None if cause is None else getattr(cause, "sqlite_errorcode", None)
        if code is None:
            raise
        if code & 0xFF in _SYSTEM:
            number = _SYSTEM[code & 0xFF]
            raise refusal(OSError(number, os.strerror(number)), database) from error
        if code & 0xFF in _DAMAGE:
            raise DamagedModelError(
                f"{database} is damaged, or of another version. Move it away, or put back a copy of it, and run the "
                "command again."
            ) from error
        raise


def _root(error: BaseException) -> sqlite3.Error | None:
    """Return what SQLite itself raised, if that is where an error began."""
    at: BaseException | None = error
    while at is not None and not isinstance(at, sqlite3.Error):
        at = at.__cause__ or at.__context__
    return at


def make_tuning(address: str) -> None:
    """Make the tables of Optuna's database."""
    import optuna

    storage = optuna.storages.RDBStorage(address)
    storage.remove_session()
    storage.engine.dispose()
