"""Payments with the day until which they pay are contracts if the next ones follow it; goods that expire are not."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from holdfast.config import load_config
from holdfast.pipeline import check, prepare
from tests.onboarding.contracts import init, told

LAST = pd.Timestamp("2024-06-01")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def payments(customers: int = 200) -> pd.DataFrame:
    """Plans of 30, 90 and 410 days, paid again about when they are over; a few are cancelled within them."""
    random, rows = np.random.default_rng(6), []
    for i in range(customers):
        days, price = ((30, 149), (30, 149), (90, 447), (410, 1788))[i % 4]
        paid = pd.Timestamp("2022-01-01") + pd.Timedelta(days=int(random.integers(0, 700)))
        while paid < LAST:
            until = paid + pd.Timedelta(days=days)
            rows.append((f"m{i:04}=", days, price, paid, until, 0))
            if random.random() < 0.1:
                given_up = paid + pd.Timedelta(days=int(random.integers(1, days)))
                if i % 2 and given_up < LAST:
                    rows.append((f"m{i:04}=", days, price, given_up, given_up, 1))
                break
            paid = until + pd.Timedelta(days=int(random.integers(-2, 3)))
    names = [
        "msno",
        "payment_plan_days",
        "actual_amount_paid",
        "transaction_date",
        "membership_expire_date",
        "is_cancel",
    ]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(**{name: table[name].dt.strftime("%Y%m%d") for name in names[3:5]})


def test_payments_for_a_membership_are_contracts_until_the_day_that_is_paid_for():
    table = payments()
    table.to_csv("x.csv", index=False)
    found, _ = init()
    said = told()
    assert found["setting"] == "contractual"
    assert found["subscriptions"]["columns"] == {
        "customer_id": "msno",
        "started_at": "transaction_date",
        "ended_at": "membership_expire_date",
        "plan": "payment_plan_days",
        "price": "actual_amount_paid",
        "price_per": "payment_plan_days",
        "cut_short": "is_cancel",
    }
    assert 'lines pay from "transaction_date" until "membership_expire_date", and the next follows about then' in said
    over = int((table["is_cancel"] == 1).sum())
    assert f'cut_short: {over} lines on which "is_cancel" says that the rest of a term was given up' in said
    text = Path("x.yaml").read_text(encoding="utf-8").replace("as_of: <answer>", "as_of: 2024-06-01")
    Path("x.yaml").write_text(text, encoding="utf-8")
    contracts = prepare(load_config("x.yaml")).contracts
    runs = contracts.spells.known_at(contracts.cutoff.day).contracts()
    given_up = set(table.loc[table["is_cancel"] == 1, "msno"])
    paid_for = table[(table["membership_expire_date"] >= "20240601") & ~table["msno"].isin(given_up)]["msno"].nunique()
    assert (runs["end"] >= contracts.cutoff.day).sum() == paid_for
    # 447 for 90 days and 1,788 for 410 are 149 and 132.74 a month.
    prices = contracts.spells.frame.groupby("plan")["price"].first().round(2).to_dict()
    assert prices == {"30": 149.0, "90": 149.0, "410": round(1788 / (410 / 365.25 * 12), 2)}
    assert check(prepare(load_config("x.yaml"))).problem == ""


def goods(name: str, last: int, *, every: int = 0, **columns: str) -> pd.DataFrame:
    """Purchases at any time, or each ``every`` days, of what lasts so many days."""
    random, rows = np.random.default_rng(7), []
    for i in range(150):
        bought = pd.Timestamp("2022-01-01") + pd.Timedelta(days=int(random.integers(0, 300)))
        for _ in range(int(random.integers(1, 12))):
            rows.append((f"c{i:03}", bought, round(float(random.gamma(3, 10)), 2), bought + pd.Timedelta(days=last)))
            bought += pd.Timedelta(days=every or int(random.exponential(60)) + 1)
    return pd.DataFrame(rows, columns=["customer_id", "order_date", "amount", name]).assign(**columns)


@pytest.mark.parametrize(
    "table",
    [
        goods("expiry_date", 365),
        goods("Warranty valid until", 730),
        goods("Best before", 30, every=30, **{"Subscription box": "Coffee"}),
        goods("Voucher valid until", 365, membership="Gold"),
        goods("Gift card expires", 1095, plan="none"),
        goods("expiry_date", 30, every=30, product="Milk"),
        goods("expires", 365, membership_level="Gold"),
    ],
    ids=["food", "warranty", "box", "voucher", "gift card", "milk", "points"],
)
def test_what_was_bought_and_expires_is_a_purchase(table):
    table.to_csv("x.csv", index=False)
    found, _ = init()
    said = told()
    assert found["purchases"]["columns"]["ordered_at"] == "order_date"
    assert found["purchases"]["columns"]["amount"] == "amount"
    assert "contracts" not in said


def test_a_membership_that_next_payments_do_not_follow_is_told():
    goods("membership_expires", 365).to_csv("x.csv", index=False)
    found, _ = init()
    said = told()
    assert "purchases" in found
    assert '"membership_expires" is a day on every line until which something lasts' in said
    # What is advised works.
    renamed = pd.read_csv("x.csv").rename(columns={"membership_expires": "end", "order_date": "start"})
    renamed.to_csv("x.csv", index=False)
    assert init()[0]["subscriptions"]["columns"]["ended_at"] == "end"


def test_what_was_paid_for_terms_of_different_length_is_no_price_without_their_days():
    table = payments().drop(columns=["payment_plan_days", "is_cancel"])
    table.to_csv("x.csv", index=False)
    found, _ = init()
    assert "price" not in found["subscriptions"]["columns"]


def test_a_flag_that_takes_no_term_back_is_left_alone():
    # "1" stands on lines that pay for a term: it says something else.
    table = payments()
    table["is_cancel"] = [i % 2 for i in range(len(table))]
    table.to_csv("x.csv", index=False)
    found, _ = init()
    assert "cut_short" not in found["subscriptions"]["columns"]
