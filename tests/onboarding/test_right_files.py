"""Right files that look like others: what is sold stays sold, and what may be either is asked."""

from datetime import date, timedelta

import pytest

from tests.onboarding.looked import LINES, day, dropped, look, said, shop


def test_words_of_deals_in_a_status_are_dropped_beside_other_columns_of_deals_and_asked_about_alone():
    words = ["Won", "Won", "Lost", "Open", "Qualified"]
    deals = look({"Status": words, "Deal name": [f"d{i}" for i in range(LINES)]})
    assert dropped(deals) == {"Status": ["Lost", "Open", "Qualified"]}
    bets = look({"Result": ["x"], "Status": ["Won", "Lost", "Lost", "Void"]})
    (asked,) = [q for q in bets.questions if q.key == "rules.drop"]
    assert '"Lost"' in asked.asked
    assert dropped(bets) == {}


def test_work_after_a_deal_was_won_keeps_it_and_what_is_not_known_is_asked():
    found = look({"Stage": ["Won", "Won", "In production", "Live", "Contract signed", "Proposal", "Lost"]})
    assert dropped(found) == {"Stage": ["Lost", "Proposal"]}
    (asked,) = look({"Stage": ["Won", "Won", "Lost", "Handover", "Proposal"]}).questions
    assert '"Handover"' in asked.asked


@pytest.mark.parametrize(
    ("stage", "words"),
    [("Stage", ["Primary", "Secondary"]), ("Phase", ["Planung", "Bau"]), ("Etapa", ["Primaria", "Secundaria"])],
)
def test_a_stage_of_something_else_leaves_the_day_of_the_order_alone(stage, words):
    later = [str(date(2023, 2, 1) + timedelta(days=3 * i)) for i in range(LINES)]
    assert look({stage: words, "Closing date": later}).settings["columns.ordered_at"] == "Order date"


def test_returns_without_a_day_of_payment_are_not_dropped_with_what_was_never_paid():
    rows = [
        [f"c{i % 9}", day(i), "-5.00" if i % 12 == 11 else "9.50", "" if i % 12 == 11 else day(i)] for i in range(120)
    ]
    found = shop([["Customer ID", "Order date", "Amount", "Payment date"], *rows])
    assert dropped(found) == {}
    assert "10 of them returns: they count" in said(found)


def test_where_another_column_tells_which_have_no_day_of_payment_it_is_a_question():
    paid = [*(day(n) for n in range(11)), ""]
    (asked,) = look({"Paid at": paid, "Payment method": [*["Card"] * 11, "Cash on delivery"]}).questions
    assert "another column tells which" in asked.asked


@pytest.mark.parametrize(
    "word",
    [
        "Awaiting production",
        "Pendiente de enviar",
        "En attente de préparation",
        "In attesa di ritiro",
        "Afventer afhentning",
    ],
)
def test_an_order_that_waits_for_work_is_sold(word):
    assert dropped(look({"Status": ["Paid", "Paid", word]})) == {}


@pytest.mark.parametrize("word", ["Pending review", "Pending invoice", "Awaiting artwork"])
def test_what_is_waited_for_and_not_known_is_told(word):
    found = look({"Status": ["Paid", "Paid", word]})
    assert dropped(found) == {}
    assert f'"{word}"' in said(found)


def test_who_pays_by_credit_note_buys_and_receipts_beside_invoices_are_no_credits():
    assert "rules.returns" not in look({"Payment mode": ["Invoice", "Card", "Credit Note"]}).settings
    assert "rules.returns" not in look({"Tipo": ["FT", "FR"]}).settings
    assert look({"Tipo": [*["FT", "FR"] * 3, "NC"]}).settings["rules.returns"] == [{"column": "Tipo", "values": ["NC"]}]


def test_days_in_a_column_called_after_credits_name_these_lines():
    found = look({"Kreditnota": [*[""] * 11, day(3)]})
    assert '"Kreditnota" is filled on 10 lines' in "\n".join([*found.told, *(q.asked for q in found.questions)])


def test_a_test_that_is_sold_is_no_test_order():
    assert dropped(look({"Type": ["Lesson", "Lesson", "Test"]})) == {}
    assert dropped(look({"Source": [*["Web"] * 39, "Test"]})) == {"Source": ["Test"]}
