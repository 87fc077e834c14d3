"""Files as research and competitions publish them: read right, or asked, or refused with what to do."""

import contextlib
import csv
import io
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from holdfast.cli import main
from holdfast.onboarding import Look
from tests.fuzz.configurations import command
from tests.onboarding.exports import POINT, Cell, Export, amount, day, net, order, plain, sales
from tests.onboarding.plain import answer, read


def shown(monkeypatch, *arguments: str) -> str:
    """Run a command that succeeds; return what it said."""
    monkeypatch.setattr(sys, "argv", ["holdfast", *arguments])
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), contextlib.suppress(SystemExit):
        main()
    assert Path("x.yaml").exists(), said.getvalue()
    return said.getvalue()


def kinds(*of: str) -> Cell:
    return lambda s: of[s.order % len(of)]


EVENTS: dict[str, Cell] = {
    "event_time": day("%Y-%m-%d %H:%M:%S"),
    "event_type": kinds("view", "cart", "purchase"),
    "product_id": kinds("p1", "p2"),
    "price": amount(POINT),
    "user_id": plain("u"),
    "user_session": order("s"),
}
DAYS: dict[str, Cell] = {
    "household_key": plain("", 1),
    "BASKET_ID": order(),
    "DAY": lambda s: str(s.order + 1),
    "QUANTITY": kinds("1", "2"),
    "SALES_VALUE": amount(POINT),
    "TRANS_TIME": lambda s: s.at.strftime("%H%M"),
    "WEEK_NO": lambda s: str(s.order // 7 + 1),
}
CARDS: dict[str, Cell] = {
    "DATE": lambda s: str((s.at - datetime(1899, 12, 30)).days),
    "STORE_NBR": kinds("1", "2", "3", "4", "5", "6", "7"),
    "LYLTY_CARD_NBR": plain("", 1000),
    "TXN_ID": order(),
    "PROD_NBR": kinds("5", "66", "61", "69", "108", "57"),
    "TOT_SALES": amount(POINT),
}


def test_of_a_log_of_events_only_purchases_count():
    Export(EVENTS).write(Path("x.csv"))
    code, said = command("init", "x.csv", "--yes")
    assert code == 0, said
    kept = [s for s in sales() if s.order % 3 == 2]
    assert (
        f'events: "event_type" says "purchase" on {len(kept)} lines: only these are kept (rules.keep), not '
        f'"cart" (124 lines), "view" (124 lines)'
    ) in Look(["x.csv"]).findings({}).told
    found, customers, revenue, _ = read(Path("x.yaml"))
    assert found["rules"]["keep"] == [{"column": "event_type", "values": ["purchase"]}]
    assert (customers, round(revenue, 2)) == (len({s.customer for s in kept}), round(net(kept), 2))


def test_kinds_without_a_purchase_or_without_a_look_are_left_alone():
    Export(EVENTS | {"event_type": kinds("view", "cart")}).write(Path("x.csv"))
    Export(EVENTS | {"event_type": kinds("purchase", "gift")}).write(Path("y.csv"))
    assert all("rules.keep" not in Look([name]).findings({}).settings for name in ("x.csv", "y.csv"))


def test_refunds_among_events_are_named():
    Export(EVENTS | {"event_type": kinds("view", "Purchase", "refund")}).write(Path("x.csv"))
    found = Look(["x.csv"]).findings({})
    assert found.settings["rules.keep"] == [{"column": "event_type", "values": ["Purchase"]}]
    assert any(said.startswith('events: "refund" (124 lines) is not kept') for said in found.told)


def test_numbers_of_days_are_dates_and_households_are_customers(monkeypatch):
    Export(DAYS).write(Path("x.csv"))
    said = shown(monkeypatch, "init", "x.csv", "--yes")
    found, customers, revenue, rejected = read(Path("x.yaml"))
    assert found["columns"] == {
        "customer_id": "household_key",
        "ordered_at": "DAY",
        "amount": "SALES_VALUE",
        "quantity": "QUANTITY",
        "order_id": "BASKET_ID",
    }
    assert (found["date_format"], customers, rejected) == ("days", 60, 0)
    assert round(revenue, 2) == round(net(), 2)
    assert "372 purchase days, 1970-01-02 to 1971-01-08" in said


def test_cards_are_customers_and_days_of_excel_are_dates():
    Export(CARDS).write(Path("x.csv"))
    assert command("init", "x.csv", "--yes")[0] == 0
    found, customers, revenue, _ = read(Path("x.yaml"))
    assert found["columns"] == {
        "customer_id": "LYLTY_CARD_NBR",
        "ordered_at": "DATE",
        "amount": "TOT_SALES",
        "order_id": "TXN_ID",
        "product_id": "PROD_NBR",
    }
    assert (found["date_format"], customers, round(revenue, 2)) == ("excel", 60, round(net(), 2))


def test_an_amount_of_pieces_beside_a_price_is_asked(monkeypatch):
    columns: dict[str, Cell] = {
        "TRANSACTION_DT": day("%Y-%m-%d"),
        "CUSTOMER_ID": plain("c"),
        "AMOUNT": kinds("1", "1", "2"),
        "SALES_PRICE": amount(POINT),
    }
    Export(columns).write(Path("x.csv"))
    (question,) = Look(["x.csv"]).findings({}).questions
    assert question.asked.startswith('what is a line worth: "SALES_PRICE" or "AMOUNT" or "AMOUNT" × "SALES_PRICE"? "')
    answer(monkeypatch, ["1"])
    assert command("init", "x.csv")[0] == 0
    found, _, revenue, _ = read(Path("x.yaml"))
    assert found["columns"]["quantity"] == "AMOUNT"
    assert round(revenue, 2) == round(net(), 2)
    answer(monkeypatch, ["2"])
    assert command("init", "x.csv", "--force")[0] == 0
    found, _, revenue, _ = read(Path("x.yaml"))
    assert ("quantity" in found["columns"], revenue) == (False, sum(1 + (s.order % 3 == 2) for s in sales()))


def test_a_file_in_which_nobody_comes_back_says_so():
    Export({"invoice_date": day("%Y-%m-%d"), "customer_id": order("C"), "amount": amount(POINT)}).write(Path("x.csv"))
    code, said = command("init", "x.csv", "--yes")
    assert code == 3
    assert '"customer_id" is another with every purchase, so nobody comes back.' in said


def test_mostly_negative_amounts_are_doubted(monkeypatch):
    Export({"date": day("%Y-%m-%d"), "card_id": plain("C"), "amount": lambda s: f"-{s.cents / 100:.2f}"}).write(
        Path("x.csv")
    )
    (question,) = Look(["x.csv"]).findings({}).questions
    assert question.asked == "372 lines of 372 are below 0, and would count as returns. What are they?"
    paid, back = question.choices
    assert (paid.settings, back.settings) == ({"purchases_are": "negative"}, {"purchases_are": None})
    answer(monkeypatch, ["1"])
    assert command("init", "x.csv", "--force")[0] == 0
    written, _, revenue, rejected = read(Path("x.yaml"))
    assert (written["purchases_are"], revenue, rejected) == ("negative", net(), 0)


def test_states_of_a_country_are_no_states_of_an_order():
    place: dict[str, Cell] = {"City": kinds("Henderson"), "State": kinds("Kentucky", "Ohio")}
    Export({"date": day("%Y-%m-%d"), "customer": plain("c"), "amount": amount(POINT), **place}).write(Path("x.csv"))
    assert not [said for said in Look(["x.csv"]).findings({}).told if said.startswith("status")]


def table(rows: list[dict[str, Any]]) -> None:
    with Path("x.csv").open("w", newline="", encoding="utf-8") as file:
        written = csv.DictWriter(file, list(rows[0]))
        written.writeheader()
        written.writerows(rows)


def left(i: int) -> bool:
    return i % 5 == 0


def of_customers(words: tuple[str, str], name: str = "Churn", **more: Any) -> list[dict[str, Any]]:
    """Return 200 rows; ``more`` are columns by name: a value, or a function of the row and whether they left."""
    return [
        {
            **{key: value(i, left(i)) if callable(value) else value for key, value in more.items()},
            "usage": (i * 37) % 101,
            name: words[0] if left(i) else words[1],
        }
        for i in range(200)
    ]


@pytest.mark.parametrize(
    ("name", "words", "stated"),
    [
        ("Attrition_Flag", ("Attrited Customer", "Existing Customer"), (["Attrited Customer"], ["Existing Customer"])),
        ("churn", (" True.", " False."), (["True."], ["False."])),
        ("Churn", ("1.0", "0.0"), (["1.0"], ["0.0"])),
        ("Exited", ("YES", "NO"), (["yes"], ["no"])),
        ("Customer Status", ("Churned", "Stayed"), (["Churned"], ["Stayed"])),
        ("status", ("Inactive - cancelled", "Active"), (["Inactive - cancelled"], ["Active"])),
    ],
)
def test_words_of_who_left_and_who_stayed(monkeypatch, name, words, stated):
    table(of_customers(words, name, CLIENTNUM=lambda i, _: 7000 + i))
    said = shown(monkeypatch, "init", "x.csv", "--yes")
    written = yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))["subscriptions"]
    assert written["columns"] == {"customer_id": "CLIENTNUM", "label": name}
    assert (written["churned_values"], written["stayed_values"]) == stated
    assert "200 customers: 40 churned, 160 stayed" in said


