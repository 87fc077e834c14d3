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
