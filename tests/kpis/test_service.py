"""How long tickets take: the median with those that are open still."""

import numpy as np
import pytest

from holdfast.kpis.service import days_to_close


def test_without_open_tickets_it_is_the_plain_median():
    random = np.random.default_rng(1)
    for n in (1, 2, 7, 40, 101):
        took = random.integers(0, 30, n)
        found = days_to_close(np.arange(n), np.arange(n) + took, until=1000)
        # The first day by which at least half are closed.
        assert found.value == np.sort(took)[(n - 1) // 2]
        assert found.low <= found.value
        assert not found.high < found.value


def test_leaving_open_ones_out_would_flatter_and_the_interval_holds_the_truth():
    random, inside, plain = np.random.default_rng(2), 0, []
    for _ in range(300):
        opened = random.integers(0, 60, 400)
        closed = opened + np.floor(random.exponential(20 / np.log(2), 400)) + 1
        found = days_to_close(opened, np.where(closed < 60, closed, np.nan), until=60)
        plain.append(np.median((closed - opened)[closed < 60]))
        inside += found.low <= 20 <= found.high
    assert np.mean(plain) < 14
    assert 276 <= inside <= 297


def test_a_closing_that_is_not_known_yet_is_none():
    assert days_to_close([0, 0, 0], [1, 2, 9], until=5).value == days_to_close([0, 0, 0], [1, 2, np.nan], until=5).value


@pytest.mark.parametrize(
    ("opened", "closed", "why"),
    [([], [], "nothing was asked"), ([0, 0, 0], [np.nan, np.nan, 1], "half of them, or more, are open still")],
)
def test_what_cannot_be_said_has_a_reason(opened, closed, why):
    found = days_to_close(opened, closed, until=9)
    assert np.isnan(found.value)
    assert found.reason == why
