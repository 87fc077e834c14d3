"""The BG/NBD model: "Counting Your Customers" the Easy Way (Fader, Hardie & Lee 2005, Marketing Science 24:2).

While alive a customer buys as a Poisson process (rate ~ Gamma(r, alpha)); after each purchase he leaves for
good with probability p ~ Beta(a, b). Time is in the unit of ``recency`` and ``T``; Holdfast uses days.
"""

import io
import warnings
from contextlib import redirect_stdout

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import digamma, expit, gammaln

from holdfast.clv.summary import Floats, collapse, columns
from holdfast.errors import NotEnoughDataError

# Bounds of the parameters' logarithms: at one of them the likelihood is a ridge (nobody leaves, or all alike).
_LOG_BOUNDS = (-12.0, 12.0)
_MAX_TERMS = 100_000
_NAMES = ("r", "alpha", "a", "b")


class BetaGeoNBD:
    """BG/NBD: how often customers buy and when they stop.

    Attributes
    ----------
    params_ : dict of float
        ``r`` and ``alpha`` (1/time) of the purchase rate, ``a`` and ``b`` of the dropout probability.
    boundary_ : str
        Empty, or which parameter the data drive to its bound (``"a"``: nobody seems ever to leave). The predictions
        then are those of the limiting model; the parameters themselves mean nothing.

    Examples
    --------
    >>> model = BetaGeoNBD.from_params(r=0.2425929, alpha=4.413532, a=0.792886, b=2.425754)
    >>> customer = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]})
    >>> round(float(model.p_alive(customer)[0]), 4), round(float(model.expected_purchases(customer, 39)[0]), 4)
    (0.7266, 1.2259)
    """

    params_: dict[str, float]
    boundary_: str = ""

    @classmethod
    def from_params(cls, *, r: float, alpha: float, a: float, b: float, boundary: str = "") -> "BetaGeoNBD":
        """Return a model with known parameters."""
        model = cls()
        model.params_ = {"r": float(r), "alpha": float(alpha), "a": float(a), "b": float(b)}
        model.boundary_ = boundary
        return model

    def to_dict(self) -> dict[str, float | str]:
        """Return the learnt state as plain values; ``from_params(**state)`` restores it."""
        return {**self.params_, "boundary": self.boundary_}

    def fit(self, summary: pd.DataFrame) -> "BetaGeoNBD":
        """Fit by maximum likelihood (engine: ``lifetimes``; within bounds where that runs off along a ridge).

        Parameters
        ----------
        summary
            Columns ``frequency``, ``recency``, ``T``, one row per customer.

        Raises
        ------
        NotEnoughDataError
            Nobody bought twice, or no stable parameters were found.
        """
        columns(summary, "frequency", "recency", "T")
        if not (summary["frequency"] > 0).any():
            raise NotEnoughDataError("BG/NBD: nobody bought a second time, so repeat purchases cannot be modelled.")
        triples = collapse(summary)
        found = _fit_with_lifetimes(triples)
        if found is None:
            found, self.boundary_ = _fit_within_bounds(triples)
        self.params_ = found
        return self

    def p_alive(self, summary: pd.DataFrame) -> Floats:
        """P(the customer has not left for good | history), shape (n,). Not a churn risk: 1 for one-time buyers."""
        x, t_x, T = columns(summary, "frequency", "recency", "T")
        r, alpha, a, b = self._r_alpha_a_b
        # Eq. 13 of the authors' note "Computing P(alive) Using the BG/NBD Model" (2008).
        with np.errstate(divide="ignore"):
            log_odds_gone = np.log(a) - np.log(b + np.maximum(x, 1) - 1) + (r + x) * np.log((alpha + T) / (alpha + t_x))
        return np.where(x > 0, expit(-log_odds_gone), 1.0)

    def p_no_purchase(self, summary: pd.DataFrame, t: float) -> Floats:
        """P(no purchase in the next ``t`` time units | history), shape (n,); higher is a greater churn risk.

        The likelihood of the same history seen until T + t over the one seen until T, L from eq. 6.
        """
        x, T = columns(summary, "frequency", "T")
        r, alpha, _, _ = self._r_alpha_a_b
        alive = self.p_alive(summary)
        return 1.0 - alive * -np.expm1(-(r + x) * np.log1p(t / (alpha + T)))

    def expected_purchases(self, summary: pd.DataFrame, t: float) -> Floats:
        """E[number of purchases in the next ``t`` time units | history], shape (n,) (eq. 10).

        Computed in a form without overflow that also holds at a = 1, once per distinct (frequency, T).
        """
        x, T = columns(summary, "frequency", "T")
        pairs, back = np.unique(np.column_stack([x, T]), axis=0, return_inverse=True)
        return self.p_alive(summary) * self._expected_while_known_alive(pairs[:, 0], pairs[:, 1], t)[back.ravel()]

    def expected_purchases_new_customer(self, t: float) -> float:
        """E[number of repeat purchases of a customer in the ``t`` time units after the first one] (eq. 9)."""
        return float(self._expected_while_known_alive(np.zeros(1), np.zeros(1), t)[0])

    @property
    def _r_alpha_a_b(self) -> tuple[float, float, float, float]:
        p = self.params_
        return p["r"], p["alpha"], p["a"], p["b"]

    def _expected_while_known_alive(self, x: Floats, T: Floats, t: float) -> Floats:
        """E[purchases in (T, T + t]] ÷ P(alive at T), by Euler's and Pfaff's transformations of eq. 10."""
        r, alpha, a, b = self._r_alpha_a_b
        z = t / (alpha + T + t)
        log_1_z = np.log1p(-z)
        c, A = a + b + x - 1, a + b - 1 - r
        first = -log_1_z if a == 1 else -np.expm1((a - 1) * log_1_z) / (a - 1)
        term, total = z * A, z * A
        for k in range(2, _MAX_TERMS):
            term = term * (A + k - 1) * (a + k - 2) / (c + k - 1) * z / k
            total = total + term
            if np.all(np.abs(term) <= 1e-17 * np.abs(total)):
                break
        return np.asarray(c * first - np.exp((a - 1) * log_1_z) * total)


