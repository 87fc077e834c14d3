"""`holdfast init --bills`: exports of bills, and the scenario of contracts that reads them."""

from pathlib import Path

import pandas as pd
import pytest

from holdfast.config import load_config
from holdfast.errors import DataError
from holdfast.onboarding import Look, name_of, scenario
from holdfast.pipeline import prepare
from tests.contractual.bills import AS_OF, as_exported, bills_of_contracts
from tests.fuzz.configurations import command


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


BILLS = as_exported(bills_of_contracts(300, 4, on_the_first=False))


def look(frame: pd.DataFrame) -> Look:
    frame.to_csv("bills.csv", index=False)
    return Look(["bills.csv"], bills=True)


def running(bills: pd.DataFrame, grace: int) -> pd.Series:
    """Return the amount of the last bill of each customer whose next one is not too late."""
    last = bills.assign(paid=pd.to_datetime(bills["paid"])).groupby("customer").last()
    until = last["paid"].map(lambda day: day + pd.DateOffset(months=1)) + pd.Timedelta(days=grace)
    return last.loc[until >= AS_OF, "amount"].astype(float)


def test_bills_become_contracts_with_the_revenue_of_today():
    found = look(BILLS.assign(id=[f"in_{i}" for i in range(len(BILLS))])).findings({})
    assert not found.questions
    assert found.section == "subscriptions"
    known = found.settings
    assert {k: known[k] for k in known if k.startswith("columns.")} == {
        "columns.customer_id": "customer",
        "columns.billed_at": "paid",
        "columns.price": "amount",
        "columns.plan": "tier",
    }
    assert known["ignore"] == ["id"]
    assert {'billed_at: "paid"', 'price: "amount"'} <= set(found.told)
    # Bills of customers who went on came up to nine days late; months differ by up to three days.
    assert 8 <= known["renewal_days"] <= 12
    text = scenario(name_of(Path("bills.csv")), found.paths, found, horizon_days=30, horizon_why="a month")
    Path("bills.yaml").write_text(text.replace("as_of: end_of_data", f"as_of: {AS_OF.date()}"))
    account = prepare(load_config(Path("bills.yaml"))).contracts.account["bills"]
    truth = running(BILLS, known["renewal_days"])
    assert (account["paying"], account["mrr"]) == (len(truth), pytest.approx(truth.sum()))


def test_what_was_given_back_comes_off():
    back = ["12.00" if i % 50 == 0 and a == "12.00" else "0.00" for i, a in enumerate(BILLS["amount"])]
    found = look(BILLS.assign(**{"Amount Refunded": back})).findings({})
    assert found.settings["columns.refunded"] == "Amount Refunded"
    assert not found.questions


def test_what_was_not_paid_is_no_bill():
    failed = BILLS.sample(frac=0.03, random_state=1)
    frame = BILLS.assign(status="paid")
    frame = pd.concat([frame, failed.assign(status="failed")]).sort_values("paid", kind="stable")
    found = look(frame).findings({})
    assert found.settings["rules.drop"] == [{"column": "status", "values": ["failed"]}]
    text = scenario("b", found.paths, found, horizon_days=30, horizon_why="a month")
    Path("b.yaml").write_text(text.replace("as_of: end_of_data", f"as_of: {AS_OF.date()}"))
    account = prepare(load_config(Path("b.yaml"))).contracts.account
    assert account["ruled_out"] == len(failed)
    assert account["bills"]["mrr"] == pytest.approx(running(BILLS, found.settings["renewal_days"]).sum())


def test_questions_are_those_of_bills_and_their_answers_are_taken():
    sent = (pd.to_datetime(BILLS["paid"]) + pd.Timedelta(days=2)).dt.strftime("%Y-%m-%d")
    frame = BILLS.rename(columns={"paid": "period_start"}).assign(issued_at=sent)
    asked = look(frame).findings({})
    (question,) = asked.questions
    assert question.key == "columns.billed_at"
    assert "when was it billed?" in question.asked
    days = {c.settings["columns.billed_at"]: c for c in question.choices}
    assert set(days) == {"period_start", "issued_at"}
    # Either shows how far bills lie apart.
    assert 8 <= asked.settings["renewal_days"] <= 12
    found = look(frame).findings({"columns.billed_at": days["issued_at"]})
    assert not found.questions
    assert found.settings["columns.billed_at"] == "issued_at"


