"""Books of vouchers and ledgers: the kind of each line says which side is sales, and which lines are payments."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from holdfast.onboarding.states.documents import kinds_of
from holdfast.onboarding.states.words import State
from tests.fuzz.configurations import command
from tests.onboarding.looked import dropped, said, shop
from tests.onboarding.plain import read

LINES = 240


def book(name="Vch Type", kinds=("Sales", "Receipt", "Credit Note")):
    """Return a day book: each sale on the debit side, its receipt and some credit notes on the other; and their net."""
    rows, net = [["Customer ID", "Date", name, "Vch No.", "Debit Amount", "Credit Amount"]], 0.0
    for i in range(LINES):
        amount, when = 20.5 + i, date(2023, 1, 1) + timedelta(days=2 * i)
        rows.append([f"c{i % 11}", str(when), kinds[0], f"S/{i}", f"{amount:.2f}", ""])
        rows.append([f"c{i % 11}", str(when + timedelta(days=20)), kinds[1], f"R/{i}", "", f"{amount:.2f}"])
        net += amount
        if i % 20 == 7:
            rows.append([f"c{i % 11}", str(when + timedelta(days=4)), kinds[2], f"C/{i}", "", "10.00"])
            net -= 10
    return rows, net


@pytest.mark.parametrize("name", ["Vch Type", "Voucher Type"])
def test_a_day_book_is_read_by_its_kinds_of_vouchers(name):
    rows, net = book(name)
    found = shop(rows)
    assert not found.questions
    assert (found.settings["columns.amount"], found.settings["columns.refunded"]) == ("Debit Amount", "Credit Amount")
    assert dropped(found) == {name: ["Receipt"]}
    assert "returns" not in said(found).splitlines()[0]
    assert f'worth of a line: "Debit Amount" less "Credit Amount", as "{name}" says which lines are sales' in found.told
    command("init", "x.csv", "--out", "x.yaml", "--yes")
    _, customers, revenue, rejected = read(Path("x.yaml"))
    assert (customers, revenue, rejected) == (11, pytest.approx(net), 0)


def test_payments_alone_on_the_other_side_come_off_nothing():
    rows, _ = book(kinds=("Sales", "Receipt", "Receipt"))
    found = shop(rows)
    assert found.settings["columns.amount"] == "Debit Amount"
    assert "columns.refunded" not in found.settings


def test_kinds_that_say_nothing_of_sales_leave_the_question():
    rows, _ = book("Branch", ("North", "South", "East"))
    assert "columns.amount" in [q.key for q in shop(rows).questions]


def test_a_voucher_with_which_somebody_pays_is_none_of_a_book():
    assert kinds_of("Voucher", ["Sales", "Receipt"]) == {}
    assert kinds_of("Type", ["Sale", "Receipt"])[State.UNKNOWN] == ["Receipt"]
    assert kinds_of("Voucher type", ["Gift voucher", "Receipt"]) == {}


def ledger():
    rows = [["Patient ID", "Date", "Tran Type", "Charges", "Payments"]]
    for i in range(LINES):
        when = str(date(2023, 1, 1) + timedelta(days=2 * i))
        rows.append([f"p{i % 11}", when, "Charge", f"{20.5 + i:.2f}", ""])
        rows.append([f"p{i % 11}", when, "Pat Payment", "", f"-{10.25 + i:.2f}"])
    return rows


def test_payments_of_patients_are_no_sales():
    assert dropped(shop(ledger())) == {"Tran Type": ["Pat Payment"]}


def test_an_alternative_brings_the_rule_for_lines_that_are_blank_in_it():
    # A name that says nothing: no kind drops the payments.
    shop([[*row[:2], row[3], row[4]] for row in ledger()])
    command("init", "x.csv", "--out", "x.yaml", "--yes")
    text = Path("x.yaml").read_text(encoding="utf-8")
    assert 'amount: Charges    ("Charges")' in text
    assert 'and below rules: keep: [{column: Charges, pattern: ".*[0-9].*"}]' in text
    answered = text.replace("amount: <answer>", "amount: Charges")
    config = yaml.safe_load(answered)
    config["purchases"].setdefault("rules", {})
    config["purchases"]["rules"] = {
        **(config["purchases"]["rules"] or {}),
        "keep": [{"column": "Charges", "pattern": ".*[0-9].*"}],
    }
    Path("x.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    _, _, revenue, rejected = read(Path("x.yaml"))
    assert (revenue, rejected) == (pytest.approx(sum(20.5 + i for i in range(LINES))), 0)
