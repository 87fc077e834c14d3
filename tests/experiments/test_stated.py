"""What is stated of a campaign beside its arms: probabilities that chance did not follow, and the present rule."""

import numpy as np
import pandas as pd
import pytest

from holdfast.errors import ConfigError, DataError, HoldfastError
from holdfast.experiments.balance import WeightedBalance
from holdfast.experiments.effects import Estimate
from holdfast.experiments.learnt import learn_policy
from holdfast.experiments.learnt.stated import among, probabilities
from holdfast.experiments.learnt.value import Worth, _verdict
from holdfast.report.policies import policy as policy_text

TERMS = {"arm": "arm", "control": "none", "outcome": "y", "value": 10.0}
STATED = {"propensities": {"none": "p_none", "mail": "p_mail"}}


@pytest.fixture
def tiers():
    """A campaign without an effect: mail to 90 % of the loyal, who buy more, and 10 % of the others."""
    random = np.random.default_rng(4)
    n = 5000
    loyal = random.random(n) < 0.5
    e = np.where(loyal, 0.9, 0.1)
    mailed = random.random(n) < e
    return pd.DataFrame(
        {
            "arm": np.where(mailed, "mail", "none"),
            "y": (random.random(n) < np.where(loyal, 0.5, 0.1)).astype(int),
            "tier": np.where(loyal, "loyal", "new"),
            "age": random.normal(50, 10, n),
            "p_none": 1 - e,
            "p_mail": e,
        }
    )


def test_the_true_probabilities_are_taken_and_show_no_effect(tiers):
    found = learn_policy(tiers, **TERMS, **STATED, covariates=["tier", "age"])
    assert found.verdict.answer == "cannot tell"
    everyone = found.facts["value"]["ways"][1]["value"]
    assert everyone["low"] < 0 < everyone["high"]
    randomisation = found.facts["randomisation"]
    assert randomisation["covariates_p"] > 0.01
    # Weighted by one over the probability, the tiers are alike; as they are, they lie 1.6 standard deviations apart.
    assert abs(randomisation["largest_difference"]) < 0.15


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: {"p_none": 100 * d["p_none"], "p_mail": 100 * d["p_mail"]}, '"p_none", "p_mail" look like percent'),
        (lambda d: {"p_none": d["p_mail"], "p_mail": d["p_none"]}, 'column "p_none": chance did not follow'),
        (lambda d: {"p_mail": d["p_mail"] / 2}, r"do not sum to 1: 5,000 of 5,000 rows \(first: row 1\)"),
        (lambda d: {"p_mail": d["p_mail"] + 1}, r'"p_mail": 5,000 of 5,000 rows \(first: row 1\): no probability'),
        (lambda d: {"p_mail": d["p_mail"].where(d.index != 2)}, r'"p_mail": 1 of 5,000 rows \(first: row 3\): no numb'),
        (lambda d: {"p_none": 0 * d["p_none"], "p_mail": 0 * d["p_mail"] + 1}, "above 0 for control and for its own"),
        (
            lambda d: {"p_none": 0 * d["p_none"] + 0.4, "p_mail": 0 * d["p_mail"] + 0.6},
            "with 0.4 there should be 2,000",
        ),
    ],
)
def test_what_is_no_probability_or_was_not_followed_is_refused_by_name(tiers, change, said):
    with pytest.raises(DataError, match=said):
        learn_policy(tiers.assign(**change(tiers)), **TERMS, **STATED)


def test_stated_probabilities_do_not_switch_off_the_balance_of_the_covariates(tiers):
    # Half of all were mailed, so 0.5 for everybody fits the counts; by tier it does not.
    even = tiers.assign(p_none=0.5, p_mail=0.5)
    with pytest.raises(HoldfastError, match=r"No effect can be read.*the covariates differ.*differs tier"):
        learn_policy(even, **TERMS, **STATED, covariates=["tier", "age"])
    with pytest.raises(ConfigError, match="no column is named for none"):
        learn_policy(tiers, **TERMS, propensities={"mail": "p_mail"})


def test_sound_probabilities_are_hardly_ever_refused_and_the_weighted_balance_is_as_rare_as_it_says():
    least, refused = [], 0
    for seed in range(200):
        random = np.random.default_rng([21, seed])
        x = random.normal(size=(600, 3))
        e = np.column_stack([np.exp(0.8 * x[:, 0]), np.ones(600), np.exp(-x[:, 1])])
        e[:, 2] *= x[:, 2] > -1
        e /= e.sum(axis=1, keepdims=True)
        arms = (random.random(600)[:, None] >= np.cumsum(e, axis=1)[:, :-1]).sum(axis=1)
        data = pd.DataFrame(e, columns=["pa", "pb", "pc"])
        names = ["a", "b", "c"]
        try:
            probabilities(data, np.array(names, dtype=object)[arms], names, dict(zip(names, data, strict=True)))
        except DataError:
            refused += 1
        covariates = pd.DataFrame(np.exp(x), columns=["u", "v", "w"])
        least.append(WeightedBalance(covariates, arms, ["u", "v", "w"], e).together)
    assert refused <= 2
    assert 2 <= sum(p < 0.05 for p in least) <= 20
    assert np.median(least) == pytest.approx(0.5, abs=0.12)


