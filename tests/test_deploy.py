"""The examples of schedules and of a container: each is parsed, and every command in them is one that Holdfast has."""

import ast
import configparser
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from holdfast.cli.commands import app
from tests.conftest import PROJECT

DEPLOY = PROJECT / "deploy"
PAGES = [PROJECT / "docs" / "schedules.md", PROJECT / "docs" / "serving.md"]


def parsed(words: list[str]) -> str:
    """Parse a command as Holdfast would, without running it; return its name."""
    command, name = get_command(app), "holdfast"
    context = command.context_class(command, info_name=name)
    while hasattr(command, "resolve_command"):
        found, command, words = command.resolve_command(context, words)
        assert command is not None
        name = f"{name} {found}"
        context = command.context_class(command, parent=context, info_name=name)
    command.parse_args(context, list(words))
    return name


def systemd(name: str) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None, strict=True)
    unit.optionxform = str
    unit.read_string((DEPLOY / "systemd" / name).read_text(encoding="utf-8"))
    return unit


def _cron() -> list[str]:
    found = []
    for line in (DEPLOY / "crontab").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#") and not re.match(r"[A-Z]+=", line):
            fields = line.split(maxsplit=5)
            assert all(re.fullmatch(r"[\d*/,-]+", field) for field in fields[:5]), line
            found.append(fields[5].partition("&& ")[2])
    return found


def _systemd() -> list[str]:
    timer = systemd("holdfast.timer")
    assert timer["Timer"]["OnCalendar"] == "*-*-* 05:00:00"
    units = [systemd("holdfast.service"), systemd("holdfast-serve.service")]
    assert all(unit["Service"]["User"] == "holdfast" for unit in units)
    return [unit["Service"]["ExecStart"] for unit in units]


def _airflow() -> list[str]:
    tree = ast.parse((DEPLOY / "airflow_dag.py").read_text(encoding="utf-8"))
    texts = [k.value for k in ast.walk(tree) if isinstance(k, ast.keyword) and k.arg == "bash_command"]
    return ["holdfast" + part.value for text in texts for part in text.values if isinstance(part, ast.Constant)]


def _actions() -> list[str]:
    given = yaml.safe_load((DEPLOY / "github-actions.yml").read_text(encoding="utf-8"))
    assert given[True]["schedule"] == [{"cron": "0 5 * * *"}], "YAML reads `on` as true"
    return [step["run"] for step in given["jobs"]["due"]["steps"] if step.get("run", "").startswith("holdfast")]


def _databricks() -> list[str]:
    given = json.loads((DEPLOY / "databricks-job.json").read_text(encoding="utf-8"))
    tasks = [task["python_wheel_task"] for task in given["tasks"]]
    assert {(task["package_name"], task["entry_point"]) for task in tasks} == {("holdfast", "holdfast")}
    return [shlex.join(["holdfast", *task["parameters"]]) for task in tasks]


def _pages() -> list[str]:
    found = []
    for page in PAGES:
        for block in re.findall(r"^```sh\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S):
            found += [line for line in block.splitlines() if line.startswith("holdfast ")]
    return found


@pytest.mark.parametrize("where", [_cron, _systemd, _airflow, _actions, _databricks, _pages], ids=lambda f: f.__name__)
def test_every_command_is_one_that_holdfast_has(where):
    commands = where()
    assert len(commands) >= 2
    names = []
    for command in commands:
        program, *words = shlex.split(command, comments=True)
        assert Path(program).name == "holdfast", command
        names.append(parsed(words))
    if where is not _pages:
        assert "holdfast run" in names
        assert any("--due" in command for command in commands)


def test_a_wrong_command_would_be_seen():
    with pytest.raises(Exception, match="No such option"):
        parsed(["run", "--dew", "-c", "shop.yaml"])
    with pytest.raises(Exception, match="No such command"):
        parsed(["lists", "at-risk"])


def instructions() -> list[tuple[str, str]]:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in lines]


def test_the_container_is_built_from_the_lock_and_runs_as_nobody():
    found = instructions()
    stages = [i for i, (word, _) in enumerate(found) if word == "FROM"]
    copied = [
        name
        for word, rest in found[: stages[-1]]
        if word == "COPY"
        for name in rest.split()[:-1]
        if not name.startswith("--")
    ]
    kept = {line[1:] for line in (PROJECT / ".containerignore").read_text().splitlines() if line.startswith("!")}
    assert set(copied) == kept
    assert all((PROJECT / name).exists() for name in copied)
    assert any("--require-hashes -r requirements.lock" in rest for word, rest in found if word == "RUN")
    last = dict(found[stages[-1] :])
    assert last["USER"] == "10001:10001"
    order = [word for word, _ in found[stages[-1] :]]
    assert order.index("USER") > max(i for i, word in enumerate(order) if word in ("RUN", "COPY"))
    assert json.loads(last["ENTRYPOINT"]) == ["holdfast"]
    assert parsed(json.loads(last["CMD"])) == "holdfast run"
    assert (PROJECT / ".dockerignore").read_text() == (PROJECT / ".containerignore").read_text()


@pytest.mark.slow
def test_the_container_builds_and_answers():
    engine = shutil.which("podman") or shutil.which("docker")
    if engine is None:
        pytest.skip("no podman and no docker here: the container was NOT built")
    base = next(rest.split()[0] for word, rest in instructions() if word == "FROM")
    if subprocess.run([engine, "image", "inspect", base], capture_output=True, check=False).returncode:
        pytest.skip(f"{base} cannot be had here without a download: the container was NOT built")
    command = [engine, "build", "-q", "-f", "deploy/Containerfile", "-t", "holdfast-test", "."]
    subprocess.run(command, cwd=PROJECT, check=True)
    said = subprocess.run([engine, "run", "--rm", "holdfast-test", "--version"], capture_output=True, check=True)
    assert said.stdout.strip()
