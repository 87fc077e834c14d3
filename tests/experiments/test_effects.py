"""Effects and intervals against published numbers, a second computation, and known truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from holdfast.experiments.effects import (
    Estimate,
    difference_of_means,
    difference_of_rates,
    holm,
    relative_lift,
)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    # Newcombe (1998), table II, method 10.
    [((56, 70, 48, 80), 0.0524, 0.3339), ((9, 10, 3, 10), 0.1705, 0.8090), ((5, 56, 0, 29), -0.0381, 0.1926)],
)
def test_newcombes_own_examples(counts, low, high):
    found = difference_of_rates(*counts)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 300), st.integers(1, 300), st.data())
def test_the_p_value_of_rates_is_that_of_their_interval(n, m, data):
    found = difference_of_rates(data.draw(st.integers(0, n)), n, data.draw(st.integers(0, m)), m)
    assert -1 <= found.low <= found.effect <= found.high <= 1
    assert found.significant == (found.p_value < 0.05)


def test_exchanging_the_arms_turns_the_sign():
    one, other = difference_of_rates(30, 200, 50, 300), difference_of_rates(50, 300, 30, 200)
    assert (one.effect, one.low, one.high) == pytest.approx((-other.effect, -other.high, -other.low))
    assert one.p_value == pytest.approx(other.p_value)


def test_nothing_in_common_has_the_smallest_p_value():
    assert difference_of_rates(10**6, 10**6, 0, 10**6).p_value == 0


def test_means_as_scipy_has_them():
    random = np.random.default_rng(2)
    a, b = random.normal(1, 1, 40), random.normal(0, 5, 90)
    oracle = stats.ttest_ind(a, b, equal_var=False)
    interval, found = oracle.confidence_interval(), difference_of_means(a, b)
    assert (found.low, found.high, found.p_value) == pytest.approx((interval.low, interval.high, oracle.pvalue))


def test_outcomes_that_do_not_vary():
    assert difference_of_means(np.ones(5), np.ones(5)) == Estimate(0.0, 0.0, 0.0, 1.0)
    assert difference_of_means(np.full(5, 2.0), np.ones(5)).p_value == 0


def test_lift_covers_the_ratio_of_two_means():
    random = np.random.default_rng(5)
    covered = 0
    for _ in range(500):
        a, b = random.exponential(1.3, 150), random.exponential(1.0, 100)
        lift = relative_lift(a.mean(), b.mean(), a.var() / 150, b.var() / 100)
        assert lift is not None
        covered += lift.low <= 0.3 <= lift.high
    assert 0.93 <= covered / 500 <= 0.97


def test_no_lift_over_next_to_nothing():
    assert relative_lift(1.0, 0.0, 0.01, 0.01) is None
    assert relative_lift(1.0, 0.02, 0.0, 0.02 * 0.98 / 50) is None
    # 3 of 13 who were held back: the share may lie anywhere from a quarter of what it is to thousands of per cent.
    assert relative_lift(0.15, 3 / 13, 0.15 * 0.85 / 100, 3 / 13 * 10 / 13 / 13) is None
    assert relative_lift(0.15, 30 / 130, 0.15 * 0.85 / 1000, 3 / 13 * 10 / 13 / 130) is not None
    # All who were held back bought: how far that share may be off is not told by their variance, which is 0.
    assert relative_lift(0.86, 1.0, 0.86 * 0.14 / 36, 0.0) is None


def test_holm():
    # Holm (1979): sorted p-values times n, n - 1, …, never falling, never above 1.
    assert holm([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.09, 0.09, 0.5])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([]) == []


def test_another_unit():
    found = Estimate(2.0, 1.0, 4.0, 0.01).times(-0.5, minus=1.0)
    assert (found.effect, found.low, found.high) == (-2.0, -3.0, -1.5)
    assert found.as_dict()["p_value"] is None
