"""A shop that was shut for months, once, or will be: the time is nobody's silence, and no window in it teaches."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from holdfast import make_config, prepare, score, train
from holdfast.churn import plan_snapshots
from holdfast.churn.closed import ClosedSeason, shut_once
from holdfast.churn.season import last_year
from holdfast.data.engine import EPOCH
from holdfast.errors import ConfigError
from holdfast.features.shut import Shut
from holdfast.forecast.scorer import Scorer
from holdfast.pipeline.last_year import closed_weeks, unlearnt
from holdfast.pipeline.training import fit
from holdfast.track import open_store
from tests.conftest import settings
from tests.lists.whole import list_of
from tests.report.shops import _RULES

BEGAN, AS_OF = date(2022, 1, 1), date(2025, 3, 1)
FIRST, LAST = date(2024, 7, 1), date(2024, 12, 1)
COLUMNS = ("customer_id", "ordered_at", "amount")


def sold(*closed: tuple[date, date]) -> pd.DataFrame:
    """Purchases of 600 customers who each buy at their own rate until they leave, also while the shop is shut."""
    random, rows, days = np.random.default_rng(12), [], 1500
    for number in range(600):
        rate, day = random.gamma(1.0, 1 / 40), random.uniform(-300, days)
        leaves = day + random.exponential(700)
        while day < min(leaves, days):
            when = BEGAN + timedelta(days=int(day))
            if day >= 0 and not any(first <= when <= last for first, last in closed):
                rows.append((f"c{number:03d}", pd.Timestamp(when), 20.0))
            day += random.exponential(1 / rate)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def known(lines: pd.DataFrame, cut: date, folder, **churn):
    given = {**settings(folder), "as_of": cut.isoformat(), "churn": {"horizon_days": 90, **churn}, "race": _RULES}
    given["purchases"] = {"columns": {name: name for name in COLUMNS}}
    return prepare(make_config(given), purchases=lines[lines["ordered_at"] < pd.Timestamp(cut)])


def scored(prepared, scorer):
    day = prepared.cutoff.date
    return scorer.score(prepared.snapshots.features(day), as_of=day, model_version="")


def rules(prepared):
    return fit(prepared, prepared.cutoff, churn="p0", value="btyd")


def happened(lines: pd.DataFrame, scores: pd.DataFrame, as_of: date, days: int = 90) -> tuple[int, float]:
    """Purchase days in the window, and the share of customers who had none."""
    end = pd.Timestamp(as_of + timedelta(days=days - 1))
    window = lines[lines["ordered_at"].between(pd.Timestamp(as_of), end)]
    window = window[window["customer_id"].isin(scores["customer_id"])].drop_duplicates(["customer_id", "ordered_at"])
    return len(window), 1 - window["customer_id"].nunique() / len(scores)


def promoted(config) -> None:
    """Overrule the gate, which has its own tests."""
    open_store(config.models, config.tracking_uri).promote(config.name)


@pytest.fixture(scope="module")
def lines():
    return sold((FIRST, LAST))


def test_three_months_after_half_a_year_shut_the_level_is_right(lines, tmp_path):
    prepared = known(lines, AS_OF, tmp_path)
    assert prepared.cutoff.shut.stretches == ((FIRST, LAST),)
    scores = scored(prepared, rules(prepared))
    made, stayed_away = happened(lines, scores, AS_OF)
    assert scores["p_churn_90d"].mean() == pytest.approx(stayed_away, abs=0.03)
    assert scores["expected_purchases_90d"].sum() == pytest.approx(made, rel=0.15)
    denied = known(lines, AS_OF, tmp_path, shut=[])
    assert not denied.cutoff.shut
    as_before = scored(denied, rules(denied))
    assert abs(as_before["expected_purchases_90d"].sum() - made) > 2 * abs(
        scores["expected_purchases_90d"].sum() - made
    )


def test_it_is_told_with_the_key_that_confirms_or_denies_it(lines, tmp_path):
    (note,) = [n for n in known(lines, AS_OF, tmp_path).log.report.notes if n.startswith("Nobody bought from")]
    assert note.startswith(
        "Nobody bought from 2024-07-01 to 2024-12-01: you were shut, or lines are missing. The 154 days"
    )
    assert "(churn.shut: [{from: 2024-07-01, until: 2024-12-01}])" in note
    stated = known(lines, AS_OF, tmp_path, shut=[{"from": "2024-07-01", "until": "2024-12-01"}])
    assert "churn.shut: 154 days before as_of count as nobody's silence." in stated.log.report.notes
    assert stated.cutoff == known(lines, AS_OF, tmp_path).cutoff
    assert not [n for n in stated.log.report.notes if "look as if they had left" in n]
    denied = known(lines, AS_OF, tmp_path, shut=[]).log.report.notes
    assert not [n for n in denied if "shut" in n]
    assert [n for n in denied if n.startswith("No line at all in 5 months")]
    # A day on which somebody bought was open, and a silence that is not named is told of.
    busy = known(lines, AS_OF, tmp_path, shut=[{"from": "2024-03-01", "until": "2024-03-10"}])
    told = [n for n in busy.log.report.notes if "churn.shut" in n]
    assert told[0].startswith("churn.shut: somebody bought on 10 of the 10 days stated before as_of")
    assert told[1].startswith("Nobody bought from 2024-07-01 to 2024-12-01, which churn.shut does not name")
    assert not busy.cutoff.shut


def test_windows_that_were_shut_do_not_teach_nor_tell_of_the_season(lines, tmp_path):
    prepared = known(lines, date(2025, 5, 15), tmp_path)
    windows = prepared.snapshots.planned(prepared.cutoff)
    assert len(windows) >= 7
    assert all(w.window_end <= FIRST + timedelta(days=4) or w.date >= LAST - timedelta(days=4) for w in windows)
    assert {w.window_end <= FIRST for w in windows} == {True, False}
    season = last_year(prepared.past, "p0")
    assert (season.tested, season.reason) == (False, "nobody bought for weeks in the same season a year ago")
    # Nine months later last year's window is open, and lies where the calendar has it.
    later = known(lines, date(2025, 12, 20), tmp_path)
    assert last_year(later.past, "p0").tested


def test_where_every_window_was_shut_they_teach_all_the_same_and_it_is_told(tmp_path):
    lines = sold((date(2022, 4, 15), date(2022, 8, 31)))
    prepared = known(lines, date(2022, 10, 20), tmp_path)
    assert [n for n in prepared.log.report.notes if n.startswith("Every window of 90 days to learn from holds days")]
    windows = plan_snapshots(prepared.log.first_day, prepared.cutoff)
    assert windows
    assert all(w.broken for w in windows)
    assert 0 < scored(prepared, rules(prepared))["p_churn_90d"].mean() < 1


def test_while_it_is_shut_scores_are_of_the_days_after_it_opens(lines, tmp_path):
    amid = date(2024, 9, 1)
    as_it_shut = known(lines, FIRST, tmp_path)
    before = scored(as_it_shut, rules(as_it_shut))
    # Nothing stated: as if it opened today.
    now = known(lines, amid, tmp_path)
    (note,) = [n for n in now.log.report.notes if n.startswith("Nobody bought from")]
    assert "from 2024-07-01 on: you are shut, or the newest lines are missing. The 62 days" in note
    found = scored(now, rules(now))
    assert found["p_churn_90d"].mean() == pytest.approx(before["p_churn_90d"].mean(), abs=0.02)
    # Stated: on 29 of 120 days, and on all of 90, nobody can buy.
    stated = {"shut": [{"from": FIRST.isoformat(), "until": LAST.isoformat()}]}
    longer = known(lines, amid, tmp_path, **{**stated, "horizon_days": 120})
    scorer = rules(longer)
    assert scorer.closed.open_days(longer.cutoff) == 28
    assert "on 92 of the 120 days to come" in closed_weeks(scorer.closed, longer.cutoff)[0]
    _, stayed_away = happened(lines, scored(longer, scorer), amid, 120)
    assert scored(longer, scorer)["p_churn_120d"].mean() == pytest.approx(stayed_away, abs=0.04)
    shorter = known(lines, amid, tmp_path, **stated)
    scorer = rules(shorter)
    (said,) = closed_weeks(scorer.closed, shorter.cutoff)
    assert said.startswith("You are shut on all of the 90 days to come (churn.shut), so nobody can buy in them")
    scores = scored(shorter, scorer)
    assert scores["p_churn_90d"].mean() == pytest.approx(before["p_churn_90d"].mean(), abs=0.02)
    again = Scorer.from_dict(scorer.to_dict())
    assert again.closed == scorer.closed == ClosedSeason(once=((amid, LAST),))
    assert again.shut.stretches == ((FIRST, date(2024, 8, 31)),)


def test_lists_show_the_day_of_the_calendar(lines, tmp_path):
    prepared = known(lines, AS_OF, tmp_path)
    scorer, features = rules(prepared), prepared.snapshots.features(AS_OF)
    rows = list_of("win_back", scorer, scored(prepared, scorer), features, most=500).set_index("customer_id")
    bought = lines[lines["ordered_at"] < pd.Timestamp(AS_OF)].groupby("customer_id")["ordered_at"].max()
    shown = pd.to_datetime(rows["last_purchase"])
    assert (shown == bought.loc[rows.index]).all()
    away = shown < pd.Timestamp(FIRST)
    assert away.sum() > 20
    days = (pd.Timestamp(AS_OF) - shown[away]).dt.days
    assert (rows.loc[away, "silent_days"] == days - 154).all()


def test_a_closure_planned_after_the_training_asks_for_another(lines, tmp_path):
    cut = date(2024, 6, 1)
    trained = known(lines, cut, tmp_path)
    train(trained)
    promoted(trained.config)
    planned = known(lines, cut, tmp_path, shut=[{"from": "2024-07-01", "until": "2024-12-01"}])
    said = [w for w in score(planned).metrics["warnings"] if w.startswith("churn.shut")]
    assert said == unlearnt(ClosedSeason(), ((FIRST, LAST),))
    assert "from 2024-07-01 to 2024-12-01, which the model was not told: train again" in said[0]
    train(planned)
    promoted(planned.config)
    assert score(planned).metrics["warnings"] == [
        "Shut from 2024-07-01 to 2024-08-29, as churn.shut says: nothing is expected on 60 of the 90 days to come."
    ]


@pytest.mark.parametrize(
    ("open_on", "found"),
    [
        (lambda n: (n < 300) | (n >= 320), 0),  # 20 days
        (lambda n: (n < 300) | (n >= 321), 1),
        (lambda n: (n < 700) | (n >= 790), 1),  # still
        (lambda n: (n % 4 == 0) & ((n < 300) | (n >= 330)), 0),  # sells on few days
        (lambda n: (n < 2) | (n >= 40), 0),  # it had hardly begun
        (lambda n: (n % 365 < 200) | (n % 365 >= 240), 0),  # every year
        (lambda n: ((n < 74) | (n >= 165)) & ((n < 305) | (n >= 504)), 2),  # months of two years, which hardly overlap
    ],
)
def test_a_silence_is_found_where_chance_leaves_none(open_on, found):
    days, end = np.arange(0, 790), 790
    bought = days[open_on(days)] + 20000
    assert len(shut_once(bought, EPOCH + timedelta(days=20000 + end))) == found


def test_months_of_two_years_that_hardly_overlap_come_in_no_other_year():
    """Covid: March to June of one year, November to May of the next."""
    days = np.arange((date(2018, 1, 1) - EPOCH).days, (date(2021, 10, 1) - EPOCH).days)
    dates = pd.to_datetime(days, unit="D")
    closed = ((dates >= "2020-03-16") & (dates <= "2020-06-14")) | ((dates >= "2020-11-02") & (dates <= "2021-05-19"))
    assert not ClosedSeason.of(days[~closed], date(2021, 10, 1))
    assert shut_once(days[~closed], date(2021, 10, 1)) == (
        (date(2020, 3, 16), date(2020, 6, 14)),
        (date(2020, 11, 2), date(2021, 5, 19)),
    )


def test_a_closed_season_is_found_beside_what_was_shut_once():
    """Six weeks of every summer, and three months of one winter; a summer that was shut once is no season."""
    days = np.arange((date(2021, 1, 1) - EPOCH).days, (date(2024, 4, 1) - EPOCH).days)
    dates = pd.to_datetime(days, unit="D")
    summers = (dates.month == 7) | ((dates.month == 8) & (dates.day <= 11))
    winter = (dates >= "2022-01-10") & (dates <= "2022-04-10")
    as_of, first = date(2024, 4, 1), (date(2022, 1, 10), date(2022, 4, 10))
    assert shut_once(days[~(summers | winter)], as_of) == (first,)
    closed = ClosedSeason.of(days[~(summers | winter)], as_of, Shut((first,)))
    assert closed.within(date(2024, 4, 1), date(2025, 1, 1)) == [(date(2024, 7, 1), date(2024, 8, 11))]
    last = days[~(summers & (dates.year == 2023))]
    assert shut_once(last, as_of) == ((date(2023, 7, 1), date(2023, 8, 11)),)
    assert not ClosedSeason.of(last, as_of)


@pytest.mark.parametrize(
    ("shut", "said"),
    [
        ([{"from": "2020-06-14", "until": "2020-03-16"}], "ends on 2020-03-16, before it begins on 2020-06-14; swap"),
        (
            [{"from": "2020-03-16", "until": "2020-06-14"}, {"from": "2020-06-14", "until": "2020-07-01"}],
            "2020-06-14 to 2020-07-01 overlaps the one that ends on 2020-06-14; make one of the two",
        ),
        ([{"from": "spring", "until": "2020-06-14"}], "from of number 1 of 1 is not a day"),
        ([{"from": "2020-03-16"}], "number 1 of 1 is no closure; write each as {from: 2020-03-16, until: 2020-06-14}"),
        ("2020-03-16", "it is a list of closures; write each as {from: 2020-03-16, until: 2020-06-14}"),
    ],
)
def test_a_wrong_closure_is_told(tmp_path, shut, said):
    with pytest.raises(ConfigError, match=r"churn\.shut: ") as error:
        make_config({**settings(tmp_path), "churn": {"shut": shut}})
    assert said in str(error.value)


def test_closures_are_read_in_their_order(tmp_path):
    pairs = [["2021-01-01", "2021-02-01"], {"from": "2020-03-16", "until": "2020-06-14"}]
    config = make_config({**settings(tmp_path), "churn": {"shut": pairs}})
    assert config.churn.shut == ((date(2020, 3, 16), date(2020, 6, 14)), (date(2021, 1, 1), date(2021, 2, 1)))
    assert make_config({**settings(tmp_path), "churn": config.churn.model_dump()}).churn == config.churn
