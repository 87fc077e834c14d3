"""Discounts of a whole order that each of its lines repeats: off each line they would come off too often."""

from pathlib import Path

import pytest

from holdfast.onboarding import Look
from holdfast.onboarding.findings import Choice, Findings
from tests.fuzz.configurations import command
from tests.onboarding.looked import day, shop
from tests.onboarding.plain import answer, read

ITEMS = ["Item Total", "Discount"]
PRICED = ["Quantity", "Price", "Discount"]


def orders(names: list[str], *, own: bool = False) -> Findings:
    """Look at 90 orders of one to three lines; three of four have a discount, which each line repeats."""
    rows = []
    for i in range(90):
        for k in range(1 + i % 3):
            pieces, price = 1 + (i + k) % 3, 8 + 2 * k + i % 5
            cells = {
                "Quantity": f"{pieces}",
                "Price": f"{price}.50",
                "Item Total": f"{pieces * (price + 0.5):.2f}",
                "Total": f"{pieces * price}.25",
                "Discount": f"{(i % 4) * (k + 1 if own else 2) / 2:.2f}",
            }
            rows.append([f"o{i}", f"c{i % 17}", day(2 * i), *(cells[name] for name in names)])
    return shop([["Order ID", "Customer ID", "Order date", *names], *rows])


OFF = float(sum(i % 4 for i in range(90)))
ALL = '"Discount" is the same on all lines of 45 of 45 orders with several lines'
SAID = f"{ALL}, so it is of the whole order ({OFF:.2f} "
GROSS = sum((1 + (i + k) % 3) * (8.5 + 2 * k + i % 5) for i in range(90) for k in range(1 + i % 3))


@pytest.mark.parametrize("amount", ["Item Total", "Total"])
def test_a_discount_that_each_line_repeats_does_not_come_off_each_line(amount):
    found = orders([amount, "Discount"])
    assert not found.questions
    assert "columns.discount" not in found.settings
    assert found.why["columns.discount"].startswith(f'{SAID}together), and would come off "{amount}" once a line; with')
    # Each line's own is a question, as before.
    asked = orders(ITEMS, own=True)
    assert [[c.settings["columns.discount"] for c in q.choices] for q in asked.questions] == [["Discount", None]]


def test_of_quantity_times_price_it_comes_off_once_an_order(monkeypatch):
    (question,) = orders(["Quantity", "Price", *ITEMS]).questions
    assert question.asked == (
        f'{SAID}together), and would come off "Item Total" once a line. Does it come off once an order?'
    )
    left = answer(monkeypatch, ["1"])
    code, said = command("init", "x.csv", "--force", "--out", "x.yaml")
    assert (code, left) == (0, []), said
    found, customers, revenue, rejected = read(Path("x.yaml"))
    assert found["columns"] == {
        "customer_id": "Customer ID",
        "ordered_at": "Order date",
        "quantity": "Quantity",
        "unit_price": "Price",
        "order_id": "Order ID",
        "discount": "Discount",
    }
    assert (found["amount_of"], customers, rejected) == ("order", 17, 0)
    assert revenue == pytest.approx(GROSS - OFF)
    answer(monkeypatch, ["2"])
    code, said = command("init", "x.csv", "--force", "--out", "x.yaml")
    assert (code, read(Path("x.yaml"))[2]) == (0, pytest.approx(GROSS)), said


def test_beside_prices_the_comment_says_that_it_is_of_the_order():
    found = orders(PRICED)
    assert found.why["columns.discount"] == f"{SAID}together): if it comes off, state amount_of: order beside it"
    assert found.settings.get("amount_of") is None
    assert "of the whole order (" not in "".join(orders(PRICED, own=True).told)


def test_where_the_amount_is_of_the_order_too_it_counts_once_anyway():
    rows = [
        [f"o{i}", f"c{i % 9}", day(i), f"Mug {k}", f"{20 + i % 7}.50", "1.50"]
        for i in range(60)
        for k in range(1 + i % 2)
    ]
    names = ["Order ID", "Customer ID", "Order date", "Product", "Item Total", "Discount"]
    Path("x.csv").write_text("\n".join(";".join(row) for row in [names, *rows]) + "\n", encoding="utf-8")
    look = Look(["x.csv"])
    assert [q.key for q in look.findings({}).questions] == ["columns.discount", "amount_of"]
    whole = look.findings({"amount_of": Choice("", {"amount_of": "order"})})
    assert [q.key for q in whole.questions] == ["columns.discount"]


@pytest.mark.parametrize("form", ["{}", "0.{:02}"])
@pytest.mark.parametrize("names", [["Quantity", "Price", "Item Total"], ["Quantity", "Price"]])
def test_a_percentage_has_no_sum(form, names):
    rows = []
    for i in range(90):
        for k in range(1 + i % 3):
            pieces, price = 1 + (i + k) % 3, 8.5 + 2 * k + i % 5
            cells = [str(pieces), f"{price:.2f}", f"{pieces * price:.2f}"][: len(names)]
            rows.append([f"o{i}", f"c{i % 17}", day(2 * i), *cells, form.format((0, 10, 15, 20)[i % 4])])
    found = shop([["Order ID", "Customer ID", "Order date", *names, "Discount"], *rows])
    assert "of the whole order" not in " ".join([*found.told, *found.why.values(), *(q.asked for q in found.questions)])
    assert "columns.discount" not in found.settings
