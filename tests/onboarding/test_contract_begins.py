"""Rows of a table of contracts that never began, and what init says of the others."""

from pathlib import Path

import pandas as pd

from holdfast.onboarding.look import Look
from tests.onboarding.contracts import RUNNING, answered, begun, day, init, number, over, price, written


def subscribers(free: int) -> None:
    """Write paying subscribers, and below them so many people who never paid."""
    written(
        {
            "Email": lambda c: f"{number()(c)}@example.com",
            "Name": lambda c: f"Jane {c.number}",
            "Start date": begun(),
            "Cancel date": over(),
            "Expiration date": lambda c: day((c.end or pd.Timestamp("2024-06-20")) + pd.Timedelta(days=9)),
            "Revenue": price,
        }
    )
    with Path("x.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"free{n}@example.com,,,,,0\n" for n in range(free))


def test_people_who_never_began_are_said_and_change_nothing_that_is_said_of_the_others():
    subscribers(0)
    alone = Look(["x.csv"]).findings({})
    subscribers(400)
    beside = Look(["x.csv"]).findings({})
    said = (
        '"Start date": blank in 400 rows: people who never began or never paid, or whose start was not carried over. '
    )
    assert beside.told[1].startswith(said)
    assert beside.told[2:] == alone.told[1:]
    assert beside.settings == {**alone.settings, "missing_start": "drop"}
    assert beside.settings["columns.ended_at"] == "Cancel date"
    assert f"{RUNNING} rows still running" in " ".join(beside.told)
    assert "Name" not in beside.settings["ignore"]


def test_check_says_that_they_are_blank_and_its_advice_works():
    subscribers(400)
    init()
    stated = Path("x.yaml").read_text(encoding="utf-8")
    assert "missing_start: drop" in stated
    assert answered()[0] == 0
    Path("x.yaml").write_text(stated.replace("missing_start: drop", "missing_start: reject"), encoding="utf-8")
    code, said = answered()
    assert code == 3
    assert (
        'line 242, column "Start date": there is no day (400 such rows). Nothing began there, it seems (people who '
        "never paid, say): subscriptions.missing_start: drop leaves these rows out"
    ) in said
    assert "Set ." not in said
