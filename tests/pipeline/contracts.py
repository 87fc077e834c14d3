"""Small scenarios of contracts, of either kind of table."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from holdfast.config import Config, make_config
from holdfast.data import simulate_contracts

SPELLS = ("customer_id", "started_at", "ended_at", "end_reason", "plan", "price")


def config(folder: Path, kind: str, **changes: Any) -> Config:
    """A small scenario: ``subscriptions__key=value`` changes one key."""
    columns = {name: name for name in SPELLS}
    subscriptions: dict[str, Any] = {"period_days": 30, "columns": columns}
    given: dict[str, Any] = {
        "name": kind,
        "setting": "contractual",
        "subscriptions": subscriptions,
        "outputs": str(folder / "outputs"),
        "models": str(folder / "models"),
    }
    if kind == "spells":
        given |= {"as_of": "2023-11-01", "churn": {"horizon_days": 30}}
        subscriptions["payment_failure_reasons"] = ["Payment failed"]
    else:
        subscriptions |= {"tenure_unit": "day", "label_window_days": 30}
        subscriptions["columns"] = {k: k for k in ("customer_id", "tenure", "plan", "price")} | {"label": "gone"}
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = given
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return make_config(given)


def snapshot(customers: int = 600, seed: int = 1) -> pd.DataFrame:
    """One row per customer: who is under contract, and whether the next renewal was made."""
    truth = simulate_contracts(customers, seed=seed).truth
    left = np.random.default_rng(seed).random(customers) < 3 * truth["p_end"]
    table = truth.assign(tenure=truth["tenure"] * 30, gone=np.where(left, "Yes", "No"))
    return table[["customer_id", "tenure", "plan", "price", "hours", "gone"]]
