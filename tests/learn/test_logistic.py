"""Logistic regression against a known truth and its own definition."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from holdfast.learn.logistic import RidgeLogistic, fit_logistic, log_positive


def test_a_logistic_curve_is_found_again():
    random = np.random.default_rng(1)
    x = random.normal(size=40_000)
    slope, intercept = fit_logistic(x, random.random(40_000) < expit(1.5 * x - 0.7))
    assert (slope, intercept) == pytest.approx((1.5, -0.7), abs=0.05)
    assert fit_logistic(np.ones(8), np.array([1, 0, 0, 0] * 2)) == pytest.approx((0.0, math.log(1 / 3)))


def test_ridge_parts_add_up_and_values_beyond_the_training_count_as_the_nearest():
    random = np.random.default_rng(2)
    columns = pd.DataFrame({"a": random.uniform(0, 10, 500), "b": random.normal(size=500), "same": 1.0})
    fitted = RidgeLogistic.fit(columns, random.random(500) < expit(columns["a"] - 5))
    for given in (columns, columns.astype(np.float32), columns.where(random.random(columns.shape) > 0.1)):
        odds = np.full(len(given), fitted.intercept)
        for _, part in fitted.parts(given).items():
            odds = odds + part.to_numpy()
        np.testing.assert_array_equal(fitted.p(given), expit(odds))
    assert fitted.weights["a"] > 5 * abs(fitted.weights["b"])
    odd = pd.DataFrame({"a": [fitted.highs["a"], 1e9, np.nan], "b": 0.0, "same": 1.0})
    assert fitted.p(odd)[0] == fitted.p(odd)[1]
    assert fitted.parts(odd)["a"].tolist()[2] == 0, "a missing value counts as the mean"
    assert RidgeLogistic(**fitted.to_dict()) == fitted


def test_a_currency_moves_the_logarithm_and_nothing_else():
    amounts = pd.Series([0.5, 20.0, -3.0, 0.0])
    assert log_positive(amounts).isna().tolist() == [False, False, True, True]
    np.testing.assert_allclose((log_positive(100 * amounts) - log_positive(amounts)).dropna(), math.log(100))
