"""Files and folders on disk: written whole or not at all, for their owner alone, by one process at a time.

Whatever is being written has a hidden name beside its place until it is complete: ``.<name>.draft``; what it replaces
is called ``.<name>.old`` for a moment. No reader may look at hidden names. Locks end with their process, so under the
lock a hidden name that is found was left by a killed command: drafts are removed, and the old is put back where its
place is empty.
"""

import errno
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from holdfast.errors import StorageError

PRIVATE = 0o600
"""Mode of files with customers, unless the configuration says otherwise: for their owner alone."""

# Earlier versions added the number of the process.
_HIDDEN = re.compile(r"\.(?P<name>.+)\.(?P<what>draft|old)(-\d+)?")
_LEVELS = (".*", "[!.]*/.*")  # an upper folder is put back before what lies in it
_ADVICE = {
    errno.EACCES: "Ask for the right to it, or name another place.",
    errno.EPERM: "Ask for the right to it, or name another place.",
    errno.EROFS: "Name another place.",
    errno.ENOSPC: "Make room, or name another place, and run the command again.",
    errno.EFBIG: "A limit of this account or disk on the size of files: raise it, or name another place.",
    errno.EDQUOT: "Make room, or name another place, and run the command again.",
    errno.ENAMETOOLONG: "Name a shorter place.",
    errno.ENOTDIR: "A file stands where a folder is needed: move it away, or name another place.",
    errno.EEXIST: "A file stands where a folder is needed: move it away, or name another place.",
    errno.EISDIR: "A folder stands where a file is needed: move it away, or name another place.",
    errno.EAGAIN: "Another process is at work on it: wait until it has ended.",
}

# A name longer than any disk takes is told by its beginning.
_SHOWN = 300


def refusal(error: OSError, path: Path | str | None = None) -> StorageError:
    """Return what the system refused as an error of ours: which file or folder, why, and what to do.

    Parameters
    ----------
    error
        What the system, or a library on its behalf, raised.
    path
        What was to be written; the error's own file if not given.

    Examples
    --------
    >>> print(refusal(OSError(errno.ENOSPC, "No space left on device"), "outputs/shop"))
    outputs/shop: no space left on device. Make room, or name another place, and run the command again.
    """
    place = str(path if path is not None else error.filename or "")
    if len(place) > _SHOWN:
        place = f"{place[:_SHOWN]}…"
    # Only the system's words: a library's may quote what it was about to write.
    why = os.strerror(error.errno) if error.errno is not None else "it cannot be read or written"
    advice = _ADVICE.get(error.errno or 0, "")
    return StorageError(f"{f'{place}: ' if place else ''}{why[0].lower()}{why[1:]}. {advice}".rstrip())


@contextmanager
def refusals(path: Path) -> Iterator[None]:
    """Turn what the system refuses within the block into a ``StorageError`` about ``path``."""
    try:
        yield
    except OSError as error:
        raise refusal(error, path) from error


@contextmanager
def locked(path: Path, *, mode: int = PRIVATE, wait: bool = True) -> Iterator[None]:
    """Hold a lock between processes on a file until the block or the process ends.

    Parameters
    ----------
    path, mode
        The file, and its mode if it is made now (less the umask).
    wait
        Whether to wait for another process, or another thread of this one, that holds it.

    Raises
    ------
    BlockingIOError
        It is held, and we are not to wait.
    """
    try:
        import fcntl
    except ImportError:  # not on Windows, where two commands at once on one folder must not be started
        path.touch(mode)
        yield
        return
    file = _held(path, mode, lambda file: fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB)))
    try:
        yield
    finally:
        os.close(file)


def _held(path: Path, mode: int, lock: Callable[[int], None]) -> int:
    while True:
        # Never through a link: the name may lie in a folder where others may write.
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, mode)
        try:
            lock(file)
            # Whoever held it before us may have moved the file away meanwhile: then the name means another file.
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file), path.stat()):
                    return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)


@contextmanager
def whole_file(path: Path, *, mode: int = PRIVATE) -> Iterator[Path]:
    """Yield an empty file that takes the place of ``path`` only if everything in the block succeeded.

    Two processes that write the same file do so one after the other.

    Parameters
    ----------
    path
        The file; its folder must be there.
    mode
        Who may read and write it.

    Raises
    ------
    StorageError
        The system refuses: what stood at ``path`` still stands there.
    """
    draft = _hidden(path, "draft")
    with refusals(path), locked(draft):
        try:
            os.truncate(draft, 0)
            yield draft
            _finish(draft, mode)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        flush(path.parent)


