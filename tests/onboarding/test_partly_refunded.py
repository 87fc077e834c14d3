"""Orders refunded in part: the sale stays, and what was given back comes off where the file says how much."""

from collections.abc import Callable

import pytest

from holdfast.onboarding.findings import Findings
from holdfast.onboarding.states.words import State, state_of
from tests.onboarding.looked import LINES, day, dropped, look, said, shop

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
    assert f'"Status" says "{word}" on 30 lines (315.00): kept in full; a part was given back' in said(found)
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
        ("Spare part returned", State.REFUNDED),
        ("Paid, part refunded", State.PARTLY),
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
        '"Status" says "Partially refunded" on 105 lines (2,152.50): kept in full; the part that was given back can '
        "only be among the 10 lines below 0, which come off"
    ) in said(found)


def orders(
    extra: dict[str, Callable[[int, int], str]], status: Callable[[int], str] = lambda i: "completed"
) -> Findings:
    """Look at 120 orders of 20.00 to 42.00, as WooCommerce's exports write them.

    Every eighth gave back 3.50, every twentieth (called refunded) all of it; cells are of the total and the refund in
    cents.
    """
    rows = []
    for i in range(LINES):
        total = 2_000 + 20 * (i % 111)
        back = total if i % 20 == 3 else 350 if i % 8 == 5 else 0
        state = "refunded" if back == total else status(back)
        cells = [cell(total, back) for cell in extra.values()]
        rows.append([f"{5000 + i}", f"{100 + i % 17}", f"{day(2 * i)} 10:11:12", state, money(total), *cells])
    return shop([["order_id", "customer_id", "date", "status", "order_total", *extra], *rows])


def money(cents: int) -> str:
    return f"{cents / 100:.2f}"


def back(_: int, cents: int) -> str:
    return money(cents) if cents else ""


NUMBERS = ["refunded_total", "total_refunded", "Refund Amount", "Order Refund Amount", "Partial Refunds", "Erstattet"]


@pytest.mark.parametrize("name", NUMBERS)
def test_a_few_whole_refunds_that_a_status_names_prove_that_those_in_part_come_off(name):
    found = orders({name: back, "line_items": packed_items})
    assert not found.questions
    assert found.settings["columns.refunded"] == name
    told = f'"{name}" is never more than the amount, and as much on 6 of 6 lines that "status" calls refunded'
    assert any(line.startswith(told) for line in found.told)
    assert 'says 6 lines (183.60) refunded: kept, as "' in said(found)


def packed_items(total: int, back: int, *, key: str = "meta") -> str:
    return f"name:Mug|sku:M1|qty:2|total:{money(total)}|{key}:{money(back)}"


def test_where_no_line_proves_it_whether_a_part_comes_off_is_a_question():
    found = orders({"refunded_total": lambda total, cents: money(cents if cents < total else 0)})
    assert found.questions[0].key == "columns.refunded"


def test_what_is_left_or_what_it_was_in_a_column_of_its_own_decides():
    parts = {"refunded_total": lambda total, cents: money(cents if cents < total else 0)}
    left = orders({**parts, "net": lambda total, cents: money(total - cents if cents < total else total)})
    assert left.settings["columns.refunded"] == "refunded_total"
    assert any('and "net" is the amount less it: the amount is of before the refund' in line for line in left.told)
    gross = orders({**parts, "Charged": lambda total, cents: money(total + cents if cents < total else total)})
    assert "columns.refunded" not in gross.settings
    assert '"Charged" is "order_total" and "refunded_total" together on 15 lines' in gross.why["columns.refunded"]


def test_of_what_was_refunded_of_goods_and_in_all_the_whole_comes_off():
    found = orders({"Refunded subtotal": lambda _, cents: money(cents * 4 // 5), "refunded_total": back})
    assert found.settings["columns.refunded"] == "refunded_total"


def test_orders_called_refunded_of_which_no_refund_is_stated_are_a_question():
    found = orders({"refunded_total": lambda total, cents: "" if total == 2_460 else money(cents)})
    (asked,) = found.questions
    assert asked.asked.startswith('"status" says 6 lines (183.60) refunded, and "refunded_total" is 0 on 1 of them')


PACKED = {
    "refunds": lambda _, cents: f"id:9|date:2023-02-01|amount:{money(cents)}|reason:" if cents else "",
    "Refund items": lambda _, cents: f'[{{"id":9,"total":"-{money(cents)}"}}]' if cents else "[]",
    "line_items": lambda total, cents: packed_items(total, cents, key="refunded"),
}


@pytest.mark.parametrize("name", PACKED)
def test_refunds_that_are_packed_into_a_text_are_said(name):
    found = orders({name: PACKED[name]})
    told = f'"{name}" has what was given back packed into a text on 15 lines that count, and no sum comes off a text'
    assert f"refunds: {told}: export the amount refunded as a column of numbers" in "\n".join(found.told)
    assert found.why["columns.refunded"].startswith(told)
    # The text is no state, whatever its column is called.
    assert [c.settings["rules.drop"] for q in found.questions for c in q.choices] == [
        [{"column": "status", "values": ["refunded"]}],
        None,
    ]
    partly = orders({name: PACKED[name]}, lambda cents: "partially_refunded" if cents else "completed")
    assert f'says "partially_refunded" on 15 lines (460.80): kept in full; {told}' in said(partly)


@pytest.mark.parametrize("text", ["name:Mug|refunded:0.00", "Refund: call 12 first", '{"refundable":1,"id":2}'])
def test_texts_that_look_alike_say_nothing_of_refunds(text):
    assert "packed" not in "\n".join(orders({"line_items": lambda _total, _back: text}).told)


@pytest.mark.parametrize("meta", ['{"refund_id":null,"refund_days":14,"ip":"x"}', '{"refund_window":30,"lang":"en"}'])
def test_terms_of_refunds_are_none(meta):
    found = orders({"meta": lambda _, __: meta})
    assert not any("packed into a text" in line for line in found.told)
    stated = orders({"meta": lambda _, cents: f'{{"lang":"en","refund_amount":{money(cents)}}}'})
    assert any('"meta" has what was given back packed into a text on 15 lines' in line for line in stated.told)
