from datetime import date

import duckdb
import pandas as pd
import pytest

from holdfast.data.engine import EPOCH
from holdfast.features import Cutoff
from holdfast.features.shut import Shut


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


FIRE = Shut(((date(2023, 11, 1), date(2023, 11, 30)),))


def test_days_that_were_shut_once_are_no_time():
    now = Cutoff("2024-01-01", horizon_days=90, gap_days=5, shut=FIRE)
    before = now.earlier(90)
    assert (before.date, before.horizon_days, before.gap_days, before.shut) == (date(2023, 9, 3), 90, 5, FIRE)
    assert (before.window_start, before.window_end) == (date(2023, 9, 8), date(2024, 1, 6))
    assert (now.days_shut, before.days_shut) == (0, 30)
    assert (now.since(date(2023, 12, 1)), now.since(date(2023, 10, 1))) == (31, 62)
    assert not now.broken
    assert before.broken


def test_a_window_may_hold_one_shut_day_in_twenty():
    for days, broken in ((5, False), (6, True)):
        holiday = Shut(((date(2024, 2, 1), date(2024, 2, days)),))
        window = Cutoff("2024-01-01", horizon_days=100, shut=holiday)
        assert (window.days_shut, window.broken) == (days, broken)


def test_days_before_a_closure_move_up_and_back_in_sql():
    now = Cutoff("2024-01-01", horizon_days=90, shut=FIRE)
    number = {name: (day - EPOCH).days for name, day in DAYS_AROUND.items()}
    for name, moved in (("before", "end"), ("inside", "after"), ("after", "after")):
        sql = now.open_day("day").replace("day", str(number[name]))
        assert duckdb.sql(f"SELECT {sql}").fetchall() == [(number[moved],)]
    for name, calendar in (("end", "before"), ("after", "after")):
        sql = now.calendar_day("day").replace("day", str(number[name]))
        assert duckdb.sql(f"SELECT {sql}").fetchall() == [(number[calendar],)]
    # What was shut only later is not known.
    early = Cutoff("2023-10-15", horizon_days=90, shut=FIRE)
    assert (early.open_day("day"), early.calendar_day("day")) == ("day", "day")


DAYS_AROUND = {
    "before": date(2023, 10, 31),
    "inside": date(2023, 11, 15),
    "end": date(2023, 11, 30),
    "after": date(2023, 12, 1),
}
