"""What looks like the end of a contract and may be a pause, and what costs nothing, is told."""

from datetime import date

import pandas as pd

from holdfast.contractual.gaps import notes_on_ends_ahead, notes_on_gaps
from holdfast.contractual.spells import OPEN, Spells
from holdfast.features import Cutoff

DAY = date(1971, 1, 1)


def spells(gap: int, customers: int = 20, *, others: int = 0, price: float = 10.0, renewal_days: int = 30) -> Spells:
    """Return customers who came back after so many days, and others who ended for good."""
    back = [
        {"customer_id": f"C{i}", "start": start, "end": end, "end_reason": None}
        for i in range(customers)
        for start, end in ((0, 60), (60 + gap, OPEN))
    ]
    gone = [{"customer_id": f"D{i}", "start": 0, "end": 90, "end_reason": None} for i in range(others)]
    frame = pd.DataFrame(back + gone).assign(price=price)
    return Spells.of(frame, renewal_days=renewal_days)


def test_returns_after_a_pause_are_told_and_the_advice_works():
    (said,) = notes_on_gaps(spells(45), DAY)
    assert said == (
        "20 of 20 contracts that ended were followed by another of the same customer 31 to 365 days later: each counts "
        "as an end and a new beginning. If these were pauses, subscriptions.renewal_days: 45 takes nine in ten of them "
        "for one contract that went on."
    )
    # As advised: they are one contract each, and nothing is left to say.
    advised = spells(45, renewal_days=45)
    assert len(advised.contracts()) == 20
    assert notes_on_gaps(advised, DAY) == []


def test_few_returns_late_ones_and_renewals_are_no_pauses():
    assert notes_on_gaps(spells(45, 9), DAY) == []
    assert notes_on_gaps(spells(45, 10, others=300), DAY) == []
    assert notes_on_gaps(spells(20), DAY) == []
    # Whoever comes back on the day itself is not known yet.
    assert notes_on_gaps(spells(365 - 60), DAY) == []


def test_what_runs_at_no_price_is_told_unless_no_price_is_known():
    priced = spells(20, 3).frame
    priced.loc[(priced["customer_id"] == "C0") & (priced["end"] == OPEN), "price"] = 0.0
    (said,) = notes_on_gaps(Spells.of(priced, renewal_days=30), DAY)
    assert said.startswith("1 contract that runs costs nothing now, as in a trial: ")
    assert "as of a free membership, it counts as a contract too: if that is no customer of yours, leave" in said
    assert notes_on_gaps(spells(20, price=0.0), DAY) == []
    assert notes_on_gaps(Spells.of(priced.drop(columns="price"), renewal_days=30), DAY) == []


def ending(*ends: int, start: int = 0) -> Spells:
    """Return a contract of each end."""
    each = [{"customer_id": f"C{i}", "start": start, "end": end, "end_reason": None} for i, end in enumerate(ends)]
    return Spells.of(pd.DataFrame(each), renewal_days=30)


def test_where_all_that_run_have_an_end_ahead_it_is_that_of_a_term():
    cutoff = Cutoff(date(1970, 4, 11), 30)
    (said,) = notes_on_ends_ahead(ending(99, *(102 + 7 * n for n in range(40))), cutoff, "Expiry Date")
    assert said == (
        'A day in "Expiry Date" lies ahead for 40 of 40 running contracts, for 4 within the outcome window (until '
        "1970-05-11): that is the end of a term, which may be renewed, and no notice. The probability says who is "
        'likely not to renew; lists.show: ["Expiry Date"] puts the day beside each.'
    )
    few = ending(*(102 + 7 * n for n in range(20)), *[int(OPEN)] * 20)
    assert "where that is a notice that was given" in notes_on_ends_ahead(few, cutoff, "Expiry Date")[0]


def test_ends_that_are_known_ahead_are_counted_and_those_within_the_window_apart():
    cutoff = Cutoff(date(1970, 4, 11), 30, 10)  # day 100: the window is days 110 to 139
    (said,) = notes_on_ends_ahead(ending(100, 139, 140, 99, int(OPEN)), cutoff, "Date de fin")
    assert said == (
        'A day in "Date de fin" lies ahead for 3 of 4 running contracts, for 2 within the outcome window '
        "(until 1970-05-21): "
        "where that is a notice that was given, whoever is on the list leaves whatever the probability says. It is not "
        "used, for it may be the end of a term that is renewed: if it is a notice, put the column under "
        'subscriptions.columns.leaves_at too. lists.show: ["Date de fin"] puts the day beside each.'
    )
    # As advised, they are notices; so they are where few of those that run have an end ahead.
    (noticed,) = notes_on_ends_ahead(ending(100, 139, 140, 99, int(OPEN)), cutoff, "Date de fin", stated=True)
    assert noticed == (
        'A day in "Date de fin" lies ahead for 3 of 4 running contracts, for 2 within the outcome window '
        "(until 1970-05-21): "
        "notice was given, so they are on the list notice_given and not on at_risk. The probability of the others is "
        "that of leaving without having given notice yet."
    )
    few = ending(100, 139, *[int(OPEN)] * 20)
    assert "notice was given, so they" in notes_on_ends_ahead(few, cutoff, "Date de fin")[0]
    later = pd.concat([few.frame, ending(*[int(OPEN)] * 9, start=105).frame], ignore_index=True)
    assert notes_on_ends_ahead(Spells.of(later, renewal_days=30), cutoff, "Date de fin") == [
        'A day in "Date de fin" lies ahead for 2 of 22 running contracts, for 2 within the outcome window '
        "(until 1970-05-21). "
        "Contracts that began on the as-of date or later say that the table is of a later day, so these ends may be "
        "what happened since, and are not used: for notices, run as of the day of the export."
    ]
    assert notes_on_ends_ahead(ending(99, int(OPEN)), cutoff, "end") == []
    # Of what has not begun yet, or was exported when the window was over, nothing is said.
    assert notes_on_ends_ahead(ending(120, start=100), cutoff, "end") == []
    history = pd.concat([ending(120).frame, ending(300, start=140).frame], ignore_index=True)
    assert notes_on_ends_ahead(Spells.of(history, renewal_days=30), cutoff, "end") == []
