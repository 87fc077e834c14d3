"""How many purchases a window brings in together: what earlier years say of it, and what is believed of that."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from holdfast.churn import Past, Snapshots
from holdfast.churn.season import year_ago
from holdfast.clv import GammaGamma
from holdfast.data import Columns, Source, read_purchases, simulate_shop
from holdfast.errors import NotEnoughDataError
from holdfast.features import Cutoff, summary_of
from holdfast.forecast import DEFAULT, Forecast, Outlook, train_forecast
from holdfast.forecast.level import believed, of_earlier_years

COLUMNS = Columns("customer_id", "ordered_at", "amount", order_id="order_id")
YOUNG = Cutoff(date(2024, 3, 1), 60)
WINTER = date(2024, 12, 15)


def outlook_of(purchases, cutoff):
    log = read_purchases(Source(purchases, COLUMNS))
    past = Past(Snapshots(log.connection, log.first_day), cutoff)
    spends = past.snapshots.spends(cutoff.date)
    return Outlook(
        past, GammaGamma(first_purchase=True, ridge="clip").fit(summary_of(spends), weights=spends.customers)
    )


def kept_in_winter(share, seed=8):
    """A shop in which so many of the purchases from mid-December to January happen."""
    shop = simulate_shop(900, first_day=date(2022, 2, 1), days=1200, joining_days=1000, alpha=25.0, seed=seed)
    when = pd.to_datetime(shop.purchases["ordered_at"])
    winter = (when.dt.month == 12) & (when.dt.day >= 15) | (when.dt.month <= 1)
    lucky = np.random.default_rng(1).random(len(when)) < share
    return shop.purchases[~winter | lucky]


@pytest.fixture(scope="module")
def winter():
    return outlook_of(kept_in_winter(0.5), Cutoff(WINTER, 45))


@pytest.fixture(scope="module")
def young(shop):
    return outlook_of(shop.purchases, YOUNG)


def off(then, foreseen):
    features, outcome = then.snapshots.at(then.cutoff)
    return np.log(outcome["purchases"].sum() / foreseen(features).sum())


def test_a_year_tells_what_the_one_that_serves_and_the_lifetime_models_were_off_by(winter):
    first, second = (year_ago(winter.past, years) for years in (1, 2))
    btyd = [off(then, lambda rows, then=then: then.trio.mean_expected(rows, 45)) for then in (first, second)]
    own = off(first, replace(winter, past=first).fitted(DEFAULT).purchases)
    assert max(btyd[0], own) < -0.3
    assert abs(own - btyd[0]) > 0.01, "two kinds of models, two errors"
    found, weights = of_earlier_years(winter, DEFAULT)
    assert found == pytest.approx([(own + btyd[0]) / 2, btyd[1] + (own - btyd[0]) / 2])
    assert weights == [1.0, pytest.approx(second.history_days / 364)]
    assert second.history_days < 364


def test_a_season_that_returns_is_believed_and_the_total_is_nearer(winter):
    served, plain = train_forecast(winter), Forecast(DEFAULT, winter.fitted(DEFAULT))
    features, outcome = winter.past.snapshots.at(winter.past.cutoff)
    bought = outcome["purchases"].sum()
    apart = [abs(np.log(one.purchases(features).sum() / bought)) for one in (served, plain)]
    assert served.factor < 0.8
    assert apart[0] < 0.4 * apart[1]
    np.testing.assert_allclose(served.purchases(features), served.factor * plain.purchases(features))
    per_purchase = winter.per_purchase(features)
    np.testing.assert_allclose(
        served.spend(features, per_purchase), served.factor * plain.spend(features, per_purchase)
    )
    again = Forecast.from_dict(served.to_dict())
    assert (again.name, again.factor) == (DEFAULT, served.factor)
    assert again.purchases(features).tobytes() == served.purchases(features).tobytes()


def test_small_differences_without_a_season_are_hardly_believed():
    even = outlook_of(kept_in_winter(1.0), Cutoff(WINTER, 45))
    found, _ = of_earlier_years(even, "btyd")
    assert max(np.abs(found)) < 0.2
    assert abs(np.log(train_forecast(even, "btyd").factor)) < 0.3 * max(np.abs(found))


def test_who_could_not_be_fitted_a_year_ago_leaves_the_year_to_the_lifetime_models(winter, monkeypatch):
    def refuse(self, name):
        raise NotEnoughDataError("too young then")

    monkeypatch.setattr(Outlook, "fitted", refuse)
    first = year_ago(winter.past)
    found, _ = of_earlier_years(winter, DEFAULT)
    assert found[0] == pytest.approx(off(first, lambda rows: first.trio.mean_expected(rows, 45)))


def test_the_longer_the_log_was_then_the_more_a_year_counts():
    assert believed([0.4], [0.5]) < believed([0.4], [1.0]) < believed([0.4, 0.4], [1.0, 1.0])
    assert believed([-0.4], [1.0]) == pytest.approx(1 / believed([0.4], [1.0]))


def test_where_no_last_year_is_known_the_level_lies_halfway_to_that_of_the_lifetime_models(young):
    features = young.past.snapshots.features(YOUNG.date)
    own = young.fitted(DEFAULT).purchases(features).sum()
    theirs = young.past.trio.mean_expected(features, YOUNG.horizon_days).sum()
    assert abs(np.log(theirs / own)) > 0.01
    assert train_forecast(young).purchases(features).sum() == pytest.approx(np.sqrt(own * theirs))
    assert train_forecast(young, "btyd").factor == pytest.approx(1, abs=1e-6)