def test_who_joined_is_asked(monkeypatch):
    rows = of_customers(("Churned", "Stayed"), "Customer Status", **{"Customer ID": lambda i, _: f"c{i}"})
    for i in range(1, 200, 20):
        rows[i]["Customer Status"] = "Joined"
    table(rows)
    (question,) = Look(["x.csv"]).findings({}).questions
    assert question.asked == '"Customer Status" says "Joined" (10 rows), too: did they stay, or end?'
    answer(monkeypatch, ["1"])
    assert "200 customers: 40 churned, 160 stayed" in shown(monkeypatch, "init", "x.csv")


def test_columns_that_say_the_outcome_again_are_not_learnt_from(monkeypatch):
    outcome = {
        "customer_id": lambda i, _: f"c{i}",
        "Churn Value": lambda _, gone: int(gone),
        "Reason": lambda i, gone: f"reason {i % 3}" if gone else "",
        "Churn Score": lambda i, gone: 60 + i % 40 if gone else i % 65,
        "plan": lambda i, _: "ab"[i % 2],
    }
    table(of_customers(("Yes", "No"), "Churn Label", **outcome))
    said = shown(monkeypatch, "init", "x.csv", "--yes")
    told = [line for line in Look(["x.csv"]).findings({}).told if line.startswith("not learnt from")]
    assert told == [
        'not learnt from (subscriptions.ignore): "Churn Value", the same as "Churn Label"',
        'not learnt from (subscriptions.ignore): "Reason", filled only where "Churn Label" says yes',
        'not learnt from (subscriptions.ignore): "Churn Score", named after the outcome',
    ]
    written = yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))["subscriptions"]
    assert written["ignore"] == ["Churn Value", "Reason", "Churn Score"]
    assert "Learns from 200 rows, 40 churned, and 2 columns" in said


