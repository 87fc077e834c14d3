"""Contracts that began before 1970, as of unions, insurers and clubs; and days that no table reads."""

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from holdfast.errors import DataError
from holdfast.onboarding import Look
from tests.fuzz.configurations import command
from tests.onboarding.contracts import RUNNING, contracts, init

# Members of a union, since 1951.
LONG = timedelta(days=70 * 365)
AS_OF = date(2021, 3, 1)


def members(form: str = "%Y-%m-%d", *, none: str = "", first: date | None = None) -> None:
    """Half of the members began between 1951 and 1954 and stayed 50 years or more, the others lately."""
    rows = []
    for c in contracts():
        old = c.number % 2
        start = c.start - LONG if old else c.start - timedelta(days=1200)
        end = None if c.end is None else c.end - (timedelta(days=7000) if old else timedelta(days=1200))
        if not c.number and first is not None:
            start = first
        rows.append((f"M{c.number:04}", start.strftime(form), end.strftime(form) if end else none))
    pd.DataFrame(rows, columns=["Member", "Joined", "Left"]).to_csv("x.csv", index=False)


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d.%m.%Y", "%d %b %Y"])
def test_members_since_1951_are_contracts_and_their_days_are_read(form):
    members(form)
    document, _ = init()
    columns = {"customer_id": "Member", "started_at": "Joined", "ended_at": "Left"}
    assert document["subscriptions"]["columns"] == columns
    assert document["subscriptions"].get("date_format") == (None if form == "%Y-%m-%d" else form)
    text = Path("x.yaml").read_text(encoding="utf-8").replace("as_of: <answer>", f"as_of: {AS_OF}")
    Path("x.yaml").write_text(text, encoding="utf-8")
    code, said = command("check", "-c", "x.yaml")
    assert code == 0, said


@pytest.mark.parametrize("none", ["1900-01-01", "1753-01-01", "0001-01-01", "0000-00-00"])
def test_the_first_day_that_a_system_knows_is_no_end(none):
    members(none=none)
    said = "\n".join(Look(["x.csv"]).findings({}).told)
    assert f'contracts from "Joined" to "Left"; {RUNNING} rows still running' in said


def test_a_day_before_1900_is_called_that():
    members(first=date(1867, 7, 1))
    document, _ = init()
    assert document["setting"] == "contractual"
    code, said = command("check", "-c", "x.yaml", "--as-of", str(AS_OF))
    assert code == 3
    assert 'line 2, column "Joined": a day before 1900 (1 such row). 1 different day lies before 1900.' in said
    rows = pd.read_csv("x.csv", dtype=str, keep_default_na=False)
    rows["Joined"] = rows["Joined"].str.replace("^19", "18", regex=True)
    rows.to_csv("x.csv", index=False)
    with pytest.raises(
        DataError, match='"Joined" holds days before 1900, and the days of contracts are read from 1900'
    ):
        Look(["x.csv"]).findings({})


def test_purchases_before_1970_are_called_that():
    rows = [(f"c{i % 10}", f"{1950 + i % 15}-03-{1 + i % 28:02}", "10.50") for i in range(90)]
    pd.DataFrame(rows, columns=["customer", "date", "amount"]).to_csv("x.csv", index=False)
    with pytest.raises(DataError, match='"date" holds days before 1970, and purchases are read from 1970 on'):
        Look(["x.csv"]).findings({})
    Path("x.yaml").write_text(
        "name: x\nas_of: end_of_data\npurchases:\n  path: x.csv\n  columns: {customer_id: customer, ordered_at: date, "
        "amount: amount}\n"
    )
    code, said = command("check", "-c", "x.yaml")
    assert code == 3
    assert "days lie before 1970. Purchases are read from 1970 on" in said
    assert "Set purchases.date_format" not in said


def test_days_of_birth_are_not_taken_for_those_of_purchases():
    rows = [
        (f"c{i % 10}", f"{1940 + 3 * (i % 10)}-03-{1 + i % 10:02}", f"2024-0{1 + i % 9}-{1 + i % 28:02}", "10.50")
        for i in range(90)
    ]
    pd.DataFrame(rows, columns=["customer", "Born", "When", "amount"]).to_csv("x.csv", index=False)
    found = Look(["x.csv"]).findings({})
    assert found.settings["columns.ordered_at"] == "When"
    assert not found.questions
