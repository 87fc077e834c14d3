"""Tuning and ablation on a small shop: resumable, the same again, and honest about what it found."""

from dataclasses import replace

import optuna
import pytest

from holdfast import make_config
from holdfast.churn.contenders.lightgbm import LightGbm
from holdfast.errors import ConfigError, NotEnoughDataError
from holdfast.features import FAMILIES
from holdfast.pipeline import ablate, prepare, tune
from holdfast.pipeline.tuning import DEFAULTS
from holdfast.report import race as text
from tests.conftest import settings


@pytest.fixture(scope="module")
def small(shop):
    chosen = shop.purchases["customer_id"].drop_duplicates().head(500)
    return shop.purchases[shop.purchases["customer_id"].isin(chosen)]


def prepared(tmp_path, purchases, **changes):
    return prepare(make_config(settings(tmp_path, **{"churn": {"horizon_days": 45}, **changes})), purchases=purchases)


def test_a_search_that_was_interrupted_finds_the_same(tmp_path, small):
    whole = tune(prepared(tmp_path / "whole", small), trials=4)
    parts = prepared(tmp_path / "parts", small)
    tune(parts, trials=2)
    again = tune(parts, trials=4)
    assert again == whole
    assert whole.trials == 4
    assert whole.loss <= whole.default_loss
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
    assert {k: float(v) for k, v in first.data.params.items() if k != "folds"} == DEFAULTS
    assert first.data.metrics["log_loss"] == pytest.approx(whole.default_loss)


@pytest.mark.parametrize("stopped", ["asked", "shown"])
def test_a_search_that_was_killed_in_a_trial_finds_the_same(tmp_path, small, stopped):
    whole = tune(prepared(tmp_path / "whole", small), trials=2)
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
                tune(parts, trials=2)
    assert tune(parts, trials=2) == whole
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
    booster = stated.past.fitted("lightgbm").booster
    assert booster.num_trees() == 3
    assert "[num_leaves: 4]" in booster.model_to_string()
    with pytest.raises(ConfigError, match=r"trees\.num_leaves"):
        prepared(tmp_path, small, trees={"num_leaves": 1})


def test_ablation_leaves_out_a_family_and_says_when_it_does_not_help(tmp_path, small, monkeypatch):
    shop = prepared(tmp_path, small)
    seen = []
    raw = LightGbm._raw.__func__

    def spy(cls, past, lessons, most_rows):
        seen.append(set(past.usable(lessons)))
        return raw(cls, past, lessons, most_rows)

    monkeypatch.setattr(LightGbm, "_raw", classmethod(spy))
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
    assert "this log fills none of them" in shown
    assert shop.past.hiding(()).hidden == replace(shop.past).hidden
