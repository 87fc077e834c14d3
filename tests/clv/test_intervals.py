"""How sure: intervals cover as often as they say, standard errors are the spread of refits."""

import datetime

import numpy as np
import pandas as pd
import pytest

from holdfast.clv import (
    BetaGeoNBD,
    CustomerLifetimeValue,
    GammaGamma,
    ParetoNBD,
    prediction_interval,
    summarise,
)
from holdfast.data import simulate_shop
from tests.clv.conftest import history

CUT, DAYS = datetime.date(2024, 1, 1), 355


@pytest.fixture(scope="module")
def simulated():
    """8,000 customers of known truth: (summary, first purchase included; what each then bought; what it cost)."""
    log = simulate_shop(8000, days=365 + DAYS, joining_days=200, seed=5).purchases
    summary = summarise(log, CUT, first_purchase=True)
    later = log[log["ordered_at"] >= pd.Timestamp(CUT)]
    by_day = later.assign(day=later["ordered_at"].dt.date).groupby("customer_id")
    truth = by_day.agg(purchases=("day", "nunique"), spend=("amount", "sum")).reindex(summary.index).fillna(0)
    clv = CustomerLifetimeValue(
        transactions=BetaGeoNBD(), spend=GammaGamma(first_purchase=True), yearly_discount=0.0
    ).fit(summary)
    return clv, summary, truth


@pytest.mark.slow
@pytest.mark.parametrize("what", ["purchases", "spend"])
def test_ninety_percent_intervals_cover_ninety_percent(simulated, what):
    clv, summary, truth = simulated
    if what == "spend":
        interval = clv.interval(summary, horizon_days=DAYS, mass=0.9, draws=400)
    else:
        interval = prediction_interval(clv.transactions.sample(summary, DAYS, draws=400), mass=0.9)
    actual = truth[what].to_numpy()
    covered = (interval.low <= actual) & (actual <= interval.high)
    assert 0.87 <= covered.mean() <= 0.93
    value = clv.predict(summary, horizon_days=DAYS)["clv"].to_numpy()
    for decile in np.array_split(np.argsort(-value), 10):
        assert 0.80 <= covered[decile].mean() <= 0.975


@pytest.mark.no_cover
@pytest.mark.slow
@pytest.mark.parametrize("model", [BetaGeoNBD, ParetoNBD, GammaGamma])
def test_standard_errors_are_the_spread_of_two_hundred_refits(model):
    random = np.random.default_rng(11)
    n, estimates, claimed = 3000, [], []
    for _ in range(200):
        T = random.integers(150, 500, n).astype(float)
        rate = random.gamma(0.8, 1 / 25, n)
        if model is BetaGeoNBD:
            bought, last = random.poisson(rate * T), random.geometric(np.clip(random.beta(0.8, 3.5, n), 1e-12, 1))
            x = np.minimum(bought, last)
            t_x = np.where(x > 0, T * random.beta(np.maximum(x, 1), np.maximum(bought - x + 1, 1)), 0)
        else:
            stays = np.minimum(random.exponential(1.0, n) / random.gamma(0.9, 1 / 120, n), T)
            x = random.poisson(rate * stays)
            t_x = np.where(x > 0, stays * random.beta(np.maximum(x, 1), 1), 0)
        nu, some = random.gamma(4.0, 1 / 15, n), np.maximum(x, 1)
        spend = np.where(x > 0, random.gamma(6.0 * some, 1 / nu) / some, 0.0)
        fitted = model().fit(history(x, t_x, T).assign(monetary_value=spend))
        assert fitted.converged_
        estimates.append(list(np.log(list(fitted.params_.values()))))
        claimed.append([fitted.standard_errors_[k] / v for k, v in fitted.params_.items()])
    ratio = np.mean(claimed, axis=0) / np.std(estimates, axis=0, ddof=1)
    assert np.all(np.abs(ratio - 1) < 0.15), ratio


def test_intervals_by_hand():
    draws = np.array([[0] * 97 + [1] * 3, [0] * 50 + [1] * 36 + [2] * 9 + [3] * 5, list(range(100)), [7] * 100])
    found = prediction_interval(draws, mass=0.9)
    assert found.low.tolist() == [0, 0, 5, 7]
    assert found.high.tolist() == [0, 1, 94, 7]
    # 0 holds more than a tail, and less: the interval begins there, and 90 % lie above it, or each tail has its 5 %.
    half = [[0] * zeros + list(range(1, 101 - zeros)) for zeros in (25, 8)]
    found = prediction_interval(np.array(half), mass=0.9)
    assert (found.low.tolist(), found.high.tolist()) == ([0, 1], [65, 87])
    for wrong in (0.0, 1.0):
        with pytest.raises(ValueError, match="mass"):
            prediction_interval(draws, mass=wrong)


def test_customers_alike_are_drawn_each_for_themselves(simulated):
    clv, summary, _ = simulated
    alike = pd.DataFrame([summary.iloc[0]] * 400)
    drawn = clv.transactions.sample(alike, DAYS, draws=30, parameter_uncertainty=False)
    none = (drawn == 0).mean(axis=0)
    p = 1 - clv.transactions.p_no_purchase(alike.head(1), DAYS)[0]
    assert none.std() < 2 * np.sqrt(p * (1 - p) / 400), "chance, customer by customer"
    assert none.mean() == pytest.approx(1 - p, abs=0.03)


def test_quantiles_and_draws_of_value(simulated):
    clv, summary, _ = simulated
    some = summary.head(300)
    table = clv.predict(some, horizon_days=DAYS, quantiles=(0.1, 0.9), draws=200)
    drawn = clv.sample(some, horizon_days=DAYS, draws=200)
    np.testing.assert_allclose(table["clv_p10"], np.quantile(drawn, 0.1, axis=1))
    assert (table["clv_p10"] <= table["clv_p90"]).all()
    assert drawn.mean() == pytest.approx(table["clv"].mean(), rel=0.1)
    assert table.index.equals(some.index)


def test_value_of_the_papers_parameters():
    weekly = BetaGeoNBD.from_params(r=0.2425929, alpha=4.413532, a=0.792886, b=2.425754)
    spend = GammaGamma.from_params(p=6.248804, q=3.744588, v=15.447744)
    clv = CustomerLifetimeValue(transactions=weekly, spend=spend, margin=0.5, yearly_discount=0.15, time_unit="W")
    customer = history(2, 30.43, 38.86).assign(monetary_value=22.35)
    table = clv.predict(customer, horizon_days=39 * 7)
    assert table["expected_purchases"][0] == pytest.approx(1.22591, abs=1e-4)
    present = weekly.residual_value(customer, horizon=39, discount=np.log(1.15) / 365 * 7)[0]
    assert table["clv"][0] == pytest.approx(0.5 * present * spend.expected_spend(customer)[0])
    undiscounted = CustomerLifetimeValue(transactions=weekly, spend=spend, yearly_discount=0.0, time_unit="W")
    new = float(weekly.expected_purchases_new_customer(52)) * spend.expected_spend_new_customer()
    assert undiscounted.new_customer(horizon_days=364) == pytest.approx(new)
    assert clv.sample(customer, horizon_days=364, draws=10).shape == (1, 10)
