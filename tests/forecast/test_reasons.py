"""What a customer's expected value is made of, said in words."""

import pandas as pd
import pytest

from holdfast.forecast.reasons import value_reasons_for

OFTEN = {"purchase_days": 12, "tenure": 200, "days_since_last": 9, "gap_median": 14, "gap_variation": 0.9}
OFTEN |= {"spend_mean": 83.4, "recent_to_usual_rate": 1.0, "purchase_days_90d": 4}
ONCE = {"purchase_days": 1, "tenure": 16, "days_since_last": 17, "gap_median": None, "gap_variation": None}


@pytest.mark.parametrize(
    ("differs", "said"),
    [
        ({}, ["12 purchases in 201 days", "spends 83.40 per purchase", "last bought 9 days ago"]),
        (ONCE, ["spent 83.40 on the only purchase, 17 days ago"]),
        (ONCE | {"tenure": 0, "days_since_last": 1}, ["spent 83.40 on the only purchase, 1 day ago"]),
        (ONCE | {"spend_mean": 0.0}, ["1 purchase in 17 days"]),
        (ONCE | {"spend_mean": 0.0, "tenure": 0}, ["bought for the first time"]),
    ],
)
def test_who_bought_once_is_told_by_what_they_spent(differs, said):
    assert value_reasons_for(pd.DataFrame([OFTEN | differs])) == [said]


REGULAR = OFTEN | {"gap_variation": 0.3}


@pytest.mark.parametrize(("silent", "said"), [(9, True), (28, True), (29, False), (113, False)])
def test_nobody_who_is_long_overdue_buys_regularly(silent, said):
    found = value_reasons_for(pd.DataFrame([REGULAR | {"days_since_last": silent}]))[0]
    assert found[0] == ("buys regularly, every 14 days" if said else "12 purchases in 201 days")
    assert found[2].startswith(f"last bought {silent} day")


@pytest.mark.parametrize(
    ("recent", "of", "days", "said"), [(3, 21, 875, False), (5, 37, 907, False), (17, 67, 468, True)]
)
def test_one_purchase_above_the_usual_is_not_more_than_before(recent, of, days, said):
    row = OFTEN | {"purchase_days": of, "tenure": days, "purchase_days_90d": recent}
    row |= {"recent_to_usual_rate": recent * (days + 1) / (90 * of)}
    assert row["recent_to_usual_rate"] > 1.25
    found = value_reasons_for(pd.DataFrame([row]))[0]
    assert any(text.startswith("buys more than before") for text in found) is said
