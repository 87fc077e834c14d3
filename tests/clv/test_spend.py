"""Expected spends where the model has no mean, and customers whose purchases came to nothing."""

import warnings

import mpmath
import numpy as np
import pandas as pd
import pytest

from holdfast.clv import BetaGeoNBD, CustomerLifetimeValue, GammaGamma, summarise
from holdfast.clv.gammagamma import IndependenceWarning
from holdfast.clv.special import digamma_gap, limited_mean

UNEVEN = GammaGamma.from_params(p=0.4, q=0.5, v=10.0)


def spends(q: float, *, p: float = 1.0, v: float = 10.0, customers: int = 1500, seed: int = 1) -> pd.DataFrame:
    """Customers of known truth; every third has nothing to average yet."""
    random = np.random.default_rng(seed)
    nu = random.gamma(q, 1 / v, customers)
    n = np.where(np.arange(customers) % 3 == 0, 0, 1 + random.poisson(2.0, customers))
    total = random.gamma(p * np.maximum(n, 1), 1 / nu)
    return pd.DataFrame({"frequency": n, "monetary_value": np.where(n > 0, total / np.maximum(n, 1), 0.0)})


def limited_by_quadrature(shape: float, scale: float, limit: float) -> float:
    """E[min(M, L)] = ∫₀ᴸ P(M > u) du, M inverse Gamma: another way to it."""
    with mpmath.workdps(30):
        above = lambda u: mpmath.gammainc(shape, 0, scale / u, regularized=True)  # noqa: E731
        return float(mpmath.quad(above, [0, limit * 1e-6, limit * 1e-3, limit]))


def test_the_limited_mean_is_the_area_under_the_survival_curve():
    cases = [(0.9, 4.0, 600.0), (0.5, 2.0, 1e5), (1.0, 3.0, 50.0), (1.7, 30.0, 12.0), (0.05, 1.0, 9.0)]
    found = limited_mean(*np.array(cases).T)
    np.testing.assert_allclose(found, [limited_by_quadrature(*case) for case in cases], rtol=1e-8)
    near_one = limited_mean(np.array([1 - 1e-9, 1.0, 1 + 1e-9]), np.full(3, 3.0), np.full(3, 50.0))
    np.testing.assert_allclose(near_one, near_one[1], rtol=1e-5)
    # Far from its limit, a mean that exists is hardly limited.
    assert limited_mean(np.array([8.0]), np.array([70.0]), np.array([1e4]))[0] == pytest.approx(10.0, rel=1e-12)


def test_given_parameters_without_a_mean_are_limited_at_what_is_rare_in_the_model():
    """One customer in a thousand spends more than L on average: P(M > L) = 0.001 with M ~ inverse Gamma(q, p·v)."""
    table = pd.DataFrame({"frequency": [0, 1, 2, 9], "monetary_value": [0.0, 50.0, 50.0, 50.0]})
    limit = (
        0.4 * 10 / float(mpmath.findroot(lambda x: mpmath.gammainc(0.5, 0, x, regularized=True) - 1e-3, (1e-7, 1e-6)))
    )
    assert UNEVEN.is_limited(table).tolist() == [True, True, False, False]
    expected = [limited_by_quadrature(0.5, 4.0, limit), limited_by_quadrature(0.9, 0.4 * 60, limit),
                0.4 * 110 / (0.4 * 2 + 0.5 - 1), 0.4 * 460 / (0.4 * 9 + 0.5 - 1)]  # fmt: skip
    np.testing.assert_allclose(UNEVEN.expected_spend(table), expected, rtol=1e-6)
    assert UNEVEN.expected_spend_new_customer() == pytest.approx(expected[0], rel=1e-6)


@pytest.mark.parametrize("q", [0.2, 0.6, 1.0])
def test_a_fit_without_a_mean_limits_at_the_largest_mean_seen(q):
    table = spends(q)
    fitted = GammaGamma().fit(table)
    n, mean = table["frequency"].to_numpy(), table["monetary_value"].to_numpy()
    assert fitted.largest_spend_ == mean.max()
    assert fitted.mean_spend_ == pytest.approx(mean[n > 0].mean())
    p, q_, v = fitted.params_.values()
    found, limited = fitted.expected_spend(table), fitted.is_limited(table)
    shape, exact = p * n + q_, p * (v + n * mean) / (p * n + q_ - 1)
    assert limited[shape <= 1].all()
    np.testing.assert_allclose(found[~limited], exact[~limited], rtol=1e-12)
    assert np.all(found[limited] <= mean.max())
    some = int(np.flatnonzero(limited)[0])
    by_hand = limited_by_quadrature(shape[some], p * (v + n[some] * mean[some]), mean.max())
    assert found[some] == pytest.approx(by_hand, rel=1e-6)
    # Whoever has spent more is expected to spend more.
    for count in range(1, 6):
        rows = np.flatnonzero(n == count)
        assert np.all(np.diff(found[rows[np.argsort(mean[rows])]]) >= 0)


