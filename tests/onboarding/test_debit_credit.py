"""Debit and credit: in two columns of money, or in one with a column that says which of them a line is."""

from pathlib import Path

import pytest

from holdfast.onboarding.look import Look
from holdfast.onboarding.money.sides import are_sides
from tests.fuzz.configurations import command
from tests.onboarding.looked import LINES, day, said, shop
from tests.onboarding.plain import read


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _back(i: int) -> bool:
    return i % 10 == 9


def two(debit: str, credit: str, *, nothing: str = "", decimal: str = ".", back=_back) -> list[list[str]]:
    """Lines of 10.50, every tenth on the other side, of 2.25."""
    rows = [["Customer ID", "Date", debit, credit]]
    for i in range(LINES):
        sides = ["2.25", nothing] if back(i) else [nothing, "10.50"]
        rows.append([f"c{i % 7}", day(3 * i), *(cell.replace(".", decimal) for cell in sides)])
    return rows


NET = 108 * 10.5 - 12 * 2.25


@pytest.mark.parametrize(
    ("debit", "credit", "nothing", "decimal"),
    [
        ("Debit", "Credit", "", "."),
        ("Debit Amount", "Credit Amount", "0.00", "."),
        ("Gross Debit (GC)", "Gross Credit (GC)", "", "."),
        ("Soll", "Haben", "", ","),
        ("Debet", "Kredit", "0.00", ","),
        ("Dare", "Avere", "", ","),
        ("Credit", "Debit", "", "."),
    ],
)
def test_of_two_columns_the_rarer_side_comes_off(debit, credit, nothing, decimal):
    shop(two(debit, credit, nothing=nothing, decimal=decimal))
    assert command("init", "x.csv", "--yes", "--out", "x.yaml")[0] == 0
    found, customers, revenue, rejected = read(Path("x.yaml"))
    assert (found["columns"]["amount"], found["columns"]["refunded"]) == (credit, debit)
    assert (customers, round(revenue, 2), rejected) == (7, NET, 0)
    assert f'"{credit}" less "{debit}" (1,107.00 in all)' in "\n".join(Look(["x.csv"]).findings({}).told)


def test_a_ledger_with_as_much_on_both_sides_and_two_pairs_are_questions_with_sums():
    ledger = shop(two("Debit", "Credit", back=lambda i: i % 2 == 1))
    (question,) = ledger.questions
    assert [c.said for c in question.choices] == [
        '"Credit" less "Debit" (495.00 in all)',
        '"Debit" less "Credit" (-495.00 in all)',
        '"Credit" alone, as what is on the other side is payments',
        '"Debit" alone, as what is on the other side is payments',
    ]
    rows = two("Gross Debit", "Gross Credit")
    fees = [["", day(0), "", "", "1.00", ""]] * 3
    both = [[*rows[0], "Net Debit", "Net Credit"], *([*row, *row[2:]] for row in rows[1:]), *fees]
    found = shop(both)
    (question,) = found.questions
    assert [c.settings for c in question.choices] == [
        {"columns.amount": "Gross Credit", "columns.refunded": "Gross Debit"},
        {"columns.amount": "Net Credit", "columns.refunded": "Net Debit"},
    ]
    assert '"Gross Credit" less "Gross Debit" (1,107.00 in all)' in question.asked
    assert '"Net Credit" less "Net Debit" (1,104.00 in all)' in question.asked
    # Lines of nobody have no money of customers, whichever is meant.
    assert found.settings["rules.drop"] == [{"column": "Customer ID", "values": [""]}]
    answered = Look(["x.csv"]).findings({"columns.amount": question.choices[0]})
    assert answered.settings["rules.drop"] == [{"column": "Customer ID", "values": [""]}]


def test_lines_with_neither_are_dropped_by_the_column_that_sets_them_apart():
    rows = two("Debit", "Credit")
    kinds = [[*rows[0], "Kind"], *([*row, "card"] for row in rows[1:])]
    found = shop([*kinds, *(["c1", day(i), "", "", "note"] for i in range(9))])
    assert found.settings["rules.drop"] == [{"column": "Kind", "values": ["note"]}]
    assert '9 lines with neither "Credit" nor "Debit": dropped (rules.drop), as nothing was paid' in found.told


def test_cards_and_a_signed_amount_are_no_sides():
    cards = two("Debit", "Credit")
    found = shop([[*cards[0], "Cash", "Total"], *([*row, "", "10.50"] for row in cards[1:])])
    assert found.settings["columns.amount"] == "Total"
    assert "columns.refunded" not in found.settings
    signed = two("Debit", "Credit")
    found = shop([[*signed[0], "Amount"], *([*r, "-2.25" if r[2] else "10.50"] for r in signed[1:])])
    assert found.settings["columns.amount"] == "Amount"
    assert "columns.refunded" not in found.settings


def signs(name: str, sold: str, back: str, *, below: bool = False) -> list[list[str]]:
    rows = [["Customer ID", "Date", "Amount", name]]
    for i in range(LINES):
        cells = [("-2.25" if below else "2.25"), back] if _back(i) else ["10.50", sold]
        rows.append([f"c{i % 7}", day(3 * i), *cells])
    return rows


@pytest.mark.parametrize(
    ("name", "sold", "back"),
    [
        ("Soll/Haben-Kennzeichen", "S", "H"),
        ("Soll/Haben", "Haben", "Soll"),
        ("S/H", "H", "S"),
        ("SHKZG", "S", "H"),
        ("D/C", "D", "C"),
        ("Dr/Cr", "Dr", "Cr"),
        ("Debit/Credit Indicator", "CRDT", "DBIT"),
        ("Debe/Haber", "D", "H"),
    ],
)
def test_a_column_of_signs_makes_the_rarer_side_returns(name, sold, back):
    found = shop(signs(name, sold, back))
    assert found.settings["rules.returns"] == [{"column": name, "values": [back]}]
    assert f'"{name}" says "{back}" on 12 lines (27.00): returns, their amounts count as negative' in said(found)
    assert command("init", "x.csv", "--yes", "--out", "x.yaml")[0] == 0
    _, customers, revenue, rejected = read(Path("x.yaml"))
    assert (customers, round(revenue, 2), rejected) == (7, NET, 0)


def test_where_amounts_carry_the_sign_already_the_column_changes_nothing():
    found = shop(signs("Soll/Haben-Kennzeichen", "S", "H", below=True))
    assert "rules.returns" not in found.settings
    assert "kept, as amounts below 0 are returns" in said(found)


def test_as_much_on_the_other_side_of_one_document_is_no_amount_of_an_order():
    rows = signs("Soll/Haben-Kennzeichen", "S", "H")
    orders = [[*rows[0], "Belegnummer"], *([*row, f"b{i}"] for i, row in enumerate(rows[1:]))]
    # Every tenth document is booked back in full.
    orders = [[*r[:2], "10.50", r[3], f"b{i - 2}" if r[3] == "H" else r[4]] for i, r in enumerate(orders)]
    orders[0] = [*rows[0], "Belegnummer"]
    found = shop(orders)
    assert "columns.order_id" in found.settings
    assert "amount_of" not in found.settings
    assert not found.questions


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Size", ["S", "H"]),
        ("Card type", ["Debit", "Credit"]),
        ("Payment method", ["debit", "credit"]),
        ("Debit/Credit", ["Debit", "Credit", "Cash"]),
        ("Gender", ["D", "H"]),
        ("Soll/Haben", ["S"]),
    ],
)
def test_cards_sizes_and_genders_are_no_signs(name, values):
    assert not are_sides(name, values)
