"""The churn model learns from the past only, means what it says, and gives reasons."""

from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from holdfast.churn import RecencyRule, Sigmoid, Snapshots, eligible, plan_snapshots, reasons_for, train_churn
from holdfast.data import Columns, Source, read_purchases
from holdfast.errors import NotEnoughDataError
from holdfast.features import Cutoff, build_features

FIRST = date(2023, 1, 1)
COLUMNS = Columns("customer_id", "ordered_at", "amount", order_id="order_id")


@pytest.fixture(scope="module")
def log(shop):
    return read_purchases(Source(shop.purchases, COLUMNS))


@pytest.fixture(scope="module")
def snapshots(log):
    return Snapshots.of(log.connection, log.first_day)


@pytest.fixture(scope="module")
def model(snapshots):
    return train_churn(snapshots, Cutoff(date(2024, 3, 1), 60))


def test_training_windows_are_over_by_the_cutoff():
    cutoff = Cutoff(date(2024, 3, 1), horizon_days=60, gap_days=7)
    plan = plan_snapshots(FIRST, cutoff)
    assert len(plan) == 7
    assert plan[0].window_end == cutoff.date
    assert all(a.date > b.date for a, b in pairwise(plan))
    assert all((c.date - FIRST).days >= 28 for c in plan)
    assert plan_snapshots(FIRST, Cutoff(date(2023, 3, 1), 60)) == []


def test_purchases_after_the_cutoff_change_nothing_in_the_model(shop, model):
    cut = shop.purchases[shop.purchases["ordered_at"] < "2024-03-01"]
    log = read_purchases(Source(cut, COLUMNS))
    again = train_churn(Snapshots.of(log.connection, log.first_day), Cutoff(date(2024, 3, 1), 60))
    assert again.booster.model_to_string() == model.booster.model_to_string()
    assert again.calibration == model.calibration


def test_threads_change_no_bit(snapshots, log, model):
    one = train_churn(snapshots, Cutoff(date(2024, 3, 1), 60), threads=1)
    features = build_features(log.connection, Cutoff(date(2024, 3, 1), 60))
    assert one.p_churn(features).tobytes() == model.p_churn(features).tobytes()


def test_probabilities_mean_what_they_say_on_a_window_not_seen(snapshots, model):
    features, outcome = snapshots.at(Cutoff(date(2024, 3, 1), 60))
    p = model.p_churn(features)
    assert abs(p.mean() - outcome["churned"].mean()) < 0.05
    from sklearn.metrics import roc_auc_score

    assert roc_auc_score(outcome["churned"], p) > 0.75


def test_a_one_time_buyer_is_at_risk_too(snapshots, model):
    features, outcome = snapshots.at(Cutoff(date(2024, 3, 1), 60))
    once = features["purchase_days"] == 1
    p = model.p_churn(features[once])
    assert p.min() > 0.05
    assert abs(p.mean() - outcome["churned"][once].mean()) < 0.08


def test_too_short_a_log_says_how_long_it_must_be(snapshots):
    with pytest.raises(NotEnoughDataError, match=r"needs 88 days of purchases before it .* the log has 28"):
        train_churn(snapshots, Cutoff(date(2023, 1, 29), 60))


@pytest.mark.parametrize(("again", "said"), [(0, "nobody bought again"), (1, "everybody bought again")])
def test_where_only_one_thing_happens_nothing_can_be_learnt(again, said):
    days = pd.date_range("2023-01-01", "2023-12-01", freq="10D") if again else ["2023-01-01"]
    frame = pd.DataFrame({"customer_id": ["1"] * len(days), "ordered_at": days, "amount": 1.0})
    frame = pd.concat([frame, frame.assign(customer_id="2")])
    log = read_purchases(Source(frame.astype({"ordered_at": "datetime64[ns]"}), Columns(amount="amount")))
    with pytest.raises(NotEnoughDataError, match=said):
        train_churn(Snapshots.of(log.connection, log.first_day), Cutoff(date(2023, 12, 1), 60))


def test_eligible_is_a_matter_of_silence():
    features = pd.DataFrame({"days_since_last": [1.0, 90.0, 91.0]})
    assert eligible(features, active_days=90).tolist() == [True, True, False]


def test_the_recency_rule_rises_with_silence(snapshots):
    features, churned, _ = snapshots.training(Cutoff(date(2024, 3, 1), 60))
    p = RecencyRule.fit(features, churned).p_churn(pd.DataFrame({"days_since_last": [1.0, 30.0, 300.0]}))
    assert p[0] < p[1] < p[2]


def test_the_sigmoid_finds_a_shift_and_takes_half_of_it():
    random = np.random.default_rng(1)
    p = random.uniform(0.05, 0.95, 50_000)
    shifted = 1 / (1 + np.exp(-(1.5 * np.log(p / (1 - p)) - 0.8)))
    outcome = (random.random(len(p)) < shifted).astype(int)
    whole = Sigmoid.fit(p, outcome, shrink=0)
    assert (whole.slope, whole.intercept) == pytest.approx((1.5, -0.8), abs=0.06)
    half = Sigmoid.fit(p, outcome)
    assert (half.slope, half.intercept) == pytest.approx(((1 + whole.slope) / 2, whole.intercept / 2))
    np.testing.assert_allclose(Sigmoid()(p), p, rtol=1e-9)


def test_reasons_are_the_customers_own_numbers(log, model):
    features = build_features(log.connection, Cutoff(date(2024, 3, 1), 60))
    silent = features.sort_values("days_since_last").tail(3)
    for reasons, days in zip(reasons_for(model, silent), silent["days_since_last"], strict=True):
        assert 1 <= len(reasons) <= 3
        assert any(f"silent for {days:.0f} days" in r for r in reasons)
        assert not any("{" in r or "nan" in r for r in reasons)


def test_contributions_add_up_to_the_log_odds(log, model):
    features = build_features(log.connection, Cutoff(date(2024, 3, 1), 60)).head(20)
    matrix = features[model.feature_names].to_numpy()
    raw = model.booster.predict(matrix, raw_score=True)
    base = model.booster.predict(matrix, pred_contrib=True)[:, -1]
    np.testing.assert_allclose(model.contributions(features).sum(axis=1) + base, raw, atol=1e-9)
