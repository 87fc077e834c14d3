"""Tuning and ablation on a small shop: resumable, the same again, and honest about what it found."""

import re
import shutil
from datetime import date

import numpy as np
import optuna
import pytest
from sklearn.metrics import log_loss

from holdfast import make_config
from holdfast.churn.contenders.lightgbm import Trees
from holdfast.errors import ConfigError, NotEnoughDataError
from holdfast.features import FAMILIES, Cutoff
from holdfast.learn.trees import DEFAULTS
from holdfast.pipeline import ablate, prepare, tune
from holdfast.report import race as text
from tests.conftest import settings

TWO = 2


@pytest.fixture(scope="module")
def small(shop):
    chosen = shop.purchases["customer_id"].drop_duplicates().head(500)
    return shop.purchases[shop.purchases["customer_id"].isin(chosen)]


def prepared(tmp_path, purchases, **changes):
    return prepare(make_config(settings(tmp_path, **{"churn": {"horizon_days": 45}, **changes})), purchases=purchases)


def served(shop):
    """The parameters that stand in the trees that `holdfast train` grows for the newest past window."""
    cutoff = shop.cutoff
    booster = shop.past.earlier(cutoff.earlier(cutoff.horizon_days)).fitted("lightgbm_pooled").trees.booster
    written = dict(re.findall(r"\[(\w+): ([\d.e-]+)\]", booster.model_to_string()))
    return {name: float(written[name]) for name in DEFAULTS if name != "rounds"} | {
        "rounds": float(booster.num_trees()),
        "min_data_in_leaf": float(written["min_data_in_leaf"]),
    }


def test_a_proposal_must_beat_what_is_served(tmp_path, small):
    few = small["customer_id"].drop_duplicates().head(200)
    for stated in ({}, {"num_leaves": 4, "rounds": 40}):
        shop = prepared(tmp_path, small[small["customer_id"].isin(few)], trees=stated)
        found = tune(shop, trials=1)
        # One trial: what is served. On 200 customers its leaves need not be as large as on 5,000, nor are the stated
        # parameters the defaults.
        assert found.parameters == served(shop)
        assert found.parameters["min_data_in_leaf"] < 50
        assert found.parameters["num_leaves"] == stated.get("num_leaves", 7)
        losses = []
        for fold in found.folds:
            cutoff = Cutoff(date.fromisoformat(fold), 45)
            features, outcome = shop.snapshots.at(cutoff)
            losses.append(
                log_loss(outcome["churned"], shop.past.earlier(cutoff).fitted("lightgbm_pooled").p_churn(features))
            )
        assert found.served_loss == found.loss == pytest.approx(np.mean(losses))
        assert (found.on_newest.difference, found.on_newest.low, found.better) == (0.0, 0.0, False)
        assert "Keep what is served now" in text.tuned(found.as_dict())
    studies = optuna.get_all_study_summaries(f"sqlite:///{tmp_path / 'models' / 'tuning.db'}")
    assert [s.n_trials for s in studies] == [1, 1], "other parameters served are another search"


@pytest.fixture(scope="module")
def undisturbed(small, tmp_path_factory):
    """What a search of two trials finds, and where."""
    home = tmp_path_factory.mktemp("undisturbed")
    return tune(prepared(home, small), trials=TWO), home


def test_a_search_that_was_interrupted_finds_the_same(undisturbed, tmp_path, small):
    home = tmp_path / "parts"
    shutil.copytree(undisturbed[1], home)
    whole = tune(prepared(tmp_path / "whole", small), trials=4)
    parts = prepared(home, small)
    assert tune(parts, trials=TWO) == undisturbed[0]
    again = tune(parts, trials=4)
    assert again == whole
    assert whole.trials == 4
    assert whole.loss <= whole.served_loss
    assert whole.folds == sorted(whole.folds)
    assert whole.folds[-1] < whole.newest
    studies = optuna.get_all_study_summaries(f"sqlite:///{tmp_path / 'parts' / 'models' / 'tuning.db'}")
    assert [s.n_trials for s in studies] == [4]
    shown = text.tuned(whole.as_dict())
    assert f"{whole.trials} trials" in shown
    assert ("Clearly better" in shown) == whole.better
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{tmp_path / 'whole' / 'models' / 'mlflow.db'}")
    runs = client.search_runs([client.get_experiment_by_name("shop-tuning").experiment_id])
    assert len(runs) == 4
    first = min(runs, key=lambda r: r.info.start_time)
    assert {k: float(v) for k, v in first.data.params.items() if k != "folds"} == served(parts)
    assert first.data.metrics["log_loss"] == pytest.approx(whole.served_loss)