def test_yearly_bills_beside_monthly_ones_need_a_column_that_says_so():
    yearly = pd.DataFrame(
        [(f"Y{i:03d}", f"{year}-03-{1 + i % 28:02d}", "300.00") for i in range(60) for year in (2021, 2022, 2023)],
        columns=["customer", "paid", "amount"],
    )
    both = pd.concat([BILLS.drop(columns="tier").assign(every="month"), yearly.assign(every="year")])
    found = look(both).findings({})
    assert found.settings["columns.price_per"] == "every"
    assert "period_days" not in found.settings
    weekly = yearly.assign(paid=[f"2023-{1 + w // 4:02d}-{1 + 7 * (w % 4):02d}" for w in range(12)] * 15)
    weekly["customer"] = [f"W{i // 12:02d}" for i in range(180)]
    assert look(weekly).findings({}).settings["period_days"] == 7
    untold = look(both.drop(columns="every")).findings({})
    assert any("but some every 365, and no column says for how long each pays" in said for said in untold.told)


def test_the_day_until_which_a_bill_pays_and_the_contract_are_found():
    start = pd.to_datetime(BILLS["paid"])
    frame = BILLS.assign(**{"Period End": (start + pd.Timedelta(days=30)).dt.strftime("%Y-%m-%d")})
    again = frame[frame["customer"] < "C0040"]
    ids = [part.assign(subscription_id=of + part["customer"]) for of, part in (("s", frame), ("t", again))]
    frame = pd.concat(ids)
    found = look(frame).findings({})
    assert found.settings["columns.paid_until"] == "Period End"
    assert found.settings["columns.contract_id"] == "subscription_id"


def test_without_an_amount_there_are_no_bills():
    with pytest.raises(DataError, match=r"no column of bills\.csv says what a bill comes to"):
        look(BILLS.drop(columns="amount")).findings({})


def test_payments_below_0_are_to_be_turned_round():
    found = look(BILLS.assign(amount="-" + BILLS["amount"]))
    (sign,) = [q for q in Look(["bills.csv"]).findings({}).questions if q.key == "purchases_are"]
    with pytest.raises(DataError, match="are below 0: turn their signs round first"):
        found.findings({sign.key: sign.choices[0]})


def test_a_total_that_repeats_on_each_line_of_its_bill_is_refused():
    lines = pd.concat([BILLS.assign(invoice=[f"in_{i}" for i in range(len(BILLS))], position=k) for k in (1, 2)])
    lines = lines.sort_values(["invoice", "position"]).assign(item=lambda t: "item " + t["position"].astype(str))
    lines["quantity"], lines["price"] = 1, (lines["amount"].astype(float) / 2).map("{:.2f}".format)
    found = look(lines)
    (total,) = next(q for q in found.findings({}).questions if q.key == "columns.price").choices
    with pytest.raises(DataError, match='"amount" repeats on every line of its bill'):
        found.findings({"columns.price": total})


def test_several_currencies_make_no_recurring_revenue():
    frame = BILLS.assign(currency=["EUR", "USD"] * (len(BILLS) // 2) + ["EUR"] * (len(BILLS) % 2))
    with pytest.raises(DataError, match='"currency" names several currencies'):
        look(frame).findings({})


def test_the_command_writes_what_it_found():
    BILLS.to_csv("bills.csv", index=False)
    assert command("init", "--bills", "--yes", "bills.csv")[0] == 0
    said = prepare(load_config(Path("bills.yaml"))).said()
    assert "read as bills: a contract goes on while the next one is at most" in said
    assert "recurring revenue on" in said
    assert command("init", "--demo", "--bills") == (2, "holdfast: --demo makes up purchases: leave --bills out.\n")


def test_contracts_named_by_the_column_of_the_customers_are_each_customers_one():
    frame = BILLS.assign(policy=[f"P{c}" for c in BILLS["customer"]])
    found = look(frame).findings({})
    text = scenario(name_of(Path("bills.csv")), found.paths, found, horizon_days=30, horizon_why="a month")
    lines = [line for line in text.splitlines() if "contract_id" not in line]
    named = "\n".join("    customer_id: policy" if line.strip().startswith("customer_id") else line for line in lines)
    accounts = []
    for more in ("", "    contract_id: policy\n"):
        written = named.replace("    customer_id: policy\n", f"    customer_id: policy\n{more}")
        written = written.replace(", policy", "").replace("policy, ", "").replace("ignore: [policy]", "ignore: []")
        Path("bills.yaml").write_text(written.replace("as_of: end_of_data", f"as_of: {AS_OF.date()}"))
        accounts.append(prepare(load_config(Path("bills.yaml"))).contracts.account["bills"])
    assert accounts[0] == accounts[1]
    assert accounts[1]["paying"] > 0
