"""The folder in which examples of the pipeline run: the one that the README's first commands for the demo leave."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

# Where Spark's client is installed, MLflow asks it for a session; in a worker of the tests, which
# runs no file, the client takes itself to be under doctest and ends the process.
if not hasattr(sys.modules["__main__"], "__file__"):
    sys.modules["__main__"].__file__ = __file__

_COMMANDS = (["init", "--demo"], ["run", "-c", "demo.yaml"])


def _demo(shared: Path) -> Path:
    """Return the folder after both commands, run once for all processes of a test run."""
    from holdfast.cli.commands import app
    from holdfast.disk import locked

    folder = shared / "demo-of-examples"
    with locked(shared / "demo-of-examples.lock"):
        if not (folder / "outputs").is_dir():
            folder.mkdir()
            here = Path.cwd()
            os.chdir(folder)
            try:
                for command in _COMMANDS:
                    done = CliRunner().invoke(app, command, catch_exceptions=False)
                    if done.exit_code != 0:
                        pytest.fail(done.output)
            finally:
                os.chdir(here)
    return folder


@pytest.fixture(autouse=True)
def _beside_the_demo(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run each example of ``holdfast.pipeline``, and of models on disk, in a copy of that folder of its own."""
    if isinstance(request.node, pytest.DoctestItem) and {"pipeline", "bundle.py"} & {*request.node.path.parts}:
        base = tmp_path_factory.getbasetemp()
        demo = _demo(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)
        monkeypatch.chdir(shutil.copytree(demo, tmp_path_factory.mktemp("example") / "demo"))
