"""The steps of a payment on lines of their own, as a payment service exports them: one of them is the sale."""

from pathlib import Path

import pytest

from holdfast.onboarding.findings import Findings
from tests.fuzz.configurations import command
from tests.onboarding.looked import day, dropped, shop
from tests.onboarding.plain import read

STEPS = ("Received", "Authorised", "SentForSettle", "Settled")
CENTS = [1000 + 7 * (i * 37 % 400) for i in range(400)]
REFUSED, REFUNDED, OPEN = 11, 13, 395


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def payments(*, one_reference: bool = True, words: tuple[str, ...] = STEPS) -> Findings:
    """Payments of 40 shoppers; one in 11 is refused, one in 13 given back, and the last few are not settled yet."""
    lines = [["Psp Reference", "Booking Date", "Main Amount", "Record Type", "Shopper Reference"]]
    for i, cents in enumerate(CENTS):
        steps = [words[0], "Refused"] if i % REFUSED == 0 else list(words[: 3 if i > OPEN else None])
        steps += ["SentForRefund", "Refunded"] if i % REFUNDED == 0 and i % REFUSED else []
        for n, step in enumerate(steps):
            reference = f"Z{i * 7919 % 99991:08}" if one_reference else f"Z{(i * 9 + n) * 7919 % 99991:08}"
            lines.append([reference, day(i), f"{cents / 100:.2f}", step, f"s{i % 40}"])
    return shop(lines)


def test_of_the_steps_of_a_payment_the_first_that_moves_money_is_the_sale():
    found = payments()
    assert found.questions == []
    assert dropped(found) == {"Record Type": ["Authorised", "Received", "Refused", "SentForRefund", "Settled"]}
    assert found.settings["rules.returns"] == [{"column": "Record Type", "values": ["Refunded"]}]
    sales = sum(c for i, c in enumerate(CENTS) if i % REFUSED)
    back = sum(c for i, c in enumerate(CENTS) if i % REFUSED and i % REFUNDED == 0)
    said = f'"SentForSettle" is the sale, 363 lines ({sales / 100:,.2f})'
    assert any(said in line for line in found.told)
    command("init", "x.csv", "--yes")
    assert read(Path("x.yaml"))[2] == pytest.approx((sales - back) / 100)


def test_steps_that_no_reference_joins_are_asked_about_as_before():
    found = payments(one_reference=False)
    assert not any("holds the steps of each" in line for line in found.told)
    assert [q.key for q in found.questions] == ["rules.drop"]


def test_words_that_are_no_steps_leave_a_column_alone():
    found = payments(words=("Received", "Packed", "Shipped", "Delivered"))
    assert not any("holds the steps of each" in line for line in found.told)
