"""Rows that no longer come: days without any, and a fall in the newest weeks, against the log's own past."""

from datetime import date

import numpy as np
import pytest

from holdfast.data.engine import EPOCH
from holdfast.evaluate.arrivals import gaps, volume_drift

START = 20000


def shop(level: float = 65.0, days: int = 600, seed: int = 1, wild: float = 8.0) -> np.ndarray:
    """Day numbers of the rows of a shop that sells less on Sundays, and whose days differ by more than chance."""
    rng = np.random.default_rng(seed)
    day = np.arange(days)
    usual = level * np.where(day % 7 == 6, 0.3, 1.0) * (1 + 0.3 * np.sin(2 * np.pi * day / 365.25))
    return np.repeat(day + START, rng.poisson(usual * rng.gamma(wild, 1 / wild, days)))


@pytest.mark.parametrize(("first", "length"), [(590, 1), (570, 3), (560, 7)])
def test_days_without_a_row_are_found_with_what_is_usual(first, length):
    rows = shop()
    missing = rows[(rows < START + first) | (rows >= START + first + length)]
    (found,) = gaps(missing, START + 600)
    assert (found.first - found.last).days == 1 - length
    assert (found.first.toordinal() - 719163, found.days) == (START + first, length)
    assert found.usual == pytest.approx(55, rel=0.4)
    assert gaps(rows, START + 600) == []


@pytest.mark.parametrize(("shut", "told"), [(("12-25", "12-26"), 0), (("12-25",), 0), (("12-26", "12-27"), 1)])
def test_shops_are_shut_at_christmas(shut, told):
    rows = shop()
    closed = [(date.fromisoformat(f"2025-{day}") - EPOCH).days for day in shut]
    until = (date(2026, 1, 5) - EPOCH).days
    rows = rows + until - (START + 600)
    assert len(gaps(rows[~np.isin(rows, closed)], until)) == told


def test_days_long_past_and_stretches_that_are_usual_are_not_told():
    rows = shop()
    assert gaps(rows[(rows < START + 400) | (rows >= START + 403)], START + 600) == []
    closed = rows[(rows - START) % 30 > 1]  # two days every month
    assert gaps(closed, START + 600) == []
    last_year = rows[~np.isin(rows - START, [580, 581, 582, 215, 216, 217])]
    assert gaps(last_year, START + 600) == []
    assert len(gaps(rows[~np.isin(rows - START, [580, 581, 582, 115, 116, 117])], START + 600)) == 1


@pytest.mark.parametrize(("since", "left"), [(570, 0.25), (590, 0.2)])
def test_a_fall_of_the_newest_weeks_is_told_where_the_season_hid_it(since, left):
    rng = np.random.default_rng(5)
    rows = shop()
    rows = np.concatenate([rows, rows[(rows >= START + 300) & (rows < START + 340)]])  # a season once
    assert volume_drift("purchases", rows, START + 600) == []
    kept = rows[(rows < START + since) | (rng.random(len(rows)) < left)]
    (found,) = volume_drift("purchases", kept, START + 600)
    assert found.kind == "volume"
    assert "since 20" in found.said
    assert "rows may be missing" in found.said


def test_the_end_of_a_season_that_was_there_last_year_is_no_fall():
    day = np.arange(760)
    busy = (day % 364 >= 320) | (day % 364 < 8)
    rng = np.random.default_rng(3)
    rows = np.repeat(day + START, rng.poisson(np.where(busy, 200, 50)))
    assert volume_drift("purchases", rows, START + 753) == []


def test_quiet_shops_raise_hardly_ever_an_alarm():
    alarms = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        rows = shop(float(np.exp(rng.uniform(np.log(0.3), np.log(100)))), int(rng.integers(300, 700)), seed, 5.0)
        until = int(rows.max()) + 1
        alarms += bool(gaps(rows, until) or volume_drift("purchases", rows, until))
    assert alarms <= 2
