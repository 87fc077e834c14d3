"""What columns of money are, by what they come to on every line, whatever they are called."""

import random
import sqlite3
from pathlib import Path

import pytest
import yaml

from holdfast.onboarding.findings import Choice
from holdfast.onboarding.look import Look
from tests.fuzz.configurations import command
from tests.onboarding.looked import day, shop
from tests.onboarding.plain import read

LINES = 300


def rows(names, cells):
    drawn = random.Random(5)  # noqa: S311
    return [["customer_id", "date", *names], *([f"c{i % 30}", day(i), *cells(i, drawn)] for i in range(LINES))]


def taxed(i, drawn):
    net = drawn.randrange(500, 8000)
    tax = round(net * (0.19, 0.07)[i % 2])
    return [f"{cents / 100:.2f}" for cents in (net, tax, net + tax)]


def reduced(i, drawn):
    gross = drawn.randrange(500, 8000)
    off = round(gross * (0, 0, 0.1, 0.25)[i % 4])
    return [f"{cents / 100:.2f}" for cents in (gross, off, gross - off)]


def summed(names, cells, place):
    return sum(float(row[2 + place]) for row in rows(names, cells)[1:])


@pytest.mark.parametrize("tax", ["GST", "PPN", "НДС", "PVM", "ALV", "Xyz"])
def test_a_tax_of_any_name_is_known_by_what_it_comes_to(tax):
    names = ["Net", tax, "Total"]
    found = shop(rows(names, taxed))
    assert found.settings["columns.amount"] == "Total"
    said = f'"Total" holds "{tax}" ({summed(names, taxed, 1):,.2f} in all), and so do values; to count without tax'
    assert f"{said}: columns.amount: Net" in found.told
    assert not found.questions


def test_a_net_amount_that_is_called_after_the_tax_is_no_second_tax():
    found = shop(rows(["Valoare fara TVA", "TVA", "Total"], taxed))
    assert any("to count without tax: columns.amount: Valoare fara TVA" in said for said in found.told)


@pytest.mark.parametrize(
    ("whole", "off", "left"),
    [
        ("Amount", "Promo", "Paid"),
        ("Total", "Voucher", "Amount Due"),
        ("Amount", "Loyalty Points Redeemed", "Net Payable"),
        ("Amount", "Discount Amount", "Payable"),
        ("Amount", "Xyz", "Abc"),
    ],
)
def test_what_comes_off_an_amount_is_asked_about_whatever_it_is_called(whole, off, left):
    names = [whole, off, left]
    found = shop(rows(names, reduced))
    assert found.settings["columns.amount"] == whole
    (question,) = found.questions
    assert question.asked == (
        f'"{off}" is not 0 on 150 lines, {summed(names, reduced, 1):,.2f} together. Does it come off "{whole}", as it '
        f'does in "{left}"?'
    )
    assert [c.settings for c in question.choices] == [{"columns.discount": off}, {"columns.discount": None}]
    command("init", "x.csv", "--yes")
    given = yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))
    given["purchases"]["columns"]["discount"] = off
    Path("y.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")
    assert read(Path("y.yaml"))[2] == pytest.approx(summed(names, reduced, 2), abs=0.005)


@pytest.mark.parametrize(
    ("less", "part"), [("Cost", "Profit"), ("Earnings", "Fee"), ("Payout", "Provision"), ("Card", "Cash")]
)
def test_costs_fees_and_ways_to_pay_are_no_discounts(less, part):
    found = shop(rows(["Amount", part, less], reduced))
    assert (found.settings["columns.amount"], found.questions) == ("Amount", [])


def test_a_sum_is_what_it_is_made_of_and_no_discount():
    def posted(i, drawn):
        goods, more = drawn.randrange(500, 8000), (0, 495, 795)[i % 3]
        return [f"{cents / 100:.2f}" for cents in (goods, more, goods + more)]

    found = shop(rows(["Goods", "Courier", "Total"], posted))
    assert not found.questions
    said = '"Total" is "Goods" and "Courier" together: to count without "Courier", state columns.amount: Goods'
    assert said in found.told
    # Amounts that differ from line to line by nothing that stands there prove nothing.
    found = shop(rows(["Goods", "Courier", "Total"], lambda i, drawn: [f"{drawn.random():.2f}" for _ in range(3)]))
    assert not any("Courier" in said for said in found.told)


def test_two_amounts_differ_by_a_column_of_any_name():
    (question,) = shop(rows(["Gross", "Coupon", "Net"], reduced)).questions
    assert question.asked.endswith('more than "Net": by "Coupon".')


def test_amounts_of_unknown_names_are_offered_with_their_sums_and_without_the_tax():
    names = ["Základ", "DPH", "Celkem"]
    (question,) = shop(rows(names, taxed)).questions
    first, last = (summed(names, taxed, place) for place in (0, 2))
    assert question.asked == f'what is a line worth? "Základ" comes to {first:,.2f}, "Celkem" comes to {last:,.2f}.'
    assert [c.settings.get("columns.amount") for c in question.choices] == ["Základ", "Celkem", None]