@pytest.mark.parametrize("stopped", ["asked", "shown"])
def test_a_search_that_was_killed_in_a_trial_finds_the_same(undisturbed, tmp_path, small, stopped):
    parts = prepared(tmp_path / "parts", small)

    def die(*_, **__):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        # The trial stays RUNNING in Optuna's database, as after a kill; once before MLflow shows it, once after.
        if stopped == "asked":
            patch.setattr("holdfast.pipeline.tuning._attempt", die)
        else:
            patch.setattr(optuna.Study, "tell", die)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                tune(parts, trials=TWO)
    assert tune(parts, trials=TWO) == undisturbed[0]
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{tmp_path / 'parts' / 'models' / 'mlflow.db'}")
    runs = client.search_runs([client.get_experiment_by_name("shop-tuning").experiment_id])
    assert sorted(r.info.run_name[-1] for r in runs) == ["0", "1"]


def test_minutes_are_a_budget_too(tmp_path, small):
    with pytest.raises(NotEnoughDataError, match="allow more time or trials"):
        tune(prepared(tmp_path, small), trials=4, minutes=0)


def test_a_log_too_short_for_two_windows_is_refused(tmp_path, small):
    with pytest.raises(NotEnoughDataError, match="two past windows of 300 days"):
        tune(prepared(tmp_path, small, churn={"horizon_days": 300}))


def test_parameters_of_the_configuration_reach_the_trees(tmp_path, small):
    stated = prepared(tmp_path, small, trees={"rounds": 3, "num_leaves": 4})
    booster = stated.past.fitted("lightgbm_pooled").trees.booster
    assert booster.num_trees() == 3
    assert "[num_leaves: 4]" in booster.model_to_string()
    with pytest.raises(ConfigError, match=r"trees\.num_leaves"):
        prepared(tmp_path, small, trees={"num_leaves": 1})


def test_ablation_leaves_out_a_family_and_says_when_it_does_not_help(tmp_path, small, monkeypatch):
    shop = prepared(tmp_path, small)
    seen = []
    grow = Trees.grow.__func__

    def spy(cls, past, windows):
        seen.append(set(past.usable(windows)))
        return grow(cls, past, windows)

    monkeypatch.setattr(Trees, "grow", classmethod(spy))
    gains = {g.family: g for g in ablate(shop)}
    assert set(gains) == set(FAMILIES)
    rhythm = {f.name for f in FAMILIES["rhythm"]}
    assert any(not names & rhythm for names in seen)
    assert any(names & rhythm for names in seen)
    # The log has no tickets: nothing is said of what they add.
    assert gains["tickets"].features == 0
    assert gains["tickets"].gain is None
    assert gains["recency and frequency"].gain.low < gains["recency and frequency"].gain.high
    shown = text.families([g.as_dict() for g in gains.values()])
    assert "this log has no data for them" in shown


def test_hidden_features_are_hidden_from_trees_and_from_no_other_past(tmp_path, small):
    past = prepared(tmp_path, small).past
    hiding = past.hiding(("tenure", "purchase_days_30d"))
    windows = past.training_windows()
    assert set(past.usable(windows)) - set(hiding.usable(windows)) == {"tenure", "purchase_days_30d"}
    assert "tenure" in past.fitted("lightgbm_pooled").trees.columns
    assert "tenure" not in hiding.fitted("lightgbm_pooled").trees.columns
