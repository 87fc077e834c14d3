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
    cutoff = Cutoff(date(2024, 3, 1), horizon_days=30)
    assert cutoff.earlier(29) == Cutoff(date(2024, 2, 1), horizon_days=30)
    assert cutoff.window_end == date(2024, 3, 31)
    assert cutoff.observed_by(date(2024, 3, 31))
    assert not cutoff.observed_by(date(2024, 3, 30))


@pytest.mark.parametrize("wrong", [{"horizon_days": 0}, {"horizon_days": 1, "gap_days": -1}])
def test_windows_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError, match="at least"):
        Cutoff(date(2024, 1, 1), **wrong)
