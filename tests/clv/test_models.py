"""One battery over every model: what each must do, whatever it is."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime
from sklearn.base import clone

from holdfast.clv import (
    BetaGeoBetaBinom,
    BetaGeoNBD,
    GammaGamma,
    GGompertzNBD,
    IndependenceWarning,
    NotConvergedError,
    ParetoNBD,
    ShiftedBetaGeo,
)
from holdfast.clv.bridge import fit_with_lifetimes
from tests.clv.conftest import ALL, CONTINUOUS, CONTRACTS, TRANSACTIONS, history

KNOWN = {
    "BetaGeoNBD": {"r": 0.6, "alpha": 8.0, "a": 0.7, "b": 3.0},
    "ModifiedBetaGeoNBD": {"r": 0.6, "alpha": 8.0, "a": 0.7, "b": 3.0},
    "ParetoNBD": {"r": 0.6, "alpha": 8.0, "s": 0.7, "beta": 12.0},
    "GGompertzNBD": {"r": 0.6, "alpha": 8.0, "b": 0.03, "s": 0.7, "beta": 0.8},
    "BetaGeoBetaBinom": {"alpha": 1.2, "beta": 0.8, "gamma": 0.7, "delta": 2.8},
    "GammaGamma": {"p": 6.0, "q": 4.0, "v": 15.0},
    "ShiftedBetaGeo": {"alpha": 0.7, "beta": 3.0},
    "BetaDiscreteWeibull": {"alpha": 0.4, "beta": 1.5, "c": 1.4},
}
BUYERS = (*TRANSACTIONS, GGompertzNBD)
EVERY = (*ALL, GGompertzNBD)
SOME = history([0, 0, 1, 3, 6], [0, 0, 2, 9, 12], [5, 12, 12, 10, 12])


def known(model_class, **settings):
    return model_class.from_params(settings=settings, **KNOWN[model_class.__name__])


@pytest.mark.parametrize("model", EVERY)
def test_settings_are_those_of_scikit_learn(model):
    assert clone(model(l2=0.5)).get_params()["l2"] == 0.5
    assert model().set_params(ridge="clip").ridge == "clip"
    with pytest.raises(ValueError, match="no setting depth"):
        model().set_params(depth=3)
    assert "l2=0.5" in repr(model(l2=0.5))


@pytest.mark.parametrize("discount", [0.0, 0.02])
@pytest.mark.parametrize("model", BUYERS)
def test_later_purchases_split_by_who_buys_before(model, discount):
    some = known(model)
    none, later, of_silent = some.residual_value_after(SOME, 3, 10, discount=discount)
    assert none == pytest.approx(some.p_no_purchase(SOME, 3), rel=1e-12)
    until = [some.residual_value(SOME, horizon=t, discount=discount) for t in (3, 10)]
    assert later == pytest.approx(until[1] - until[0], rel=1e-8)
    # Who is silent has the same history three time units later.
    then = some.residual_value(SOME.assign(T=SOME["T"] + 3), horizon=7, discount=discount) * np.exp(-3 * discount)
    assert of_silent == pytest.approx(none * then, rel=1e-8)
    assert (of_silent > 0).all()
    assert (of_silent < later).all()


@pytest.mark.parametrize("model", EVERY)
def test_known_parameters(model):
    assert known(model).params_ == KNOWN[model.__name__]
    first = next(iter(KNOWN[model.__name__]))
    with pytest.raises(ValueError, match=f"{first} must be positive"):
        model.from_params(**{**KNOWN[model.__name__], first: -1.0})
    with pytest.raises(TypeError, match="has the parameters"):
        model.from_params(zeta=1.0)


@pytest.mark.parametrize("model", ALL)
def test_a_model_survives_its_file(model, example, tmp_path):
    fitted = _fit(model(), *example(model))
    fitted.save(tmp_path / "model.json")
    again = model.load(tmp_path / "model.json")
    assert again.to_dict() == fitted.to_dict()
    assert again.standard_errors_ == fitted.standard_errors_
    assert again.get_params() == fitted.get_params()
    assert "nan" not in (tmp_path / "model.json").read_text().lower()
    other = GammaGamma if model is not GammaGamma else BetaGeoNBD
    with pytest.raises(ValueError, match="not of"):
        other.load(tmp_path / "model.json")


def _fit(model, summary, weights=None):
    return model.fit(summary, weights=weights)


@pytest.mark.parametrize("model", ALL)
def test_the_gradient_is_that_of_the_likelihood(model, example):
    summary, _ = example(model)
    some = known(model)
    h = some.histories(summary.head(400))
    at = np.log(list(KNOWN[model.__name__].values()))

    def value(theta):
        return float(
            h.weights @ some._log_likelihood(dict(zip(some.parameter_names, np.exp(theta), strict=True)), h)[0]
        )

    p = dict(zip(some.parameter_names, np.exp(at), strict=True))
    slopes = some._log_likelihood(p, h)[1]
    exact = [float(h.weights @ np.broadcast_to(slopes[name], h.weights.shape)) for name in some.parameter_names]
    np.testing.assert_allclose(exact, approx_fprime(at, value, 1e-6), rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(some._sums(p, h, [])[1:], exact, rtol=1e-9)
    assert some._sums(p, h, [])[0] == pytest.approx(value(at))


@pytest.mark.parametrize("model", ALL)
def test_counts_are_customers(model, example):
    summary, weights = example(model)
    some = summary if weights is not None else summary.head(300)
    weights = 1 + np.arange(len(some)) % 3 if weights is None else np.asarray(weights)
    one_by_one = some.loc[some.index.repeat(weights.astype(int))]
    a, b = _fit(model(), some, weights), _fit(model(), one_by_one)
    assert a.params_ == pytest.approx(b.params_, rel=1e-6)
    assert a.log_likelihood_ == pytest.approx(b.log_likelihood_)
    assert a.standard_errors_ == pytest.approx(b.standard_errors_, rel=1e-4)


@pytest.mark.parametrize("model", CONTINUOUS)
def test_the_time_unit_only_scales(model, cdnow_summary):
    weeks = model().fit(cdnow_summary)
    days = model().fit(cdnow_summary.assign(recency=cdnow_summary["recency"] * 7, T=cdnow_summary["T"] * 7))
    scaled = {name: value * 7 if name in ("alpha", "beta") else value for name, value in weeks.params_.items()}
    assert days.params_ == pytest.approx(scaled, rel=1e-7)


def test_the_currency_only_scales(cdnow_spend):
    dollars = GammaGamma().fit(cdnow_spend)
    cents = GammaGamma().fit(cdnow_spend.assign(monetary_value=cdnow_spend["monetary_value"] * 100))
    assert cents.params_ == pytest.approx({**dollars.params_, "v": dollars.params_["v"] * 100}, rel=1e-7)


@pytest.mark.parametrize("model", ALL)
def test_a_penalty_pulls_towards_one(model, example):
    summary, weights = example(model)
    plain, pulled = _fit(model(), summary, weights), _fit(model(l2=0.5), summary, weights)
    name = max(plain.params_, key=lambda n: abs(np.log(plain.params_[n])) * (n not in ("alpha", "beta", "v")))
    assert abs(np.log(pulled.params_[name])) < abs(np.log(plain.params_[name]))
    assert pulled.log_likelihood_ < plain.log_likelihood_


@pytest.mark.parametrize("model", ["BetaGeoNBD", "ModifiedBetaGeoNBD", "ParetoNBD", "BetaGeoBetaBinom"])
def test_answers_are_those_of_lifetimes(model, example, cdnow_summary):
    model_class = {m.__name__: m for m in TRANSACTIONS}[model]
    summary, weights = example(model_class)
    fitted = _fit(model_class(), summary, weights)
    fitter = fitted.to_lifetimes()
    x, t_x, T = (summary[c].to_numpy() for c in ("frequency", "recency", "T"))
    if model == "BetaGeoBetaBinom":
        theirs = fitter.conditional_expected_number_of_purchases_up_to_time(5, x, t_x, T)
        alive = fitter.conditional_probability_alive(0, x, t_x, T)
        ours = fitted.expected_purchases(summary, 5)
    else:
        theirs = fitter.conditional_expected_number_of_purchases_up_to_time(5, x, t_x, T)
        alive = fitter.conditional_probability_alive(x, t_x, T)
        ours = fitted.expected_purchases(summary, 5)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    np.testing.assert_allclose(fitted.p_alive(summary), alive, rtol=1e-6)


def test_lifetimes_pictures_and_figures_go_on_working(cdnow_summary, cdnow_spend):
    fitter = BetaGeoNBD().fit(cdnow_summary).to_lifetimes()
    assert fitter.standard_errors_["r"] == pytest.approx(0.01256, rel=1e-3)
    assert fitter.confidence_intervals_.shape == (4, 2)
    assert fitter.predict(39, 2, 30.43, 38.86) == pytest.approx(1.2259, abs=1e-4)
    spend = GammaGamma().fit(cdnow_spend)
    theirs = spend.to_lifetimes().conditional_expected_average_profit(
        cdnow_spend["frequency"], cdnow_spend["monetary_value"]
    )
    np.testing.assert_allclose(spend.expected_spend(cdnow_spend), theirs, rtol=1e-9)
    with pytest.raises(TypeError, match="no counterpart"):
        known(ShiftedBetaGeo).to_lifetimes()


@pytest.mark.parametrize("model", [BetaGeoNBD, GammaGamma])
def test_the_engine_of_lifetimes_finds_the_same(model, cdnow_summary, cdnow_spend):
    summary = cdnow_spend if model is GammaGamma else cdnow_summary
    theirs = fit_with_lifetimes(model(), summary)
    assert theirs.reason_ == "fitted by lifetimes"
    assert theirs.params_ == pytest.approx(model().fit(summary).params_, rel=5e-3)


def test_the_engine_of_lifetimes_says_where_it_fails(donations):
    lost = fit_with_lifetimes(BetaGeoNBD(), history([40] * 30, [39.0] * 30, [40.0] * 30))
    assert not lost.converged_ or min(lost.params_.values()) > 0
    with pytest.raises(TypeError, match="cannot fit"):
        fit_with_lifetimes(ShiftedBetaGeo(), donations[0])


@pytest.mark.parametrize("model", BUYERS)
def test_probabilities_sum_to_one_and_average_to_the_expectation(model):
    some = known(model)
    n = np.arange(13 if model is BetaGeoBetaBinom else 400)
    pmf = some.p_purchases(SOME, 12, n)
    assert pmf.shape == (5, len(n))
    np.testing.assert_allclose(pmf.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(pmf @ n, some.expected_purchases(SOME, 12), rtol=1e-5)
    np.testing.assert_allclose(pmf[:, 0], some.p_no_purchase(SOME, 12), rtol=1e-9)
    assert some.p_purchases(SOME, 12, 2).shape == (5,)
    new = [float(some.p_purchases_new_customer(12, int(k))) for k in n]
    assert sum(new) == pytest.approx(1, rel=1e-6)
    assert np.dot(new, n) == pytest.approx(float(some.expected_purchases_new_customer(12)), rel=1e-5)
    with pytest.raises(ValueError, match="negative"):
        some.p_purchases(SOME, 12, -1)


@pytest.mark.parametrize("model", BUYERS)
def test_no_purchase_is_a_ratio_of_likelihoods(model):
    some = known(model)
    later = SOME.assign(T=SOME["T"] + 7)
    for i in range(len(SOME)):
        ratio = np.exp(some.log_likelihood(later.iloc[[i]]) - some.log_likelihood(SOME.iloc[[i]]))
        assert some.p_no_purchase(SOME, 7)[i] == pytest.approx(ratio, rel=1e-7)


@pytest.mark.parametrize("model", BUYERS)
def test_p_alive_falls_with_time_and_starts_where_it_is(model):
    some = known(model)
    now, later = some.p_alive(SOME), some.p_alive(SOME, 12)
    np.testing.assert_array_equal(some.p_alive(SOME, 0), now)
    assert np.all((later < now) & (later > 0))


@pytest.mark.parametrize("model", BUYERS)
def test_given_some_purchase_there_is_at_least_one(model):
    some = known(model)
    given = some.expected_purchases_if_any(SOME, 12)
    assert np.all(given >= 1)
    np.testing.assert_allclose(given * (1 - some.p_no_purchase(SOME, 12)), some.expected_purchases(SOME, 12), rtol=1e-6)


@pytest.mark.parametrize("model", BUYERS)
def test_draws_have_the_models_moments(model):
    some = known(model)
    draws = some.sample(SOME, 12, draws=20_000, parameter_uncertainty=False)
    expected = some.expected_purchases(SOME, 12)
    error = draws.std(axis=1) / np.sqrt(20_000)
    assert np.all(np.abs(draws.mean(axis=1) - expected) < 4.5 * error + 1e-9)
    none = (draws == 0).mean(axis=1)
    np.testing.assert_allclose(none, some.p_no_purchase(SOME, 12), atol=0.018)
    again = some.sample(SOME, 12, draws=20_000, parameter_uncertainty=False)
    np.testing.assert_array_equal(draws, again)
    with pytest.raises(NotConvergedError, match="parameter_uncertainty=False"):
        some.sample(SOME, 12)


@pytest.mark.parametrize("model", BUYERS)
def test_residual_value(model):
    some = known(model)
    undiscounted = some.residual_value(SOME, horizon=52, discount=0.0)
    np.testing.assert_allclose(undiscounted, some.expected_purchases(SOME, 52))
    steps = np.arange(1, 53) if model is BetaGeoBetaBinom else np.linspace(0, 52, 801)
    curve = np.array([some.expected_purchases(SOME, float(t)) for t in steps])
    if model is BetaGeoBetaBinom:
        gains = np.diff(np.vstack([np.zeros(5), curve]), axis=0)
        slow = (gains * np.exp(-0.01 * steps)[:, None]).sum(axis=0)
    else:
        middle = (steps[1:] + steps[:-1]) / 2
        slow = (np.diff(curve, axis=0) * np.exp(-0.01 * middle)[:, None]).sum(axis=0)
    np.testing.assert_allclose(some.residual_value(SOME, horizon=52, discount=0.01), slow, rtol=2e-5)
    far = some.residual_value(SOME, horizon=6000, discount=0.01)
    np.testing.assert_allclose(some.residual_value(SOME, horizon=None, discount=0.01), far, rtol=1e-5)
    with pytest.raises(ValueError, match="infinite horizon"):
        some.residual_value(SOME, horizon=None, discount=0.0)


def test_pareto_dert_is_the_published_formula():
    """Fader, Hardie & Lee 2005, "RFM and CLV", eq. 5, by mpmath's Tricomi function."""
    import mpmath

    some, delta = known(ParetoNBD), 0.003
    p = KNOWN["ParetoNBD"]
    x, T = 3, 10
    tricomi = float(mpmath.hyperu(p["s"], p["s"], delta * (p["beta"] + T)))
    alive = some.p_alive(SOME)[3]
    given_alive = (p["r"] + x) * (p["beta"] + T) ** p["s"] * delta ** (p["s"] - 1) * tricomi / (p["alpha"] + T)
    assert some.residual_value(SOME, horizon=None, discount=delta)[3] == pytest.approx(alive * given_alive, rel=1e-9)


