"""What the newest lines of a log got wrong: rejected, delivered twice, spelt in another way."""

import numpy as np
import pandas as pd

from holdfast.data import Columns, Source, read_purchases


def orders(customers: int = 60, days: int = 100) -> pd.DataFrame:
    """Ten orders a day."""
    rng = np.random.default_rng(2)
    day = np.repeat(pd.date_range("2026-01-01", periods=days).strftime("%Y-%m-%d"), 10)
    who = [f"C{n:03d}" for n in rng.integers(0, customers, len(day))]
    return pd.DataFrame(
        {"customer_id": who, "ordered_at": day, "amount": rng.integers(1, 99999, len(day)) / 100}, dtype=str
    )


def found(frame: pd.DataFrame, **given):
    report = read_purchases(Source(frame, Columns(amount="amount"), max_reject_share=0.2, **given)).report
    assert [one.said for one in report.delivered] == [
        n for n in report.notes if n in {d.said for d in report.delivered}
    ]
    return report.delivered


NEW = "2026-04-05"  # the last six days


def test_a_right_log_says_nothing():
    assert found(orders()) == []


def test_lines_rejected_since_a_day_are_told_with_the_day_that_is_left():
    frame = orders()
    new = frame["ordered_at"] >= NEW
    frame.loc[new, "amount"] = frame.loc[new, "amount"].str.replace(".", ",")
    (one,) = found(frame)
    assert one.said.startswith("All 60 lines since 2026-04-05 were rejected (amount is not a number")
    assert "the newest day known is 2026-04-04" in one.said


def test_lines_whose_dates_cannot_be_read_are_told_by_their_place():
    for order in (1, -1):
        frame = orders()[::order]
        new = frame["ordered_at"] >= NEW
        frame.loc[new, "ordered_at"] = pd.to_datetime(frame.loc[new, "ordered_at"]).dt.strftime("%d/%m/%Y")
        (one,) = found(frame)
        assert one.said.startswith("The newest 60 lines of the file")
        assert "the newest day known is 2026-04-04" in one.said


def test_a_part_of_the_newest_lines_is_told_beside_what_is_usual_and_a_few_are_not():
    frame = orders()
    frame.loc[frame.index[::100], "amount"] = "?"
    assert found(frame) == []
    new = frame.index[frame["ordered_at"] >= NEW][::3]
    frame.loc[new, "amount"] = "?"
    (one,) = found(frame)
    assert one.said.startswith("20 lines of 70 since 2026-04-04 were rejected")
    assert "of those before 1.1%" in one.said


def test_a_delivery_that_came_twice_is_told_and_repeats_by_chance_are_not():
    frame = orders()
    (one,) = found(pd.concat([frame, frame[frame["ordered_at"] >= NEW]]))
    assert one.kind == "repeated"
    assert "6 days (2026-04-05 to 2026-04-10) came twice or more: 60 lines equal to another" in one.said
    assert "on other days 0.0% of them" in one.said
    assert found(pd.concat([frame, frame.iloc[::3]])) == []


def test_ids_that_differ_by_capitals_are_told_and_new_ones_are_an_alarm():
    frame = orders()
    new = frame["ordered_at"] >= NEW
    frame.loc[new, "customer_id"] = frame.loc[new, "customer_id"].str.lower()
    (one,) = found(frame)
    people, ids = 60, frame["customer_id"].nunique()
    assert one.said.startswith(f"{ids} customers would be {people} if capitals made no difference")
    assert "purchases.id_case: fold" in one.said
    assert one.new
    always = orders()
    always.loc[always.index[::2], "customer_id"] = always.loc[always.index[::2], "customer_id"].str.lower()
    (old,) = found(always)
    assert not old.new
    blanks = orders()
    blanks.loc[new, "customer_id"] = "C " + blanks.loc[new, "customer_id"].str[1:]
    (apart,) = found(blanks)
    assert "if blanks and capitals made no difference" in apart.said


def test_ids_in_which_a_capital_is_another_letter_are_other_customers():
    letters = "abcdefghijABCDEFGHIJ"
    ids = [f"00{a}x{b}Q{c}" for a in letters for b in "aA" for c in letters]
    frame = orders()
    frame["customer_id"] = [ids[n % len(ids)] for n in range(len(frame))]
    assert found(frame) == []
