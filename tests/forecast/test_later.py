"""What came after the window in earlier years corrects what comes after it now, and nothing else."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from holdfast.churn import Past
from holdfast.churn.season import year_ago
from holdfast.churn.snapshots import Snapshots
from holdfast.clv import BTYD_MODELS
from holdfast.data import Columns, Source, read_purchases, simulate_shop
from holdfast.features import Cutoff, build_histories, summary_of
from holdfast.forecast.later import Later, learn_later
from holdfast.forecast.scorer import Scorer
from holdfast.pipeline import prepare
from holdfast.pipeline.training import fit
from tests.conftest import COLUMNS

FIRST = pd.Timestamp("2021-01-01")
CUTOFF = Cutoff("2024-01-01", horizon_days=60)


@pytest.fixture(scope="module")
def shrinking():
    """Four years in which fewer and fewer purchases are made: more than the models expect never come."""
    lines = simulate_shop(800, first_day=FIRST.date(), days=1460, joining_days=1000, seed=8).purchases
    years = (pd.to_datetime(lines["ordered_at"]) - FIRST).dt.days / 365.0
    first = ~lines["customer_id"].duplicated()
    return lines[first | (np.random.default_rng(1).random(len(lines)) < 0.7**years)].reset_index(drop=True)


def past_of(lines, cutoff=CUTOFF, last_day=None):
    known = lines if last_day is None else lines[pd.to_datetime(lines["ordered_at"]) < last_day]
    log = read_purchases(Source(known, Columns(**COLUMNS)))
    return Past(Snapshots(log.connection, log.first_day), cutoff)


def test_the_factor_is_half_of_what_was_wrong_a_year_ago_and_two_thirds_of_two_years(shrinking):
    past = past_of(shrinking)
    ratios = []
    for years in (1, 2):
        then = year_ago(past, years).cutoff
        first, end = 60, (CUTOFF.date - then.date).days if years == 1 else 365
        histories = build_histories(past.snapshots.connection, then)
        models = [
            kind(ridge="clip").fit(summary_of(histories), weights=histories["customers"])
            for kind in BTYD_MODELS.values()
        ]
        each = [
            m.expected_purchases(summary_of(histories), end) - m.expected_purchases(summary_of(histories), first)
            for m in models
        ]
        expected = float(np.mean(each, axis=0) @ histories["customers"].to_numpy())
        days = pd.to_datetime(shrinking["ordered_at"]).dt.normalize()
        since = (days - pd.Timestamp(then.date)).dt.days
        known = set(shrinking.loc[since < 0, "customer_id"])
        made = shrinking[(since >= first) & (since < end) & shrinking["customer_id"].isin(known)]
        ratios.append(len(set(zip(made["customer_id"], days[made.index], strict=True))) / expected)
    found = learn_later(past, 365)
    # A few days of the year before the older one are missing.
    counts = [1.0, (year_ago(past, 2).cutoff.date - FIRST.date()).days / 364]
    assert 0.95 < counts[1] < 1
    assert found.believed == pytest.approx(sum(counts) / (1 + sum(counts)))
    expected = 1 + found.believed * (np.average(ratios, weights=counts) - 1)
    assert found.factor == pytest.approx(expected, rel=1e-3)
    assert found.factor < 0.9
    assert found.left == pytest.approx(np.log(np.array(ratios) / found.factor), abs=1e-3)
    assert (found.made / found.expected, found.days) == (pytest.approx(ratios[0], rel=1e-3), (61, 360))
    one = learn_later(past_of(shrinking, Cutoff("2022-10-01", horizon_days=60)), 365)
    assert len(one.left) == 1
    # 278 days before the cutoff of a year ago: less than a year, so it counts for less.
    counts = (year_ago(past_of(shrinking, Cutoff("2022-10-01", horizon_days=60))).cutoff.date - FIRST.date()).days / 364
    assert 0.7 < counts < 0.8
    assert one.believed == pytest.approx(counts / (1 + counts))
    assert one.factor == pytest.approx(1 + one.believed * (one.made / one.expected - 1))


def test_who_was_silent_a_year_ago_tells_how_much_silence_means(shrinking):
    past = past_of(shrinking, Cutoff("2022-10-01", horizon_days=60))
    then = year_ago(past).cutoff
    end = (past.cutoff.date - then.date).days
    lines = shrinking.assign(day=pd.to_datetime(shrinking["ordered_at"]).dt.normalize())
    lines["since"] = (lines["day"] - pd.Timestamp(then.date)).dt.days
    known, bought = (
        set(lines.loc[which, "customer_id"]) for which in (lines["since"] < 0, lines["since"].between(0, 59))
    )
    silent = lines[lines["customer_id"].isin(known - bought)]
    made = len(silent.loc[silent["since"].between(60, end - 1), ["customer_id", "day"]].drop_duplicates())
    days = silent.loc[silent["since"] < 0, ["customer_id", "since"]].drop_duplicates().groupby("customer_id")["since"]
    summary = pd.DataFrame(
        {"frequency": days.count() - 1.0, "recency": 1.0 * days.max() - days.min(), "T": -1.0 - days.min()}
    )
    after = summary.assign(T=summary["T"] + 60)
    histories = build_histories(past.snapshots.connection, then)
    models = [
        kind(ridge="clip").fit(summary_of(histories), weights=histories["customers"]) for kind in BTYD_MODELS.values()
    ]
    p = np.array([m.p_no_purchase(summary, 60) for m in models])
    later = np.array([m.expected_purchases(after, end - 60) for m in models])
    expected = ((p * later).mean(axis=0) / p.mean(axis=0)).sum()
    found = learn_later(past, 365)
    assert found.silent == pytest.approx(made / expected, rel=0.01)
    # As few came back as all of it says; more than that; as many as the models had expected.
    assert found.gone_share(found.silent) == pytest.approx(1.0)
    assert found.gone_share(0.5 * found.silent) < 1.0
    assert replace(found, silent=1.0).gone_share(0.7) == pytest.approx(1.0 - found.believed)
    assert replace(found, silent=None).gone_share(0.7) == 1.0


def test_nothing_that_comes_later_is_read(shrinking):
    assert learn_later(past_of(shrinking, last_day="2024-01-01"), 365) == learn_later(past_of(shrinking), 365)


@pytest.mark.parametrize(
    ("cutoff", "horizon"),
    [
        (Cutoff("2022-03-01", horizon_days=60), 365),
        (CUTOFF, 80),
        (CUTOFF, 30),
    ],
    ids=["no year before", "hardly any day after the window", "none"],
)
def test_where_nothing_can_be_seen_nothing_is_applied(shrinking, cutoff, horizon):
    assert learn_later(past_of(shrinking, cutoff), horizon) == Later()


def test_only_what_comes_after_the_window_is_multiplied(shop, config):
    prepared = prepare(config, purchases=shop.purchases)
    scorer = fit(prepared, prepared.cutoff)
    features = prepared.snapshots.features(prepared.cutoff.date)

    def clv(factor, days):
        asked = replace(scorer, later=Later(factor), clv_horizon_days=days)
        return asked.score(features, as_of=prepared.cutoff.date, model_version="1")[f"clv_{days}d"].to_numpy()

    np.testing.assert_array_equal(clv(0.5, 60), clv(1.0, 60))
    np.testing.assert_allclose(clv(1.0, 365) - clv(0.5, 365), (clv(1.0, 365) - clv(0.0, 365)) / 2)
    np.testing.assert_allclose(clv(0.0, 365), clv(1.0, 60), rtol=1e-9)
    kept = Scorer.from_dict(replace(scorer, later=Later(0.8, (0.1, -0.2), 0.6, (61, 365), 10.0, 8.0)).to_dict())
    assert kept.later == Later(0.8, (0.1, -0.2), 0.6, (61, 365), 10.0, 8.0)
    older = scorer.to_dict()
    del older["later"], older["gone"]
    # A model from before these were known goes on as it did.
    assert (Scorer.from_dict(older).later, Scorer.from_dict(older).gone_share) == (Later(), 0.0)


def test_where_the_silent_came_back_nobody_is_gone_for_good(shop, config):
    prepared = prepare(config, purchases=shop.purchases)
    scorer = fit(prepared, prepared.cutoff)
    features, day = prepared.snapshots.features(prepared.cutoff.date), prepared.cutoff.date
    back, left = (scorer.believing(Later(believed=1.0, silent=seen), features, as_of=day) for seen in (1.2, 0.0))
    assert (back.gone_share, left.gone_share) == (0.0, 1.0)
    assert Scorer.from_dict(left.to_dict()).gone_share == 1.0
    worth, less = (s.score(features, as_of=day, model_version="1") for s in (back, left))
    lost = ((worth["clv_365d"] - less["clv_365d"]) / worth["clv_365d"]).to_numpy()
    p = worth["p_churn_60d"].to_numpy()
    assert (lost >= 0).all()
    assert lost[p > 0.9].mean() > max(lost[p < 0.5].mean(), 0.05)
