"""Skewed amounts and arms of unequal size: as many gains as losses by chance, and the same answer in any order."""

import numpy as np
import pytest
from scipy import stats

from holdfast.experiments.effects import difference_of_means
from holdfast.experiments.skewed import is_skewed, redrawn


def spends(random: np.random.Generator, n: int, more: float = 1.0) -> np.ndarray:
    """One customer in twenty buys, for amounts of which a few are large."""
    return np.where(random.random(n) < 0.05, more * random.lognormal(3.0, 1.2, n), 0.0)


@pytest.mark.no_cover
def test_without_an_effect_gains_and_losses_are_as_rare_as_stated():
    random = np.random.default_rng(4)
    ours, welch = np.zeros(2), np.zeros(2)
    for _ in range(200):
        listed, held = spends(random, 1800), spends(random, 200)
        found = difference_of_means(listed, held)
        ours += (found.low > 0, found.high < 0)
        plain = stats.ttest_ind(listed, held, equal_var=False).confidence_interval()
        welch += (plain.low > 0, plain.high < 0)
    # 5 of 200 are expected on each side; 11 and more have a chance of 1 %.
    assert ours.max() <= 10
    assert welch[0] >= 20


@pytest.mark.no_cover
def test_an_effect_that_is_there_is_held():
    random = np.random.default_rng(5)
    truth = 0.5 * 0.05 * np.exp(3.0 + 1.2**2 / 2)
    held = 0
    for _ in range(100):
        found = difference_of_means(spends(random, 1800, 1.5), spends(random, 200))
        held += found.low <= truth <= found.high
    assert held >= 90


def test_the_order_of_customers_changes_nothing_and_exchanged_arms_turn_the_sign():
    random = np.random.default_rng(6)
    listed, held = spends(random, 900), spends(random, 100)
    one = difference_of_means(listed, held)
    assert difference_of_means(random.permutation(listed), random.permutation(held)).p_value == one.p_value
    other = difference_of_means(held, listed)
    assert (other.effect, other.low, other.high) == pytest.approx((-one.effect, -one.high, -one.low))
    assert one.low < one.effect < one.high
    moved = difference_of_means(listed + 7, held + 7)
    assert (moved.low, moved.high) == pytest.approx((one.low, one.high))


def test_the_interval_leaves_out_nothing_exactly_where_p_is_below_a_twentieth():
    random = np.random.default_rng(7)
    seen = set()
    for more in np.linspace(1.0, 6.0, 25):
        found = difference_of_means(spends(random, 900, more), spends(random, 100))
        assert found.significant == (found.p_value < 0.05)
        seen.add(found.significant)
    assert seen == {True, False}


@pytest.mark.no_cover
def test_quantiles_are_those_of_arms_redrawn_one_by_one():
    random = np.random.default_rng(8)
    listed, held = spends(random, 360), spends(random, 40)
    pool, found = np.concatenate([listed, held]), []
    for _ in range(4000):
        drawn = random.permutation(pool)
        found.append(stats.ttest_ind(drawn[:360], drawn[360:], equal_var=False).statistic)
    low, high = np.nanquantile(found, (0.025, 0.975))
    ours = redrawn(listed, held, 0.0)
    assert ours.high == pytest.approx(high, abs=0.25)
    assert ours.low == pytest.approx(low, rel=0.15)


def test_where_the_arms_are_alike_or_amounts_are_even_it_is_welchs_own():
    random = np.random.default_rng(9)
    alike = spends(random, 1000), spends(random, 1000)
    even = random.normal(20, 5, 900), random.normal(20, 5, 100)
    for listed, held in (alike, even):
        assert not is_skewed(listed, held)
        plain = stats.ttest_ind(listed, held, equal_var=False).confidence_interval()
        found = difference_of_means(listed, held)
        assert (found.low, found.high) == pytest.approx((plain.low, plain.high))
    assert not is_skewed(np.ones(50), np.ones(5))
