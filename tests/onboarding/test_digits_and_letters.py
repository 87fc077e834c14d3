"""Days of six digits, and ids of orders that are hexadecimal: what their digits and letters mean, and do not."""

import hashlib
import uuid
from pathlib import Path

import pytest

from holdfast.onboarding import Look
from tests.onboarding.exports import POINT, Export, amount, day, plain
from tests.onboarding.looked import day as shown
from tests.onboarding.looked import shop


@pytest.mark.parametrize("form", ["%y%m%d", "%d%m%y", "%m%d%y"])
def test_days_of_six_digits_are_offered_in_every_order_that_reads_them_all(form):
    Export({"sale date": day(form), "customer_id": plain("C"), "amount": amount(POINT)}).write(Path("x.csv"))
    found = Look(["x.csv"]).findings({})
    offered = [c.settings["date_format"] for q in found.questions for c in q.choices]
    assert form in (offered or [found.settings["date_format"]])
    assert not any("no one format" in q.asked for q in found.questions)


@pytest.mark.parametrize("ids", ["uuid", "hex"])
def test_letters_at_the_front_of_hexadecimal_orders_ask_nothing(ids):
    digest = lambda s: hashlib.md5(str(s.order).encode()).hexdigest()  # noqa: E731, S324
    written = {"hex": lambda s: digest(s)[:8], "uuid": lambda s: str(uuid.UUID(digest(s)))}[ids]
    columns = {"order_id": written, "date": day("%Y-%m-%d"), "customer_id": plain("C"), "amount": amount(POINT)}
    Export(columns).write(Path("x.csv"))
    assert Look(["x.csv"]).findings({}).questions == []


def test_letters_with_which_all_ids_begin_mark_no_kind_of_orders():
    """PM0001A4, in hexadecimal figures: of those that have no letter behind PM nothing is special."""
    rows = [[f"PM{i * 7919 % 65_521:04X}", shown(i), f"c{i % 30}", "10.50"] for i in range(400)]
    few = sum(row[0][2:].isdigit() for row in rows)
    assert 50 < few < 0.3 * len(rows)
    found = shop([["id", "created_at", "customer", "amount"], *rows])
    assert (found.questions, [k for k in found.settings if k.startswith("rules.cancellations")]) == ([], [])
