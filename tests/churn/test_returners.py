"""Who came back before: shares by hand, said only where they are clear, from before the as-of date alone."""

import json
from datetime import date, timedelta

import pandas as pd
import pytest

from holdfast.churn import LAPSED, ONCE, Past, Snapshots
from holdfast.churn.returners import Returners
from holdfast.data import Columns, Source, read_purchases
from holdfast.features import Cutoff, build_features

AS_OF, HORIZON, ACTIVE = date(2024, 3, 1), 60, 90
THEN, WINDOW = date(2024, 1, 1), date(2024, 1, 20)
# Customers, days of their purchases before THEN (spend), how many of them bought in the window after it.
PAST = {
    "often": (100, ((-173, 20), (-143, 20), (-113, 20)), 40),
    "rare": (200, ((-113, 20),), 10),
    "long": (100, ((-245, 20),), 2),
    "large": (100, ((-12, 100),), 30),
    "small": (100, ((-12, 10),), 6),
}


def rows(name, customers, days, back, start=THEN):
    found = []
    for number in range(customers):
        who = f"{name}{number:03d}"
        found += [(who, start + timedelta(days=d), float(spend)) for d, spend in days]
        found += [(who, start + timedelta(days=(WINDOW - THEN).days), 20.0)] if number < back else []
    return found


def snapshots(*more, **changed):
    bought = [("first", date(2022, 6, 1), 20.0), ("first", date(2024, 2, 28), 20.0)]
    for name, group in {**PAST, **changed}.items():
        bought += rows(name, *group)
    table = pd.DataFrame([*bought, *more], columns=["customer_id", "ordered_at", "amount"])
    log = read_purchases(Source(table.astype({"ordered_at": "datetime64[ns]"}), Columns(amount="amount")))
    return Snapshots(log.connection, log.first_day)


def counted(found, gap_days=0):
    return Returners.of(Past(found, Cutoff(AS_OF, HORIZON, gap_days)), active_days=ACTIVE)


def today(found, customer):
    features = build_features(found.connection, Cutoff(AS_OF, HORIZON))
    return features[features["customer_id"] == customer]


# Alike as of today: the groups of then, two months later.
NOW = [
    *rows("again", 1, PAST["often"][1], 0, start=AS_OF),
    *rows("seldom", 1, PAST["rare"][1], 0, start=AS_OF),
    *rows("bigspender", 1, PAST["large"][1], 0, start=AS_OF),
    *rows("tiny", 1, PAST["small"][1], 0, start=AS_OF),
]


def test_shares_are_those_of_customers_in_the_same_state_whose_outcome_is_known():
    found = snapshots(*NOW)
    known = counted(found)
    assert known.counts[LAPSED][""] == (401, 53), "and the first of all, gone for 579 days"
    assert known.counts[LAPSED]["gone 91 to 135 days with 3 to 5 purchases"] == (100, 40)
    assert known.counts[LAPSED]["gone 91 to 135 days with one purchase"] == (200, 10)
    assert known.counts[ONCE][""] == (201, 36), "and `seldom`, then still active"
    assert known.high_spend == 100.0
    assert known.reasons(LAPSED, today(found, "again000")) == [
        [
            "40% of customers gone 91 to 135 days with 3 to 5 purchases came back within 60 days, against 13% of all "
            "who lapsed"
        ]
    ]
    assert known.reasons(LAPSED, today(found, "seldom000")) == [[]], "fewer of these came back than of all"
    assert known.reasons(ONCE, today(found, "bigspender000")) == [
        ["30% of customers with one purchase 1 to 15 days ago that came to 100.00 or more bought again within 60 days, "
         "against 18% of all with one purchase"]
    ]  # fmt: skip
    assert known.reasons(ONCE, today(found, "tiny000")) == [[]]


def test_a_share_of_many_is_not_said_of_those_among_them_who_do_not_come_back():
    """Of those with 3 to 5 purchases 35% came back, of those gone for 245 days 3%; 20 were both, and 2 of them came."""
    both = (20, ((-305, 20), (-275, 20), (-245, 20)), 2)
    now = rows("both", 1, both[1], 0, start=AS_OF)
    found = snapshots(*NOW, *now, both=both)
    known = counted(found)
    assert known.counts[LAPSED]["with 3 to 5 purchases"] == (120, 42)
    assert known.counts[LAPSED]["gone 181 to 270 days"] == (120, 4)
    assert known.counts[LAPSED]["gone 181 to 270 days with 3 to 5 purchases"] == (20, 2)
    assert known.reasons(LAPSED, today(found, "both000")) == [[]]
    assert known.reasons(LAPSED, today(found, "again000")) != [[]]


def test_they_survive_their_file_to_the_bit():
    found = snapshots(*NOW)
    known = counted(found)
    read = Returners.from_dict(json.loads(json.dumps(known.to_dict())))
    assert read == known
    none = Returners(90, 0, 60)
    assert Returners.from_dict(json.loads(json.dumps(none.to_dict()))).reasons(LAPSED, today(found, "again000")) == [[]]


def test_nothing_after_the_as_of_date_counts():
    later = rows("rare", 200, ((61, 20.0), (75, 20.0)), 0)
    assert counted(snapshots(*NOW, *later)) == counted(snapshots(*NOW))


@pytest.mark.parametrize("back", [13, 20])
def test_a_share_that_is_not_clearly_above_the_others_is_not_said(back):
    """13 of 100 is as many as of all; 20 of 100 is more, but chance alone would do that."""
    changed = {
        "often": (100, PAST["often"][1], back),
        "rare": (200, PAST["rare"][1], 26),
        "long": (100, ((-245, 20),), 13),
    }
    found = snapshots(*NOW, **changed)
    assert counted(found).reasons(LAPSED, today(found, "again000")) == [[]]


def test_what_hardly_anybody_did_is_no_reason():
    """Twice as many as of the others may have come back; where these are 3 in 100, nobody is expected."""
    counts = {LAPSED: {"": (20_000, 600), "with 3 to 5 purchases": (4_000, 120), "with 2 purchases": (4_000, 240)}}
    said = Returners(90, 0, 60, counts=counts)._clear(LAPSED)
    assert set(said) == {"with 2 purchases"}


def test_with_a_lead_time_the_window_is_named_by_its_days():
    found = snapshots(*NOW)
    # The window of 60 days before AS_OF, after a gap of 5, begins on 2024-01-01: its cutoff lies 5 days before.
    ((said,),) = counted(found, gap_days=5).reasons(LAPSED, today(found, "again000"))
    assert " came back 6 to 65 days later, against " in said


def test_too_short_a_log_tells_nothing():
    table = pd.DataFrame({"customer_id": ["a"], "ordered_at": ["2024-02-01"], "amount": [1.0]})
    log = read_purchases(Source(table, Columns(amount="amount")))
    assert counted(Snapshots(log.connection, log.first_day)).counts == {}
