"""How far amounts lie from what is expected: each customer's, and those of many together."""

import numpy as np
import pandas as pd
import pytest

from holdfast.features import Cutoff
from holdfast.forecast.spread import Spread, totals
from holdfast.forecast.worth import Horizon

FRESH = Spread()
TRUE = Spread(chance=0.4, customers=0.2)


def drawn(seed, n, *, spread=TRUE, p_none=0.4):
    """Return (expected, p_none, size, amounts) of customers who are as ``spread`` says."""
    random = np.random.default_rng(seed)
    size = random.gamma(4.0, 10.0, n)
    mean = size * (1.0 + random.gamma(1.0, 2.0, n))
    shape = mean / (spread.chance * size + spread.customers * mean)
    amounts = np.where(random.random(n) < p_none, 0.0, random.gamma(shape) * mean / shape)
    return mean * (1 - p_none), np.full(n, p_none), size, amounts


@pytest.mark.parametrize(("q", "zero"), [(0.1, True), (0.4, True), (0.5, False), (0.9, False), (0.99, False)])
def test_a_quantile_is_passed_as_often_as_it_says(q, zero):
    expected, none, size, amounts = drawn(1, 20_000)
    found = TRUE.quantile(q, expected, none, size)
    assert (found == 0).all() == zero
    if not zero:
        assert np.mean(amounts <= found) == pytest.approx(q, abs=0.01)


def test_the_variance_is_that_of_the_amounts():
    expected, none, size, amounts = drawn(2, 200_000)
    variance = TRUE.variance(expected, none, size)
    assert np.mean(np.square(amounts - expected)) == pytest.approx(variance.mean(), rel=0.02)
    # Whoever is sure to buy has no further variance; whoever is sure not to has none at all.
    sure = TRUE.variance(np.array([50.0, 0.0]), np.array([0.0, 1.0]), np.array([10.0, 10.0]))
    assert sure.tolist() == pytest.approx([0.4 * 50 * 10 + 0.2 * 2500, 0.0])


def test_one_customers_variance_is_learnt_from_those_who_bought():
    expected, none, size, amounts = drawn(3, 40_000)
    bought = amounts > 0
    learnt = Spread().with_amounts(amounts[bought], (expected / (1 - none))[bought], size[bought])
    assert learnt.chance == pytest.approx(TRUE.chance, rel=0.1)
    assert learnt.customers == pytest.approx(TRUE.customers, rel=0.1)
    assert (learnt.level, learnt.certainty) == (Spread().level, Spread().certainty)
    few = bought & (np.arange(len(bought)) < 60)
    assert Spread().with_amounts(amounts[few], (expected / (1 - none))[few], size[few]) == Spread()


def test_every_past_window_moves_the_level_and_makes_it_surer():
    calm, rough = Spread().with_levels([0.01, -0.02]), Spread().with_levels([0.5, -0.6])
    assert calm.level < Spread().level < rough.level
    assert calm.level == pytest.approx(((4 * 0.12**2 + 0.01**2 + 0.02**2) / 6) ** 0.5)
    assert calm.certainty == rough.certainty == 6
    assert Spread().with_levels([]) == Spread()
    assert Spread().with_levels([float("nan"), float("inf")]) == Spread()


WINDOW, YEAR = Cutoff("2024-01-01", horizon_days=30), Horizon(365, 0.0)


def test_when_customers_stop_is_part_of_the_variance_of_what_comes_after_the_window():
    # A monthly box of which a tenth stops each month: some get twelve more, some none.
    random = np.random.default_rng(7)
    windows = 335 / 30
    lived = np.minimum(random.exponential(-1 / np.log(0.9), 400_000), windows)
    found = Spread(stops=0.1).of_stopping(np.array([lived.mean()]), WINDOW, YEAR).item()
    assert found == pytest.approx(lived.var(), rel=0.01)
    assert Spread(stops=0.0).of_stopping(np.array([5.0]), WINDOW, YEAR).item() == 0.0
    # Within the window nothing comes after it; all of them stopping is no division by zero.
    assert Spread(stops=0.5).of_stopping(np.array([5.0]), WINDOW, Horizon(30, 0.0)).item() == 0.0
    assert 0 < Spread(stops=1.0).of_stopping(np.array([5.0]), WINDOW, YEAR).item() < np.inf


