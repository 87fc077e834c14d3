"""A box that is sent each month: whoever missed two has left, and is worth nothing a year from now either."""

import numpy as np
import pandas as pd

from holdfast import make_config, prepare, score, train
from tests.conftest import settings

FIRST = pd.Timestamp("2022-07-01")


def boxes(customers: int = 400, days: int = 900) -> pd.DataFrame:
    """One purchase a month until the customer leaves."""
    random, rows = np.random.default_rng(5), []
    for number in range(customers):
        day, price = int(random.integers(0, 700)), float(random.choice([25, 40, 60]))
        for _ in range(int(random.geometric(0.06))):
            if day >= days:
                break
            rows.append((f"b{number}", FIRST + pd.Timedelta(days=day), price))
            day += 30 + int(random.integers(-1, 2))
    return pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount"])


def test_whoever_has_left_is_worth_nothing_beyond_the_window_either(tmp_path):
    lines = boxes()
    as_of = FIRST + pd.Timedelta(days=760)
    given = {**settings(tmp_path), "as_of": as_of.date().isoformat(), "clv": {"horizon_days": 365}}
    given["purchases"] = {"columns": {name: name for name in ("customer_id", "ordered_at", "amount")}}
    prepared = prepare(make_config(given), purchases=lines[lines["ordered_at"] < as_of])
    train(prepared)
    folder = score(prepared).folder
    scores = pd.read_parquet(folder / "scores.parquet").set_index("customer_id")
    last = lines[lines["ordered_at"] < as_of].groupby("customer_id")["ordered_at"].max()
    gone = (as_of - last.reindex(scores.index)).dt.days > 45
    assert gone.sum() > 100
    assert (~gone).sum() > 80
    share = scores.loc[gone, "clv_365d"].sum() / scores["clv_365d"].sum()
    # The models of when customers leave know no rhythm: of their own they have it above a tenth.
    assert share < 0.05
