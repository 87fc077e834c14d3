"""Names of people beside their numbers: people share names, so the number is the customer, or it is asked."""

from pathlib import Path

import pytest

from holdfast.onboarding import Look
from tests.onboarding.contracts import begun, contracts, init, number, over, plan, price, told, written
from tests.onboarding.exports import Export
from tests.onboarding.test_who_bought import BARE, name

# Of 240 members four in ten share their name with somebody.
FIRST, LAST = ("Ann", "Bo", "Ida", "Ole", "Uwe", "Eva", "Max"), ("Berg", "Li", "Sand", "Holm", "Koch", "Roth")


def called(c) -> str:
    return f"{LAST[c.number % 6]}, {FIRST[c.number % 7]}"


def gym(who: str, cell=number()) -> dict:  # noqa: B008
    columns = {"Member": called, "Plan": plan, "Start Date": begun(), "End Date": over(), "Fee": price}
    return {"Contract ID": lambda c: 5000 + c.number, who: cell, **columns}


@pytest.mark.parametrize("who", ["Member Number", "Member No.", "Customer Number", "Client ID"])
def test_the_number_of_a_member_is_the_customer_of_contracts_and_not_the_name(who):
    written(gym(who))
    found, _ = init()
    assert found["subscriptions"]["columns"]["customer_id"] == who
    assert found["subscriptions"]["ignore"] == ["Member"]
    assert f'customer_id: "{who}" (240 customers on 240 lines)' in told()


def test_a_barcode_of_cards_that_comes_back_is_asked_beside_names_in_contracts():
    written(gym("Barcode", lambda c: 7000 + c.number % 100) | {"Member": lambda c: called(contracts()[c.number % 100])})
    (question,) = [q for q in Look(["x.csv"]).findings({}).questions if q.key == "columns.customer_id"]
    assert [choice.settings["columns.customer_id"] for choice in question.choices] == ["Barcode", "Member"]
    assert '"Barcode" stands beside "Member", which holds names' in question.asked


def test_names_stay_the_customer_where_a_number_beside_them_is_of_somebody_else():
    written(gym("Member Group ID", lambda c: f"G{c.number % 9}"))
    assert 'customer_id: "Member" (42 customers on 240 lines)' in told()


def test_a_barcode_of_cards_is_offered_beside_names_of_who_bought_and_one_of_articles_is_not():
    Export({"Barcode": lambda s: f"{7000 + s.customer}", "Member": name, **BARE}).write(Path("x.csv"))
    (question,) = [q for q in Look(["x.csv"]).findings({}).questions if q.key == "columns.customer_id"]
    assert [choice.said for choice in question.choices] == ['"Member", 20 different', '"Barcode", 60 different']
    Export({"Barcode": lambda s: f"{7000 + s.order % 90}", "Member": name, **BARE}).write(Path("x.csv"))
    assert Look(["x.csv"]).findings({}).settings["columns.customer_id"] == "Member"
