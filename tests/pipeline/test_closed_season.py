"""A shop that is shut in the same weeks of every year: nothing is expected on these days, and the rest as ever."""

import re
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from holdfast import make_config, prepare, score, train
from holdfast.churn.closed import ClosedSeason
from holdfast.churn.norms import figures
from holdfast.churn.signs import signs_of
from holdfast.data.engine import EPOCH
from holdfast.forecast.scorer import Scorer
from holdfast.pipeline import make_list, status_of
from holdfast.pipeline.due import due_of
from holdfast.pipeline.last_year import closed_weeks, stretch_without_purchases
from holdfast.pipeline.training import fit
from holdfast.report import decisions
from tests.conftest import settings
from tests.lists.whole import list_of
from tests.report.shops import _RULES

BEGAN, DAYS = date(2022, 1, 1), 1500
SUMMER = (date(2023, 6, 20), date(2023, 8, 31))


def shut(day: date, years: tuple[int, ...]) -> bool:
    first, last = (at.replace(year=day.year) for at in SUMMER)
    return day.year in years and first <= day <= last


def sold(years: tuple[int, ...]) -> pd.DataFrame:
    """Purchases of 400 customers who each buy at their own rate until they leave, but for the summers of some years."""
    random, rows = np.random.default_rng(11), []
    for number in range(400):
        rate, day = random.gamma(1.0, 1 / 40), random.uniform(-300, DAYS)
        leaves = day + random.exponential(900)
        while day < min(leaves, DAYS):
            when = BEGAN + timedelta(days=int(day))
            if day >= 0 and not shut(when, years):
                rows.append((f"c{number:03d}", pd.Timestamp(when), 20.0))
            day += random.exponential(1 / rate)
    return pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount"])


def known(lines: pd.DataFrame, cut: date, folder, **more):
    given = {**settings(folder), "as_of": cut.isoformat(), "churn": {"horizon_days": 90}, **more}
    given["purchases"] = {"columns": {name: name for name in ("customer_id", "ordered_at", "amount")}}
    return prepare(make_config(given), purchases=lines[lines["ordered_at"] < pd.Timestamp(cut)])


def scored(prepared, scorer):
    day = prepared.cutoff.date
    return scorer.score(prepared.snapshots.features(day), as_of=day, model_version="")


def happened(lines: pd.DataFrame, scores: pd.DataFrame, as_of: date) -> tuple[int, float]:
    """Purchase days in the window, and the share of customers who had none."""
    window = lines[lines["ordered_at"].between(pd.Timestamp(as_of), pd.Timestamp(as_of + timedelta(days=89)))]
    window = window[window["customer_id"].isin(scores["customer_id"])].drop_duplicates(["customer_id", "ordered_at"])
    return len(window), 1 - window["customer_id"].nunique() / len(scores)


EVERY = (2022, 2023, 2024, 2025)


@pytest.fixture(scope="module")
def seasonal():
    return sold(EVERY)


# Before it, at its beginning, amid it.
@pytest.mark.parametrize("as_of", [date(2025, 5, 1), date(2025, 6, 20), date(2025, 7, 10)])
def test_days_that_are_shut_every_year_bring_in_nothing(seasonal, tmp_path, as_of):
    prepared = known(seasonal, as_of, tmp_path)
    scorer = fit(prepared, prepared.cutoff, churn="p0", value="btyd")
    scores = scored(prepared, scorer)
    made, stayed_away = happened(seasonal, scores, as_of)
    expected = scores["expected_purchases_90d"].sum()
    assert expected == pytest.approx(made, rel=0.3), (expected, made)
    assert scores["p_churn_90d"].mean() == pytest.approx(stayed_away, abs=0.04)
    assert Scorer.from_dict(scorer.to_dict()).to_dict() == scorer.to_dict()
    said = closed_weeks(scorer.closed, prepared.cutoff)
    assert len(said) == 1
    if as_of == date(2025, 6, 20):
        assert said[0].startswith("Closed season, about 2025-06-20 to 2025-08-31: nobody bought in these weeks")
        assert "on 73 of the 90 days to come" in said[0]
    assert stretch_without_purchases(prepared, scorer.closed) == []


def test_a_window_without_an_open_day_has_no_purchase(seasonal, tmp_path):
    prepared = known(seasonal, date(2025, 6, 20), tmp_path, churn={"horizon_days": 60})
    scorer = fit(prepared, prepared.cutoff, churn="p0", value="btyd")
    scores = scored(prepared, scorer)
    assert (scores["p_churn_60d"] == 1).all()
    assert (scores["expected_purchases_60d"] == 0).all()
    assert scores["clv_365d"].sum() > 0
    assert [note for note in closed_weeks(scorer.closed, prepared.cutoff) if "longer churn.horizon_days" in note]


@pytest.mark.parametrize("years", [(), (2024,), (2022, 2024)])
def test_a_shop_that_was_shut_once_or_never_has_the_model_it_had(tmp_path, years):
    # That it was shut once is denied: what the log shows by itself is for test_shut_once.py.
    prepared = known(sold(years), date(2025, 6, 20), tmp_path, churn={"horizon_days": 90, "shut": []})
    scorer = fit(prepared, prepared.cutoff, churn="p0", value="btyd")
    assert "closed" not in scorer.to_dict()
    assert closed_weeks(scorer.closed, prepared.cutoff) == []
    assert bool(stretch_without_purchases(prepared, scorer.closed)) is bool(years)


