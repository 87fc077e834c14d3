"""Money in millionths, as Google writes it: stated by its name, asked by its size, and never of whole currencies."""

import pytest

from tests.onboarding.looked import day, shop


def rows(name: str, amounts: list[int], code: str = "USD") -> list[list[str]]:
    lines = [[f"c{i % 30}", day(i), str(amounts[i % len(amounts)]), code] for i in range(300)]
    return [["customer_id", "date", name, "currency"], *lines]


@pytest.mark.parametrize("name", ["price_micros", "amount_micros", "priceAmountMicros", "Price Micros"])
def test_a_name_says_millionths(name):
    found = shop(rows(name, [4990000, 990000, 1234567]))
    assert (found.settings["money_in"], found.questions) == ("micros", [])


def test_tens_of_thousands_of_dollars_on_every_line_are_a_question():
    (question,) = shop(rows("amount", [4990000, 990000, 1990000])).questions
    assert (question.key, [c.settings["money_in"] for c in question.choices]) == ("money_in", ["micros", "cents", None])
    assert question.asked == '"amount" holds tens of thousands only, up to 4,990,000. Is 4,990,000 4.99?'


@pytest.mark.parametrize(
    ("amounts", "code"), [([450000, 1990000, 90000], "VND"), ([50000, 100000, 20000], "IDR"), ([49, 99, 120], "USD")]
)
def test_amounts_of_currencies_that_count_in_thousands_are_left_alone(amounts, code):
    found = shop(rows("amount", amounts, code))
    assert ("money_in" in found.settings, found.questions) == (False, [])


@pytest.mark.parametrize(("form", "asked"), [("{}", True), ("{}.00", False), ("{},00", False)])
def test_whole_amounts_beside_ids_of_a_service_are_asked_about_unless_they_are_written_with_cents(form, asked):
    lines = [[f"c{i % 30}", day(i), form.format(900 + i), f"ch_{i:016}"] for i in range(300)]
    found = shop([["customer_id", "date", "gross", "charge_id"], *lines])
    assert [q.asked for q in found.questions] == (
        ['"gross" holds whole numbers only, up to 1,199. Is 1199 11.99 or 1199.00?'] if asked else []
    )
    assert "money_in" not in found.settings
