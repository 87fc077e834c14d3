"""The Gamma-Gamma model of spend (Fader & Hardie 2013, "The Gamma-Gamma Model of Monetary Value").

A customer's spends vary around his own mean, means vary among customers; how much and how often are independent.
"""

import io
import warnings
from contextlib import redirect_stdout

import numpy as np
import pandas as pd

from holdfast.clv.summary import Floats

# Where customers do not differ, q runs off to infinity; this q says so without an overflow.
_ALL_ALIKE_Q = 1e9


class GammaGamma:
    """Gamma-Gamma: what a customer's next purchase is worth.

    ``n`` is the number of purchases that ``monetary_value`` is the mean of. Holdfast counts the first purchase
    in; the literature's tables leave it out (then pass ``n = frequency`` of the repeat buyers).

    Attributes
    ----------
    params_ : dict of float
        ``p``, ``q`` (shapes) and ``v`` (scale, currency).
    boundary_ : str
        Empty, or ``"q"``: customers' means cannot be told apart, and everybody is expected to spend the mean.
    correlation_ : float
        Pearson correlation of n and monetary value; the model assumes it is near 0.

    Examples
    --------
    >>> model = GammaGamma.from_params(p=6.248804, q=3.744588, v=15.447744)
    >>> [round(float(m), 2) for m in model.expected_spend(np.array([0, 1, 10]), np.array([0.0, 50.0, 50.0]))]
    [35.17, 45.47, 49.38]
    """

    params_: dict[str, float]
    boundary_: str = ""
    correlation_: float = 0.0

    @classmethod
    def from_params(cls, *, p: float, q: float, v: float, boundary: str = "", correlation: float = 0.0) -> "GammaGamma":
        """Return a model with known parameters."""
        model = cls()
        model.params_ = {"p": float(p), "q": float(q), "v": float(v)}
        model.boundary_, model.correlation_ = boundary, correlation
        return model

    def to_dict(self) -> dict[str, float | str]:
        """Return the learnt state as plain values; ``from_params(**state)`` restores it."""
        return {**self.params_, "boundary": self.boundary_, "correlation": self.correlation_}

    def fit(self, n: Floats, monetary_value: Floats) -> "GammaGamma":
        """Fit by maximum likelihood (engine: ``lifetimes``).

        Parameters
        ----------
        n
            Number of purchases averaged, shape (customers,), at least 1.
        monetary_value
            Their mean, in currency, above 0.

        Raises
        ------
        ValueError
            A spend is not positive.
        """
        n, monetary_value = np.asarray(n, dtype=float), np.asarray(monetary_value, dtype=float)
        if not (np.all(monetary_value > 0) and np.all(n >= 1)):
            raise ValueError("Gamma-Gamma needs n ≥ 1 and monetary_value > 0")
        # The optimiser must not see the currency: fit spend in units of its mean.
        unit = float(monetary_value.mean())
        found = _fit_with_lifetimes(n, monetary_value / unit) if np.ptp(monetary_value) > 0 else None
        if found is None:
            self.boundary_ = "q"
            found = {"p": 1.0, "q": _ALL_ALIKE_Q, "v": _ALL_ALIKE_Q - 1}
        self.params_ = {**found, "v": found["v"] * unit}
        self.correlation_ = float(np.corrcoef(n, monetary_value)[0, 1]) if np.ptp(n) * np.ptp(monetary_value) else 0.0
        return self

    def expected_spend(self, n: Floats, monetary_value: Floats) -> Floats:
        """E[spend of a purchase | n past purchases of mean monetary_value], in currency, shape (customers,).

        Eq. 5; infinite where p·n + q ≤ 1, since the mean does not exist there.
        """
        p, q, v = self.params_["p"], self.params_["q"], self.params_["v"]
        below = p * np.asarray(n, dtype=float) + q - 1
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = p * (v + n * monetary_value) / below
        return np.where(below > 0, mean, np.inf)


def _fit_with_lifetimes(n: Floats, monetary_value: Floats) -> dict[str, float] | None:
    with warnings.catch_warnings(), np.errstate(all="ignore"), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        from lifetimes import GammaGammaFitter
        from lifetimes.utils import ConvergenceError

        fitter = GammaGammaFitter(penalizer_coef=0.0)
        try:
            fitter.fit(pd.Series(n), pd.Series(monetary_value))
        except (ConvergenceError, ValueError, FloatingPointError):
            return None
    found = {name: float(fitter.params_[name]) for name in ("p", "q", "v")}
    # q > 1, or the mean of a new customer does not exist.
    good = all(np.isfinite(value) and 1e-6 < value < 1e6 for value in found.values()) and found["q"] > 1
    return found if good else None
