"""What the documents say is run: commands, outputs, links, pages. Notebooks: ``test_notebooks.py``."""

import json
import os
import re
import shlex
import subprocess
import sys
from contextlib import chdir
from functools import reduce
from operator import or_
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from docs import first_rows, generate, screenshots
from typer.testing import CliRunner

from holdfast import load_config
from holdfast.churn.reasons import felt_signs
from holdfast.cli import app
from holdfast.language import fill
from holdfast.track import Store, load_bundle
from tests.conftest import PROJECT
from tests.sentences import faults

README = (PROJECT / "README.md").read_text(encoding="utf-8")
HOLDFAST = str(Path(sys.executable).parent / "holdfast")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that sees the project's scenarios but writes its own outputs and models."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "configs").symlink_to(PROJECT / "configs")
    return folder


def blocks(kind: str, page: str = README) -> list[str]:
    return [text for found, text in BLOCK.findall(page) if found == kind]


def whole(page: str, begins: str) -> str:
    """Return the whole output that a page of the docs shows where the README shows some lines of it."""
    text = (PROJECT / "docs" / page).read_text(encoding="utf-8")
    return next(b for b in blocks("text", text) if b.startswith(begins))


def holdfast(folder: Path, command: str) -> str:
    words = [HOLDFAST, *shlex.split(command)[1:]]
    return subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True).stdout


def here(folder: Path, command: str) -> str:
    """Run a command in this process, which has imported what each would import again."""
    with chdir(folder):
        done = CliRunner().invoke(app, shlex.split(command)[1:], catch_exceptions=False)
    assert done.exit_code == 0, f"{command}\n{done.output}"
    return done.stdout


def make(*arguments: str) -> str:
    # Not as the child of the make that runs the tests.
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", *arguments]
    return subprocess.run(command, cwd=PROJECT, env=outside, capture_output=True, text=True, check=True).stdout


NUMBER = re.compile(r"m-[0-9a-f]{16}|[-+]?\d[\d,]*\.?\d*")


def some_of(said: str, seen: str) -> None:
    """Compare a text with the lines of what was seen that it shows; a line "…" stands for lines that it leaves out."""
    shown, rest = said.split("\n…\n"), [(NUMBER.sub("#", line).split(), line) for line in seen.splitlines()]
    assert len(shown) > 1
    for part in shown:
        wanted = [NUMBER.sub("#", line).split() for line in part.splitlines()]
        places = range(len(rest) - len(wanted) + 1)
        at = next(i for i in places if [words for words, _ in rest[i : i + len(wanted)]] == wanted)
        same(part, "\n".join(line for _, line in rest[at : at + len(wanted)]))
        rest = rest[at + len(wanted) :]


def same(said: str, seen: str) -> None:
    """Compare words to the letter and numbers to 2 %: another processor may differ in the last digits."""
    assert NUMBER.sub("#", said).split() == NUMBER.sub("#", seen).split()
    for a, b in zip(NUMBER.findall(said), NUMBER.findall(seen), strict=True):
        if not a.startswith("m-"):
            assert float(b.replace(",", "")) == pytest.approx(float(a.replace(",", "")), rel=0.02, abs=0.011)


@pytest.mark.slow
@pytest.mark.no_cover
def test_make_train_prints_what_the_readme_shows(elsewhere):
    assert make("-n", "train").strip().endswith("holdfast run -c configs/cdnow.yaml")
    seen = here(elsewhere, "holdfast run -c configs/cdnow.yaml")
    same(blocks("text")[0], seen[seen.index("At risk:") :])
    listed = next(b for b in blocks("sh") if b.startswith("holdfast list"))
    same(blocks("text")[1], here(elsewhere, listed))


@pytest.mark.slow
@pytest.mark.no_cover
def test_holdfast_check_prints_what_the_readme_shows(elsewhere):
    command = next(b for b in blocks("sh") if b.startswith("holdfast check"))
    seen = here(elsewhere, command)
    same(whole("guide.md", "Purchases\n"), seen)
    some_of(blocks("text")[4], seen)


@pytest.mark.slow
def test_three_commands_lead_from_an_export_to_a_list_outside_a_clone(tmp_path):
    commands = next(b for b in blocks("sh") if b.startswith("holdfast init")).splitlines()
    found, _, listed = (holdfast(tmp_path, command) for command in commands)
    same(blocks("text")[2], found[: found.index("Purchases")])
    same(blocks("text")[3], listed[: listed.index("\n\n")])
    assert {p.name for p in tmp_path.iterdir()} == {"demo.csv", "demo.yaml", "models", "outputs"}


