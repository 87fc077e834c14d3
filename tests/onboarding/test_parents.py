"""Refunds that name the order they give back and no customer; and a column that is 0 on every sale."""

from datetime import date, timedelta

import pytest

from tests.onboarding.looked import day, shop


def orders(*, whose=""):
    """Return 200 orders, every tenth given back on a line of its own that names the order (and ``whose``)."""
    rows = [["id", "customer_id", "date_created", "total_amount", "parent_order_id"]]
    for i in range(200):
        when = date(2023, 1, 1) + timedelta(days=i)
        rows.append([str(1000 + i), str(100 + i % 20), str(when), f"{20.5 + i:.2f}", "0"])
        if i % 10 == 3:
            rows.append([str(9000 + i), whose or "0", str(when + timedelta(days=5)), f"-{20.5 + i:.2f}", str(1000 + i)])
    return rows


def test_a_column_with_one_value_on_nearly_all_lines_is_no_order():
    found = shop(orders())
    assert found.settings["columns.order_id"] == "id"
    assert found.settings["columns.customer_id"] == "customer_id"


def test_refunds_without_a_customer_are_of_the_one_of_their_order():
    money = sum(20.5 + i for i in range(200) if i % 10 == 3)
    assert (
        f'refunds: 20 lines (-{money:,.2f}) name no customer, but their order: "parent_order_id" is the "id" of 20 of '
        "them, whose customer they have (columns.refers_to)"
    ) in shop(orders()).told
    # None gives back more than was paid.
    more = [[*row[:3], f"{row[3]}9.00" if row[3][0] == "-" else row[3], row[4]] for row in orders()]
    more = [[*row[:3], row[3].replace(".509.00", "9.50"), row[4]] for row in more]
    found = shop(more)
    assert "columns.refers_to" not in found.settings
    assert '"parent_order_id" names the order in "id" (columns.refers_to and columns.order_id take its' in str(
        found.told
    )
    assert not [line for line in shop(orders(whose="105")).told if line.startswith("refunds")]


def shop_of_presta(number: str, *, invoiced: bool) -> list[list[str]]:
    """Lines of 150 orders; every ninth has no invoice, or each has one."""
    rows = [[number, "id_customer", "total_paid", "invoice_number", "date_add"]]
    for i in range(150):
        invoice = str(i + 1) if invoiced or i % 9 else "0"
        rows.append([f"{'XK' if number == 'reference' else ''}{500 + i}", f"{i % 20}", f"{20.5 + i}", invoice, day(i)])
    return rows


@pytest.mark.parametrize("number", ["id_order", "reference"])
def test_what_is_not_invoiced_yet_has_an_order_all_the_same(number):
    assert shop(shop_of_presta(number, invoiced=False)).settings["columns.order_id"] == number


def test_an_invoice_on_every_line_numbers_orders_where_nothing_else_is_called_so():
    assert shop(shop_of_presta("id_order", invoiced=True)).settings["columns.order_id"] == "id_order"
    assert shop(shop_of_presta("reference", invoiced=True)).settings["columns.order_id"] == "invoice_number"
