"""BG/BB: at each of a number of occasions a customer buys or not, until they leave.

Fader, Hardie & Shang (2010), Customer-Base Analysis in a Discrete-Time Noncontractual Setting, Marketing Science
29(6), called FHS here.
"""

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from scipy.special import betaln, digamma, gammaln

from holdfast.clv.arguments import Times
from holdfast.clv.histories import Histories
from holdfast.clv.special import Floats, added
from holdfast.clv.state import Parameters
from holdfast.clv.transactions import Counts, TransactionModel


class BetaGeoBetaBinom(TransactionModel):
    """BG/BB: a customer buys ~ Beta(``alpha``, ``beta``) and leaves before an occasion ~ Beta(``gamma``, ``delta``).

    In the summary ``frequency`` counts the occasions with a purchase, ``recency`` is the number of the last of them
    and ``T`` the number of occasions so far; the first purchase, which made the customer one, is not counted.
    Times are numbers of occasions.

    Examples
    --------
    >>> import pandas as pd
    >>> model = BetaGeoBetaBinom.from_params(alpha=1.203507, beta=0.749767, gamma=0.656757, delta=2.783887)
    >>> donor = pd.DataFrame({"frequency": [6], "recency": [6], "T": [6]})
    >>> round(float(model.expected_purchases(donor, 5)[0]), 2)
    3.75
    """

    parameter_names: ClassVar = ("alpha", "beta", "gamma", "delta")
    contradictions: ClassVar = (
        *TransactionModel.contradictions,
        (
            lambda x, t_x, T: (t_x != np.floor(t_x)) | (np.floor(T) != T),  # noqa: ARG005
            "recency or T is no whole number of occasions; BG/BB needs whole numbers",
        ),
        (lambda x, t_x, T: x > t_x, "frequency is above recency"),  # noqa: ARG005
    )
    _occasions: ClassVar = "occasions"
    ridges: ClassVar = {
        ("gamma", "down"): "by this model nobody ever leaves for good",
        ("delta", "up"): "by this model nobody ever leaves for good",
        ("gamma", "up"): "customers do not differ in their probability of leaving",
        ("delta", "down"): "everybody seems to leave at once",
        ("alpha", "up"): "customers do not differ in their probability of buying",
        ("beta", "up"): "customers do not differ in their probability of buying, or they hardly ever buy again",
        ("alpha", "down"): "almost nobody buys again",
        ("beta", "down"): "everybody buys at every occasion until they leave",
    }

    def _starts(self, histories: Histories) -> list[dict[str, float]]:  # noqa: ARG002
        return [{"alpha": 1.0, "beta": 1.0, "gamma": 0.7, "delta": 2.5}]

    def _work(self, histories: Histories) -> float:
        return len(histories) * (1.0 + np.max(histories["T"] - histories["recency"], initial=0.0))

    def _hopeless(self, histories: Histories) -> str:
        if not np.any(histories["frequency"] > 0):
            return "nobody bought a second time, so repeat purchases cannot be modelled"
        return "" if np.any(histories["T"] > 0) else "nobody was observed at any occasion"

    def _log_likelihood(self, p: Parameters, h: Histories) -> tuple[Floats, Parameters]:
        """FHS eq. 4: stayed at all occasions, or left right before occasion ``end`` + 1, t_x ≤ end < T."""
        alpha, beta, gamma, delta = (p[name] for name in self.parameter_names)
        x, t_x, T = (h[n] for n in self.needs)
        paths = list(_paths(p, x, t_x, T))
        peak, share = _shares([log_part for log_part, _, _ in paths])
        value = peak - betaln(alpha, beta) - betaln(gamma, delta)
        sums = dict.fromkeys(self.parameter_names, 0.0)
        for part, (_, end, left) in zip(share, paths, strict=True):
            bought, stays = digamma(alpha + beta + end), digamma(gamma + delta + end + left)
            sums["alpha"] += part * (digamma(alpha + x) - bought)
            sums["beta"] += part * (digamma(beta + end - x) - bought)
            sums["gamma"] += part * (digamma(gamma + left) - stays)
            sums["delta"] += part * (digamma(delta + end) - stays)
        buying, leaving = digamma(alpha + beta), digamma(gamma + delta)
        prior = {
            "alpha": digamma(alpha) - buying,
            "beta": digamma(beta) - buying,
            "gamma": digamma(gamma) - leaving,
            "delta": digamma(delta) - leaving,
        }
        return value, {name: p[name] * (sums[name] - prior[name]) for name in self.parameter_names}

    def _p_alive(self, p: Parameters, x: Floats, t_x: Floats, T: Floats) -> Floats:
        """Return P(alive) (FHS eq. 11, for occasion T itself): the share of the path on which nobody left."""
        _, share = _shares([log_part for log_part, _, _ in _paths(p, x, t_x, T)])
        return np.asarray(share[-1])

    def _updated(self, p: Parameters, x: Floats, t_x: Floats, T: Floats) -> Parameters:  # noqa: ARG002
        return {"alpha": p["alpha"] + x, "beta": p["beta"] + T - x, "gamma": p["gamma"], "delta": p["delta"] + T}

    def _expected(self, p: Parameters, t: Times) -> Floats:
        """Return E[X(t)] (FHS eq. 9): the mean probability of buying at each occasion the customer still sees."""
        return self._discounted(p, t, 0.0)

    def _discounted(self, p: Parameters, horizon: Times | None, discount: float) -> Floats:
        """Return Σ_j e^(−δj) P(alive at j) E[p] (FHS eq. 14)."""
        last = np.ceil(-np.log(1e-12) / discount) if horizon is None else horizon
        stays, total = np.ones(1), np.zeros(1)
        for j in range(1, int(np.max(last, initial=0)) + 1):
            stays = stays * (p["delta"] + j - 1) / (p["gamma"] + p["delta"] + j - 1)
            total = total + np.where(j <= last, np.exp(-discount * j) * stays, 0.0)
        return np.asarray(p["alpha"] / (p["alpha"] + p["beta"]) * total)

    def _none(self, p: Parameters, t: Times) -> Floats:
        return self._pmf(p, t, 0)

    def _silent(self, p: Parameters, t: Times) -> tuple[Floats, Parameters]:
        stays = np.exp(betaln(p["alpha"], p["beta"] + t) - betaln(p["alpha"], p["beta"])) * self._survival(p, t)
        return stays, {**p, "beta": p["beta"] + t, "delta": p["delta"] + t}

    def _pmf(self, p: Parameters, t: Times, n: int) -> Floats:
        """Return P(X(t) = n) (FHS eq. 8)."""
        alpha, beta, gamma, delta = (p[name] for name in self.parameter_names)
        total = np.zeros(1)
        for end in range(n, int(np.max(t, initial=0)) + 1):
            log_part = (
                gammaln(end + 1) - gammaln(n + 1) - gammaln(end - n + 1)
                + betaln(alpha + n, beta + end - n) - betaln(alpha, beta)
                + betaln(gamma + (end < np.asarray(t)), delta + end) - betaln(gamma, delta)
            )  # fmt: skip
            total = total + np.where(end <= np.asarray(t), np.exp(log_part), 0.0)
        return np.asarray(total)

    def _survival(self, p: Parameters, t: Times) -> Floats:
        return np.exp(betaln(p["gamma"], p["delta"] + t) - betaln(p["gamma"], p["delta"]))

    def _draw(self, p: Parameters, t: Times, size: int, random: np.random.Generator) -> tuple[Counts, Floats]:
        buys = random.beta(p["alpha"], p["beta"], size)
        leaves = np.clip(random.beta(p["gamma"], p["delta"], size), 1e-15, 1.0)
        occasions = np.minimum(random.geometric(leaves) - 1, np.asarray(t, dtype=np.int64))
        return random.binomial(occasions, buys), occasions.astype(np.float64)


def _paths(p: Parameters, x: Floats, t_x: Floats, T: Floats) -> Iterator[tuple[Floats, Floats, int]]:
    """Yield each way a history can have come about: its log-probability, its last occasion, whether they then left."""
    alpha, beta, gamma, delta = (p[name] for name in BetaGeoBetaBinom.parameter_names)
    for i in range(int(np.max(T - t_x, initial=0))):
        end = np.minimum(t_x + i, T)
        log_part = betaln(alpha + x, beta + end - x) + betaln(gamma + 1, delta + end)
        yield np.where(t_x + i < T, log_part, -np.inf), end, 1
    yield betaln(alpha + x, beta + T - x) + betaln(gamma, delta + T), T, 0


def _shares(logs: list[Floats]) -> tuple[Floats, Floats]:
    """Return log Σ exp(logs), shape (n,), and each part's share of the sum, shape (parts, n)."""
    stacked = np.array(logs)
    peak = stacked.max(axis=0)
    parts = np.exp(stacked - peak)
    total = added(parts)
    return peak + np.log(total), parts / total
