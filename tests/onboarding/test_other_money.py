"""Amounts that are called so and are not what a customer paid: commissions, deposits, limits."""

from datetime import date, timedelta

import numpy as np
import pytest

from tests.onboarding.looked import shop


def look(*names):
    """Look at orders with a column of money for each name, the later ones smaller."""
    random = np.random.default_rng(4)
    head = ["Customer ID", "Order date", *names]
    rows = [
        [
            f"c{i % 20}",
            str(date(2023, 1, 1) + timedelta(days=i)),
            *(f"{float(random.gamma(2, 30) + 3) / (j + 1):.2f}" for j in range(len(names))),
        ]
        for i in range(200)
    ]
    return shop([head, *rows])


OTHERS = [
    *("Commission amount", "Deposit amount", "Insurance amount", "Royalty amount", "Cashback amount", "Payout amount"),
    *("Platform charge amount", "Budget amount", "Credit limit amount", "Provisionsbetrag", "Importe comisión"),
    *("Montant commission", "Kaution Betrag"),
]


@pytest.mark.parametrize("other", OTHERS)
def test_a_commission_is_not_what_was_paid_where_a_price_is_there(other):
    found = look("Price", other)
    assert found.settings["columns.amount"] == "Price"
    assert not found.questions
    found = look(other, "Net amount")
    assert found.settings["columns.amount"] == "Net amount"


def test_an_amount_beside_a_price_of_one_piece_is_the_amount():
    assert look("Unit price", "Amount").settings["columns.amount"] == "Amount"


def test_where_nothing_else_is_there_it_is_taken_and_a_deposit_is_doubted():
    found = look("Payout amount")
    assert found.settings["columns.amount"] == "Payout amount"
    assert not [line for line in found.told if "is this the money" in line]
    found = look("Deposit amount")
    assert '"Deposit amount" is the only column called an amount: is this the money that was paid?' in found.told
    (question,) = look("Room rent", "Commission amount").questions
    assert [choice.settings for choice in question.choices] == [
        {"columns.amount": "Commission amount"},
        {"columns.amount": "Room rent"},
    ]


def test_deposits_and_withdrawals_of_an_account_stay_a_question():
    (question,) = look("Deposit amount", "Withdrawal amount").questions
    assert question.key == "columns.amount"


@pytest.mark.parametrize("name", ["freight_value", "Shipping cost", "Versandkosten"])
def test_freight_beside_a_price_is_told_and_beside_a_total_it_is_not(name):
    found = look("price", name)
    assert found.settings["columns.amount"] == "price"
    assert f'"{name}" is not counted: state columns.shipping if it is added to "price"' in found.told
    assert found.why["columns.shipping"].startswith(f'"{name}", if it is added to "price"')
    assert not any(name in said for said in look("Order total", name).told)
