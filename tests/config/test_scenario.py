"""A configuration says what it means, and a mistake names its key."""

import re
from pathlib import Path

import pandas as pd
import pytest

from holdfast.config import load_config, make_config
from holdfast.errors import ConfigError
from tests.conftest import PROJECT, settings

TEXT = """name: shop
purchases:
  path: p.csv
  columns:
    customer_id: id
as_of: 2024-03-01
churn:
  horizon_days: 60
"""


def load(folder: Path, text: str = TEXT, *changes: str):
    path = folder / "shop.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, changes)


def test_a_file_with_changes_on_the_command_line(tmp_path):
    config = load(
        tmp_path, TEXT, "churn.horizon_days=30", "clv.margin=0.4", "purchases.columns.amount=paid", "as_of=end_of_data"
    )
    assert (config.churn.horizon_days, config.clv.margin, config.as_of) == (30, 0.4, "end_of_data")
    assert config.purchases.columns.amount == "paid"
    assert config.active_days == 60
    assert load(tmp_path).as_of.isoformat() == "2024-03-01"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("horizon_days", "horizn_days", 'line 8: churn.horizn_days is not a key. Did you mean "horizon_days"?'),
        ("churn:", "chrun:", 'line 7: chrun is not a key. Did you mean "churn"?'),
        ("customer_id: id", "custmer_id: id", 'purchases.columns.custmer_id is not a key. Did you mean "customer_id"?'),
        ("60", "sixty", "line 8: churn.horizon_days: input should be a valid integer"),
        ("60", "0", "line 8: churn.horizon_days: input should be greater than or equal to 1"),
        ("2024-03-01", "2024-13-01", "line 6: as_of"),
        ("name: shop", "name: ../shop", "line 1: name"),
        ("name: shop\n", "", "name is missing"),
        ("  columns:", " columns: %d\n  x:", "not valid YAML"),
    ],
)
def test_a_mistake_names_its_key_and_line(tmp_path, before, after, said):
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, TEXT.replace(before, after, 1))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("churn.horizon_days", "write key=value"),
        ("churn.horizons=3", 'churn.horizons is not a key. Did you mean "horizon_days"?'),
        ("as_of=2023-02-30", "as_of"),
        ("name.x=1", "name has no keys below it"),
        ("purchases.rules.duplicates=sometimes", "purchases.rules.duplicates"),
        ("purchases.rules.exclude.colum=x", 'Did you mean "column"?'),
    ],
)
def test_a_mistake_on_the_command_line(tmp_path, change, said):
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, TEXT, change)
    assert said in str(refused.value)


def test_files_that_are_none(tmp_path):
    with pytest.raises(ConfigError, match="no such configuration file"):
        load_config(tmp_path / "nothing.yaml")
    with pytest.raises(ConfigError, match="keys and values"):
        load(tmp_path, "just words")
    with pytest.raises(ConfigError, match="this file is empty"):
        load(tmp_path, "")
    with pytest.raises(ConfigError, match="this is a folder"):
        load_config(tmp_path)
    for name, content in (("ok.csv", b"id,day\n1,2024-01-01\n"), ("my book.xlsx", b"PK\x03\x04\xff")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ConfigError, match="this is a table and no scenario: `holdfast init "):
            load_config(tmp_path / name)
    # A scenario stays one, whatever its file is called.
    (tmp_path / "scenario.txt").write_text(TEXT, encoding="utf-8")
    assert load_config(tmp_path / "scenario.txt").name == load(tmp_path).name


def test_a_mistake_in_an_item_of_a_list_names_the_item_its_line_and_what_to_write(tmp_path):
    offer = "treatments:\n  - {name: letter}\n  - name: voucher\n    acceptance: 20%\n"
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, f"name: shop\npurchases: {{path: p.csv}}\n{offer}")
    said = str(refused.value)
    assert said.endswith("line 6: treatments.acceptance (item 2): per cent are not read here: write 0.2.")
    with pytest.raises(ConfigError, match="treatments: acceptance is missing"):
        load(tmp_path, TEXT, "treatments=[{name: a}]")
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, TEXT, "treatments=[{name: a, acceptance: 0.1, lists: [at_rsk]}]")
    assert 'treatments: there is no list "at_rsk", there are: at_risk, high_value' in str(refused.value)


