"""The folder in which examples of the pipeline run: the one that the README's first commands for the demo leave."""

import sys
from contextlib import chdir
from pathlib import Path

import pytest
from typer.testing import CliRunner

# Where Spark's client is installed, MLflow asks it for a session; in a worker of the tests, which
# runs no file, the client takes itself to be under doctest and ends the process.
if not hasattr(sys.modules["__main__"], "__file__"):
    sys.modules["__main__"].__file__ = __file__

_COMMANDS = (["init", "--demo"], ["run", "-c", "demo.yaml"])


def _demo(folder: Path) -> None:
    """Run both commands in a folder."""
    from holdfast.cli.commands import app

    with chdir(folder):
        for command in _COMMANDS:
            done = CliRunner().invoke(app, command, catch_exceptions=False)
            if done.exit_code != 0:
                pytest.fail(done.output)


@pytest.fixture(autouse=True)
def _beside_the_demo(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run each example of ``holdfast.pipeline``, and of models on disk, in a copy of that folder of its own."""
    if isinstance(request.node, pytest.DoctestItem) and {"pipeline", "bundle.py"} & {*request.node.path.parts}:
        from tests.once import once

        monkeypatch.chdir(once(tmp_path_factory, "demo", _demo))
