"""Prices in hundredths, and prices that pay for different periods, as those of one period in currency."""

import pandas as pd
import pytest

from holdfast import make_config, prepare
from holdfast.errors import ConfigError, DataError
from tests.pipeline.contracts import snapshot

SPELLS = pd.DataFrame(
    {
        "who": [f"C{i}" for i in range(6)],
        "start": "2023-01-01",
        "end": None,
        "fee": ["1000", "3000", "12000", "250", "0", None],
        "per": ["monthly", "Quarter", "jährlich", "week", "lifetime", "lifetime"],
    }
)


def priced(frame=SPELLS, **changes):
    columns = {"customer_id": "who", "started_at": "start", "ended_at": "end", "price": "fee", "price_per": "per"}
    given = {"columns": columns, "money_in": "cents", **changes}
    config = make_config({"name": "c", "setting": "contractual", "as_of": "2023-06-01", "subscriptions": given})
    prepared = prepare(config, subscriptions=frame)
    return prepared.contracts.spells.frame.sort_values("customer_id")["price"].tolist()


def test_prices_are_of_a_month_in_currency():
    a_week = 2.5 * 365.25 / 12 / 7
    assert priced() == pytest.approx([10, 10, 10, a_week, 0, float("nan")], nan_ok=True)
    assert priced(money_in="units")[0] == 1000


@pytest.mark.parametrize(("days", "months"), [(30, 1), (31, 1), (91, 3), (365, 12), (366, 12), (14, 14 * 12 / 365.25)])
def test_prices_are_of_the_period_that_is_stated(days, months):
    assert priced(period_days=days)[:3] == pytest.approx([10 * months] * 3)


def test_a_price_may_be_of_several_periods():
    several = SPELLS.assign(n=["1", "2", "1", "4", "", "0"])
    columns = {"customer_id": "who", "started_at": "start", "ended_at": "end", "price": "fee", "price_per": "per"}
    found = priced(several, columns={**columns, "price_periods": "n"})
    assert found == pytest.approx([10, 5, 10, 2.5 * 365.25 / 12 / 28, 0, float("nan")], nan_ok=True)
    with pytest.raises(DataError, match=r'line 2, column "n": price_periods must be a number'):
        priced(several.assign(n=["1", "two", "1", "4", "", "0"]), columns={**columns, "price_periods": "n"})
    with pytest.raises(ConfigError, match="price_periods needs price_per"):
        priced(several, columns={k: v for k, v in columns.items() if k != "price_per"} | {"price_periods": "n"})


def test_a_period_that_is_not_known_is_refused_where_something_is_paid():
    wrong = SPELLS.assign(per=["monthly", "sometimes", "year", "week", "x", None])
    with pytest.raises(
        DataError, match=r'line 2, column "per": this says no period that is known \(1 such row\)\. Write'
    ):
        priced(wrong)
    with pytest.raises(DataError, match="2 such rows"):
        priced(wrong.assign(per=["monthly", None, "year", "monthly or yearly", "x", None]))
    with pytest.raises(ConfigError, match="price_per says for how long price pays, and there is no price"):
        priced(columns={"customer_id": "who", "started_at": "start", "ended_at": "end", "price_per": "per"})


def test_of_a_snapshot_the_column_itself_is_divided():
    table = snapshot(200)
    columns = {k: k for k in ("customer_id", "tenure", "plan", "price")} | {"label": "gone"}
    settings = {"name": "c", "setting": "contractual"}
    whole, cents = (
        prepare(make_config(settings | {"subscriptions": {"columns": columns, "money_in": unit}}), subscriptions=frame)
        for unit, frame in (("units", table), ("cents", table.assign(price=(table["price"] * 100).round().astype(int))))
    )
    prices = [[float(p) for p in found.contracts.rows["price"]] for found in (whole, cents)]
    assert prices[0] == pytest.approx(prices[1])


def test_rows_that_never_began_are_left_out_and_counted():
    table = SPELLS.assign(start=["2023-01-01", None, "2023-01-03", None, "2023-01-05", None])
    with pytest.raises(DataError, match=r"there is no day \(3 such rows\).*subscriptions.missing_start: drop leaves"):
        priced(table)
    columns = {"customer_id": "who", "started_at": "start", "ended_at": "end"}
    given = {"columns": columns, "missing_start": "drop"}
    config = make_config({"name": "c", "setting": "contractual", "as_of": "2023-06-01", "subscriptions": given})
    prepared = prepare(config, subscriptions=table)
    assert "  3 that never began dropped (subscriptions.missing_start)" in prepared.said().splitlines()
    account = prepared.account
    assert (account["rows_in"], account["kept"], account["without_start"], account["customers"]) == (6, 3, 3, 3)


def test_prices_of_so_many_days_are_divided_too():
    frame = SPELLS.assign(fee=["30", "90", "410", "7", "30", None], per=["30", "90", "410", "7", "0", "30"])
    found = priced(frame, money_in="units")
    months = [1, 3, 410 * 12 / 365.25, 7 * 12 / 365.25, 1]
    assert found[:5] == pytest.approx([fee / of for fee, of in zip((30, 90, 410, 7, 30), months, strict=True)])


@pytest.mark.parametrize("per", [["1", "3", "12"], ["12", "24", "36"], ["7", "14", "7"], ["30", "90.5", "30"]])
def test_numbers_that_may_be_months_are_refused(per):
    with pytest.raises(DataError, match="this says no period that is known"):
        priced(SPELLS.assign(fee="10", per=per * 2), money_in="units")
