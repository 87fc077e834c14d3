"""Bills are read as contracts that run while the next one comes, and end when it is too late."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from holdfast.config import make_config
from holdfast.contractual import OPEN, contract_reasons
from holdfast.contractual.movements import revenue_on
from holdfast.contractual.recipe import fit_churn, today
from holdfast.contractual.table import read_contracts
from holdfast.errors import ConfigError, DataError
from holdfast.features import Cutoff
from holdfast.pipeline import check, prepare, score, train
from holdfast.report.contracts import account
from tests.contractual.bills import AS_OF, as_exported, bills_of_contracts

COLUMNS = {"customer_id": "customer", "billed_at": "paid", "price": "amount"}
LINES = [
    ("a", "2024-01-31", "20.00", "month"),
    ("a", "2024-02-29", "20.00", "month"),
    ("a", "2024-04-08", "25.00", "month"),
    ("b", "2024-01-10", "10.00", "month"),
    ("b", "2024-04-01", "10.00", "month"),
    ("c", "2023-05-20", "120.00", "year"),
    ("d", "2024-03-01", "-5.00", "month"),
    ("d", "2024-03-15", "5.00", "month"),
    ("d", "2024-03-15", "2.50", "month"),
]


def table(lines=LINES):
    return pd.DataFrame(lines, columns=["customer", "paid", "amount", "interval"])


def config(columns=COLUMNS, as_of="2024-04-21", **keys):
    return make_config(
        {"name": "c", "setting": "contractual", "as_of": as_of, "churn": {"horizon_days": 30},
         "subscriptions": {"columns": columns, "renewal_days": 10, "ignore": [], **keys}}
    )  # fmt: skip


def read(frame=None, columns=COLUMNS, **keys):
    made = config(columns, **keys)
    source = made.source(frame=table() if frame is None else frame)
    return read_contracts(source, made.subscriptions.meaning(), cutoff=Cutoff(date(2024, 4, 21), horizon_days=30))


def spells(contracts):
    frame = contracts.spells.frame
    day = np.datetime64("1970-01-01")
    ends = ["" if end == OPEN else str(day + int(end)) for end in frame["end"]]
    return list(
        zip(frame["customer_id"], [str(day + int(s)) for s in frame["start"]], ends, frame["price"], strict=True)
    )


def test_a_contract_goes_on_while_bills_come_and_ends_when_the_next_is_too_late():
    assert spells(read(columns={**COLUMNS, "price_per": "interval"})) == [
        # 31 January pays until 29 February, which pays until 29 March: 8 April is ten days late, and no more.
        ("a", "2024-01-31", "2024-02-29", 20.0),
        ("a", "2024-02-29", "2024-04-08", 20.0),
        ("a", "2024-04-08", "", 25.0),
        # Ten days after 10 February nobody had paid.
        ("b", "2024-01-10", "2024-02-20", 10.0),
        ("b", "2024-04-01", "", 10.0),
        ("c", "2023-05-20", "", 10.0),
        ("d", "2024-03-15", "", 7.5),
    ]


def test_what_became_of_bills_is_counted():
    contracts = read(columns={**COLUMNS, "price_per": "interval"})
    said = contracts.account["bills"]
    assert {k: said[k] for k in ("bills", "nothing", "given_back", "same_day", "late", "grace_days")} == {
        "bills": 9, "nothing": 1, "given_back": 0, "same_day": 1, "late": 1, "grace_days": 10,
    }  # fmt: skip
    assert revenue_on(contracts.spells, contracts.cutoff) == {"as_of": "2024-04-21", "mrr": 52.5, "paying": 4}


def test_as_of_a_day_on_which_nobody_knew_a_late_contract_ran():
    contracts = read(columns={**COLUMNS, "price_per": "interval"})
    for day, runs in (("2024-02-19", True), ("2024-02-21", False)):
        rows = contracts.spells.features_at(Cutoff(day, 30), period_days=30)
        assert ("b" in set(rows["customer_id"])) is runs
    late = contracts.spells.features_at(Cutoff("2024-02-19", 30), period_days=30).set_index("customer_id")
    assert late.loc["b", "days_since_bill"] == 40
    assert "spell_days" not in late


def test_a_bill_that_says_until_when_it_pays_needs_no_period():
    frame = pd.DataFrame(
        {
            "customer": ["a", "b"],
            "paid": ["2024-01-05", "2024-01-05"],
            "amount": ["30", "90"],
            "until": ["2024-02-05", "2024-04-05"],
        }
    )
    columns = {**COLUMNS, "paid_until": "until"}
    assert spells(read(frame, columns)) == [
        ("a", "2024-01-05", "2024-02-15", 30.0),
        ("b", "2024-01-05", "2024-04-15", 30.0),
    ]
    with pytest.raises(DataError, match=r'line 1, column "until": the bill pays for no day after its own'):
        read(frame.assign(until=frame["paid"]), columns)


def test_two_contracts_of_a_customer_are_billed_each_by_itself():
    frame = pd.DataFrame(
        {
            "customer": ["a"] * 5,
            "paid": ["2024-02-01", "2024-02-15", "2024-03-01", "2024-03-15", "2024-04-15"],
            "amount": ["10", "4", "10", "4", "4"],
            "id": ["x", "y", "x", "y", "y"],
        }
    )
    found = spells(read(frame, {**COLUMNS, "contract_id": "id"}))
    assert [(start, end, price) for _, start, end, price in found] == [
        ("2024-02-01", "2024-02-15", 10.0),
        ("2024-02-15", "2024-03-01", 14.0),
        ("2024-03-01", "2024-03-15", 14.0),
        ("2024-03-15", "2024-04-11", 14.0),
        ("2024-04-11", "2024-04-15", 4.0),
        ("2024-04-15", "", 4.0),
    ]


def test_what_was_given_back_comes_off_and_a_bill_of_which_nothing_is_left_is_none():
    frame = table(LINES[:3]).assign(back=["5", "-20.00", ""])
    contracts = read(frame, {**COLUMNS, "refunded": "back"}, ignore=["interval"])
    # Without the second bill the first one is late, and its contract over ten days after the end of February.
    assert spells(contracts) == [("a", "2024-01-31", "2024-03-10", 15.0), ("a", "2024-04-08", "", 25.0)]
    assert contracts.account["bills"]["given_back"] == 1
    with pytest.raises(DataError, match='line 1, column "back": what was given back must be a number'):
        read(frame.assign(back="some"), {**COLUMNS, "refunded": "back"})


def test_rows_that_do_not_count_are_left_out_of_every_table_of_contracts():
    frame = table().assign(status=["Paid"] * 2 + ["FAILED"] + ["Paid"] * 6)
    contracts = read(frame, rules={"drop": [{"column": "status", "values": ["failed", "void"]}]}, ignore=["status"])
    assert ("a", "2024-02-29", "2024-04-08", 20.0) in spells(contracts)
    assert contracts.account["kept"] == 8
    assert contracts.account["ruled_out"] == 1
    assert contracts.account["unmatched"] == ['subscriptions.rules.drop on "status": the value "void" matches no row.']
    kept = read(frame, rules={"keep": [{"column": "status", "pattern": "P.*"}]}, ignore=["status"])
    assert spells(kept) == spells(contracts)
    with pytest.raises(DataError, match=r"subscriptions\.rules leaves none of 9 rows"):
        read(frame, rules={"keep": [{"column": "status", "values": ["open"]}]})
    with pytest.raises(DataError, match='"state"'):
        read(frame, rules={"keep": [{"column": "state", "values": ["open"]}]})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"customer": ""}, 'line 2, column "customer": customer_id is blank'),
        ({"paid": "soon"}, 'line 2, column "paid": not an ISO 8601 date'),
        ({"amount": ""}, 'line 2, column "amount": it is not said what the bill comes to'),
        ({"amount": "ten"}, 'line 2, column "amount": what a bill comes to must be a number'),
        ({"interval": "sometimes"}, 'line 2, column "interval": this says no period that is known'),
    ],
)
def test_a_bill_that_cannot_be_read_is_refused_with_its_line(change, said):
    frame = table()
    for name, value in change.items():
        frame.loc[1, name] = value
    with pytest.raises(DataError) as refused:
        read(frame, {**COLUMNS, "price_per": "interval"})
    assert said in str(refused.value)


def test_bills_of_nothing_are_no_contracts():
    with pytest.raises(DataError, match="no bill comes to more than 0"):
        read(table().assign(amount="0"))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"billed_at": "paid", "price": "amount"}, "bills need customer_id, billed_at and price"),
        ({**COLUMNS, "ended_at": "until"}, "ended_at is of no table of bills"),
        ({**COLUMNS, "started_at": "paid"}, "billed_at alone"),
        (
            {"customer_id": "a", "started_at": "b", "ended_at": "c", "paid_until": "d"},
            "paid_until, contract_id and refunded are of",
        ),
    ],
)
def test_keys_that_contradict_each_other_are_refused(columns, said):
    with pytest.raises(ConfigError, match=said):
        config(columns)


@pytest.mark.parametrize("on_the_first", [False, True])
def test_value_and_risk_of_bills_are_those_that_came(tmp_path, on_the_first):
    bills = bills_of_contracts(1500, 3, on_the_first=on_the_first)
    made = make_config(
        {
            "name": "bills",
            "setting": "contractual",
            "as_of": "2023-05-02",
            "churn": {"horizon_days": 60},
            "clv": {"horizon_days": 180, "yearly_discount": 0.0},
            "subscriptions": {"columns": {**COLUMNS, "plan": "tier"}, "renewal_days": 12},
            "outputs": str(tmp_path / "outputs"),
            "models": str(tmp_path / "models"),
        }
    )
    prepared = prepare(made, subscriptions=as_exported(bills))
    train(prepared)
    scores = score(prepared).scores.set_index("customer_id")
    ahead = bills[(bills["paid"] >= AS_OF) & (bills["paid"] < AS_OF + pd.Timedelta(days=180))]
    came = ahead.groupby("customer")["amount"].sum().reindex(scores.index).fillna(0.0)
    assert scores["clv_180d"].sum() == pytest.approx(came.sum(), rel=0.06)
    # A contract ends twelve days after the period that its last bill pays for.
    last = bills.groupby("customer")["paid"].max().reindex(scores.index)
    over = last.map(lambda day: day + pd.DateOffset(months=1)) + pd.Timedelta(days=12)
    ended = over < AS_OF + pd.Timedelta(days=60)
    assert scores["p_churn_60d"].mean() == pytest.approx(ended.mean(), abs=0.03)


def test_check_tells_bills_and_the_revenue_they_bring(tmp_path):
    bills = bills_of_contracts(200, 3, on_the_first=False)
    prepared = prepare(
        config(as_of="2023-05-02", columns={**COLUMNS, "plan": "tier"}), subscriptions=as_exported(bills)
    )
    said = prepared.said()
    assert "read as bills: a contract goes on while the next one is at most 10 days late" in said
    account = prepared.contracts.account["bills"]
    running = bills[bills["paid"] < AS_OF].groupby("customer").last()
    runs = running["paid"].map(lambda day: day + pd.DateOffset(months=1)) + pd.Timedelta(days=10) >= AS_OF
    assert account["mrr"] == pytest.approx(running.loc[runs, "amount"].sum())
    assert f"recurring revenue on 2023-05-02: {account['mrr']:,.2f} a period, of {runs.sum()} customers" in said
    assert check(prepared).problem == ""


def test_of_the_end_of_data_a_late_bill_has_not_come_yet():
    bills = as_exported(bills_of_contracts(50, 3, on_the_first=False))
    prepared = prepare(config(as_of="end_of_data"), subscriptions=bills.drop(columns="tier"))
    assert prepared.contracts.cutoff.date.isoformat() == str(
        pd.Timestamp(bills["paid"].max()).date() + pd.Timedelta(days=1)
    )


def monthly_and_yearly(amounts=(9.0, 90.0), per=None):
    """Return bills of 60 customers a month and 40 a year, of whom a third leaves after the first year."""
    rows = []
    for i in range(100):
        yearly = i >= 60
        start = pd.Timestamp("2021-01-05") + pd.Timedelta(days=7 * (i % 50))
        times = (2 if i % 3 == 0 else 4) if yearly else (12 if i % 3 == 0 else 40)
        for k in range(times):
            day = start + pd.DateOffset(months=k * (12 if yearly else 1))
            rows.append((f"{'Y' if yearly else 'M'}{i:02d}", day, amounts[yearly] + (0.01 * i if per else 0.0), yearly))
    bills = pd.DataFrame(rows, columns=["customer", "paid", "amount", "interval"])
    bills = bills[bills["paid"] < pd.Timestamp("2024-04-21")]
    return bills.assign(
        paid=bills["paid"].dt.strftime("%Y-%m-%d"),
        amount=bills["amount"].map("{:.2f}".format),
        interval=bills["interval"].map({True: "year", False: "month"}),
    )


@pytest.mark.parametrize("own", [False, True])
def test_bills_of_a_month_and_of_a_year_show_it_themselves_as_a_column_would(own):
    # A customer's own amount, too, is about what those of the same period pay.
    bills = monthly_and_yearly(per=own)
    told = read(bills, {**COLUMNS, "price_per": "interval"})
    shown = read(bills.drop(columns="interval"))
    assert spells(shown) == spells(told)
    assert shown.account["bills"]["periods"] == ((1.0, 60), (12.0, 40))
    assert shown.account["bills"]["unsure"] == 0
    assert "periods" not in told.account["bills"]
    assert account(shown.account | {"rows_in": 1, "lines_rejected": [], "blank_cells": {}}).count(
        "as bills came, the last ones pay of 60 contracts for a month and 40 contracts for a year"
    ) == 1  # fmt: skip


def test_for_how_long_a_bill_pays_is_not_read_off_the_customers_next_one():
    bills = monthly_and_yearly(per=True)
    # Nobody pays as much as this one, who comes back each year: two gaps show it, and of no bill the next one does.
    days = ["2020-02-01", "2021-02-01", "2022-02-01", "2023-02-01"]
    one = pd.DataFrame({"customer": "Z", "paid": days, "amount": "700.00"})
    found = [read(pd.concat([bills.drop(columns="interval"), one.iloc[:n]])) for n in (1, 2, 4)]
    z = [[row for row in spells(contracts) if row[0] == "Z"] for contracts in found]
    assert z[0] == [("Z", "2020-02-01", "2020-03-11", 700.0)]
    assert z[1] == [*z[0], ("Z", "2021-02-01", "2021-03-11", 700.0)]
    year = pytest.approx(700 / 12, abs=0.01)
    assert z[2] == [*z[1], ("Z", "2022-02-01", "2023-02-01", year), ("Z", "2023-02-01", "2024-02-11", year)]
    assert [contracts.account["bills"]["unsure"] for contracts in found] == [1, 1, 0]


def test_a_pause_is_no_other_period():
    rows = [
        (f"c{i}", m)
        for i in range(60)
        for m in pd.date_range("2022-01-05", periods=26, freq="MS")
        if m.month != 8 or i % 2
    ]
    bills = pd.DataFrame(rows, columns=["customer", "paid"]).assign(amount="20.00")
    # Six came back after a quarter, and six after a year.
    back = [(f"p{i}", day) for i in range(12) for day in ("2022-02-03", "2022-05-04" if i % 2 else "2023-02-03")]
    bills = pd.concat([bills, pd.DataFrame(back, columns=["customer", "paid"]).assign(amount="20.00")])
    contracts = read(bills.assign(paid=pd.to_datetime(bills["paid"]).dt.strftime("%Y-%m-%d")))
    assert "periods" not in contracts.account["bills"]
    assert ("p0", "2022-02-03", "2022-03-13", 20.0) in spells(contracts)


def test_how_late_a_bill_is_beside_the_customers_own_gaps():
    frame = pd.DataFrame(
        [("a", day) for day in ("2024-01-01", "2024-02-04", "2024-03-09")] + [("b", "2024-03-09")],
        columns=["customer", "paid"],
    ).assign(amount="10")
    rows = read(frame).spells.features_at(Cutoff("2024-04-16", 30), period_days=30).set_index("customer_id")
    # Whose bills come every 34 days is four days late; whose first one pays for March is seven.
    assert rows.loc["a", ["days_since_bill", "bill_late_days"]].tolist() == [38, 4]
    assert rows.loc["a", "bill_waited_share"] == pytest.approx(38 / 34)
    assert rows.loc["b", ["days_since_bill", "bill_late_days"]].tolist() == [38, 7]


def test_of_several_contracts_the_bill_counts_that_is_due_first():
    frame = pd.DataFrame(
        {
            "customer": "a",
            "paid": ["2024-02-01", "2024-03-01", "2024-03-15", "2024-04-05"],
            "amount": "10",
            "id": ["x", "x", "y", "z"],
        }
    )
    rows = read(frame, {**COLUMNS, "contract_id": "id"}).spells.features_at(Cutoff("2024-04-09", 30), period_days=30)
    assert rows.loc[0, "days_since_bill"] == 4
    # The bill of 1 March: 39 days ago, and the one before it 29.
    assert rows.loc[0, "bill_late_days"] == 10


def test_a_late_bill_is_a_reason_beside_what_is_usual_for_that_customer():
    bills = bills_of_contracts(1500, 3, on_the_first=False)
    contracts = read(as_exported(bills).drop(columns="tier"), renewal_days=12)
    cutoff = Cutoff(AS_OF.date(), 30)
    contracts = replace(contracts, cutoff=cutoff)
    fitted = fit_churn(contracts, cutoff, seed=1)
    rows = today(contracts)
    told = contract_reasons(fitted.churn, rows)
    usual = rows["days_since_bill"] - rows["bill_late_days"]
    said = [[r for r in reasons if "bill" in r and "period" not in r] for reasons in told]
    late = rows["bill_late_days"] > 3
    assert late.sum() > 10
    for one, waited, every, is_late in zip(said, rows["days_since_bill"], usual, late, strict=True):
        assert one in ([], [f"no bill for {waited} days; usually every {every}"])
        assert is_late or not one
    assert np.mean([bool(one) for one, is_late in zip(said, late, strict=True) if is_late]) > 0.9
