"""The programme holdout read every week: formula, false alarms, power, cut and adjustment."""

from math import inf, log, sqrt

import numpy as np
import pytest
from benchmarks.programmes import alarms, power, readings, shop

from holdfast.experiments.programme import adjusted, half_width, read_programme


def test_the_half_width_is_that_of_the_theorem():
    # Waudby-Smith et al. (2024), Theorem 2.2, with t customers of standard deviation sigma.
    for sigma, t, rho in ((2.0, 400, 0.05), (1.0, 10_000, 0.02)):
        stated = sigma * sqrt(2 * (t * rho**2 + 1) / (t**2 * rho**2) * log(sqrt(t * rho**2 + 1) / 0.05))
        assert half_width(sigma / sqrt(t), rho * sigma) == pytest.approx(stated)
    assert half_width(0.0, 0.03) == half_width(inf, 0.03) == inf


def test_brownian_motion_leaves_the_sequence_in_at_most_five_of_a_hundred():
    random = np.random.default_rng(1)
    paths = np.cumsum(random.normal(size=(2000, 400)), axis=1)
    t = np.arange(1, 401)
    width = np.array([half_width(1 / sqrt(n), 0.15) for n in t])
    left = (np.abs(paths / t) > width).any(axis=1).mean()
    assert 0.005 < left <= 0.05
    assert (np.abs(paths / t) > 1.96 / np.sqrt(t)).any(axis=1).mean() > 0.4  # what reading every week costs otherwise


def test_programmes_without_an_effect_rarely_raise_an_alarm_and_real_ones_are_shown():
    assert alarms(40, n=2000, weeks=16) <= 0.05
    assert power(5, n=20_000, weeks=16, effect=0.3) >= 0.8


def test_the_reading_finds_the_effect_and_the_past_makes_it_sharper():
    one = shop(40_000, 13, 0.10, 3, held_share=0.2)
    last, _ = readings(one)[-1]
    assert last.low / last.held_out_mean < 0.10 < last.high / last.held_out_mean
    assert last.relative == pytest.approx(0.10, abs=3 * last.error / last.held_out_mean)
    total = one.weekly.sum(axis=0)
    blind = read_programme(total, one.held_out, np.zeros((len(total), 0)))
    assert last.error < 0.8 * blind.error
    assert last.held_out == one.held_out.sum() == len(total) - last.customers
    assert adjusted(total, one.held_out, one.past).mean() == pytest.approx(total.mean())


def test_a_wholesaler_decides_nothing_and_a_handful_cannot_tell():
    one = shop(3000, 8, 0.0, 4)
    total = one.weekly.sum(axis=0)
    total[np.flatnonzero(one.held_out)[0]] = 5e6
    reading = read_programme(total, one.held_out, one.past)
    assert not reading.shown
    assert reading.held_out_mean < 300
    few = np.zeros(3000, dtype=bool)
    few[:30] = True
    assert read_programme(total, few, one.past).low == -inf
    assert read_programme(total, few, one.past).as_dict()["low"] is None
