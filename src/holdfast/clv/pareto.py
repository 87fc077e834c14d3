"""Pareto/NBD and GGompertz/NBD: customers buy as a Poisson process and may leave at any time.

Schmittlein, Morrison & Colombo (1987), Counting Your Customers, Management Science 33(1); in the notation of
Fader & Hardie (2005), "A Note on Deriving the Pareto/NBD Model and Related Expressions", called FH here.
Bemmaor & Glady (2012), Modeling Purchasing Behavior with Sudden "Death", Management Science 58(5), called BG here.

Both likelihoods are (buying until T, alive) + ∫ (buying until t_x, leaving at u) du. The integral is taken by
Gauss-Legendre quadrature instead of differences of hypergeometric functions: it cannot cancel or overflow, and
its derivatives are those of the integrand.
"""

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from scipy.special import digamma, expit, gammaln, hyperu, xlogy

from holdfast.clv.histories import Histories
from holdfast.clv.model import Parameters
from holdfast.clv.special import Floats, gauss_legendre, growth
from holdfast.clv.transactions import Counts, TransactionModel

_FIT_NODES = 24
_NODES = 64
# Where the integrand has fallen by e^−_FALL nothing more is added.
_FALL = 40.0


class _Continuous(TransactionModel):
    """Poisson purchases, rates ~ Gamma(r, alpha), until a time of leaving that does not depend on them."""

    effects_on: ClassVar = {"transaction": (("alpha", -1.0),), "dropout": (("beta", -1.0),)}

    def _hopeless(self, histories: Histories) -> str:
        if not np.any(histories["frequency"] > 0):
            return "nobody bought a second time, so repeat purchases cannot be modelled"
        return "" if np.any(histories["T"] > 0) else "nobody was observed for any time"

    def _none(self, p: Parameters, t: float) -> Floats:
        return self._pmf(p, t, 0)


