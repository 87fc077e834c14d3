"""The commands as a user types them: output, exit codes, and where each thing is said."""

import json
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from holdfast.cli.commands import app
from tests.conftest import PROJECT, settings
from tests.fuzz.configurations import command

RUN = CliRunner()


@pytest.fixture(scope="module")
def scenario(shop, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    shop.purchases.to_csv(folder / "p.csv", index=False)
    path = folder / "shop.yaml"
    path.write_text(yaml.safe_dump(settings(folder, purchases__path="p.csv")), encoding="utf-8")
    return path


def answer(*arguments: object) -> str:
    done = RUN.invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def ran(scenario) -> str:
    return answer("run", "-c", scenario)


def test_run_prints_the_account_both_lists_the_test_and_where_things_lie(ran, scenario):
    for part in ("lines in", "kept", "At risk:", "High value:", "Held out", "recency rule", "AUC", "make mlflow"):
        assert part in ran
    assert str(scenario.parent / "outputs" / "shop" / "2024-03-01") in ran


def test_results_go_to_stdout_and_progress_to_stderr(scenario):
    done = RUN.invoke(app, ["check", "-c", str(scenario)])
    assert "reading purchases" in done.stderr
    assert "reading purchases" not in done.stdout
    assert "Ready to train" in done.stdout


def test_json_is_one_document(ran, scenario):
    checked = json.loads(answer("check", "-c", scenario, "--json"))
    assert checked["readiness"]["problem"] == ""
    assert checked["data_report"]["lines_in"] == checked["data_report"]["kept"]
    trained = json.loads(answer("train", "-c", scenario, "--json"))
    scored = json.loads(answer("score", "-c", scenario, "--json"))
    assert trained["model_version"] == scored["metrics"]["model_version"]
    assert json.loads(answer("run", "-c", scenario, "--json"))["folder"] == scored["folder"]
    issued = json.loads(answer("list", "high-value", "-c", scenario, "--json", "--format", "json"))
    rows = json.loads(Path(issued["file"]).read_text(encoding="utf-8"))
    assert issued["account"]["listed"] == len(rows)
    assert [r["rank"] for r in rows[:3]] == [1, 2, 3]
    assert all(len(r["customer_id"]) == 5 for r in rows)


def test_lists_print_the_rows_asked_for(ran, scenario):
    text = answer("list", "at-risk", "-c", scenario, "--rows", 2)
    head, listed = text.split("customers on the list")[0], text.split("\n")
    assert listed[0].startswith("WARNING: The scores are overdue")
    assert len([line for line in head.splitlines() if line.strip().startswith(("1 ", "2 ", "3 "))]) == 2
    assert "more in the file" in head
    fresh = answer("list", "at-risk", "-c", scenario, "--today", "2024-03-02")
    assert "WARNING" not in fresh
    assert "training  2024-03-01" in answer("status", "-c", scenario, "--today", "2024-03-02")


def test_as_of_and_set_change_the_scenario(scenario):
    text = answer("check", "-c", scenario, "--as-of", "2024-02-01", "--set", "churn.horizon_days=30")
    assert "As of 2024-02-01" in text
    assert "learns from 2024-01-02 to 2024-02-01" in text


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["check", "--set", "churn.horizon=3"], 2, 'Did you mean "horizon_days"?'),
        (["check", "--as-of", "soon"], 2, "as_of"),
        (["check", "--no-such-option"], 2, "No such option"),
        (["check", "--set", "purchases.columns.amount=paid"], 3, 'no column "paid"'),
        (["check", "--set", "churn.horizon_days=900"], 4, "needs 928 days"),
        (["list", "at-risk", "--set", "name=other"], 5, "run `holdfast run` first"),
        (["score", "--set", "name=other"], 5, "run `holdfast train` first"),
    ],
)
def test_each_kind_of_refusal_has_its_exit_code(ran, scenario, arguments, code, said):
    if "name=other" in arguments and arguments[0] == "list":
        arguments = [*arguments, "--set", "as_of=end_of_data"]
    found, error = command(*arguments, "-c", str(scenario))
    assert (found, said in error) == (code, True), error