def log_likelihood(log_params: Floats, x: Floats, t_x: Floats, T: Floats) -> tuple[Floats, Floats]:
    """Return each history's log-likelihood (eq. 6), shape (n,), and its gradient in log parameters, (4, n)."""
    r, alpha, a, b = np.exp(log_params)
    bought = x > 0
    log_stayed = -(r + x) * np.log(alpha + T)
    log_left = np.where(bought, np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + t_x), -np.inf)
    value = (
        gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        + gammaln(a + b) - gammaln(b) + gammaln(b + x) - gammaln(a + b + x)
        + np.logaddexp(log_stayed, log_left)
    )  # fmt: skip
    left = np.where(bought, expit(log_left - log_stayed), 0.0)
    mean_log = (1 - left) * np.log(alpha + T) + left * np.log(alpha + t_x)
    mean_inverse = (1 - left) / (alpha + T) + left / (alpha + t_x)
    both = digamma(a + b) - digamma(a + b + x)
    gradient = np.stack([
        r * (digamma(r + x) - digamma(r) + np.log(alpha) - mean_log),
        r - alpha * (r + x) * mean_inverse,
        a * both + left,
        b * (both - digamma(b) + digamma(b + x) - left / (b + np.maximum(x, 1) - 1)),
    ])  # fmt: skip
    return value, gradient


def _fit_within_bounds(triples: pd.DataFrame) -> tuple[dict[str, float], str]:
    """Maximise the likelihood inside ``_LOG_BOUNDS``; return the parameters and the one at its bound, if any."""
    x, t_x, T, weights = columns(triples, "frequency", "recency", "T", "weights")
    unit = float(T.max()) / 10 or 1.0  # keeps alpha near 1 whatever the time unit

    def loss(log_params: Floats) -> tuple[float, Floats]:
        value, gradient = log_likelihood(log_params, x, t_x / unit, T / unit)
        return -float(weights @ value) / weights.sum(), -(gradient @ weights) / weights.sum()

    best = minimize(loss, np.zeros(4), jac=True, method="L-BFGS-B", bounds=[_LOG_BOUNDS] * 4, options={"maxiter": 1000})
    if not best.success or not np.all(np.isfinite(best.x)):
        raise NotEnoughDataError("BG/NBD: the fit does not settle on these histories; more customers are needed.")
    low, high = _LOG_BOUNDS
    at_bound = [n for n, v in zip(_NAMES, best.x, strict=True) if v <= low + 1e-6 or v >= high - 1e-6]
    found = dict(zip(_NAMES, np.exp(best.x).tolist(), strict=True))
    found["alpha"] *= unit
    return found, ", ".join(at_bound)


def _fit_with_lifetimes(triples: pd.DataFrame) -> dict[str, float] | None:
    """Return the parameters, or None where the optimiser fails or runs off along a ridge."""
    # lifetimes warns, and prints its optimiser's state where it fails: neither is for our users.
    with warnings.catch_warnings(), np.errstate(all="ignore"), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        from lifetimes import BetaGeoFitter
        from lifetimes.utils import ConvergenceError

        fitter = BetaGeoFitter(penalizer_coef=0.0)
        try:
            fitter.fit(triples["frequency"], triples["recency"], triples["T"], weights=triples["weights"])
        except (ConvergenceError, ValueError, FloatingPointError):
            return None
    found = {name: float(fitter.params_[name]) for name in _NAMES}
    low, high = np.exp(_LOG_BOUNDS)
    return found if all(np.isfinite(v) and low < v < high for v in found.values()) else None