@pytest.mark.slow
@pytest.mark.no_cover
def test_the_contracts_of_the_readme_need_nothing_from_outside(elsewhere):
    commands = next(b for b in blocks("sh") if b.startswith("holdfast simulate")).splitlines()
    seen = [here(elsewhere, command) for command in commands]
    assert re.search(r"AUC gain \+0\.\d+ \(95 % \+", seen[1]), "clearly better than plan and tenure"
    some_of(blocks("text")[5], seen[2])


@pytest.mark.slow
@pytest.mark.no_cover
def test_a_list_of_1997_is_judged_by_what_happened(elsewhere):
    commands = next(b for b in blocks("sh") if "holdfast monitor" in b).splitlines()
    seen = [here(elsewhere, command) for command in commands]
    same(whole("monitor.md", "1998-07-01"), seen[2])
    some_of(blocks("text")[6], seen[2])
    # The sentence below the table has its figures.
    judged, promised, left = re.search(r"churners, all +(\S+) +(\S+) +(\S+)", blocks("text")[6]).groups()
    assert f"{promised} customers were expected to leave, and {left} did" in README
    assert f"more customers than the {judged} who could be judged" in README


@pytest.mark.slow
def test_the_first_rows_of_every_list_are_those_that_the_page_shows(elsewhere):
    shown = first_rows.blocks(first_rows.PAGE.read_text(encoding="utf-8"))
    lists = {str(p.relative_to(elsewhere / "outputs")) for p in elsewhere.glob("outputs/*/*/lists/*.csv")}
    assert set(shown) <= lists
    for folder in ("cdnow/1998-07-01", "subscriptions/2023-11-01"):
        assert {p for p in lists if p.startswith(folder)} <= set(shown), "every list of both scenarios"
    for path, text in shown.items():
        same(text, first_rows.first_rows(elsewhere / "outputs" / path))


@pytest.mark.slow
@pytest.mark.no_cover
def test_every_reason_of_every_list_of_both_scenarios_can_be_said(elsewhere):
    here(elsewhere, "holdfast segments -c configs/cdnow.yaml")
    said: set[str] = set()
    for path in [*elsewhere.glob("outputs/*/*/lists/*.csv"), *elsewhere.glob("outputs/*/*/segments/cards.csv")]:
        said |= {*pd.read_csv(path, dtype="str", keep_default_na=False).filter(like="reason_").to_numpy().ravel()}
    assert len(said) > 1000
    assert {sentence: faults(sentence) for sentence in said - {""} if faults(sentence)} == {}


@pytest.mark.slow
def test_the_probability_falls_for_nine_in_ten_of_each_list_once_the_named_facts_are_usual(elsewhere):
    """All facts that are named of a customer at once, put back to the customer's norm."""
    folder = elsewhere / "outputs" / "cdnow" / "1998-07-01"
    model = load_bundle(Store(elsewhere / "models").champion("cdnow").bundle_folder).scorer.churn
    features = pd.read_parquet(folder / "features.parquet").drop(columns="as_of").set_index("customer_id", drop=False)
    for name in ("at_risk", "win_back", "overdue"):
        table = pd.read_parquet(folder / "lists" / f"{name}.parquet")
        listed = features.loc[table["customer_id"]].reset_index(drop=True)
        shown = table.filter(like="reason_").to_numpy().tolist()
        usual = []
        for (row, signs), said in zip(felt_signs(model, listed), shown, strict=True):
            named = [sign.usual(row) for sign in reversed(signs) if fill(sign.said, row) in said]
            usual.append(reduce(or_, named, dict(row)))
        as_usual = pd.DataFrame(usual)[list(listed.columns)]
        assert np.mean(model.p_churn(as_usual) < model.p_churn(listed)) >= 0.9, name


@pytest.mark.slow
def test_the_python_of_the_readme_runs(elsewhere):
    done = subprocess.run(
        [sys.executable, "-c", blocks("python")[0]], cwd=elsewhere, check=True, capture_output=True, text=True
    )
    assert float(done.stdout.split()[-1]) > 0.7