def test_who_stands_there_is_the_column_with_another_value_in_each_row():
    table(of_customers(("1", "0"), **{"phone number": lambda i, _: f"382-{i:04d}", "customer service calls": 3}))
    assert Look(["x.csv"]).findings({}).settings["columns.customer_id"] == "phone number"
    table(of_customers(("1", "0"), id=lambda i, _: i, hash=lambda i, _: f"x{i}"))
    # Both may be; one calls itself an id.
    assert Look(["x.csv"]).findings({}).settings["columns.customer_id"] == "id"
    table(of_customers(("1", "0"), RowNumber=lambda i, _: i))
    found = Look(["x.csv"]).findings({})
    assert "columns.customer_id" not in found.settings
    assert any(said.startswith("no column of customers' ids") for said in found.told)


def test_rows_without_anything_are_left_out(monkeypatch):
    rows = of_customers(("1", "0"), CustomerID=lambda i, _: 7000 + i)
    table([*rows, dict.fromkeys(rows[0], ""), dict.fromkeys(rows[0], "")])
    said = shown(monkeypatch, "init", "x.csv", "--yes")
    assert "2 without anything in any column, left out" in said
    assert "200 customers: 40 churned, 160 stayed" in said


def test_purchases_that_say_who_churned_are_purchases():
    churned: dict[str, Cell] = {"Churn": lambda s: str(s.customer % 2)}
    Export({"date": day("%Y-%m-%d"), "customer": plain("c"), "amount": amount(POINT), **churned}).write(Path("x.csv"))
    assert Look(["x.csv"]).findings({}).section == "purchases"


def test_a_table_of_customers_with_dates_and_a_label_is_one_of_contracts():
    joined = lambda i, _: f"2023-{1 + i % 12:02d}-01"  # noqa: E731
    table(of_customers(("1", "0"), customer_id=lambda i, _: f"c{i}", joined=joined))
    assert Look(["x.csv"]).findings({}).section == "subscriptions"


def test_a_rating_by_customers_names_nobody():
    table(of_customers(("1", "0"), **{"Customer rating": lambda i, _: i % 7, "key": lambda i, _: f"k{i}"}))
    found = Look(["x.csv"]).findings({})
    assert (found.section, found.settings["columns.customer_id"]) == ("subscriptions", "key")


def test_active_and_cancelled_orders_are_no_contracts():
    states: dict[str, Cell] = {"Status": kinds("Active", "Cancelled"), "date": lambda s: f"week {s.order}"}
    Export({"customer": plain("c"), "amount": amount(POINT), **states}).write(Path("x.csv"))
    assert Look(["x.csv"]).findings({}).section == "purchases"


