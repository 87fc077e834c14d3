"""Metrics against scikit-learn and worked cases."""

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from holdfast.evaluate import (
    bootstrap,
    churn_metrics,
    gains,
    normalised_gini,
    paired_auc_difference,
    reliability,
    value_metrics,
)
from holdfast.evaluate.churn import expected_calibration_error

RANDOM = np.random.default_rng(3)
P = RANDOM.beta(2, 3, 20_000)
Y = (RANDOM.random(20_000) < P).astype(int)


def test_true_probabilities_are_calibrated():
    found = churn_metrics(Y, P)
    assert found["auc"] == pytest.approx(roc_auc_score(Y, P))
    assert found["log_loss"] == pytest.approx(log_loss(Y, P))
    assert found["calibration_slope"] == pytest.approx(1, abs=0.05)
    assert found["calibration_intercept"] == pytest.approx(0, abs=0.05)
    assert found["ece"] < 0.015
    assert found["brier_skill"] > 0
    assert found["mean_p"] == pytest.approx(found["churn_rate"], abs=0.01)


def test_lift_of_the_top_tenth():
    y = np.array([1] * 5 + [0] * 95)
    assert churn_metrics(y, np.linspace(0.9, 0.1, 100))["lift_top_decile"] == pytest.approx((5 / 10) / 0.05)


def test_one_outcome_only_has_no_ranking():
    found = churn_metrics([1, 1, 1], [0.9, 0.8, 0.7])
    assert found["auc"] is None
    assert found["brier"] == pytest.approx((0.01 + 0.04 + 0.09) / 3)


def test_calibration_error_of_a_constant_shift():
    assert expected_calibration_error(Y, np.clip(P + 0.1, 0, 1)) == pytest.approx(0.1, abs=0.02)


def test_the_interval_of_a_real_difference_is_above_zero_and_of_none_covers_it():
    noisy = np.clip(P + RANDOM.normal(0, 0.3, len(P)), 0.001, 0.999)
    found = paired_auc_difference(Y, P, noisy)
    gain, low, high = found.difference, found.low, found.high
    assert gain == pytest.approx(roc_auc_score(Y, P) - roc_auc_score(Y, noisy))
    assert 0 < low < gain < high
    assert paired_auc_difference(Y, P, P).as_dict() == {"difference": 0, "low": 0, "high": 0}
    again = bootstrap(lambda i: roc_auc_score(Y[i], P[i]) - roc_auc_score(Y[i], noisy[i]), len(Y))
    assert (low, high) == pytest.approx(again, abs=0.15 * gain), "DeLong's interval is the bootstrap's"


def test_value_metrics_by_hand():
    found = value_metrics([0, 0, 10, 30], [5, 5, 10, 20])
    assert found["bias"] == 0
    assert found["mae"] == 5
    assert found["rmse"] == pytest.approx(np.sqrt((25 + 25 + 0 + 100) / 4))
    assert found["wape"] == 0.5
    assert found["mae_of_zero"] == 10
    assert found["gini"] == 1


def test_gini_of_the_true_order_is_one_and_of_its_reverse_minus_one():
    y = RANDOM.exponential(1, 500)
    assert normalised_gini(y, 3 * y) == pytest.approx(1)
    assert normalised_gini(y, -y) == pytest.approx(-1)
    assert normalised_gini(y, np.zeros(500)) == pytest.approx(0, abs=1e-9)


def test_nothing_bought_has_no_bias():
    found = value_metrics([0, 0], [1, 2])
    assert (found["bias"], found["gini"], found["spearman"]) == (None, None, None)


def test_reliability_and_gains_add_up():
    bins = reliability(Y, P)
    assert sum(b["customers"] for b in bins) == len(Y)
    assert all(abs(b["mean_p"] - b["churn_rate"]) < 0.04 for b in bins)
    table = gains([1, 0, 1, 0, 0, 0, 0, 0, 0, 0], np.linspace(1, 0, 10))
    assert table[0] == {"share": 0.1, "churners_reached": 0.5, "lift": 5.0}
    assert table[2]["churners_reached"] == 1
    assert table[-1]["lift"] == 1
