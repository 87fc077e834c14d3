"""A line for each term, whose status says of terms that another follows that they were renewed: contracts."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from tests.onboarding.contracts import init, told

NOW = dt.date(2024, 11, 15)


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def policies(renewed: str, *, gap: int = 0, customers: int = 200) -> pd.DataFrame:
    """Yearly policies, renewed ``gap`` days after the term before; some are cut short, others lapse."""
    random, rows = np.random.default_rng(5), []
    for i in range(customers):
        start = dt.date(2019, 1, 1) + dt.timedelta(days=int(random.integers(0, 2140)))
        while start < NOW:
            end = start + dt.timedelta(days=365)
            cut = start + dt.timedelta(days=int(random.integers(10, 360)))
            cut = cut if random.random() < 0.06 and cut < NOW else None
            lapses = random.random() < 0.15
            status = "Cancelled" if cut else "In Force" if end > NOW else "Lapsed" if lapses else renewed
            rows.append((f"CL{i:04}", start, end, cut, status, 500.0 + i))
            if cut or lapses:
                break
            start = end + dt.timedelta(days=gap)
    names = ["Client No", "Inception Date", "Expiry Date", "Cancellation Date", "Policy Status", "Annual Premium"]
    return pd.DataFrame(rows, columns=names)


@pytest.mark.parametrize(("renewed", "gap"), [("Renewed", 0), ("Renewed", 1), ("Renewed", 14), ("Active", 0)])
def test_terms_that_another_follows_were_renewed_and_are_no_purchases(renewed, gap):
    policies(renewed, gap=gap).to_csv("x.csv", index=False)
    found, _ = init()
    assert found["setting"] == "contractual"
    assert found["subscriptions"]["columns"] == {
        "customer_id": "Client No",
        "started_at": "Inception Date",
        "ended_at": ["Expiry Date", "Cancellation Date"],
        "price": "Annual Premium",
    }
    assert found["subscriptions"]["ignore"] == ["Policy Status"]
    # No renewed term is said to contradict its end.
    assert "running by it" not in told()


def test_a_policy_that_stands_there_once_is_running_though_its_first_term_is_over():
    last = policies("Renewed").groupby("Client No").head(1)
    last.assign(**{"Expiry Date": pd.to_datetime(last["Inception Date"]) + pd.Timedelta(days=365)}).to_csv(
        "x.csv", index=False
    )
    found, _ = init()
    # Its dates are not those of its end: the status tells who has left.
    assert found["subscriptions"]["columns"]["label"] == "Policy Status"
