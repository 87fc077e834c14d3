"""Kill a command at its n-th change of the disk, run it again, and compare what then stands there.

Nothing here sleeps or waits for luck. In the process to be killed an audit hook counts what Python is about to do to
the disk (open for writing, rename, make, remove, change the mode of, lock), and every statement that SQLite is about to
run; at the n-th the process sends SIGKILL to itself, which no `finally` survives. A file opened for writing counts
twice: once before it is opened, and once when it is there and empty. Writes inside SQLite's own commit are not counted:
its journal is SQLite's promise, and what we do between and around its transactions is ours.

Each process is forked from one that has imported everything and opened nothing, so a point costs the command, not the
start of Python.
"""

import contextlib
import os
import shutil
import signal
import sqlite3
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CHANGES = (
    "os.rename",
    "os.mkdir",
    "os.remove",
    "os.rmdir",
    "os.chmod",
    "os.truncate",
    "fcntl.flock",
    "sqlite3.connect",
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass(frozen=True)
class Case:
    """A command to kill.

    Parameters
    ----------
    name
        Shown.
    before
        Commands that make the state to start from.
    act
        The command; it gets the work folder.
    result
        What must be the same however often the command was killed before it was through; compared with ``==``.
    reads
        A command that only reads, and says the same before and after ``act``: so it must when ``act`` was killed. It
        runs after every second kill, for it may put right what it finds.
    """

    name: str
    before: tuple[Callable[[Path], None], ...]
    act: Callable[[Path], None]
    result: Callable[[Path], Any]
    reads: Callable[[Path], None] | None = None


@dataclass
class Outcome:
    """How often the same command again ended with the undisturbed result; ``wrong`` says where it did not, and why."""

    name: str
    changes: int
    points: int
    recovered: int
    seconds: float
    wrong: list[str]


class Counter:
    """Counts changes of the disk in this process, and kills it at the one numbered ``at`` (0: never)."""

    def __init__(self, at: int) -> None:
        self.at, self.seen = at, 0

    def start(self) -> None:
        """Count from here on; an audit hook stays until the process ends."""
        sys.addaudithook(self._hear)
        connect = sqlite3.connect

        def heard(*given: Any, **named: Any) -> sqlite3.Connection:
            connection = connect(*given, **named)
            connection.set_trace_callback(lambda _: self._tick())
            return connection

        sqlite3.connect = sqlite3.dbapi2.connect = heard

    def _tick(self, what: Callable[[], None] | None = None) -> None:
        self.seen += 1
        if self.seen == self.at:
            if what is not None:
                what()
            os.kill(os.getpid(), signal.SIGKILL)

    def _hear(self, event: str, details: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = details
            if isinstance(flags, int) and flags & _WRITES and not str(path).startswith("/dev/"):
                self._tick()
                self._tick(lambda: _opened(path, flags))
        elif event in _CHANGES:
            self._tick()


def _opened(path: Any, flags: int) -> None:
    """Leave the file as opening it would: there, and empty if it is to be written anew."""
    with contextlib.suppress(OSError):
        os.close(os.open(path, flags, 0o600))


def run(act: Callable[[Path], None], folder: Path, *, at: int = 0) -> tuple[int, int]:
    """Run ``act`` in a process of its own; return (exit status, changes counted); killed by itself is -SIGKILL."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        status = 1
        try:
            with Path(folder, "stdout").open("w") as out, Path(folder, "stderr").open("a") as error:
                os.dup2(out.fileno(), 1)
                os.dup2(error.fileno(), 2)
            os.environ["TMPDIR"] = str(folder)
            os.chdir(folder)
            counter = Counter(at)
            counter.start()
            try:
                act(folder)
                status = 0
            except SystemExit as stop:
                status = int(stop.code or 0)
            except BaseException:  # noqa: BLE001  # told in the words of Python, in the file of errors
                traceback.print_exc()
            os.write(write, str(counter.seen).encode())
        finally:
            sys.stderr.flush()
            sys.stdout.flush()
            os._exit(status)
    os.close(write)
    with os.fdopen(read) as pipe:
        counted = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), int(counted or 0)


def kill(case: Case, home: Path, points: int) -> Outcome:
    """Kill ``case`` at so many points, evenly spread over its changes of the disk, and run it again after each."""
    began = time.monotonic()
    work = home / "work"
    start = _after(case, case.before, home, work)
    _fresh(start, work)
    _must(run(case.act, work), case.name, work)
    expected, read = case.result(work), _said(case, work)
    _fresh(start, work)
    changes = _must(run(case.act, work), case.name, work)
    chosen = sorted({1 + round(i * (changes - 1) / max(points - 1, 1)) for i in range(points)})
    wrong = []
    for turn, at in enumerate(chosen):
        _fresh(start, work)
        if problem := _killed(case, work, at, expected, read if turn % 2 else ""):
            wrong.append(f"{case.name}, killed at change {at}: {problem}")
    return Outcome(case.name, changes, len(chosen), len(chosen) - len(wrong), time.monotonic() - began, wrong)


def _after(case: Case, steps: tuple[Callable[[Path], None], ...], home: Path, work: Path) -> Path:
    """Return what these steps leave; what several cases begin with is made once below one home."""
    left = home / "-".join(["after", *(f"{id(step):x}" for step in steps)])
    if not left.exists():
        shutil.rmtree(work, ignore_errors=True)
        if steps:
            shutil.copytree(_after(case, steps[:-1], home, work), work, dirs_exist_ok=True)
            _must(run(steps[-1], work), f"{case.name}: what comes before it", work)
        else:
            work.mkdir(parents=True)
        shutil.copytree(work, left)
    return left


def _killed(case: Case, work: Path, at: int, expected: Any, read: str) -> str:
    """Kill the command at a change, run it again, and return what is wrong then, or nothing."""
    status, _ = run(case.act, work, at=at)
    if status not in (-signal.SIGKILL, 0):
        return f"it ended with {status} before"
    if read and (said := _said(case, work)) != read:
        return f"who reads then sees {said}, undisturbed {read}"
    status, _ = run(case.act, work)
    if status != 0:
        return f"the same command again ends with {status}: {(work / 'stderr').read_text().strip().splitlines()[-1:]}"
    found = case.result(work)
    return "" if found == expected else difference(found, expected)


def _said(case: Case, work: Path) -> str:
    """Return what the command that only reads prints; nothing if there is none."""
    if case.reads is None:
        return ""
    status, _ = run(case.reads, work)
    return f"{(work / 'stdout').read_text()} (ended with {status})"


def _fresh(start: Path, work: Path) -> None:
    """Put the state to start from where it was made: stores keep absolute addresses."""
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(start, work)


def _must(done: tuple[int, int], what: str, work: Path) -> int:
    if done[0] != 0:
        raise RuntimeError(f"{what} ends with {done[0]}: {(work / 'stderr').read_text()[-2000:]}")
    return done[1]


def difference(found: Any, expected: Any, place: str = "") -> str:
    """Return the first difference of two results in words."""
    if isinstance(found, dict) and isinstance(expected, dict):
        for key in sorted({*found, *expected}, key=str):
            if found.get(key) != expected.get(key):
                return difference(found.get(key), expected.get(key), f"{place}/{key}")
    return f"{place} is {found!r}, undisturbed {expected!r}"


def rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    """Return what an SQLite database answers, in a fixed order; nothing if there is none."""
    if not database.is_file():
        return []
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return sorted(connection.execute(query).fetchall(), key=repr)
