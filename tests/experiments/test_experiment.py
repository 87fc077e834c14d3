"""Measured experiments: known truth is covered, nothing is reported as nothing, what is broken is told."""

import numpy as np
import pandas as pd
import pytest

from holdfast.data import read_flat, simulate_campaign
from holdfast.errors import ConfigError, DataError, NotEnoughDataError
from holdfast.experiments.experiment import measure
from holdfast.report import experiments as text
from tests.conftest import in_shared

KNOWN = ["past_spend", "silent_days", "channel"]
ARMS = {"arm": "arm", "control": "control"}


@pytest.fixture(scope="module")
def campaign() -> pd.DataFrame:
    return simulate_campaign(4000, effect=0.06, seed=11).data


@pytest.mark.no_cover
@pytest.mark.slow
def test_no_effect_is_reported_as_none():
    none = np.zeros(2)
    for seed in range(240):
        data = simulate_campaign(400, effect=0.0, offer_share=0.3, seed=seed).data
        # Trusted, so that nothing is looked for in covariates that are known to be honest.
        found = measure(data, **ARMS, outcomes=["bought", "spend"], covariates=KNOWN, trusted=KNOWN)
        none += ["no significant effect" in e.verdict for e in found.effects]
    assert (none / 240 >= 0.93).all()
    assert (none / 240 <= 0.975).all()


@pytest.mark.no_cover
@pytest.mark.slow
def test_intervals_cover_the_effect_and_covariates_narrow_them():
    covered, widths = np.zeros(2), np.zeros(2)
    for seed in range(300):
        data = simulate_campaign(300, effect=0.08, spread=0.08, seed=seed).data
        data["sum"] = data["bought"] * 10 + data["past_spend"].clip(upper=200) / 5
        e = measure(data, **ARMS, outcomes=["sum"], covariates=KNOWN, trusted=KNOWN).effects[0]
        assert e.adjusted is not None
        for i, one in enumerate((e.difference, e.adjusted)):
            covered[i] += one.low <= 0.8 <= one.high
            widths[i] += one.high - one.low
    assert ((covered / 300 >= 0.93) & (covered / 300 <= 0.975)).all()
    assert widths[1] < 0.75 * widths[0]


def test_hillstroms_published_effects():
    columns = ["recency", "history", "mens", "womens", "zip_code", "newbie", "channel"]
    data = read_flat(in_shared("hillstrom.csv.gz"), texts=["treatment"], numbers=["visit"], either=columns)
    found = measure(
        data,
        arm="treatment",
        control="No E-Mail",
        outcomes=["visit"],
        covariates=columns,
        shares={"No E-Mail": 1, "Mens E-Mail": 1, "Womens E-Mail": 1},
    )
    mens, womens = found.effects
    for effect, truth, half in ((mens, 0.077, 0.007), (womens, 0.045, 0.006)):
        for one in (effect.difference, effect.adjusted):
            assert one is not None
            assert one.effect == pytest.approx(truth, abs=0.0015)
            assert (one.high - one.low) / 2 == pytest.approx(half, abs=0.0007)
    assert found.customers == 64_000
    assert not found.randomisation.problems


def test_the_figures_are_those_of_the_rows(campaign):
    found = measure(campaign, **ARMS, outcomes=["bought", "spend"], segment="channel", margin=0.4, cost_per_treated=1.5)
    rate, spend = found.effects
    by_arm = campaign.groupby("arm")
    assert (rate.kind, spend.kind) == ("rate", "mean")
    assert rate.mean == pytest.approx(by_arm["bought"].mean()["offer"])
    assert rate.difference.effect == pytest.approx(by_arm["bought"].mean().diff()["offer"])
    assert rate.lift.effect == pytest.approx(rate.mean / rate.control_mean - 1)
    assert (rate.net, rate.net_total) == (None, None)
    assert spend.net.effect == pytest.approx(0.4 * spend.difference.effect - 1.5)
    assert spend.net_total.low == pytest.approx(spend.net.low * spend.customers)
    web = campaign[campaign["channel"] == "web"].groupby("arm")["spend"].mean()
    one = next(s for s in found.segments if (s.outcome, s.segment) == ("spend", "web"))
    assert one.difference.effect == pytest.approx(web["offer"] - web["control"])
    assert one.p_holm >= one.difference.p_value
    assert "raises bought" in rate.verdict
    assert (
        measure(campaign.assign(bought=1 - campaign["bought"]), **ARMS, outcomes=["bought"])
        .effects[0]
        .verdict.startswith("lowers bought")
    )


def test_the_order_of_rows_and_another_currency_change_nothing(campaign):
    found = measure(campaign, **ARMS, outcomes=["spend"], covariates=KNOWN).effects[0]
    shuffled = campaign.sample(frac=1, random_state=3).assign(spend=lambda d: d["spend"] * 100)
    other = measure(shuffled, **ARMS, outcomes=["spend"], covariates=KNOWN).effects[0]
    assert other.adjusted.low == pytest.approx(100 * found.adjusted.low)
    assert other.adjusted.p_value == pytest.approx(found.adjusted.p_value)


def test_a_planted_segment_is_found_and_the_rest_is_not(campaign):
    random = np.random.default_rng(1)
    data = pd.DataFrame({"arm": random.choice(["control", "offer"], 8000), "part": random.integers(0, 8, 8000) * 1.0})
    works = (data["part"] == 3) & (data["arm"] == "offer")
    data["y"] = (random.random(8000) < 0.2 + 0.25 * works).astype(int)
    found = measure(data, **ARMS, outcomes=["y"], segment="part")
    assert {s.segment for s in found.segments if s.p_holm < 0.05} == {"3"}
    assert found.segments_differ[("y", "offer")] < 0.001


def test_small_segments_are_left_out(campaign):
    data = campaign.assign(part=np.where(np.arange(len(campaign)) < 30, "few", None))
    found = measure(data, **ARMS, outcomes=["bought"], segment="part")
    assert [s.segment for s in found.segments] == ["(empty)"]
    assert found.left_out == 1


def test_a_broken_sample_ratio_is_told(campaign):
    lost = campaign.drop(index=campaign.index[(campaign["arm"] == "offer") & (np.arange(len(campaign)) % 5 == 0)])
    assert not measure(campaign, **ARMS, outcomes=["bought"], shares={"offer": 1, "control": 1}).randomisation.problems
    found = measure(lost, **ARMS, outcomes=["bought"], shares={"offer": 1, "control": 1})
    broken = found.randomisation
    assert broken.sample_ratio_p < 0.001
    assert "not the planned" in broken.problems[0]
    assert {e["verdict"] for e in found.as_dict()["effects"]} == {"no verdict: the assignment is suspected"}


def test_every_arm_needs_a_planned_share(campaign):
    data = campaign.assign(arm=np.where(np.arange(len(campaign)) % 3 > 0, campaign["arm"], "third"))
    with pytest.raises(ConfigError, match='"third" has none'):
        measure(data, **ARMS, outcomes=["bought"], shares={"control": 1, "offer": 1})


def test_missing_covariates_are_a_covariate(campaign):
    data = campaign.assign(past_spend=campaign["past_spend"].where(np.arange(len(campaign)) % 7 > 0))
    whole = measure(campaign, **ARMS, outcomes=["bought"], covariates=KNOWN).effects[0]
    found = measure(data, **ARMS, outcomes=["bought"], covariates=KNOWN).effects[0]
    assert found.adjusted.effect == pytest.approx(whole.adjusted.effect, abs=0.005)


@pytest.mark.parametrize(
    ("change", "options", "error", "said"),
    [
        ({"arm": None}, {}, DataError, r'"arm": 1 of 4,000 rows has no arm \(first: row 8\)'),
        ({"bought": np.nan}, {}, DataError, r'"bought": 1 of 4,000 rows has no outcome \(first: row 8\)'),
        ({"spend": np.inf}, {"outcomes": ["spend"]}, DataError, "1 row is not a finite number"),
        ({"past_spend": np.inf}, {"covariates": KNOWN}, DataError, '"past_spend": 1 infinite'),
        ({}, {"outcomes": ["bougt"]}, DataError, 'no column "bougt". Did you mean "bought"'),
        ({}, {"control": "contrl"}, DataError, 'Did you mean "control".*"control", "offer"'),
        ({}, {"arm": "customer_id"}, DataError, "4,000 different texts are no arms"),
        ({}, {"covariates": ["customer_id"]}, DataError, "4,000 different texts in 4,000 rows"),
        ({}, {"segment": "customer_id"}, DataError, "4,000 different texts"),
        ({}, {"outcomes": []}, ConfigError, "at least one"),
        ({}, {"shares": {"control": 1, "ofer": 1}}, ConfigError, 'no row is in the arm "ofer"'),
        ({"arm": "third"}, {}, NotEnoughDataError, r'"arm": 1 arm has one customer only \(first: row 8\)'),
        ({}, {"margin": 0.3}, ConfigError, "bought is 0 or 1 for everyone"),
        ({}, {"margin": 3, "outcomes": ["spend"]}, ConfigError, "margin: 3"),
        ({}, {"cost_per_treated": -1, "outcomes": ["spend"]}, ConfigError, "cost_per_treated: -1"),
    ],
)
def test_what_is_refused(campaign, change, options, error, said):
    data = campaign.copy()
    for name, value in change.items():
        data[name] = [value if i == 7 else old for i, old in enumerate(data[name])]
    with pytest.raises(error, match=said):
        measure(data, **(ARMS | {"outcomes": ["bought"]} | options))


def test_one_arm_and_constant_covariates():
    data = pd.DataFrame({"arm": ["control"] * 50, "y": 1.0, "x": 3.0})
    with pytest.raises(NotEnoughDataError, match='every row is "control"'):
        measure(data, **ARMS, outcomes=["y"])
    data["arm"] = ["control", "offer"] * 25
    with pytest.raises(NotEnoughDataError, match="one value for everyone"):
        measure(data, **ARMS, outcomes=["y"], covariates=["x"])
    data.columns = ["arm", "y", "y"]
    with pytest.raises(DataError, match='two columns "y"'):
        measure(data, **ARMS, outcomes=["y"])


def test_all_arms_together_stand_beside_each_of_them():
    random = np.random.default_rng(12)
    n = 3000
    arm = random.choice(["none", "mail", "call"], n)
    past = random.normal(50, 10, n)
    spend = past + 3.0 * (arm == "mail") + 1.0 * (arm == "call") + random.normal(0, 5, n)
    data = pd.DataFrame({"arm": arm, "past": past, "spend": spend})
    found = measure(data, arm="arm", control="none", outcomes=["spend"], covariates=["past"])
    (pooled,) = found.pooled
    treated, base = spend[arm != "none"], spend[arm == "none"]
    assert pooled.difference.effect == pytest.approx(treated.mean() - base.mean())
    assert (pooled.arm, pooled.customers) == ("any treatment", len(treated))
    assert pooled.adjusted.low < 2.0 < pooled.adjusted.high
    assert pooled.adjusted.high - pooled.adjusted.low < 0.7 * (pooled.difference.high - pooled.difference.low)
    assert "any treatment: raises spend" in text.measured(found.as_dict())
    one = measure(data[arm != "call"], arm="arm", control="none", outcomes=["spend"])
    assert one.pooled == ()
