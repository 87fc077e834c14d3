"""A sign of risk is said where the customer's own figures bear it out, and nowhere else."""

import re

import numpy as np
import pytest

from holdfast.churn.signs import SIGNS, said_of
from holdfast.features import FEATURES, REASONS

STEADY = {
    **dict.fromkeys((f.name for f in FEATURES), float("nan")),
    **{"purchase_days": 6.0, "frequency": 5.0, "tenure": 400.0, "days_since_last": 60.0, "gap_median": 62.0},
    **{"gap_last": 63.0, "late_purchases": 3.0, "late_share": 0.6, "season_share": 0.2, "return_lines": 0.0},
    **{"purchase_days_90d": 2.0, "purchase_days_365d": 6.0},
    **{"spend_total": 240.0, "spend_last": 41.0, "spend_mean": 40.0},
}
NOTHING = "no single sign; typical of customers with 6 purchases, the last 60 days ago"
CASES = [
    ("silence", {"days_since_last": 75.0, "gap_median": 7.0}, "silent for 75 days; usually buys every 7 days"),
    ("silence", {"days_since_last": 3.0, "gap_median": 1.0}, "silent for 3 days; usually buys every day"),
    (
        "silence",
        {"purchase_days": 1.0, "days_since_last": 98.0, "gap_median": float("nan")},
        "silent for 98 days since the only purchase",
    ),
    ("frequency", {"purchase_days": 2.0}, "bought only 2 times in 400 days"),
    (
        "recent activity",
        {"purchase_days_90d": 0.0, "purchase_days_365d": 5.0},
        "no purchase in the last 90 days; 5 in the 275 days before",
    ),
    (
        "recent activity",
        {"purchase_days_90d": 1.0, "purchase_days_365d": 6.0, "purchase_days": 9.0},
        "1 purchase in the last 90 days; 5 in the 275 days before",
    ),
    ("rhythm", {"gap_last": 104.0}, "waited 104 days before the last purchase; usually 62"),
    (
        "trend",
        {"late_purchases": 0.0, "late_share": 0.0},
        "5 repeat purchases in the first half of 400 days, none in the second",
    ),
    (
        "trend",
        {"late_purchases": 1.0, "late_share": 0.2},
        "4 repeat purchases in the first half of 400 days, 1 in the second",
    ),
    (
        "spend",
        {"spend_last": 12.0, "spend_total": 212.0},
        "the last purchase came to 12.00; the 5 before to 40.00 on average",
    ),
    (
        "spend",
        {"spend_last": 12.0, "spend_total": 52.0, "purchase_days": 2.0},
        "the last purchase came to 12.00; the one before to 40.00",
    ),
    ("returns", {"return_lines": 1.0, "days_since_return": 12.0}, "returned something 12 days ago"),
    ("returns", {"return_lines": 2.0, "days_since_return": 1.0}, "returned 2 lines, the last 1 day ago"),
    ("season", {"season_share": 0.0}, "no purchase at this time of year so far, in 400 days as a customer"),
    ("visits", {"visits_since_purchase": 4.0}, "visited 4 times since the last purchase without buying"),
    ("visits", {"visits_30d": 0.0, "visits_90d": 5.0}, "no visit in the last 30 days; 5 in the last 90"),
    ("visits", {"days_since_visit": 120.0}, "last visit 120 days ago"),
    ("tickets", {"tickets_open": 1.0}, "1 open ticket"),
    ("tickets", {"tickets_90d": 2.0}, "2 tickets in the last 90 days"),
    ("contacts", {"contacts_90d": 4.0, "contact_opened_share": 0.0}, "opened none of the messages sent"),
    ("contacts", {"contacts_90d": 4.0, "contact_opened_share": 0.1}, "opened 10% of the messages sent"),
    ("surveys", {"survey_score": 2.0, "days_since_score": 30.0}, "last survey score 2.0, 30 days ago"),
]


@pytest.mark.parametrize(("group", "changed", "said"), CASES)
def test_a_sign_says_what_changed_and_only_where_it_did(group, changed, said):
    assert said_of({**STEADY, **changed}, [group], [], 3) == [said]
    assert said_of(STEADY, [group], [], 3) == [NOTHING], "a steady customer has no such sign"


def test_every_sign_is_tried_and_belongs_to_a_group():
    assert len(CASES) == len(SIGNS)
    assert {s.group for s in SIGNS} <= set(REASONS)


def test_a_group_without_a_sign_gives_way_to_the_next():
    row = {**STEADY, "days_since_last": 75.0, "gap_median": 7.0, "return_lines": 3.0, "days_since_return": 9.0}
    assert said_of(row, ["basket", "tenure", "silence", "returns"], [], 3) == [
        "silent for 75 days; usually buys every 7 days",
        "returned 3 lines, the last 9 days ago",
    ]
    assert len(said_of(row, ["silence", "returns"], [], 1)) == 1


def test_a_good_customer_who_breaks_their_own_habit_is_told_so():
    """Silent for 75 days is less than most are, and much for one who buys every 7."""
    row = {**STEADY, "days_since_last": 75.0, "gap_median": 7.0, "return_lines": 3.0, "days_since_return": 9.0}
    habit = ["silent for 75 days; usually buys every 7 days"]
    assert said_of(row, ["basket"], ["returns", "silence"], 3) == habit
    assert said_of(row, ["returns"], ["silence"], 3) == ["returned 3 lines, the last 9 days ago"]
    once = {**STEADY, "purchase_days": 1.0, "days_since_last": 98.0}
    assert said_of(once, [], ["silence"], 3) == ["no single sign; typical of customers with one purchase 98 days ago"]


def test_no_sentence_is_a_tautology_a_zero_or_a_wrong_plural():
    """Over many random customers: no "0 …", no "1 purchases", no share of 0 %, no silence that is not one."""
    random = np.random.default_rng(8)
    for _ in range(2000):
        bought = int(random.integers(1, 9))
        row = {name: float(random.choice([0, 1, 2, 5, 40, 400, np.nan])) for name in STEADY}
        # Whole days ago, and gaps, are at least one.
        row |= {name: max(v, 1.0) if v == v else v for name, v in row.items() if name.startswith(("days_", "gap_"))}
        row |= {"purchase_days": bought, "frequency": bought - 1, "tenure": float(random.integers(0, 900))}
        row |= {"days_since_last": float(random.integers(1, 400)), "spend_total": 100.0, "spend_last": 10.0}
        row |= {name: float(random.random()) for name in ("late_share", "season_share", "contact_opened_share")}
        for said in said_of(row, sorted(REASONS), [], 20):
            assert not re.search(r"(?<![\d.,])0 |(?<![\d.,])0%|(?<![\d.,])1 [a-z]+s\b|nan|inf", said), said
            if found := re.fullmatch(r"silent for ([\d,]+) days?; usually buys every ([\d,]+) days", said):
                assert float(found[1].replace(",", "")) > float(found[2].replace(",", ""))
