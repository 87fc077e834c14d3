"""Questions without alternatives that nobody would choose, and none where only one is left."""

from pathlib import Path

import pytest

from holdfast.errors import DataError
from holdfast.onboarding import Look
from holdfast.onboarding.findings import Findings
from tests.fuzz.configurations import command
from tests.onboarding.exports import Cell, Export, day, sales
from tests.onboarding.plain import PLAIN, read

BARE = {name: cell for name, cell in PLAIN.items() if name != "customer_id"}
VISITS = {name: cell for name, cell in PLAIN.items() if name != "amount"}


def found(columns: dict[str, Cell]) -> Findings:
    Export(columns).write(Path("x.csv"))
    return Look(["x.csv"]).findings({})


def test_where_no_column_holds_money_it_is_told_and_not_asked():
    findings = found({**VISITS, "Channel": lambda s: "app" if s.order % 3 else "web"})
    assert not findings.questions
    said = "worth of a line: no column holds money, so each line counts as one purchase, and there are no values"
    assert any(line.startswith(said) for line in findings.told)
    code, told = command("init", "x.csv", "--yes", "--force", "--out", "x.yaml")
    assert code == 0, told
    assert read(Path("x.yaml"))[1:] == (60, float(len(sales())), 0)


def test_a_column_called_an_amount_that_cannot_be_read_is_still_asked():
    findings = found({**VISITS, "Total": lambda s: f"about {s.cents} or so"})
    (question,) = findings.questions
    assert '"Total" cannot be read as numbers' in question.asked


def test_a_fee_is_offered_where_nothing_else_is_paid():
    findings = found({**VISITS, "Fee Paid": lambda s: f"£{s.cents / 100:.2f}"})
    (question,) = findings.questions
    assert [c.settings.get("columns.amount") for c in question.choices] == ["Fee Paid", None]


@pytest.mark.parametrize(
    "called", ["duration_sec", "Duration (mins)", "Age", "Leeftijd", "Alder", "Nights", "Location Code", "Standort"]
)
def test_measures_and_places_are_no_customers(called):
    # As many different values as people have, coming back as theirs do.
    columns = {called: lambda s: f"{20 + s.customer}", **BARE}
    with pytest.raises(DataError, match="No column names a customer"):
        found(columns)
    told = found({called: lambda s: f"{20 + s.customer}", "VRM": lambda s: f"AB{s.customer:02}KXC", **BARE})
    assert told.settings["columns.customer_id"] == "VRM"
    beside = {"Customer Location ID": PLAIN["customer_id"], called: lambda s: f"{20 + s.customer}", **BARE}
    assert found(beside).settings["columns.customer_id"] == "Customer Location ID"


def test_of_two_numbers_of_orders_the_one_that_begins_anew_each_day_is_none():
    columns = {"Order Id": lambda s: f"{500_000 + s.order}", "Order #": lambda s: f"{1 + s.order % 7}", **PLAIN}
    findings = found(columns)
    assert findings.settings["columns.order_id"] == "Order Id"
    assert not findings.questions


def test_the_day_of_a_letter_of_thanks_is_no_day_of_a_gift():
    columns = {name: cell for name, cell in PLAIN.items() if name != "ordered_at"}
    columns |= {"Contribution Date": day("%Y-%m-%d"), "Thank-you Date": day("%Y-%m-%d")}
    assert found(columns).settings["columns.ordered_at"] == "Contribution Date"


def test_an_amount_that_counts_pieces_hides_no_total_with_tax():
    columns = {
        **VISITS,
        "totalPriceWithVat": lambda s: f"{s.cents / 100:.2f}",
        "itemAmount": lambda s: f"{1 + s.order % 2 * (s.order % 3)}",
        "itemUnitPriceWithVat": lambda s: f"{s.cents / 200:.2f}",
    }
    (question,) = [q for q in found(columns).questions if q.key == "columns.amount"]
    assert '"totalPriceWithVat"' in question.asked
    assert '"itemAmount" × "itemUnitPriceWithVat"' in question.asked
    assert '"itemAmount" or' not in question.asked


def test_small_numbers_called_a_time_are_no_dates_and_of_days_it_is_said_how_they_are_read():
    bare = {name: cell for name, cell in PLAIN.items() if name != "ordered_at"}
    with pytest.raises(DataError, match="No column holds dates"):
        found({"Time": lambda s: f"{6 + s.order % 60}", **bare})
    (question,) = found({"pan_day": lambda s: f"{4 + s.order % 104}", **bare}).questions
    assert question.key == "date_format"
    assert "counts from 4 to 107 since a day that it does not say, which becomes 1970-01-01" in question.asked
    assert [choice.settings["date_format"] for choice in question.choices] == ["days", "hours"]


def test_enrollments_that_are_dropped_are_contracts_of_families():
    month = [f"{1 + i % 12:02}" for i in range(240)]
    dropped = [f"2023-{month[i]}-02" if i % 2 else "" for i in range(240)]
    rows = [
        f"F{3000 + i // 2},Student {i},Jazz,2022-{month[i]}-01,{dropped[i]},5{i % 9}.00,{5 + i % 9}" for i in range(240)
    ]
    names = "Family ID,Student,Class,Enroll Date,Drop Date,Tuition Fee,Age"
    Path("x.csv").write_text("\n".join([names, *rows]) + "\n", encoding="utf-8")
    findings = Look(["x.csv"]).findings({})
    assert findings.section == "subscriptions"
    assert findings.settings["columns.customer_id"] == "Family ID"
    assert (findings.settings["columns.started_at"], findings.settings["columns.ended_at"]) == (
        "Enroll Date",
        "Drop Date",
    )
