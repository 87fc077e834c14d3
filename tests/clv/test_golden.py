"""Published and golden numbers: parameters to four digits, log-likelihoods to a hundredth."""

import datetime

import numpy as np
import pandas as pd
import pytest

from holdfast.clv import (
    BetaDiscreteWeibull,
    BetaGeoBetaBinom,
    BetaGeoNBD,
    GammaGamma,
    GGompertzNBD,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    ShiftedBetaGeo,
    contract_summary,
    summarise,
)
from holdfast.data import Columns
from tests.clv.conftest import SURVIVORS, history
from tests.conftest import bundled, in_shared

# Fader, Hardie & Lee 2005 (BG/NBD) and Fader & Hardie's notes on the others, digits by independent programs.
CDNOW = [
    (BetaGeoNBD, {"r": 0.2425929, "alpha": 4.413532, "a": 0.792886, "b": 2.425754}, -9582.425561),
    (ParetoNBD, {"r": 0.553276, "alpha": 10.577613, "s": 0.606213, "beta": 11.667906}, -9594.973930),
    (ModifiedBetaGeoNBD, {"r": 0.524838, "alpha": 6.182997, "a": 0.891384, "b": 1.614045}, -9582.132685),
]


@pytest.mark.parametrize(("model", "parameters", "log_likelihood"), CDNOW)
def test_cdnow(cdnow_summary, model, parameters, log_likelihood):
    fitted = model().fit(cdnow_summary)
    assert fitted.converged_
    assert fitted.params_ == pytest.approx(parameters, rel=5e-5)
    assert fitted.log_likelihood_ == pytest.approx(log_likelihood, abs=0.001)
    assert fitted.log_likelihood_ >= log_likelihood - 1e-5  # nobody found a higher one


def test_cdnow_standard_errors(cdnow_summary):
    errors = BetaGeoNBD().fit(cdnow_summary).standard_errors_
    assert errors == pytest.approx({"r": 0.01256, "alpha": 0.37822, "a": 0.18572, "b": 0.70535}, rel=1e-3)


def test_gamma_gamma_on_the_946_repeaters(cdnow_spend):
    fitted = GammaGamma().fit(cdnow_spend)
    assert fitted.customers_ == 946
    assert fitted.params_ == pytest.approx({"p": 6.248804, "q": 3.744588, "v": 15.447744}, rel=1e-5)
    assert fitted.log_likelihood_ == pytest.approx(-4055.923244, abs=0.001)


def test_donations(donations):
    summary, weights = donations
    fitted = BetaGeoBetaBinom().fit(summary, weights=weights)
    golden = {"alpha": 1.203507, "beta": 0.749767, "gamma": 0.656757, "delta": 2.783887}
    assert fitted.customers_ == 11_104
    assert fitted.params_ == pytest.approx(golden, rel=2e-4)
    assert -33225.581285 <= fitted.log_likelihood_ <= -33225.57
    # Fader, Hardie & Shang 2010, table 5: a donor at all six occasions makes 3.75 more of five.
    assert fitted.expected_purchases(history(6, 6, 6), 5)[0] == pytest.approx(3.75, abs=0.005)


@pytest.mark.parametrize(
    ("model", "cohort", "parameters", "log_likelihood"),
    [
        (ShiftedBetaGeo, "high end", {"alpha": 0.668088, "beta": 3.806095}, -1611.158147),
        (ShiftedBetaGeo, "regular", {"alpha": 0.704077, "beta": 1.182043}, -1680.265188),
        (BetaDiscreteWeibull, "high end", {"alpha": 0.214253, "beta": 1.426575, "c": 1.723565}, -1605.314213),
        (BetaDiscreteWeibull, "regular", {"alpha": 0.455614, "beta": 0.779326, "c": 1.283451}, -1679.602833),
    ],
)
def test_contracts(model, cohort, parameters, log_likelihood):
    summary, weights = contract_summary(SURVIVORS[cohort])
    fitted = model().fit(summary, weights=weights)
    assert fitted.params_ == pytest.approx(parameters, rel=1e-5)
    assert fitted.log_likelihood_ == pytest.approx(log_likelihood, abs=1e-4)


