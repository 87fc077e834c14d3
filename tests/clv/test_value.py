"""Spend and value against golden numbers, closed cases and a second method."""

import numpy as np
import pandas as pd
import pytest

from holdfast.clv import BetaGeoNBD, GammaGamma, discounted_purchases, value_if_stays

CDNOW = BetaGeoNBD.from_params(r=0.2425929, alpha=4.413532 * 7, a=0.792886, b=2.425754)
SOME = pd.DataFrame({"frequency": [0, 2, 9], "recency": [0, 210, 260], "T": [270, 272, 270]})


@pytest.fixture(scope="module")
def repeaters(cdnow_spend):
    return cdnow_spend[cdnow_spend["frequency"] > 0]


def test_gamma_gamma_on_cdnow(repeaters):
    model = GammaGamma().fit(repeaters["frequency"].to_numpy(), repeaters["monetary_value"].to_numpy())
    assert model.params_ == pytest.approx({"p": 6.248804, "q": 3.744588, "v": 15.447744}, rel=5e-3)
    assert abs(model.correlation_) < 0.15


def test_gamma_gamma_does_not_see_the_currency(repeaters):
    n, m = repeaters["frequency"].to_numpy(), repeaters["monetary_value"].to_numpy()
    one, cents = GammaGamma().fit(n, m), GammaGamma().fit(n, 100 * m)
    assert cents.params_["v"] == pytest.approx(100 * one.params_["v"], rel=1e-9)
    np.testing.assert_allclose(cents.expected_spend(n, 100 * m), 100 * one.expected_spend(n, m), rtol=1e-9)


def test_where_all_spend_alike_everybody_is_expected_to_spend_the_mean():
    model = GammaGamma().fit(np.array([1, 2, 3]), np.array([9.0, 9.0, 9.0]))
    assert model.boundary_ == "q"
    np.testing.assert_allclose(model.expected_spend(np.array([0, 5]), np.array([0.0, 9.0])), 9.0, rtol=1e-6)


def test_an_infinite_mean_is_infinite_never_negative():
    model = GammaGamma.from_params(p=0.2, q=0.7, v=1)
    assert model.expected_spend(np.array([1.0]), np.array([5.0]))[0] == np.inf


def test_spend_must_be_positive():
    with pytest.raises(ValueError, match="monetary_value > 0"):
        GammaGamma().fit(np.array([1]), np.array([0.0]))


def test_without_discount_it_is_the_expectation():
    np.testing.assert_allclose(
        discounted_purchases(CDNOW, SOME, horizon_days=365, yearly_discount=0), CDNOW.expected_purchases(SOME, 365)
    )


def test_the_discount_is_within_its_stated_bound_of_a_daily_grid():
    daily = np.zeros(3)
    for day in range(365):
        bought = CDNOW.expected_purchases(SOME, day + 1) - (CDNOW.expected_purchases(SOME, day) if day else 0)
        daily += bought * 1.1 ** (-(day + 0.5) / 365)
    weekly = discounted_purchases(CDNOW, SOME, horizon_days=365, yearly_discount=0.1)
    np.testing.assert_allclose(weekly, daily, rtol=1e-3)
    assert np.all(weekly < CDNOW.expected_purchases(SOME, 365))


def test_value_if_stays_is_given_at_least_one_purchase():
    spend = np.array([10.0, 20.0, 30.0])
    stays = value_if_stays(CDNOW, SOME, spend=spend, horizon_days=90, margin=0.5)
    buys = 1 - CDNOW.p_no_purchase(SOME, 90)
    np.testing.assert_allclose(buys * stays, CDNOW.expected_purchases(SOME, 90) * spend * 0.5, rtol=1e-9)
    assert np.all(stays >= 0.5 * spend)
