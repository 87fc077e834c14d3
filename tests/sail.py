"""Sail, an engine that speaks Spark Connect, of the tests' own: a process on a free port of this machine alone.

`make test-spark` names a server of real Spark in ``HOLDFAST_TEST_REMOTE``: then that one is asked instead.
"""

import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

_PROJECT = Path(__file__).parent.parent
_SERVE = """
import sys
from pysail.spark import SparkConnectServer
SparkConnectServer("127.0.0.1", int(sys.argv[1])).start(background=False)
"""
_PATIENCE = 60


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def forget_sessions() -> None:
    """End the sessions that this process still counts as its own: MLflow would ask them when their server is gone."""
    if (client := sys.modules.get("pyspark.sql.connect.session")) is None:
        return
    made = client.SparkSession
    for session in (made._default_session, getattr(made._active_session, "session", None)):
        if session is not None:
            with suppress(Exception):
                session.stop()


@contextmanager
def sail_or_skip(folder: Path) -> Iterator[str]:
    """Yield the address of a server that works in ``folder``, or skip aloud where the packages are absent."""
    if not all(importlib.util.find_spec(name) for name in ("pysail", "pyspark")):
        pytest.skip("pysail or pyspark-client is not installed: Spark Connect was NOT tested here")
    if remote := os.environ.get("HOLDFAST_TEST_REMOTE"):
        yield remote
        return
    port = free_port()
    paths = os.pathsep.join(map(str, (_PROJECT / "src", _PROJECT, os.environ.get("PYTHONPATH", ""))))
    with (folder / "sail.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", _SERVE, str(port)],
            cwd=folder, env={**os.environ, "PYTHONPATH": paths}, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        until = time.monotonic() + _PATIENCE
        while not answers(port):
            if server.poll() is not None or time.monotonic() > until:
                pytest.fail((folder / "sail.log").read_text()[-2000:])
            time.sleep(0.05)
        yield f"sc://127.0.0.1:{port}"
    finally:
        forget_sessions()
        server.kill()
        server.wait()