@pytest.fixture(scope="module")
def apparel() -> pd.DataFrame:
    lines = pd.read_csv(in_shared("apparel_transactions.csv"), parse_dates=["Date"])
    covariates = pd.read_csv(in_shared("apparel_static_covariates.csv")).set_index("Id")
    cutoff = lines["Date"].min().date() + datetime.timedelta(days=104 * 7 + 1)
    return summarise(lines, cutoff, columns=Columns("Id", "Date", "Price"), time_unit="W").join(covariates)


def test_apparel_in_its_first_104_weeks(apparel):
    fitted = ParetoNBD().fit(apparel)
    assert len(apparel) == 600
    assert fitted.params_ == pytest.approx({"r": 1.4490, "alpha": 48.6361, "s": 0.5613, "beta": 46.8844}, rel=1e-4)
    assert fitted.log_likelihood_ == pytest.approx(-5848.098, abs=0.001)


def test_apparel_with_covariates_on_both_processes(apparel):
    names = ("Gender", "Channel")
    fitted = ParetoNBD(transaction_covariates=names, dropout_covariates=names).fit(apparel)
    assert fitted.params_ == pytest.approx({"r": 1.8387, "alpha": 92.9435, "s": 0.5913, "beta": 49.5048}, rel=3e-4)
    assert fitted.effects_["dropout"] == pytest.approx({"Gender": -0.6428, "Channel": 0.7902}, abs=1e-3)
    assert fitted.effects_["transaction"] == pytest.approx({"Gender": 0.2860, "Channel": 0.6239}, abs=2e-4)
    assert fitted.log_likelihood_ == pytest.approx(-5821.063, abs=0.001)


def test_bg_nbd_predictions():
    model = BetaGeoNBD.from_params(r=0.2425929, alpha=4.4135322, a=0.7928859, b=2.4257523)
    customer = history(2, 30.43, 38.86)
    assert model.p_alive(customer)[0] == pytest.approx(0.7266091497, abs=1e-9)
    assert model.expected_purchases(customer, 39)[0] == pytest.approx(1.2259104462, abs=1e-9)
    assert float(model.expected_purchases_new_customer(39)) == pytest.approx(1.1950162284, rel=1e-6)
    some = [float(model.p_purchases_new_customer(39, n)) for n in (0, 1, 2)]
    assert some == pytest.approx([0.5743072834, 0.1991930613, 0.0853224088], rel=1e-6)


def test_bg_nbd_sum_of_expectations(cdnow_summary):
    total = BetaGeoNBD().fit(cdnow_summary).expected_purchases(cdnow_summary, 39).sum()
    assert total == pytest.approx(1653.42328, abs=1e-3)


def test_expectations_for_weeks_40_to_78_correlate_with_what_happened():
    """The published holdout: correlation of predicted and actual .626 (BG/NBD) and .630 (Pareto/NBD)."""
    lines = pd.read_csv(
        bundled("CDNOW_sample.txt"),
        sep=r"\s+",
        header=None,
        names=["master", "customer_id", "date", "n", "amount"],
        dtype={"date": "str"},
    )
    lines["ordered_at"] = pd.to_datetime(lines["date"], format="%Y%m%d")
    summary = summarise(lines, datetime.date(1997, 10, 1), time_unit="W")
    later = summarise(lines, datetime.date(1998, 7, 1), time_unit="W")
    actual = (later["frequency"] - summary["frequency"]).to_numpy()
    for model, published in ((BetaGeoNBD, 0.626), (ParetoNBD, 0.630)):
        expected = model().fit(summary).expected_purchases(summary, 39)
        assert np.corrcoef(expected, actual)[0, 1] == pytest.approx(published, abs=0.005)


def test_ggompertz_on_cdnow_is_the_published_likelihood_and_a_ridge(cdnow_summary):
    """Bemmaor & Glady's estimate has b = .0002 to one digit; it lies on the ridge towards Pareto/NBD, and we say so."""
    published = GGompertzNBD.from_params(r=0.553, alpha=10.578, b=0.000223, s=0.603, beta=0.0026)
    assert published.log_likelihood(cdnow_summary) == pytest.approx(-9594.98, abs=0.01)
    fitted = GGompertzNBD().fit(cdnow_summary)
    assert not fitted.converged_
    assert "Pareto/NBD fits as well" in fitted.reason_
    limit = GGompertzNBD(ridge="clip").fit(cdnow_summary)
    assert limit.log_likelihood_ == pytest.approx(-9594.973930, abs=0.001)
