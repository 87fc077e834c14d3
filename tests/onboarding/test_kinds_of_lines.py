"""Kinds of documents: which say one sale several times, in words that are known and in words that are not."""

from datetime import date, timedelta

import numpy as np
import pytest

from holdfast.onboarding.findings import Findings
from holdfast.onboarding.states.documents import kinds_of
from holdfast.onboarding.states.words import State
from tests.onboarding.looked import dropped, look, said, shop


def chain(name, kinds, *, amounts="any", customers=60, each=8, also=()):
    """Look at sales of which each stands once for every kind, so many days later; ``also``: a column beside."""
    random = np.random.default_rng(5)
    rows = []
    for customer in range(customers):
        own = round(float(random.gamma(2, 30)) + 3, 2)
        for _ in range(each):
            amount = {"any": round(float(random.gamma(2, 30)) + 3, 2), "own": own, "one": 19.9}[amounts]
            at = int(random.integers(0, 700))
            rows += [(at + days, customer, amount, kind) for kind, days, part in kinds if random.random() < part]
    rows.sort()
    head = ["Document No.", name, "Order date", "Customer ID", "Amount", *(a[0] for a in also)]
    lines = [
        [f"D{i}", kind, str(date(2023, 1, 1) + timedelta(days=at)), f"c{who}", f"{amount:.2f}", *(a[1] for a in also)]
        for i, (at, who, amount, kind) in enumerate(rows)
    ]
    return shop([head, *lines])


def asked(found):
    return {question.key: question for question in found.questions}


def test_orders_and_delivery_notes_beside_their_invoices_are_no_sales():
    found = chain("Document Type", [("Sales Order", 0, 1), ("Delivery Note", 5, 1), ("Invoice", 9, 1)])
    assert dropped(found) == {"Document Type": ["Delivery Note", "Sales Order"]}
    assert not found.questions
    assert (
        '("Sales Order": 100% of them repeat customer and amount of a line "Invoice" within 60 days): dropped'
        in said(found)
    )


def test_orders_of_which_no_invoice_says_the_amount_again_count():
    assert dropped(look({"Document Type": ["Sales Order", "Invoice", "Invoice"]})) == {}
    assert dropped(look({"Document Type": ["Order", "Delivery note", "Order"]})) == {}


def test_kinds_that_nobody_knows_are_asked_where_they_repeat_customer_and_amount():
    found = chain("Laji", [("Tilausvahvistus", 0, 1), ("Lasku", 9, 1), ("Suoritus", 30, 0.9)])
    question = asked(found)["rules.drop"]
    assert '"Tilausvahvistus" (100% of them repeat customer and amount of a line "Lasku" within 60 days)' in (
        question.asked
    )
    assert '"Suoritus" (100% of them' in question.asked
    rules = {"column": "Laji", "values": ["Tilausvahvistus"]}, {"column": "Laji", "values": ["Suoritus"]}
    assert all(rule in question.choices[0].settings["rules.drop"] for rule in rules)
    assert [choice.settings.get("rules.drop") for choice in question.choices][-1] is None


@pytest.mark.parametrize("amounts", ["own", "one"])
@pytest.mark.parametrize(
    "kinds", [("Sale type", "Online", "Store"), ("Order type", "Standard", "Express"), ("Laji", "Aalto", "Baltia")]
)
def test_customers_who_pay_the_same_again_say_nothing_of_kinds(kinds, amounts):
    name, *words = kinds
    found = chain(name, [(word, 30 * i, 0.8) for i, word in enumerate(words)], amounts=amounts)
    assert not found.questions
    assert dropped(found) == {}
    assert "not known" not in said(found)


def test_what_is_bought_together_is_no_repetition():
    lines = [["Order ID", "Slags", "Order date", "Customer ID", "Amount"]]
    random = np.random.default_rng(5)
    for i in range(300):
        amount = f"{float(random.gamma(2, 30)) + 3:.2f}"
        when = str(date(2023, 1, 1) + timedelta(days=2 * i))
        lines += [[f"o{i}", kind, when, f"c{i % 40}", amount] for kind in ("Ud", "Hjem")]
    assert not [q for q in shop(lines).questions if q.key == "rules.drop"]