@pytest.mark.parametrize("second", ["Item Discount Rate", "Shop Discount", "Item Discount Percent"])
def test_a_second_discount_does_not_hide_the_one_that_the_lines_prove(second):
    def twice(i, drawn):
        gross, off, net = reduced(i, drawn)
        return [gross, f"{float(off) / float(gross):.2f}" if second != "Shop Discount" else str(i % 3), off, net]

    (question,) = shop(rows(["Sales", second, "Item Discount", "Item Total"], twice)).questions
    assert 'Does it come off "Sales", as it does in "Item Total"?' in question.asked
    assert question.choices[0].settings == {"columns.discount": "Item Discount"}


SHARES = (0, 0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.01, 0.02, 0.03, 0.04, 0.06)


def shared(i, drawn):
    pieces, price, off = 1 + i % 5, drawn.randrange(500, 8000) / 100, SHARES[i % 12]
    return [pieces, price, off, pieces * price * (1 - off)]


def test_a_discount_that_is_a_share_of_quantity_and_price_is_proved_by_a_column_of_any_name():
    lines = rows(["Quantity", "UnitPrice", "Discount", "ExtendedPrice"], shared)
    with sqlite3.connect("shop.db") as database:
        database.execute("CREATE TABLE invoices (CustomerID, OrderDate, Quantity, UnitPrice, Discount, ExtendedPrice)")
        database.executemany("INSERT INTO invoices VALUES (?, ?, ?, ?, ?, ?)", lines[1:])
    database.close()
    (question,) = Look(["shop.db"]).findings({"table": Choice("", {"table": "invoices"})}).questions
    assert question.asked == (
        '"Discount" is not 0 on 250 lines, a percentage of up to 25 %. Does it come off quantity × price, as it does '
        'in "ExtendedPrice"?'
    )
    assert question.choices[0].settings == {"columns.discount": "Discount", "discount_as": "share"}
    command("init", "shop.db", "--yes")
    given = yaml.safe_load(Path("shop.yaml").read_text(encoding="utf-8"))
    given["purchases"]["columns"]["discount"] = "Discount"
    given["purchases"]["discount_as"] = "share"
    Path("y.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")
    assert read(Path("y.yaml"))[2] == pytest.approx(sum(row[5] for row in lines[1:]), abs=0.005 * LINES)


@pytest.mark.parametrize("names", [("Quantity", "Price", "Discount"), ("Sales", "Discount"), ("Subtotal", "Discount")])
def test_what_may_be_a_share_is_asked_about_and_never_added_up(names):
    of = {"Quantity": 0, "Price": 1, "Discount": 2, "Sales": 1, "Subtotal": 1}
    found = shop(rows(names, lambda i, drawn: [str(shared(i, drawn)[of[name]]) for name in names]))
    (question,) = found.questions
    assert '"Discount" is not 0 on 250 lines, up to 0.25: money, or a percentage. Does it come off' in question.asked
    assert [c.settings.get("discount_as") for c in question.choices] == [None, "share", None]
    assert not any("together" in said for said in [*found.told, question.asked])


def test_an_amount_that_is_quantity_and_price_holds_no_tax_and_keys_are_no_amounts():
    def cells(i, drawn):
        pieces, price = 1 + i % 3, 20 + i % 13
        return [1 + i % 10, pieces, f"{price}.00", f"{pieces * price}.00", f"{pieces * price * 0.08:.4f}"]

    names = ["SalesTerritoryKey", "OrderQuantity", "UnitPrice", "ExtendedAmount", "TaxAmt"]
    found = shop(rows(names, lambda i, drawn: list(map(str, cells(i, drawn)))))
    assert (found.settings["columns.amount"], found.questions) == ("ExtendedAmount", [])
    assert not any("TaxAmt" in said for said in found.told)
    found = shop(rows(["total_unique_products", "taxful_total_price"], lambda i, drawn: [str(i % 4), f"{i + 0.5}"]))
    assert (found.settings["columns.amount"], found.questions) == ("taxful_total_price", [])


def test_standardised_numbers_are_said_to_be_no_amounts_of_money():
    def cells(i, drawn):
        return [f"{drawn.lognormvariate(0, 1) / 100 - 0.7 + (2 if i == 7 else 0):.8f}"]

    found = shop(rows(["purchase_amount"], cells))
    assert not found.questions
    assert "purchases_are" not in found.settings
    said = '"purchase_amount" holds no amounts of money, it seems: 299 lines of 300 are below 0'
    assert any(line.startswith(said) for line in found.told)
    # Payments on customers' accounts are below 0, too, and are of whole cents.
    (question,) = shop(rows(["amount"], lambda i, drawn: [f"{-drawn.randrange(100, 900) / 100:.2f}"])).questions
    assert question.key == "purchases_are"


def test_letters_of_receipts_that_are_drawn_mark_nothing_and_linked_ones_are_no_orders():
    letters = [a + b for a in "RSTUV" for b in "ABCXY"]
    body = [
        [f"c{i % 30}", day(i // 4), f"{letters[i % 25] if i % 9 else 'SX'}{10000 + i}", "", "9.50"] for i in range(900)
    ]
    for i in range(20):
        body[40 * i + 30][3] = body[40 * i][2]
    found = shop([["customer_id", "date", "Receipt No.", "Linked Transaction ID", "amount"], *body])
    assert (found.settings["columns.order_id"], found.questions) == ("Receipt No.", [])
