"""From which past days contracts are learnt, and that a yearly term is seen."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

import holdfast.contractual.recipe as recipe
from holdfast.contractual import OPEN, Spells
from holdfast.contractual.notes import notes_on_windows
from holdfast.contractual.reasons import contract_reasons
from holdfast.contractual.recipe import fit_churn, training_table
from holdfast.contractual.rules import ContractColumns, ContractRules
from holdfast.contractual.table import Contracts
from holdfast.contractual.windows import LAST, day_of_ends, ends_within, training_windows
from holdfast.data.cells import Cells
from holdfast.data.line_rules import RowRules
from holdfast.features import Cutoff

TODAY = Cutoff(date(2024, 3, 1), 30)


@pytest.fixture(scope="module")
def yearly() -> Contracts:
    """1,200 contracts of a year each that are renewed, or not, on their day alone, one in four; others by the month."""
    random = np.random.default_rng(7)
    rows = []
    today = TODAY.day
    for i in range(1_800):
        start, end = today - 1 - int(random.integers(0, 1_200)), int(OPEN)
        step, leaves = (365, 0.25) if i % 3 else (30, 0.02)
        for day in range(start + step, today, step):
            if random.random() < leaves:
                end = day
                break
        rows.append((f"c{i:04d}", start, end, None, "yearly" if i % 3 else "monthly"))
    frame = pd.DataFrame(rows, columns=["customer_id", "start", "end", "end_reason", "plan"])
    spells = Spells.of(frame.astype({"end_reason": "str"}), renewal_days=30)
    columns = ContractColumns("customer_id", started_at="start", ended_at="end", plan="plan")
    rules = ContractRules(
        columns=columns,
        duplicates="keep",
        churned_values=(),
        stayed_values=(),
        label_window_days=None,
        tenure_unit="day",
        period_days=None,
        renewal_days=30,
        notice_values=[],
        begin_values=(),
        missing_start="reject",
        money_in="units",
        payment_failure_reasons=(),
        ignore=(),
        categories=(),
        rules=RowRules(),
        trusted=(),
    )
    cells = Cells("contracts", frame, np.arange(len(frame)) + 2, [], np.arange(len(frame)) + 1)
    return Contracts(rules, cells, account={}, spells=spells, cutoff=TODAY)


def test_windows_reach_back_to_the_same_season_a_year_ago_one_after_the_other():
    windows = training_windows(date(2020, 1, 1), TODAY)
    back = [(windows[0].date - w.date).days for w in windows]
    assert back[:7] == [0, 8, 15, 23, 30, 38, 45]
    assert back[7:] == [75 + 30 * i for i in range(11)]
    assert training_windows(date(2023, 10, 1), TODAY)[-1].date >= date(2023, 10, 1) + timedelta(days=28)
    assert training_windows(date(2024, 2, 20), TODAY) == []
    quarters = training_windows(date(2018, 1, 1), Cutoff(date(2024, 3, 1), 90))
    assert (quarters[0].date - quarters[-1].date).days in range(364 - 45, 364 + 46)


def test_of_a_large_table_the_newest_windows_are_enough(yearly, monkeypatch):
    assert len(training_table(yearly, TODAY).cutoffs) == 18
    monkeypatch.setattr(recipe, "MOST_ROWS", 10_000)
    table = training_table(yearly, TODAY)
    assert 7 < len(table.cutoffs) < 18
    assert len(table.features) >= 10_000 > len(table.features) - 1_300
    monkeypatch.setattr(recipe, "MOST_ROWS", 1)
    assert len(training_table(yearly, TODAY).cutoffs) == 7


def test_of_many_customers_some_teach_each_with_all_their_contracts(yearly, monkeypatch):
    whole = training_table(yearly, TODAY)
    newest = whole.cutoffs[0]
    running = (whole.features.groupby("customer_id").size() > 0).sum()
    monkeypatch.setattr(recipe, "MOST_LEARNERS", 300)
    table = training_table(yearly, TODAY)
    there = yearly.spells.features_at(newest, period_days=30)
    chosen = set(table.customers)
    assert 240 < there["customer_id"].isin(chosen).sum() < 360 < running
    theirs = whole.features[whole.features["customer_id"].isin(chosen)].reset_index(drop=True)
    pd.testing.assert_frame_equal(table.features, theirs)
    assert table.churned.tolist() == whole.churned[np.isin(whole.customers.astype(str), sorted(chosen))].tolist()
    shuffled = replace(yearly, spells=replace(yearly.spells, frame=yearly.spells.frame.iloc[::-1]))
    assert set(training_table(shuffled, TODAY).customers) == chosen
    # Who is judged are all of them, whoever teaches.
    assert len(recipe.observed(yearly.spells, newest, yearly, known_by=TODAY.day)[0]) == len(there)


def test_a_contract_whose_year_is_over_is_at_risk_and_its_reason_says_so(yearly):
    fitted = fit_churn(yearly, TODAY, seed=1)
    rows = yearly.spells.features_at(TODAY, period_days=30)
    p = fitted.churn.p_churn(rows)
    of_a_year, near = (rows["plan"] == "yearly").to_numpy(), (rows["anniversary_in_window"] == 1).to_numpy()
    assert p[of_a_year & near].mean() == pytest.approx(0.25, abs=0.06)
    assert p[of_a_year & ~near].mean() < 0.01
    assert p[~of_a_year].mean() == pytest.approx(0.02, abs=0.01)
    first = [told[0] for told in contract_reasons(fitted.churn, rows[of_a_year & near])]
    assert first.count("a contract year is about to end") > 0.9 * len(first)
    others = [told for told in contract_reasons(fitted.churn, rows[of_a_year & ~near]) for told in told]
    assert "a contract year is about to end" not in others


def at_month_ends(n: int, *, last: bool) -> Spells:
    """Return contracts of two plans, of which each month some end on its last day, or on the first of the next."""
    rng = np.random.default_rng(5)
    months = pd.date_range("2021-01-31", periods=40, freq="ME") + pd.Timedelta(days=0 if last else 1)
    rows = []
    for i in range(n):
        begin = int(rng.integers(0, 30))
        end = begin + int(rng.geometric(0.06))
        rows.append((f"C{i:04d}", months[begin], months[end] if end < len(months) else pd.NaT))
    frame = pd.DataFrame(rows, columns=["customer_id", "start", "end"])
    frame["start"] = (frame["start"] - pd.Timestamp(0)).dt.days
    frame["end"] = (frame["end"] - pd.Timestamp(0)).dt.days.fillna(OPEN).astype(np.int64)
    return Spells.of(frame.assign(end_reason=None), renewal_days=0)


@pytest.mark.parametrize(
    ("as_of", "horizon"), [("2024-04-01", 30), ("2024-03-20", 30), ("2024-03-05", 90), ("2024-01-15", 75)]
)
@pytest.mark.parametrize("last", [True, False])
def test_where_contracts_end_by_the_month_windows_hold_as_many_ends_as_the_one_asked_about(as_of, horizon, last):
    spells, cutoff = at_month_ends(400, last=last), Cutoff(as_of, horizon)
    day = day_of_ends(spells, cutoff.day)
    assert day == (LAST if last else 1)
    windows = training_windows(spells.first_day, cutoff, renewal_days=10, ends_on=day)
    assert len(windows) >= 12
    assert all(w.window_end <= cutoff.date - timedelta(days=10) for w in windows)
    assert {ends_within(w, day) for w in windows} == {ends_within(cutoff, day)}
    dates = [w.date for w in windows]
    assert dates == sorted(set(dates), reverse=True)


def test_a_window_without_a_day_of_ends_is_told_and_learns_from_all_others():
    spells, cutoff = at_month_ends(400, last=True), Cutoff("2024-03-01", 30)
    assert ends_within(cutoff, LAST) == 0
    (said,) = notes_on_windows(spells, cutoff)
    assert "Contracts end on the last day of a month, and the 30 days of the window hold none" in said
    assert training_windows(spells.first_day, cutoff, ends_on=LAST) == training_windows(spells.first_day, cutoff)
    assert notes_on_windows(spells, Cutoff("2024-03-01", 31)) == []


def test_ends_on_any_day_leave_windows_as_they_are():
    spells = at_month_ends(400, last=True)
    frame = spells.frame.assign(end=spells.frame["end"] - np.arange(len(spells.frame)) % 9)
    assert day_of_ends(Spells.of(frame, renewal_days=0), Cutoff("2024-03-01", 30).day) is None
