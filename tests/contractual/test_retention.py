"""How long contracts last, and what the rest of one is worth."""

import json

import numpy as np
import pandas as pd
import pytest

from holdfast.clv import ShiftedBetaGeo
from holdfast.contractual import Retention, survival_table, whole_periods
from holdfast.data import simulate_contracts

# Fader & Hardie (2007), table 1, regular customers: survivors of 1,000 after 1, 2, … years.
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]


def published() -> pd.DataFrame:
    ended = -np.diff(REGULAR)
    T = np.repeat([*range(1, 8), 7], [*ended, REGULAR[-1]])
    return pd.DataFrame({"T": T, "churned": np.repeat([1, 0], [ended.sum(), REGULAR[-1]])})


def test_the_survival_table_is_the_published_one():
    table = survival_table(published())
    assert (table["survival"] * 1000).round().tolist() == REGULAR[1:]
    assert table["at_risk"].tolist() == REGULAR[:-1]


def test_running_contracts_count_only_as_long_as_they_were_seen():
    table = survival_table(pd.DataFrame({"T": [1, 1, 2, 2], "churned": [1, 0, 1, 0]}))
    assert table["survival"].tolist() == [0.75, 0.375]


def test_tenure_becomes_whole_renewals():
    found = whole_periods([0.0, 2.9, 3.05, 2.95, 2.0], [1, 0, 1, 0, 0], slack=0.1)
    assert found["T"].tolist() == [1, 3, 3, 3, 2]
    assert whole_periods([2.9, 3.05], [0, 1])["T"].tolist() == [2, 4]


def test_the_curve_of_the_published_cohort_is_found():
    retention = Retention.fit(published())
    curve = retention.curves[""]
    assert curve.name == "sBG"
    assert curve.model.params_["alpha"] == pytest.approx(0.704077, abs=1e-4)
    assert curve.model.log_likelihood_ == pytest.approx(-1680.265188, abs=1e-4)


def test_with_the_curves_own_probability_the_value_is_residual_lifetime():
    model = ShiftedBetaGeo().fit(published())
    for age in (0, 1, 4):
        now = pd.DataFrame({"T": [age], "churned": [0]})
        for window in (1, 3):
            p = model.p_churn(now, window)
            _, expected = Retention.fit(published()).values(
                np.array([float(age)]), p, None, window=window, horizon=12, discount=0.08
            )
            assert expected[0] == pytest.approx(model.residual_value(now, horizon=12, discount=0.08)[0], rel=1e-9)


def test_value_falls_with_the_risk_but_not_what_a_stayer_is_worth():
    stays, expected = Retention.fit(published()).values(
        np.array([2.0, 2.0, 2.0]), np.array([0.0, 0.5, 1.0]), None, window=1, horizon=12, discount=0.01
    )
    assert stays[0] == stays[1] == stays[2] == expected[0]
    assert expected[0] > expected[1] > expected[2] == 0.0


def test_plans_have_curves_of_their_own_close_to_the_truth_and_come_back_from_json():
    truth = simulate_contracts(4000, seed=2).truth
    summary = whole_periods(truth["tenure"], truth["ended"])
    retention = Retention.fit(summary, truth["plan"])
    assert set(retention.curves) == {"", "basic", "plus", "premium"}
    for plan in ("basic", "plus", "premium"):
        hazards = truth.loc[truth["plan"] == plan, "p_end"].to_numpy()
        fitted = retention.curves[plan].model.survival([1, 6, 12])
        assert fitted == pytest.approx([((1 - hazards) ** t).mean() for t in (1, 6, 12)], abs=0.03)
    again = Retention.from_dict(json.loads(json.dumps(retention.to_dict())))
    pd.testing.assert_frame_equal(again.table(summary, truth["plan"]), retention.table(summary, truth["plan"]))
    table = retention.table(summary, truth["plan"])
    assert (table["fitted_survival"] - table["survival"]).abs()[table["at_risk"] > 300].max() < 0.05
    assert retention.curve_of(pd.Series(["basic", "unheard of"]), 2).tolist() == ["basic", ""]


def test_customers_who_do_not_differ_have_the_limiting_curve():
    random = np.random.default_rng(1)
    T = random.geometric(0.1, 3000)
    summary = pd.DataFrame({"T": np.minimum(T, 12), "churned": (T <= 12).astype(int)})
    curve = Retention.fit(summary).curves[""]
    assert curve.model.survival([5, 10]) == pytest.approx([0.9**5, 0.9**10], abs=0.02)


def test_too_few_contracts_have_no_curve_and_say_why():
    few = published().head(90)
    retention = Retention.fit(few)
    assert retention.curves == {}
    assert "90 contracts" in retention.problem
    assert retention.table(few, None)["model"].unique().tolist() == [""]
