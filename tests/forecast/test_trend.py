"""Expected spends are of today's prices: what the same customers spend moves from year to year."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from holdfast.clv import GammaGamma
from holdfast.config import make_config
from holdfast.features import build_features
from holdfast.forecast.scorer import Scorer
from holdfast.forecast.trend import SpendTrend
from holdfast.pipeline import prepare, score, train
from holdfast.pipeline.preparation import PreparedPurchases
from holdfast.pipeline.training import fit
from tests.conftest import settings

QUICK = {"churn": "p0", "value": "btyd", "origins": 1, "leave_out": ["lightgbm", "lightgbm_pooled", "blend", "ridge",
         "offset", "direct"]}  # fmt: skip
AS_OF = pd.Timestamp("2024-01-01")


def shop(factor: Callable[[pd.DataFrame], np.ndarray], seed: int = 1, days: int = 1100) -> pd.DataFrame:
    """Return a log in which customers' spends are made dearer or cheaper by ``factor``, with a year after ``AS_OF``."""
    random, rows = np.random.default_rng(seed), []
    for customer in range(900):
        day, level = float(random.uniform(0, days)), float(random.lognormal(3.0, 0.4))
        leaves = day + random.exponential(700)
        for nth in range(60):
            if day > min(leaves, days + 365) and nth:
                break
            rows.append((f"c{customer}", day, nth, level * random.lognormal(0.0, 0.5)))
            day += random.gamma(2.0, 25.0)
    log = pd.DataFrame(rows, columns=["customer_id", "day", "nth", "amount"])
    log["ordered_at"] = (AS_OF + pd.to_timedelta(log["day"] - days, unit="D")).dt.normalize()
    log["order_id"] = [f"o{i}" for i in range(len(log))]
    log["amount"] = (log["amount"] * factor(log)).round(2)
    return log


def dearer(yearly: float) -> Callable[[pd.DataFrame], np.ndarray]:
    return lambda log: (1 + yearly) ** (log["day"].to_numpy() / 365)


def prepared(log: pd.DataFrame, folder: Path = Path()) -> PreparedPurchases:
    config = make_config(settings(folder, race=QUICK, as_of=str(AS_OF.date())))
    return prepare(config, purchases=log[log["ordered_at"] < AS_OF].drop(columns=["day", "nth"]))


def trained(log: pd.DataFrame) -> tuple[Scorer, pd.DataFrame]:
    known = prepared(log)
    scorer = fit(known, known.cutoff, churn="p0", value="btyd")
    return scorer, build_features(known.log.connection, known.cutoff)


def made(log: pd.DataFrame, days: int) -> pd.DataFrame:
    """Return what customers spent on each purchase day of the days after ``AS_OF``, and on how many."""
    after = log[(log["ordered_at"] >= AS_OF) & (log["ordered_at"] < AS_OF + pd.Timedelta(days=days))]
    by_day = after.groupby(["customer_id", "ordered_at"])["amount"].sum().reset_index()
    return by_day.groupby("customer_id")["amount"].agg(["sum", "size"])


@pytest.fixture(scope="module")
def inflation() -> tuple[pd.DataFrame, Scorer, pd.DataFrame]:
    log = shop(dearer(0.1))
    return log, *trained(log)


def test_prices_that_rise_are_in_the_next_purchase(inflation):
    log, scorer, features = inflation
    assert scorer.trend.years == 3
    assert scorer.trend.seen == pytest.approx(np.log(1.1), abs=2 * scorer.trend.error)
    assert scorer.trend.rate == pytest.approx(scorer.trend.seen, rel=0.15)
    scored = {
        name: one.score(features, as_of=AS_OF, model_version="m").set_index("customer_id")
        for name, one in {"with": scorer, "without": replace(scorer, trend=SpendTrend())}.items()
    }
    bought = made(log, 60)
    off = {}
    for name, scores in scored.items():
        expected = scores["expected_spend_per_purchase"].reindex(bought.index)
        off[name] = float((expected * bought["size"]).sum() / bought["sum"].sum()) - 1
    assert off["without"] < -0.05
    assert abs(off["with"]) < 0.035


def test_the_rest_of_a_year_is_dearer_than_its_window_and_money_at_stake_still_adds_up(inflation):
    _, scorer, features = inflation
    scores = scorer.score(features, as_of=AS_OF, model_version="m")
    spend = scores["expected_spend_per_purchase"] * scores["expected_purchases_60d"]
    assert ((1 - scores["p_churn_60d"]) * scores["value_if_stays_60d"]).to_numpy() == pytest.approx(spend, abs=1e-9)
    now = replace(scorer, trend=SpendTrend()).score(features, as_of=AS_OF, model_version="m")
    dearer_by = scores["clv_365d"] / scores["expected_spend_per_purchase"]
    before = now["clv_365d"] / now["expected_spend_per_purchase"]
    # Half of 10 % a year, over half a year.
    assert 1.005 < float((dearer_by / before).median()) < 1.025


@pytest.mark.parametrize(
    "factor",
    [
        dearer(0.0),
        lambda log: np.where(log["nth"] == 0, 0.5, 1.0),
        lambda log: np.where(log["ordered_at"].dt.month == 12, 1.8, 1.0),
    ],
    ids=["steady", "a small first order", "large baskets at Christmas"],
)
def test_what_is_no_trend_is_none_and_the_model_is_as_ever(factor):
    scorer, _ = trained(shop(factor, seed=3))
    assert abs(scorer.trend.seen) < 2.5 * scorer.trend.error
    assert scorer.trend.rate == 0.0
    assert "trend" not in scorer.to_dict()


def test_two_years_tell_and_one_does_not():
    log = shop(dearer(0.1), days=740)
    assert trained(log)[0].trend.years == 2
    assert trained(log[log["ordered_at"] >= AS_OF - pd.Timedelta(days=729)])[0].trend == SpendTrend()


def test_it_is_kept_and_told(inflation, tmp_path):
    log, scorer, _ = inflation
    assert Scorer.from_dict(scorer.to_dict()).trend == scorer.trend
    known = prepared(log, tmp_path)
    learnt = train(known).scorer.trend
    said = next(note for note in score(known).notes if "from one year to the next" in note)
    assert f"{np.expm1(learnt.seen):+.1%} a purchase" in said


def test_expectations_age_with_what_they_are_made_of():
    trend, model = SpendTrend(rate=0.1, age=365.0), GammaGamma.from_params(p=6.0, q=4.0, v=15.0)
    customers = pd.DataFrame({"frequency": [999.0, 0.0], "recency": [0.0, 0.0], "T": [730.0, 0.0]})
    # Of one who bought a thousand times their own two years count; of one who bought once, two thirds are their own.
    assert trend.today(customers, model) == pytest.approx(np.exp([0.2, 0.1 / 3]), rel=1e-3)
    assert SpendTrend().today(customers, model).tolist() == [1.0, 1.0]
    assert trend.today(customers, model, later=365) == pytest.approx(np.exp([0.2, 0.2 / 3]), rel=1e-3)
