"""How far amounts lie from what is expected: each customer's, and those of many together."""

import numpy as np
import pandas as pd
import pytest

from holdfast.forecast.spread import Spread, totals

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
    assert calm.level == pytest.approx(((4 * 0.15**2 + 0.01**2 + 0.02**2) / 6) ** 0.5)
    assert calm.certainty == rough.certainty == 6
    assert Spread().with_levels([]) == Spread()
    assert Spread().with_levels([float("nan"), float("inf")]) == Spread()


def test_totals_fall_into_their_intervals_as_often_as_they_say():
    spread = Spread(chance=0.4, customers=0.2, level=0.2, certainty=8.0, leaving=0.3)
    random = np.random.default_rng(4)
    expected, none, size, _ = drawn(5, 60, spread=spread)
    deviation = np.sqrt(spread.variance(expected, none, size))
    table = totals(pd.Series(expected), pd.Series(deviation), pd.Series(none), pd.Series(["all"] * 60), spread)
    scale = np.hypot(0.2, 0.3 * 0.4)
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
    deviation, p = pd.Series([1.0, 1.0, 1.0, 0.0]), pd.Series([0.1, 0.1, 0.9, 0.9])
    table = totals(expected, deviation, p, pd.Series(["b", "b", "a", "none"]), Spread()).set_index("name")
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
