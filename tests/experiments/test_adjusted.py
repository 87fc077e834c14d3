"""Adjusted effects against a second computation, and limits that hold where outcomes are rare, skewed, or in strata."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from holdfast.errors import DataError, NotEnoughDataError
from holdfast.experiments import measure
from holdfast.experiments.adjusted import Adjusted
from holdfast.experiments.effects import by_t, effect_on


def test_adjustment_is_the_regression_with_all_products_and_hc2_errors():
    random = np.random.default_rng(4)
    n, arms = 300, np.repeat([0.0, 1.0], [120, 180])
    x = random.normal(size=(n, 2))
    y = 1 + 0.5 * arms + x @ [1.0, -2.0] + arms * x[:, 0] + random.normal(size=n) * (1 + arms)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    d = np.column_stack([np.ones(n), arms, z, arms[:, None] * z])
    bread = np.linalg.inv(d.T @ d)
    beta = bread @ d.T @ y
    weight = (y - d @ beta) ** 2 / (1 - np.einsum("ij,jk,ik->i", d, bread, d))
    fixed = (bread @ (d.T * weight) @ d @ bread)[1, 1]
    drawn = beta[4:] @ np.cov(z, rowvar=False) @ beta[4:] / n
    found = Adjusted(x, arms, y).effect(1)
    assert found.effect == pytest.approx(beta[1])
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * np.sqrt(fixed + drawn), rel=0.01)


def test_covariates_said_twice_change_nothing():
    random = np.random.default_rng(4)
    arms, x = np.repeat([0.0, 1.0], 100), random.normal(size=(200, 1))
    y = x[:, 0] + random.normal(size=200)
    once, twice = Adjusted(x, arms, y).effect(1), Adjusted(np.column_stack([x, 3 * x + 1]), arms, y).effect(1)
    assert (once.effect, once.low) == pytest.approx((twice.effect, twice.low))


def test_too_few_customers_for_the_covariates():
    with pytest.raises(NotEnoughDataError, match="5 customers in an arm are too few for 2 covariates"):
        Adjusted(np.zeros((10, 2)), np.repeat([0.0, 1.0], 5), np.zeros(10))


def outside(truth: float, worlds: list[tuple[float, float]]) -> np.ndarray:
    """How many intervals lie above the truth, and how many below."""
    ends = np.array(worlds)
    return np.array([(ends[:, 0] > truth).sum(), (ends[:, 1] < truth).sum()])


@pytest.mark.no_cover
def test_rare_rates_with_a_small_control_are_no_gain_though_adjusted():
    """Student's limits around the same effect claim a gain in a tenth of these campaigns."""
    random = np.random.default_rng(5)
    ours, students = [], []
    for _ in range(300):
        x, arms = random.normal(size=(2000, 3)), (random.random(2000) < 0.9) * 1.0
        y = (random.random(2000) < 1 / (1 + np.exp(4.5 - x[:, 0]))) * 1.0
        fit = Adjusted(x, arms, y)
        found = fit.effect(1)
        ours.append((found.low, found.high))
        levels = [fit.level(1), fit.level(0)]
        plain = by_t(levels[0][0] - levels[1][0], [levels[0][1], levels[1][1]], [1800, 200])
        students.append((plain.low, plain.high))
        assert found.significant == (found.p_value < 0.05)
        assert found.effect == plain.effect
    # 7.5 of 300 are expected on each side; 15 and more have a chance of 1 %.
    assert outside(0.0, ours).max() <= 14
    assert outside(0.0, students)[0] >= 20


@pytest.mark.no_cover
def test_skewed_amounts_with_a_small_control_are_no_gain_though_adjusted():
    random = np.random.default_rng(6)
    ours = []
    for _ in range(150):
        x, arms = random.normal(size=(2000, 2)), (random.random(2000) < 0.9) * 1.0
        y = np.where(random.random(2000) < 0.05, random.lognormal(3 + 0.3 * x[:, 0], 1.2), 0.0)
        found = Adjusted(x, arms, y).effect(1)
        ours.append((found.low, found.high))
        assert found.significant == (found.p_value < 0.05)
    assert outside(0.0, ours).max() <= 9


def test_adjusted_rates_of_large_arms_are_those_of_the_regression():
    random = np.random.default_rng(7)
    x, arms = random.normal(size=(20_000, 2)), (random.random(20_000) < 0.5) * 1.0
    y = (random.random(20_000) < 1 / (1 + np.exp(-x[:, 0] - 0.1 * arms))) * 1.0
    fit = Adjusted(x, arms, y)
    found, (one, v1), (other, v0) = fit.effect(1), fit.level(1), fit.level(0)
    assert found.effect == pytest.approx(one - other)
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * np.sqrt(v1 + v0), rel=0.02)
    assert found.high - found.low < 0.95 * np.ptp([(e := effect_on(y[arms == 1], y[arms == 0], rate=True)).low, e.high])


