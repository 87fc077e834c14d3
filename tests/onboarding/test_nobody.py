"""What `holdfast init` never takes for who bought, and for the day of a purchase, whatever else is open."""

from datetime import date, timedelta

import pytest

from holdfast.errors import DataError
from tests.onboarding.looked import day, look, shop

PEOPLE = [
    ["Ann", "Smith"],
    ["Bo", "Jones"],
    ["Cy", "Hill"],
    ["Di", "Smith"],
    ["Ed", "Hill"],
    ["Flo", "King"],
    ["Gus", "Ray"],
]


def orders(beside: dict[str, list[str]], names: bool = True):
    """Look at 140 orders of seven people, with further columns whose values come in turn."""
    rows = [
        [f"o{i}", day(i // 2), "8.50", *(PEOPLE[i % 7] if names else []), *(v[i % len(v)] for v in beside.values())]
        for i in range(140)
    ]
    of_people = ["Voornaam", "Achternaam"] if names else []
    return shop([["Bestelnummer", "Besteldatum", "Bedrag", *of_people, *beside], *rows])


def candidates(found):
    offered = [
        c.settings["columns.customer_id"] for q in found.questions if q.key == "columns.customer_id" for c in q.choices
    ]
    return offered or [found.settings["columns.customer_id"]]


def test_a_first_or_a_last_name_alone_is_nobody_beside_another_column():
    assert candidates(orders({})) == ["Voornaam", "Achternaam"]
    assert candidates(orders({"Blue": [f"p{i}x" for i in range(7)]})) == ["Blue"]


def test_an_address_that_is_another_with_every_order_is_said_to_be():
    with pytest.raises(DataError, match='"E-mail" is another with every purchase, so nobody comes back'):
        orders({"E-mail": [f"a{i}@bol.example" for i in range(140)]})


def test_a_number_of_articles_is_no_customer():
    articles = {"Referentie": [f"SKU{i}" for i in range(20)], "EAN": [f"87{i:011d}" for i in range(20)]}
    assert candidates(orders({**articles, "Blue": [f"p{i}x" for i in range(7)]}, names=False)) == ["Blue"]
    # Beside no column of articles it may be anybody's.
    with_green = {"Referentie": articles["Referentie"], "Blue": [f"p{i}x" for i in range(7)]}
    assert candidates(orders(with_green, names=False)) == ["Referentie", "Blue"]


@pytest.mark.parametrize("name", ["EVSE-ID", "Payout ID", "Ladepunkt"])
def test_a_charger_and_a_payout_are_nobody(name):
    with pytest.raises(DataError, match=f'"{name}" says where, when, with what'):
        orders({name: [f"p{i}x" for i in range(7)]}, names=False)


@pytest.mark.parametrize("name", ["Next Eligible Date", "N\u00e6ste dato", "Prochaine date"])
def test_a_next_date_is_not_that_of_a_purchase(name):
    nexts = [str(date(2023, 3, 1) + timedelta(days=3 * i)) for i in range(120)]
    found = look({name: nexts}, when="Session Date")
    assert (found.settings["columns.ordered_at"], found.questions) == ("Session Date", [])


def test_a_customer_may_be_chosen_who_is_not_offered_with_another_day():
    rows = [
        [str(date(2023, 1, 1) + timedelta(days=i // 3)), str(date(2024, 1, 1) + timedelta(days=i))] for i in range(180)
    ]
    rows = [[*row, "8.50", f"p{i % 9}x", f"q{i // 3}y"] for i, row in enumerate(rows)]
    table = [["First day", "Other day", "Amount", "Blue", "Green"], *rows]
    asked = {q.key: q.choices for q in shop(table).questions}
    first, green = asked["columns.ordered_at"][0], asked["columns.customer_id"][1]
    assert (first.settings, green.settings) == ({"columns.ordered_at": "First day"}, {"columns.customer_id": "Green"})
    answered = shop(table, {"columns.ordered_at": first, "columns.customer_id": green})
    assert answered.settings["columns.customer_id"] == "Green"
