"""Tables of shop systems: what a flag or a numbered state says is asked, with the lines and the money of each."""

from datetime import date, timedelta

import pytest

from holdfast.onboarding.states.words import State, flag_of, state_of
from tests.onboarding.looked import dropped, look, said, shop


def asked(found):
    (question,) = found.questions
    return question


@pytest.mark.parametrize(
    ("name", "words", "gone"),
    [
        ("valid", ["1", "1", "0"], "0"),
        ("is_valid", ["true", "true", "false"], "false"),
        ("is_confirmed", ["1", "1", "0"], "0"),
        ("completed", ["TRUE", "TRUE", "FALSE"], "FALSE"),
        ("fraud", ["0", "0", "1"], "1"),
        ("gültig", ["ja", "ja", "nein"], "nein"),
    ],
)
def test_what_is_not_valid_or_confirmed_is_asked(name, words, gone):
    question = asked(look({name: words}))
    assert question.key == "rules.drop"
    assert question.asked.startswith(f'"{name}" says 40 lines (420.00) "{gone}"')
    assert question.choices[0].settings["rules.drop"] == [{"column": name, "values": [gone]}]
    assert question.choices[-1].settings["rules.drop"] is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("active", ["1", "1", "0"]),
        ("valid", ["1"]),
        ("valid", ["Silver", "Gold"]),
        ("Email confirmed", ["1", "1", "0"]),
        ("Completed", ["1", "2", "3"]),
        ("customer_status_id", ["1", "2"]),
        ("state_id", [str(i) for i in range(1, 20)]),
    ],
)
def test_what_looks_like_a_flag_of_the_sale_and_is_none_asks_nothing(name, words):
    found = look({name: words})
    assert not found.questions
    assert dropped(found) == {}


def test_what_is_not_completed_yet_is_kept_where_it_is_of_the_newest_days():
    rows = [["Customer ID", "Order date", "Amount", "Completed"]]
    for i in range(300):
        rows.append([f"c{i % 20}", str(date(2023, 1, 1) + timedelta(days=i)), "10.50", str(i < 280)])
    found = shop(rows)
    assert not found.questions
    assert '"Completed" says "False" on most of the newest lines, and on few of the others: kept' in said(found)


@pytest.mark.parametrize(
    ("name", "words"),
    [("oxstorno", ["0", "0", "1"]), ("Deletion indicator", ["", "", "X"]), ("Löschkennzeichen", ["", "", "X"])],
)
def test_a_mark_of_what_was_cancelled_or_deleted_drops_it(name, words):
    assert dropped(look({name: words})) == {name: words[2:]}


def test_numbered_states_are_asked_with_what_each_comes_to():
    question = asked(look({"status_id": ["5", "5", "5", "6"]}))
    assert 'status_id" says 30 lines (315.00) "6" (all but the most frequent number; each: "5" 90 lines (945.00), ' in (
        question.asked
    )
    assert question.choices[0].settings["rules.drop"] == [{"column": "status_id", "values": ["6"]}]
    assert [c.settings["rules.drop"] for c in question.choices][-1] is None


def test_the_numbers_that_a_shop_system_comes_with_are_known():
    found = look({"order_status_id": ["5", "5", "3", "0", "7", "2"], "invoice_prefix": ["INV-"]})
    question = asked(found)
    assert question.choices[0].settings["rules.drop"] == [{"column": "order_status_id", "values": ["0", "7"]}]
    assert "by the numbers that OpenCart comes with" in question.asked
    found = look({"current_state": ["5", "4", "6", "10"], "id_order": ["1", "2", "3"]})
    (rules,) = [c.settings["rules.drop"] for c in asked(found).choices[:1]]
    assert rules == [{"column": "current_state", "values": ["6", "10"]}]
    assert not look({"current_state": ["5", "4", "2"], "id_order": ["1", "2", "3"]}).questions


def test_codes_of_a_few_letters_and_kinds_put_aside_are_known():
    assert dropped(look({"status_code": ["CMP", "CMP", "CAN"]})) == {"status_code": ["CAN"]}
    assert [state_of(code) for code in ("CMP", "CXL", "RFD", "Canberra")][:3] == [
        State.SOLD,
        State.CANCELLED,
        State.REFUNDED,
    ]
    for name, words in (
        ("kind", ["sale", "sale", "gift_card_issue"]),
        ("Sale type", ["Sale", "Sale", "Layby"]),
        ("Order type", ["Standard", "Express", "Free replacement"]),
    ):
        assert f'"{name}" says 40 lines (420.00) "{words[2]}". Do they count?' in asked(look({name: words})).asked
    assert not look({"Type": ["Sample", "Full size"]}).questions


def test_flags_of_other_things_are_none():
    assert [flag_of(name) for name in ("active", "valid_until", "confirmed by", "fraud score")] == [None] * 4