@contextmanager
def whole_folder(folder: Path, home: Path, *, mode: int = PRIVATE) -> Iterator[Path]:
    """Yield an empty folder that takes the place of ``folder`` only if everything in the block succeeded.

    Nobody else can look into it before, and whoever writes within the same ``home`` does so one after the other.

    Parameters
    ----------
    folder
        One or two levels below ``home``.
    home
        The folder that belongs to us, where the lock lies; made if it is not there.
    mode
        Who may read and write the files; who may read them may also list their folders.

    Raises
    ------
    StorageError
        The system refuses: what stood at ``folder`` still stands there.
    """
    draft, old = _hidden(folder, "draft"), _hidden(folder, "old")
    with refusals(folder):
        make_folders(folder.parent, home, mode)
        with locked(home / ".lock"):
            with suppress(PermissionError):
                _set_mode(home / ".lock", mode)
            put_right(home)
            draft.mkdir(mode=0o700)
            try:
                yield draft
                _finish(draft, mode)
                if folder.exists():
                    _move_away(folder, old)
                draft.rename(folder)
            except BaseException:
                if old.exists() and not folder.exists():
                    old.rename(folder)
                raise
            finally:
                shutil.rmtree(draft, ignore_errors=True)
            flush(folder.parent)
            shutil.rmtree(old, ignore_errors=True)


def _move_away(folder: Path, old: Path) -> None:
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    folder.rename(old)


def recover(home: Path) -> None:
    """Put right what a command killed while it replaced a folder below ``home`` left: for those who only read.

    A reader without the right to do so reads what there is.
    """
    if any(what == "old" for pattern in _LEVELS for _, _, what in _left(home, pattern)):
        with suppress(OSError), locked(home / ".lock"):
            put_right(home)


def put_right(home: Path) -> None:
    """Remove drafts of folders, put back what was moved away and not replaced; the caller holds the lock."""
    for pattern in _LEVELS:
        for path, name, what in _left(home, pattern):
            place = path.with_name(name)
            if what == "old" and not place.exists():
                path.rename(place)
            else:
                shutil.rmtree(path, ignore_errors=True)


def remove_drafts(home: Path) -> None:
    """Remove the drafts of files below ``home`` that killed commands left; one that is being written stays."""
    for path in home.rglob(".*.draft"):
        if path.is_file():
            with suppress(BlockingIOError), locked(path, wait=False):
                path.unlink(missing_ok=True)


def _left(home: Path, pattern: str) -> list[tuple[Path, str, str]]:
    """Return (path, name of its place, "draft" or "old") of the hidden folders that commands left."""
    found = [(path, _HIDDEN.fullmatch(path.name)) for path in home.glob(pattern)]
    return [(path, m["name"], m["what"]) for path, m in found if m and path.is_dir()]


@contextmanager
def draft_beside(path: Path) -> Iterator[Path]:
    """Yield an empty hidden folder beside ``path``, gone when the block ends; the caller holds a lock on ``path``."""
    draft = _hidden(path, "draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def make_folders(folder: Path, home: Path, mode: int = PRIVATE) -> None:
    """Make a folder and those above it; what is new, and all from ``home`` on, can be listed by who may read files."""
    for path in [*reversed(folder.parents), folder]:
        if not path.is_dir():
            path.mkdir(mode=0o700, exist_ok=True)
        elif not path.is_relative_to(home):
            continue
        # Where another user made it, theirs is the decision.
        with suppress(PermissionError):
            _set_mode(path, folder_mode(mode))


def folder_mode(mode: int) -> int:
    """Return the mode of a folder whose files have ``mode``: whoever may read them may also list it.

    Examples
    --------
    >>> oct(folder_mode(0o640))
    '0o750'
    """
    return mode | (mode & 0o444) >> 2 | 0o700


def _finish(path: Path, mode: int) -> None:
    """Give a file, or a folder with everything in it, its mode, and see that it is on the disk."""
    inside = sorted(path.rglob("*"), reverse=True) if path.is_dir() else []
    for one in [*inside, path]:
        _set_mode(one, folder_mode(mode) if one.is_dir() else mode)
        flush(one)


def _set_mode(path: Path, mode: int) -> None:
    if stat.S_IMODE(path.stat().st_mode) != mode:
        path.chmod(mode)


def flush(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk: a power cut must not undo the order of things."""
    if os.name == "nt":  # Windows has no way to ask for it of a folder, or of a file open for reading
        return
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _hidden(path: Path, what: str) -> Path:
    return path.with_name(f".{path.name}.{what}")
