"""One line of the configuration changes the engine, and nothing else changes: the same bytes in every file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from holdfast.cli.commands import app
from tests.conftest import PROJECT
from tests.sail import sail_or_skip


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with sail_or_skip(tmp_path_factory.mktemp("sail")) as address:
        yield address


def _commands(folder: Path, *engine: str) -> str:
    """Run the commands of a week in a folder of its own; return what they said."""
    folder.mkdir()
    settings = [f"outputs={folder}/outputs", f"models={folder}/models", *engine]
    options = [option for setting in settings for option in ("--set", setting)]
    config = ["-c", str(PROJECT / "configs/cdnow.yaml"), *options]
    said = []
    for command in (
        ["check", *config],
        ["run", *config],
        ["score", *config, "--as-of", "1998-06-24"],
        ["list", "at-risk", *config, "--budget", "1000", "--capacity", "300", "--rows", "3", "--today", "1998-07-03"],
        ["segments", *config],
        ["value", *config],
    ):
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
        said.append(done.stdout.replace(str(folder), ""))
    return "".join(said)


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted((folder / "outputs").rglob("*"))
        if path.is_file()
    }


@pytest.mark.slow
def test_cdnow_gives_the_same_bytes_on_sail(remote, tmp_path):
    said_here = _commands(tmp_path / "here")
    said_there = _commands(tmp_path / "there", "engine.kind=spark", f"engine.remote={remote}")
    assert said_there == said_here
    here, there = _files(tmp_path / "here"), _files(tmp_path / "there")
    assert list(there) == list(here)
    assert any(name.endswith("scores.parquet") for name in here)
    differing = [name for name, content in here.items() if there[name] != content]
    assert differing == []