def test_lines_on_which_nothing_was_paid_are_dropped_and_said():
    visits: dict[str, Cell] = {"revenue": lambda s: "" if s.order % 4 else POINT(s.cents)}
    Export({"date": day("%Y%m%d"), "fullVisitorId": plain("v"), **visits}).write(Path("x.csv"))
    code, said = command("init", "x.csv", "--yes")
    assert code == 0, said
    told = Look(["x.csv"]).findings({}).told
    assert '279 lines (75.0%) without "revenue": dropped (rules.drop), as nothing was paid' in told
    kept = [s for s in sales() if s.order % 4 == 0]
    found, _, revenue, rejected = read(Path("x.yaml"))
    assert found["rules"]["drop"] == [{"column": "revenue", "values": [""]}]
    assert (round(revenue, 2), rejected) == (round(net(kept), 2), 0)


def test_a_flag_of_returns_is_no_money_to_take_off():
    columns: dict[str, Cell] = {"date": day("%Y-%m-%d"), "customer": plain("c"), "Returns": kinds("0", "1")}
    columns |= {"Total amount": amount(POINT), "Revenue amount": amount(POINT)}
    Export(columns).write(Path("x.csv"))
    assert not any("Returns" in said for said in Look(["x.csv"]).findings({}).told)


@pytest.mark.parametrize("name", ["id", "user id", "customer_id"])
def test_a_file_of_an_experiment_is_told_which_command_measures_it(name):
    rows = [{name: f"u{i}", "test group": "ad" if i % 2 else "psa", "converted": i % 5 == 0} for i in range(200)]
    table(rows)
    code, said = command("init", "x.csv", "--yes")
    assert code == 3
    assert 'holdfast experiment measure --data "x.csv" --arm "test group" --control NAME --outcome "converted"' in said


def test_a_phone_is_a_customer_where_nothing_else_is():
    columns: dict[str, Cell] = {
        "Date": day("%Y-%m-%d"),
        "Phone": lambda s: f"+4479{s.customer:08}",
        "Total": amount(POINT),
    }
    Export(columns).write(Path("x.csv"))
    assert command("init", "x.csv", "--yes")[0] == 0
    found, customers, _, _ = read(Path("x.yaml"))
    assert (found["columns"]["customer_id"], customers) == ("Phone", 60)
    sparse = lambda s: "" if s.order % 3 else f"+4479{s.customer:08}"  # noqa: E731
    Export({**columns, "Phone": sparse, "Buyer name": lambda s: f"u{s.customer}"}).write(Path("z.csv"))
    assert "columns.customer_id" not in Look(["z.csv"]).findings({}).settings
    Export({**columns, "Email": lambda s: f"u{s.customer}@x.example"}).write(Path("y.csv"))
    assert Look(["y.csv"]).findings({}).settings["columns.customer_id"] == "Email"


def test_two_numbers_with_a_point_between_are_an_id_if_called_one():
    pseudo: dict[str, Cell] = {"user_pseudo_id": lambda s: f"{10_000 + s.customer}.{77 + s.customer}"}
    Export({"date": day("%Y-%m-%d"), **pseudo, "revenue": amount(POINT)}).write(Path("x.csv"))
    assert command("init", "x.csv", "--yes")[0] == 0
    assert read(Path("x.yaml"))[1] == 60


WIDE = ["0", "1.5", "22.75", "0", "14.2", "0", "3", "8.8", "0", "0", "12", "7.1"]
SPREAD = [f"2023-{m:02d}" for m in range(1, 13)]
NAMED = [f"{m} 2023" for m in ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]]


@pytest.mark.parametrize(
    ("names", "cells", "said"),
    [
        (SPREAD, WIDE, '12 columns, from "2023-01" to "2023-12", are called after months or days: export one line for'),
        (NAMED, WIDE, '12 columns, from "Jan 2023" to "Dec 2023", are called after months or days'),
        (["Recency", "Frequency", "Monetary"], WIDE[:3], '"Recency", "Frequency" and "Monetary" sum up purchases'),
        (["Market", "Marital", "Decile"], WIDE[:3], "this looks like a table of customers"),
    ],
)
def test_a_table_of_sums_is_told_from_purchases(names, cells, said):
    lines = [",".join(["customer_id", *names]), *(",".join([f"C{i:03d}", *cells]) for i in range(60))]
    Path("x.csv").write_text("\n".join(lines))
    code, answered = command("init", "x.csv", "--yes")
    assert (code, said in " ".join(answered.split())) == (3, True), answered