def test_reasons_and_days_to_come_leave_out_what_was_shut(seasonal, tmp_path):
    as_of = date(2025, 9, 3)
    prepared = known(seasonal, as_of, tmp_path)
    scorer = fit(prepared, prepared.cutoff, churn="p0", value="btyd")
    features, scores = prepared.snapshots.features(as_of), scored(prepared, scorer)
    said = list_of("at_risk", scorer, scores, features, most=200)["reason_1"]
    quiet = [r for r in said if r.startswith("silent for")]
    assert quiet
    assert all(re.search(r"; shut on (\d+) of the (\d+) days$", r) for r in quiet)
    row = {**features.iloc[0].to_dict(), "days_since_last": 80.0, "purchase_days": 12, "gap_median": 10.0}
    assert "silence" in [s.group for s in signs_of(figures(row))]
    assert "silence" not in [s.group for s in signs_of(figures(row, scorer.behind(as_of)))]
    summer = ClosedSeason((SUMMER,))
    assert summer.before(as_of)(80) == 73
    assert summer.reached(date(2025, 6, 10), np.array([5.0, 9.0, 10.0, 20.0])).tolist() == [5.0, 9.0, 83.0, 93.0]
    before = known(seasonal, date(2025, 6, 20), tmp_path)
    scorer = fit(before, before.cutoff, churn="p0", value="btyd")
    rows = list_of("second_order", scorer, scored(before, scorer), before.snapshots.features(before.cutoff.date))
    assert (rows["p_second_30d"] == 0).all()
    assert (rows["p_second_180d"] > 0).all()
    due = rows.loc[rows["next_purchase_expected"] != "", "next_purchase_expected"]
    assert not due.between("2025-06-20", "2025-08-31").any()


def test_nothing_is_due_while_nothing_can_have_come(seasonal, tmp_path):
    prepared = known(seasonal, date(2025, 6, 20), tmp_path, as_of="end_of_data", race=_RULES)
    train(prepared)
    found = score(prepared)
    assert found.notes[-1].startswith("Closed season, about 2025-06-20 to 2025-08-31")

    def due(today):
        tasks = {task["task"]: task for task in status_of(prepared.config, today=today)["tasks"]}
        return tasks["scores"]["due"], tasks["training"]["due"], tasks["scores"].get("shut_until")

    assert due("2025-06-25") == (False, False, None)
    assert due("2025-08-20") == (False, False, "2025-08-31")
    assert due("2025-09-10") == (True, True, None)
    said = decisions.status(status_of(prepared.config, today="2025-08-20"))
    assert "shut until about 2025-08-31: nothing new to read" in said
    assert not due_of(prepared.config, today="2025-08-20")
    warned, over = make_list(prepared, "at_risk", today="2025-08-20").record["warnings"]
    assert warned.startswith("Closed season, about 2025-06-20 to 2025-08-31")
    assert over.startswith("The last day to contact by these scores was 2025-07-04")
    overdue, *_ = make_list(prepared, "at_risk", today="2025-09-10").record["warnings"]
    assert overdue.startswith("The scores are overdue")
    # Scores that are older than the closure do not know what was sold before it.
    earlier = prepared.folder.with_name("2025-06-10")
    prepared.folder.rename(earlier)
    assert due("2025-08-20")[0]


def days_sold(years: tuple[int, ...], until: date, *, weekends: bool = False) -> np.ndarray:
    every = [BEGAN + timedelta(days=n) for n in range((until - BEGAN).days)]
    return np.array([(d - EPOCH).days for d in every if not shut(d, years) and not (weekends and d.weekday() > 4)])


@pytest.mark.parametrize(
    ("years", "until", "as_of", "found"),
    [
        # Two years; one; one and a silence that goes on; two, and open since.
        ((2022, 2023), date(2024, 6, 1), date(2024, 6, 1), (date(2023, 6, 20), date(2023, 8, 31))),
        ((2023,), date(2024, 6, 1), date(2024, 6, 1), None),
        ((2023, 2024), date(2024, 6, 20), date(2024, 7, 15), (date(2024, 6, 20), date(2024, 8, 31))),
        ((2023, 2024), date(2024, 6, 20), date(2024, 7, 5), None),
        ((2022, 2023), date(2024, 7, 10), date(2024, 7, 10), None),
        ((2022, 2023), date(2025, 2, 1), date(2025, 2, 1), None),
        ((), date(2024, 6, 1), date(2024, 6, 1), None),
    ],
)
@pytest.mark.parametrize("weekends", [False, True])
def test_what_is_a_closed_season(years, until, as_of, found, weekends):
    season = ClosedSeason.of(days_sold(years, until, weekends=weekends), as_of)
    if found is None:
        assert season.stretches == ()
        return
    ((first, last),) = season.stretches
    assert abs((first - found[0]).days) <= 3
    assert abs((last - found[1]).days) <= 3


def test_a_log_that_sells_on_few_days_has_no_closed_season():
    few = days_sold((2022, 2023), date(2024, 6, 1))[::25]
    assert ClosedSeason.of(few, date(2024, 6, 1)).stretches == ()
    assert ClosedSeason.of(few[:0], date(2024, 6, 1)).stretches == ()


def test_a_season_over_the_turn_of_the_year_comes_again():
    winter = ClosedSeason(((date(2023, 12, 1), date(2024, 2, 29)),))
    assert winter.within(date(2025, 1, 15), date(2026, 1, 1)) == [
        (date(2025, 1, 15), date(2025, 2, 28)),
        (date(2025, 12, 1), date(2025, 12, 31)),
    ]
    assert winter.days(date(2023, 11, 1), date(2024, 4, 1)) == 91