def test_a_damaged_model_has_its_own_exit_code(ran, scenario, tmp_path):
    import shutil

    models = tmp_path / "models"
    shutil.copytree(scenario.parent / "models", models)
    state = next(models.rglob("bundle/model.json"))
    state.write_text(state.read_text()[:-100])
    found, error = command("score", "-c", str(scenario), "--set", f"models={models}")
    assert found == 6
    assert "model.json is not the one that was written" in error


def test_a_bug_shows_its_kind_and_place_but_no_data(monkeypatch):
    def broken() -> None:
        raise ValueError("Jane Roe, 13085")

    monkeypatch.setattr("holdfast.cli.app", broken)
    found, error = command("check")
    assert found == 70
    assert "ValueError" in error
    assert "Jane" not in error


def test_help_is_quick_because_nothing_heavy_is_imported():
    code = (
        "import sys; from holdfast.cli.commands import app; import holdfast\n"
        "heavy = {'mlflow', 'pandas', 'lightgbm', 'sklearn', 'duckdb', 'matplotlib', 'scipy'} & set(sys.modules)\n"
        "sys.exit(bool(heavy))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_checking_and_reading_never_import_mlflow_or_what_takes_longest_of_scipy(scenario):
    code = (
        "import sys; from typer.testing import CliRunner; from holdfast.cli.commands import app\n"
        f"CliRunner().invoke(app, ['check', '-c', {str(scenario)!r}])\n"
        "assert 'holdfast.pipeline' in sys.modules; sys.exit(bool({'mlflow', 'scipy.stats'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_version():
    assert answer("--version") == "0.1.0\n"


def test_python_m_holdfast_is_the_command(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["holdfast", "--version"])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_module("holdfast", run_name="__main__")
    assert (stopped.value.code, capsys.readouterr().out) == (0, "0.1.0\n")


def leaves(group: Any, *above: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from leaves(one, *above, name)
        else:
            yield (*above, name), one


COMMANDS = dict(leaves(typer.main.get_command(app)))


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_help(words):
    """A sentence about itself, and one about each of its options."""
    command = COMMANDS[words]
    assert command.help
    assert command.help.endswith(".")
    shown = " ".join(answer(*words, "--help").replace("│", " ").split())
    assert command.help.split()[0] in shown
    for option in command.params:
        assert option.opts[-1].lstrip("-").upper() in shown.upper(), option.name
        assert option.name == "help" or getattr(option, "help", None), option.name


def test_the_commands_are_those_that_the_reference_lists():
    reference = (PROJECT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    listed = {tuple(head.split()[1:]) for head in re.findall(r"^#+ `(holdfast [a-z][a-z -]*)`", reference, re.M)}
    assert set(COMMANDS) == listed
    assert len(COMMANDS) == 35


def test_the_scenario_of_the_project_is_the_default(scenario, tmp_path, monkeypatch):
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "cdnow.yaml").write_bytes(scenario.read_bytes())
    (tmp_path / "configs" / "p.csv").write_bytes((scenario.parent / "p.csv").read_bytes())
    monkeypatch.chdir(tmp_path)
    assert answer("check") == answer("check", "-c", scenario)
    assert (PROJECT / "configs" / "cdnow.yaml").is_file()


def test_counts_are_shown_on_a_terminal_only(monkeypatch, capsys):
    from holdfast.cli.options import say

    say("reading purchases")
    say.counting("1 of 2 models, about 3 s left")
    assert re.fullmatch(r"\[ *[\d.]+ s\] reading purchases\n", capsys.readouterr().err)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    say.counting("1 of 2 models, about 3 s left")
    assert capsys.readouterr().err.endswith("1 of 2 models, about 3 s left\n")
