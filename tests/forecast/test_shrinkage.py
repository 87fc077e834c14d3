"""How far the next purchase goes with the ones before it is what the log shows, not what a distribution says."""

import numpy as np
import pandas as pd
import pytest

from holdfast.clv import GammaGamma
from holdfast.data import Columns, Source, read_purchases
from holdfast.features import Cutoff
from holdfast.features.histories import build_next_spends
from holdfast.forecast.scorer import Scorer
from holdfast.forecast.shrinkage import Shrinkage
from holdfast.pipeline import prepare
from holdfast.pipeline.training import fit

MODEL = GammaGamma.from_params(p=6.0, q=4.0, v=15.0)


def spends(own: float, seed: int = 1, n: int = 20_000) -> pd.DataFrame:
    """Return one purchase and the next of customers whose own level counts so much, beside log-normal chance."""
    random = np.random.default_rng(seed)
    level = own * random.normal(0.0, 1.0, n)
    before, after = (np.exp(3.0 + level + np.sqrt(1.0 - own**2) * random.normal(0.0, 1.0, n)) for _ in range(2))
    return pd.DataFrame({"earlier": 1.0, "spend_before": before, "spend_last": before, "spend": after})


def test_where_all_spend_alike_one_large_purchase_says_nothing_of_the_next():
    alike, own = spends(0.0), spends(0.99)
    expected = MODEL.expected_spend(pd.DataFrame({"frequency": 1.0, "monetary_value": alike["spend_before"]}))
    found = Shrinkage.of(alike, MODEL)
    drawn = found.drawn(expected, np.ones(len(expected)))
    top = expected >= np.quantile(expected, 0.9)
    # These parameters believe the largest tenth; what came next was what everybody spends.
    assert expected[top].mean() > 2 * alike["spend"][top].mean()
    assert drawn[top].mean() == pytest.approx(expected.mean(), rel=0.1)
    assert drawn.mean() == pytest.approx(expected.mean())
    assert Shrinkage.of(own, MODEL).slopes[0] > 0.95


def test_customers_with_more_purchases_have_slopes_of_their_own():
    table = pd.concat([spends(0.0, 1), spends(0.99, 2).assign(earlier=3.0), spends(0.99, 3).assign(earlier=8.0)])
    found = Shrinkage.of(table, MODEL)
    assert found.slopes[0] < 0.05
    assert min(found.slopes[1:]) > 0.95
    drawn = found.drawn(np.full(3, 10 * found.mean), [1, 3, 8])
    assert drawn[0] < 2 * found.mean < 8 * found.mean < min(drawn[1:])


def test_what_a_log_does_not_show_stays_as_the_model_has_it():
    expected = np.array([10.0, 300.0])
    for table in (spends(0.0, n=9), spends(0.0).assign(spend_before=20.0)):
        assert Shrinkage.of(table, MODEL).drawn(expected, [1, 9]).tolist() == expected.tolist()
    # Fewer purchases move it less; and a next one that differs more than the one before is no reason to widen.
    few, many = (Shrinkage.of(spends(0.0, n=n), MODEL).slopes[0] for n in (20, 20_000))
    assert many < 0.05 < few < 1.0
    wide = spends(0.99)
    assert Shrinkage.of(wide.assign(spend=wide["spend"] ** 2), MODEL).slopes[0] == 1.0


def test_the_next_purchase_is_beside_the_mean_of_those_before_it():
    days = pd.to_datetime(
        ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01", "2024-01-05", "2024-01-09", "2024-01-09"]
    )
    lines = pd.DataFrame({"customer_id": list("aaaabbb"), "ordered_at": days, "amount": [10.0, 30, 50, 70, 8, 4, 5]})
    log = read_purchases(Source(lines, Columns(amount="amount")))
    found = build_next_spends(log.connection, Cutoff("2024-04-01", horizon_days=30))
    # What comes on the cutoff or later is not known; the two lines of one day are one purchase.
    assert found.to_numpy().tolist() == [[1.0, 8.0, 8.0, 9.0], [1.0, 10.0, 10.0, 30.0], [2.0, 20.0, 30.0, 50.0]]


def test_a_scorer_learns_it_draws_by_it_and_keeps_it(shop, config):
    prepared = prepare(config, purchases=shop.purchases)
    scorer, day = fit(prepared, prepared.cutoff), prepared.cutoff.date
    assert scorer.shrinkage == Shrinkage.of(prepared.snapshots.next_spends(day), scorer.spend)
    features = prepared.snapshots.features(day)
    half = Shrinkage(mean=20.0, slopes=(0.5, 0.5, 0.5))
    before, after = (
        Scorer.from_dict(state).score(features, as_of=day, model_version="1")["expected_spend_per_purchase"]
        for state in (
            scorer.to_dict() | {"shrinkage": Shrinkage().to_dict()},
            scorer.to_dict() | {"shrinkage": half.to_dict()},
        )
    )
    assert after.to_numpy() == pytest.approx(20.0 * np.sqrt(before.to_numpy() / 20.0))
    older = scorer.to_dict()
    del older["shrinkage"]
    assert Scorer.from_dict(older).shrinkage == Shrinkage()


def following(lasting: float, noise: float, seed: int = 4) -> pd.DataFrame:
    """Return purchases beside those before them, of customers whose level moves for good, and who spend by chance."""
    random, rows = np.random.default_rng(seed), []
    level = random.lognormal(3.0, 0.8, 1500)
    before = [level * random.lognormal(0.0, noise, 1500)]
    for nth in range(1, 10):
        level = level * random.lognormal(0.0, lasting, 1500)
        spend = level * random.lognormal(0.0, noise, 1500)
        mean = np.mean(before, axis=0)
        rows.append(
            pd.DataFrame({"earlier": float(nth), "spend_before": mean, "spend_last": before[-1], "spend": spend})
        )
        before.append(spend)
    return pd.concat(rows)


def test_what_changes_for_good_is_foreseen_where_it_last_was():
    table = following(lasting=0.2, noise=0.0)
    found = Shrinkage.of(table, MODEL)
    assert found.lasts[0] == 0.0
    assert min(found.lasts[1:]) > 0.8
    own = table[table["earlier"] >= 6]
    expected = MODEL.expected_spend(pd.DataFrame({"frequency": own["earlier"], "monetary_value": own["spend_before"]}))
    features = own.rename(columns={"earlier": "purchase_days", "spend_before": "spend_mean"})
    off = {
        name: float(np.abs(np.log(of / own["spend"])).mean())
        for name, of in {"mean": expected, "last": found.today(expected, features)}.items()
    }
    # A step of .2 is off by .16 on average; the mean of six and more lags behind by some of them.
    assert off["last"] < 0.21 < 0.29 < off["mean"]
    assert found.today(expected, features).mean() == pytest.approx(found.drawn(expected, own["earlier"]).mean())
    assert Shrinkage.from_dict(found.to_dict()) == found


def test_what_varies_by_chance_is_foreseen_by_the_mean_of_all():
    found = Shrinkage.of(following(lasting=0.0, noise=0.5), MODEL)
    assert found.lasts == (0.0, 0.0, 0.0)
    assert "lasts" not in found.to_dict()
