"""Days that are zeros (0000-00-00), as databases write that there is none."""

from pathlib import Path

import pytest

from holdfast.onboarding import Look
from tests.fuzz.configurations import command
from tests.onboarding.exports import Cell, Export, day, net, sales
from tests.onboarding.plain import PLAIN, read

BARE = {name: cell for name, cell in PLAIN.items() if name != "ordered_at"}
MOMENT = day("%Y-%m-%d %H:%M:%S")


def invoiced(none: str) -> Cell:
    return lambda s: none if s.order % 9 == 0 else MOMENT(s)


def init(columns: dict[str, Cell]) -> tuple[dict, float, str]:
    Export(columns).write(Path("x.csv"))
    told = "\n".join(Look(["x.csv"]).findings({}).told)
    code, said = command("init", "x.csv", "--yes", "--force", "--out", "x.yaml")
    assert code == 0, said
    found, _, revenue, rejected = read(Path("x.yaml"))
    assert rejected == 0
    return found, round(revenue, 2), told


@pytest.mark.parametrize("none", ["0000-00-00 00:00:00", "0000-00-00", "00.00.0000"])
def test_a_day_that_every_line_has_comes_before_one_of_which_some_are_zeros(none):
    columns = {"invoice_date": invoiced(none), "date_add": MOMENT, "date_upd": MOMENT, **BARE}
    found, revenue, told = init(columns)
    assert (found["columns"]["ordered_at"], revenue) == ("date_add", net())
    zeros = sum(s.order % 9 == 0 for s in sales())
    assert f'"invoice_date" is zeros on {zeros} lines, which say no day: left aside, as "date_add" has a day' in told


def test_lines_whose_only_day_is_zeros_are_dropped_and_told():
    found, revenue, told = init({"invoice_date": invoiced("0000-00-00 00:00:00"), **BARE})
    assert revenue == net([s for s in sales() if s.order % 9])
    assert found["rules"]["drop"] == [{"column": "invoice_date", "values": ["0000-00-00 00:00:00"]}]
    zeros = sum(s.order % 9 == 0 for s in sales())
    assert f'{zeros} lines on which "invoice_date" is zeros, no day: dropped (rules.drop)' in told


def test_a_blank_day_is_no_zero_and_the_better_name_stays():
    columns = {"order_date": lambda s: "" if s.order % 200 == 0 else MOMENT(s), "date_add": MOMENT, **BARE}
    Export(columns).write(Path("x.csv"))
    assert Look(["x.csv"]).findings({}).settings["columns.ordered_at"] == "order_date"