# In a process of its own: a class that was made once is a contender for ever.
_ENTERS = """
import sys
from pathlib import Path
from importlib import import_module
room = import_module("holdfast.churn.contenders")
room.__path__.append(sys.argv[1])
from holdfast import make_config, prepare
from holdfast.data import simulate_shop
from holdfast.pipeline import race
from holdfast.report import race as text
from tests.conftest import settings
shop = simulate_shop(300, seed=7).purchases
out = ["blend", "lightgbm", "lightgbm_pooled", "ridge", "offset", "direct"]
given = settings(Path(sys.argv[1]), race={"origins": 1, "leave_out": out})
prepared = prepare(make_config(given), purchases=shop)
contest = race(prepared, outcome=False)
(window,) = contest.windows
rate = prepared.past.earlier(prepared.cutoff.earlier(60)).training_windows(most=1)[0].churned.mean()
assert set(window.p_churn["base_rate"]) == {rate}, "everybody's risk is the rate of the last window"
row = next(r for r in contest.as_dict()["windows"][0]["churn"] if r["contender"] == "base_rate")
assert (row["auc"], round(row["lift_top_decile"], 9)) == (0.5, 1.0)
assert "  base_rate " in text.race(contest.as_dict())
kind, made = room.contenders()["base_rate"], prepared.past.fitted("base_rate")
assert kind.from_dict(made.to_dict()).rate == made.rate
given["race"]["leave_out"] = [*out, "base_rate"]
left = race(prepare(make_config(given), purchases=shop), outcome=False)
assert "base_rate" not in left.windows[0].p_churn
"""


def test_the_contender_shown_to_contributors_takes_part(tmp_path):
    page = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    code = next(code for kind, code in BLOCK.findall(page) if kind == "python")
    (tmp_path / "base_rate.py").write_text(code, encoding="utf-8")
    command = [sys.executable, "-c", _ENTERS, str(tmp_path)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.no_cover
@pytest.mark.parametrize("page", sorted((PROJECT / "docs").rglob("*.md")), ids=lambda p: p.name)
def test_the_python_of_the_guides_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for kind, code in BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind == "python":
            # Here everything is imported already: what a page uses, it must name.
            assert not re.search(r"^\s*import holdfast", code, re.M)
            exec(compile(code, page.name, "exec"), {"__name__": "__main__"})  # noqa: S102


def test_the_reference_pages_say_what_the_code_says():
    for name, page in generate.PAGES.items():
        written = (PROJECT / "docs" / "reference" / name).read_text(encoding="utf-8")
        assert written == generate._MADE + page(), f"{name}: run make format"


@pytest.mark.parametrize(
    "path", sorted(PROJECT.glob("*.md")) + sorted(PROJECT.glob("docs/**/*.md")), ids=lambda p: p.name
)
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_the_readme_shows_one_picture_of_the_report_and_says_what_is_on_it():
    (picture,) = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", README)
    said, path = picture[0], PROJECT / picture[1]
    assert len(said.split()) > 10
    content = path.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    assert (width, height) == (screenshots.WIDTHS["desktop"], 1046)
    assert len(content) < 300_000


def test_pictures_are_made_of_every_scenario_and_of_no_other_file():
    found = {path.stem: config.setting for path, config in screenshots.scenarios(PROJECT / "configs")}
    assert {"cdnow", "online_retail"} <= set(found)
    assert "hillstrom" not in found, "an experiment is no scenario"
    assert set(found.values()) == {"noncontractual"}
    assert load_config(PROJECT / screenshots.CONTRACTS).setting == "contractual"


def test_make_prints_every_command():
    shown = make()
    for command in ("train", "test", "check", "mlflow", "score"):
        assert f"  make {command} " in shown


def test_the_lock_has_hashes_and_no_addresses():
    lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    assert "--hash=sha256:" in lock
    assert "://" not in lock
    assert "index-url" not in lock


def test_the_lock_of_the_checkers_of_html_has_digests_and_no_host():
    """npm writes where each package came from unless told not to; another machine may know another registry."""
    packages = json.loads((PROJECT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    wanted = json.loads((PROJECT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert {f"node_modules/{name}" for name in wanted} <= set(packages)
    for name, package in packages.items():
        assert "resolved" not in package, name
        assert not name or package["integrity"].startswith("sha512-"), name
    assert (PROJECT / ".npmrc").read_text(encoding="utf-8").split() == ["omit-lockfile-registry-resolved=true"]


def test_the_changelog_knows_this_version():
    import holdfast as package

    assert f"## {package.__version__}" in (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_file_of_code_is_small_enough_to_read_in_one_go():
    folders = (PROJECT / name for name in ("src", "tests", "benchmarks", "docs"))
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for f in folders for path in f.rglob("*.py")}
    assert len(lengths) > 500
    assert {path.name: n for path, n in lengths.items() if n > 400} == {}
