"""What may be asked: one time for all or one per customer, and numbers that mean something."""

import numpy as np
import pandas as pd
import pytest

from holdfast.clv import (
    BetaGeoBetaBinom,
    BetaGeoNBD,
    CustomerLifetimeValue,
    GammaGamma,
    ParetoNBD,
    ShiftedBetaGeo,
    prediction_interval,
)
from holdfast.config import make_config
from holdfast.errors import ConfigError
from tests.clv.conftest import CONTRACTS, history
from tests.clv.histories_fuzz import verbs_of
from tests.clv.test_models import BUYERS, SOME, known

AHEAD = np.array([7.0, 90.0, 0.0, 365.0, 1.0])
SPEND = GammaGamma.from_params(p=6.25, q=3.74, v=15.4)
OPEN = pd.DataFrame({"T": [0, 1, 5, 5, 9], "churned": [0, 0, 0, 1, 0]}, dtype=float)


def clv_of(transactions, **settings) -> CustomerLifetimeValue:
    return CustomerLifetimeValue(transactions=transactions, spend=SPEND, **settings)


# Three customers with the same history share one row of the computation; their times must not.
TRIPLETS = history([2, 2, 2], [30.0, 30, 30], [39.0, 39, 39])


def test_customers_with_the_same_history_keep_their_own_times():
    model = BetaGeoNBD.from_params(r=0.2425929, alpha=4.413532, a=0.792886, b=2.425754)
    found = model.expected_purchases(TRIPLETS, [5, 100, 30])
    assert found == pytest.approx([0.18082, 2.56214, 0.96529], abs=1e-5)
    assert found.tolist() == [model.expected_purchases(TRIPLETS, t)[0] for t in (5, 100, 30)]
    worth = clv_of(model).predict(TRIPLETS.assign(monetary_value=20.0), horizon_days=[5, 100, 30])
    assert worth["expected_purchases"].tolist() == found.tolist()
    assert (worth["clv"].rank().tolist(), worth["clv"].nunique()) == ([1, 3, 2], 3)


