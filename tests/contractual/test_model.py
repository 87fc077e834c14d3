"""The churn model under contract: it learns what is there, means what it says, and comes back from text."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from holdfast.contractual import contract_reasons, contract_value_reasons, stratified_folds, train_contract_churn
from holdfast.contractual.reasons import _level
from holdfast.contractual.scorer import Terms
from holdfast.errors import NotEnoughDataError
from holdfast.evaluate import churn_metrics

KIND = {"plan": "category", "hours": "number", "noise": "number"}


def world(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    plan = random.choice(["basic", "plus"], n)
    hours = random.gamma(4, 4, n).round(1)
    p = expit(-1 + 1.5 * (plan == "basic") - 0.15 * (hours - 15))
    frame = pd.DataFrame({"plan": plan, "hours": hours.astype(str), "noise": random.normal(size=n).astype(str)})
    return frame.astype("str"), p, (random.random(n) < p).astype(np.int64)


@pytest.fixture(scope="module")
def model():
    frame, _, y = world(1500, 1)
    return train_contract_churn(frame, y, KIND)


def test_probabilities_are_close_to_the_truth(model):
    frame, truth, y = world(3000, 2)
    p = model.p_churn(frame)
    assert np.abs(p - truth).mean() < 0.03
    seen = churn_metrics(y, p)
    assert seen["auc"] > churn_metrics(y, truth)["auc"] - 0.01
    assert seen["ece"] < 0.03


def test_more_use_means_less_risk(model):
    frame, _, _ = world(300, 3)
    more = frame.assign(hours=[str(float(h) + 10) for h in frame["hours"]])
    assert (model.p_churn(more) < model.p_churn(frame)).mean() > 0.95


def test_the_order_of_rows_does_not_matter(model):
    frame, _, _ = world(100, 4)
    assert np.array_equal(model.p_churn(frame[::-1])[::-1], model.p_churn(frame))


def test_a_model_that_was_written_tells_the_same_reasons(model):
    """Files have their keys sorted: c10 stands before c2 there."""
    frame, _, _ = world(1500, 5)
    assert len(model.linear.weights) > 11
    again = type(model).from_dict(json.loads(json.dumps(model.to_dict(), sort_keys=True)))
    pd.testing.assert_frame_equal(again.contributions(frame), model.contributions(frame))
    assert contract_reasons(again, frame) == contract_reasons(model, frame)


def test_the_same_seed_gives_the_same_text_and_text_gives_the_same_scores(model):
    frame, _, y = world(1500, 1)
    state = model.to_dict()
    assert train_contract_churn(frame, y, KIND).to_dict() == state
    again = type(model).from_dict(json.loads(json.dumps(state)))
    assert np.array_equal(again.p_churn(frame), model.p_churn(frame))
    assert again.to_dict() == state


def test_reasons_name_what_raises_the_risk_and_only_what_does_so_in_general(model):
    frame = pd.DataFrame({"plan": ["basic", "unheard of", None], "hours": ["2", "40", None], "noise": ["0", "0", "0"]})
    first, second, third = contract_reasons(model, frame.astype("str"))
    assert "hours 2; 16.1 on average" in first
    assert "plan basic: 56% of these left, 42% of all" in first
    assert len(second) >= 1
    assert all("nan" not in reason for reason in third)
    many, _, _ = world(400, 8)
    found = contract_reasons(model, many)
    hours = pd.to_numeric(many["hours"], errors="coerce").to_numpy()
    for reasons, used, plan in zip(found, hours, many["plan"], strict=True):
        assert 1 <= len(reasons) <= 3
        # The more hours the less risk: hours above the average are never a reason, nor a plan that fewer left.
        assert not any(r.startswith("hours") for r in reasons) or used < 16.2
        assert not any(r.startswith("plan") for r in reasons) or plan == "basic"
    assert any(r == ["no single sign: several small ones together"] for r in found)


def test_contributions_add_up_to_about_the_log_odds(model):
    frame, _, _ = world(500, 5)
    total, p = model.contributions(frame).sum(axis=1), model.p_churn(frame)
    assert np.corrcoef(total, np.log(p / (1 - p)))[0, 1] > 0.99


@pytest.mark.parametrize(("churners", "said"), [(0, "0 of 100"), (19, "19 of 100"), (100, "0 of 100 customers stayed")])
def test_too_few_of_an_outcome_are_refused(churners, said):
    frame, _, _ = world(100, 6)
    y = (np.arange(100) < churners).astype(np.int64)
    with pytest.raises(NotEnoughDataError, match=said):
        train_contract_churn(frame, y, KIND)


def test_a_table_with_nothing_to_learn_from_is_refused():
    frame, _, y = world(100, 7)
    with pytest.raises(NotEnoughDataError, match="No column is left"):
        train_contract_churn(frame, y, {})


def test_rows_of_one_customer_are_left_out_together():
    who = np.repeat(np.arange(60), 3)
    y = (np.arange(180) % 7 == 0).astype(np.int64)
    folds = stratified_folds(y, customers=who)
    assert np.array_equal(np.sort(np.concatenate([held for _, held in folds])), np.arange(180))
    for train, held in folds:
        assert not set(who[train]) & set(who[held])


def test_a_contract_that_has_just_begun_is_no_customer_for_0_months():
    scorer = SimpleNamespace(terms=Terms("tenure_days", 30, "price", None), churn=SimpleNamespace(churn_rate=0.1))
    scores = pd.DataFrame({"tenure_periods": [0.3, 1.2, 0.6, np.nan], "p_churn_30d": 0.08})
    rows = pd.DataFrame({"price": ["10", "20.5", "1000", "7"]})
    assert contract_value_reasons(scorer, scores, rows) == [
        ["pays 10.00 a month", "a customer for less than a month"],
        ["pays 20.50 a month", "a customer for 1 month"],
        ["pays 1,000.00 a month", "a customer for 1 month"],
        ["pays 7.00 a month"],
    ]


def test_a_value_is_named_where_clearly_more_of_these_left():
    rates = {"Malmö": 0.058, "Umeå": 0.09, "Lund": 0.04}
    said = [_level("Ort", town, rates, 0.052) for town in rates]
    assert said == ["", "Ort Umeå: 9% of these left, 5% of all", ""]
