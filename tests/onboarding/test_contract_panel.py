"""A line for each customer and month: no purchases, and the table of contracts that init says how to make works."""

from pathlib import Path

import pandas as pd
import pytest

from holdfast import load_config, prepare
from tests.fuzz.configurations import command
from tests.onboarding.contracts import RUNNING, answered, contracts, init

MONTHS = pd.date_range("2021-01-31", "2024-05-31", freq="ME")


def panel(*, last: bool = True) -> pd.DataFrame:
    """Return a line for each contract and month end on which it ran, and (``last``) one when it had ended."""
    rows = []
    for c in contracts():
        end = pd.Timestamp(c.end or "2200-01-01")
        for month in MONTHS[pd.Timestamp(c.start) <= MONTHS]:
            gone = month >= end
            if gone and (not last or (month - end).days > 30):
                break
            rows.append((month.date(), f"A{c.number:04d}", c.plan, c.price, int(gone)))
    return pd.DataFrame(rows, columns=["month_end", "account_id", "plan", "mrr", "churned"])


@pytest.mark.parametrize("last", [True, False], ids=["with a line of the end", "without"])
def test_a_line_for_each_month_is_refused_with_advice_that_works(last):
    table = panel(last=last)
    table = table if last else table.drop(columns="churned")
    table.to_csv("x.csv", index=False)
    code, said = command("init", "x.csv", "--yes")
    assert code == 3
    assert 'a line for each "account_id" and month, on the same day "month_end" for all' in said
    assert ('of the first line whose "churned" says' in said) is last
    assert not Path("x.yaml").exists()
    ahead = dict(zip(table["month_end"].sort_values().unique(), MONTHS[1:].date, strict=False))
    rows = []
    for who, lines in table.groupby("account_id"):
        gone = lines[lines["churned"] == 1]["month_end"].tolist() if last else []
        rows.append((who, lines["month_end"].min(), *(gone[:1] or [ahead.get(lines["month_end"].max())])))
    made = pd.DataFrame(rows, columns=["account_id", "start", "end"])
    made.merge(table.groupby("account_id")[["plan", "mrr"]].first(), on="account_id").to_csv("x.csv", index=False)
    found, _ = init()
    assert found["subscriptions"]["columns"] == {
        "customer_id": "account_id", "started_at": "start", "ended_at": "end", "plan": "plan", "price": "mrr",
    }  # fmt: skip
    assert answered()[0] == 0
    spells = prepare(load_config("x.yaml")).contracts.spells
    assert int(spells.contracts()["end"].gt(30_000).sum()) == RUNNING


def test_gifts_of_each_month_and_orders_stay_purchases():
    given = (
        panel(last=False).drop(columns=["churned", "plan"]).rename(columns={"mrr": "amount", "account_id": "donor_id"})
    )
    given.to_csv("x.csv", index=False)
    code, said = command("init", "x.csv", "--yes")
    assert code == 0, said
    billed = panel(last=False).rename(columns={"mrr": "arr"}).assign(order_id=lambda t: range(len(t)), amount=9.5)
    billed["month_end"] = pd.to_datetime(billed["month_end"]) - pd.to_timedelta(billed.index % 20, unit="D")
    billed.to_csv("x.csv", index=False)
    assert "a report of contracts" not in command("init", "x.csv", "--yes", "--force")[1]
    # A box that is billed on the first of the month has an amount of its own beside recurring revenue, or who left.
    for beside in ({"mrr": 9.5}, {"left": ["no", "yes"]}):
        values = {
            name: [v[i % 2] for i in range(len(given))] if isinstance(v, list) else v for name, v in beside.items()
        }
        given.rename(columns={"donor_id": "customer_id"}).assign(**values).to_csv("x.csv", index=False)
        code, said = command("init", "x.csv", "--yes", "--force")
        assert code != 3, said
        assert "a report of contracts" not in said