def test_a_mean_that_barely_exists_is_limited_too():
    """q just above 1: p·v/(q − 1) is many times what anybody can expect; a true 1.3 is left alone."""
    one_time = pd.DataFrame({"frequency": [0.0], "monetary_value": [0.0]})
    barely = GammaGamma().fit(spends(1.03, customers=6000, seed=14))
    p, q, v = barely.params_.values()
    assert 1 < q < 1.06
    assert p * v / (q - 1) > 4 * barely.mean_spend_
    assert barely.is_limited(one_time).all()
    assert barely.expected_spend(one_time)[0] == pytest.approx(barely.mean_spend_, rel=0.5)
    clear = GammaGamma().fit(spends(1.5, customers=6000, seed=14))
    assert not clear.is_limited(one_time).any()
    p, q, v = clear.params_.values()
    assert clear.expected_spend(one_time)[0] == pytest.approx(p * v / (q - 1), rel=1e-12)


def test_a_customer_above_all_that_were_seen_keeps_their_own_mean_as_the_limit():
    fitted = GammaGamma().fit(spends(0.3, p=0.5))
    own = 5 * fitted.largest_spend_
    newcomer = pd.DataFrame({"frequency": [1], "monetary_value": [own]})
    assert fitted.is_limited(newcomer).all()
    assert fitted.largest_spend_ < fitted.expected_spend(newcomer)[0] < own


def test_nobody_is_expected_to_spend_more_than_anybody_did():
    """With q < 1 the formula lies above a customer's own mean, the more so the more they spent."""
    table = spends(0.4, p=0.3, v=20.0)
    fitted = GammaGamma().fit(table)
    top = table.iloc[[table["monetary_value"].argmax()]].assign(frequency=3)
    p, q, v = fitted.params_.values()
    assert p * 3 + q > 1.1
    assert p * (v + 3 * fitted.largest_spend_) / (p * 3 + q - 1) > 2 * fitted.largest_spend_
    assert fitted.is_limited(top).all()
    assert fitted.expected_spend(top)[0] == fitted.largest_spend_
    ordinary = top.assign(monetary_value=fitted.mean_spend_)
    assert not fitted.is_limited(ordinary).any()
    exact = p * (v + 3 * fitted.mean_spend_) / (p * 3 + q - 1)
    assert fitted.expected_spend(ordinary)[0] == pytest.approx(exact, rel=1e-12)


def test_an_ordinary_fit_limits_nobody(cdnow_spend):
    fitted = GammaGamma().fit(cdnow_spend)
    assert not fitted.is_limited(cdnow_spend).any()
    assert not fitted.is_limited(pd.DataFrame({"frequency": [0.0], "monetary_value": [0.0]})).any()


def test_draws_are_limited_as_the_expectation_is():
    table = pd.DataFrame({"frequency": [0, 1, 4], "monetary_value": [0.0, 30.0, 30.0]})
    for model in (UNEVEN, GammaGamma.from_params(p=0.4, q=0.01, v=1.0)):
        many = table.loc[table.index.repeat(20_000)]
        drawn = model.sample(many, np.full((60_000, 3), 2), parameter_uncertainty=False).reshape(3, 60_000)
        assert np.all(np.isfinite(drawn))
        limited = model.is_limited(table)
        error = drawn.std(axis=1) / np.sqrt(drawn.shape[1])
        assert np.all(np.abs(drawn.mean(axis=1) - 2 * model.expected_spend(table))[limited] < 5 * error[limited])


def test_values_of_a_heavy_tail_are_finite():
    table = spends(0.5, customers=300).assign(recency=lambda t: np.where(t["frequency"] > 0, 20.0, 0.0), T=90.0)
    buys = BetaGeoNBD.from_params(r=0.24, alpha=30.0, a=0.79, b=2.43)
    clv = CustomerLifetimeValue(transactions=buys, spend=GammaGamma().fit(table))
    worth = clv.predict(table, horizon_days=365, quantiles=(0.05, 0.95), draws=100)
    interval = clv.interval(table, horizon_days=365, draws=100)
    assert np.all(np.isfinite(worth.to_numpy()))
    assert np.all(np.isfinite(interval.high))
    assert np.isfinite(clv.new_customer(horizon_days=365))


