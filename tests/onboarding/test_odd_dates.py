"""Days in parts, in an unknown form, or on a first line that is data: named, asked for, or read."""

from pathlib import Path

import pytest

from holdfast.onboarding import Look
from holdfast.onboarding.layout import layout_of
from tests.fuzz.configurations import command
from tests.onboarding.exports import POINT, Cell, Export, amount, day, plain


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (
            {"Year": day("%Y"), "Month": day("%m"), "Day": day("%d")},
            'stand in "Year" and "Month" and "Day": write them into one column',
        ),
        ({"month": day("%Y-%m")}, '"month" holds months at most: export purchases with their day'),
    ],
)
def test_dates_in_parts_are_named(columns, said):
    Export({**columns, "customer": plain("c"), "amount": amount(POINT)}).write(Path("x.csv"))
    code, answered = command("init", "x.csv", "--yes")
    assert (code, said in " ".join(answered.split())) == (3, True), answered


def test_a_line_of_data_with_days_in_order_names_no_column():
    ordered = day("%Y-%m-%d")
    parts = {"id": plain("c"), "a": ordered, "b": lambda s: "2024-01-01", "c": lambda s: "2024-02-01"}
    Export({**parts, "amount": amount(POINT)}).write(Path("x.csv"))
    text = Path("x.csv").read_text().splitlines(keepends=True)[1:]
    Path("x.csv").write_text("".join(text))
    assert not layout_of(Path("x.csv"))[0].header


def test_a_date_in_an_unknown_form_is_asked_for_though_a_month_stands_beside_it():
    odd: dict[str, Cell] = {"Order date": day("%d~%m~%Y"), "Month": day("%m"), "Year": day("%Y")}
    Export({**odd, "customer": plain("c"), "amount": amount(POINT)}).write(Path("x.csv"))
    (question,) = Look(["x.csv"]).findings({}).questions
    assert (question.key, '"Order date" holds dates' in question.asked) == ("date_format", True)
