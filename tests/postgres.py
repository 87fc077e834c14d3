"""A PostgreSQL server of the tests' own: made anew below /tmp, on a free port of this machine alone, run by nobody."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

# Root's own programs are not in everybody's path.
_RUNUSER = shutil.which("runuser", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))


def _programs() -> Path | None:
    found = [*sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")), *filter(None, [shutil.which("initdb")])]
    return Path(found[0]).resolve().parent if found else None


class Postgres:
    """A throw-away server; it refuses to run as root, so root hands it to `nobody`."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder, self.programs = folder, programs
        self.user = [str(_RUNUSER), "-u", "nobody", "--"] if os.geteuid() == 0 else []
        folder.mkdir()
        if self.user:
            shutil.chown(folder, "nobody")
        self._run("initdb", "-D", str(folder / "d"), "--locale=C", "--encoding=UTF8", "-U", "holdfast", "--no-sync")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={folder}"
        self._run("pg_ctl", "-D", str(folder / "d"), "-w", "-o", options, "-l", str(folder / "log"), "start")

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"postgresql://holdfast@127.0.0.1:{self.port}/postgres"

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "d"), "-m", "immediate", "stop")

    def query(self, sql: str, stdin: str = "") -> str:
        where = ["-h", str(self.folder), "-p", str(self.port), "-U", "holdfast", "-d", "postgres"]
        return self._run("psql", *where, "-qv", "ON_ERROR_STOP=1", "-c", sql, stdin=stdin)

    def _run(self, program: str, *arguments: str, stdin: str = "") -> str:
        command = [*self.user, str(self.programs / program), *arguments]
        # pg_ctl's server would hold a pipe open for ever, so its output goes nowhere.
        output = subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE
        done = subprocess.run(command, input=stdin, text=True, stdout=output, stderr=output, check=False, cwd="/")
        assert done.returncode == 0, done.stderr
        return done.stdout or ""


@contextmanager
def server_or_skip() -> Iterator[Postgres]:
    """Yield a server, or skip aloud where there is none."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL's server is not installed: what concerns it was NOT tested here")
    if os.geteuid() == 0 and _RUNUSER is None:
        pytest.skip("PostgreSQL does not run as root and there is no runuser: what concerns it was NOT tested here")
    folder = Path(tempfile.mkdtemp(prefix="hf-pg-", dir="/tmp"))  # a socket's path must be short
    folder.chmod(0o755)
    server = Postgres(folder / "s", programs)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
