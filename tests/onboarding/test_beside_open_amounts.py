"""What stands beside an amount is said while it is open which amount: cents of a payment service, and discounts."""

from pathlib import Path

import pytest

from holdfast.onboarding import Look, with_follow_ups
from holdfast.onboarding.findings import Findings
from tests.fuzz.configurations import command
from tests.onboarding.looked import day, shop
from tests.onboarding.plain import read


def followed(rows: list[list[str]]) -> Findings:
    found = shop(rows)
    return with_follow_ups(Look(["x.csv"]), found)


def charges(*names: str, id_of=lambda i: f"txn_01h{i:09}", code: str = "USD") -> list[list[str]]:
    """A month's plan of 39.99 with 20 % of tax, and others, in cents."""
    amounts = [(3999 + 1000 * (i % 4), 4799 + 1200 * (i % 4)) for i in range(300)]
    lines = [[id_of(i), f"c{i % 30}", day(i), code, *map(str, amounts[i][: len(names)])] for i in range(300)]
    return [["id", "customer_id", "date", "currency", *names], *lines]


def test_whole_numbers_beside_ids_of_charges_are_asked_about():
    (question,) = shop(charges("totals.subtotal")).questions
    assert question.asked == '"totals.subtotal" holds whole numbers only, up to 6,999. Is 6999 69.99 or 6999.00?'
    assert (question.key, [c.settings["money_in"] for c in question.choices]) == ("money_in", ["cents", None])


@pytest.mark.parametrize(
    "more",
    [{"id_of": lambda i: f"txn_{i:04}"}, {"id_of": lambda i: f"{i:012}"}, {"code": "JPY"}],
)
def test_ids_of_a_shop_of_its_own_and_yen_ask_nothing(more):
    found = shop(charges("totals.subtotal", **more))
    assert (found.questions, "money_in" in found.settings) == ([], False)


def test_cents_are_asked_about_while_the_amount_is_open():
    found = followed(charges("totals.subtotal", "totals.total"))
    amount, cents = found.questions
    assert (amount.key, cents.key) == ("columns.amount", "money_in")
    assert cents.asked.startswith('if it is "totals.subtotal" or "totals.total": "totals.subtotal" holds whole numbers')
    assert command("init", "x.csv", "--yes")[0] == 2
    text = Path("x.yaml").read_text(encoding="utf-8")
    text = text.replace("amount: <answer>", "amount: totals.subtotal").replace("money_in: <answer>", "money_in: cents")
    Path("x.yaml").write_text(text, encoding="utf-8")
    assert read(Path("x.yaml"))[2] == pytest.approx(sum(39.99 + 10 * (i % 4) for i in range(300)))


def test_whole_numbers_of_two_amounts_without_such_ids_are_told_with_each():
    found = followed(charges("totals.subtotal", "totals.total", id_of=lambda i: f"{i:012}"))
    assert [q.key for q in found.questions] == ["columns.amount"]
    hints = [line for line in found.told if line.startswith("if it is") and "set money_in: cents" in line]
    assert [line[:27] for line in hints] == ['if it is "totals.subtotal":', 'if it is "totals.total": "t']
    assert found.why["money_in"].startswith('if it is "totals.subtotal": cents, if "totals.subtotal" is in hundredths')


def orders(*, off_in_value: bool = False, proved: bool = True) -> list[list[str]]:
    """Orders of which one in three has a discount of 2.00, and all 4.50 of shipping."""
    lines = []
    for i in range(300):
        goods, off = 2000 + 137 * (i % 11), 200 if i % 3 == 0 else 0
        value, total = goods - (off if off_in_value else 0), goods - off + 450 + (0 if proved else 77 * (i % 5))
        cells = [f"{cents / 100:.2f}" for cents in (value, off, 450, total)]
        lines.append([f"c{i % 30}", day(i), str(10_000 + i), *cells])
    return [["Buyer User ID", "Sale Date", "Order ID", "Order Value", "Discount", "Shipping", "Order Total"], *lines]


def test_a_discount_that_another_amount_is_less_of_is_asked_about_while_the_amount_is_open():
    found = followed(orders())
    amount, discount = found.questions
    assert (amount.key, discount.key) == ("columns.amount", "columns.discount")
    assert discount.asked == (
        'if it is "Order Value": "Discount" is not 0 on 100 lines, 200.00 together. '
        'Does it come off "Order Value", as it does in "Order Total"?'
    )
    assert not any("is not taken off" in line for line in found.told)


def test_a_discount_that_is_off_in_both_amounts_is_no_question_of_either():
    found = followed(orders(off_in_value=True))
    assert [q.key for q in found.questions] == ["columns.amount"]


def test_a_discount_that_nothing_proves_is_told_while_the_amount_is_open(monkeypatch):
    found = followed(orders(proved=False))
    assert [q.key for q in found.questions] == ["columns.amount"]
    said = '"Discount" is not 0 on 100 lines, 200.00 together, and is not taken off'
    assert f'if it is "Order Value": {said}: state columns.discount if "Order Value" is of before it' in found.told
    shown: list[str] = []
    monkeypatch.setattr("typer.echo", lambda line, **_: shown.append(line))
    assert command("init", "x.csv", "--yes")[0] == 2
    assert "# discount: if it is" in Path("x.yaml").read_text(encoding="utf-8")
    assert any(said in line for line in shown)
