"""Returns in a file beside the orders, and customers of orders whose contacts share names."""

from pathlib import Path

import pytest

from holdfast.onboarding import Look
from tests.fuzz.configurations import command
from tests.onboarding.looked import day
from tests.onboarding.plain import read


def orders(n: int = 300) -> None:
    rows = [f"{day(i)},o{1000 + i},{f'{i % 30:02d}-C'},10.50" for i in range(n)]
    Path("orders.csv").write_text("\n".join(["Date,Order ID,Customer ID,Amount", *rows]) + "\n")


def returns(first: int = 1000, names: str = "Returned,Order ID") -> None:
    Path("returns.csv").write_text("\n".join([names, *(f"Yes,o{first + 10 * i}" for i in range(20))]) + "\n")


def test_orders_that_another_file_calls_returned_are_asked_and_leave_the_log():
    orders()
    returns()
    found = Look(["orders.csv", "returns.csv"]).findings({})
    assert found.settings["lookups"] == [{"path": "returns.csv", "by": "Order ID"}]
    (question,) = found.questions
    assert '"Returned" says 20 lines (210.00) refunded' in question.asked
    drop = [{"column": "Returned", "values": ["Yes"]}]
    assert question.choices[0].settings == {"rules.drop": drop}
    command("init", "orders.csv", "returns.csv", "--yes", "--out", "x.yaml")
    text = Path("x.yaml").read_text()
    Path("x.yaml").write_text(text.replace("drop: <answer>", 'drop: [{column: Returned, values: ["Yes"]}]'))
    assert read(Path("x.yaml"))[2] == pytest.approx(280 * 10.5)


@pytest.mark.parametrize(("first", "names"), [(900_000, "Returned,Order ID"), (1000, "Note,Order ID")])
def test_a_file_of_other_orders_or_of_other_words_says_nothing_of_returns(first, names):
    orders()
    returns(first, names)
    found = Look(["orders.csv", "returns.csv"]).findings({})
    assert ("lookups" in found.settings, [q.key for q in found.questions]) == (False, [])


def test_a_file_of_customers_whose_contacts_share_names_is_one():
    orders()
    rows = [f"{i:02d}-C,{('Ann Li', 'Bo Berg')[i % 2]},Berlin" for i in range(30)]
    Path("people.csv").write_text("\n".join(["Customer ID,Contact Name,City", *rows]) + "\n")
    ((_, said),) = Look(["orders.csv", "people.csv"]).findings({}).others
    assert said.startswith("this looks like a table of customers")
