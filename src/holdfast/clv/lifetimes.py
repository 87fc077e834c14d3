"""Pareto/NBD and GGompertz/NBD: customers buy as a Poisson process and may leave at any time.

Schmittlein, Morrison & Colombo (1987), Counting Your Customers, Management Science 33(1); in the notation of
Fader & Hardie (2005), "A Note on Deriving the Pareto/NBD Model and Related Expressions", called FH here.
Bemmaor & Glady (2012), Modeling Purchasing Behavior with Sudden "Death", Management Science 58(5), called BG here.

Both likelihoods are (bought until T, still here) + ∫ (bought until t_x, left at u) du. The integral is taken by
Gauss-Legendre quadrature instead of differences of hypergeometric functions: it cannot cancel or overflow, and
its derivatives are those of the integrand.
"""

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

import numpy as np
from scipy.special import digamma, gammaln, hyperu, xlogy

from holdfast.clv.arguments import Times
from holdfast.clv.histories import Histories
from holdfast.clv.poisson import RATE_RIDGES, PoissonModel, poisson
from holdfast.clv.special import Floats, added, gauss_legendre, growth, soft
from holdfast.clv.state import Parameters
from holdfast.clv.transactions import Counts
from holdfast.language import to_tell

_FIT_NODES = 24
_NODES = 64
# Where the integrand has fallen by e^−_FALL nothing more is added.
_FALL = 40.0
# The log of nothing, in sums.
_LEAST = -1e300
# Nodes are computed together while there are few histories: as many as make arrays of about this size.
_AT_ONCE = 1 << 13

_RIDGES = {
    ("s", "down"): to_tell("by this model nobody ever leaves for good; a model without dropout (NBD) fits as well"),
    ("beta", "up"): to_tell(
        "by this model nobody ever leaves for good, or customers do not differ in how long they stay"
    ),
    ("s", "up"): to_tell("customers do not differ in how long they stay"),
    ("beta", "down"): to_tell("next to nobody leaves for good, or some at once and the others never"),
    **RATE_RIDGES,
}


class _Nodes(NamedTuple):
    """Some nodes u of the integral over the time of leaving, shape (nodes, n) each.

    ``log_part`` is the log of its share, relative to having stayed; ``time`` is α + u, ``log_time`` its log; ``slopes``
    are the derivatives of the log of the density of leaving at u, by the logs of the parameters.
    """

    log_part: Floats
    time: Floats
    log_time: Floats
    slopes: Parameters


