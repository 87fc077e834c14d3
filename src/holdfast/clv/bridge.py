"""To and from `lifetimes`, whose notebooks and plots many people have."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.clv.model import Model
from holdfast.clv.state import NotConvergedError
from holdfast.errors import needs_extra

_FITTERS = {
    "BetaGeoNBD": "BetaGeoFitter",
    "ModifiedBetaGeoNBD": "ModifiedBetaGeoFitter",
    "ParetoNBD": "ParetoNBDFitter",
    "BetaGeoBetaBinom": "BetaGeoBetaBinomFitter",
    "GammaGamma": "GammaGammaFitter",
}


def to_lifetimes(model: Model) -> Any:
    """Return a `lifetimes` fitter with the parameters of a fitted model, ready to predict and to plot.

    Raises
    ------
    TypeError
        ``lifetimes`` has no such model, or no covariates.
    NotConvergedError
        The model has no parameters.
    """
    name = _FITTERS.get(type(model).__name__)
    if name is None or model.effects_:
        raise TypeError(f"lifetimes has no counterpart of {model!r}")
    if not all(np.isfinite(v) for v in model.params_.values()):
        raise NotConvergedError(f"{type(model).__name__} has no parameters: {model.reason_}")
    needs_extra("lifetimes", "lifetimes")
    with _quiet():
        import lifetimes

        fitter = getattr(lifetimes, name)()
    fitter.params_ = pd.Series(model.params_)
    fitter._scale = 1.0
    if name != "GammaGammaFitter":
        fitter.predict = fitter.conditional_expected_number_of_purchases_up_to_time
    if hasattr(model, "covariance_"):
        fitter.variance_matrix_ = model.covariance_
        fitter.standard_errors_ = pd.Series(model.standard_errors_)
        fitter.confidence_intervals_ = fitter._compute_confidence_intervals()
        fitter._negative_log_likelihood_ = -model.log_likelihood_ / model.customers_
    return fitter


def fit_with_lifetimes(model: Model, summary: pd.DataFrame, *, weights: npt.ArrayLike | None = None) -> Model:
    """Fit a model of ours with the optimiser of `lifetimes` instead of our own, for comparison.

    Raises
    ------
    TypeError
        ``lifetimes`` has no such model, or no covariates.
    """
    name = _FITTERS.get(type(model).__name__)
    if name is None or model._covariates:
        raise TypeError(f"lifetimes cannot fit {model!r}")
    histories = model.histories(summary, weights)
    if name == "GammaGammaFitter":
        mean = histories["total"] / histories["n"]
        unit = float(np.average(mean, weights=histories.weights))
        given = [histories["n"], mean / unit]
    else:
        unit, given = 1.0, [histories[column] for column in model.needs]
    needs_extra("lifetimes", "lifetimes")
    with _quiet():
        import lifetimes
        from lifetimes.utils import ConvergenceError

        fitter = getattr(lifetimes, name)()
        try:
            fitter.fit(*(pd.Series(values) for values in given), weights=histories.weights)
        except (ConvergenceError, ValueError, FloatingPointError, np.linalg.LinAlgError):
            return model._refuse("lifetimes found no maximum")
    found = {key: float(value) for key, value in fitter.params_.items()}
    if "v" in found:
        found["v"] *= unit
    if not all(0 < v < np.inf for v in found.values()):
        return model._refuse("lifetimes found no maximum")
    model._remember_data(summary, weights, histories)
    model.params_, model.effects_ = found, {}
    k = len(found)
    model._remember_covariance(np.full((k, k), np.nan), list(found))
    model.log_likelihood_ = model.log_likelihood(summary, weights=weights)
    model.converged_, model.reason_ = True, "fitted by lifetimes"
    return model


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep to itself what lifetimes warns of on import, and prints where it fails."""
    with warnings.catch_warnings(), np.errstate(all="ignore"), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield
