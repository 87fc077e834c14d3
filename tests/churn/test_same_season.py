"""Who buys only in another season is known by last year's windows of this one."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from holdfast.churn import Past, Snapshots, plan_snapshots, same_season, train_churn
from holdfast.churn.closed import ClosedSeason
from holdfast.data import Columns, Source, read_purchases
from holdfast.features import Cutoff

AUTUMN = Cutoff(date(2024, 10, 1), horizon_days=90)


@pytest.fixture(scope="module")
def log():
    """Half of the customers buy every summer and never else, half at any time."""
    random, rows = np.random.default_rng(1), []
    for customer in range(700):
        if customer % 2:
            summers = [date(year, 7, 1) for year in range(2021, 2026) if random.random() < 0.8]
            rows += [(f"s{customer}", day + timedelta(days=int(random.normal(0, 15)))) for day in summers]
        else:
            day = date(2021, 1, 1) + timedelta(days=int(random.integers(0, 200)))
            while day < date(2026, 1, 1):
                rows.append((f"a{customer}", day))
                day += timedelta(days=1 + int(random.exponential(120)))
    frame = pd.DataFrame(rows, columns=["customer_id", "ordered_at"]).assign(amount=10.0)
    return read_purchases(Source(frame, Columns(amount="amount")))


def foreseen(log) -> tuple[float, float]:
    """Return P(churn) of the customers of summer, on average, and the AUC among all."""
    past = Past(Snapshots(log.connection, log.first_day), AUTUMN)
    features, outcome = past.snapshots.at(AUTUMN)
    p = train_churn(past).p_churn(features)
    summer = features["customer_id"].str.startswith("s").to_numpy(dtype=bool)
    assert outcome["churned"].to_numpy()[summer].mean() == 1.0
    return float(p[summer].mean()), float(roc_auc_score(outcome["churned"], p))


def test_customers_of_summer_are_not_expected_in_autumn(log, monkeypatch):
    p, auc = foreseen(log)
    monkeypatch.setattr("holdfast.churn.snapshots.same_season", lambda *_, **__: [])
    before, auc_before = foreseen(log)
    assert p > before + 0.04
    assert p > 0.8
    assert auc > auc_before + 0.005


def test_windows_that_are_shut_every_year_are_not_learnt_from(log, monkeypatch):
    snapshots = Snapshots(log.connection, log.first_day)
    known = {c.date for c in plan_snapshots(log.first_day, AUTUMN)}
    season = [c for c in snapshots.planned(AUTUMN) if c.date not in known]
    assert season == same_season(log.first_day, AUTUMN)
    assert len(season) == 3
    # Shut before Christmas: in two of the windows, not in the one that is over by then.
    shut = ClosedSeason(((date(2023, 12, 15), date(2023, 12, 24)),))
    monkeypatch.setattr(snapshots, "closed", lambda _: shut)
    left = [c for c in snapshots.planned(AUTUMN) if c.date not in known]
    assert left == [c for c in season if c.window_end <= date(2023, 12, 15)]
    assert len(left) == 1
