"""Prices of contracts in hundredths of their currency: said or asked, never counted a hundred times."""

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from holdfast.onboarding.look import Look
from tests.onboarding.contracts import Cell, Contract, begun, contracts, init, number, over, plan, price, written


def hundredfold(c: Contract) -> int:
    return 100 * c.price


def table(**columns: Cell) -> str:
    """Write contracts with these columns, and return what is said of them."""
    written({"customer_id": number("C"), "start": begun(), "end": over(), "plan": plan, **columns})
    return "\n".join(Look(["x.csv"]).findings({}).told)


@pytest.mark.parametrize("prefix", ["sub_1Pq", "pri_01h"])
@pytest.mark.parametrize("name", ["unit_price_amount", "unit_amount", "Price Amount", "amount"])
def test_whole_numbers_beside_ids_of_an_interface_are_in_hundredths(prefix, name):
    said = table(**{"ref": number(prefix), name: hundredfold})
    assert (
        f'price: "{name}", from 19 to 49; in hundredths, as billing systems write money: 4,900 is 49.00 (money_in: '
        "cents)"
    ) in said
    found, _ = init()
    assert found["subscriptions"]["columns"]["price"] == name
    assert found["subscriptions"]["money_in"] == "cents"
    assert found["treatments"]


@pytest.mark.parametrize(
    "columns",
    [
        {"price": lambda c: 100 * c.price + 99},
        {"price": lambda c: 100 * c.price + (90 if c.price > 20 else 0)},
        {"ref": number("sub_1Pq"), "price": hundredfold},
        {"price": lambda c: 100 * c.price + 95, "billing": lambda c: "Annual"},
    ],
    ids=["1999", "1990", "ids", "a year"],
)
def test_with_one_sign_it_is_asked(columns):
    table(**columns)
    (asked,) = [q for q in Look(["x.csv"]).findings({}).questions if q.key == "columns.price"]
    assert '"price" holds whole numbers only, from ' in asked.asked
    whole, hundredths = (Look(["x.csv"]).findings({"columns.price": asked.answer(n)}) for n in "12")
    assert whole.settings["columns.price"] == "price"
    assert whole.settings.get("period_days") == (365 if "billing" in columns else None)
    assert "money_in" not in whole.settings
    assert (hundredths.settings["columns.price"], hundredths.settings["money_in"]) == ("price", "cents")
    assert hundredths.settings.get("period_days") == whole.settings.get("period_days")
    init()
    text = Path("x.yaml").read_text(encoding="utf-8")
    assert "price: <answer>" in text
    assert "(in hundredths: " in text


def months_price(c: Contract) -> int:
    return {19: 450, 29: 900, 49: 1200}[c.price]


RIGHT = {
    "whole units": ({"price": price}, "from 19 to 49"),
    "crowns a month": ({"price": months_price}, "from 450 to 1,200"),
    "yen, as the file says": ({"price": hundredfold, "currency": lambda c: "JPY"}, "from 1,900 to 4,900"),
    "crowns beside ids": ({"ref": number("sub_1Pq"), "amount": hundredfold, "valuta": lambda c: "DKK"}, "from 1,900"),
    "premiums": ({"premium": lambda c: 500 + 7 * c.number}, "from 500 to 2,173"),
    "hundreds": ({"price": hundredfold}, "from 1,900 to 4,900"),
    "fifties": ({"price": lambda c: 50 * c.price}, "from 950 to 2,450"),
    "crowns in Swedish": ({"månadsavgift": lambda c: 100 * c.price + 99}, "from 1,999 to 4,999"),
    "plans called pro_monthly": ({"ref": lambda c: f"pro_{c.plan.lower()}", "amount": price}, "from 19 to 49"),
    "whole money beside ids": ({"ref": number("sub_1Pq"), "amount": price}, "from 19 to 49"),
    "with decimals": ({"ref": number("sub_1Pq"), "amount": lambda c: f"{c.price}.50"}, "from 19.50 to 49.50"),
}


@pytest.mark.parametrize(("columns", "range_"), RIGHT.values(), ids=RIGHT)
def test_prices_that_are_whole_stay_and_are_named_with_the_plan(columns, range_):
    said = table(**columns)
    name = next(n for n in columns if n in ("price", "amount", "premium", "månadsavgift"))
    assert f'price: "{name}", {range_}' in said
    assert 'plan: "plan" (3 different ones)' in said
    found, _ = init()
    assert found["subscriptions"]["columns"]["price"] == name


@pytest.mark.parametrize("name", ["yearly_fee", "årspris", "annual_premium", "Jahresbeitrag"])
@pytest.mark.parametrize("cents", [0, 99])
def test_what_a_year_costs_is_whole_money_of_365_days(name, cents):
    table(**{name: lambda c: 100 * c.price + cents})
    assert [q.key for q in Look(["x.csv"]).findings({}).questions if q.key == "columns.price"] == []
    found, _ = init()
    assert found["subscriptions"]["columns"]["price"] == name
    assert found["subscriptions"]["period_days"] == 365
    assert found["treatments"]