def test_paths_start_here_or_at_the_configuration(tmp_path, monkeypatch):
    (tmp_path / "p.csv").write_text("x", encoding="utf-8")
    monkeypatch.chdir(PROJECT)
    assert load(tmp_path).source(tmp_path).paths() == [tmp_path / "p.csv"]
    monkeypatch.chdir(tmp_path)
    assert load(tmp_path).source(tmp_path).paths() == [Path("p.csv")]


def test_a_frame_needs_no_path(tmp_path):
    config = make_config(settings(tmp_path))
    frame = pd.DataFrame()
    assert config.source(frame=frame).data is frame
    with pytest.raises(ConfigError, match=r"purchases.path is missing"):
        config.source()


def test_an_empty_key_of_the_control_group_is_refused(tmp_path):
    # It is not the same as no key: `lists.experiment: ""` meant the default without a word.
    with pytest.raises(ConfigError, match=r"lists\.experiment"):
        make_config(settings(tmp_path, lists__experiment=""))
    assert make_config(settings(tmp_path)).lists.experiment is None


SCENARIOS = [p for p in (PROJECT / "configs").glob("*.yaml") if "\npurchases:" in p.read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", sorted(p.name for p in SCENARIOS))
def test_every_scenario_of_the_project_is_valid(name):
    assert load_config(PROJECT / "configs" / name).name == name.removesuffix(".yaml")


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"engine": {"spill_folder": "spilt\0"}}, "engine.spill_folder"),
        ({"outputs": "\0"}, "outputs"),
        ({"purchases": {"path": ["a.csv", "b\0.csv"]}}, "purchases.path"),
        ({"treatments": [{"name": "call\0", "acceptance": 0.1}]}, "treatments.name (item 1)"),
    ],
)
def test_a_nul_character_is_refused_by_the_key_that_holds_it(changed, key):
    with pytest.raises(ConfigError, match=rf"{re.escape(key)}: a NUL character \(\\0\) stands in it; take it out"):
        make_config({"name": "shop", "purchases": {}, "as_of": "2024-03-01", **changed})


@pytest.mark.parametrize("name", ["Primary Contact: Contact ID", "Kunde #3", "[a", "Order No: 7"])
def test_a_name_on_the_command_line_is_taken_as_it_is_written(tmp_path, name):
    config = load(tmp_path, TEXT, f"purchases.columns.customer_id={name}")
    assert config.purchases.columns.customer_id == name


def test_sections_lists_and_quotes_on_the_command_line_are_yaml(tmp_path):
    rules = 'purchases.rules.drop=[{column: A, values: ["x #1"]}]'
    config = load(tmp_path, TEXT, rules, "purchases.columns={customer_id: k}", 'purchases.columns.amount="a # b"')
    assert [list(rule.values) for rule in config.purchases.rules.drop] == [["x #1"]]
    assert (config.purchases.columns.customer_id, config.purchases.columns.amount) == ("k", "a # b")


def test_what_is_wrong_on_the_command_line_is_said_of_it_and_not_of_a_line(tmp_path):
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, TEXT, "churn.horizon_days=abc")
    assert str(refused.value).startswith("--set: churn.horizon_days: input should be a valid integer")
    with pytest.raises(ConfigError, match=r'^--set: churn\.horizon_dayz is not a key\. Did you mean "horizon_days"'):
        load(tmp_path, TEXT, "churn.horizon_dayz=3")
    with pytest.raises(ConfigError, match=r"shop\.yaml, line 8: churn\.horizon_days"):
        load(tmp_path, TEXT.replace("60", "x"), "clv.margin=0.4")
