import contextvars
import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from threading import Lock
from types import SimpleNamespace

import pytest

from holdfast.cli import main
from holdfast.web import commands
from tests.web.sites import Scenario, bound, sold, visitor


@pytest.fixture(scope="module")
def commands_here():
    """What a page asks of a command is said by one in this process: one of its own would first import MLflow.

    That a command is one of its own, and what it refuses, is asked in ``test_making.py``.
    """
    alone = Lock()

    def run(command, **_):
        out, error, code = io.StringIO(), io.StringIO(), 0
        with alone, pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(error):
            patch.setattr(sys, "argv", ["holdfast", *command[3:]])
            try:
                # In the language of the scenario, not in that of whoever looks at the page.
                contextvars.Context().run(main)
            except SystemExit as stopped:
                code = int(stopped.code or 0)
        return subprocess.CompletedProcess(command, code, out.getvalue(), error.getvalue())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands, "subprocess", SimpleNamespace(run=run, DEVNULL=subprocess.DEVNULL))
        yield


@pytest.fixture(scope="session")
def a_shop(tmp_path_factory) -> Scenario:
    return sold(tmp_path_factory)


@pytest.fixture(scope="session")
def a_business(tmp_path_factory) -> Scenario:
    return bound(tmp_path_factory)


@pytest.fixture(scope="session", params=["purchases", "contracts"])
def scenario(request) -> Scenario:
    return request.getfixturevalue({"purchases": "a_shop", "contracts": "a_business"}[request.param])


@pytest.fixture(scope="session")
def said() -> list[str]:
    """What the page said to its log."""
    return []


@pytest.fixture(scope="session")
def client(scenario, said):
    return visitor(scenario.site(say=said.append))
