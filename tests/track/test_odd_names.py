"""Values of customers' data that become names of figures and parameters: MLflow takes them, whatever they are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlflow.utils.validation import _validate_metric_name, _validate_param

from holdfast.data import simulate_contracts
from holdfast.pipeline import prepare, score, train
from holdfast.track import Store
from holdfast.track.record import safe_names
from tests.pipeline.contracts import config

ODD = [
    "Coffee club|month",
    "a/../b",
    "../up",
    "/root",
    "x//y",
    ".",
    "",
    " ",
    "50 % <b>",
    "月付",
    "☕",
    "a\nb",
    "z" * 400,
]


def accepted(name: str) -> None:
    _validate_metric_name(name)
    _validate_param(name, "1")
    # A server on another system takes no colon, and most databases keep 250 characters, of either case as one.
    assert ":" not in name
    assert 0 < len(name) <= 250
    assert name == name.strip()


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("before", ["", "retention.", "heldout/"])
def test_odd_names_are_made_safe(name, before):
    ((safe, value),) = safe_names({f"{before}{name}": 7}).items()
    accepted(safe)
    assert value == 7


def test_plain_names_stay_and_no_two_become_one():
    plain = {"heldout/eligible/churn/auc": 1, "race/churn log_loss/p0": 2, "retention.BAS": 3, "retention.all": 4}
    assert safe_names(plain) == plain
    alike = {"a|b": 1, "a?b": 2, "A_B": 3, "a_b": 4, "z" * 300: 5, "z" * 400: 6}
    found = safe_names(alike)
    assert list(found)[:4] == ["a_b", "a_b 2", "A_B 3", "a_b 4"]
    assert list(found.values()) == [1, 2, 3, 4, 5, 6]
    assert [len(name) for name in found][4:] == [250, 250]


@given(st.lists(st.text(max_size=300), max_size=6, unique=True))
@settings(max_examples=300, deadline=None)
def test_any_names_are_made_safe(names):
    found = safe_names({f"retention.{name}" if i % 2 else name: i for i, name in enumerate(names)})
    for name in found:
        accepted(name)
    assert list(found.values()) == list(range(len(names)))
    assert len({name.casefold() for name in found}) == len(names)


def test_plans_of_any_name_are_trained_recorded_and_scored(tmp_path):
    spells = simulate_contracts(500, seed=3).spells
    names = dict(zip(sorted(spells["plan"].unique()), ODD, strict=False))
    prepared = prepare(config(tmp_path, "spells"), subscriptions=spells.assign(plan=spells["plan"].map(names)))
    train(prepared)
    with Store(prepared.config.models)._open() as client:
        experiment = client.get_experiment_by_name("spells").experiment_id
        (run,) = client.search_runs([experiment])
    assert "retention.Coffee club_month" in run.data.params
    assert score(prepared).customers > 100
