"""Every forecast of purchases and spend against its definition, and from its file."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from holdfast.churn import Past, Snapshots
from holdfast.clv import BTYD_MODELS, GammaGamma
from holdfast.data import Columns, Source, read_purchases
from holdfast.features import Cutoff, summary_of
from holdfast.forecast import DEFAULT, Outlook, value_contenders
from holdfast.forecast.contenders.rules import Average, LastPeriod, Zero
from holdfast.forecast.contenders.trees import Offset

CUTOFF = Cutoff(date(2024, 3, 1), 60)


@pytest.fixture(scope="module")
def outlook(shop):
    log = read_purchases(Source(shop.purchases, Columns("customer_id", "ordered_at", "amount", order_id="order_id")))
    past = Past(Snapshots(log.connection, log.first_day), CUTOFF)
    spends = past.snapshots.spends(CUTOFF.date)
    spend = GammaGamma(first_purchase=True, ridge="clip").fit(summary_of(spends), weights=spends["customers"])
    return Outlook(past, spend)


@pytest.fixture(scope="module")
def window(outlook):
    return outlook.past.snapshots.at(CUTOFF)


def test_the_rules_by_hand():
    rows = pd.DataFrame(
        {
            "purchase_days_60d": [3, 0],
            "spend_90d": [90.0, 0.0],
            "purchases_per_year": [7.3, 3.65],
            "spend_mean": [10.0, 4.0],
        }
    )
    per_purchase = np.array([12.0, 5.0])
    last, average = LastPeriod(75), Average(75)
    # By ratio 90 days are nearer to 75 than 60 are.
    assert last.purchases(rows.assign(purchase_days_90d=9)).tolist() == pytest.approx([9 * 75 / 90] * 2)
    assert LastPeriod(60).purchases(rows).tolist() == [3, 0]
    assert last.spend(rows, per_purchase).tolist() == pytest.approx([75.0, 0.0])
    assert average.purchases(rows).tolist() == pytest.approx([1.5, 0.75])
    assert average.spend(rows, per_purchase).tolist() == pytest.approx([15.0, 3.0])
    assert Zero().spend(rows, per_purchase).tolist() == [0, 0]


def test_every_contender_answers_and_survives_its_file(outlook, window):
    features = window[0].head(60)
    per_purchase = outlook.per_purchase(features)
    assert {*BTYD_MODELS, "btyd", "offset", "direct", "average", "last_period", "zero"} <= set(value_contenders())
    for name, kind in value_contenders().items():
        fitted = outlook.fitted(name)
        purchases, spend = fitted.purchases(features), fitted.spend(features, per_purchase)
        assert purchases.shape == spend.shape == (60,), name
        assert (purchases >= 0).all(), name
        assert (spend >= 0).all(), name
        again = kind.from_dict(fitted.to_dict())
        assert again.purchases(features).tobytes() == purchases.tobytes(), name
        assert again.spend(features, per_purchase).tobytes() == spend.tobytes(), name
        assert outlook.fitted(name) is fitted, "fitted once"


def test_btyd_is_the_mean_of_the_models_and_spend_is_purchases_times_their_worth(outlook, window):
    features = window[0].head(200)
    each = [m.expected_purchases(summary_of(features), 60) for m in outlook.past.trio.models.values()]
    mean = outlook.fitted("btyd")
    np.testing.assert_allclose(mean.purchases(features), np.mean(each, axis=0), rtol=1e-12)
    per_purchase = outlook.per_purchase(features)
    np.testing.assert_allclose(mean.spend(features, per_purchase), np.mean(each, axis=0) * per_purchase, rtol=1e-12)


def test_the_default_foresees_the_totals_of_a_window_not_seen(outlook, window):
    features, outcome = window
    assert DEFAULT == "offset"
    served, rule = outlook.fitted(DEFAULT), outlook.fitted("average")
    assert served.purchases(features).sum() == pytest.approx(outcome["purchases"].sum(), rel=0.06)
    spend = served.spend(features, outlook.per_purchase(features))
    assert spend.sum() == pytest.approx(outcome["spend"].sum(), rel=0.08)
    error = [np.abs(c.purchases(features) - outcome["purchases"]).mean() for c in (served, rule)]
    assert error[0] < error[1], "as if nobody ever left is worse"


def test_a_log_without_amounts_has_purchases_and_no_worth(outlook, window):
    without = Outlook(Past(outlook.past.snapshots, CUTOFF, has_money=False), None)
    features = window[0].head(20)
    assert without.per_purchase(features) is None
    direct = without.fitted("direct")
    assert direct.money is None
    assert not any("spend" in name for name in direct.columns)


def test_trees_grown_side_by_side_are_those_grown_alone(outlook):
    past = outlook.past.hiding(())
    pasts = [past, past.earlier(CUTOFF.earlier(60)), past.earlier(CUTOFF.earlier(10_000))]
    Offset.prepare([Outlook(p, None) for p in pasts])
    started = [p.has("offset: counts") for p in pasts]
    assert started == [True, True, False], "before the log began nothing can be learnt"
    for p in pasts[:2]:
        assert Offset.fit(Outlook(p, None)).to_dict() == Offset.fit(Outlook(p.hiding(()), None)).to_dict()
