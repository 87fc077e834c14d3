"""Whether a shop has a season is seen in its log: only what every year has in common is one."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from holdfast.churn.behind import Behind, UsualYear
from holdfast.data.engine import EPOCH

FIRST = date(2021, 1, 1)
BEGAN = (FIRST - EPOCH).days


def found(per_day, *, stray=False):
    """The season of a log with so many purchases on each day from ``FIRST`` on, the cutoff on the day after."""
    per_day = np.asarray(per_day)
    sold = np.flatnonzero(per_day > 0)
    bought = pd.DataFrame({"day": BEGAN + sold, "purchases": per_day[sold]})
    if stray:
        bought = pd.concat([pd.DataFrame({"day": [BEGAN - 5000], "purchases": [1.0]}), bought], ignore_index=True)
    return UsualYear.of(bought, FIRST + timedelta(days=len(per_day)))


def winter(days, of_winter=3.0, of_summer=1.0):
    """More from the 300th day of a year to the 90th of the next, as this log counts years."""
    of_year = (BEGAN + np.arange(days)) % 365
    return np.where((of_year >= 300) | (of_year < 90), of_winter, of_summer)


@pytest.mark.parametrize("days", [730, 900, 1500])
def test_what_two_years_and_more_have_in_common_is_a_season(days):
    year = found(winter(days))
    mean = (155 * 3 + 210) / 365
    assert year.levels[0] == pytest.approx(3 / mean, abs=0.01)
    assert year.levels[40] == pytest.approx(1 / mean, abs=0.01)
    assert year.between(0, 365) == pytest.approx(365, abs=0.05)
    assert year.between(365 * 40 + 130, 365 * 40 + 220) == pytest.approx(90 / mean, abs=0.1)
    # A week that begins with a purchase holds more of them than a week of the year; a year is a year.
    assert year.gap(7) == pytest.approx(7 * (155 * 9 + 210) / 365 / mean**2, rel=0.05)
    assert year.gap(365) == pytest.approx(365, abs=0.05)
    assert year.gap(730 + 7) == pytest.approx(730 + year.gap(7), abs=0.1)


def test_growth_is_no_season_and_hides_none():
    grows = 2 ** (np.arange(1200) / 365)
    assert not found(5 * grows)
    assert not found(5 / grows)
    both, alone = found(winter(1200) * grows), found(winter(1200))
    assert both
    np.testing.assert_allclose(both.levels, alone.levels, rtol=0.02)


def test_a_shop_that_lost_most_of_its_customers_once_has_no_season():
    lost = np.where(np.arange(950) < 550, 10.0, 3.0)
    assert not found(lost)
    one_year = np.where(np.arange(900) >= 700, winter(900), 2.0)
    assert not found(one_year), "a quiet summer of one year"


@pytest.mark.parametrize(
    ("per_day", "known"),
    [
        (winter(729), False),  # less than two years
        (winter(730, 0.5, 0.2), False),  # too few purchases to say
        (winter(730, 1.3, 1.0), False),  # 0.89 of the mean in summer
        (winter(730, 2.2, 1.0), True),
    ],
)
def test_a_season_needs_two_years_enough_purchases_and_to_be_felt(per_day, known):
    assert bool(found(per_day)) is known


def test_a_stray_line_of_long_ago_hides_no_season():
    assert found(winter(800), stray=True) == found(winter(800))


def test_days_behind_are_counted_from_the_as_of_date():
    year = found(winter(730))
    behind = Behind(year=year, day=365 * 55 + 300)
    assert behind.usual(0, 90) == pytest.approx(year.between(210, 300))
    assert behind.usual(-90, 0) == pytest.approx(year.between(300, 390))
    assert behind.usual(0, 90) < 55 < 140 < behind.usual(-90, 0)
    assert Behind().usual(30, 90) == 60
    assert np.isnan(year.gap(float("nan")))
