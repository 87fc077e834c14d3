"""Columns that know the answer without telling it alone; what the alarm advises leads to a model that is right."""

import numpy as np
import pandas as pd
import pytest

from holdfast.contractual.siblings import siblings_of
from holdfast.errors import DataError
from holdfast.pipeline import check, prepare, score, train
from holdfast.report.text import verdict
from tests.pipeline.contracts import config


def study(n: int = 600, seed: int = 3) -> pd.DataFrame:
    """A study of 52 weeks: who stayed has a tenure of 52, who left one up to that day; usage says a little."""
    random = np.random.default_rng(seed)
    visits = random.poisson(6, n)
    left = random.random(n) < 1 / (1 + np.exp(0.35 * (visits - 4)))
    weeks = np.where(left, random.integers(1, 52, n), 52)
    return pd.DataFrame(
        {
            "customer_id": [f"c{i:04}" for i in range(n)],
            "tenure": weeks * 7,
            "visits": visits,
            "plan": random.choice(["a", "b"], n),
            "price": 10.0,
            "gone": np.where(left, "Yes", "No"),
        }
    )


def test_a_tenure_counted_up_to_the_end_is_called_that_and_what_is_advised_works(tmp_path):
    prepared = prepare(config(tmp_path, "snapshot"), subscriptions=study())
    problem = check(prepared).problem
    assert 'leak alarm: "tenure" (subscriptions.columns.tenure; AUC' in problem
    assert "100% of those who stayed have about the same, 364" in problem
    assert "Put it under subscriptions.ignore, and leave subscriptions.columns.tenure as it is" in problem
    assert "trusted" not in problem
    with pytest.raises(DataError, match=r"subscriptions\.columns\.tenure"):
        train(prepared)
    advised = prepare(config(tmp_path, "snapshot", subscriptions__ignore=["tenure"]), subscriptions=study())
    trained = train(advised)
    assert trained.verdict.promoted
    # The rule is of the plan alone, which says nothing; with the tenure it would have told everything.
    assert trained.held_out["plan_and_tenure"]["auc"] < 0.6
    assert trained.held_out["churn"]["auc"] > 0.65
    assert (score(advised).scores["p_churn_30d"].between(0, 1)).all()


def state(n: int = 400) -> np.ndarray:
    return np.random.default_rng(1).choice(["cancelled", "active", "paused", "moved"], n, p=[0.3, 0.4, 0.2, 0.1])


def test_parts_of_the_labels_own_answer_are_named():
    words = state()
    frame = pd.DataFrame({f"status_{word}": (words == word).astype(int) for word in ("active", "paused", "moved")})
    random = np.random.default_rng(2)
    frame = frame.assign(annual=(random.random(400) < 0.5).astype(int), status_email=random.integers(0, 2, 400))
    left = (words == "cancelled").astype(int)
    assert siblings_of("status_cancelled", frame, left) == ["status_active", "status_paused", "status_moved"]
    # Under other names they are known by making exactly one in each row.
    renamed = frame.rename(columns={f"status_{word}": word for word in ("active", "paused", "moved")})
    assert siblings_of("gone", renamed, left) == ["active", "paused", "moved"]
    texts = frame.replace({0: "No", 1: "Yes"}).astype("str")
    assert siblings_of("status_cancelled", texts, left) == ["status_active", "status_paused", "status_moved"]


def test_what_nobody_left_with_is_no_part_of_the_answer():
    left = (np.arange(400) % 4 == 0).astype(int)
    annual = ((np.arange(400) % 4 == 1) | (np.arange(400) % 8 == 3)).astype(int)
    frame = pd.DataFrame({"annual": annual, "contract_annual": annual, "has_annual": annual, "churn_few": 0})
    frame.loc[[1, 2, 3], "churn_few"] = 1
    for label in ("churn", "contract_ended", "has_left", "left"):
        assert siblings_of(label, frame, left) == []


def test_siblings_of_the_label_raise_the_alarm_unless_they_are_trusted(tmp_path):
    table = study().assign(gone_1=0, gone_2=0, tenure=100)
    stayed = np.flatnonzero(table["gone"] == "No")
    table.loc[stayed[::3], "gone_1"] = 1
    table.loc[stayed[1::3], "gone_2"] = 1
    table = table.rename(columns={"gone": "gone_0"})
    changes = {"subscriptions__columns__label": "gone_0"}
    problem = check(prepare(config(tmp_path, "snapshot", **changes), subscriptions=table)).problem
    assert 'leak alarm: "gone_1" and "gone_2": never yes where "gone_0" says that they left' in problem
    for key in ("ignore", "trusted"):
        decided = config(tmp_path, "snapshot", **changes, **{f"subscriptions__{key}": ["gone_1", "gone_2"]})
        assert check(prepare(decided, subscriptions=table)).problem == ""


def test_new_customers_without_a_label_need_no_ignored_column_and_were_not_learnt_from(tmp_path):
    learnt = "Customers the model learnt from are scored by the same model"
    table = study().assign(tenure=np.arange(600) % 50 * 7, code="x")
    given = config(tmp_path, "snapshot", subscriptions__ignore=["code"])
    prepared = prepare(given, subscriptions=table)
    train(prepared)
    assert any(learnt in note for note in score(prepared).notes)
    new = table.drop(columns=["gone", "code"]).assign(customer_id=[f"n{i}" for i in range(600)])
    scored = score(prepare(given, subscriptions=new))
    assert len(scored.scores) == 600
    assert not any(learnt in note for note in scored.notes)
    with pytest.raises(DataError, match=r'no column "code" \(subscriptions\.ignore\)'):
        prepare(given, subscriptions=table.drop(columns="code"))


def test_check_says_that_nobody_is_under_contract(tmp_path):
    random = np.random.default_rng(5)
    start = pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 900, 400), unit="D")
    end = np.minimum(start + pd.to_timedelta(random.integers(30, 900, 400), unit="D"), pd.Timestamp("2023-10-01"))
    table = pd.DataFrame({"customer_id": [f"c{i}" for i in range(400)], "started_at": start, "ended_at": end})
    columns = {name: name for name in table}
    changes = {"subscriptions__columns": columns, "subscriptions__payment_failure_reasons": []}
    problem = check(prepare(config(tmp_path, "spells", **changes), subscriptions=table)).problem
    assert "as_of: nobody is under contract on 2023-11-01. Is it later than the day of the export?" in problem
    assert 'last day in "ended_at"' in problem


def test_of_many_rows_some_teach_and_a_fifth_of_them_judges(tmp_path, monkeypatch):
    table = study()
    advised = config(tmp_path, "snapshot", subscriptions__ignore=["tenure"])
    prepared = prepare(advised, subscriptions=table)
    monkeypatch.setattr("holdfast.contractual.recipe.MOST_ROWS", 300)
    monkeypatch.setattr("holdfast.contractual.judgement._MANY", 200)
    trained = train(prepared)
    assert trained.held_out["folds"] == 1
    assert trained.held_out["sampled_from"] == 600
    assert 40 <= trained.held_out["churn"]["customers"] <= 80
    assert "(1 fold)" in verdict("Held out", trained.held_out)
    assert "on a sample of the 600 customers" in verdict("Held out", trained.held_out)
    assert len(score(prepared).scores) == 600
