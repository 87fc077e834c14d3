"""Experiments of stores dealt as a whole, and outcomes of words, as a user types them."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.cli.test_experiments import answer, refused


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def by_store():
    """Forty stores dealt to two arms as a whole, in which nothing happened."""
    random = np.random.default_rng(6)
    store = np.repeat(np.arange(40), 30)
    arms = np.isin(store, random.permutation(40)[:20])
    data = pd.DataFrame({"Store no": store + 100, "arm": np.where(arms, "offer", "control")})
    spent = 50 + random.normal(0, 10, 40)[store] + random.normal(0, 10, len(store))
    data["age"] = random.integers(18, 80, len(store))
    return data.assign(spent=spent.round(2), left=np.where(spent > 50, "not left", "left"))


def test_stores_dealt_as_a_whole_are_measured_as_such(tmp_path, monkeypatch, capsys):
    by_store().to_csv("stores.csv", index=False)
    command = ["experiment", "measure", "--data", "stores.csv", "--arm", "arm", "--control", "control"]
    said = answer(*command, "--outcome", "spent")
    assert '"Store no" has values of its own in each arm (control 20, offer 20; 30.0 rows each)' in said
    assert 'NO VERDICT until --cluster "Store no" is given' in said
    assert "95 %" not in said
    named = [*command, "--outcome", "spent", "--cluster", "Store no"]
    assert "offer: no significant effect on spent" in answer(*named)
    scenario = {"data": "stores.csv", "arm": "arm", "control": "control", "outcomes": ["spent"], "cluster": "Store no"}
    (tmp_path / "stores.yaml").write_text(yaml.safe_dump(scenario), encoding="utf-8")
    assert answer("experiment", "measure", "-c", "stores.yaml", "--json") == answer(*named, "--json")
    for more in ((), ("--register", "stores")):
        uplift = ["uplift", *command[2:], "--outcome", "spent", "--covariates", "age", *more]
        code, said = refused(monkeypatch, capsys, *uplift)
        assert code == 3
        assert '"Store no" has values of its own in each arm' in said
        assert "one row for each" in said
        assert "Verdict" in answer(*uplift, "--after", "Store no") or not more


def test_an_outcome_of_words_is_stated_by_the_one_that_counts(tmp_path, monkeypatch, capsys):
    data = by_store().assign(stage=lambda d: d["left"].map({"left": "1_gone", "not left": "0_here"}))
    data["points"] = np.where(data["spent"] > 50, "5 points", "10 points")
    data.to_csv("words.csv", index=False)
    command = ["experiment", "measure", "--data", "words.csv", "--arm", "arm", "--control", "control"]
    command += ["--cluster", "Store no"]
    code, said = refused(monkeypatch, capsys, *command, "--outcome", "left")
    assert code == 3
    assert 'It holds two texts: say which counts, --outcome "left=left" or --outcome "left=not left".' in said
    assert "take words out" not in said
    assert "take words out" in refused(monkeypatch, capsys, *command, "--outcome", "points")[1]
    found = json.loads(answer(*command, "--outcome", "left=left", "--outcome", "stage=1_gone", "--json"))
    one, other = found["effects"]
    shares = data["left"].eq("left").groupby(data["arm"]).mean()
    assert (one["mean"], one["control_mean"]) == pytest.approx((shares["offer"], shares["control"]))
    assert (one["outcome"], one["kind"], other["outcome"]) == ("left=left", "rate", "stage=1_gone")
    assert other["difference"] == one["difference"]
    code, said = refused(monkeypatch, capsys, *command, "--outcome", "left=lefd")
    assert (code, 'no row is "lefd". Did you mean "left"?' in said) == (3, True)
    after = ("--after", "Store no,spent,stage,points")
    assert "Uplift of left=left" in answer(
        "uplift", *command[2:-2], "--outcome", "left=left", "--covariates", "age", *after
    )


def test_all_arms_together_are_shown_bare_and_adjusted():
    random, n = np.random.default_rng(7), 900
    past = random.normal(size=n)
    data = pd.DataFrame(
        {"arm": random.choice(["a", "b", "none"], n), "past": past, "spent": past + random.normal(size=n)}
    )
    data.to_csv("arms.csv", index=False)
    command = ["experiment", "measure", "--data", "arms.csv", "--arm", "arm", "--control", "none", "--outcome", "spent"]
    found = json.loads(answer(*command, "--covariates", "past", "--json"))["pooled"][0]
    lines = answer(*command, "--covariates", "past").splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("  any treatment  "))
    assert f"{found['difference']['effect']:+.3f} (95 %" in lines[at]
    assert lines[at + 1].split()[:4] == ["adjusted,", "which", "decides", f"{found['adjusted']['effect']:+.3f}"]


def test_a_plan_is_made_from_the_stores_of_the_past(monkeypatch, capsys):
    past = by_store().assign(bought=lambda d: (d["spent"] > 55).astype(int))
    past.drop(columns="arm").to_csv("past.csv", index=False)
    asked = ["experiment", "size", "--data", "past.csv", "--cluster", "Store no"]
    spent = [*asked, "--outcome", "spent"]
    found = json.loads(answer(*spent, "--clusters", "40", "--json"))
    # Stores and customers vary by 10 each: half of the variance lies between stores of 30.
    assert found["past"]["low"] < 0.5 < found["past"]["high"]
    assert (found["past"]["clusters"], found["cluster_size"], found["cluster_cv"]) == (40, 30.0, 0.0)
    assert found["design_effect"] == pytest.approx(1 + 29 * found["icc"])
    assert found["sd"] == pytest.approx(np.sqrt(200), rel=0.15)
    assert (found["control"], found["treated"], found["customers"]) == (20, 20, 1200)
    assert found["at_high_icc"]["effect"] > found["effect"]
    said = answer(*spent, "--clusters", "40")
    assert "40 clusters of 30 customers (1,200): 20 control, 20 treated" in said
    assert f"customers of one Store no behave alike (ICC {found['icc']:.3g}): 1,200 tell as much as" in said
    assert "the past: 40 clusters by Store no, 30 customers each (coefficient of variation 0.00), ICC" in said
    assert f"if they are as alike as the upper limit: +{found['at_high_icc']['effect']:.4g} (ICC" in said
    rate = json.loads(answer(*asked, "--outcome", "bought", "--effect", "0.1", "--json"))
    assert (rate["kind"], rate["baseline"]) == ("proportion", pytest.approx(past["bought"].mean()))
    words = json.loads(answer(*asked, "--outcome", "left=left", "--effect", "0.1", "--icc", "0.05", "--json"))
    assert words["past"]["outcome"] == "left=left"
    assert (words["icc"], words["at_high_icc"], words["past"]["kind"]) == (0.05, None, "rate")
    assert "if they are as alike as the upper limit: " in answer(*asked, "--outcome", "bought", "--effect", "0.1")
    for more, advice in (
        (["--outcome", "spent"], "Give --effect (how many clusters?), --clusters (which effect?), or both"),
        (["--clusters", "40"], "--outcome missing: past data are read with --data, --cluster, --outcome"),
        (["--outcome", "spent", "--customers", "400"], "of stores or classes give --clusters"),
        (
            ["--outcome", "spent", "--clusters", "40", "--effect", "5", "--cluster-size", "9"],
            "leave out --cluster-size",
        ),
    ):
        code, said = refused(monkeypatch, capsys, *asked, *more)
        assert (code, advice in said) == (2, True)
    past.loc[3, "Store no"] = None
    past.to_csv("past.csv", index=False)
    code, said = refused(monkeypatch, capsys, *spent, "--clusters", "40")
    assert (code, 'column "Store no": 1 row has none (first: line 5)' in said) == (3, True)


def test_a_plan_of_stores_from_what_is_stated(monkeypatch, capsys):
    asked = ["experiment", "size", "--sd", "2.236068", "--icc", "0.1"]
    said = answer(*asked, "--cluster-size", "10", "--effect", "1")
    assert "32 clusters of 10 customers (320): 16 control, 16 treated" in said
    assert "customers of one cluster behave alike (ICC 0.1): 320 tell as much as 168" in said
    both = json.loads(answer(*asked, "--clusters", "32", "--effect", "1", "--json"))
    assert (both["cluster_size"], both["past"]) == (10.0, None)
    few = answer(*asked, "--cluster-size", "10", "--clusters", "8", "--cluster-cv", "0.6", "--decrease")
    assert "fewer than 6 in an arm: one unusual cluster decides" in few
    assert "detect -" in few
    code, said = refused(monkeypatch, capsys, *asked, "--clusters", "8")
    assert (code, "--cluster-size is missing: state it, or name a file of the past" in said) == (2, True)
    code, said = refused(monkeypatch, capsys, *asked, "--clusters", "8", "--effect", "0.5")
    assert (code, "It takes at least 66 clusters" in said) == (4, True)