@pytest.mark.parametrize("model", [*BUYERS, *CONTRACTS])
def test_one_time_per_customer_is_a_loop_of_single_times(model):
    some, table = known(model), OPEN if model in CONTRACTS else SOME
    for name, ask in verbs_of(some).items():
        loop = [ask(table, float(t))[i] for i, t in enumerate(AHEAD)]
        np.testing.assert_allclose(ask(table, AHEAD), loop, rtol=1e-12, atol=1e-15, err_msg=name)
        np.testing.assert_array_equal(ask(table, pd.Series(AHEAD, index=table.index)), ask(table, AHEAD))
    again = table.loc[[4, 4, 0, 2]]
    for name, ask in verbs_of(some).items():
        nine, ninety = ask(again, 9), ask(again, 90)
        expected = [nine[0], ninety[1], *nine[2:]]
        np.testing.assert_allclose(ask(again, [9, 90, 9, 9]), expected, rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("model", [*BUYERS, *CONTRACTS])
def test_draws_keep_each_customers_time(model):
    some, table = known(model), OPEN if model in CONTRACTS else SOME
    extra = {} if model in CONTRACTS else {"parameter_uncertainty": False}
    draws = some.sample(table, AHEAD, draws=4000, **extra)
    expected = some.expected_periods(table, AHEAD) if model in CONTRACTS else some.expected_purchases(table, AHEAD)
    np.testing.assert_allclose(draws.mean(axis=1), expected, atol=5 * draws.std(axis=1).max() / np.sqrt(4000))
    assert (draws[2] == 0).all()


@pytest.mark.parametrize("model", BUYERS)
def test_new_customers_have_as_many_answers_as_times(model):
    some = known(model)
    ages = np.array([0.0, 1.0, 12.0, 60.0])
    curve = some.expected_purchases_new_customer(ages)
    np.testing.assert_allclose(curve, [some.expected_purchases_new_customer(float(t)) for t in ages], rtol=1e-12)
    assert curve[0] == 0
    assert np.all(np.diff(curve) > 0)
    none = some.p_purchases_new_customer(ages, 0)
    np.testing.assert_allclose(none, [some.p_purchases_new_customer(float(t), 0) for t in ages], rtol=1e-12)
    assert none[0] == 1
    assert np.shape(some.expected_purchases_new_customer(12)) == ()


def test_new_customers_have_their_own_covariates_and_times():
    model = ParetoNBD.from_params(
        r=0.6, alpha=8.0, s=0.7, beta=12.0,
        settings={"transaction_covariates": ("z",)}, effects={"transaction": {"z": 0.5}},
    )  # fmt: skip
    both = model.expected_purchases_new_customer([5, 50], pd.DataFrame({"z": [0.0, 1.0]}))
    single = [
        float(model.expected_purchases_new_customer(t, pd.DataFrame({"z": [z]}))[0]) for t, z in ((5, 0), (50, 1))
    ]
    assert both == pytest.approx(single, rel=1e-12)
    table = SOME.assign(z=[0.0, 1, 0, 1, 0])
    loop = [model.expected_purchases(table, float(t))[i] for i, t in enumerate(AHEAD)]
    np.testing.assert_allclose(model.expected_purchases(table, AHEAD), loop, rtol=1e-12)
    for wrong, said in ((pd.DataFrame({"z": [np.nan]}), "z holds others"), (pd.DataFrame({"y": [1.0]}), "no column z")):
        with pytest.raises(ValueError, match=said):
            model.expected_purchases_new_customer(5, wrong)
    with pytest.raises(ValueError, match="one per customer: 1 of them"):
        model.expected_purchases_new_customer([5, 50], pd.DataFrame({"z": [0.0]}))


@pytest.mark.parametrize("model", [*BUYERS, *CONTRACTS])
@pytest.mark.parametrize(
    ("t", "said"),
    [
        ([1.0, 2.0], r"one per customer: 5 of them, not of shape \(2,\)"),
        ([[1.0]] * 5, r"not of shape \(5, 1\)"),
        ([7.0], r"not of shape \(1,\)"),
        ([1.0, 2.0, np.nan, 4.0, 5.0], "negative, infinite or missing"),
        ([1.0, 2.0, -3.0, 4.0, 5.0], "negative, infinite or missing"),
        (pd.Series(AHEAD, index=list("abcde")), "another index"),
        (np.array([7] * 5, dtype="timedelta64[D]"), "must hold numbers"),
        (pd.Timedelta(days=7), "must be a number"),
        (-1.0, r"must be a number from 0 (on|up to 100,000), not -1"),
        (np.inf, "must be a number"),
        ("30", "must be a number"),
        (None, "must be a number"),
    ],
)
def test_times_that_are_none_are_refused_by_every_verb(model, t, said):
    table = OPEN if model in CONTRACTS else SOME
    for name, ask in {**verbs_of(known(model)), "sample": known(model).sample}.items():
        if t is None and name == "residual_value":
            continue  # all time to come
        with pytest.raises(ValueError, match=said):
            ask(table, t)


def test_renewals_and_occasions_are_whole():
    for ask in verbs_of(known(ShiftedBetaGeo)).values():
        with pytest.raises(ValueError, match=r"whole number, not 2\.5"):
            ask(OPEN, 2.5)
    for ask in verbs_of(known(BetaGeoBetaBinom)).values():
        with pytest.raises(ValueError, match="counts occasions"):
            ask(SOME, [1, 2, 2.5, 3, 4])
    sbg = known(ShiftedBetaGeo)
    for ask, wrong in (
        (sbg.retention_rate, -1),
        (sbg.retention_rate, 0),
        (sbg.retention_rate, 1.5),
        (sbg.survival, -2),
    ):
        with pytest.raises(ValueError, match="t must be"):
            ask(wrong)


@pytest.mark.parametrize("horizon", [-5, 3651, np.nan, [1, 2], "365", [1, 2, 3, 4, -5]])
def test_horizons_are_those_of_the_configuration(horizon):
    clv, table = clv_of(known(BetaGeoNBD)), SOME.assign(monetary_value=20.0)
    for ask in (clv.predict, clv.sample, clv.interval):
        with pytest.raises(ValueError, match="horizon_days"):
            ask(table, horizon_days=horizon)
    with pytest.raises(ValueError, match="horizon_days"):
        clv.new_customer(horizon_days=horizon)


@pytest.mark.parametrize(
    ("key", "wrong", "right"), [("yearly_discount", 1.01, 1.0), ("yearly_discount", -1.5, 0.0), ("margin", 40, 0.4),
                                ("margin", 0.0, 1.0), ("yearly_discount", 10, 0.1)]
)  # fmt: skip
def test_both_refuse_the_same_settings(key, wrong, right):
    asked = {"name": "x", "purchases": {"path": "a.csv"}, "as_of": "2024-01-01"}
    assert getattr(make_config({**asked, "clv": {key: right}}).clv, key) == right
    assert getattr(clv_of(known(BetaGeoNBD), **{key: right}), key) == right
    said = "0.1 is 10 %" if key == "yearly_discount" and wrong > 1 else key
    with pytest.raises(ConfigError, match=said):
        make_config({**asked, "clv": {key: wrong}})
    with pytest.raises(ValueError, match=said):
        clv_of(known(BetaGeoNBD), **{key: wrong})
    changed = clv_of(known(BetaGeoNBD))
    setattr(changed, key, wrong)
    with pytest.raises(ValueError, match=key):
        changed.new_customer(horizon_days=30)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"l2": -1}, "l2 must be"),
        ({"l2": np.nan}, "l2 must be"),
        ({"l2": "0.1"}, "l2 must be"),
        ({"ridge": "nonsense"}, "ridge must be 'refuse' or 'clip'"),
        ({"transaction_covariates": "gender"}, "tuple of column names"),
    ],
)
def test_settings_of_models_are_checked_wherever_they_are_given(settings, said):
    with pytest.raises(ValueError, match=said):
        BetaGeoNBD(**settings)
    with pytest.raises(ValueError, match=said):
        ParetoNBD().set_params(**settings)
    changed = ParetoNBD()
    for name, value in settings.items():
        setattr(changed, name, value)
    with pytest.raises(ValueError, match=said):
        changed.fit(SOME)


