"""Columns of a file that nobody named: whether the arms are alike in them, and what a verdict then says."""

import numpy as np
import pandas as pd
import pytest

from holdfast.data import simulate_campaign
from holdfast.errors import ConfigError
from holdfast.experiments import measure
from holdfast.experiments.others import compare
from holdfast.report import experiments as text

ASKED = {"arm": "arm", "control": "control", "outcomes": ["bought"], "customer": "customer_id"}


def by_tier(n=6000, seed=1):
    """Nothing works; one in ten of the gold customers is held back, half of the others, and gold customers buy more."""
    random = np.random.default_rng(seed)
    gold = random.random(n) < 0.5
    data = pd.DataFrame({"customer_id": [f"c{i}" for i in range(n)], "tier": np.where(gold, "gold", "other")})
    data["age"] = random.integers(18, 90, n)
    data["arm"] = np.where(random.random(n) < np.where(gold, 0.1, 0.5), "control", "offer")
    return data.assign(bought=(random.random(n) < np.where(gold, 0.45, 0.2)).astype(int))


def test_a_stratum_that_nobody_named_leaves_no_verdict_without_its_condition():
    data = by_tier()
    found = measure(data, **ASKED)
    assert found.effects[0].difference.low > 0.05, "what it looks like"
    assert (found.others.compared, found.others.differing) == (("tier", "age"), ("tier",))
    (plain,) = found.as_dict()["effects"]
    assert plain["verdict"].endswith("; only if the treatment itself changed tier: else the arms were not alike")
    said = text.measured(found.as_dict())
    assert "THE ARMS DIFFER in tier, more than chance allows (2 further columns compared, p < 0.001" in said
    assert "name it: --strata" in said
    named = measure(data, **ASKED, strata=["tier"])
    assert named.others.differing == ()
    assert "no significant effect" in named.as_dict()["effects"][0]["verdict"]
    # As with covariates that say nothing of it.
    assert measure(data, **ASKED, covariates=["age"]).others.differing == ("tier",)
    assert measure(data, **ASKED, after=["tier"]).as_dict()["effects"][0]["verdict"].startswith("raises bought: ")
    with pytest.raises(ConfigError, match='after: there is no column "teir"'):
        measure(data, **ASKED, after=["teir"])


def test_no_money_is_said_to_be_earned_either():
    data = by_tier().assign(spend=lambda d: d["bought"] * (1.0 + d["age"]))
    asked = {**ASKED, "outcomes": ["spend"], "margin": 1.0, "cost_per_treated": 0.1, "after": ["bought"]}
    pays, said = "it pays", text.measured(measure(data, **asked).as_dict())
    assert "margin less cost, per treated" in said
    assert pays not in said
    assert pays in text.measured(measure(data, **{**asked, "after": ["bought", "tier"]}).as_dict())


def test_honest_arms_are_suspected_in_one_experiment_of_a_thousand():
    def differs(seed):
        data = simulate_campaign(400, effect=0.2, spread=0.3, seed=seed).data
        random = np.random.default_rng(seed)
        more = {f"x{i}": random.exponential(size=400) ** 2 for i in range(8)} | {"rare": random.random(400) < 0.01}
        return bool(measure(data.assign(**more), **ASKED).others.differing)

    assert sum(differs(seed) for seed in range(60)) <= 1


def test_ids_names_of_the_arm_and_forms_of_the_outcome_say_nothing_of_the_arms():
    data = simulate_campaign(3000, effect=0.1, seed=3).data.sort_values("arm", ignore_index=True)
    offered = data["arm"] == "offer"
    data = data.assign(
        row=range(3000),
        group=np.where(offered, "B", "A"),
        version=np.where(offered, np.where(data.index % 2, "red", "blue"), "none"),
        email=[f"{i}@example.com" for i in range(3000)],
        country="DK",
        infinite=np.r_[np.inf, np.zeros(2999)],
    )
    found = measure(data, **ASKED).others
    assert found.as_the_arm == ("group", "version")
    assert found.of_the_outcome == ("spend",)
    assert found.not_compared == ("row", "email", "country", "infinite")
    assert found.compared == ("past_spend", "silent_days", "channel")
    assert not found.differing
    assert found.as_dict()["doubt"] == ""


def test_where_nothing_can_be_compared_it_is_said_that_nobody_looked():
    bare = by_tier()[["customer_id", "arm", "bought"]]
    found = measure(bare, **ASKED)
    assert found.others.p_value is None
    assert "nobody looked whether the arms are alike" in text.measured(found.as_dict())
    assert "nobody looked" not in text.measured(measure(by_tier(), **ASKED).as_dict())
    assert measure(by_tier(), **ASKED, covariates=["age"], others=[]).others is None


def test_a_wide_file_is_compared_as_far_as_it_goes():
    random = np.random.default_rng(2)
    wide = pd.DataFrame(random.random((200, 320)), columns=[f"x{i}" for i in range(320)])
    arms = np.array(["control", "offer"] * 100, dtype=object)
    found = compare(wide, list(wide), arms, "control", {})
    assert (len(found.compared), len(found.not_compared)) == (300, 20)
