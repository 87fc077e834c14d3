"""One line of the configuration changes the engine, and nothing else changes: the same bytes in every file."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pytest
import yaml
from typer.testing import CliRunner

from holdfast.cli.commands import app
from holdfast.config import load_config
from holdfast.spark.session import connect_spark
from tests.conftest import PROJECT
from tests.sail import sail_or_skip

CDNOW = PROJECT / "configs/cdnow.yaml"
WEEK = (
    ["check"],
    ["run"],
    ["score", "--as-of", "1998-06-24"],
    ["list", "at-risk", "--budget", "1000", "--capacity", "300", "--rows", "3", "--today", "1998-07-03"],
    ["segments"],
    ["value"],
)

# Every contender on one past window: a second one asks the engine nothing that the first did not.
ONE_RACE = {"race__origins": 1}


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with sail_or_skip(tmp_path_factory.mktemp("sail")) as address:
        yield address


def _said(command: list[str], folder: Path, config: Path = CDNOW, **keys: object) -> str:
    """Run a command whose files lie in a folder of its own; return what it said."""
    options = [option for name, value in keys.items() for option in ("--set", f"{name.replace('__', '.')}={value}")]
    settings = ["-c", str(config), "--set", f"outputs={folder}/outputs"]
    done = CliRunner().invoke(app, [*command, *settings, *options])
    assert done.exit_code == 0, done.output
    return done.stdout.replace(str(folder), "")


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted((folder / "outputs").rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def here(remote, tmp_path_factory) -> tuple[Path, list[str]]:
    """A week of CDNOW on this machine: where its files lie, and what each command said."""
    folder = tmp_path_factory.mktemp("here")
    return folder, [_said(command, folder, models=folder / "models", **ONE_RACE) for command in WEEK]


@pytest.mark.slow
def test_cdnow_gives_the_same_bytes_on_sail(remote, here, tmp_path):
    folder, said = here
    keys = {"models": tmp_path / "models", "engine__kind": "spark", "engine__remote": remote, **ONE_RACE}
    assert [_said(command, tmp_path, **keys) for command in WEEK] == said
    ours, theirs = _files(folder), _files(tmp_path)
    assert list(theirs) == list(ours)
    assert any(name.endswith("scores.parquet") for name in ours)
    assert [name for name, content in ours.items() if theirs[name] != content] == []


@pytest.mark.slow
def test_a_table_of_the_engine_gives_the_same_bytes_as_the_file(remote, here, tmp_path):
    """The session is named, so that its catalogue, which Sail keeps for one session, outlives a command."""
    folder, said = here
    named = f"{remote}/;session_id={uuid4()}"
    session = connect_spark(named)
    lines = [line.split() for line in load_config(CDNOW).source().paths()[0].read_text().splitlines()[1:]]
    names = ("customer_id", "date", "number_of_cds", "dollar_value")
    table = pa.table({name: [line[i] for line in lines] for i, name in enumerate(names)})
    session.sql("CREATE SCHEMA IF NOT EXISTS sales").toArrow()
    session.createDataFrame(table).write.mode("overwrite").saveAsTable("sales.orders")
    scenario = yaml.safe_load(CDNOW.read_text())
    del scenario["purchases"]["path"], scenario["purchases"]["delimiter"]
    scenario["purchases"]["table"] = "sales.orders"
    (tmp_path / "there.yaml").write_text(yaml.safe_dump(scenario))
    keys = {"models": folder / "models", "engine__kind": "spark", "engine__remote": named}
    assert _said(["check"], tmp_path, tmp_path / "there.yaml", **keys) == said[0]
    scored = _said(["score", "--as-of", "1998-06-24"], tmp_path, tmp_path / "there.yaml", **keys)
    assert scored == said[2]
    theirs = _files(tmp_path)
    assert any(name.endswith("1998-06-24/scores.parquet") for name in theirs)
    ours = {name: content for name, content in _files(folder).items() if name in theirs}
    assert [name for name, content in theirs.items() if ours[name] != content] == []
    absent = ["check", "-c", str(tmp_path / "there.yaml"), "--set", "purchases.table=sales.order"]
    refused = CliRunner().invoke(app, [*absent, "--set", "engine.kind=spark", "--set", f"engine.remote={named}"])
    assert "purchases.table: the engine has no table sales.order" in str(refused.exception)
    assert refused.exit_code
    session.stop()
