"""Columns that come back and are nobody; ids and orders by the names that common exports give them."""

from datetime import timedelta
from pathlib import Path

import pytest

from holdfast.errors import DataError
from holdfast.onboarding import Look
from holdfast.onboarding.findings import Findings
from tests.onboarding.exports import Cell, Export, day
from tests.onboarding.plain import PLAIN

BARE = {name: cell for name, cell in PLAIN.items() if name != "customer_id"}


def found(columns: dict[str, Cell]) -> Findings:
    Export(columns).write(Path("x.csv"))
    return Look(["x.csv"]).findings({})


def code(s) -> str:
    return f"{10_000 + s.customer}"


@pytest.mark.parametrize(
    "called",
    [
        *("Postal Code of Buyer", "ship-postal-code", "Customer ZIP", "PLZ", "Kundenpostleitzahl", "Postnr.", "CAP"),
        *("Ville client", "Città del cliente", "Region of customer", "customer_ip_address", "Customer currency"),
        *("SKU", "Apple Identifier", "Device ID", "Sales channel", "郵便番号", "고객 국가"),
    ],
)
def test_where_and_with_what_something_was_bought_is_nobody(called):
    with pytest.raises(DataError, match="No column names a customer") as refused:
        found({called: code, **BARE})
    assert f'"{called}" says where' in str(refused.value)
    assert "with a number or an e-mail address of each customer" in str(refused.value)


def test_beside_a_customer_nothing_of_it_is_asked():
    told = found({"Postal Code of Buyer": code, "Ref": lambda s: f"Q{s.customer}", **BARE})
    (question,) = [q for q in told.questions if q.key == "columns.customer_id"]
    assert question.asked == 'who bought? "Ref" fits by its contents alone.'
    for called in ("App user ID", "Customer ID", "Device user id"):
        assert found({"Zip code": code, called: code, **BARE}).settings["columns.customer_id"] == called


def test_the_number_of_who_comes_and_the_day_of_an_event_are_no_contract():
    columns = {
        "Order #": lambda s: f"{900_000 + s.order}",
        "Order Date": day("%Y-%m-%d"),
        "Email": lambda s: f"c{s.customer}@x.com",
        "Attendee #": lambda s: f"{1_000_000_000 + s.order}",
        "Total Paid": BARE["amount"],
        "Event Start Date": lambda s: f"{s.at + timedelta(days=10):%Y-%m-%d}",
    }
    event = found(columns)
    assert event.section == "purchases"
    assert (event.settings["columns.ordered_at"], event.settings["columns.customer_id"]) == ("Order Date", "Email")
    assert "columns.ended_at" not in event.settings


def month(s, days: int = 0):
    """The first day of the month of a sale, or its last."""
    start = s.at.replace(day=1)
    return (start + timedelta(days=days)).replace(day=1) - timedelta(days=1) if days else start


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (lambda s: s.at, lambda s: s.at),
        (month, lambda s: month(s, 32)),
        (lambda s: s.at, lambda s: s.at - timedelta(days=400)),
    ],
)
def test_days_of_a_report_are_no_contract(begin, end):
    columns = {"Begin Date": begin, "End Date": end}
    dated = {name: (lambda s, at=at: f"{at(s):%Y-%m-%d}") for name, at in columns.items()}
    assert found({"Customer": lambda s: f"C{s.customer}", **dated, "Units": lambda s: "1"}).section == "purchases"
    # The same days with an end that most do not have are those of contracts.
    dated["End Date"] = lambda s: f"{s.at + timedelta(days=9):%Y-%m-%d}" if s.order % 3 == 0 else ""
    dated["Begin Date"] = day("%Y-%m-%d")
    assert found({"Customer": lambda s: f"C{s.customer}", **dated}).section == "subscriptions"


@pytest.mark.parametrize(
    "called",
    [
        *("Buyer Username", "Contact ID", "Primary Contact: Contact ID", "Invoice Partner Display Name"),
        *("Account ID", "Sold-to party", "Bill-to", "Auftraggeber", "Geschäftspartner", "Card Code"),
    ],
)
def test_customers_by_the_names_of_common_exports(called):
    who = found({called: lambda s: f"k{s.customer}", "Area": lambda s: f"a{s.customer % 7}", **BARE})
    assert (who.settings["columns.customer_id"], who.questions) == (called, [])


def reference(s) -> str:
    return f"KG{(s.order * 7919) % 100_000:05}Z"


