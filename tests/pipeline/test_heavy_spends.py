"""Spends so uneven that they have no mean: training ends, everything written is finite, and the notes say it."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from holdfast.config import make_config
from holdfast.data import simulate_shop
from holdfast.features import summary_of
from holdfast.pipeline import prepare, score, train
from tests.conftest import settings

QUICK = {"churn": "p0", "value": "btyd", "origins": 1, "leave_out": ["lightgbm", "lightgbm_pooled", "blend", "ridge",
         "offset", "direct"]}  # fmt: skip


@pytest.fixture(scope="module")
def heavy(tmp_path_factory):
    """400 customers of a truth with q = 0.4 and p = 0.3."""
    folder = tmp_path_factory.mktemp("heavy")
    log = simulate_shop(400, seed=5, p=0.3, q=0.4, v=20.0).purchases
    log = log.assign(amount=log["amount"].clip(lower=0.01))
    prepared = prepare(make_config(settings(folder, race=QUICK)), purchases=log)
    return train(prepared), score(prepared), folder


def finite(value) -> bool:
    if isinstance(value, dict):
        return all(finite(v) for v in value.values())
    if isinstance(value, list):
        return all(finite(v) for v in value)
    return not isinstance(value, float) or math.isfinite(value)


def test_training_ends_and_every_number_written_is_finite(heavy):
    trained, scored, folder = heavy
    spend = trained.scorer.spend
    assert spend.params_["q"] < 1
    assert spend.params_["p"] + spend.params_["q"] < 1
    numbers = scored.scores.select_dtypes("number").to_numpy()
    assert np.all(np.isfinite(numbers))
    assert np.all(numbers >= 0)
    assert scored.scores["expected_spend_per_purchase"].max() <= spend.largest_spend_
    files = list(folder.rglob("*.json"))
    assert any(p.name == "race.json" for p in files)
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert not any(word in text for word in ("NaN", "Infinity")), path.name
        assert finite(json.loads(text))


def test_the_notes_say_whose_spend_is_limited(heavy):
    trained, scored, _ = heavy
    features = pd.read_parquet(scored.folder / "features.parquet")
    limited = int(trained.scorer.spend.is_limited(summary_of(features)).sum())
    assert 0 < limited < len(scored.scores)
    note = next(n for n in scored.notes if n.startswith("Expected spend is limited"))
    assert note.startswith(f"Expected spend is limited for {limited:,} of {len(scored.scores):,} customers")
    assert note in json.loads((scored.folder / "metrics.json").read_text(encoding="utf-8"))["notes"]
