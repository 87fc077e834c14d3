from datetime import date

import pandas as pd
import pytest

from holdfast.features import Cutoff


def test_split_leaves_the_gap_and_the_far_future_out():
    cutoff = Cutoff(date(1970, 1, 11), horizon_days=5, gap_days=2)
    past, window = cutoff.split(pd.DataFrame({"day": range(30)}))
    assert past["day"].tolist() == list(range(10))
    assert window["day"].tolist() == [12, 13, 14, 15, 16]


def test_earlier_and_observed():
    cutoff = Cutoff(date(2024, 3, 1), horizon_days=30, gap_days=3)
    assert cutoff.earlier(29) == Cutoff(date(2024, 2, 1), horizon_days=30, gap_days=3)
    assert cutoff.window_start == date(2024, 3, 4)
    assert cutoff.window_end == date(2024, 4, 3)
    assert cutoff.observed_by(date(2024, 4, 3))
    assert not cutoff.observed_by(date(2024, 4, 2))


@pytest.mark.parametrize("wrong", [{"horizon_days": 0}, {"horizon_days": 1, "gap_days": -1}])
def test_windows_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError, match=r"^horizon_days must be at least 1 and gap_days at least 0$"):
        Cutoff(date(2024, 1, 1), **wrong)


def test_a_day_may_be_text():
    assert Cutoff("2024-01-01", horizon_days=30) == Cutoff(date(2024, 1, 1), horizon_days=30)


def test_a_day_that_is_none_is_named():
    with pytest.raises(ValueError, match=r"^the cutoff's date is not a day"):
        Cutoff("soon", horizon_days=30)
    with pytest.raises(ValueError, match=r"^day is not a day"):
        Cutoff(date(2024, 3, 1), horizon_days=30).observed_by("soon")


def test_the_shortest_window_is_a_day_and_there_may_be_no_gap():
    assert Cutoff(date(2024, 1, 1), horizon_days=1).window_end == date(2024, 1, 2)
