"""Between the low and the high CLV of a contract lies what it brings in, as often as promised."""

import datetime

import numpy as np
import pandas as pd
import pytest

from holdfast import columns, make_config, prepare
from holdfast.contractual import Retention, Terms, recipe, whole_periods
from holdfast.data import simulate_contracts

AS_OF, PERIODS, DAYS = datetime.date(2023, 12, 1), 12, 30


@pytest.fixture(scope="module")
def curve():
    truth = simulate_contracts(4000, seed=2).truth
    return Retention.fit(whole_periods(truth["tenure"], truth["ended"]))


@pytest.mark.parametrize(("window", "p"), [(1, 0.02), (1, 0.5), (3, 0.3), (12, 0.7)])
def test_a_quantile_is_the_least_number_that_is_not_exceeded_so_often(curve, window, p):
    given = np.array([4.0]), np.array([p]), None
    ahead = {"window": window, "horizon": PERIODS, "discount": 0.01}
    (_, stays, leaves), *_ = curve._renewed(given[0], None, window=window, horizon=PERIODS)
    at_least = np.concatenate([[1.0], (1 - p) * stays + p * leaves, [0.0]])
    each = -np.diff(at_least)  # P(exactly 0, 1, …, 12 renewals)
    assert each.min() >= 0
    present = np.concatenate([[0.0], np.cumsum(np.exp(-0.01 * np.arange(1, PERIODS + 1)))])
    assert (each * present).sum() == pytest.approx(curve.values(*given, **ahead)[1][0], rel=1e-12)
    for q in (0.05, 0.1, 0.5, 0.9, 0.99):
        least = int(np.flatnonzero(np.cumsum(each) >= q - 1e-12)[0])
        assert curve.quantile(q, *given, **ahead)[0] == pytest.approx(present[least], rel=1e-12)


def test_whoever_leaves_for_certain_brings_nothing_and_nobody_more_than_all_renewals(curve):
    ahead = {"window": 1, "horizon": PERIODS, "discount": 0.0}
    found = [curve.quantile(q, np.array([3.0, 3.0]), np.array([1.0, 0.0]), None, **ahead) for q in (0.1, 1.0)]
    assert found[0][0] == found[1][0] == 0.0
    assert 1.0 <= found[0][1] < found[1][1] == PERIODS


def scored(seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return scores of a simulated business as of a day, and what each contract then brought in over 360 days."""
    spells = simulate_contracts(2500, seed=seed, days=1100).spells
    begins, ends = (pd.to_datetime(spells[c]) for c in ("started_at", "ended_at"))
    now = pd.Timestamp(AS_OF)
    known = spells[begins < now].assign(
        ended_at=spells["ended_at"].where(ends < now), end_reason=spells["end_reason"].where(ends < now)
    )
    names = ("customer_id", "started_at", "ended_at", "end_reason", "plan", "price")
    asked = {"name": "club", "setting": "contractual", "as_of": str(AS_OF), "churn": {"horizon_days": DAYS}}
    table = {"subscriptions": {"period_days": DAYS, "columns": {name: name for name in names}}}
    prepared = prepare(make_config(asked | table), subscriptions=known)
    fitted = recipe.fit_churn(prepared.contracts, prepared.contracts.cutoff, seed=1)
    scorer = recipe.scorer_of(
        prepared.contracts, fitted, clv_horizon_days=PERIODS * DAYS, yearly_discount=0.0, margin=1.0
    )
    rows = recipe.today(prepared.contracts)
    scores = scorer.score(rows, model_version="")
    of = spells.assign(begins=begins, ends=ends).groupby("customer_id")
    start = (now - of["begins"].min()).dt.days.loc[scores["customer_id"]].to_numpy()
    last = of["ends"].max().where(of["ended_at"].apply(lambda e: e.notna().all()))
    end = (last - now).dt.days.fillna(10**6).loc[scores["customer_id"]].to_numpy()
    renewals = (DAYS - start % DAYS)[:, None] + DAYS * np.arange(PERIODS)
    return scores, (renewals < end[:, None]).sum(axis=1) * rows["price"].astype(float).to_numpy()


@pytest.mark.no_cover
def test_what_contracts_bring_in_lies_in_their_intervals():
    """Renewals are whole, and many contracts make all there are: more than eight in ten fall into their interval."""
    scores, happened = scored(seed=2)
    low, clv, high = (scores[name(PERIODS * DAYS)] for name in (columns.clv_low, columns.clv, columns.clv_high))
    assert (
        (low <= clv) & (clv <= high)
    ).mean() > 0.95  # a mean may lie below the low end where all but one in ten stay
    assert (low < high).mean() > 0.9
    assert clv.sum() == pytest.approx(happened.sum(), rel=0.08)
    assert np.mean(happened < low - 1e-9) < 0.1
    assert np.mean(happened > high + 1e-9) < 0.1
    fifth = pd.qcut(scores[columns.p_churn(DAYS)], 5, labels=False)
    held = pd.Series((happened >= low - 1e-9) & (happened <= high + 1e-9)).groupby(fifth.to_numpy()).mean()
    assert held.min() > 0.8


def test_a_renewal_behind_the_window_is_left_to_the_curve_and_each_counts_as_of_its_day(curve):
    so_far, p = np.array([2.1, 2.98]), np.array([0.001, 0.25])
    ahead = {"window": np.array([0, 1]), "horizon": 1, "discount": 0.1}
    stays, expected = curve.values(so_far, p, None, **ahead)
    model = curve.curves[""].model
    renews = float(model.survival(3.0)) / float(model.survival(2.0))
    assert 0.5 < renews < 0.99
    assert stays == pytest.approx([renews * np.exp(-0.1 * 0.9), np.exp(-0.1 * 0.02)], rel=1e-12)
    assert expected == pytest.approx([0.999 * stays[0], 0.75 * stays[1]], rel=1e-12)
    assert curve.quantile(0.95, so_far, p, None, **ahead) == pytest.approx(np.exp([-0.1 * 0.9, -0.1 * 0.02]))
    assert curve.quantile(0.05, so_far, p, None, **ahead).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("window", "period", "found"),
    [(30, 365.0, [0, 0, 1, 1]), (90, 365.0, [0, 1, 1, 1]), (30, 30.44, [1, 1, 1, 1]), (90, 30.0, [3, 3, 3, 3])],
)
def test_a_window_shorter_than_a_period_holds_the_next_renewal_or_does_not(window, period, found):
    scorer = recipe.ContractScorer(
        churn=None, retention=None, payments=None, terms=Terms(), window_days=window, gap_days=0, period_days=period,
        clv_horizon_days=365, yearly_discount=0.1, margin=1.0, trained_as_of=None,
    )  # fmt: skip
    assert scorer.window_periods(np.array([1.5, 0.8, 2.95, 0.999])).tolist() == found
