"""Refunds on lines of their own with amounts above 0, marked by a word."""

from pathlib import Path

import pytest

from holdfast.onboarding.findings import Findings
from tests.fuzz.configurations import command
from tests.onboarding.looked import day, shop
from tests.onboarding.plain import answer, read

CENTS = [1000 + 13 * (i * 37 % 400) for i in range(400)]
EVERY = 16


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def refunds(word: str = "Refund", *, own: bool = True, cents: list[int] = CENTS, orders: bool = False) -> Findings:
    """400 purchases of 40 customers; one in 16 is given back, on a line of its own or by its own state."""
    lines = [["date", "customer_id", "amount", word, *(["order_id"] if orders else [])]]
    said = "Yes" if word == "Refund" else "Refunded"
    kept = "" if word == "Refund" else "Settled"
    for i, amount in enumerate(cents):
        back = i % EVERY == 0
        of = [f"{amount / 100:.2f}"]
        lines.append([day(i), f"c{i % 40}", *of, said if back and not own else kept, *([f"{i}"] if orders else [])])
        if back and own:
            lines.append([day(i + 5), f"c{i % 40}", *of, said, *([f"{9000 + i}"] if orders else [])])
    return shop(lines)


@pytest.mark.parametrize("word", ["Refund", "Status"])
@pytest.mark.parametrize("orders", [False, True])
def test_refunds_with_an_equal_purchase_of_their_customer_are_offered_as_returns_first(monkeypatch, word, orders):
    (question,) = refunds(word, orders=orders).questions
    assert question.key == "rules.drop"
    assert "of customers who bought for the same amounts on other lines" in question.asked
    assert [c.said.split()[0] for c in question.choices] == ["returns:", "drop", "keep"]
    answer(monkeypatch, ["1"])
    command("init", "x.csv")
    back = sum(c for i, c in enumerate(CENTS) if i % EVERY == 0)
    assert read(Path("x.yaml"))[2] == pytest.approx((sum(CENTS) - back) / 100)


def test_orders_in_a_state_of_their_own_are_dropped_or_kept():
    (question,) = refunds("Status", own=False, orders=True).questions
    assert [c.said.split()[0] for c in question.choices] == ["drop", "keep"]


def test_where_prices_are_few_equal_amounts_prove_nothing():
    (question,) = refunds("Status", cents=[999] * 400).questions
    assert [c.said.split()[0] for c in question.choices] == ["drop", "keep", "returns:"]


@pytest.mark.parametrize("cents", [CENTS, [1999, 4999, 9999, 14999] * 100])
def test_refunds_named_by_a_column_of_actions_are_offered_as_returns_first(monkeypatch, cents):
    lines = [["ID", "date", "customer_id", "amount", "Action"]]
    for i, amount in enumerate(cents):
        who = f"c{i * 7 % 200}"
        lines.append([f"{8000 + 2 * i}", day(i), who, f"{amount / 100:.2f}", "Charge"])
        if i % 8 == 0:
            lines.append([f"{8001 + 2 * i}", day(i + 5), who, f"{amount / 100:.2f}", "Refund"])
    found = shop(lines)
    if cents is not CENTS:
        # Few prices: that a refund repeats one proves nothing, and nothing is said of it.
        assert not found.questions
        return
    (question,) = found.questions
    assert "50 lines (1,774.00) refunded (100% of them repeat customer and amount of a line" in question.asked
    assert [c.said.split()[0] for c in question.choices] == ["returns:", "drop", "keep"]
    answer(monkeypatch, ["1"])
    command("init", "x.csv")
    back = sum(c for i, c in enumerate(cents) if i % 8 == 0)
    assert read(Path("x.yaml"))[2] == pytest.approx((sum(cents) - back) / 100)
