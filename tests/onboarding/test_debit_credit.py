"""Debit and credit: in two columns of money, or in one with a column that says which of them a line is."""

from datetime import date
from pathlib import Path

import pytest

from holdfast.onboarding.look import Look
from holdfast.onboarding.money.sides import are_sides
from tests.fuzz.configurations import command
from tests.onboarding.looked import LINES, day, said, shop
from tests.onboarding.plain import read


def _back(i: int) -> bool:
    return i % 10 == 9


def _worth(i: int, *, back: bool) -> float:
    """What a line is of: no two alike, but for what is given back, an earlier line of the customer."""
    return 20.5 + (i - 7 if back else i)


def _net(back=_back) -> float:
    return sum(_worth(i, back=back(i)) * (-1 if back(i) else 1) for i in range(LINES))


def two(
    debit: str, credit: str, *, nothing: str = "", decimal: str = ".", back=_back, payments: bool = False
) -> list[list[str]]:
    """Lines of two sides, every tenth on the rarer one: it gives an earlier line back, or is a round payment."""
    rows = [["Customer ID", "Date", debit, credit]]
    for i in range(LINES):
        cell = "100.00" if payments and back(i) else f"{_worth(i, back=back(i)):.2f}"
        sides = [cell, nothing] if back(i) else [nothing, cell]
        rows.append([f"c{i % 7}", day(3 * i), *(cell.replace(".", decimal) for cell in sides)])
    return rows


NET = _net()


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
    assert f'"{credit}" less "{debit}" ({NET:,.2f} in all)' in "\n".join(Look(["x.csv"]).findings({}).told)


@pytest.mark.parametrize("written", ["%d/%m/%Y", "%d.%m.%Y %H:%M"])
def test_what_is_given_back_later_is_so_however_days_are_written(written):
    rows = [["Customer ID", "Date", "Debit", "Credit"]]
    for i in range(LINES):
        # As a text, the day of what is given back stands before that of what it gives back.
        sold, back = date(2023, 1 + i % 11, 15 + i % 13), date(2023, 2 + i % 11, 1 + i % 9)
        rows.append([f"c{i % 7}", f"{sold:{written}}", "", f"{20.5 + i:.2f}"])
        rows += [[f"c{i % 7}", f"{back:{written}}", f"{20.5 + i:.2f}", ""]] if i % 10 == 9 else []
    found = shop(rows)
    assert (found.settings["columns.amount"], found.settings["columns.refunded"]) == ("Credit", "Debit")
    assert not found.questions


@pytest.mark.parametrize(("debit", "credit"), [("Haben", "Soll"), ("Credit", "Debit")])
def test_payments_on_accounts_of_customers_do_not_come_off(debit, credit):
    found = shop(two(debit, credit, payments=True))
    (question,) = found.questions
    owed = sum(_worth(i, back=False) for i in range(LINES) if not _back(i)) - 12 * 100
    assert [(c.said, c.settings) for c in question.choices] == [
        (
            f'"{credit}" less "{debit}" ({owed:,.2f} in all)',
            {"columns.amount": credit, "columns.refunded": debit},
        ),
        (f'"{credit}" alone, as what is on the other side is payments', {"columns.amount": credit}),
    ]
    assert "columns.amount" not in found.settings
    # Of prices that all pay, what repeats shows nothing.
    alike = [[*row[:2], *("10.50" if cell else "" for cell in row[2:])] for row in two("Debit", "Credit")[1:]]
    assert shop([["Customer ID", "Date", "Debit", "Credit"], *alike]).questions


def test_what_is_paid_by_one_card_or_the_other_is_no_debit_and_credit():
    found = shop(two("Paid by debit", "Paid by credit"))
    assert "columns.refunded" not in found.settings
    assert not any("columns.refunded" in c.settings for q in found.questions for c in q.choices)


