"""Orders refunded in part: the sale stays, and what was given back comes off where the file says how much."""

import pytest

from holdfast.onboarding.states.words import State, state_of
from tests.onboarding.looked import LINES, day, dropped, look, said, shop


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


WORDS = [
    *("Partially refunded", "partially_refunded", "PARTIALLY_REFUNDED", "PartiallyRefunded", "wc-partially-refunded"),
    *("Partial refund", "Part-refunded", "Refunded in part", "Partially returned", "Partially cancelled"),
    *("Teilweise erstattet", "Teilerstattung", "Teilweise storniert", "Delvist refunderet", "Delvis refundert"),
    *("Delvis refusjon", "Delvis återbetald", "Partiellement remboursé", "Remboursement partiel"),
    *("Parcialmente reembolsado", "Reembolso parcial del pedido", "Parzialmente rimborsato", "Rimborso parziale"),
    *("Częściowo zwrócone", "Zwrot częściowy", "Gedeeltelijk terugbetaald", "Deels terugbetaald"),
    *("一部返金", "部分退款", "부분 환불"),
]


@pytest.mark.parametrize("word", WORDS)
def test_what_was_refunded_in_part_is_a_sale_and_said(word):
    assert state_of(word) is State.PARTLY
    found = look({"Status": ["Paid", word, "Paid", "Paid"]})
    assert dropped(found) == {}
    assert not found.questions
    assert f'"Status" says "{word}" on 30 lines (315.00): kept in full, though a part was given back' in said(found)
    assert "Export the amount refunded" in found.why["columns.refunded"]
    assert "not known" not in said(found)


@pytest.mark.parametrize(
    ("word", "means"),
    [
        ("Partially shipped", State.UNKNOWN),
        ("Partially paid", State.UNKNOWN),
        ("Refunded, partially shipped", State.UNKNOWN),
        ("Partially shipped, refunded", State.UNKNOWN),
        ("Partial refund failed", State.UNKNOWN),
        ("Partial refund requested", State.UNKNOWN),
        ("Not partially refunded", State.UNKNOWN),
        ("Delivered", State.SOLD),
        ("Deleted", State.DELETED),
        ("Refused", State.FAILED),
        ("Refusée", State.FAILED),
        ("Refusjon", State.REFUNDED),
    ],
)
def test_words_that_look_alike_keep_their_meaning(word, means):
    assert state_of(word) is means


def test_a_column_of_refunds_comes_off_what_was_refunded_in_part():
    states = ["Paid", "Refunded", "Refunded", "Partially refunded", "Partially refunded", "Refunded"]
    found = look({"Status": states, "Refunded amount": ["", "10.50", "10.50", "3.50", "", "10.50"]})
    assert found.settings["columns.refunded"] == "Refunded amount"
    assert (
        '"Status" says "Partially refunded" on 40 lines (420.00): kept, as "Refunded amount" comes off, which is 0 on '
        "20 of these lines"
    ) in said(found)


def test_where_a_column_of_refunds_is_a_question_nothing_else_is_said():
    found = look({"Status": ["Paid", "Partially refunded"], "Refunded amount": ["", "3.50"]})
    assert [q.key for q in found.questions] == ["columns.refunded"]
    assert "Partially" not in said(found)


def test_a_part_that_was_given_back_may_be_a_line_below_0():
    rows = [[f"c{i % 10}", day(3 * i), "20.50", "Partially refunded" if i % 8 else "Paid"] for i in range(LINES)]
    rows += [[f"c{i}", day(3 * i + 400), "-5.50", "Paid"] for i in range(10)]
    found = shop([["Customer ID", "Order date", "Amount", "Status"], *rows])
    assert (
        '"Status" says "Partially refunded" on 105 lines (2,152.50): kept in full, as the part that was given back can '
        "only be among the 10 lines below 0, which come off"
    ) in said(found)
