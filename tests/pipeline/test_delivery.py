"""What is wrong with a delivery is said by check, score, status and monitor alike."""

import pandas as pd
import pytest

from holdfast.config import make_config
from holdfast.data import simulate_contracts
from holdfast.pipeline import monitor, prepare, score, status_of, train
from holdfast.report import decisions
from holdfast.report import monitor as text
from holdfast.report.text import scored as as_text
from tests.conftest import settings
from tests.pipeline.contracts import config as contracts_config

TODAY = "2024-03-01"


@pytest.fixture(scope="module")
def known(shop, tmp_path_factory):
    """A shop scored as of the end of its data."""
    folder = tmp_path_factory.mktemp("delivery")
    given = make_config(settings(folder, as_of="end_of_data"))
    orders = shop.purchases[shop.purchases["ordered_at"] < TODAY]
    train(prepare(given, purchases=orders))
    score(prepare(given, purchases=orders))
    return given, orders


def test_a_right_delivery_is_not_spoken_of(known):
    given, orders = known
    assert prepare(given, purchases=orders).delivered == []
    assert status_of(given, today=TODAY)["delivery"] == []


def test_an_older_file_is_told_and_a_stated_day_is_meant(known):
    given, orders = known
    older = orders[orders["ordered_at"] < "2024-02-10"]
    read = prepare(given, purchases=older)
    done = score(read)
    (said,) = done.metrics["warnings"][:1]
    assert said.startswith(f"The table ends before {read.moment}, and scores of 2024-03-01 are there")
    assert said == done.notes[0]
    assert f"WARNING: {said}" in as_text(done.metrics, done.notes, done.folder)
    assert status_of(given, today=TODAY)["delivery"] == [said]
    assert f"WARNING, of the last scoring: {said}" in decisions.status(status_of(given, today=TODAY))
    found = monitor(read, today=TODAY)
    assert found.verdict == "look at the data"
    assert said in text.monitor(found.as_dict())
    stated = given.model_copy(update={"as_of": pd.Timestamp(read.moment).date()})
    assert not score(prepare(stated, purchases=older)).metrics["delivery"]


def test_ends_that_no_longer_come_are_told_and_nothing_is_to_be_trained_on_them(tmp_path):
    spells = simulate_contracts(4000, seed=5).spells
    given = contracts_config(tmp_path, "spells", as_of="2023-11-01")
    assert not [d for d in prepare(given, subscriptions=spells).delivered if d.kind == "ends"]
    lost = spells.assign(ended_at=spells["ended_at"].where(pd.to_datetime(spells["ended_at"]) < "2023-09-20"))
    read = prepare(given, subscriptions=lost)
    (one,) = [d for d in read.delivered if d.kind == "ends"]
    assert "No contract has ended since 2023-09-" in one.said
    assert "do not train before that" in one.said
    assert one.said in read.account["notes"]
    found = monitor(read, today="2023-11-01")
    assert found.verdict == "look at the data"
    assert "calibrates" not in found.do


def bills(days: int = 220) -> pd.DataFrame:
    """A bill a month for each of 900 customers, thirty a day."""
    start = pd.Timestamp("2026-01-01")
    rows = []
    for n in range(900):
        first = start + pd.Timedelta(days=n % 30)
        rows += [(f"S{n:04d}", first + pd.DateOffset(months=m), 20.0) for m in range(8)]
    frame = pd.DataFrame(rows, columns=["who", "billed", "price"])
    return frame[frame["billed"] < start + pd.Timedelta(days=days)]


def test_days_without_bills_say_who_counts_as_gone(tmp_path):
    columns = {"customer_id": "who", "billed_at": "billed", "price": "price"}
    given = {"name": "bills", "setting": "contractual", "churn": {"horizon_days": 30}, "as_of": "end_of_data"}
    given |= {"outputs": str(tmp_path / "outputs"), "models": str(tmp_path / "models")}
    config = make_config({**given, "subscriptions": {"columns": columns, "renewal_days": 3}})
    whole = bills()
    assert prepare(config, subscriptions=whole).delivered == []
    lost = whole[~whole["billed"].between("2026-07-20", "2026-07-22")]
    gone = whole["who"].nunique() - lost[lost["billed"] > "2026-07-01"]["who"].nunique()
    (one,) = prepare(config, subscriptions=lost).delivered
    assert one.said.startswith("No bill is of 2026-07-20 to 2026-07-22, where about 3")
    assert 90 <= gone <= 110
    assert f"about {gone} customers whose bill was due then count as gone" in one.said
