"""Reasons name the cause of the risk: a shop in which it is planted, and known for every customer."""

import numpy as np
import pandas as pd
import pytest

from holdfast.churn import Past, Snapshots, train_churn
from holdfast.churn.reasons import felt_signs
from holdfast.data import Columns, Source, read_purchases
from holdfast.features import Cutoff, build_features
from tests.churn.planted import AS_OF, CAUSES, HORIZON_DAYS, planted_shop


@pytest.fixture(scope="module")
def told():
    """Cause and groups of the reasons, the strongest first, of the quarter of the active with the most to lose."""
    shop = planted_shop(3000, seed=2)
    log = read_purchases(Source(shop.purchases, Columns(amount="amount")))
    cutoff = Cutoff(AS_OF, HORIZON_DAYS)
    model = train_churn(Past(Snapshots(log.connection, log.first_day), cutoff), "blend")
    features = build_features(log.connection, cutoff)
    active = features[features["days_since_last"] <= 2 * HORIZON_DAYS]
    at_stake = model.p_churn(active) * active["spend_mean"].to_numpy()
    listed = active.iloc[np.argsort(-at_stake)[: len(active) // 4]].reset_index(drop=True)
    groups = [[sign.group for sign in signs] for _, signs in felt_signs(model, listed)]
    return pd.DataFrame({"cause": shop.cause.reindex(listed["customer_id"]).to_numpy(), "groups": groups})


@pytest.mark.parametrize("cause", CAUSES)
def test_the_planted_cause_comes_first_and_nearly_always_among_three(told, cause):
    groups = told.loc[told["cause"] == cause, "groups"]
    assert len(groups) >= 15, "too few to say a share of"
    assert np.mean([g[:1] == [cause] for g in groups]) >= 0.80
    assert np.mean([cause in g[:3] for g in groups]) >= 0.95