@pytest.mark.parametrize(
    ("name", "words", "gone"),
    [
        (
            "Belegart",
            ["Rechnung", "Rechnung", "Lieferschein", "Auftragsbestätigung"],
            ["Auftragsbestätigung", "Lieferschein"],
        ),
        ("Belegart", ["RE", "RE", "AB", "LS", "GS"], ["AB", "LS"]),
        ("Type", ["SI", "SI", "SI", "SR", "PI", "SC", "BP", "JC", "JD"], ["BP", "JC", "JD", "PI", "SR"]),
        ("Attendee Status", ["Attending", "Checked In", "Attending", "Not Attending"], ["Not Attending"]),
        ("Type", ["Faktura", "Faktura", "Purring"], ["Purring"]),
        ("Belegart", ["Rechnung", "Rechnung", "Mahnung"], ["Mahnung"]),
        ("Type de document", ["Facture", "Facture", "Bon de livraison"], ["Bon de livraison"]),
        ("Tipo documento", ["Factura", "Factura", "Albarán"], ["Albarán"]),
        ("Gift Type", ["Cash", "Pledge", "Pay-Cash", "Planned Gift"], ["Planned Gift", "Pledge"]),
        ("Transaction Type", ["Cash", "Pledge", "Pay-Cash"], ["Pledge"]),
        ("Gift Type", ["Cash", "Recurring Gift", "Recurring Gift Pay-Cash"], ["Recurring Gift"]),
        ("Вид документа", ["Реализация товаров и услуг", "Поступление наличных"], ["Поступление наличных"]),
        ("Состояние", ["Проведен", "Проведен", "Помечен на удаление"], ["Помечен на удаление"]),
        ("Пометка удаления", ["Нет", "Нет", "Да"], ["Да"]),
    ],
)
def test_documents_that_are_no_sales_are_known(name, words, gone):
    assert dropped(look({name: words})) == {name: gone}


def test_what_is_promised_and_given_in_kind_is_asked_where_no_payment_of_it_stands_there():
    kinds = kinds_of("Gift Type", ["Cash", "Pledge", "Gift-in-Kind"])
    assert set(kinds[State.UNSURE]) == {"Gift-in-Kind", "Pledge"}
    found = look({"Gift Type": ["Cash", "Cash", "Cash", "Gift-in-Kind", "Pay-Cash", "Pledge"]})
    assert '"Gift Type" says 20 lines (210.00) "Gift-in-Kind". Do they count?' in asked(found)["rules.drop"].asked
    assert found.questions[0].choices[-1].settings["rules.drop"] == [{"column": "Gift Type", "values": ["Pledge"]}]


def test_a_russian_return_of_goods_is_a_return():
    found = look({"Вид документа": [*["Реализация товаров"] * 8, "Возврат товаров от покупателя"]})
    assert found.settings["rules.returns"] == [{"column": "Вид документа", "values": ["Возврат товаров от покупателя"]}]


def test_unknown_kinds_of_documents_are_told_and_plain_ones_are_not():
    words = ["Invoice", "Invoice", "Zeppelin", "Online"]
    assert 'documents: "Document Type" says "Zeppelin" (30 lines): not known here, so these lines count' in said(
        look({"Document Type": words})
    )
    assert said(look({"Type": ["Gold", "Silver"]})) == ""
    assert said(look({"Sale type": ["Online", "In-store"]})) == ""
    assert said(look({"Donation Type": ["One-time", "Monthly"]})) == ""
    assert '"Document type" says "Aaa" (60 lines), "Bbb" (60 lines): not known' in said(
        look({"Document type": ["Aaa", "Bbb"]})
    )


def test_of_letters_before_numbers_of_orders_those_of_what_is_dropped_ask_nothing():
    random = np.random.default_rng(5)
    lines = [["Belegnummer", "Belegart", "Belegdatum", "Kundennummer", "Betrag"]]
    for i in range(200):
        when = str(date(2023, 1, 1) + timedelta(days=3 * i))
        amount = f"{float(random.gamma(2, 30)) + 3:.2f}"
        kinds = [("LS", "Lieferschein"), ("LS", "Lieferschein"), ("LS", "Lieferschein"), ("RE", "Rechnung")]
        lines += [
            [f"{letters}-{1000 + 4 * i + j}", kind, when, str(100 + i % 30), amount]
            for j, (letters, kind) in enumerate(kinds)
        ]
    found = shop(lines)
    assert dropped(found) == {"Belegart": ["Lieferschein"]}
    assert not found.questions


def orders(codes: list[str]) -> Findings:
    rows = [[code, str(date(2023, 1, 1) + timedelta(days=i)), f"c{i % 30}", "10.50"] for i, code in enumerate(codes)]
    return shop([["Order", "Date", "Customer", "Amount"], *rows])


def test_letters_with_which_a_few_random_codes_begin_mark_no_kind_of_orders():
    codes = [f"{chr(65 + i % 23)}{i % 7}{chr(66 + i % 19)}{chr(65 + i % 11)}{i:03}Q" for i in range(200)]
    assert not orders([*codes, "AAM37", "AAM58"]).questions
    (question,) = orders([f"{1000 + i}" for i in range(200)] + [f"RMA{i}" for i in range(10, 18)]).questions
    assert question.asked.startswith('8 lines of orders that begin with "RMA", unlike the others')
