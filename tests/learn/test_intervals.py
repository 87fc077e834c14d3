"""Intervals and differences against published figures."""

import math

import numpy as np
import pytest

from holdfast.learn.intervals import NORMAL_95, newcombe, paired_mean_difference, wilson


@pytest.mark.parametrize(
    ("r", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_limits_are_the_published_ones(r, n, low, high):
    """Newcombe (1998), Two-sided confidence intervals for the single proportion, table I, method 3."""
    assert wilson(r / n, n, NORMAL_95) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("a", "m", "b", "n", "low", "high"),
    [(56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (10, 10, 0, 10, 0.6075, 1.0)],
)
def test_the_limits_of_a_difference_are_the_published_ones(a, m, b, n, low, high):
    """Newcombe (1998), Interval estimation for the difference between independent proportions, table II, method 10."""
    assert newcombe(a / m, m, b / n, n, NORMAL_95) == pytest.approx((low, high), abs=5e-5)


def test_a_paired_difference_is_that_of_the_customers():
    first, second = np.array([0.2, 0.5, 0.9, 0.4]), np.array([0.1, 0.7, 0.6, 0.2])
    found = paired_mean_difference(first, second)
    assert found.difference == pytest.approx(0.1)
    half = NORMAL_95 * math.sqrt(sum((d - 0.1) ** 2 for d in (0.1, -0.2, 0.3, 0.2)) / 3 / 4)
    assert (found.low, found.high) == pytest.approx((0.1 - half, 0.1 + half))
    one = paired_mean_difference(first[:1], second[:1])
    assert (one.low, one.high) == (-math.inf, math.inf)