class _Lifetime(PoissonModel):
    """Poisson purchases with rates ~ Gamma(r, alpha), until a time of leaving that does not depend on them.

    Parameters
    ----------
    l2, ridge
        See ``Model``.
    transaction_covariates, dropout_covariates
        Columns of the summary: α·e^(−γ'z) and β·e^(−γ'z) (Fader & Hardie 2007, "Incorporating Time-Invariant
        Covariates into the Pareto/NBD and BG/NBD Models").
    """

    effects_on: ClassVar = {"transaction": (("alpha", -1.0),), "dropout": (("beta", -1.0),)}

    # What a model provides; u has shape (n,).

    def _log_survival(self, p: Parameters, u: Floats) -> tuple[Floats, Parameters]:
        """Return ln P(leaves after u), and its derivatives by the logs of the parameters."""
        raise NotImplementedError

    def _log_density(self, p: Parameters, u: Floats) -> tuple[Floats, Parameters]:
        """Return the log of the density of leaving at u, and its derivatives by the logs of the parameters."""
        raise NotImplementedError

    def _time_scale(self, p: Parameters) -> Floats:
        """Return the time within which a customer's rate of leaving changes, right after the first purchase."""
        raise NotImplementedError

    def _fall(self, p: Parameters, u: Floats) -> Floats:
        """Return how fast the log of the density of leaving falls at u."""
        raise NotImplementedError

    # What follows from it.

    def _work(self, histories: Histories) -> float:
        # A node of the quadrature is about half the work of a formula of BG/NBD.
        return len(histories) * _FIT_NODES / 2

    def _log_likelihood(self, p: Parameters, h: Histories) -> tuple[Floats, Parameters]:
        """FH eq. 17 and BG eq. 7, with the integral over the time of leaving left as it is."""
        r, alpha = p["r"], p["alpha"]
        x, T = h["frequency"], h["T"]
        log_T = h.map("T", lambda T: np.log(alpha + T), alpha)
        survival, slopes = self._log_survival(p, T)
        stayed = -(r + x) * log_T + survival
        # Everything relative to `stayed`; `peak` keeps the sums in range for those silent for long.
        parts = list(self._leaving(p, x, h["recency"], T, stayed, _FIT_NODES))
        peak = np.maximum(0.0, np.max([np.max(nodes.log_part, axis=0) for nodes in parts], axis=0))
        total = np.exp(-peak)
        sums = {name: total * slope for name, slope in slopes.items()}
        log_sum, inverse_sum = total * log_T, total / (alpha + T)
        for nodes in parts:
            part = np.exp(nodes.log_part - peak)
            total = _plus(total, part)
            for name, slope in nodes.slopes.items():
                sums[name] = _plus(sums[name], part * slope)
            log_sum, inverse_sum = _plus(log_sum, part * nodes.log_time), _plus(inverse_sum, part / nodes.time)
        value = (
            h.map("frequency", lambda x: gammaln(r + x) - gammaln(r), r)
            + r * np.log(alpha) + stayed + peak + np.log(total)
        )  # fmt: skip
        psi = h.map("frequency", lambda x: digamma(r + x) - digamma(r), r)
        return value, {
            "r": r * (psi + np.log(alpha) - log_sum / total),
            "alpha": r - alpha * (r + x) * inverse_sum / total,
            **{name: slope / total for name, slope in sums.items()},
        }

    def _leaving(
        self, p: Parameters, x: Floats, t_x: Floats, T: Floats, stayed: Floats, nodes: int
    ) -> Iterator[_Nodes]:
        """Yield the nodes u of the integral from t_x to T, as many at once as few histories allow.

        In w = log((γ+u)/(γ+t_x)), γ the smaller of α and the scale of leaving, the integrand is smooth and
        log-concave; where it falls fast, the range is cut to where it still counts.
        """
        r, alpha = p["r"], p["alpha"]
        gamma = np.minimum(alpha, self._time_scale(p))
        base = gamma + t_x
        width = np.log1p((T - t_x) / base)
        fall = base * ((r + x) / (alpha + t_x) + self._fall(p, t_x)) - 1
        width = np.minimum(width, _FALL / np.maximum(fall, _FALL / 700))
        at, weights = gauss_legendre(nodes)
        with np.errstate(divide="ignore"):
            log_range = np.log(width) + np.log(base)
        some = max(1, _AT_ONCE // max(1, len(x)))
        for first in range(0, nodes, some):
            node, weight = at[first : first + some, None], weights[first : first + some, None]
            u = base * np.exp(node * width) - gamma
            time = alpha + u
            log_time, (density, slopes) = np.log(time), self._log_density(p, u)
            log_part = log_range + node * width + np.log(weight) - (r + x) * log_time
            yield _Nodes(log_part + density - stayed, time, log_time, slopes)

    def _p_alive(self, p: Parameters, x: Floats, t_x: Floats, T: Floats) -> Floats:
        """Return P(alive) (FH eq. 29): having stayed over having stayed or left."""
        stayed = -(p["r"] + x) * np.log(p["alpha"] + T) + self._log_survival(p, T)[0]
        parts = np.vstack([nodes.log_part for nodes in self._leaving(p, x, t_x, T, stayed, _NODES)])
        # Who bought on the last day has had no time to leave: every part is nothing.
        peak = np.maximum(np.max(parts, axis=0), _LEAST)
        with np.errstate(divide="ignore"):
            log_left = peak + np.log(added(np.exp(parts - peak)))
        return soft(-log_left)[1]

    def _silent(self, p: Parameters, t: Times) -> tuple[Floats, Parameters]:
        stays = np.exp(-p["r"] * np.log1p(t / p["alpha"]) + self._log_survival(p, np.atleast_1d(t))[0])
        return stays, self._updated(p, np.zeros(1), np.atleast_1d(t), np.atleast_1d(t))

    def _survival(self, p: Parameters, t: Times) -> Floats:
        return np.exp(np.minimum(self._log_survival(p, np.atleast_1d(t))[0], 0.0))

    def _none(self, p: Parameters, t: Times) -> Floats:
        return self._pmf(p, t, 0)

    def _pmf(self, p: Parameters, t: Times, n: int) -> Floats:
        """Return P(X(t) = n): NBD until t for those who stay, until u for those who leave (Fader & Hardie 2006)."""
        r, alpha = p["r"], p["alpha"]
        constant = gammaln(r + n) - gammaln(r) - gammaln(n + 1) + r * np.log(alpha)
        end = np.atleast_1d(t)
        total = np.exp(constant + xlogy(n, end) - (r + n) * np.log(alpha + end) + self._log_survival(p, end)[0])
        for u, weight in self._until(p, t, _FALL + 3 * n):
            log_part = xlogy(n, u) - (r + n) * np.log(alpha + u) + self._log_density(p, u)[0]
            total = total + weight * np.exp(constant + log_part)
        return np.asarray(total)

    def _until(self, p: Parameters, t: Times, reach: float) -> Iterator[tuple[Floats, Floats]]:
        """Yield nodes and weights of ∫ du from 0 to t, or to where the density of leaving has fallen by e^−reach."""
        gamma = np.atleast_1d(np.minimum(p["alpha"], self._time_scale(p)))
        fall = gamma * self._fall(p, np.zeros(1)) - 1
        width = np.minimum(np.log1p(t / gamma), reach / np.maximum(fall, reach / 700))
        for node, weight in zip(*gauss_legendre(_NODES), strict=True):
            yield gamma * np.expm1(node * width), weight * width * gamma * np.exp(node * width)


class ParetoNBD(_Lifetime):
    """Pareto/NBD: purchase rates ~ Gamma(``r``, ``alpha``), rates of leaving ~ Gamma(``s``, ``beta``), 1/time.

    Settings are those of ``BetaGeoNBD``; dropout covariates act on β.

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
    ridges: ClassVar = _RIDGES

    def _starts(self, histories: Histories) -> list[dict[str, float]]:
        scale = self._scale("alpha", histories)
        return [{"r": 0.6, "alpha": scale / 3, "s": 0.6, "beta": scale / 3}]

    def _time_scale(self, p: Parameters) -> Floats:
        return p["beta"]

    def _fall(self, p: Parameters, u: Floats) -> Floats:
        return np.asarray((p["s"] + 1) / (p["beta"] + u))

    def _log_survival(self, p: Parameters, u: Floats) -> tuple[Floats, Parameters]:
        s, beta = p["s"], p["beta"]
        log_ratio = np.log(beta) - np.log(beta + u)
        return s * log_ratio, {"s": s * log_ratio, "beta": s * u / (beta + u)}

    def _log_density(self, p: Parameters, u: Floats) -> tuple[Floats, Parameters]:
        s, beta = p["s"], p["beta"]
        log_both = np.log(beta + u)
        log_ratio = np.log(beta) - log_both
        return np.log(s) - log_both + s * log_ratio, {
            "s": 1 + s * log_ratio,
            "beta": s - (s + 1) * beta / (beta + u),
        }

    def _updated(self, p: Parameters, x: Floats, t_x: Floats, T: Floats) -> Parameters:  # noqa: ARG002
        return {"r": p["r"] + x, "alpha": p["alpha"] + T, "s": p["s"], "beta": p["beta"] + T}

    def _expected(self, p: Parameters, t: Times) -> Floats:
        """Return E[X(t)] (FH eq. 27), which at s = 1 is a logarithm."""
        return np.asarray(p["r"] * p["beta"] / p["alpha"] * growth(p["s"] - 1, np.log1p(t / p["beta"])))

    def _discounted(self, p: Parameters, horizon: Times | None, discount: float) -> Floats:
        if horizon is not None:
            return super()._discounted(p, horizon, discount)
        # DERT: Fader, Hardie & Lee 2005, "RFM and CLV", eq. 5; U(s, s, z) there is z^(1−s) U(1, 2−s, z).
        beta = p["beta"]
        return np.asarray(p["r"] / p["alpha"] * beta * hyperu(1.0, 2.0 - p["s"], discount * beta))

    def _draw(self, p: Parameters, t: Times, size: int, random: np.random.Generator) -> tuple[Counts, Floats]:
        rate = random.gamma(p["r"], 1 / p["alpha"], size)
        leaving = np.maximum(random.gamma(p["s"], 1 / p["beta"], size), 1e-300)
        until = np.minimum(random.exponential(1.0, size) / leaving, t)
        return poisson(random, rate * until), until


class GGompertzNBD(_Lifetime):
    """GGompertz/NBD (BG): like Pareto/NBD, but a customer's own rate of leaving grows as e^(``b``·t).

    P(stays beyond t) is (β / (β + e^(bt) − 1))^s. As b and β tend to 0 together it becomes the Pareto/NBD, and data
    without such growth are refused for it. Settings are those of ``BetaGeoNBD``; dropout covariates act on β.

    Examples
    --------
    >>> import pandas as pd
    >>> model = GGompertzNBD.from_params(r=0.553, alpha=10.578, b=0.0002, s=0.603, beta=0.0026)
    >>> customer = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]})
    >>> round(float(model.p_alive(customer)[0]), 3), round(float(model.expected_purchases(customer, 39)[0]), 3)
    (0.873, 1.466)
    """

    parameter_names: ClassVar = ("r", "alpha", "b", "s", "beta")
    unit_of: ClassVar = {"alpha": "T", "b": "1/T"}
    ridges: ClassVar = {
        **_RIDGES,
        ("b", "down"): to_tell("the rate of leaving does not grow with time; Pareto/NBD fits as well"),
        ("beta", "down"): to_tell("the rate of leaving does not grow with time; Pareto/NBD fits as well"),
        ("b", "up"): to_tell("everybody leaves at the same age"),
    }

    def _starts(self, histories: Histories) -> list[dict[str, float]]:
        scale = self._scale("alpha", histories)
        likely = {"r": 0.6, "alpha": scale / 3, "b": 0.3 / scale, "s": 0.6, "beta": 0.1}
        return [likely, *({**likely, "b": growth / scale, "beta": beta} for growth, beta in ((3, 1.0), (10, 10.0)))]

    def _time_scale(self, p: Parameters) -> Floats:
        return np.minimum(p["beta"], 1.0) / p["b"]

    def _fall(self, p: Parameters, u: Floats) -> Floats:
        return np.asarray(p["b"] * ((p["s"] + 1) * _gompertz(p["b"], p["beta"], u)[1] - 1))

    def _log_survival(self, p: Parameters, u: Floats) -> tuple[Floats, Parameters]:
        b, s, beta = p["b"], p["s"], p["beta"]
        log_both, share = _gompertz(b, beta, u)
        log_ratio = np.log(beta) - log_both
        return s * log_ratio, {
            "b": -s * b * u * share,
            "s": s * log_ratio,
            "beta": s * (1 - np.exp(log_ratio)),
        }

    def _log_density(self, p: Parameters, u: Floats) -> tuple[Floats, Parameters]:
        b, s, beta = p["b"], p["s"], p["beta"]
        log_both, share = _gompertz(b, beta, u)
        log_ratio = np.log(beta) - log_both
        return np.log(s * b) + b * u - log_both + s * log_ratio, {
            "b": 1 + b * u - (s + 1) * b * u * share,
            "s": 1 + s * log_ratio,
            "beta": s - (s + 1) * np.exp(log_ratio),
        }

    def _updated(self, p: Parameters, x: Floats, t_x: Floats, T: Floats) -> Parameters:  # noqa: ARG002
        beta = 1 + (p["beta"] - 1) * np.exp(-p["b"] * T)
        return {"r": p["r"] + x, "alpha": p["alpha"] + T, "b": p["b"], "s": p["s"], "beta": beta}

    def _expected(self, p: Parameters, t: Times) -> Floats:
        """Return E[X(t)] = E[λ] ∫ P(stays beyond u) du (BG eq. 11), by quadrature."""
        total = sum(weight * np.exp(self._log_survival(p, u)[0]) for u, weight in self._until(p, t, _FALL))
        return np.asarray(p["r"] / p["alpha"] * total)

    def _draw(self, p: Parameters, t: Times, size: int, random: np.random.Generator) -> tuple[Counts, Floats]:
        rate = random.gamma(p["r"], 1 / p["alpha"], size)
        leaving = np.maximum(random.gamma(p["s"], 1 / p["beta"], size), 1e-300)
        until = np.minimum(np.log1p(random.exponential(1.0, size) / leaving) / p["b"], t)
        return poisson(random, rate * until), until


def _gompertz(b: Floats, beta: Floats, u: Floats) -> tuple[Floats, Floats]:
    """Return ln(β + e^(bu) − 1) and e^(bu) / (β + e^(bu) − 1), without overflow."""
    rest = (beta - 1) * np.exp(-b * u)
    return b * u + np.log1p(rest), 1 / (1 + rest)


def _plus(total: Floats, parts: Floats) -> Floats:
    """Add the rows of ``parts`` one after the other, so that their sum does not hang on how many come at once."""
    return added(np.vstack([total, parts]))
