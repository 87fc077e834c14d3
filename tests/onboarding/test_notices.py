"""Which column says that a contract that still runs will end, and when."""

from datetime import timedelta

import pytest

from tests.onboarding.contracts import (
    EXPORTED,
    RUNNING,
    Contract,
    begun,
    contracts,
    day,
    init,
    number,
    over,
    plan,
    told,
    written,
)

LEAVING = sum(c.end is None and c.number % 10 == 0 for c in contracts())


def leaves(c: Contract) -> bool:
    """Whether notice was given of a contract that runs."""
    return c.end is None and c.number % 10 == 0


def scheduled(c: Contract) -> str:
    """The day on which a contract will end."""
    return day(EXPORTED + timedelta(days=1 + c.number % 28)) if leaves(c) else ""


def table(**others):
    written({"customer_id": number("k"), "plan": plan, "started_at": begun(), "ended_at": over(), **others})


@pytest.mark.parametrize(
    "name", ["cancel_at", "scheduled_change_effective_at", "Cancellation scheduled for", "Vorgemerkt gekündigt zum"]
)
def test_a_day_ahead_that_few_of_those_that_run_have_is_a_notice(name):
    assert 3 < LEAVING < 0.2 * RUNNING
    table(**{name: scheduled})
    found, said = init()[0], told()
    asked = found["subscriptions"]
    assert (asked["columns"]["ended_at"], asked["columns"]["leaves_at"]) == ("ended_at", name)
    assert "ignore" not in asked
    assert f'leaves_at: "{name}", the day on which {LEAVING} running contracts will end, for notice was given' in said


def test_of_changes_ahead_those_count_that_end_the_contract():
    kinds = {0: "cancel", 1: "pause"}
    changed = lambda c: kinds[c.number // 10 % 2] if leaves(c) else ""  # noqa: E731
    table(scheduled_change_action=changed, scheduled_change_effective_at=scheduled)
    found, said = init()[0], told()
    asked = found["subscriptions"]
    assert asked["columns"]["leaves_at"] == "scheduled_change_effective_at"
    assert asked["columns"]["notice"] == "scheduled_change_action"
    assert asked["notice_values"] == ["cancel"]
    ends = sum(leaves(c) and c.number // 10 % 2 == 0 for c in contracts())
    assert f"the day on which {ends} running contracts will end" in said
    assert 'notice: "scheduled_change_action" says "cancel"; "pause" is no end' in said


@pytest.mark.parametrize("end", ["Current Period End (UTC)", "next_billing_at", "Bezahlt bis"])
def test_a_flag_says_who_leaves_with_the_period(end):
    period = lambda c: day((c.end or EXPORTED) + timedelta(days=3 + c.number % 25))  # noqa: E731
    flag = lambda c: "true" if leaves(c) else "false"  # noqa: E731
    table(**{"cancel_at_period_end": flag, end: period})
    found, said = init()[0], told()
    asked = found["subscriptions"]["columns"]
    assert (asked["leaves_at"], asked["notice"]) == (end, "cancel_at_period_end")
    assert f'"cancel_at_period_end" says that {LEAVING} running contracts will end' in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("auto_renew", lambda c: "false" if leaves(c) else "true"),
        ("Cancellation fee until", scheduled),
        # What most of those that run have is agreed.
        ("cancel_at", lambda c: "" if c.end else day(EXPORTED + timedelta(days=c.number % 300 + 1))),
        # Days that have passed say when it was asked for.
        ("cancel_at", lambda c: day(EXPORTED - timedelta(days=300)) if leaves(c) else ""),
    ],
)
def test_what_is_agreed_and_what_has_passed_is_no_notice(name, value):
    table(**{name: value, "current_period_end": lambda c: day(EXPORTED + timedelta(days=9))})
    assert not {"leaves_at", "notice"} & set(init()[0]["subscriptions"]["columns"])