@pytest.mark.parametrize("model", TRANSACTIONS)
def test_contradictions_are_refused_in_learning_and_in_predicting(model):
    some = known(model)
    for wrong, said in (
        (history(1, 9, 5), "recency is above T"),
        (history(0, 3, 5), "recency is above 0 where frequency is 0"),
        (history(2, 0, 5), "recency is 0 where frequency is above 0"),
        (history(1.5, 3, 5), "no whole number"),
        (history(np.nan, 3, 5), "negative, infinite or missing"),
        (history(1, 3, 5).drop(columns="T"), "no column T"),
    ):
        for ask in (model().fit, some.p_alive, some.log_likelihood, lambda table: some.expected_purchases(table, 5)):
            with pytest.raises(ValueError, match=said):
                ask(wrong)
    with pytest.raises(ValueError, match="weights"):
        model().fit(SOME, weights=[1, 2])


def test_occasions_are_whole():
    with pytest.raises(ValueError, match="whole numbers"):
        BetaGeoBetaBinom().fit(history(1, 1.5, 3))
    with pytest.raises(ValueError, match="frequency is above recency"):
        BetaGeoBetaBinom().fit(history(3, 2, 3))
    with pytest.raises(ValueError, match=r"whole number, not 2\.5"):
        known(BetaGeoBetaBinom).expected_purchases(SOME, 2.5)


