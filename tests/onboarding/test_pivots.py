"""`holdfast init` on pivot tables: refused with advice, and what the advice makes of them is read."""

import csv
from itertools import groupby
from pathlib import Path

import pandas as pd
import pytest

from holdfast.errors import DataError
from holdfast.onboarding import Look
from tests.fuzz.configurations import command
from tests.onboarding.exports import net, sales
from tests.onboarding.plain import read

NAMES = ["Customer", "Invoice", "Date", "Sum of Amount"]


def outline(total: str = "{} Total") -> list[list[str]]:
    """Each customer's name on the first of their lines, and a line of their total below."""
    found = [NAMES]
    for who, theirs in groupby(
        sorted(sales(), key=lambda s: s.customer), lambda s: f"Shop {chr(65 + s.customer % 26)}{s.customer}"
    ):
        lines = [["", f"R{s.order}{i}", f"{s.at:%Y-%m-%d}", f"{s.cents / 100}"] for i, s in enumerate(theirs)]
        found += [[who, *lines[0][1:]], *lines[1:]]
        if total:
            found.append([total.format(who), "", "", f"{sum(float(line[3]) for line in lines):.2f}"])
    return [*found, ["Grand Total", "", "", f"{net():.2f}"]] if total else found


def write(rows: list[list[str]]) -> None:
    with Path("x.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def read_by_init() -> tuple[int, float]:
    code, said = command("init", "x.csv", "--yes", "--force", "--out", "x.yaml")
    assert code == 0, said
    _, customers, revenue, lost = read(Path("x.yaml"))
    assert lost == 0
    return customers, revenue


@pytest.mark.parametrize("total", ["{} Total", "Total {}", "{} Ergebnis", ""])
def test_a_pivot_in_outline_form_is_refused_and_reads_once_it_is_filled_down(total):
    rows = outline(total)
    write(rows)
    customers = len({s.customer for s in sales()})
    with pytest.raises(DataError) as refused:
        Look(["x.csv"]).findings({})
    said = str(refused.value)
    totals = f", and on {customers + 1} lines of totals" if total else ""
    assert said.startswith(
        f'x.csv: "Customer" stands on {customers} of {len(rows) - 1:,} lines, each time with another name{totals}; the '
        "cells below are blank, as in a pivot table in outline form. Fill them down"
    )
    filled = [NAMES]
    for row in rows[1:]:
        if row[2]:
            filled.append([row[0] or filled[-1][0], *row[1:]])
    write(filled)
    assert read_by_init() == (customers, pytest.approx(net()))


def test_names_that_stand_once_on_all_lines_are_no_outline():
    write([NAMES, *([f"Shop {s.order}/{i}", f"R{i}", f"{s.at:%Y-%m-%d}", "9.50"] for i, s in enumerate(sales()))])
    with pytest.raises(DataError, match='"Customer" is another with every purchase, so nobody comes back'):
        Look(["x.csv"]).findings({})


def test_columns_of_months_are_refused_with_a_recipe_that_works():
    months = sorted({f"{s.at:%Y-%m}" for s in sales()})
    cells = {(s.customer, f"{s.at:%Y-%m}"): 0.0 for s in sales()}
    for s in sales():
        cells[s.customer, f"{s.at:%Y-%m}"] += s.cents / 100
    titles = [f"{pd.Timestamp(month):%b %Y}" for month in months]
    rows = [["Customer No.", *titles, "Grand Total"]]
    for who in sorted({s.customer for s in sales()}):
        mine = [cells.get((who, month)) for month in months]
        rows.append([f"K{who}", *("" if c is None else f"{c:.2f}" for c in mine), f"{sum(filter(None, mine)):.2f}"])
    write(rows)
    with pytest.raises(DataError) as refused:
        Look(["x.csv"]).findings({})
    said = str(refused.value)
    assert said.startswith(
        f'x.csv: this is no list of purchases. {len(months)} columns, from "{titles[0]}" to "{titles[-1]}", are called '
        "after months or days: export one line for each purchase, with its day."
    )
    assert "Unpivot Other Columns" in said
    recipe = 'pandas.melt(table, id_vars=["Customer No."], var_name="ordered_at", value_name="amount")'
    assert recipe in said
    table = pd.read_csv("x.csv").drop(columns="Grand Total")
    lines = pd.melt(table, id_vars=["Customer No."], var_name="ordered_at", value_name="amount").dropna()
    lines["ordered_at"] = pd.to_datetime(lines["ordered_at"], format="%b %Y").dt.strftime("%Y-%m-%d")
    lines.to_csv("x.csv", index=False)
    assert read_by_init() == (len(rows) - 1, pytest.approx(net()))
