"""Data without an answer: a right fit or a clear refusal, for every model."""

import warnings

import numpy as np
import pandas as pd
import pytest

from holdfast.clv import BetaGeoNBD, GammaGamma, NotConvergedError, contract_summary
from tests.clv.conftest import CONTRACTS, TRANSACTIONS, history

RANDOM = np.random.default_rng(3)


def without_churn(n: int) -> pd.DataFrame:
    """NBD buyers: nobody ever leaves."""
    T = RANDOM.integers(100, 365, n).astype(float)
    bought = RANDOM.poisson(RANDOM.gamma(0.8, 1 / 30, n) * T)
    t_x = np.where(bought > 0, np.minimum(np.ceil(T * RANDOM.beta(np.maximum(bought, 1), 1)), T), 0)
    return history(np.minimum(bought, t_x), t_x, T)


def daily_buyers() -> pd.DataFrame:
    T = RANDOM.integers(100, 300, 500).astype(float)
    return history(np.floor(0.95 * T), T, T)


def with_a_fanatic() -> pd.DataFrame:
    return pd.concat([without_churn(500), history(2000, 2000, 2001)])


def one_time(n: int = 300) -> pd.DataFrame:
    return history(np.zeros(n), np.zeros(n), RANDOM.integers(1, 300, n))


DATA = {
    "nobody leaves": without_churn(1000),
    "near-daily buyers": daily_buyers(),
    "weekly regulars": history(RANDOM.integers(50, 54, 500), np.full(500, 360.0), np.full(500, 365.0)),
    "15 customers": without_churn(15),
    "one-time buyers": one_time(),
    "one with 2,000 purchases": with_a_fanatic(),
    "one customer": history(3, 30, 40),
    "99 % one-time": pd.concat([one_time(2970), history(np.ones(30), RANDOM.integers(1, 50, 30), np.full(30, 300))]),
    "all leave after one": history(np.ones(300), RANDOM.integers(1, 40, 300), np.full(300, 300)),
}


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("model", TRANSACTIONS)
def test_a_right_fit_or_a_clear_refusal(model, name):
    table = DATA[name]
    fitted = model().fit(table)
    if fitted.converged_:
        # The parameters are known to within a factor of e^6, and foresee about what was.
        relative = [fitted.standard_errors_[k] / v for k, v in fitted.params_.items()]
        assert max(relative) < 6
        rate = table["frequency"].sum() / table["T"].sum()
        assert fitted.expected_purchases(table, 30).mean() < 1.5 * 30 * rate
    else:
        assert "tends to" in fitted.reason_ or "nobody bought a second time" in fitted.reason_
        assert all(np.isnan(v) for v in fitted.params_.values())
        with pytest.raises(NotConvergedError, match="has no parameters"):
            fitted.expected_purchases(table, 30)


@pytest.mark.parametrize("name", [n for n in DATA if n != "one-time buyers"])
@pytest.mark.parametrize("model", TRANSACTIONS)
def test_a_clipped_ridge_still_foresees_sensibly(model, name):
    table = DATA[name]
    limit = model(ridge="clip").fit(table)
    for answer in (limit.expected_purchases(table, 30), limit.p_no_purchase(table, 30), limit.p_alive(table)):
        assert np.all(np.isfinite(answer))
        assert np.all(answer >= 0)
    rate = table["frequency"].sum() / table["T"].sum()
    assert limit.expected_purchases(table, 30).mean() < 1.5 * 30 * rate + 1e-9


def test_what_the_data_say_is_named():
    assert "by this model nobody ever leaves" in BetaGeoNBD().fit(DATA["nobody leaves"]).reason_
    assert "r tends to infinity" in BetaGeoNBD().fit(DATA["near-daily buyers"]).reason_
    assert "nobody bought a second time" in BetaGeoNBD().fit(DATA["one-time buyers"]).reason_


@pytest.mark.parametrize(
    ("frequency", "spend", "said"),
    [
        ([2, 3, 5], [9.0, 9.0, 9.0], "everybody spends the same"),
        ([1, 1, 1], [9.0, 8.0, 7.0], "nobody has two purchases to compare"),
        ([0, 0, 0], [0.0, 0.0, 0.0], "no customer to learn from"),
        ([40, 50, 60] * 20, list(np.linspace(9.0, 9.01, 60)), ""),
    ],
)
def test_spend_without_an_answer(frequency, spend, said):
    table = pd.DataFrame({"frequency": frequency, "monetary_value": spend})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = GammaGamma().fit(table)
        limit = GammaGamma(ridge="clip").fit(table)
    assert not fitted.converged_
    assert said in fitted.reason_
    if np.isfinite(limit.params_["p"]):
        np.testing.assert_allclose(limit.expected_spend(table), np.mean(spend), rtol=0.05)


@pytest.mark.parametrize("model", CONTRACTS)
@pytest.mark.parametrize(
    ("survivors", "said"),
    [([100, 100, 100], "no contract has ended"), ([100, 60], "one renewal"), ([1000, 500, 250, 125, 62, 31], "")],
)
def test_contracts_without_an_answer(model, survivors, said):
    summary, weights = contract_summary(survivors)
    fitted = model().fit(summary, weights=weights)
    assert not fitted.converged_
    assert said in fitted.reason_


def test_a_cohort_must_make_sense():
    for wrong in ([10, 11], [10], [[1, 2]], [3, -1]):
        with pytest.raises(ValueError, match="never rise"):
            contract_summary(wrong)
    for table, said in (
        (pd.DataFrame({"T": [1], "churned": [2]}), "neither 0 nor 1"),
        (pd.DataFrame({"T": [1.5], "churned": [0]}), "whole number"),
        (pd.DataFrame({"T": [0], "churned": [1]}), "before its first renewal"),
    ):
        with pytest.raises(ValueError, match=said):
            CONTRACTS[0]().fit(table)


@pytest.mark.parametrize("model", TRANSACTIONS)
def test_a_customer_alone_is_answered_to_the_last_bit_as_among_others(model):
    bought, T = RANDOM.integers(0, 12, 300), np.full(300, 300.0)
    table = history(bought, np.where(bought > 0, RANDOM.integers(20, 300, 300), 0), T)
    fitted = model(ridge="clip").fit(table)
    for answer in (fitted.p_alive, lambda t: fitted.expected_purchases(t, 30), lambda t: fitted.p_no_purchase(t, 30)):
        among = answer(table)
        assert [answer(table.iloc[[i]])[0] for i in range(0, 300, 3)] == among[::3].tolist()