def test_other_arguments_are_checked():
    model, table = known(BetaGeoNBD), SOME.assign(monetary_value=20.0)
    clv = clv_of(model)
    for ask in (
        lambda: model.p_purchases(SOME, 5, 1.5),
        lambda: model.p_purchases(SOME, 5, [1, np.nan]),
        lambda: model.p_purchases_new_customer(5, -1),
        lambda: model.sample(SOME, 5, draws=0, parameter_uncertainty=False),
        lambda: model.sample(SOME, 5, draws=2.5, parameter_uncertainty=False),
        lambda: model.sample(SOME, 5, seed=-1, parameter_uncertainty=False),
        lambda: model.residual_value(SOME, horizon=5, discount=-0.1),
        lambda: model.residual_value(SOME, horizon=5, discount=np.nan),
        lambda: model.residual_value(SOME, horizon=5, discount=[0.1] * 5),
        lambda: model.expected_and_discounted(SOME, 5, discount=np.inf),
        lambda: clv.predict(table, horizon_days=5, quantiles=(0.5, 1.2)),
        lambda: clv.predict(table, horizon_days=5, quantiles=(90,)),
        lambda: clv.interval(table, horizon_days=5, mass=1.0, draws=5),
        lambda: prediction_interval([[1, 2]], mass=np.nan),
        lambda: prediction_interval([[np.nan, 2]]),
        lambda: prediction_interval([1, 2]),
        lambda: clv_of(model, time_unit="M"),
        lambda: GammaGamma(first_purchase="no"),
        lambda: SPEND.sample(table, np.ones((4, 3))),
        lambda: SPEND.sample(table, np.full((5, 3), 0.5)),
        lambda: SPEND.density([0.0], [1]),
        lambda: BetaGeoNBD.from_params(r=[1, 2], alpha=1, a=1, b=1),
        lambda: BetaGeoNBD.from_params(r=1, alpha=1, a=1, b=1, effects={"transaction": {"z": 1.0}}),
        lambda: model.fit(SOME, weights=[1, 1, np.inf, 1, 1]),
        lambda: model.expected_purchases({"frequency": [1]}, 5),
        lambda: known(ShiftedBetaGeo).residual_value(OPEN, horizon=5, discount=-1),
        lambda: known(ShiftedBetaGeo).sample(OPEN, 5, draws=-1),
    ):
        with pytest.raises(ValueError, match=r"must|frame"):
            ask()


@pytest.mark.parametrize("model", BUYERS)
def test_nothing_happens_in_no_time(model):
    some = known(model)
    assert some.expected_purchases(SOME, 0).tolist() == [0] * 5
    assert some.p_no_purchase(SOME, 0).tolist() == [1] * 5
    assert some.expected_purchases_if_any(SOME, 0).tolist() == [1] * 5
    assert some.p_purchases(SOME, 0, [0, 1, 7]).tolist() == [[1, 0, 0]] * 5
    assert some.residual_value(SOME, horizon=0, discount=0.01).tolist() == [0] * 5
    assert float(some.p_purchases_new_customer(0, 1)) == 0
    assert not some.sample(SOME, 0, draws=50, parameter_uncertainty=False).any()
    assert clv_of(some).predict(SOME.assign(monetary_value=9.0), horizon_days=0)["clv"].tolist() == [0] * 5


def test_nothing_happens_in_no_time_to_a_customer_whose_model_is_far_off():
    """Where a + b is far below r the expectation is a quadrature, which once divided by the time."""
    far = BetaGeoNBD.from_params(r=500.0, alpha=2.0, a=0.5, b=3.0)
    assert far.expected_purchases(SOME, 0).tolist() == [0] * 5
    assert far.p_alive(SOME, [0, 0, 0, 0, 1]).tolist()[:4] == far.p_alive(SOME).tolist()[:4]


@pytest.mark.parametrize("model", CONTRACTS)
def test_no_contract_ends_in_no_time(model):
    some = known(model)
    assert some.p_churn(OPEN, 0).tolist() == [0, 0, 0, 1, 0]
    assert some.expected_periods(OPEN, 0).tolist() == [0] * 5
    assert some.residual_value(OPEN, horizon=0, discount=0.1).tolist() == [0] * 5
    assert float(some.survival(0)) == 1
