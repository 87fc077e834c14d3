"""A box that is sent each month: whoever missed two has left, and is worth nothing a year from now either."""

import pandas as pd
from benchmarks.value_logs import monthly_box

from holdfast import make_config, prepare, score, train
from tests.conftest import settings


def test_whoever_has_left_is_worth_nothing_beyond_the_window_either(tmp_path):
    lines, as_of = monthly_box().frame(), pd.Timestamp("2024-12-01")
    given = {**settings(tmp_path), "as_of": as_of.date().isoformat(), "clv": {"horizon_days": 365}}
    given["purchases"] = {"columns": {name: name for name in ("customer_id", "ordered_at", "amount")}}
    prepared = prepare(make_config(given), purchases=lines[lines["ordered_at"] < as_of])
    train(prepared)
    folder = score(prepared).folder
    scores = pd.read_parquet(folder / "scores.parquet").set_index("customer_id")
    last = lines[lines["ordered_at"] < as_of].groupby("customer_id")["ordered_at"].max()
    gone = (as_of - last.reindex(scores.index)).dt.days > 75
    assert gone.sum() > 100
    assert (~gone).sum() > 80
    share = scores.loc[gone, "clv_365d"].sum() / scores["clv_365d"].sum()
    # The models of when customers leave know no rhythm: of their own they give them 7 %.
    assert share < 0.05
