"""Two prices beside a quantity are alternatives that multiply; two columns that are one are no question."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import yaml

from holdfast.onboarding.findings import Findings
from tests.fuzz.configurations import command
from tests.onboarding.looked import day, shop
from tests.onboarding.plain import read

PRICES = {"Wholesale Price": 500, "Retail Price": 1100}
"""Of the first product, in hundredths; each further one costs a tenth more."""


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def quantity(i: int) -> int:
    return 6 * (1 + i % 4)


def price(i: int, name: str) -> int:
    return PRICES[name] * (10 + i % 7) // 10


def worth(name: str) -> int:
    """Return what 210 lines come to at a price, in hundredths."""
    return sum(quantity(i) * price(i, name) for i in range(210))


def lines(names: Sequence[str], cells: Callable[[int], Sequence[str]], dates: Sequence[str] = ("date",)) -> Findings:
    rows = [["customer_id", "SKU", *dates, *names]]
    return shop([*rows, *([f"c{i % 30}", f"S{i % 7}", *[day(i)] * len(dates), *cells(i)] for i in range(210))])


def two_prices(i: int) -> list[str]:
    return [str(quantity(i)), *(f"${price(i, name) / 100:.2f}" for name in PRICES)]


def test_each_price_is_an_alternative_times_the_quantity_with_its_sum():
    (question,) = lines(["Quantity", *PRICES], two_prices).questions
    assert [dict(c.settings) for c in question.choices] == [
        {"columns.quantity": "Quantity", "columns.unit_price": name} for name in PRICES
    ]
    for name in PRICES:
        assert f'"Quantity" × "{name}" comes to {worth(name) / 100:,.2f}' in question.asked


@pytest.mark.parametrize("name", PRICES)
def test_what_the_alternative_writes_reads_what_was_paid(name):
    lines(["Quantity", *PRICES], two_prices)
    assert command("init", "x.csv", "--yes")[0] == 2
    text = Path("x.yaml").read_text(encoding="utf-8")
    assert f"and here: unit_price: {name}" in text
    assert "quantity: Quantity\n" in text
    assert "your answer\n" not in text
    given = yaml.safe_load(text)
    columns = given["purchases"]["columns"]
    del columns["amount"]
    columns["unit_price"] = name
    Path("y.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")
    assert read(Path("y.yaml"))[2] == pytest.approx(worth(name) / 100)


def test_of_two_prices_the_one_that_grows_with_the_quantity_is_not_multiplied():
    def cells(i: int) -> list[str]:
        each = price(i, "Wholesale Price")
        return [str(quantity(i)), f"{quantity(i) * each / 100:.2f}", f"{2 * each / 100:.2f}"]

    (question,) = lines(["Quantity", *PRICES], cells).questions
    assert [dict(c.settings) for c in question.choices] == [
        {"columns.amount": "Wholesale Price"},
        {"columns.quantity": "Quantity", "columns.unit_price": "Retail Price"},
    ]


def test_of_two_quantities_none_hides_a_price_of_the_line():
    def cells(i: int) -> list[str]:
        each, shipped = price(i, "Retail Price"), quantity(i) - i % 2
        return [str(one) for one in (quantity(i), i % 2, each / 100, shipped * each / 100)]

    (question,) = lines(["Qty Ordered", "Qty Backordered", "Unit Price", "Extended Price"], cells).questions
    assert {"columns.amount": "Extended Price"} in [dict(c.settings) for c in question.choices]


@pytest.mark.parametrize("pieces", [True, False])
def test_prices_and_days_that_are_the_same_on_every_line_are_no_question(pieces):
    def cells(i: int) -> list[str]:
        cost = f"{price(i, 'Retail Price') / 100:.2f}"
        return [*([str(quantity(i))] if pieces else []), cost, cost]

    names = [*(["Quantity"] if pieces else []), "List Price", "Final Price"]
    found = lines(names, cells, dates=["created_utc", "created"])
    assert not found.questions
    assert found.settings["columns.ordered_at"] == "created_utc"
    assert found.settings["columns.unit_price" if pieces else "columns.amount"] == "List Price"
    # One line on which they differ is enough.
    rows = [line.split(";") for line in Path("x.csv").read_text(encoding="utf-8").splitlines()]
    rows[9][-1] = "3.00"
    (question,) = shop(rows).questions
    assert len(question.choices) == 2


def test_a_second_tax_that_is_0_on_every_line_does_not_hide_the_first():
    def cells(i: int) -> list[str]:
        net, tax = quantity(i) * price(i, "Retail Price"), 100 + i
        return [str(one / 100) for one in (100 * quantity(i), price(i, "Retail Price"), tax, 0, net + tax)]

    found = lines(["Quantity", "Price", "Tax 1 Amount", "Tax 2 Amount", "Line Total"], cells)
    assert (found.settings["columns.amount"], found.questions) == ("Line Total", [])
    assert '"Line Total" is quantity × price with "Tax 1 Amount" in it: these count already' in found.told
