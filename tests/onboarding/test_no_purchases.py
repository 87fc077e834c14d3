"""Files that hold no purchases: people, dumps of databases, blank lines; and notices that are no ends."""

from pathlib import Path

import pytest

from holdfast.errors import DataError
from holdfast.onboarding import Look
from tests.onboarding.contracts import begun, contracts, init, number, over, told, written
from tests.onboarding.looked import day, look, shop


def people() -> list[list[str]]:
    names = ["ID", "Year_Birth", "Education", "Marital_Status", "Income", "Dt_Customer", "NumWebPurchases", "Z_Revenue"]
    words = [(("PhD", "Master")[i % 2], ("Single", "Married")[i % 2]) for i in range(300)]
    rows = [
        [str(100 + i), str(1950 + i % 40), *words[i], str(20000 + 37 * i), day(i), str(i % 12), "11"]
        for i in range(300)
    ]
    return [names, *rows]


def test_a_table_of_people_is_no_list_of_purchases():
    with pytest.raises(
        DataError, match='"ID" is another on every line, and "Year_Birth", "Education", "Marital_Status"'
    ):
        shop(people())


def test_purchases_that_say_who_somebody_is_are_read():
    rows = [[*row, f"C{i % 50}"] for i, row in enumerate(people())]
    rows[0][-1] = "Customer ID"
    assert shop(rows).settings["columns.customer_id"] == "Customer ID"


def test_a_number_of_purchases_names_nobody():
    rows = [["Ref", "Date", "NumDealsPurchases", "Amount"]]
    rows += [[f"{i % 50}-ab", day(i), str(i % 12), f"{i % 9}.50"] for i in range(300)]
    (question,) = [q for q in shop(rows).questions if q.key == "columns.customer_id"]
    assert [choice.settings["columns.customer_id"] for choice in question.choices] == ["Ref"]


DUMPS = {
    "MySQL": "-- MySQL dump 10.13\nDROP TABLE IF EXISTS `a`;\nCREATE TABLE `a` (`id` int, `b` int);\n",
    "PostgreSQL": "--\n-- PostgreSQL database dump\n--\n\nSET client_encoding = 'UTF8';\n"
    "SELECT pg_catalog.set_config('a', '', false);\nCREATE TABLE public.a (id integer, b text);\n",
    "SQLite": "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE a (id, b);\nINSERT INTO a VALUES(1,2);\n",
}


@pytest.mark.parametrize("text", DUMPS.values(), ids=DUMPS)
def test_a_dump_of_a_database_is_named(text):
    Path("dump.sql").write_text(text)
    with pytest.raises(DataError, match=r"a dump of a database \(SQL\)"):
        Look(["dump.sql"]).findings({})


def test_columns_that_begin_like_statements_are_none():
    found = look({"Set name": ["a", "b"]})
    text = Path("x.csv").read_text()
    Path("x.csv").write_text("Create date;" + text.replace("\n", "\n2023;"))
    assert found.settings["columns.customer_id"] == "Customer ID"
    Path("x.csv").write_text("\n".join(";".join(reversed(line.split(";"))) for line in text.splitlines()) + "\n")
    assert Look(["x.csv"]).findings({}).settings["columns.customer_id"] == "Customer ID"


def test_blank_lines_are_no_copies():
    rows = [["Customer ID", "Order date", "Order ID", "Amount"]]
    rows += [[f"c{i % 20}", day(i), f"o{i}", "10.50"] for i in range(200)] + [["", "", "", ""]] * 40
    found = shop(rows)
    said = "\n".join(found.told)
    assert "40 lines with nothing in any column: no purchases, and no copies of others" in said
    assert "equal to an earlier one" not in said
    assert "rules.duplicates" not in found.settings


def test_who_gave_notice_still_runs():
    def state(c) -> str:
        return "cancelled" if c.end else "non_renewing" if c.number % 5 == 0 else "live"

    written({"customer_id": number(), "Activated On": begun(), "Cancelled On": over(), "Status": state})
    given = sum(state(c) == "non_renewing" for c in contracts())
    assert f'{given} rows "non_renewing": notice was given, and they run until their term ends' in told()
    assert "ended by it without a date" not in told()
    assert init()[0]["subscriptions"]["columns"]["ended_at"] == "Cancelled On"