def test_an_interval_of_a_year_holds_when_a_regular_customer_stops():
    box = Spread(chance=0.05, customers=0.0, stops=0.1)
    random = np.random.default_rng(8)
    lived = np.minimum(random.exponential(-1 / np.log(0.9), 20_000), 335 / 30)
    mean, none, size = np.full(20_000, lived.mean()), np.zeros(20_000), np.ones(20_000)
    stopping = box.of_stopping(mean, WINDOW, YEAR)

    def held(*more):
        low, high = (box.quantile(q, mean, none, size, *more) for q in (0.1, 0.9))
        return np.mean((lived >= low) & (lived <= high))

    # A Gamma distribution has not its shape (most reach the end), but holds about as many as it says.
    assert held() < 0.2
    assert held(stopping) == pytest.approx(0.8, abs=0.1)
    assert box.variance(mean, none, size, stopping)[0] == pytest.approx(0.05 * lived.mean() + lived.var(), rel=0.03)
    few = box.variance(mean, none + 0.5, size, stopping)[0] - box.variance(mean, none + 0.5, size)[0]
    assert few == pytest.approx(stopping[0] / 0.5)


def scored(expected, deviation, p, in_window):
    """What totals read of scores."""
    p = np.asarray(p)
    columns = {"clv_365d": expected, "clv_365d_sd": deviation, "p_churn_90d": p}
    return pd.DataFrame({**columns, "value_if_stays_90d": np.asarray(in_window) / (1 - p)})


def test_what_comes_after_the_window_is_less_sure_than_what_comes_in_it():
    expected, names = np.full(400, 10.0), pd.Series(["all"] * 400)

    def width(within, spread=FRESH):
        scores = scored(expected, np.full(400, 4.0), np.full(400, 0.2), expected * within)
        table = totals(scores, names, spread, churn_days=90, clv_days=365)
        return (table["high_80"] - table["low_80"]).item()

    assert width(1.0) < width(0.5) < width(0.0)
    # As much as the window where the horizon is shorter than that.
    assert width(2.0) == width(1.0)
    right, wrong = Spread().with_later([0.02, -0.01]), Spread().with_later([0.5, -0.4])
    assert width(0.2, right) < width(0.2) < width(0.2, wrong)
    assert (right.level, right.certainty) == (Spread().level, Spread().certainty)


def test_totals_fall_into_their_intervals_as_often_as_they_say():
    spread = Spread(chance=0.4, customers=0.2, level=0.2, certainty=8.0, leaving=0.3, later=0.28)
    random = np.random.default_rng(4)
    expected, none, size, _ = drawn(5, 60, spread=spread)
    deviation = np.sqrt(spread.variance(expected, none, size))
    # A quarter of it comes within the window.
    scores = scored(expected, deviation, none, expected / 4)
    table = totals(scores, pd.Series(["all"] * 60), spread, churn_days=90, clv_days=365)
    scale = np.hypot(0.25 * 0.2 + 0.75 * 0.28, 0.3 * 0.4)
    worlds = 2000
    means = expected / 0.6
    shape = means / (0.4 * size + 0.2 * means)
    amounts = np.where(random.random((worlds, 60)) < 0.4, 0.0, random.gamma(shape, size=(worlds, 60)) * means / shape)
    happened = amounts.sum(axis=1) * np.exp(scale * random.standard_t(8.0, worlds))
    for level in (80, 95):
        low, high = table[f"low_{level}"].item(), table[f"high_{level}"].item()
        assert np.mean((happened >= low) & (happened <= high)) == pytest.approx(level / 100, abs=0.02)


def test_totals_are_by_group_and_a_group_that_leaves_is_less_sure():
    expected = pd.Series([10.0, 20.0, 30.0, 0.0])
    scores = scored(expected, [1.0, 1.0, 1.0, 0.0], [0.1, 0.1, 0.9, 0.9], expected)
    names = pd.Series(["b", "b", "a", "none"])
    table = totals(scores, names, Spread(), churn_days=90, clv_days=365).set_index("name")
    assert table["customers"].to_dict() == {"a": 1, "b": 2, "none": 1}
    assert table["total"].to_dict() == {"a": 30.0, "b": 30.0, "none": 0.0}
    assert (table.loc["none", ["low_80", "high_80", "low_95", "high_95"]] == 0).all()
    width = table["high_80"] - table["low_80"]
    assert width["a"] > 1.2 * width["b"]
    some = table.loc[["a", "b"]]
    assert (some["low_95"] < some["low_80"]).all()
    assert (some["low_80"] < some["total"]).all()
    assert (some["total"] < some["high_80"]).all()
    assert (some["high_80"] < some["high_95"]).all()


def test_a_variance_is_never_below_nothing():
    assert Spread().variance(np.array([1e-9, 0.0]), np.array([1.0, 1.0]), np.array([5.0, 5.0])).tolist() == [0.0, 0.0]
