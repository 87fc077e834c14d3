"""BG/NBD and MBG/NBD: customers buy as a Poisson process and may leave after each purchase.

Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2), called FHL here.
Batislam, Denizel & Filiztekin (2007), Empirical validation and comparison of models for customer base analysis,
International Journal of Research in Marketing 24(3), called BDF.
"""

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from scipy.special import betainc, betaln, digamma, gammaln, xlogy

from holdfast.clv.arguments import Times
from holdfast.clv.histories import Histories
from holdfast.clv.poisson import RATE_RIDGES, PoissonModel, poisson
from holdfast.clv.special import Floats, beta_mean, growth, power_series, soft
from holdfast.clv.state import Parameters
from holdfast.clv.transactions import Counts
from holdfast.language import to_tell

_LEAST = 1e-12
# Above this many times alpha the series is longer than the quadrature.
_LONG = 12.0


class _BetaGeo(PoissonModel):
    """What the two have in common; they differ by one chance to leave, right after the first purchase."""

    parameter_names: ClassVar = ("r", "alpha", "a", "b")
    unit_of: ClassVar = {"alpha": "T"}
    ridges: ClassVar = {
        ("a", "down"): to_tell("by this model nobody ever leaves for good; a model without dropout (NBD) fits as well"),
        ("b", "up"): to_tell("by this model nobody ever leaves for good; a model without dropout (NBD) fits as well"),
        ("a", "up"): to_tell("customers do not differ in their probability of leaving"),
        ("b", "down"): to_tell("everybody seems to leave after the next purchase"),
        **RATE_RIDGES,
    }
    effects_on: ClassVar = {
        "transaction": (("alpha", -1.0),),
        "dropout_a": (("a", 1.0),),
        "dropout_b": (("b", 1.0),),
    }
    _chances: ClassVar[int]
    """Chances to leave before the first repeat purchase."""

    @property
    def _kinds(self) -> dict[str, tuple[str, ...]]:
        dropout = tuple(self.dropout_covariates)
        return {"transaction": tuple(self.transaction_covariates), "dropout_a": dropout, "dropout_b": dropout}

    def _starts(self, histories: Histories) -> list[dict[str, float]]:
        return [{"r": 0.5, "alpha": self._scale("alpha", histories) / 4, "a": 0.7, "b": 2.5}]

    def _log_likelihood(self, p: Parameters, h: Histories) -> tuple[Floats, Parameters]:
        """FHL eq. 6; BDF eq. 3 is the same with one more chance to leave."""
        r, alpha, a, b = (p[name] for name in self.parameter_names)
        x, chances = h["frequency"], b + self._chances
        log_T = h.map("T", lambda T: np.log(alpha + T), alpha)
        log_t_x = h.map("recency", lambda t_x: np.log(alpha + t_x), alpha)
        log_odds = h.map("frequency", lambda x: self._log_odds_of_leaving(a, chances, x), a, b)
        gone = log_odds + (r + x) * (log_T - log_t_x)
        left_or_not, left = soft(gone)
        value = (
            h.map("frequency", lambda x: gammaln(r + x) - gammaln(r), r) + r * np.log(alpha) - (r + x) * log_T
            + gammaln(a + b) - gammaln(b)
            + h.map("frequency", lambda x: gammaln(chances + x) - gammaln(a + chances + x), a, b)
            + left_or_not
        )  # fmt: skip
        since = h.map("T", lambda T: alpha / (alpha + T), alpha)
        until = h.map("recency", lambda t_x: alpha / (alpha + t_x), alpha)
        psi_r = h.map("frequency", lambda x: digamma(r + x), r)
        psi_ab = digamma(a + b) - h.map("frequency", lambda x: digamma(a + chances + x), a, b)
        psi_b = h.map("frequency", lambda x: digamma(chances + x), b) - digamma(b)
        stay = h.map("frequency", lambda x: b / np.maximum(chances + x - 1, _LEAST), b)
        return value, {
            "r": r * (psi_r - digamma(r) + np.log(alpha) - log_T + left * (log_T - log_t_x)),
            "alpha": r - (r + x) * (since + left * (until - since)),
            "a": a * psi_ab + left,
            "b": b * (psi_ab + psi_b) - left * stay,
        }

    def _log_odds_of_leaving(self, a: Floats, chances: Floats, x: Floats) -> Floats:
        """Return the log-odds of having left with the last purchase, the time since then apart."""
        with np.errstate(divide="ignore", invalid="ignore"):
            odds = np.log(a) - np.log(chances + x - 1)
        return odds if self._chances else np.where(x > 0, odds, -np.inf)

    def _p_alive(self, p: Parameters, x: Floats, t_x: Floats, T: Floats) -> Floats:
        """Return P(alive) (Fader, Hardie & Lee 2008, "Computing P(alive) Using the BG/NBD Model"; BDF eq. 7)."""
        r, alpha, a, b = (p[name] for name in self.parameter_names)
        gone = self._log_odds_of_leaving(a, b + self._chances, x) + (r + x) * np.log1p((T - t_x) / (alpha + t_x))
        return soft(-gone)[1]

    def _updated(self, p: Parameters, x: Floats, t_x: Floats, T: Floats) -> Parameters:  # noqa: ARG002
        return {"r": p["r"] + x, "alpha": p["alpha"] + T, "a": p["a"], "b": p["b"] + self._chances + x}

    def _new(self, p: Parameters) -> tuple[Floats, Parameters]:
        if not self._chances:
            return np.ones(1), p
        return p["b"] / (p["a"] + p["b"]), {**p, "b": p["b"] + 1}

    def _expected(self, p: Parameters, t: Times) -> Floats:
        """Return E[X(t)] (FHL eq. 9) as a short series where there is one, by quadrature elsewhere."""
        return _either(p, t, _expected_series, _expected_given_leaving)

    def _none(self, p: Parameters, t: Times) -> Floats:
        return np.exp(-p["r"] * np.log1p(t / p["alpha"]))

    def _silent(self, p: Parameters, t: Times) -> tuple[Floats, Parameters]:
        # Customers leave right after a purchase: without one, nobody does.
        return self._none(p, t), {**p, "alpha": p["alpha"] + t}

    def _pmf(self, p: Parameters, t: Times, n: int) -> Floats:
        """Return P(X(t) = n) (FHL eq. 8)."""
        r, alpha, a, b = (p[name] for name in self.parameter_names)
        if n == 0:
            return self._none(p, t)
        z = t / (alpha + t)
        log_nbd = gammaln(r + n) - gammaln(r) - gammaln(n + 1) - r * np.log1p(t / alpha) + xlogy(n, z)
        stayed = np.exp(betaln(a, b + n) - betaln(a, b) + log_nbd)
        left = np.exp(betaln(a + 1, b + n - 1) - betaln(a, b)) * betainc(n, r, z)
        return np.asarray(stayed + left)

    def _survival(self, p: Parameters, t: Times) -> Floats:
        """Return P(alive at t) = E[e^(−λpt)] over λ ~ Gamma(r, α) and p ~ Beta(a, b)."""
        return np.minimum(_either(p, t, _survival_series, _survival_given_leaving), 1.0)

    def _draw(self, p: Parameters, t: Times, size: int, random: np.random.Generator) -> tuple[Counts, Floats]:
        rate = random.gamma(p["r"], 1 / p["alpha"], size)
        leaves = np.clip(random.beta(p["a"], p["b"], size), 1e-15, 1.0)
        bought, last = poisson(random, rate * t), random.geometric(leaves)
        gone = last <= bought
        until = np.broadcast_to(np.asarray(t, dtype=np.float64), size).copy()
        # Of `bought` purchases spread evenly over the time, the one after which the customer leaves.
        until[gone] *= random.beta(last[gone], bought[gone] - last[gone] + 1)
        return np.minimum(bought, last), until


