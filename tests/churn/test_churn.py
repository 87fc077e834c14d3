"""The churn model learns from the past only, means what it says, and gives reasons."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from holdfast.churn import (
    Past,
    Sizes,
    Snapshots,
    contenders,
    eligible,
    plan_snapshots,
    reasons_for,
    same_season,
    train_churn,
)
from holdfast.churn.model import ChurnModel
from holdfast.churn.norms import figures
from holdfast.churn.season import LastYear, last_year, level_shift, year_ago
from holdfast.churn.signs import signs_of
from holdfast.data import Columns, Source, read_purchases, simulate_shop
from holdfast.errors import NotEnoughDataError
from holdfast.evaluate import churn_metrics
from holdfast.features import Cutoff
from holdfast.language import fill
from holdfast.learn.calibration import shifted

FIRST = date(2023, 1, 1)
COLUMNS = Columns("customer_id", "ordered_at", "amount", order_id="order_id")
CUTOFF = Cutoff(date(2024, 3, 1), 60)


def past_of(purchases, cutoff=CUTOFF, **settings):
    log = read_purchases(Source(purchases, COLUMNS))
    return Past(Snapshots(log.connection, log.first_day), cutoff, **settings)


@pytest.fixture(scope="module")
def past(shop):
    return past_of(shop.purchases)


@pytest.fixture(scope="module")
def model(past):
    return train_churn(past)


@pytest.fixture(scope="module")
def window(past):
    return past.snapshots.at(CUTOFF)


def test_training_windows_are_over_by_the_cutoff():
    cutoff = Cutoff(date(2024, 3, 1), horizon_days=60, gap_days=7)
    plan = plan_snapshots(FIRST, cutoff)
    assert len(plan) == 7
    assert plan[0].window_end == cutoff.date
    assert all(a.date > b.date for a, b in pairwise(plan))
    assert all((c.date - FIRST).days >= 28 for c in plan)
    assert plan_snapshots(FIRST, Cutoff(date(2023, 3, 1), 60)) == []


def test_windows_of_the_same_season_a_year_ago_are_learnt_from_once_a_year_lies_before_them():
    cutoff = Cutoff(date(2024, 3, 1), horizon_days=60, gap_days=7)
    found = same_season(date(2022, 1, 1), cutoff)
    # The grid of the cutoff has quarters of 67 days.
    assert [(cutoff.date - c.date).days for c in found] == [369, 385, 352]
    assert {(c.horizon_days, c.gap_days) for c in found} == {(60, 7)}
    halves = same_season(date(2022, 1, 1), cutoff, half=True)
    assert [(c.date, c.horizon_days) for c in halves] == [(c.date, 30) for c in found]
    # A year of history before each; none of a young log; none twice where windows are a year long.
    assert len(same_season(date(2022, 2, 26), cutoff)) == 2
    assert same_season(date(2022, 4, 1), cutoff) == []
    assert same_season(date(2024, 2, 1), cutoff) == []
    years, first = Cutoff(date(2024, 3, 1), 364), date(2015, 1, 1)
    both = [c.date for c in plan_snapshots(first, years) + same_season(first, years)]
    assert len(both) == len(set(both))
    assert all(day + timedelta(days=364) <= years.date for day in both)


def test_every_contender_has_probabilities_and_survives_its_file(past, window):
    features = window[0].head(50)
    assert {"recency", "rfm", "p0", "bg_nbd", "mbg_nbd", "pareto_nbd", "lightgbm", "ridge", "blend"} <= set(
        contenders()
    )
    for name, kind in contenders().items():
        fitted = past.fitted(name)
        p = fitted.p_churn(features)
        assert p.shape == (50,), name
        assert ((p > 0) & (p < 1)).all(), name
        assert kind.from_dict(fitted.to_dict()).p_churn(features).tobytes() == p.tobytes(), name


def test_the_blend_is_the_mean_of_its_members_with_trees_counted_twice(past, window):
    features = window[0]
    p0, ridge, trees = (past.fitted(name).p_churn(features) for name in ("p0", "ridge", "lightgbm_pooled"))
    np.testing.assert_allclose(past.fitted("blend").p_churn(features), (p0 + ridge + 2 * trees) / 4, rtol=1e-12)
    two = Past(past.snapshots, past.cutoff, members=("p0", "ridge"))
    assert list(two.fitted("blend").parts) == ["p0", "ridge"]
    np.testing.assert_allclose(two.fitted("blend").p_churn(features), (p0 + ridge) / 2, rtol=1e-12)
    none = Past(past.snapshots, past.cutoff, members=())
    with pytest.raises(NotEnoughDataError, match=r"all its members .* were left out"):
        none.fitted("blend")


def test_p0_is_the_likelihood_of_silence_and_no_one_time_buyer_is_safe(past, window):
    """Against Fader, Hardie & Lee (2005) eq. 6: L(x, t_x, T + h) / L(x, t_x, T), for x = 0 and for x > 0."""
    from scipy.special import betaln, gammaln

    bg = past.trio.models["bg_nbd"]
    r, alpha, a, b = (bg.params_[k] for k in ("r", "alpha", "a", "b"))

    def likelihood(x, t_x, T):
        stays = np.exp(betaln(a, b + x) + gammaln(r + x) - (r + x) * np.log(alpha + T))
        left = np.where(
            x > 0, np.exp(betaln(a + 1, b + x - 1 * (x > 0)) + gammaln(r + x) - (r + x) * np.log(alpha + t_x)), 0
        )
        return stays + left

    rows = window[0][window[0]["frequency"] < 30].head(200)
    x, t_x, T = (rows[c].to_numpy(dtype=np.float64) for c in ("frequency", "recency", "tenure"))
    p = past.fitted("bg_nbd").p_churn(rows)
    np.testing.assert_allclose(p, likelihood(x, t_x, T + 60) / likelihood(x, t_x, T), rtol=1e-9)
    assert p[x == 0].min() > 0.2, "1 − P(alive) would be 0 for every one-time buyer"


def test_purchases_after_the_cutoff_change_nothing_in_the_model(shop, model, window):
    cut = shop.purchases[shop.purchases["ordered_at"] < "2024-03-01"]
    assert train_churn(past_of(cut)).to_dict() == model.to_dict()


def test_threads_change_no_bit(shop, model, window):
    one = train_churn(past_of(shop.purchases, threads=1))
    two = train_churn(past_of(shop.purchases, threads=2))
    assert one.to_dict() == two.to_dict() == model.to_dict()
    assert one.p_churn(window[0]).tobytes() == model.p_churn(window[0]).tobytes()


def test_a_model_survives_its_file(model, window):
    again = ChurnModel.from_dict(model.to_dict())
    assert again.to_dict() == model.to_dict()
    assert again.p_churn(window[0]).tobytes() == model.p_churn(window[0]).tobytes()


def test_probabilities_mean_what_they_say_on_a_window_not_seen(model, window):
    features, outcome = window
    p = model.p_churn(features)
    active = eligible(features, active_days=120)
    assert p[active].mean() == pytest.approx(outcome["churned"][active].mean(), abs=0.05)
    truth = churn_metrics(outcome["churned"], p)
    assert truth["ece"] < 0.04
    assert truth["auc"] > churn_metrics(outcome["churned"], features["days_since_last"].rank(pct=True))["auc"]


def test_the_gap_is_left_out_of_the_window(shop):
    wide = past_of(shop.purchases, Cutoff(date(2024, 2, 1), 60, 30))
    features, outcome = wide.snapshots.at(wide.cutoff)
    for name in ("p0", "blend"):
        p = wide.fitted(name).p_churn(features)
        assert p.mean() == pytest.approx(outcome["churned"].mean(), abs=0.05), name


def test_a_large_log_is_learnt_from_samples_and_means_the_same(shop):
    log = read_purchases(Source(shop.purchases, COLUMNS))
    sizes = Sizes(training=400, check=700, judged=1200)
    past = Past(Snapshots(log.connection, log.first_day, sizes), CUTOFF)
    assert all(300 < len(x.features) < 500 for x in past.training_windows())
    assert all(len(x.features) == len(x.churned) for x in past.training_windows())
    model = train_churn(past)
    features, outcome = past.snapshots.at(CUTOFF)
    assert 1100 < len(features) < 1300
    p, y = model.p_churn(features), outcome["churned"].to_numpy()
    assert p.mean() == pytest.approx(y.mean(), abs=0.06)
    whole = Past(Snapshots(log.connection, log.first_day), CUTOFF)
    assert (past.snapshots.sampled_from(CUTOFF.date), whole.snapshots.sampled_from(CUTOFF.date)) == (2000, None)
    # A buy-till-you-die model that serves learns from everyone, up to 300,000; of a training window, from some.
    assert past.trio.to_dict() == whole.trio.to_dict()
    window, same = (each.training_windows(most=1)[0].trio for each in (past, whole))
    ours, theirs = (one.mean_expected(features, 60) for one in (window, same))
    assert np.abs(ours - theirs).max() > 0
    assert ours.sum() == pytest.approx(theirs.sum(), rel=0.05)
    assert window.models["bg_nbd"].customers_ == 700
    assert same.models["bg_nbd"].customers_ > 1500
    some = Snapshots(log.connection, log.first_day, Sizes(served=1200)).trio(CUTOFF.date)
    assert {model.customers_ for model in some.models.values()} == {1200}
    assert some.mean_expected(features, 60).sum() == pytest.approx(
        past.trio.mean_expected(features, 60).sum(), rel=0.03
    )
    lost = churn_metrics(y, p)["log_loss"] - churn_metrics(y, train_churn(whole).p_churn(features))["log_loss"]
    assert lost < 0.02, "a quarter of the customers teaches nearly as much"


def test_the_grid_of_a_cutoff_is_that_of_a_window_later():
    for days in (60, 45, 3, 1):
        now = Cutoff(date(2024, 3, 1), days, 7)
        then = now.earlier(days + 7)
        ours, theirs = plan_snapshots(FIRST, now), plan_snapshots(FIRST, then)
        assert {c.date for c in ours} & {c.date for c in theirs}, days
        halves = plan_snapshots(FIRST, now, half=True)
        assert all(c.window_end <= now.date for c in [*ours, *halves])
        assert {c.horizon_days for c in halves} == {max(1, days // 2)}
        # A cutoff of half windows is one of whole windows, or newer than all of them: its features are there already.
        newest = ours[0].date
        assert {c.date for c in halves if c.date <= newest} <= {c.date for c in ours}


def test_a_history_too_short_is_refused_in_plain_words(shop):
    early = past_of(shop.purchases, Cutoff(date(2023, 3, 15), 60))
    with pytest.raises(NotEnoughDataError, match=r"needs 88 days of purchases before it .* the log has 73"):
        train_churn(early)


def test_a_short_history_borrows_from_half_the_horizon(shop):
    short = past_of(shop.purchases, Cutoff(date(2023, 7, 20), 154))  # 1.3 horizons
    assert short.short
    features, outcome = short.snapshots.at(short.cutoff)
    model = train_churn(short)
    p = model.p_churn(features)
    assert "horizon_days" in model.contender.parts["lightgbm_pooled"].trees.columns
    assert churn_metrics(outcome["churned"], p)["auc"] > 0.7
    assert p.mean() == pytest.approx(outcome["churned"].mean(), abs=0.08)


def test_one_cohort_of_customers_gives_a_sensible_result():
    shop = simulate_shop(1500, days=420, joining_days=10, seed=5)
    past = past_of(shop.purchases, Cutoff(date(2024, 1, 1), 50))
    features, outcome = past.snapshots.at(past.cutoff)
    p = train_churn(past).p_churn(features)
    assert churn_metrics(outcome["churned"], p)["auc"] > 0.75
    assert p.mean() == pytest.approx(outcome["churned"].mean(), abs=0.05)


def test_almost_only_one_time_buyers_is_sensible_or_refused():
    shop = simulate_shop(4000, days=420, r=0.02, alpha=30.0, seed=6)
    counts = shop.purchases.groupby("customer_id").size()
    assert (counts == 1).mean() > 0.95
    past = past_of(shop.purchases, Cutoff(date(2024, 1, 1), 60))
    features, outcome = past.snapshots.at(past.cutoff)
    p = train_churn(past).p_churn(features)
    assert p.mean() == pytest.approx(outcome["churned"].mean(), abs=0.02)
    one = features["purchase_days"].to_numpy() == 1
    assert 0.9 < p[one].mean() < 1
    assert p[~one].mean() < p[one].mean()


def test_nobody_or_everybody_buying_is_refused(shop):
    first = shop.purchases.sort_values("ordered_at").drop_duplicates("customer_id")
    with pytest.raises(NotEnoughDataError, match=r"nobody bought again|too few repeat buyers"):
        train_churn(past_of(first[first["ordered_at"] < "2023-03-01"], Cutoff(date(2023, 12, 1), 60)))


def test_last_year_is_half_believed_and_only_with_enough_history():
    shop = simulate_shop(1500, days=800, joining_days=600, seed=8)
    late = date(2024, 12, 15)
    # Every year from mid-December on half of the purchases do not happen.
    when = pd.to_datetime(shop.purchases["ordered_at"])
    winter = (when.dt.month == 12) & (when.dt.day >= 15) | (when.dt.month <= 1)
    kept = shop.purchases[~winter | (np.arange(len(when)) % 2 == 0)]
    past = past_of(kept, Cutoff(late, 45))
    model = train_churn(past)
    assert model.season.tested
    assert model.season.observed_churn > model.season.foreseen_churn
    assert model.season.log_odds_shift > 0
    features, outcome = past.snapshots.at(past.cutoff)
    raw = model.contender.p_churn(features)
    full = level_shift(raw, outcome["churned"].to_numpy())
    assert abs(model.p_churn(features).mean() - outcome["churned"].mean()) < abs(raw.mean() - outcome["churned"].mean())
    assert 0 < model.season.log_odds_shift < 2 * full
    early = train_churn(past_of(kept, Cutoff(date(2023, 12, 1), 45)))
    assert not early.season.tested
    assert "168 are needed" in early.season.reason


def test_two_winters_are_believed_by_two_thirds_and_one_by_half():
    shop = simulate_shop(800, first_day=date(2021, 9, 1), days=1300, joining_days=1100, alpha=25.0, seed=8)
    when = pd.to_datetime(shop.purchases["ordered_at"])
    winter = (when.dt.month == 12) & (when.dt.day >= 15) | (when.dt.month <= 1)
    kept = shop.purchases[~winter | (np.arange(len(when)) % 2 == 0)]
    past = past_of(kept, Cutoff(date(2024, 12, 15), 45))
    found, thens = last_year(past, "p0"), [year_ago(past), year_ago(past, 2)]
    assert found.years == 2  # of the winter of 2021 the log shows too little before it
    shifts = []
    for then in thens:
        features, outcome = then.snapshots.at(then.cutoff)
        p = then.trio.mean_p_no_purchase(features, 45)
        shifts.append(level_shift(p, outcome["churned"].to_numpy()))
    assert min(shifts) > 0
    assert found.log_odds_shift == pytest.approx(2 / 3 * np.mean(shifts))
    assert LastYear.from_dict({**found.to_dict(), "purchase_factor": 1.2}) == found, "older models knew more"
    one = last_year(past_of(kept, Cutoff(date(2023, 12, 15), 45)), "p0")
    assert (one.years, "years" in one.to_dict()) == (1, False)
    assert one.log_odds_shift == pytest.approx(0.5 * shifts[0], rel=0.25)


def test_the_season_is_what_the_model_that_serves_and_the_lifetime_models_both_miss(monkeypatch):
    shop = simulate_shop(400, first_day=date(2021, 9, 1), days=1300, joining_days=1100, alpha=25.0, seed=8)
    past = past_of(shop.purchases, Cutoff(date(2024, 12, 15), 45))
    first, second = year_ago(past), year_ago(past, 2)
    shifts, means = [], []
    for then in (first, second):
        features, outcome = then.snapshots.at(then.cutoff)
        p = then.trio.mean_p_no_purchase(features, 45)
        shifts.append(level_shift(p, outcome["churned"].to_numpy()))
        means.append(p.mean())

    class Off:
        def p_churn(self, some):
            return shifted(first.trio.mean_p_no_purchase(some, 45), 0.8)

    monkeypatch.setattr(Past, "fitted", lambda self, name: Off())
    found = last_year(past, "blend")
    # Half of what it was off by beyond the lifetime models last year it would have been the year before, too.
    assert found.years == 2
    assert found.log_odds_shift == pytest.approx(2 / 3 * (np.mean(shifts) - 0.4), abs=1e-6)
    assert means[0] < found.foreseen_churn < Off().p_churn(first.snapshots.features(first.cutoff.date)).mean()


def test_where_nothing_is_unusual_a_rare_buyer_is_said_to_be_one(model, window):
    rows = window[0][window[0]["purchase_days"] >= 3].head(1)
    # As silent as always: no sign.
    rows = pd.concat([rows] * 4).assign(
        gap_median=[45.0, 44.0, 50.0, 50.0],
        gap_max=400.0,
        gap_mean=200.0,
        days_since_last=10.0,
        purchase_days=[3, 3, 3, 2],
    )
    bare = [said for ((said,),) in (reasons_for(_Level(), rows.iloc[[i]]) for i in range(4))]
    assert [said.partition(" as others")[0] for said in bare] == [
        "usually buys only every 45 days",
        "as likely to leave",
        "usually buys only every 50 days",
        "as likely to leave",
    ]


class _Level:
    """A model of a window of 60 days that nothing moves."""

    horizon_days, gap_days = 60, 0

    def p_churn(self, features):
        return np.full(len(features), 0.4)


def test_reasons_lower_the_risk_when_put_back_to_the_norm_and_the_strongest_comes_first(model, window):
    features = window[0].sort_values("days_since_last").tail(300).astype({"gap_median": "float64"})
    features = features.reset_index(drop=True)
    reasons = reasons_for(model, features)
    assert all(1 <= len(r) <= 3 for r in reasons)
    named, p = 0, model.p_churn(features)
    for place, row in enumerate(features.to_dict("records")):
        known, falls = figures(row), []
        by_words = {fill(s.said, known): s for s in signs_of(known)}
        for sentence in reasons[place]:
            if sentence in by_words:
                usual = features.iloc[[place]].assign(**by_words[sentence].usual(known))
                falls.append((by_words[sentence].group != "frequency", p[place] - model.p_churn(usual)[0]))
        assert all(fall > 0 for _, fall in falls)
        assert falls == sorted(falls, reverse=True)
        named += bool(falls)
    assert named > 0.9 * len(features)
