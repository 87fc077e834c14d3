"""`holdfast init` on tables whose columns stand below headings of groups, and on right ones that look alike."""

import csv
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from holdfast.onboarding.headings import names_below
from holdfast.onboarding.layout import layout_of
from tests.fuzz.configurations import command
from tests.onboarding.exports import net, sales
from tests.onboarding.plain import read

NAMES = ["No.", "Date", "Customer no", "Name", "Total", "Tax"]


def rows(year: str = "") -> list[list[Any]]:
    return [
        [f"B{i}", s.at.date(), f"C{s.customer}", f"Shop {s.customer}", s.cents / 100, 0.19]
        for i, s in enumerate(sales())
        if f"{s.at:%Y}".startswith(year)
    ]


def written_by_init(*options: str) -> dict:
    code, said = command("init", *options, "--yes", "--force", "--out", "x.yaml")
    assert code == 0, said
    keys, customers, revenue, lost = read(Path("x.yaml"))
    assert (customers, lost) == (len({s.customer for s in sales()}), 0)
    assert revenue == pytest.approx(net())
    return keys


@pytest.mark.parametrize(
    ("above", "skipped"),
    [
        ([["Order", "", "Customer", "", "Money", ""]], 1),
        ([["Order", "Order", "Customer", "Customer", "Money", "Money"]], 1),
        ([["List", "", "", "", "Money", ""], ["Order", "", "Who", "", "EUR", "%"]], 2),
        ([["Sales list"], [], ["Order", "", "Customer", "", "Money", ""]], 3),
    ],
)
def test_headings_of_groups_are_skipped_in_text(above, skipped):
    with Path("x.csv").open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows([*above, NAMES, *rows()])
    keys = written_by_init("x.csv")
    assert keys["skip_lines"] == skipped
    assert (keys["columns"]["customer_id"], keys["columns"]["amount"]) == ("Customer no", "Total")


def test_headings_of_groups_are_skipped_in_all_sheets():
    years = sorted({f"{s.at:%Y}" for s in sales()})
    with xlsxwriter.Workbook("x.xlsx", {"default_date_format": "yyyy-mm-dd"}) as book:
        for year in years:
            sheet = book.add_worksheet(year)
            sheet.write(0, 0, f"Sales list {year}")
            for left, heading in ((0, "Order"), (2, "Customer"), (4, "Money")):
                sheet.merge_range(2, left, 2, left + 1, heading)
            for i, row in enumerate([NAMES, *rows(year)], 3):
                sheet.write_row(i, 0, row)
    keys = written_by_init("x.xlsx", "--sheet", "*")
    assert (keys["sheet"], keys["skip_lines"]) == ("*", 3)


@pytest.mark.parametrize(
    ("header", "below"),
    [
        # Numbers of rows without a name, as data frames write them; a first row of words; names that stand twice.
        (["", "Customer", "Date", "Total"], [["0", "Ann", "2024-01-31", "9.50"], ["1", "Bob", "2024-02-01", "3.00"]]),
        (["Who", "", "Plan"], [["Ann", "Lee", "Basic"], ["Bob", "Ray", "Plus"], ["Cid", "Moe", "Plus"]]),
        (["No", "Name", "Name", "Net"], [["A1", "Ann", "Lee", "9.50"], ["A2", "Bob", "Ray", "3.00"]]),
        (
            ["Date", "Customer", "", "Net"],
            [["31 Jan 2024", "Ann", "x", "EUR 9.50"], ["1 Feb 2024", "Bob", "x", "EUR 3"]],
        ),
        (["Date", "Customer", "Net"], [["day", "number", "EUR"], ["2024-01-31", "K1", "9.50"]]),
    ],
)
def test_what_stands_below_names_is_data(header, below):
    assert names_below(header, list(enumerate(below, 2))) is None


@pytest.mark.parametrize("others", [["Brutto mit 0,00 % Steuer"], ["Gross at 0.00 % tax", "Net at 0.00 % tax", "2.50"]])
def test_a_number_inside_of_names_makes_the_line_of_names_no_data(others):
    named = ["Order", "Date", "Customer no", "Total", *others]
    table = [[*row[:3], row[4], *("0.00" for _ in others)] for row in rows()]
    with Path("x.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=";").writerows([named, *table])
    layout, names = layout_of(Path("x.csv"))
    # A cell that is a number and nothing else is no name.
    assert (layout.header, names[-1] == others[-1]) == ((True, True) if others[-1] != "2.50" else (False, False))
