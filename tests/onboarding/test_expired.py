"""What expired: passes, policies and vouchers were sold and ran out since; sessions, payments and quotes never sold."""

from datetime import date, timedelta

import pytest

from holdfast.onboarding.findings import Findings
from holdfast.onboarding.look import Look
from holdfast.onboarding.states.words import State, state_of
from tests.onboarding.looked import LINES, dropped, look, said, shop


@pytest.mark.parametrize(
    ("word", "means"),
    [
        ("Expired", State.EXPIRED),
        ("EXPIRED", State.EXPIRED),
        ("Abgelaufen", State.EXPIRED),
        ("Expirado", State.EXPIRED),
        ("Expirée", State.EXPIRED),
        ("Udløbet", State.EXPIRED),
        ("Verlopen", State.EXPIRED),
        ("Payment expired", State.FAILED),
        ("Authorization Expired", State.FAILED),
        ("Checkout session expired", State.FAILED),
        ("Delivery expired", State.UNKNOWN),
    ],
)
def test_of_what_expired_payments_failed(word, means):
    assert state_of(word) is means


def _sold(words: list[str], until: str, days: int, start: str = "", *, style: str = "%Y-%m-%d") -> Findings:
    """Look at lines sold every third day that end so many days later."""
    names = ["Customer ID", "Sale date", "Price", "Status", until, *([start] if start else [])]
    rows = []
    for i in range(LINES):
        on = date(2023, 1, 1) + timedelta(days=3 * i)
        end, begin = ((on + timedelta(days=n)).strftime(style) for n in (days, 0))
        rows.append(
            [f"c{i % 10}", on.strftime(style), "10.50", words[i % len(words)], end, *([begin] if start else [])]
        )
    return shop([names, *rows])


@pytest.mark.parametrize(
    ("words", "until", "lines"),
    [
        (["Expired", "Expired", "Expired", "Active"], "Expiration Date", 90),
        (["Used", "Expired"], "Expires on", 60),
        (["Abgelaufen", "Abgelaufen", "Aktiv"], "Gültig bis", 80),
        (["Redeemed", "Expired", "Cancelled", "Unused"], "Valid until", 30),
    ],
)
def test_passes_policies_and_vouchers_were_sold_and_ran_out(words, until, lines):
    found = _sold(words, until, 30)
    assert dropped(found) == ({"Status": ["Cancelled"]} if "Cancelled" in words else {})
    assert not found.questions
    assert f"on {lines} lines ({lines * 10.5:,.2f}): kept, as they were sold, and ran out since" in said(found)


def test_dates_as_they_are_written_elsewhere_tell_too():
    found = _sold(["Expired", "Expired", "Active"], "Expiration Date", 30, "Activation Date", style="%m/%d/%Y")
    assert dropped(found) == {}
    assert "kept, as they were sold, and ran out since" in said(found)


@pytest.mark.parametrize(
    ("words", "until", "days"),
    [
        (["complete", "complete", "open", "complete", "expired"], "Expires at", 1),
        (["Accepted", "Declined", "Expired", "Accepted", "Accepted", "Accepted"], "Expiry Date", 30),
        (["Paid", "Paid", "Paid", "Paid", "Paid", "Expired", "Failed"], "Valid until", 28),
        (["Settled", "Settled", "Settled", "Settled", "Settled", "Expired"], "Card expiration date", 400),
    ],
)
def test_sessions_quotes_and_payments_that_expired_are_no_sales(words, until, days):
    found = _sold(words, until, days)
    assert next(word for word in words if word.lower() == "expired") in dropped(found)["Status"]
    assert "kept" not in said(found)


@pytest.mark.parametrize(
    "until",
    [
        *("Hold expires", "Reservation expires", "Payment expires", "Pledge expires", "Warranty valid until"),
        *("Best before / expiry", "Account expires at", "Reserviert gültig bis", "Customer activated"),
    ],
)
def test_what_was_held_and_days_of_other_things_do_not_keep_what_expired(until):
    found = _sold(["Active"] * 9 + ["Expired"], until, 30)
    assert dropped(found) == {"Status": ["Expired"]}
    assert '"Status" says 12 lines (126.00) expired: dropped' in said(found)


@pytest.mark.parametrize(
    ("until", "days", "kept"),
    [
        ("Expires on", 13, False),
        ("Expires on", 14, True),
        ("Activation Date", -1, False),
        ("Activation Date", 0, True),
    ],
)
def test_a_validity_begins_with_the_sale_and_lasts_two_weeks(until, days, kept):
    found = _sold(["Active"] * 9 + ["Expired"], until, days)
    assert dropped(found) == ({} if kept else {"Status": ["Expired"]})
    assert ("kept, as they were sold" in said(found)) is kept


def test_beside_words_that_are_not_known_what_expired_is_not_said_to_be_sold():
    found = _sold(["Pago"] * 9 + ["Expirado"], "Validade", 30)
    assert dropped(found) == {"Status": ["Expirado"]}
    assert "ran out" not in said(found)
    blank = _sold(["Active"] * 8 + ["", "Expired"], "Expires on", 30)
    assert dropped(blank) == {}


def test_a_few_that_expired_are_dropped_and_many_are_a_question():
    few = look({"Status": ["Complete"] * 19 + ["Expired"]})
    assert dropped(few) == {"Status": ["Expired"]}
    assert '"Status" says 6 lines (63.00) expired: dropped' in said(few)
    assert not few.questions
    many = look({"Status": ["Active", "Expired", "Expired", "Cancelled"]})
    assert [q.key for q in many.questions] == ["rules.drop"]
    question = many.questions[0]
    assert question.asked == '"Status" says 60 lines (630.00) expired, a large part of all. Do they count?'
    keep, drop = question.choices
    assert keep.said == "keep them: they were sold, and ran out since"
    assert keep.settings == {"rules.drop": [{"column": "Status", "values": ["Cancelled"]}]}
    answered = Look(["x.csv"]).findings({"rules.drop": drop})
    assert [rule["values"] for rule in answered.settings["rules.drop"]] == [["Cancelled"], ["Expired"]]


def test_beside_refunds_the_question_names_what_expired():
    found = look({"Status": ["Active", "Expired", "Expired", "Refunded"]})
    (question,) = [q for q in found.questions if q.key == "rules.drop"]
    assert [c.said.rsplit("; ", 1)[1] for c in question.choices] == [
        "keep what expired",
        "keep what expired",
        "drop what expired",
        "drop what expired",
    ]