@pytest.mark.parametrize("model", EVERY)
def test_nothing_is_answered_before_a_fit(model):
    summary = pd.DataFrame({"T": [1], "churned": [0]}) if model in CONTRACTS else SOME.assign(monetary_value=5.0)
    ask = {GammaGamma: "expected_spend"}.get(model, "p_churn" if model in CONTRACTS else "p_alive")
    arguments = (summary, 1) if ask == "p_churn" else (summary,)
    with pytest.raises(NotConvergedError, match="not fitted yet"):
        getattr(model(), ask)(*arguments)


def test_an_empty_summary_is_empty_answers_and_no_fit():
    empty = SOME.head(0)
    assert known(BetaGeoNBD).expected_purchases(empty, 5).shape == (0,)
    fitted = BetaGeoNBD().fit(empty)
    assert (fitted.converged_, fitted.reason_) == (False, "there is no customer to learn from")


def test_frequency_and_spend_that_go_together_are_warned_of(cdnow_spend):
    together = cdnow_spend.assign(monetary_value=cdnow_spend["monetary_value"] * (1 + cdnow_spend["frequency"]) ** 2)
    with pytest.warns(IndependenceWarning, match="correlate"):
        fitted = GammaGamma().fit(together)
    assert fitted.correlation_ > 0.3
    assert abs(GammaGamma().fit(cdnow_spend).correlation_) < 0.3