def test_a_ledger_with_as_much_on_both_sides_and_two_pairs_are_questions_with_sums():
    half = _net(lambda i: i % 2 == 1)
    ledger = shop(two("Debit", "Credit", back=lambda i: i % 2 == 1))
    (question,) = ledger.questions
    assert [c.said for c in question.choices] == [
        f'"Credit" less "Debit" ({half:,.2f} in all)',
        f'"Debit" less "Credit" ({-half:,.2f} in all)',
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
        {"columns.amount": "Gross Credit"},
        {"columns.amount": "Net Credit", "columns.refunded": "Net Debit"},
        {"columns.amount": "Net Credit"},
    ]
    assert f'"Gross Credit" less "Gross Debit" ({NET:,.2f} in all)' in question.asked
    assert f'"Net Credit" less "Net Debit" ({NET - 3:,.2f} in all)' in question.asked
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


def signs(name: str, sold: str, back: str, *, below: bool = False, own: bool = False, beside: str = ""):
    """Lines with a sign; the rarer ones repeat earlier amounts, or have their ``own``."""
    rows = [["Customer ID", "Date", "Amount", name, *([beside] if beside else [])]]
    for i in range(LINES):
        cells = [f"{_worth(i, back=_back(i) and not own):.2f}", back if _back(i) else sold]
        cells[0] = f"-{cells[0]}" if below and _back(i) else cells[0]
        rows.append([f"c{i % 7}", day(3 * i), *cells, *(["8400"] if beside else [])])
    return rows


GIVEN = sum(_worth(i, back=True) for i in range(LINES) if _back(i))


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
    assert f'"{name}" says "{back}" on 12 lines ({GIVEN:,.2f}): returns, their amounts count as negative' in said(found)
    assert command("init", "x.csv", "--yes", "--out", "x.yaml")[0] == 0
    _, customers, revenue, rejected = read(Path("x.yaml"))
    assert (customers, round(revenue, 2), rejected) == (7, NET, 0)


@pytest.mark.parametrize("beside", ["Konto", "Account", "Belegnr", "Document"])
@pytest.mark.parametrize(
    ("name", "sold", "back"),
    [
        ("Soll/Haben-Kennzeichen", "S", "H"),
        ("SHKZG", "S", "H"),
        ("Dr/Cr", "Dr", "Cr"),
        ("Debit/Credit Indicator", "Debit", "Credit"),
    ],
)
def test_in_a_ledger_its_words_suffice_and_elsewhere_it_is_asked(name, sold, back, beside):
    rule = [{"column": name, "values": [back]}]
    assert shop(signs(name, sold, back, own=True, beside=beside)).settings["rules.returns"] == rule
    found = shop(signs(name, sold, back, own=True))
    assert "rules.returns" not in found.settings
    (question,) = found.questions
    assert [c.settings["rules.returns"] for c in question.choices] == [rule, None]


@pytest.mark.parametrize(
    ("name", "sold", "back"),
    [
        ("Debit/Credit", "Debit", "Credit"),
        ("Debit or Credit", "Credit", "Debit"),
        ("Transaction code", "Debit", "Credit"),
        ("Card Debit/Credit", "Debit", "Credit"),
        ("Flag", "Debit", "Credit"),
        ("D/C", "D", "C"),
        ("D/A", "D", "A"),
        ("DH", "D", "H"),
        ("SH", "S", "H"),
        ("Sens", "D", "A"),
        ("Assigned", "Dr", "Cr"),
        ("Essence code", "Ma", "Wn"),
    ],
)
@pytest.mark.parametrize("beside", ["", "Konto"])
def test_cards_and_letters_alone_are_sales(name, sold, back, beside):
    found = shop(signs(name, sold, back, own=True, beside=beside))
    assert "rules.returns" not in found.settings
    assert not found.questions


def test_where_amounts_carry_the_sign_already_the_column_changes_nothing():
    found = shop(signs("Soll/Haben-Kennzeichen", "S", "H", below=True))
    assert "rules.returns" not in found.settings
    assert "kept, as amounts below 0 are returns" in said(found)


def test_as_much_on_the_other_side_of_one_document_is_no_amount_of_an_order():
    rows = signs("Soll/Haben-Kennzeichen", "S", "H")
    orders = [[*rows[0], "Belegnummer"], *([*row, f"b{i}"] for i, row in enumerate(rows[1:]))]
    # Every tenth document is booked back in full.
    orders = [[*r[:4], f"b{i - 8}" if r[3] == "H" else r[4]] for i, r in enumerate(orders)]
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
