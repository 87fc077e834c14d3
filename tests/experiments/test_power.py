"""Sizes of experiments against published and second computations."""

import numpy as np
import pytest

from holdfast.errors import ConfigError, NotEnoughDataError
from holdfast.experiments.power import detectable_effect, power_of_means, power_of_proportions, sample_size


def test_the_examples_of_rs_help_pages():
    # power.prop.test(p1 = .50, p2 = .75, power = .90): n = 76.7; power.t.test(delta = 1, power = .90): n = 22.02110
    assert power_of_proportions(76.7, 76.7, baseline=0.5, effect=0.25) == pytest.approx(0.9, abs=2e-4)
    assert power_of_means(22.02110, 22.02110, effect=1, sd=1) == pytest.approx(0.9, abs=1e-6)
    assert sample_size(baseline=0.5, effect=0.25, power=0.9).control == 77
    assert sample_size(sd=1, effect=1, power=0.9).treated == 23


def test_the_stated_power_is_what_simulated_experiments_reach():
    plan = sample_size(baseline=0.2, effect=-0.06, power=0.8, control_share=0.25)
    random = np.random.default_rng(3)
    control = random.binomial(plan.control, 0.2, 40_000) / plan.control
    treated = random.binomial(plan.treated, 0.14, 40_000) / plan.treated
    pooled = (control * plan.control + treated * plan.treated) / plan.customers
    error = np.sqrt(pooled * (1 - pooled) * (1 / plan.control + 1 / plan.treated))
    assert np.mean((control - treated) / error > 1.959964) == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("kind", [{"baseline": 0.1}, {"sd": 30.0}])
@pytest.mark.parametrize("decrease", [False, True])
def test_the_detectable_effect_turns_the_size_round(kind, decrease):
    shape = {"power": 0.85, "control_share": 0.3, "arms": 2}
    found = detectable_effect(4000, decrease=decrease, **kind, **shape)
    assert (found.effect < 0) is decrease
    assert sample_size(effect=found.effect, **kind, **shape).customers == pytest.approx(4000, abs=3)


def test_uneven_arms_need_more_customers():
    even = sample_size(sd=10, effect=1)
    assert sample_size(sd=10, effect=1, control_share=0.1).customers == pytest.approx(even.customers / 0.36, rel=0.01)
    three = sample_size(sd=10, effect=1, control_share=0.25, arms=3)
    assert (three.control, three.customers) == (three.treated, 4 * three.control)


def test_an_effect_that_needs_next_to_nobody():
    assert sample_size(sd=1, effect=1000).customers == 4


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"effect": 0.1}, "either baseline"),
        ({"effect": 0.1, "baseline": 0.1, "sd": 1}, "either baseline"),
        ({"effect": 0.0, "sd": 1}, "not 0"),
        ({"effect": 0.6, "baseline": 0.5}, "no share"),
        ({"effect": 0.1, "baseline": 1.5}, "baseline: 1.5"),
        ({"effect": 1, "sd": -1}, "sd: -1"),
        ({"effect": 1, "sd": 1, "alpha": 0.0}, "alpha"),
        ({"effect": 1, "sd": 1, "power": 0.01}, "not above alpha"),
        ({"effect": 1, "sd": 1, "arms": 0}, "arms: 0"),
    ],
)
def test_what_is_refused(given, said):
    with pytest.raises(ConfigError, match=said):
        sample_size(**given)


def test_too_few_or_too_many():
    with pytest.raises(NotEnoughDataError, match="fewer than two"):
        detectable_effect(3, sd=1)
    with pytest.raises(NotEnoughDataError, match="cannot show any effect"):
        detectable_effect(6, baseline=0.1, decrease=True)
    with pytest.raises(NotEnoughDataError, match="10\\^12"):
        sample_size(sd=1, effect=1e-8)
