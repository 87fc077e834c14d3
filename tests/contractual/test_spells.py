"""Spells: what is a contract, what was known on a day, and what then happened."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.contractual import OPEN, Spells
from holdfast.features import Cutoff

CUT = Cutoff(date(1970, 4, 11), 30)  # day 100


def spells(*rows: tuple, renewal_days: int = 10) -> Spells:
    names = ["customer_id", "start", "end", "end_reason", "plan", "price"]
    frame = pd.DataFrame([(*row, "p", 5.0)[:6] if len(row) == 4 else row for row in rows], columns=names)
    frame["end_reason"] = frame["end_reason"].astype("str")
    return Spells.of(frame, renewal_days=renewal_days, payment_reasons=["Card expired"])


def outcome(table: Spells, *, known_by: int = 1000) -> dict:
    who = table.features_at(CUT, period_days=30)["customer_id"]
    return table.outcomes(CUT, who, known_by=known_by).set_index("customer_id")["outcome"].to_dict()


def test_a_spell_that_follows_soon_renews_the_contract():
    table = spells(("a", 0, 90, None), ("a", 95, 120, "left"), ("b", 0, 90, "left"), ("b", 101, 120, "left"))
    found = table.contracts()
    assert found[["customer_id", "start", "end", "spells"]].to_numpy().tolist() == [
        ["a", 0, 120, 2],
        ["b", 0, 90, 1],
        ["b", 101, 120, 1],
    ]


def test_a_short_spell_inside_a_long_one_does_not_end_it():
    table = spells(("a", 0, 300, None), ("a", 50, 60, "left"))
    assert table.contracts()[["start", "end", "spells"]].to_numpy().tolist() == [[0, 300, 2]]


def test_outcomes_tell_renewals_cancellations_and_failed_payments_apart():
    table = spells(
        ("renews", 0, 110, None),
        ("renews", 112, OPEN, None),
        ("cancels", 0, 110, "moved away"),
        ("fails", 0, 110, "CARD EXPIRED"),
        ("later", 0, 130, "moved away"),
        ("runs", 0, OPEN, None),
        ("new", 100, OPEN, None),
        ("past", 0, 80, "moved away"),
    )
    assert outcome(table) == {
        "renews": "stayed",
        "cancels": "voluntary",
        "fails": "payment_failure",
        "later": "stayed",
        "runs": "stayed",
    }
    known = table.outcomes(CUT, pd.Series(["renews", "runs"]), known_by=1000)
    assert known["renewed"].tolist() == [1, 0]


def test_who_leaves_in_the_gap_belongs_to_neither_outcome():
    table = spells(("a", 0, 103, "left"), ("b", 0, 110, "left"))
    gap = Cutoff(CUT.date, 30, gap_days=7)
    found = table.outcomes(gap, pd.Series(["a", "b"]), known_by=1000)
    assert found["outcome"].tolist() == ["gone", "voluntary"]


def test_features_count_what_lies_before_the_cutoff():
    table = spells(
        ("a", 0, 40, "card expired", "old", 5.0),
        ("a", 60, 90, None, "old", 5.0),
        ("a", 90, OPEN, None, "new", 8.0),
    )
    row = table.features_at(CUT, period_days=30).iloc[0]
    assert row.drop(["customer_id", "plan"]).to_dict() == {
        "tenure_days": 40,
        "spell_days": 10,
        "days_into_period": 10,
        "anniversary_in_window": 0,
        "renewals": 1,
        "earlier_contracts": 1,
        "payment_failures": 1,
        "price": 8.0,
        "price_change": 3.0,
        "plans_had": 2,
    }
    assert row["plan"] == "new"


@pytest.mark.parametrize(
    ("run", "gap", "near"),
    [(300, 0, 0), (334, 0, 0), (336, 0, 1), (365, 0, 1), (367, 0, 0), (336 + 365, 0, 1), (365, 7, 0), (330, 7, 1)],
)
def test_a_year_that_is_over_in_the_window_is_an_anniversary(run, gap, near):
    table = spells(("a", 100 - run, OPEN, None))
    found = table.features_at(Cutoff(CUT.date, 30, gap_days=gap), period_days=30)
    assert found["anniversary_in_window"].tolist() == [near]


def test_the_end_of_a_free_trial_is_no_price_change():
    table = spells(
        ("a", 0, 14, "converted", "p", 0.0),
        ("a", 14, 50, "upgrade", "p", 5.0),
        ("a", 50, OPEN, None, "q", 8.0),
        ("b", 90, OPEN, None, "p", 0.0),
        ("c", 80, 94, "converted", "p", 0.0),
        ("c", 94, OPEN, None, "p", 5.0),
    )
    found = table.features_at(CUT, period_days=30).set_index("customer_id")["price_change"]
    assert found.to_dict() == {"a": 3.0, "b": 0.0, "c": 0.0}


@st.composite
def histories(draw: st.DrawFn) -> pd.DataFrame:
    rows = []
    for who in "abcd":
        day = draw(st.integers(0, 150))
        for _ in range(draw(st.integers(1, 4))):
            length = draw(st.integers(0, 120))
            open_ = draw(st.booleans())
            reason = draw(st.sampled_from([None, "left", "card expired"]))
            plan = draw(st.sampled_from(["p", "q"]))
            rows.append((who, day, OPEN if open_ else day + length, None if open_ else reason, plan, float(length)))
            day += draw(st.integers(0, 130))
    return pd.DataFrame(rows, columns=["customer_id", "start", "end", "end_reason", "plan", "price"])


@settings(max_examples=60, deadline=None)
@given(histories(), st.data())
def test_what_happens_from_the_cutoff_on_changes_no_feature(frame, data):
    def features(table: pd.DataFrame) -> pd.DataFrame:
        read = Spells.of(table.astype({"end_reason": "str"}), renewal_days=10, payment_reasons=["card expired"])
        return read.features_at(CUT, period_days=30)

    before = features(frame)
    later = frame[frame["start"] < CUT.day].copy()  # spells that began later are forgotten
    for row in later.index[later["end"] >= CUT.day]:  # and others end otherwise
        later.loc[row, "end"] = data.draw(st.sampled_from([CUT.day, CUT.day + 1, CUT.day + 40, int(OPEN)]))
        later["end_reason"] = later["end_reason"].astype(object)
        later.loc[row, "end_reason"] = data.draw(st.sampled_from([None, "left", "card expired"]))
    pd.testing.assert_frame_equal(features(later), before)
    order = data.draw(st.permutations(range(len(frame))))
    pd.testing.assert_frame_equal(features(frame.iloc[order].reset_index(drop=True)), before)


def test_a_contract_that_has_just_ended_may_yet_be_renewed():
    table = spells(("a", 0, 95, None), ("b", 0, 80, None), ("c", 0, OPEN, None))
    assert table.lifetimes(100, period_days=30.0)["ended"].tolist() == [0, 1, 0]
    assert table.lifetimes(100, period_days=30.0)["tenure"].round(2).tolist() == [3.17, 2.67, 3.33]


def test_outcomes_not_yet_known_are_not_used():
    table = spells(("a", 0, 110, "left"))
    assert outcome(table, known_by=105) == {"a": "stayed"}
    assert outcome(table, known_by=111) == {"a": "voluntary"}


def test_the_first_day_is_that_of_the_first_spell():
    assert spells(("a", 31, 95, None), ("b", 5, 80, None)).first_day == date(1970, 1, 6)
    assert np.all(spells(("a", 31, 95, None)).known_at(50).frame["end"] == OPEN)
    with pytest.raises(ValueError, match="at least 1"):
        Cutoff(CUT.date, 0)
