"""Metrics against scikit-learn and worked cases."""

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from holdfast.evaluate import (
    churn_metrics,
    gains,
    gini_interval,
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
    again = resampled(lambda i: roc_auc_score(Y[i], P[i]) - roc_auc_score(Y[i], noisy[i]), len(Y))
    assert (low, high) == pytest.approx(again, abs=0.15 * gain), "DeLong's interval is the bootstrap's"


def resampled(figure, customers: int, *, resamples: int = 200) -> tuple[float, float]:
    """The percentile interval of a figure of resampled customers (Efron 1979)."""
    random = np.random.default_rng(1)
    found = [figure(random.integers(0, customers, customers)) for _ in range(resamples)]
    return tuple(np.quantile(found, [0.025, 0.975]))


def test_the_interval_of_a_gini_is_that_of_leaving_out_and_of_resampling():
    random = np.random.default_rng(5)
    expected = random.gamma(1, 1, 3000).round(1)
    spent = np.where(random.random(3000) < 0.4, expected * random.lognormal(3, 0.7, 3000), 0.0)
    low, high = gini_interval(spent[:300], expected[:300])
    without = [normalised_gini(np.delete(spent[:300], i), np.delete(expected[:300], i)) for i in range(300)]
    spread = np.sqrt(299 * np.var(without))
    assert high - low == pytest.approx(2 * 1.959963984540054 * spread, rel=1e-9)
    assert (low + high) / 2 == pytest.approx(normalised_gini(spent[:300], expected[:300]))
    low, high = gini_interval(spent, expected)
    again = resampled(lambda i: normalised_gini(spent[i], expected[i]), 3000)
    assert (low, high) == pytest.approx(again, abs=0.15 * (high - low))
    assert gini_interval([0, 0, 5], [1, 2, 3]) is None


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