@pytest.mark.parametrize("called", ["Référence", "Number", "ID", "Nr.", "Document No.", "Bilagsnr."])
def test_what_is_another_on_each_line_is_the_order_and_no_product(called):
    told = found({called: reference, **PLAIN})
    assert (told.settings["columns.order_id"], told.settings.get("columns.product_id")) == (called, None)
    assert f'order_id: "{called}", another on each line that has one' in told.told


def test_a_reference_that_comes_back_is_still_the_product():
    told = found({"Reference": lambda s: f"KG{s.order % 9}", **PLAIN})
    assert (told.settings["columns.product_id"], told.settings.get("columns.order_id")) == ("Reference", None)


def test_of_numbers_of_orders_and_of_their_lines_the_order_is_the_one_that_holds_lines_together():
    columns = {"Transaction ID": reference, "Order ID": lambda s: f"{s.customer}{s.at:%y%m}{s.at.day // 16}", **PLAIN}
    columns["ordered_at"] = lambda s: f"{s.at:%Y-%m}-{1 + s.at.day // 16 * 15:02}"
    assert found(columns).settings["columns.order_id"] == "Order ID"


def test_a_number_of_the_lines_of_one_day_is_no_customer():
    columns = {"Num": lambda s: f"{s.at:%y%j}{s.order % 2}", **BARE}
    with pytest.raises(DataError, match="No column can name customers"):
        found(columns)


def test_several_columns_that_are_filled_more_often_are_said_so_in_the_plural():
    columns = {
        "Customer No": lambda s: f"{s.customer * (s.customer % 4 > 0)}",
        "E-mail": lambda s: f"e{s.customer}@x.com",
        "Billing e-mail": lambda s: f"b{s.customer // 2 + s.order % 2}@x.com",
        **BARE,
    }
    (question,) = found(columns).questions
    assert ' "E-mail" and "Billing e-mail" are filled on more lines, as where guests buy. ' in question.asked
    assert question.asked.endswith('"Customer No" names nobody on 81 of 372 lines (21.8%).')


def test_a_table_without_orders_and_money_is_told_what_makes_it_one_of_contracts():
    columns = {"City": lambda s: f"c{s.customer}", "day": BARE["ordered_at"]}
    with pytest.raises(DataError, match=r'"City" says where, .* If a column says who left'):
        found(columns)


def test_weeks_of_a_report_are_no_contracts_though_no_line_says_how_days_are_written():
    def week(at, days):
        return f"{at.month:02}/{1 + at.day % 6 + days:02}/{at.year}"

    columns = {
        "SKU": lambda s: f"g{s.order % 6}",
        "Units": lambda s: "1",
        "Begin Date": lambda s: week(s.at, 0),
        "End Date": lambda s: week(s.at, 6),
        "Customer Price": BARE["amount"],
    }
    with pytest.raises(DataError, match='No column names a customer: "SKU" says where'):
        found(columns)


@pytest.mark.parametrize("beside", ["Partner", "Payer", "Partenaire", "Regulierer"])
def test_who_brought_or_pays_for_a_customer_is_not_taken_for_them(beside):
    """Six affiliates or insurers come back, too."""

    def few(s) -> str:
        return f"P{s.customer % 6}"

    told = found({"Email": lambda s: f"c{s.customer}@x.com", beside: few, **BARE})
    assert told.settings.get("columns.customer_id") in ("Email", None)
    assert (
        any(q.key == "columns.customer_id" for q in told.questions) or told.settings["columns.customer_id"] == "Email"
    )
    assert found({"Sold-to party": code, beside: few, **BARE}).settings["columns.customer_id"] == "Sold-to party"


def test_two_lines_at_one_price_are_no_summary():
    """Two tickets and a fee on the first line: each is twice the larger, and none sums up the other."""
    lines = ["Order ID,Customer ID,Order date,Amount,Fee"]
    for i in range(60):
        lines += [f"o{i},c{i % 12},2023-0{1 + i % 9}-1{i % 9},{10 + i % 3}.00,2.00"]
        lines += [f"o{i},c{i % 12},2023-0{1 + i % 9}-1{i % 9},{10 + i % 3}.00,"] * 1 if i % 2 else []
    Path("x.csv").write_text("\n".join(lines) + "\n")
    assert "rules.drop" not in Look(["x.csv"]).findings({}).settings
