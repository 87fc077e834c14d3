"""Years of other calendars, days that lie ahead because of them, and digits of other scripts."""

from datetime import date
from pathlib import Path

import pytest

from holdfast.errors import DataError
from holdfast.onboarding import Look
from tests.fuzz.configurations import command
from tests.onboarding.exports import Cell, Export, net, sales
from tests.onboarding.plain import PLAIN, answer, read


def of(write) -> dict[str, Cell]:
    return {**PLAIN, "ordered_at": lambda s: write(s.at)}


def first_and_last() -> tuple[date, date]:
    import holdfast.config as config
    from holdfast.data import read_purchases

    log = read_purchases(config.load_config(Path("x.yaml")).source(Path()))
    days = log.connection.execute(
        "SELECT DATE '1970-01-01' + MIN(day), DATE '1970-01-01' + MAX(day) FROM purchases"
    ).fetchall()[0]
    return tuple(day.date() if hasattr(day, "date") else day for day in days)


@pytest.mark.parametrize(
    ("write", "era"),
    [
        (lambda at: f"{at:%d/%m}/{at.year + 543}", "buddhist"),
        (lambda at: f"{at:%d/%m}/{at.year + 543} {at:%H:%M}", "buddhist"),
        (lambda at: f"{at.year + 543}-{at:%m-%d}", "buddhist"),
        (lambda at: f"{at.year - 1911}/{at:%m/%d}", "minguo"),
        (lambda at: f"{at.year - 1911}年{at.month}月{at.day}日", "minguo"),
        (lambda at: f"令和{at.year - 2018}年{at.month}月{at.day}日", "wareki"),
        (lambda at: f"R{at.year - 2018}.{at.month}.{at.day}", "wareki"),
    ],
)
def test_years_of_another_calendar_are_read_and_stated(write, era):
    Export(of(write)).write(Path("x.csv"))
    told = "\n".join(Look(["x.csv"]).findings({}).told)
    code, said = command("init", "x.csv", "--yes", "--force", "--out", "x.yaml")
    assert code == 0, said
    found, customers, revenue, rejected = read(Path("x.yaml"))
    assert (found["date_format"], customers, round(revenue, 2), rejected) == (era, 60, net(), 0)
    assert f'dates: "ordered_at", {era}, a date of ' in told
    assert first_and_last() == (min(s.at for s in sales()).date(), max(s.at for s in sales()).date())


def test_a_column_without_a_telling_name_is_one_of_dates_too():
    bare = {name: cell for name, cell in PLAIN.items() if name != "ordered_at"}
    Export({"วันที่สั่งซื้อ": lambda s: f"{s.at:%d/%m}/{s.at.year + 543}", **bare}).write(Path("x.csv"))
    assert Look(["x.csv"]).findings({}).settings["columns.ordered_at"] == "วันที่สั่งซื้อ"


def test_two_digits_of_years_that_lie_ahead_are_asked(monkeypatch):
    Export(of(lambda at: f"{at:%d/%m}/{(at.year + 543) % 100}")).write(Path("x.csv"))
    (question,) = Look(["x.csv"]).findings({}).questions
    assert question.key == "date_format"
    assert 'most lines of "ordered_at" lie after today' in question.asked
    assert [c.settings["date_format"] for c in question.choices] == ["buddhist", "%d/%m/%y"]
    answer(monkeypatch, ["1"])
    assert command("init", "x.csv", "--out", "x.yaml", "--force")[0] == 0
    assert read(Path("x.yaml"))[1:] == (60, net(), 0)
    Export(of(lambda at: f"{at:%d/%m/%y}")).write(Path("x.csv"))
    assert not Look(["x.csv"]).findings({}).questions


def test_years_of_the_islamic_calendar_are_refused_with_what_to_do():
    Export(of(lambda at: f"{at.year - 579}/{at:%m/%d}")).write(Path("x.csv"))
    with pytest.raises(DataError, match='"ordered_at" holds years of another calendar'):
        Look(["x.csv"]).findings({})


@pytest.mark.parametrize("digits", ["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"])
def test_digits_of_other_scripts_are_read(digits):
    def typed(text: str) -> str:
        return text.translate(str.maketrans("0123456789.", f"{digits}٫"))

    columns = {**of(lambda at: typed(f"{at:%Y-%m-%d}")), "amount": lambda s: typed(PLAIN["amount"](s))}
    Export(columns).write(Path("x.csv"))
    code, said = command("init", "x.csv", "--yes", "--force", "--out", "x.yaml")
    assert code == 0, said
    assert read(Path("x.yaml"))[1:] == (60, net(), 0)
