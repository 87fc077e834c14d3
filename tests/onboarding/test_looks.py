"""Two looks at the same files find the same, so that the tests may look once (``conftest.py``)."""

from dataclasses import asdict
from pathlib import Path

import pytest

from holdfast.onboarding import Look
from tests.onboarding.contracts import begun, number, over, plan, price
from tests.onboarding.contracts import written as contracts_written
from tests.onboarding.exports import Export, day
from tests.onboarding.plain import PLAIN

anew = Look.findings


def found(look: Look) -> dict:
    given = asdict(anew(look, {}))
    for question in given["questions"]:
        del question["fits"]
    return given


def purchases() -> None:
    Export(PLAIN | {"ordered_at": day("%d/%m/%y"), "Status": lambda s: "paid" if s.order % 3 else "void"}).write(
        Path("x.csv")
    )


def contracts() -> None:
    contracts_written({"id": number(), "Start": begun(), "End": over(), "Plan": plan, "Price": price})


@pytest.mark.parametrize("write", [purchases, contracts])
def test_two_looks_at_a_file_find_the_same(write):
    write()
    first = found(Look(["x.csv"]))
    assert first["told"]
    assert first["settings"]
    assert found(Look(["x.csv"])) == first


def test_a_test_that_changes_a_file_or_what_it_was_told_looks_anew():
    purchases()
    first = Look(["x.csv"]).findings({})
    before = list(first.told)
    first.told.clear()
    first.settings.clear()
    assert Look(["x.csv"]).findings({}).told == before
    assert Look(["x.csv"]).findings({}).settings
    contracts()
    assert Look(["x.csv"]).findings({}).section == "subscriptions"