def test_gamma_gamma_with_the_first_purchase():
    model = known(GammaGamma, first_purchase=True)
    table = pd.DataFrame({"frequency": [0, 3], "monetary_value": [20.0, 20.0]})
    p, q, v = 6.0, 4.0, 15.0
    np.testing.assert_allclose(model.expected_spend(table), [p * (v + n * 20) / (p * n + q - 1) for n in (1, 4)])
    assert model.expected_spend_new_customer() == pytest.approx(p * v / (q - 1))


def test_the_density_of_mean_spend_is_one():
    at = np.linspace(0.01, 4000, 400_000)
    density = known(GammaGamma).density(at, np.full(len(at), 3))
    assert np.trapezoid(density, at) == pytest.approx(1, abs=1e-4)


def test_covariates_of_bg_nbd_are_recovered():
    random = np.random.default_rng(4)
    n = 40_000
    z = random.integers(0, 2, n).astype(float)
    rate = random.gamma(0.8, 1 / (20 * np.exp(-0.5 * z)))
    leaves = np.clip(random.beta(0.8 * np.exp(0.6 * z), 3.0, n), 1e-12, 1)
    T = random.integers(100, 400, n).astype(float)
    bought, last = random.poisson(rate * T), random.geometric(leaves)
    x = np.minimum(bought, last)
    t_x = np.where(x > 0, T * random.beta(np.maximum(x, 1), np.maximum(bought - x + 1, 1)), 0)
    table = history(x, t_x, T).assign(z=z)
    fitted = BetaGeoNBD(transaction_covariates=("z",), dropout_covariates=("z",)).fit(table)
    assert fitted.effects_["transaction"]["z"] == pytest.approx(0.5, abs=4 * fitted.standard_errors_["transaction:z"])
    assert fitted.effects_["dropout_a"]["z"] == pytest.approx(0.6, abs=4 * fitted.standard_errors_["dropout_a:z"])
    assert fitted.effects_["dropout_b"]["z"] == pytest.approx(0.0, abs=4 * fitted.standard_errors_["dropout_b:z"])
    assert fitted.params_["r"] == pytest.approx(0.8, rel=0.05)
    buys = pd.DataFrame({"z": [0.0, 1.0]})
    new = fitted.expected_purchases_new_customer(100, buys)
    assert new.shape == (2,)
    assert new[1] > new[0]
    with pytest.raises(ValueError, match="needs covariates"):
        fitted.expected_purchases_new_customer(100)
    assert fitted.sample(table.head(3), 100, draws=50).shape == (3, 50)
    again = BetaGeoNBD.from_dict(json.loads(json.dumps(fitted.to_dict())))
    np.testing.assert_array_equal(again.p_alive(table), fitted.p_alive(table))
    with pytest.raises(TypeError, match="no counterpart"):
        fitted.to_lifetimes()
    with pytest.raises(ValueError, match="finite"):
        fitted.fit(table.assign(z=np.nan))


def test_covariates_that_say_nothing_run_off_and_are_refused():
    table = history([1, 2, 3, 0] * 50, [5, 9, 8, 0] * 50, [20.0, 25, 30, 22] * 50).assign(z=[0.0, 0, 0, 1] * 50)
    fitted = BetaGeoNBD(transaction_covariates=("z",), dropout_covariates=("z",)).fit(table)
    assert not fitted.converged_
    assert fitted.reason_
    assert np.isnan(fitted.params_["r"])