Series = Callable[[Floats, Floats, Floats, Floats, Floats], Floats]
Given = Callable[[Floats, Floats, Floats, Floats], Floats]


def _either(p: Parameters, t: Times, series: Series, given_leaving: Given) -> Floats:
    """Compute by series where it is short, keeps its digits and cannot overflow; else as a mean over Beta(a, b)."""
    r, alpha, a, b, t = np.broadcast_arrays(*(np.atleast_1d(p[name]) for name in ("r", "alpha", "a", "b")), t)
    hard = (t > _LONG * alpha) | ((a - 1) * np.log1p(t / alpha) > 300) | (a + b - r < -20)
    if not hard.any():
        return series(r, alpha, a, b, t)
    answer, easy = np.empty(r.shape), ~hard
    if easy.any():
        answer[easy] = series(r[easy], alpha[easy], a[easy], b[easy], t[easy])
    ratio = t[hard] / alpha[hard]
    least = np.exp(-37.0) / np.maximum(ratio * np.maximum(r[hard], 1.0), 1e-300)
    answer[hard] = beta_mean(given_leaving, a[hard], b[hard], least=least, others=(r[hard], ratio))
    return answer


def _expected_series(r: Floats, alpha: Floats, a: Floats, b: Floats, t: Floats) -> Floats:
    """FHL eq. 9 after Euler's and Pfaff's transformations: a = 1 and a + b < 1 are nothing special."""
    z, elapsed = t / (alpha + t), np.log1p(t / alpha)
    c, A = a + b - 1, a + b - 1 - r
    rest = A * z * power_series((A + 1, a), (c + 1, 2.0), z)
    return np.asarray(c * growth(a - 1, elapsed) - np.exp(-(a - 1) * elapsed) * rest)


