"""BG/NBD against published and golden numbers, and where data have no answer."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import check_grad

from holdfast.clv import BetaGeoNBD, collapse
from holdfast.clv.bgnbd import log_likelihood
from holdfast.errors import NotEnoughDataError

CDNOW = {"r": 0.2425929, "alpha": 4.4135322, "a": 0.7928859, "b": 2.4257523}


def summary(*rows):
    return pd.DataFrame(rows, columns=["frequency", "recency", "T"])


def test_cdnow_parameters_are_the_published_ones(cdnow_summary):
    found = BetaGeoNBD().fit(cdnow_summary).params_
    assert found == pytest.approx(CDNOW, rel=1e-3)


def test_the_likelihood_is_the_published_one_and_its_gradient_right(cdnow_summary):
    x, t_x, T = (cdnow_summary[c].to_numpy(dtype=float) for c in ("frequency", "recency", "T"))
    best = np.log(list(CDNOW.values()))
    assert log_likelihood(best, x, t_x, T)[0].sum() == pytest.approx(-9582.4256, abs=1e-3)
    off = best + np.array([0.3, -0.2, 0.4, -0.5])
    error = check_grad(
        lambda p: log_likelihood(p, x, t_x, T)[0].sum(), lambda p: log_likelihood(p, x, t_x, T)[1].sum(1), off
    )
    assert error < 0.1  # of gradients of several hundred


def test_golden_predictions():
    model = BetaGeoNBD.from_params(**CDNOW)
    customer = summary((2, 30.43, 38.86))
    assert model.p_alive(customer)[0] == pytest.approx(0.7266091497, abs=1e-8)
    assert model.expected_purchases(customer, 39)[0] == pytest.approx(1.2259104462, abs=1e-8)
    assert model.expected_purchases_new_customer(39) == pytest.approx(1.1950162284, abs=1e-6)
    assert model.p_no_purchase(summary((0, 0, 0)), 39)[0] == pytest.approx(0.5743072834, abs=1e-6)


def test_the_sum_of_expectations_is_the_golden_one(cdnow_summary):
    total = BetaGeoNBD.from_params(**CDNOW).expected_purchases(cdnow_summary, 39).sum()
    assert total == pytest.approx(1653.42328, abs=1e-3)


def test_a_one_time_buyer_is_alive_yet_may_well_not_buy():
    model = BetaGeoNBD.from_params(**CDNOW)
    one = summary((0, 0, 38.86))
    assert model.p_alive(one)[0] == 1
    assert 0.5 < model.p_no_purchase(one, 39)[0] < 0.95


def test_triples_are_counted():
    triples = collapse(summary((1, 5, 9), (1, 5, 9), (0, 0, 9)))
    assert triples.to_numpy().tolist() == [[0, 0, 9, 1], [1, 5, 9, 2]]


def test_nobody_ever_leaves_is_said(shop):
    regular = summary(*((n, 10 * n, 10 * n + 3) for n in range(5, 60)))
    model = BetaGeoNBD().fit(regular)
    assert "a" in model.boundary_
    assert np.all(np.isfinite(model.expected_purchases(regular, 30)))


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(NotEnoughDataError, match="second time"):
        BetaGeoNBD().fit(summary((0, 0, 9), (0, 0, 5)))
    with pytest.raises(ValueError, match="no column T"):
        BetaGeoNBD().fit(pd.DataFrame({"frequency": [1], "recency": [1]}))
    with pytest.raises(ValueError, match="negative or missing"):
        BetaGeoNBD().fit(summary((1, -1, 9)))


def test_the_state_survives_as_plain_values():
    model = BetaGeoNBD.from_params(**CDNOW, boundary="a")
    again = BetaGeoNBD.from_params(**model.to_dict())
    assert (again.params_, again.boundary_) == (model.params_, "a")