class ParetoNBD(_Continuous):
    """Pareto/NBD: purchase rates ~ Gamma(``r``, ``alpha``), dropout rates ~ Gamma(``s``, ``beta``), 1/time.

    Parameters
    ----------
    l2, ridge
        See ``Model``.
    transaction_covariates, dropout_covariates
        Columns of the summary: α·e^(−γ'z) and β·e^(−γ'z) (Fader & Hardie 2007).

    Examples
    --------
    >>> import pandas as pd
    >>> model = ParetoNBD.from_params(r=0.553276, alpha=10.577613, s=0.606213, beta=11.667906)
    >>> customer = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]})
    >>> round(float(model.p_alive(customer)[0]), 4), round(float(model.expected_purchases(customer, 39)[0]), 4)
    (0.8691, 1.4551)
    """

    parameter_names: ClassVar = ("r", "alpha", "s", "beta")
    unit_of: ClassVar = {"alpha": "T", "beta": "T"}
    ridges: ClassVar = {
        ("s", "down"): "nobody seems ever to leave for good; a model without dropout (NBD) fits as well",
        ("beta", "up"): "nobody seems ever to leave for good, or customers do not differ in how long they stay",
        ("s", "up"): "customers do not differ in how long they stay",
        ("beta", "down"): "next to nobody leaves for good, or some at once and the others never",
        ("r", "up"): "customers do not differ in how often they buy",
        ("alpha", "up"): "customers do not differ in how often they buy, or they hardly ever buy again",
        ("r", "down"): "almost nobody buys again",
        ("alpha", "down"): "purchases follow each other too closely to tell a rate",
    }

    def __init__(
        self,
        *,
        l2: float = 0.0,
        ridge: str = "refuse",
        transaction_covariates: tuple[str, ...] = (),
        dropout_covariates: tuple[str, ...] = (),
    ) -> None:
        super().__init__(l2=l2, ridge=ridge)  # type: ignore[arg-type]
        self.transaction_covariates = transaction_covariates
        self.dropout_covariates = dropout_covariates

    def _start(self, histories: Histories) -> dict[str, float]:
        scale = self._scale("alpha", histories)
        return {"r": 0.6, "alpha": scale / 3, "s": 0.6, "beta": scale / 3}

    def _log_likelihood(self, p: Parameters, h: Histories) -> tuple[Floats, Parameters]:
        """FH eq. 18, with the integral over the time of leaving left as it is (eq. 17)."""
        r, alpha, s, beta = (p[name] for name in self.parameter_names)
        x, t_x, T = h["frequency"], h["recency"], h["T"]
        log_alpha_T = h.map("T", lambda T: np.log(alpha + T), alpha)
        log_beta_T = h.map("T", lambda T: np.log(beta + T), beta)
        stayed = -(r + x) * log_alpha_T - s * log_beta_T
        if_stayed = {
            "log_alpha": log_alpha_T,
            "alpha": 1 / (alpha + T),
            "log_beta": log_beta_T,
            "beta": s / (beta + T),
            "left": 0.0,
        }
        # Everything relative to `stayed`; `peak` keeps the sums in range for those silent for long.
        parts = list(self._leaving(p, x, t_x, T, stayed, _FIT_NODES))
        peak = np.maximum(0.0, np.max([log_part for log_part, _, _ in parts], axis=0))
        total = np.exp(-peak)
        sums = {name: total * value for name, value in if_stayed.items()}
        for log_part, log_a, log_b in parts:
            part = np.exp(log_part - peak)
            total = total + part
            sums["log_alpha"] = sums["log_alpha"] + part * log_a
            sums["alpha"] = sums["alpha"] + part * np.exp(-log_a)
            sums["log_beta"] = sums["log_beta"] + part * log_b
            sums["beta"] = sums["beta"] + part * (s + 1) * np.exp(-log_b)
            sums["left"] = sums["left"] + part
        value = (
            h.map("frequency", lambda x: gammaln(r + x) - gammaln(r), r)
            + r * np.log(alpha) + s * np.log(beta) + stayed + peak + np.log(total)
        )  # fmt: skip
        psi = h.map("frequency", lambda x: digamma(r + x) - digamma(r), r)
        return value, {
            "r": r * (psi + np.log(alpha) - sums["log_alpha"] / total),
            "alpha": r - alpha * (r + x) * sums["alpha"] / total,
            "s": s * (np.log(beta) - sums["log_beta"] / total) + sums["left"] / total,
            "beta": s - beta * sums["beta"] / total,
        }

    def _leaving(
        self, p: Parameters, x: Floats, t_x: Floats, T: Floats, stayed: Floats, nodes: int
    ) -> Iterator[tuple[Floats, Floats, Floats]]:
        """Yield per node u of ∫ s (α+u)^−(r+x) (β+u)^−(s+1) du, t_x to T: its log over ``stayed``, log(α+u), log(β+u).

        In w = log((γ+u)/(γ+t_x)), γ the smaller of α and β, the integrand is smooth and log-concave; where it falls
        fast the range is cut to where it still counts.
        """
        r, alpha, s, beta = (p[name] for name in self.parameter_names)
        gamma = np.minimum(alpha, beta)
        base = gamma + t_x
        width = np.log1p((T - t_x) / base)
        fall = (r + x) * base / (alpha + t_x) + (s + 1) * base / (beta + t_x) - 1
        width = np.minimum(width, _FALL / np.maximum(fall, _FALL / 700))
        at, weights = gauss_legendre(nodes)
        with np.errstate(divide="ignore"):
            log_range = np.log(s) + np.log(width) + np.log(base)
        for node, weight in zip(at, weights, strict=True):
            u = base * np.exp(node * width)
            log_a, log_b = np.log(u + (alpha - gamma)), np.log(u + (beta - gamma))
            log_part = log_range + node * width + np.log(weight) - (r + x) * log_a - (s + 1) * log_b - stayed
            yield log_part, log_a, log_b

    def _p_alive(self, p: Parameters, x: Floats, t_x: Floats, T: Floats) -> Floats:
        """Return P(alive) (FH eq. 29): staying over staying or having left."""
        r, alpha, s, beta = (p[name] for name in self.parameter_names)
        stayed = -(r + x) * np.log(alpha + T) - s * np.log(beta + T)
        log_left = np.full(np.broadcast(stayed, x).shape, -np.inf)
        for log_part, _, _ in self._leaving(p, x, t_x, T, stayed, _NODES):
            log_left = np.logaddexp(log_left, log_part)
        return np.asarray(expit(-log_left))

    def _updated(self, p: Parameters, x: Floats, t_x: Floats, T: Floats) -> Parameters:  # noqa: ARG002
        return {"r": p["r"] + x, "alpha": p["alpha"] + T, "s": p["s"], "beta": p["beta"] + T}

    def _expected(self, p: Parameters, t: float) -> Floats:
        """Return E[X(t)] (FH eq. 27), which at s = 1 is a logarithm."""
        elapsed = np.log1p(t / p["beta"])
        return np.asarray(p["r"] * p["beta"] / p["alpha"] * growth(p["s"] - 1, elapsed))

    def _survival(self, p: Parameters, t: float) -> Floats:
        return np.exp(-p["s"] * np.log1p(t / p["beta"]))

    def _pmf(self, p: Parameters, t: float, n: int) -> Floats:
        """Return P(X(t) = n) (Fader & Hardie 2006, "Deriving an Expression for P(X(t)=x) Under the Pareto/NBD")."""
        r, alpha, s, beta = (np.asarray(p[name], dtype=np.float64) for name in self.parameter_names)
        constant = gammaln(r + n) - gammaln(r) - gammaln(n + 1) + r * np.log(alpha)
        stayed = xlogy(n, t) - (r + n) * np.log(alpha + t) - s * np.log1p(t / beta)
        gamma = np.minimum(alpha, beta)
        width = np.log1p(t / gamma)
        at, weights = gauss_legendre(_NODES)
        total = np.exp(constant + stayed)
        for node, weight in zip(at, weights, strict=True):
            u = gamma * np.expm1(node * width)
            log_part = xlogy(n, u) - (r + n) * np.log(alpha + u) + s * np.log(beta) - (s + 1) * np.log(beta + u)
            total = total + s * weight * width * (u + gamma) * np.exp(constant + log_part)
        return np.asarray(total)

    def _discounted(self, p: Parameters, horizon: float | None, discount: float) -> Floats:
        if horizon is not None:
            return super()._discounted(p, horizon, discount)
        # DERT: Fader, Hardie & Lee 2005, "RFM and CLV", eq. 5; U(s, s, z) there is z^(1−s) U(1, 2−s, z).
        beta = p["beta"]
        return np.asarray(p["r"] / p["alpha"] * beta * hyperu(1.0, 2.0 - p["s"], discount * beta))

    def _draw(self, p: Parameters, t: float, size: int, random: np.random.Generator) -> tuple[Counts, Floats]:
        rate = random.gamma(p["r"], 1 / p["alpha"], size)
        leaving = np.maximum(random.gamma(p["s"], 1 / p["beta"], size), 1e-300)
        until = np.minimum(random.exponential(1.0, size) / leaving, t)
        return random.poisson(rate * until), until
