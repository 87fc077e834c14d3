"""What customers bring in: one with the forecast of its window, and with the models that go on after it."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from holdfast.churn import Trio
from holdfast.clv import BTYD_MODELS
from holdfast.features import Cutoff
from holdfast.forecast.worth import Horizon, carried_on, none_by_then, p_gone, purchases_if_any, stops

LASTING = Trio(
    {
        "bg_nbd": BTYD_MODELS["bg_nbd"].from_params(r=0.25, alpha=30.0, a=0.8, b=2.5),
        "pareto_nbd": BTYD_MODELS["pareto_nbd"].from_params(r=0.55, alpha=74.0, s=0.6, beta=82.0),
    }
)
SUMMARY = pd.DataFrame({"frequency": [0.0, 2.0, 9.0], "recency": [0.0, 213.0, 240.0], "T": [272.0, 272.0, 272.0]})
CUTOFF = Cutoff(date(2024, 1, 1), 90)
EXPECTED = np.array([0.2, 1.5, 4.0])


def until(days):
    return np.mean([m.expected_purchases(SUMMARY, days) for m in LASTING.models.values()], axis=0)


def worth(cutoff, days, discount=0.0):
    # As probable as the models have it that nobody buys in the window: then they go on as they are.
    p = np.mean([m.p_no_purchase(SUMMARY, cutoff.gap_days + 90) for m in LASTING.models.values()], axis=0)
    return carried_on(EXPECTED, p, LASTING, SUMMARY, cutoff, Horizon(days, discount)).days


def test_purchases_if_any_are_told_by_the_forecast_where_they_are_likely_and_by_the_model_where_not():
    p = np.array([0.0, 1.0, 0.5, 0.5, 0.9])
    own = np.array([2.0, 2.0, 2.0, 1.0, 1.2])
    forecast = np.array([8.0, 0.1, 4.0, 0.1, 30.0])
    # In turn: the forecast; the model; their mean; never fewer than one; never more than one a day.
    expected = [8.0, 2.0, 4.0, 1.0, 1.2**0.9 * 90**0.1]
    assert purchases_if_any(forecast, own, p, 90).tolist() == pytest.approx(expected)


def test_in_the_window_value_is_the_forecast_and_beyond_it_the_models_go_on():
    assert worth(CUTOFF, 90) == pytest.approx(EXPECTED, rel=1e-12)
    assert worth(CUTOFF, 365) == pytest.approx(EXPECTED + until(365) - until(90), rel=1e-12)
    # Half of the window: most of what is expected in it, for it comes sooner rather than later.
    half = worth(CUTOFF, 45) / EXPECTED
    assert ((half > 0.5) & (half < 0.6)).all()


def test_the_days_of_a_gap_are_the_models():
    cutoff = Cutoff(CUTOFF.date, 90, gap_days=14)
    assert worth(cutoff, 365) == pytest.approx(until(14) + EXPECTED + until(365) - until(104), rel=1e-12)
    assert worth(cutoff, 14) == pytest.approx(until(14), rel=1e-12)
    assert worth(cutoff, 10) == pytest.approx(until(10), rel=1e-12)


def test_a_purchase_counts_less_the_later_it_comes():
    plain, discounted = worth(CUTOFF, 365), worth(CUTOFF, 365, discount=0.1)
    assert (discounted < plain).all()
    assert (discounted > plain / 1.1).all()
    parts = [
        m.residual_value(SUMMARY, horizon=t, discount=np.log(1.1) / 365)
        for m in LASTING.models.values()
        for t in (90, 365)
    ]
    later = (parts[1] - parts[0] + parts[3] - parts[2]) / 2
    first = worth(CUTOFF, 90, discount=0.1)
    assert discounted == pytest.approx(first + later, rel=1e-9)
    assert (first > EXPECTED / 1.1 ** (90 / 365)).all()
    assert (first < EXPECTED).all()


def test_a_customer_who_is_all_but_surely_gone_is_worth_the_forecast():
    gone = pd.DataFrame({"frequency": [400.0], "recency": [20.0], "T": [3000.0]})
    found, _, _ = carried_on(np.array([0.3]), np.array([0.99]), LASTING, gone, CUTOFF, Horizon(365, 0.1))
    assert found == pytest.approx([0.3], rel=0.05)


def silent_by_chance(days=90):
    return np.mean([m.p_no_purchase(SUMMARY, days) for m in LASTING.models.values()], axis=0)


def test_later_value_of_who_is_silent_by_chance_is_that_of_the_same_history_later():
    horizon, now, q = Horizon(365, 0.1), np.zeros(3), silent_by_chance()
    stays, own = (carried_on(now, p, LASTING, SUMMARY, CUTOFF, horizon).days for p in (np.zeros(3), q))
    silent = (own - (1 - q) * stays) / q
    # Silence says more of who bought often.
    assert (silent < stays).all()
    assert silent[2] / stays[2] < 0.31
    # The same history, 90 days later, over what is left of the horizon and discounted by what went by.
    after = SUMMARY.assign(T=SUMMARY["T"] + 90)
    p, later = (
        np.array([ask(model) for model in LASTING.models.values()])
        for ask in (
            lambda m: m.p_no_purchase(SUMMARY, 90),
            lambda m: m.residual_value(after, horizon=275, discount=horizon.rate),
        )
    )
    assert silent == pytest.approx((p * later).mean(0) / p.mean(0) * 1.1 ** (-90 / 365), rel=1e-9)


def test_what_p_churn_says_beyond_the_models_is_gone_for_good():
    horizon, now, q = Horizon(365, 0.1), np.zeros(3), silent_by_chance()
    stays, own = (carried_on(now, p, LASTING, SUMMARY, CUTOFF, horizon).days for p in (np.zeros(3), q))
    for share in (0.3, 1.0):
        found, after, gone = carried_on(now, share + (1 - share) * q, LASTING, SUMMARY, CUTOFF, horizon)
        assert gone == pytest.approx(np.full(3, share))
        assert found.tolist() == after.tolist() == pytest.approx((1 - share) * own)
    # Less than the models' own probability: nobody is gone, and all the more buy.
    found, _, gone = carried_on(now, q / 2, LASTING, SUMMARY, CUTOFF, horizon)
    assert (gone == 0).all()
    assert found == pytest.approx((stays + own) / 2)
    # A regular customer of models that know of no leaving: P(churn) .95 leaves only the chance that they stayed.
    never = Trio({"bg_nbd": BTYD_MODELS["bg_nbd"].from_params(r=5.0, alpha=200.0, a=1e-6, b=2.5)})
    regular = pd.DataFrame({"frequency": [25.0], "recency": [1000.0], "T": [1100.0]})
    found, _, gone = carried_on(np.zeros(1), np.array([0.95]), never, regular, CUTOFF, horizon)
    assert gone == pytest.approx([0.95], abs=0.01)
    assert found < 0.06 * carried_on(np.zeros(1), np.array([0.0]), never, regular, CUTOFF, horizon).days
    assert none_by_then(np.array([0.95]), gone, never, regular, CUTOFF, horizon) == pytest.approx([0.95], abs=0.01)
    assert p_gone(np.array([1.0]), np.array([1.0])).tolist() == [0.0]


def test_who_buys_in_the_window_stops_later_as_the_models_say_and_as_many_as_are_gone():
    q, year = silent_by_chance(), Horizon(365, 0.1)
    one = LASTING.models["bg_nbd"]
    alive = [((1 - q) * one.p_alive(SUMMARY, days)).sum() for days in (90, 365)]
    by_models = 1 - (alive[1] / alive[0]) ** (90 / 275)
    assert stops(q, q, LASTING, SUMMARY, CUTOFF, year) == pytest.approx(by_models)
    # A tenth is gone of whom the models know nothing: of those who buy then, as many go in each later window.
    found = stops(0.1 + 0.9 * q, q, LASTING, SUMMARY, CUTOFF, year)
    assert found == pytest.approx(1 - 0.9 * (1 - by_models))
    assert stops(q, q, LASTING, SUMMARY, CUTOFF, Horizon(90, 0.1)) == 0.0
    assert stops(np.ones(3), q, LASTING, SUMMARY, CUTOFF, year) == 0.0


def test_days_that_are_shut_say_nothing_of_who_is_gone():
    gone, p = np.array([0.9, 0.2, 0.0]), np.ones(3)
    by_then = LASTING.models["bg_nbd"].p_no_purchase(SUMMARY, 365) / LASTING.models["bg_nbd"].p_no_purchase(SUMMARY, 90)
    found = none_by_then(p, gone, LASTING, SUMMARY, CUTOFF, Horizon(365, 0.0))
    assert found == pytest.approx(gone + (1 - gone) * by_then)
    assert none_by_then(p / 2, gone, LASTING, SUMMARY, CUTOFF, Horizon(365, 0.0))[0] == pytest.approx(0.5)


def test_who_buys_nothing_over_a_horizon_is_told_by_churn_in_the_window_and_by_a_model_beyond_it():
    p = np.array([0.9, 0.4, 0.05])
    one = LASTING.models["bg_nbd"]

    def nothing(days):
        return none_by_then(p, np.zeros(3), LASTING, SUMMARY, CUTOFF, Horizon(days, 0.0))

    assert nothing(90) == pytest.approx(p)
    year = one.p_no_purchase(SUMMARY, 365) / one.p_no_purchase(SUMMARY, 90)
    assert nothing(365) == pytest.approx(p * year)
    half = (1 - one.p_no_purchase(SUMMARY, 45)) / (1 - one.p_no_purchase(SUMMARY, 90))
    assert 1 - nothing(45) == pytest.approx((1 - p) * half)
    assert (nothing(30) > nothing(90)).all()
    assert (nothing(90) > nothing(700)).all()
