"""The churn-definition report: a hand-worked log, a second computation, and what lies in the future."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from holdfast import check, make_config, prepare
from holdfast.churn import define_churn
from holdfast.churn.definition import to_learn_it
from holdfast.data import Columns, Source, read_purchases
from holdfast.errors import NotEnoughDataError
from holdfast.features import Cutoff, build_outcomes
from holdfast.features.build import purchase_days_sql
from holdfast.features.histories import keep_purchase_days
from holdfast.report.text import definition as text
from tests.conftest import COLUMNS, settings

START = date(2024, 1, 1)


def log_of(days: dict[str, list[int]]):
    rows = [(who, START + timedelta(days=d), 1.0, f"{who}-{d}") for who, at in days.items() for d in at]
    frame = pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount", "order_id"])
    return read_purchases(Source(frame, Columns(**COLUMNS)))


def test_a_log_worked_by_hand():
    # Silences: a 10 ended, 50 open; b 30 ended, 30 open; c 60 open.
    log = log_of({"a": [0, 10], "b": [0, 30], "c": [0]})
    found = define_churn(log.connection, Cutoff(START + timedelta(days=60), 30), 60)
    rows = {row["days"]: row for row in found.silence}
    assert [rows[0]["silences"], rows[14]["silences"], rows[30]["silences"]] == [5, 4, 2]
    # Kaplan-Meier: at day 10, 1 of 5 ends; at day 30, 1 of the 4 that lasted so long.
    assert rows[0]["p_return"] == pytest.approx(1 - 4 / 5 * 3 / 4)
    assert rows[14]["p_return"] == pytest.approx(1 / 4)
    assert rows[30]["p_return"] == 0.0
    thirty = next(row for row in found.horizons if row["horizon_days"] == 30)
    # As of day 30 all three are known; in days 30 to 59 only b bought.
    assert thirty == {
        "horizon_days": 30,
        "customers": 3,
        "churn_rate": pytest.approx(2 / 3),
        "eligible": 3,
        "eligible_churn_rate": pytest.approx(2 / 3),
    }


def test_the_curve_is_what_simulated_customers_do(shop):
    log = read_purchases(Source(shop.purchases, Columns(**COLUMNS)))
    cutoff = Cutoff(date(2024, 3, 1), 60)
    found = define_churn(log.connection, cutoff, (cutoff.date - log.first_day).days)
    # Second computation: what customers silent for 60 to 66 days half a year ago really did next.
    seen, back = [], 0
    for weeks in range(13, 40):
        past = Cutoff(cutoff.date - timedelta(weeks=weeks), 60)
        outcome = build_outcomes(log.connection, past)
        last = log.connection.execute(
            f"SELECT customer_id, MAX(day) AS d FROM purchases WHERE day < {past.day} GROUP BY 1 ORDER BY 1"
        ).df()["d"]
        silent = ((past.day - last) >= 60) & ((past.day - last) < 67)
        seen.append(int(silent.sum()))
        back += int((1 - outcome["churned"][silent.to_numpy()]).sum())
    p = next(row["p_return"] for row in found.silence if row["days"] == 60)
    assert sum(seen) > 500
    assert p == pytest.approx(back / sum(seen), abs=4 * np.sqrt(p * (1 - p) / sum(seen)))
    rates = [row["churn_rate"] for row in found.horizons]
    assert rates == sorted(rates, reverse=True)
    assert found.recommended_days in {row["horizon_days"] for row in found.horizons}


def test_the_future_changes_nothing(shop):
    cutoff = Cutoff(date(2023, 12, 1), 60)
    known = shop.purchases[pd.to_datetime(shop.purchases["ordered_at"]) < "2023-12-01"]
    whole, cut = (read_purchases(Source(f, Columns(**COLUMNS))) for f in (shop.purchases, known))
    assert define_churn(whole.connection, cutoff, 300) == define_churn(cut.connection, cutoff, 300)


@pytest.mark.parametrize("gap", [0, 14])
def test_every_horizon_is_its_own_window_seen_by_itself(shop, gap):
    log = read_purchases(Source(shop.purchases, Columns(**COLUMNS)))
    cutoff = Cutoff(date(2024, 3, 1), 45, gap)
    found = define_churn(log.connection, cutoff, 425)
    kept = define_churn(log.connection, cutoff, 425, purchase_days=keep_purchase_days(log.connection))
    assert found == kept
    assert [row["horizon_days"] for row in found.horizons] == [14, 28, 30, 45, 60, 90, 120, 180, 365]
    bought = log.connection.execute(purchase_days_sql(cutoff)).df()
    for row in found.horizons:
        days = row["horizon_days"]
        past = Cutoff(cutoff.date - timedelta(days=days + gap), days, gap)
        outcome = build_outcomes(log.connection, past)
        last = bought[bought["day"] < past.day].groupby("customer_id")["day"].max()
        churned = outcome["churned"].to_numpy()
        active = (past.day - last.reindex(outcome["customer_id"]) <= 2 * days).to_numpy()
        assert row == {
            "horizon_days": days,
            "customers": len(last),
            "churn_rate": pytest.approx(churned.mean()),
            "eligible": active.sum(),
            "eligible_churn_rate": pytest.approx(churned[active].mean()),
        }


def test_where_nothing_can_be_recommended_the_reason_is_said():
    once = log_of({c: [i] for i, c in enumerate("abcdef")})
    found = define_churn(once.connection, Cutoff(START + timedelta(days=200), 30), 200)
    assert found.recommended_days is None
    assert "Nobody has bought twice" in found.why
    short = log_of({"a": [0, 10], "b": [1]})
    found = define_churn(short.connection, Cutoff(START + timedelta(days=30), 14), 30)
    assert found.recommended_days is None
    assert "which is what this log has room for" in found.why
    with pytest.raises(NotEnoughDataError, match="Nobody bought before 2023-12-01"):
        define_churn(short.connection, Cutoff(date(2023, 12, 1), 14), 30)


def test_the_eligible_of_the_configured_horizon_are_those_that_scores_have(shop, tmp_path):
    def found(**churn):
        config = make_config({**settings(tmp_path), "churn": {"horizon_days": 60, **churn}})
        definition = check(prepare(config, purchases=shop.purchases)).as_dict()["definition"]
        return {row["horizon_days"]: row["eligible"] for row in definition["horizons"]}, "\n".join(text(definition))

    usual, said = found()
    assert "churn.active_days" not in said
    same, said = found(active_days=120)
    assert same == usual
    assert "churn.active_days" not in said
    wide, said = found(active_days=300)
    assert wide[60] > usual[60]
    assert {h: n for h, n in wide.items() if h != 60} == {h: n for h, n in usual.items() if h != 60}
    assert "bought within churn.active_days (300 days) at churn.horizon_days" in said


def test_where_hardly_anybody_of_many_came_back_the_ids_are_doubted():
    once = log_of({f"c{i}": [i] for i in range(60)})
    assert to_learn_it(once.connection).startswith("Of all 60 customers 0 bought on two days: purchases.columns.")
    for others in ({f"c{i}": [i] for i in range(6)}, {f"c{i}": [i, i + 9] for i in range(60)}):
        assert to_learn_it(log_of(others).connection).startswith("Use a churn.horizon_days")
