"""Tables of customers beside purchases: ids called "id", leading zeros that a spreadsheet took, accounts merged."""

from pathlib import Path

import pytest

from holdfast.onboarding import Look
from holdfast.onboarding.findings import Findings
from tests.onboarding.looked import day


def look(customers: list[str], name: str = "customers.csv") -> Findings:
    orders = [f"A{i},{i % 40 + 1:06d},{day(i)},10.50" for i in range(300)]
    Path("orders.csv").write_text("\n".join(["order_id,customer_id,date,amount", *orders]) + "\n", encoding="utf-8")
    Path(name).write_text("\n".join(customers) + "\n", encoding="utf-8")
    return Look(["orders.csv", name]).findings({})


@pytest.mark.parametrize("name", ["customers.csv", "customer.csv", "Kunden.csv", "clients.csv"])
def test_the_id_of_a_file_of_customers_is_theirs(name):
    found = look(["id,city,accepts_marketing", *(f"{i + 1:06d},X,{i % 2}" for i in range(40))], name)
    assert found.tables["customers"].settings == {"columns.customer_id": "id", "columns.consent": "accepts_marketing"}


def test_the_id_of_another_file_is_not():
    found = look(["id,city,accepts_marketing", *(f"{i + 1:06d},X,{i % 2}" for i in range(40))], "stores.csv")
    assert found.tables == {}


@pytest.mark.parametrize("column", ["customer_id", "id"])
def test_ids_that_differ_by_leading_zeros_alone_are_told_so(column):
    found = look([f"{column},city,accepts_marketing", *(f"{i + 1},X,{i % 2}" for i in range(40))])
    ((name, said),) = found.others
    assert (name, found.tables) == ("customers.csv", {})
    assert "differ by leading zeros" in said
    assert "of 40 ids 40 are the same without them" in said


def test_ids_of_others_are_told_to_match_nobody():
    ((_, said),) = look(["customer_id,accepts_marketing", *(f"9{i:05d},{i % 2}" for i in range(40))]).others
    assert said.endswith('no id in "customer_id" is one of the purchases ("customer_id")')


def test_accounts_that_were_merged_lead_to_the_map_of_ids():
    rows = [f"{i + 1:06d},{'000001' if i == 7 else ''},{i % 2}" for i in range(40)]
    found = look(["customer_id,merged_into,accepts_marketing", *rows])
    (said,) = [line for line in found.told if "merged" in line]
    assert '"merged_into" says on 1 line into which account a customer was merged' in said
    assert "tables.id_map" in said
