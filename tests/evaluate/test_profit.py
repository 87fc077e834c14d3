"""MPC and EMPC: equal to an independent implementation, and what they say when nothing can be earned."""

import numpy as np
import pytest
from empulse.metrics import empc_score, mpc_score

from holdfast.evaluate import expected_maximum_profit, maximum_profit

RANDOM = np.random.default_rng(3)


def sample(n, sharp):
    y = RANDOM.integers(0, 2, n)
    y[:2] = (0, 1)
    p = np.clip(0.5 + sharp * (y - 0.5) + RANDOM.normal(0, 0.2, n), 0.001, 0.999)
    return y, np.round(p, 2)  # ties


@pytest.mark.parametrize("n", [8, 200, 5000])
@pytest.mark.parametrize("sharp", [-0.2, 0.0, 0.2, 0.6])
@pytest.mark.parametrize(
    "costs", [{}, {"value": 100.0, "offer_cost": 30.0, "contact_cost": 2.0}, {"contact_cost": 0.0, "offer_cost": 5.0}]
)
def test_both_equal_empulse(n, sharp, costs):
    y, p = sample(n, sharp)
    theirs = {"clv": 200.0, "incentive_cost": 10.0, "contact_cost": 1.0}
    names = {"value": "clv", "offer_cost": "incentive_cost", "contact_cost": "contact_cost"}
    theirs |= {names[k]: v for k, v in costs.items()}
    assert expected_maximum_profit(y, p, **costs).profit == pytest.approx(
        empc_score(y, p, alpha=6, beta=14, **theirs), rel=1e-6, abs=1e-9
    )
    assert maximum_profit(y, p, acceptance=0.3, **costs).profit == pytest.approx(
        mpc_score(y, p, accept_rate=0.3, **theirs), rel=1e-6, abs=1e-9
    )
    assert expected_maximum_profit(y, p, **costs).share == pytest.approx(
        empc_score.optimal_rate(y, p, alpha=6, beta=14, **theirs), rel=1e-6, abs=1e-9
    )


def test_the_integral_is_the_mean_of_maxima():
    y, p = sample(400, 0.3)
    rates = RANDOM.beta(6, 14, 4000)
    mean = np.mean([maximum_profit(y, p, acceptance=r).profit for r in rates])
    assert expected_maximum_profit(y, p).profit == pytest.approx(mean, rel=0.02)


def test_an_offer_that_costs_more_than_it_saves_is_sent_to_nobody():
    y, p = sample(400, 0.3)
    found = maximum_profit(y, p, acceptance=0.01, value=100.0, offer_cost=50.0)
    assert (found.profit, found.share) == (0.0, 0.0)


def test_one_outcome_or_a_wrong_cost_is_refused():
    with pytest.raises(ValueError, match="customers who churned and customers who stayed"):
        maximum_profit([1, 1], [0.2, 0.3])
    with pytest.raises(ValueError, match="value must be above offer_cost"):
        expected_maximum_profit([0, 1], [0.2, 0.3], value=10.0, offer_cost=20.0)