def _expected_given_leaving(p: Floats, _: Floats, r: Floats, ratio: Floats) -> Floats:
    """E[X(t) | p] = E[(1 − e^(−λpt)) / p] over λ ~ Gamma(r, α); ``ratio`` is t / α."""
    rare = p * ratio < 1e-300
    return np.where(rare, r * ratio, -np.expm1(-r * np.log1p(p * ratio)) / np.where(rare, 1.0, p))


def _survival_series(r: Floats, alpha: Floats, a: Floats, b: Floats, t: Floats) -> Floats:
    """2F1(r, a; a + b; −t/α) after Pfaff's transformation."""
    z = t / (alpha + t)
    return np.asarray(np.exp(-a * np.log1p(t / alpha)) * power_series((a + b - r, a), (a + b, 1.0), z))


def _survival_given_leaving(p: Floats, _: Floats, r: Floats, ratio: Floats) -> Floats:
    """E[e^(−λpt) | p] over λ ~ Gamma(r, α)."""
    return np.exp(-r * np.log1p(p * ratio))


class BetaGeoNBD(_BetaGeo):
    """BG/NBD (FHL): while alive a customer buys as a Poisson process; after each repeat purchase they may leave.

    Purchase rates differ as Gamma(``r``, ``alpha``), dropout probabilities as Beta(``a``, ``b``). Nobody leaves
    before the first repeat purchase, so P(alive) is 1 for one-time buyers.

    Parameters
    ----------
    l2, ridge
        See ``Model``.
    transaction_covariates, dropout_covariates
        Columns of the summary: α·e^(−γ'z), and a·e^(γ'z), b·e^(γ'z) with effects of their own (Fader & Hardie
        2007, "Incorporating Time-Invariant Covariates into the Pareto/NBD and BG/NBD Models").

    Examples
    --------
    >>> import pandas as pd
    >>> model = BetaGeoNBD.from_params(r=0.2425929, alpha=4.413532, a=0.792886, b=2.425754)
    >>> customer = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]})
    >>> round(float(model.p_alive(customer)[0]), 4), round(float(model.expected_purchases(customer, 39)[0]), 4)
    (0.7266, 1.2259)
    """

    _chances: ClassVar = 0


class ModifiedBetaGeoNBD(_BetaGeo):
    """MBG/NBD (BDF): like BG/NBD, with a first chance to leave right after the first purchase.

    Parameters and settings are those of ``BetaGeoNBD``; P(alive) is below 1 for one-time buyers too.

    Examples
    --------
    >>> import pandas as pd
    >>> model = ModifiedBetaGeoNBD.from_params(r=0.524838, alpha=6.182997, a=0.891384, b=1.614045)
    >>> once = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [38.86]})
    >>> round(float(model.p_alive(once)[0]), 3)
    0.39
    """

    _chances: ClassVar = 1