def in_tiers(random: np.random.Generator, n: int, effect: float = 0.0) -> pd.DataFrame:
    """The best customers buy more, and nine in ten of them were treated, of the others one in ten."""
    gold = random.random(n) < 0.3
    arms = np.where(random.random(n) < np.where(gold, 0.9, 0.1), "offer", "control")
    bought = random.random(n) < np.where(gold, 0.4, 0.1) + effect * (arms == "offer")
    spend = bought * random.lognormal(3, 0.5, n)
    region, known = random.choice(["north", "south"], n), random.normal(size=n) + gold
    tiers = np.where(gold, "gold", "other")
    return pd.DataFrame(
        {"tier": tiers, "region": region, "known": known, "arm": arms, "bought": bought * 1, "spend": spend}
    )


@pytest.mark.no_cover
def test_within_strata_nothing_is_claimed_that_their_shares_alone_made():
    random = np.random.default_rng(8)
    rates, means, adjusted = [], [], []
    for _ in range(120):
        data = in_tiers(random, 1500)
        settings = {"arm": "arm", "control": "control", "outcomes": ["bought", "spend"], "strata": ["tier"]}
        found = measure(data, **settings, covariates=["known"])
        assert found.randomisation.problems == []
        rate, mean = found.effects
        rates.append((rate.difference.low, rate.difference.high))
        means.append((mean.difference.low, mean.difference.high))
        adjusted.append((rate.decisive.low, rate.decisive.high))
        assert found.effects[0].adjusted is not None
    for one in (rates, means, adjusted):
        # 3 of 120 are expected on each side.
        assert outside(0.0, one).max() <= 8
    bare = measure(data, arm="arm", control="control", outcomes=["bought"]).effects[0].difference
    assert bare.low > 0.1, "without strata the best customers' share looks like an effect"


def test_an_effect_within_strata_is_the_mean_of_theirs_by_their_share():
    data = in_tiers(np.random.default_rng(13), 4000, effect=0.08)
    found = measure(data, arm="arm", control="control", outcomes=["bought"], strata=["tier"], segment="region")
    of = data.pivot_table("bought", "tier", "arm")
    share = data["tier"].value_counts(normalize=True)[of.index]
    (effect,) = found.effects
    assert effect.difference.effect == pytest.approx(((of["offer"] - of["control"]) * share).sum())
    assert (effect.mean, effect.control_mean) == pytest.approx(
        ((of["offer"] * share).sum(), (of["control"] * share).sum())
    )
    assert effect.difference.low < 0.08 < effect.difference.high
    assert found.as_dict()["strata"] == {
        "columns": ["tier"],
        "strata": 2,
        "control_from": pytest.approx(0.1, abs=0.03),
        "control_to": pytest.approx(0.9, abs=0.03),
        "strata_left_out": 0,
        "customers_left_out": 0,
    }
    north = data[data["region"] == "north"]
    of = north.pivot_table("bought", "tier", "arm")
    share = north["tier"].value_counts(normalize=True)[of.index]
    assert found.segments[0].segment == "north"
    assert found.segments[0].difference.effect == pytest.approx(((of["offer"] - of["control"]) * share).sum())


def test_the_width_within_strata_is_that_of_the_sum_of_their_variances():
    data = in_tiers(np.random.default_rng(10), 6000)
    (effect,) = measure(data, arm="arm", control="control", outcomes=["spend"], strata=["tier"]).effects
    variance = 0.0
    for _, tier in data.groupby("tier"):
        of_arms = (tier.loc[tier["arm"] == arm, "spend"] for arm in ("offer", "control"))
        variance += (len(tier) / len(data)) ** 2 * sum(y.var() / len(y) for y in of_arms)
    half = (effect.difference.high - effect.difference.low) / 2
    assert half == pytest.approx(stats.norm.isf(0.025) * np.sqrt(variance), rel=0.03)


def test_segments_with_other_shares_are_refused_until_they_are_strata():
    data = in_tiers(np.random.default_rng(11), 1000)
    settings = {"arm": "arm", "control": "control", "outcomes": ["bought"], "segment": "tier"}
    with pytest.raises(DataError, match=r'"tier": chance did not .* of gold, .* of other; .* \(--strata tier;'):
        measure(data, **settings)
    found = measure(data, **settings, strata=["tier"])
    bare = {p.segment: p.difference.effect for p in found.segments}
    for tier, part in data.groupby("tier"):
        means = part.groupby("arm")["bought"].mean()
        assert bare[str(tier)] == pytest.approx(means["offer"] - means["control"])
    assert measure(data, **{**settings, "segment": "region"}).segment == "region"


def test_a_stratum_without_an_arm_is_left_out():
    data = in_tiers(np.random.default_rng(12), 600)
    settings = {"arm": "arm", "control": "control", "outcomes": ["bought"], "strata": ["tier"]}
    lone = data[(data["tier"] == "other") | (data["arm"] == "offer")]
    found, other = measure(lone, **settings), data[data["tier"] == "other"]
    assert found.customers == len(other)
    means = other.groupby("arm")["bought"].mean()
    assert found.effects[0].difference.effect == pytest.approx(means["offer"] - means["control"])
    with pytest.raises(NotEnoughDataError, match="known make 600 groups, and none holds two customers of control"):
        measure(data, **{**settings, "strata": ["known"]})
