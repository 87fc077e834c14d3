"""Days shut once are no time: features are those of a log whose days stand closer together."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from holdfast.churn import Snapshots
from holdfast.features import FEATURES, Cutoff, build_features, build_histories, feature_sql, unportable
from holdfast.features.build import purchase_days_sql
from holdfast.features.shut import Shut
from tests.features.test_build import COLUMNS, Source, awkward_log, build, read_purchases

# 8 and 15 weeks, so that weekdays stay what they are.
WINTER = (date(2022, 9, 5), date(2022, 10, 30))
SPRING = (date(2023, 1, 9), date(2023, 4, 23))
BOTH = Shut((WINTER, SPRING))
AS_OF = date(2023, 8, 1)
CALENDAR = {"season_share", "days_since_anniversary", "purchases_same_season"}


def open_log() -> pd.DataFrame:
    """An awkward log in which nothing happened on these days."""
    log = awkward_log()
    days = pd.to_datetime(log["ordered_at"]).dt.date
    return log[[not any(first <= day <= last for first, last in BOTH.stretches) for day in days]]


def moved(log: pd.DataFrame) -> pd.DataFrame:
    """The same log as if these days had never been."""

    def up(text: str) -> str:
        day = date.fromisoformat(text)
        lost = sum((last - first).days + 1 for first, last in BOTH.stretches if day < first)
        return (day + timedelta(days=lost)).isoformat()

    return log.assign(ordered_at=log["ordered_at"].map(up))


def test_features_are_those_of_a_log_without_these_days():
    shut = build(open_log(), Cutoff(AS_OF, 60, shut=BOTH))
    never = build(moved(open_log()), Cutoff(AS_OF, 60))
    plain = build(open_log(), Cutoff(AS_OF, 60))
    assert len(shut) == len(never) > 100
    same = [f.name for f in FEATURES if f.name not in CALENDAR]
    pd.testing.assert_frame_equal(shut[same], never[same])
    assert (shut["tenure"] < plain["tenure"]).mean() > 0.9
    # The calendar goes on: last year's season lies where it lay.
    old = plain["season_share"].notna()
    pd.testing.assert_frame_equal(shut[sorted(CALENDAR)], plain[sorted(CALENDAR)])
    assert old.sum() > 50


def test_histories_count_the_same_days(tmp_path):
    del tmp_path
    cutoff = Cutoff(AS_OF, 60, shut=BOTH)
    log, other = (read_purchases(Source(frame, COLUMNS)) for frame in (open_log(), moved(open_log())))
    expected = build_histories(other.connection, Cutoff(AS_OF, 60))
    pd.testing.assert_frame_equal(build_histories(log.connection, cutoff), expected)
    # Off the days that are kept as well.
    snapshots = Snapshots(log.connection, log.first_day, shut=BOTH)
    pd.testing.assert_frame_equal(snapshots.histories(AS_OF), expected)
    assert snapshots.history_days(AS_OF) == (AS_OF - log.first_day).days - 56 - 105


def test_the_text_is_portable_and_that_of_an_open_shop_is_as_ever():
    text = feature_sql(Cutoff(AS_OF, 60, shut=BOTH), ["visits"])
    assert unportable(text) == unportable(purchase_days_sql(Cutoff(AS_OF, 60, shut=BOTH))) == []
    assert "{" not in text
    # What is shut later is not known at an earlier cutoff.
    assert feature_sql(Cutoff("2022-06-01", 60, shut=BOTH)) == feature_sql(Cutoff("2022-06-01", 60))


@pytest.mark.parametrize("as_of", [date(2023, 1, 9), date(2023, 3, 1), date(2023, 4, 24), AS_OF])
@pytest.mark.parametrize("back", [1, 40, 150, 400])
def test_time_is_cut_in_open_days(as_of, back):
    def is_open(day: date) -> bool:
        return not any(first <= day <= last for first, last in BOTH.stretches)

    cutoff = Cutoff(as_of, 30, 7, BOTH)
    then = cutoff.earlier(back)
    days = [then.date + timedelta(days=n) for n in range((as_of - then.date).days)]
    assert sum(map(is_open, days)) == back == cutoff.since(then.date)
    assert is_open(then.date)
    window = [then.window_start + timedelta(days=n) for n in range((then.window_end - then.window_start).days)]
    assert sum(map(is_open, window)) == 30
    lost = [then.date + timedelta(days=n) for n in range((then.window_end - then.date).days)]
    assert then.days_shut == sum(not is_open(day) for day in lost)
    assert then.broken == (then.days_shut > 1)
    silent = np.array([back, back, 1])
    assert BOTH.calendar_days(as_of, silent).tolist()[0] == (as_of - then.date).days


def test_what_is_shut_now_is_no_silence():
    """As of a day in a closure everything is as on the day it began."""
    log = open_log()
    began = build(log, Cutoff(SPRING[0], 60, shut=Shut((WINTER,))))
    amid = Shut((WINTER, (SPRING[0], date(2023, 2, 28))))
    now = build(log, Cutoff("2023-03-01", 60, shut=amid))
    names = [f.name for f in FEATURES if f.name not in CALENDAR]
    pd.testing.assert_frame_equal(now[names], began[names])


def test_visits_after_the_last_purchase_are_counted_by_the_calendar():
    lines = pd.DataFrame({"customer_id": ["a", "a"], "ordered_at": ["2022-03-01", "2022-08-20"], "amount": [5.0, 5.0]})
    connection = read_purchases(Source(lines)).connection
    connection.execute(
        "CREATE TABLE visits AS SELECT 'a' AS customer_id, day - DATE '1970-01-01' AS visited_day, 1 AS pages "
        "FROM (VALUES (DATE '2022-08-19'), (DATE '2022-08-21'), (DATE '2022-10-01'), (DATE '2023-07-20')) AS v(day)"
    )
    (found,) = build_features(connection, Cutoff(AS_OF, 60, shut=BOTH)).to_dict("records")
    assert found["days_since_last"] == (AS_OF - date(2022, 8, 20)).days - 56 - 105
    assert (found["visits_since_purchase"], found["visits_30d"]) == (3, 1)