def test_limits_survive_the_file(tmp_path):
    fitted = GammaGamma().fit(spends(0.5))
    fitted.save(tmp_path / "spend.json")
    again = GammaGamma.load(tmp_path / "spend.json")
    table = spends(0.5, seed=2)
    np.testing.assert_array_equal(again.expected_spend(table), fitted.expected_spend(table))
    np.testing.assert_array_equal(again.is_limited(table), fitted.is_limited(table))


def test_purchases_that_came_to_nothing_are_left_out_of_the_fit_and_predicted(cdnow_spend):
    table = cdnow_spend[["frequency", "monetary_value"]]
    refunded = pd.DataFrame({"frequency": [1, 7, 2], "monetary_value": [0.0, 0.0, 0.0]})
    fitted = GammaGamma().fit(pd.concat([table, refunded], ignore_index=True))
    assert fitted.without_spend_ == 3
    assert fitted.customers_ == 946
    assert fitted.params_ == GammaGamma().fit(table).params_
    p, q, v = fitted.params_.values()
    assert fitted.expected_spend(refunded) == pytest.approx([p * v / (p * n + q - 1) for n in (1, 7, 2)], rel=1e-12)
    weighted = GammaGamma().fit(pd.concat([table, refunded]), weights=np.append(np.ones(len(table)), [4, 0, 2]))
    assert weighted.without_spend_ == 6
    with pytest.raises(ValueError, match="monetary_value"):
        GammaGamma().fit(table.assign(monetary_value=-1.0))
    with pytest.raises(ValueError, match="monetary_value"):
        fitted.expected_spend(refunded.assign(monetary_value=-1.0))


def test_free_orders_need_no_option_any_more():
    days = pd.to_datetime([f"2024-01-{day:02}" for day in (1, 2, 3, 4, 8, 12, 13, 20)])
    amounts = [5.0, 0.0, 0.0, 4.0, 6.0, 8.0, 7.0, 9.0]
    log = pd.DataFrame({"customer_id": list("aaabbbcc"), "ordered_at": days, "amount": amounts})
    summary = summarise(log, "2024-03-01")
    assert summary["monetary_value"].tolist() == [0.0, 7.0, 9.0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = GammaGamma(ridge="clip").fit(summary)
    assert fitted.without_spend_ == 1
    assert np.all(np.isfinite(fitted.expected_spend(summary)))


def test_nobody_with_a_spend_is_no_fit():
    fitted = GammaGamma().fit(pd.DataFrame({"frequency": [3, 0], "monetary_value": [0.0, 0.0]}))
    assert (fitted.converged_, fitted.without_spend_) == (False, 1)
    assert fitted.reason_ == "there is no customer to learn from"


@pytest.mark.parametrize("ridge", ["refuse", "clip"])
def test_a_refused_fit_has_a_file_too(ridge, tmp_path):
    table = pd.DataFrame({"frequency": [2, 3, 5], "monetary_value": [9.0, 9.0, 9.0]})
    fitted = GammaGamma(ridge=ridge).fit(table)
    fitted.save(tmp_path / "spend.json")
    again = GammaGamma.load(tmp_path / "spend.json")
    assert np.isnan(again.log_likelihood_)
    assert again.reason_ == fitted.reason_ == "everybody spends the same"


def test_the_gap_of_two_digammas_keeps_its_digits():
    random = np.random.default_rng(6)
    x, step = 10 ** random.uniform(-3, 12, 300), 10 ** random.uniform(-4, 6, 300)
    with mpmath.workdps(40):
        truth = [float(mpmath.digamma(mpmath.mpf(a) + mpmath.mpf(b)) - mpmath.digamma(mpmath.mpf(a)))
                 for a, b in zip(x.tolist(), step.tolist(), strict=True)]  # fmt: skip
    np.testing.assert_allclose(digamma_gap(x, step), truth, rtol=1e-9)


def test_customers_who_always_spend_the_same_are_expected_to_go_on_with_it():
    random = np.random.default_rng(3)
    # A tenth give every month, the others a larger sum once a year.
    monthly = random.random(400) < 0.1
    own = random.choice([20.0, 25.0, 50.0, 100.0, 250.0], 400) / np.where(monthly, 5, 1)
    times = np.where(monthly, random.integers(12, 72, 400), random.integers(0, 6, 400))
    givers = pd.DataFrame({"frequency": times, "monetary_value": own})
    with pytest.warns(IndependenceWarning):
        model = GammaGamma(first_purchase=True, ridge="clip").fit(givers)
    assert model.steady_
    np.testing.assert_allclose(model.expected_spend(givers), own, rtol=1e-4)
    assert not model.is_limited(givers).any()
    assert not GammaGamma.from_params(p=6.2, q=3.7, v=15.4).steady_
