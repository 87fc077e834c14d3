"""Refunds that name the order they give back and no customer; and a column that is 0 on every sale."""

from datetime import date, timedelta

import pytest

from tests.onboarding.looked import shop


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


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
