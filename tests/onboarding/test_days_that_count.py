"""Which of several days is that of the purchase: none of the last change of a line, and none of its settlement."""

import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from holdfast.config import load_config
from holdfast.data import read_purchases
from holdfast.onboarding.findings import Choice
from holdfast.onboarding.look import Look
from tests.fuzz.configurations import command
from tests.onboarding.looked import day, shop


@pytest.mark.parametrize("stamp", ["last_update", "ModifiedDate", "updated_at", "Export date"])
@pytest.mark.parametrize("when", ["payment_date", "rental_date", "Order date", "created"])
@pytest.mark.parametrize("one_day", [False, True])
def test_a_stamp_of_the_last_change_is_no_day_of_a_purchase(stamp, when, one_day):
    touched = ["2024-12-23 07:15:39", "2024-12-24 07:15:39"]
    rows = [[f"c{i % 30}", "9.50", day(i), touched[0 if one_day else i % 2]] for i in range(300)]
    found = shop([["customer_id", "amount", when, stamp], *rows])
    offered = [c.settings["columns.ordered_at"] for q in found.questions for c in q.choices]
    assert offered == ([when] if when == "payment_date" else [])
    assert when == "payment_date" or found.settings["columns.ordered_at"] == when
    assert f'"{stamp}": when the line was changed or exported, not when it was bought' in found.told


def test_a_stamp_is_taken_where_no_other_day_stands_there():
    rows = [[f"c{i % 30}", "9.50", day(i)] for i in range(300)]
    found = shop([["customer_id", "amount", "Export date"], *rows])
    assert found.settings.get("columns.ordered_at", found.questions[0].key) in ("Export date", "columns.ordered_at")


def hungarian(names, i):
    issued = date(2023, 1, 1) + timedelta(days=i)
    days = {name: f"{issued + timedelta(days=8 * at):%Y.%m.%d.}" for at, name in enumerate(names)}
    return [f"Kft {i % 30}", *(cell if at < 2 or i % 4 else "" for at, cell in enumerate(days.values())), "9 500"]


def test_invoices_of_hungary_are_of_the_day_of_issue():
    names = ["Kelt", "Fizetési határidő", "Kiegyenlítés dátuma"]
    rows = [["Vevő neve", *names, "Bruttó"], *(hungarian(names, i) for i in range(300))]
    Path("x.csv").write_bytes("\n".join(";".join(row) for row in rows).encode("cp1250"))
    found = Look(["x.csv"]).findings({})
    assert found.settings["columns.ordered_at"] == "Kelt"
    # The only letters that Windows-1252 has not are those of the names of columns.
    assert found.settings["encoding"] == "cp1250"
    assert any('"Vevő neve"' in q.asked for q in found.questions)


def test_portuguese_and_french_stay_western():
    rows = [["Cliente", "Data", "Valor"], *([f"João Simões {i % 30}", day(i), "9,50"] for i in range(300))]
    rows[1][0] = "Brûlé Août"
    Path("x.csv").write_bytes("\n".join(";".join(row) for row in rows).encode("cp1252"))
    assert Look(["x.csv"]).findings({}).settings.get("encoding") == "cp1252"


def test_a_day_that_is_blank_on_some_lines_is_asked_about_where_another_is_whole():
    rows = [[f"c{i % 30}", day(i), day(i + 9) if i % 4 else "", "9.50"] for i in range(300)]
    (question,) = shop([["customer_id", "Abc", "Xyz date", "amount"], *rows]).questions
    assert question.asked == 'when was it bought: "Xyz date" or "Abc"? "Abc" has a day on every line.'


def test_tables_of_a_database_are_called_by_their_names():
    with sqlite3.connect("shop.db") as database:
        database.execute("CREATE TABLE payment (customer_id INTEGER, amount REAL, payment_date TEXT)")
        database.executemany("INSERT INTO payment VALUES (?, 9.5, ?)", [(i % 30, day(i)) for i in range(300)])
        database.execute("CREATE TABLE customer (customer_id INTEGER, store TEXT)")
        database.executemany("INSERT INTO customer VALUES (?, 'a')", [(i,) for i in range(30)])
    database.close()
    found = Look(["shop.db"]).findings({"table": Choice("", {"table": "payment"})})
    assert any(
        said.startswith('shop.db, table "customer": this looks like a table of customers') for said in found.told
    )


@pytest.mark.parametrize(("unit", "days"), [("hours", 25), ("days", 600)])
def test_whole_numbers_from_0_on_are_hours_or_days_and_0_is_one_of_them(unit, days):
    rows = [[f"c{i % 30}", str(i // 2), "9.50"] for i in range(1200)]
    found = shop([["customer_id", "time", "amount"], *rows])
    (question,) = found.questions
    assert question.asked == (
        '"time" counts from 0 to 599 since a day that it does not say, which becomes 1970-01-01. What does it count?'
    )
    assert [(c.said, c.settings["date_format"]) for c in question.choices] == [
        ("hours, 25 days of them", "hours"),
        ("days, 600 of them", "days"),
    ]
    assert not any("zeros" in said for said in found.told)
    command("init", "x.csv", "--yes")
    given = yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))
    given["purchases"]["date_format"] = unit
    Path("y.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")
    log = read_purchases(load_config(Path("y.yaml")).source(Path()))
    count = "SELECT COUNT(*), MIN(day), MAX(day), SUM(amount) FROM purchases"
    lines, first, last, revenue = log.connection.execute(count).fetchall()[0]
    assert (lines, first, last, float(revenue)) == (1200, 0, days - 1, 11_400)
