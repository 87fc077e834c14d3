"""A frame of another library is taken wherever one of pandas is."""

import importlib.util
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from holdfast.data import simulate_campaign
from holdfast.experiments import assign, measure, measure_uplift
from holdfast.kpis.historical import historical
from holdfast.segments.rfm import rfm

FEATURES = pd.DataFrame(
    {
        "days_since_last": [3.0, 200.0, 40.0, 90.0, 10.0],
        "purchase_days": [12, 9, 2, 1, 1],
        "spend_mean": [75.0, 77.0, 40.0, 20.0, 15.0],
        "spend_total": [900.0, 700.0, 80.0, 20.0, 15.0],
        "tenure": [365.0, 400.0, 300.0, 90.0, 10.0],
    }
)
KNOWN = ["past_spend", "silent_days", "channel"]


def polars(frame: pd.DataFrame) -> Any:
    if importlib.util.find_spec("polars") is None:
        pytest.skip("polars is not installed: its frames are not tested here")
    import polars as pl

    return pl.from_pandas(frame)


def arrow(frame: pd.DataFrame) -> Any:
    return pa.Table.from_pandas(frame, preserve_index=False)


@pytest.mark.parametrize("of", [arrow, polars])
def test_segments_values_and_experiments_take_them(of: Any) -> None:
    data = simulate_campaign(2000, effect=0.1, spread=0.2, seed=3).data
    asked = {"arm": "arm", "control": "control"}
    pd.testing.assert_frame_equal(rfm(of(FEATURES)), rfm(FEATURES))
    pd.testing.assert_frame_equal(historical(of(FEATURES), margin=0.3), historical(FEATURES, margin=0.3))
    people = pd.DataFrame({"customer_id": ["ann", "bob", "cid", "dee"]})
    shares = {"control": 0.5, "voucher": 0.5}
    found = assign(of(people), experiment="spring", shares=shares).table
    assert found["arm"].tolist() == ["control", "control", "control", "voucher"]
    effects = [measure(one, **asked, outcomes=["bought"], covariates=KNOWN[:2]) for one in (data, of(data))]
    assert effects[0].as_dict() == effects[1].as_dict()
    learnt = [measure_uplift(one, **asked, outcome="bought", covariates=KNOWN) for one in (data, of(data))]
    assert learnt[0].as_dict() == learnt[1].as_dict()
