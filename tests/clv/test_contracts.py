"""Contracts: retention curves, and what the rest of a contract is worth."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import hyp2f1

from holdfast.clv import BetaDiscreteWeibull, ShiftedBetaGeo, contract_summary
from tests.clv.conftest import SURVIVORS

SBG = ShiftedBetaGeo.from_params(alpha=0.668088, beta=3.806095)
BDW = BetaDiscreteWeibull.from_params(alpha=0.214253, beta=1.426575, c=1.723565)
OPEN = pd.DataFrame({"T": [0, 1, 5, 5], "churned": [0, 0, 0, 1]})


def test_retention_rates_are_the_published_form():
    """Fader & Hardie 2007, eq. 8: r(t) = (β + t − 1)/(α + β + t − 1)."""
    t = np.arange(1, 9)
    np.testing.assert_allclose(SBG.retention_rate(t), (3.806095 + t - 1) / (0.668088 + 3.806095 + t - 1), rtol=1e-12)
    np.testing.assert_allclose(np.cumprod(BDW.retention_rate(t)), BDW.survival(t), rtol=1e-12)


def test_derl_is_the_closed_form():
    """Fader & Hardie 2010, eq. 6, without the renewal that is due now."""
    d, alpha, beta = 0.1, 0.668088, 3.806095
    for n, found in zip((0, 1, 5), SBG.residual_value(OPEN, horizon=None, discount=np.log1p(d))[:3], strict=True):
        first = (beta + n) / (alpha + beta + n) / (1 + d)
        derl = first * hyp2f1(1, beta + n + 1, alpha + beta + n + 1, 1 / (1 + d))
        assert found == pytest.approx(derl, rel=1e-9)


@pytest.mark.parametrize("model", [SBG, BDW])
def test_expectations_probabilities_and_draws_agree(model):
    periods = model.expected_periods(OPEN, 8)
    draws = model.sample(OPEN, 8, draws=40_000)
    np.testing.assert_allclose(draws.mean(axis=1), periods, atol=0.05)
    np.testing.assert_allclose((draws[:3] < 8).mean(axis=1), model.p_churn(OPEN, 8)[:3], atol=0.01)
    assert periods[3] == 0
    assert model.p_churn(OPEN, 1)[3] == 1
    assert (draws[3] == 0).all()
    assert model.p_churn(OPEN, 1)[0] == pytest.approx(1 - model.retention_rate(1))
    assert (model.sample(OPEN, 8, draws=50) == model.sample(OPEN, 8, draws=50)).all(), "a seed decides"
    assert (model.sample(OPEN, 8, draws=50, seed=2) != model.sample(OPEN, 8, draws=50)).any()


def test_the_longer_a_customer_stays_the_likelier_he_stays():
    churn = SBG.p_churn(OPEN, 1)
    assert churn[0] > churn[1] > churn[2]


def test_bdw_projects_the_high_end_cohort_better_than_sbg():
    """FH18: fitted on seven periods, held against the actual survivors of periods 8 to 12."""
    later = np.array([468, 445, 427, 409, 394])
    summary, weights = contract_summary(SURVIVORS["high end"])
    errors = []
    for model in (ShiftedBetaGeo, BetaDiscreteWeibull):
        fitted = model().fit(summary, weights=weights)
        errors.append(np.abs(1000 * fitted.survival(np.arange(8, 13)) - later).mean())
    assert errors[1] < errors[0] < 15


def test_an_infinite_horizon_needs_a_discount():
    with pytest.raises(ValueError, match="infinite horizon"):
        SBG.residual_value(OPEN, horizon=None, discount=0.0)
