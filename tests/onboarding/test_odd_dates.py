"""Days in parts, in an unknown form, or on a first line that is data: named, asked for, or read."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from holdfast.config import load_config
from holdfast.data import read_purchases
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


@pytest.mark.parametrize(
    ("written", "date_format"),
    [
        (lambda d: d.strftime("%d%b%y").upper(), "%d%b%y"),
        (lambda d: d.strftime("%d%b%Y").upper(), "%d%b%Y"),
        (lambda d: f"{d.day}{d.strftime('%b%Y').lower()}", "%d%b%Y"),
        (lambda d: f"{d.day}{d.strftime('%b%y')}", "%d%b%y"),
        (lambda d: d.strftime("%d%b%Y:%H:%M:%S").upper(), "%d%b%Y:%H:%M:%S"),
        (lambda d: d.strftime("%d%b%y:%H:%M:%S").upper(), "%d%b%y:%H:%M:%S"),
    ],
)
def test_days_without_marks_between_are_read_as_airlines_and_sas_write_them(written, date_format):
    days = [datetime(2023, 1, 1) + timedelta(days=i, hours=i % 24) for i in range(500)]
    rows = [["customer_id", "Issue date", "amount"], *([f"c{i % 30}", written(d), "9.50"] for i, d in enumerate(days))]
    Path("x.csv").write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
    assert command("init", "x.csv", "--yes")[0] == 0
    assert yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))["purchases"]["date_format"] == date_format
    log = read_purchases(load_config(Path("x.yaml")).source(Path()))
    first, last, lines = log.connection.execute(
        "SELECT DATE '1970-01-01' + MIN(day), DATE '1970-01-01' + MAX(day), COUNT(*) FROM purchases"
    ).fetchall()[0]
    assert (first, last, lines) == (date(2023, 1, 1), date(2024, 5, 14), 500)
