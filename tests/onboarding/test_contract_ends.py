"""Which day is the end of a contract, of several that say that it ended, or will."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from holdfast.config import load_config
from holdfast.contractual import recipe
from holdfast.onboarding import Look
from holdfast.pipeline import check, prepare
from tests.fuzz.configurations import command
from tests.onboarding.contracts import EXPORTED, Contract, begun, day, init, number, over, plan, written


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def announced(c: Contract) -> str:
    """Two of three ends were announced 20 days before, and some who stay have announced theirs."""
    if c.end and c.number % 3:
        return day(max(c.start, c.end - timedelta(days=20)))
    return day(EXPORTED - timedelta(days=3)) if not c.end and c.number % 5 == 0 else ""


@pytest.mark.parametrize("end", ["Cancelled At", "ended_at", "Austrittsdatum"])
@pytest.mark.parametrize(
    "name",
    [
        *("Cancel Schedule Created At", "Cancel Requested At", "Cancellation Scheduled", "cancel_at_period_end"),
        *("Kündigungseingang", "Opsigelse modtaget", "Date de demande de résiliation", "Opzegging ontvangen"),
    ],
)
def test_an_end_that_was_announced_or_planned_is_not_the_end(name, end):
    written({"Customer Id": number("k"), "Plan Id": plan, "Started At": begun(), name: announced, end: over()})
    found, _ = init()
    assert found["subscriptions"]["columns"]["ended_at"] == end
    assert found["subscriptions"]["ignore"] == [name]
    # Where nothing else says when it ended, the day on which that was announced is what there is.
    if name == "Cancel Requested At":
        written({"Customer Id": number("k"), "Plan Id": plan, "Started At": begun(), name: announced})
        assert init()[0]["subscriptions"]["columns"]["ended_at"] == name


def test_a_recurring_contract_is_not_announced():
    written({"Customer Id": number("k"), "Plan Id": plan, "Started At": begun(), "Recurring end date": over()})
    assert init()[0]["subscriptions"]["columns"]["ended_at"] == "Recurring end date"


def test_of_a_term_and_a_day_on_which_it_was_cut_short_the_earlier_is_advised():
    random, rows = np.random.default_rng(3), []
    for i in range(400):
        start = pd.Timestamp("2021-01-01") + pd.Timedelta(days=int(random.integers(0, 900)))
        while start < pd.Timestamp("2024-06-30"):
            over = start + pd.Timedelta(days=365)
            cut = start + pd.Timedelta(days=120) if random.random() < 0.1 else pd.NaT
            rows.append((f"P{i:04}", start, over, cut, 300 + i))
            if pd.notna(cut) or random.random() < 0.2:
                break
            start = over
    table = pd.DataFrame(rows, columns=["PolicyholderID", "Inception", "Expiry", "CancelledOn", "AnnualPremium"])
    table.to_csv("policies.csv", index=False)
    said = "\n".join(Look(["policies.csv"]).findings({}).told)
    assert f'"Expiry" stands on every line, "CancelledOn" on {table["CancelledOn"].notna().sum()} and no later' in said
    assert 'call it "ended_at", and take it in place of both' in said
    earlier = table.assign(ended_at=table["CancelledOn"].fillna(table["Expiry"]))
    earlier.drop(columns=["Expiry", "CancelledOn"]).to_csv("policies.csv", index=False)
    command("init", "policies.csv", "--yes")
    text = Path("policies.yaml").read_text(encoding="utf-8").replace("as_of: <answer>", "as_of: 2024-07-01")
    Path("policies.yaml").write_text(text, encoding="utf-8")
    prepared = prepare(load_config("policies.yaml"), base=Path())
    assert check(prepared).problem == ""
    now = pd.Timestamp("2024-07-01")
    runs = earlier.loc[(earlier["Inception"] < now) & (earlier["ended_at"] >= now), "PolicyholderID"]
    assert set(recipe.today(prepared.contracts)["customer_id"]) == set(runs)
