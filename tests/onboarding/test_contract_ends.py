"""Which day is the end of a contract, of several that say that it ended, or will."""

from datetime import timedelta

import pytest

from tests.onboarding.contracts import EXPORTED, Contract, begun, day, init, number, over, plan, written


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def announced(c: Contract) -> str:
    """Two of three ends were announced 20 days before, and some who stay have announced theirs."""
    if c.end and c.number % 3:
        return day(max(c.start, c.end - timedelta(days=20)))
    return day(EXPORTED - timedelta(days=3)) if not c.end and c.number % 5 == 0 else ""


@pytest.mark.parametrize("end", ["Cancelled At", "ended_at", "Austrittsdatum"])
@pytest.mark.parametrize(
    "name",
    [
        *("Cancel Schedule Created At", "Cancel Requested At", "Cancellation Scheduled", "cancel_at_period_end"),
        *("Kündigungseingang", "Opsigelse modtaget", "Date de demande de résiliation", "Opzegging ontvangen"),
    ],
)
def test_an_end_that_was_announced_or_planned_is_not_the_end(name, end):
    written({"Customer Id": number("k"), "Plan Id": plan, "Started At": begun(), name: announced, end: over()})
    found, _ = init()
    assert found["subscriptions"]["columns"]["ended_at"] == end
    assert found["subscriptions"]["ignore"] == [name]
    # Where nothing else says when it ended, the day on which that was announced is what there is.
    if name == "Cancel Requested At":
        written({"Customer Id": number("k"), "Plan Id": plan, "Started At": begun(), name: announced})
        assert init()[0]["subscriptions"]["columns"]["ended_at"] == name


def test_a_recurring_contract_is_not_announced():
    written({"Customer Id": number("k"), "Plan Id": plan, "Started At": begun(), "Recurring end date": over()})
    assert init()[0]["subscriptions"]["columns"]["ended_at"] == "Recurring end date"
