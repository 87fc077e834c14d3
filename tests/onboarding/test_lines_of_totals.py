"""`holdfast init` on tables with lines of totals between purchases: they are dropped, and nothing is asked of them."""

import csv
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from holdfast.onboarding import Look
from tests.fuzz.configurations import command
from tests.onboarding.exports import net, sales
from tests.onboarding.plain import read

NAMES = ["Order date", "Customer no", "Total"]


def rows(word: str, *, who: str = "") -> tuple[list[list[Any]], int]:
    """All sales with a line of totals below each month, and how many of these there are."""
    found, totals = [NAMES], 0
    for month, of_month in groupby(sorted(sales(), key=lambda s: s.at), lambda s: f"{s.at:%Y-%m}"):
        mine = list(of_month)
        found += [[s.at.date(), f"C{s.customer}", s.cents / 100] for s in mine]
        found.append([word.format(month), who, sum(s.cents for s in mine) / 100])
        totals += 1
    return found, totals


def workbook(table: list[list[Any]]) -> str:
    with xlsxwriter.Workbook("x.xlsx", {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for i, row in enumerate(table):
            sheet.write_row(i, 0, row)
    return "x.xlsx"


def text(table: list[list[Any]]) -> str:
    with Path("x.csv").open("w", newline="") as file:
        csv.writer(file).writerows(table)
    return "x.csv"


@pytest.mark.parametrize("written", [workbook, text])
@pytest.mark.parametrize("word", ["Total", "Grand total {}", "Summe {}"])
def test_a_total_in_the_column_of_days_asks_nothing_and_is_dropped(written, word):
    table, totals = rows(word)
    file = written(table)
    code, errors = command("init", file, "--yes", "--force", "--out", "x.yaml")
    assert code == 0, errors
    said = "\n".join(Look([file]).findings({}).told)
    assert f'{totals} lines of totals, as "Order date" says: dropped (rules.drop)' in said
    assert "cannot be read" not in said
    keys, customers, revenue, lost = read(Path("x.yaml"))
    assert (customers, lost) == (len({s.customer for s in sales()}), 0)
    assert revenue == pytest.approx(net())
    words = {row[0] for row in table[1:] if isinstance(row[0], str)}
    assert {value for rule in keys["rules"]["drop"] for value in rule["values"]} == words


def test_days_as_text_beside_days_as_excel_stores_them_are_still_asked_about():
    table = [NAMES] + [
        [s.at.date() if s.customer % 2 else f"{s.at:%d}. im {s.at:%m}, {s.at:%Y}?", f"C{s.customer}", s.cents / 100]
        for s in sales()
    ]
    code, said = command("init", workbook(table), "--yes", "--force", "--out", "x.yaml")
    assert code == 2
    assert "date_format: " in said


@pytest.mark.parametrize("word", ["Totaal periode {}", "Summe"])
def test_a_total_in_another_column_without_a_day_or_a_name_is_dropped_as_init_says_and_check_reads(word):
    table: list[list[Any]] = [["Datum", "Klantnummer", "Omschrijving", "Bedrag"]]
    for month, of_month in groupby(sorted(sales(), key=lambda s: s.at), lambda s: f"{s.at:%Y-%m}"):
        mine = list(of_month)
        table += [[s.at.date(), f"C{s.customer}", "Verkoopfactuur", s.cents / 100] for s in mine]
        table.append(["", "", word.format(month), sum(s.cents for s in mine) / 100])
    # More than two lines in a hundred, as of lines that belong to the one above.
    table = table[:1] + table[1:61] + [["", "", word.format(i), 99.5] for i in range(6)]
    code, errors = command("init", text(table), "--yes", "--force", "--out", "x.yaml")
    assert code == 0, errors
    totals = sum(not row[0] for row in table)
    assert f"{totals} lines" in "\n".join(Look(["x.csv"]).findings({}).told)
    keys, _, revenue, lost = read(Path("x.yaml"))
    assert (keys["rules"]["missing_customer"], lost) == ("drop", 0)
    assert revenue == pytest.approx(sum(row[3] for row in table[1:] if row[0]))