def test_of_arms_that_are_left_out_the_others_take_the_probability():
    e = np.array([[0.5, 0.3, 0.2], [0.2, 0.0, 0.8]])
    assert among(e, [0, 1]) == pytest.approx(np.array([[0.625, 0.375], [1.0, 0.0]]))
    assert among(e, [0, 1, 2]) is e


@pytest.fixture
def ruled():
    random = np.random.default_rng(6)
    n = 4000
    u, x = random.random(n), random.normal(size=n)
    arm = np.where(u < 0.48, "none", np.where(u < 0.975, "mail", "call"))
    y = (random.random(n) < 0.2 + 0.1 * (arm != "none")).astype(int)
    return pd.DataFrame({"arm": arm, "y": y, "x": x, "rule": np.where(x > 0, "mail", "none")})


def test_the_present_rule_is_read_as_the_arms_are_and_other_spellings_are_refused(ruled):
    found = learn_policy(ruled, **TERMS, present="rule")
    rule = found.facts["value"]["ways"][-1]
    share = (ruled.loc[ruled["arm"] != "call", "rule"] == "mail").mean()
    assert (rule["way"], rule["contacted"]) == ("present rule", pytest.approx(share))
    assert 0.2 < rule["value"]["effect"] < 0.8
    at = int((ruled["rule"] == "mail").idxmax())
    for spelling in ("Mail", "mail "):
        wrong = ruled.assign(rule=ruled["rule"].replace("mail", spelling))
        with pytest.raises(DataError, match=rf'\(first: row {at + 1}\).*"{spelling}" is no arm. Did you mean "mail"'):
            learn_policy(wrong, **TERMS, present="rule")
    with pytest.raises(DataError, match='"none" where the rule contacts nobody'):
        learn_policy(ruled.assign(rule=ruled["rule"].where(ruled["rule"] != "none")), **TERMS, present="rule")


def test_a_present_rule_with_an_arm_that_cannot_be_told_is_said_and_not_valued_at_nothing(ruled):
    found = learn_policy(ruled.assign(rule=ruled["rule"].replace("mail", "call")), **TERMS, present="rule")
    assert [way["way"] for way in found.facts["value"]["ways"]] == ["by customer", "all: mail"]
    told = found.facts["present_unknown"]
    assert told.endswith("customers call, of which nothing can be told")
    shown = policy_text({"policy": "p", "version": "1", "folder": "f", **found.as_dict()})
    assert f"cannot tell what the present rule brings: {told}" in shown


def estimate(effect, half):
    return Estimate(effect, effect - half, effect + half, 0.01 if abs(effect) > half else 0.3)


@pytest.mark.parametrize(
    ("everyone", "over", "present", "answer"),
    [
        ((0.5, 0.4), (0.5, 0.6), None, ("all", "a")),
        ((0.3, 0.4), (0.7, 0.8), None, ("by customer", None)),
        ((-0.3, 0.4), (1.3, 1.4), None, ("by customer", None)),
        ((1.1, 1.2), (-0.1, 0.5), None, ("cannot tell", None)),
        ((0.3, 0.4), (0.7, 0.8), (0.2, 0.3), ("cannot tell", None)),
        ((0.3, 0.4), (0.7, 0.8), (0.4, 0.3), ("by customer", None)),
    ],
)
def test_contacting_all_is_the_answer_only_where_that_is_shown_to_pay(everyone, over, present, answer):
    ways = [
        Worth("by customer", 0.4, estimate(1.0, 0.5)),
        Worth("all: a", 1.0, estimate(*everyone), estimate(*over)),
    ]
    if present is not None:
        ways.append(Worth("present rule", 0.5, estimate(0.6, 0.5), estimate(*present)))
    found = _verdict(ways, ["a"], None)
    assert (found.answer, found.arm) == answer


def test_of_several_arms_all_get_the_one_that_is_shown_to_pay():
    ways = [
        Worth("by customer", 0.4, estimate(1.0, 0.5)),
        Worth("all: a", 1.0, estimate(0.9, 1.0), estimate(0.1, 1.0)),
        Worth("all: b", 1.0, estimate(0.5, 0.3), estimate(0.5, 0.6)),
    ]
    assert _verdict(ways, ["a", "b"], None).arm == "b"