def by_the_year(c: Contract) -> bool:
    return c.number % 3 == 0


def test_prices_of_a_month_and_of_a_year_say_of_which_they_are():
    cost = lambda c: 10 * c.price if by_the_year(c) else c.price  # noqa: E731
    said = table(price=cost, billing_interval=lambda c: "year" if by_the_year(c) else "month")
    years = sum(map(by_the_year, contracts()))
    assert (
        f'price_per: "billing_interval" says for how long a price pays: "month" ({len(contracts()) - years} rows) and '
        f'"year" ({years} rows)'
    ) in said
    found, _ = init()
    columns = found["subscriptions"]["columns"]
    assert (columns["price"], columns["price_per"]) == ("price", "billing_interval")
    # What is of one period already, whoever pays it by the year, stays as it is.
    said = table(price=price, billing_interval=lambda c: "year" if by_the_year(c) else "month")
    assert 'about as much, so "price" is taken to be of one period already' in said
    assert "price_per" not in init()[0]["subscriptions"]["columns"]


@pytest.mark.parametrize("name", ["Pledge Amount", "membership_fee", "Recurring Amount"])
def test_what_members_pledge_is_the_price_and_free_ones_pay_nothing(name):
    free = lambda c: c.number % 7 == 1  # noqa: E731
    cost = lambda c: 0 if free(c) else (12 if by_the_year(c) else 1) * c.price + 0.5  # noqa: E731
    per = {"Charge Frequency": lambda c: "" if free(c) else "annual" if by_the_year(c) else "monthly"}
    said = table(**{name: cost, **per})
    assert f'price: "{name}", from ' in said
    columns = init()[0]["subscriptions"]["columns"]
    assert (columns["price"], columns["price_per"]) == (name, "Charge Frequency")


PAID = {"point": "{}.00", "comma": "{},00", "four": "{}.0000", "sign": "{}.00 €"}
KEPT = {"workbook": "x.xlsx", "of two decimals": "x.parquet", "floats": "x.parquet", "integers": "x.parquet"}


@pytest.mark.parametrize("form", PAID.values(), ids=PAID)
def test_prices_written_with_cents_are_never_in_hundredths(form):
    cost = lambda c: form.format(10 * c.price if by_the_year(c) else c.price)  # noqa: E731
    said = table(id=number("sub_1Pq"), amount=cost, Interval=lambda c: "year" if by_the_year(c) else "month")
    assert 'price: "amount", from 19 to 490' in said
    assert 'price_per: "Interval" says for how long a price pays: "month" (160 rows) and "year" (80 rows)' in said
    subscriptions = init()[0]["subscriptions"]
    assert subscriptions["columns"]["price_per"] == "Interval"
    assert "money_in" not in subscriptions


@pytest.mark.parametrize("kept", KEPT)
def test_where_19_00_may_be_kept_as_19_it_is_asked(kept):
    columns = {"customer_id": number("C"), "start": begun(), "end": over(), "plan": plan, "amount": hundredfold}
    rows = pd.DataFrame({n: [cell(c) for c in contracts()] for n, cell in columns.items()})
    rows["ref"] = [number("sub_1Pq")(c) for c in contracts()]
    if kept == "workbook":
        rows.to_excel(KEPT[kept], index=False)
    else:
        cast = {"of two decimals": "DECIMAL(10,2)", "floats": "DOUBLE", "integers": "BIGINT"}[kept]
        duckdb.sql(f"SELECT * REPLACE (CAST(amount AS {cast}) AS amount) FROM rows").write_parquet(KEPT[kept])
    found = Look([KEPT[kept]]).findings({})
    asked = [q.asked for q in found.questions if q.key == "columns.price"]
    if kept in ("workbook", "floats"):
        assert asked == [
            '"amount" holds whole numbers only, from 1,900 to 4,900. Does the dearest contract cost 4,900.00, or 49.00?'
        ]
    else:
        assert not asked
        assert found.settings.get("money_in") == ("cents" if kept == "integers" else None)


def test_whole_numbers_of_which_one_would_be_below_5_are_asked_about():
    table(id=number("sub_1Pq"), amount=lambda c: 10 * c.price)
    asked = [q.asked for q in Look(["x.csv"]).findings({}).questions if q.key == "columns.price"]
    assert asked == [
        '"amount" holds whole numbers only, from 190 to 490. Does the dearest contract cost 490.00, or 4.90?'
    ]


@pytest.mark.parametrize("name", ["price_in_cents", "price"])
def test_a_first_offer_is_a_tenth_of_the_price_in_currency(name):
    table(**{name: lambda c: c.price * (100 if "cents" in name else 1)})
    (offer,) = init()[0]["treatments"]
    assert offer["offer_cost"] == 3.0
    assert "# where the offer is used: about a tenth of a usual price (29.00)" in Path("x.yaml").read_text()
