"""What billing systems write of the present period: dates that move on are ignored, intervals are of the price."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from holdfast.onboarding import Look
from tests.onboarding.contracts import (
    EXPORTED,
    Contract,
    answered,
    begun,
    contracts,
    day,
    init,
    number,
    over,
    plan,
    price,
    told,
    written,
)

RUNS = {"customer_id": number("k"), "plan": plan, "Start Date": begun(), "Ended At": over()}


def period(c: Contract) -> date:
    """The day on which the present, or the last, period began: of two in three it is the first, of a year."""
    until = (c.end or EXPORTED) - timedelta(days=1)
    length = 30 if c.number % 3 == 0 else 3000
    return c.start + timedelta(days=max(0, (until - c.start).days) // length * length)


def test_a_day_that_moves_on_for_some_contracts_is_ignored_and_one_before_the_start_is_not():
    moved = sum(period(c) > c.start for c in contracts())
    assert 0.2 * len(contracts()) < moved < 0.5 * len(contracts())
    written(
        {
            **RUNS,
            "Current Period Start": lambda c: day(period(c)),
            "ordered": lambda c: day(c.start - timedelta(days=c.number % 5)),
        }
    )
    assert init()[0]["subscriptions"]["ignore"] == ["Current Period Start"]
    assert answered()[0] == 0


def test_a_day_of_zeros_where_there_is_none_does_not_hide_that_the_others_lie_after_the_start():
    def charged(c: Contract) -> str:
        return "0" if c.end else day(EXPORTED + timedelta(days=1 + c.number % 28))

    written({**RUNS, "next_payment_date": charged})
    assert init()[0]["subscriptions"]["ignore"] == ["next_payment_date"]
    code, said = answered()
    assert code == 0, said


def test_where_the_start_is_asked_about_dates_are_held_against_the_first():
    written({**RUNS, "Start": lambda c: day(period(c)), "Trial End": lambda c: day(c.start + timedelta(days=14))})
    asked = {q.key for q in Look(["x.csv"]).findings({}).questions}
    assert "columns.started_at" in asked
    assert {"Start", "Trial End"} <= set(init()[0]["subscriptions"]["ignore"])


def test_a_delayed_cancellation_is_a_notice_and_no_end():
    few = {c.number for c in contracts() if not c.end and c.number % 10 == 0}
    written({**RUNS, "delayed_cancel_at": lambda c: day(EXPORTED + timedelta(days=9)) if c.number in few else ""})
    found, said = init()
    columns = found["subscriptions"]["columns"]
    assert (columns["ended_at"], columns["leaves_at"]) == ("Ended At", "delayed_cancel_at")
    assert "columns.ended_at" not in said
    written(
        {
            **{name: cell for name, cell in RUNS.items() if name != "Ended At"},
            "canceled_at": over(),
            "delayed_cancel_at": lambda c: day(EXPORTED + timedelta(days=9)) if c.number in few else "",
        }
    )
    columns = init()[0]["subscriptions"]["columns"]
    assert (columns["ended_at"], columns["leaves_at"]) == ("canceled_at", "delayed_cancel_at")


def months(c: Contract) -> int:
    return (1, 3, 12)[c.number % 3]


@pytest.mark.parametrize("words", [("month", "month", "year"), ("month", "month", "month")])
def test_a_price_of_several_periods_is_divided_by_them(words):
    written(
        {
            **RUNS,
            "billing_period": lambda c: words[c.number % 3],
            "billing_interval": lambda c: 12 if words[2] == "month" and months(c) == 12 else (1, 3, 1)[c.number % 3],
            "order_total": lambda c: c.price * months(c) * 0.99,
        }
    )
    columns = init()[0]["subscriptions"]["columns"]
    assert columns["price"] == "order_total"
    assert (columns["price_per"], columns["price_periods"]) == ("billing_period", "billing_interval")
    assert '"billing_period" says for how long a price pays, "billing_interval" of how many (price_periods): ' in told()
    assert answered()[0] == 0


def test_intervals_of_one_are_not_counted_and_prices_of_one_period_stay():
    written({**RUNS, "per": lambda c: "month", "interval": lambda c: (1, 3)[c.number % 2], "price": price})
    columns = init()[0]["subscriptions"]["columns"]
    assert not {"price_per", "price_periods"} & set(columns)
    assert "is taken to be of one period already" in told()
    written({**RUNS, "per": lambda c: "month", "interval": lambda c: 1, "price": price})
    assert not {"price_per", "price_periods"} & set(init()[0]["subscriptions"]["columns"])


def test_an_interval_of_something_else_takes_no_price_per_away():
    per = {"per": lambda c: ("month", "year")[c.number % 2], "price": lambda c: c.price * (1, 12)[c.number % 2]}
    written({**RUNS, **per, "Contact interval": lambda c: 1 + c.number * 7 % 11})
    columns = init()[0]["subscriptions"]["columns"]
    assert (columns["price_per"], columns.get("price_periods")) == ("per", None)


def test_treatments_are_not_said_to_need_a_tenure_where_the_start_is_only_asked_about():
    written({**RUNS, "Start": lambda c: day(period(c)), "price": price})
    assert "treatments" in init()[0]
    assert "No `treatments`" not in Path("x.yaml").read_text(encoding="utf-8")
    written({**RUNS, "Start": lambda c: day(period(c))})
    init()
    said = Path("x.yaml").read_text(encoding="utf-8")
    assert "# No `treatments`: whether one pays is not known without columns.price.\n" in said
