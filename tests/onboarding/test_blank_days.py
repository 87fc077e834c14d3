"""A column of days that most lines lack is of what happened to some of them, whatever it is called."""

import pytest

from holdfast.onboarding.findings import Findings
from tests.onboarding.looked import day, shop


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def events(every: int, other: str = "Purchase Date", first: str = "Event Date") -> Findings:
    """300 events, of which one in so many has another day, too."""
    rows = [
        [day(i), f"c{i % 30}", f"{10 + i % 7}.50", day(max(0, i - 3)) if i % every == 0 else ""] for i in range(300)
    ]
    return shop([[first, "Customer ID", "Amount", other], *rows])


@pytest.mark.parametrize("every", [3, 75])
def test_a_day_that_most_lines_lack_is_not_that_of_the_purchase(every):
    found = events(every)
    assert (found.settings["columns.ordered_at"], found.questions) == ("Event Date", [])
    blank = 300 - len(range(0, 300, every))
    said = (
        f'"Purchase Date" is blank on {blank} lines ({blank / 300:.1%}): left aside, as "Event Date" has a day on every'
    )
    assert any(line.startswith(said) for line in found.told)


def test_no_question_names_a_day_that_most_lines_lack():
    found = events(4, "Bank Rec. Date", first="Date")
    assert (found.settings["columns.ordered_at"], found.questions) == ("Date", [])


def test_a_day_that_few_lines_lack_is_chosen_by_its_name():
    assert events(1).settings["columns.ordered_at"] == "Purchase Date"
