"""The Gamma-Gamma model of spend.

Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value", called FH here; Colombo & Jiang (1999), A
Stochastic RFM Model, Journal of Interactive Marketing 13(3).
"""

import warnings
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaln, digamma

from holdfast.clv.histories import Histories, Unique, read_columns
from holdfast.clv.model import Model, Parameters
from holdfast.clv.special import Floats, weighted_sum
from holdfast.learn.parallel import at_once, blocks

# The model takes frequency and spend for independent; above this correlation it is warned that they are not.
_CORRELATED = 0.3
# q runs to infinity where customers do not differ; this says so without an overflow.
_ALIKE = 1e9


class IndependenceWarning(UserWarning):
    """Frequency and spend go together, which the Gamma-Gamma model takes to be impossible."""


class GammaGamma(Model):
    """Gamma-Gamma: what a customer's next purchase is worth.

    A customer's spends are Gamma(``p``, ν), and ν differs among customers as Gamma(``q``, ``v``). Summaries
    need ``frequency`` and ``monetary_value``; customers without a purchase to average are left out of the fit and
    are expected to spend what everybody does.

    Parameters
    ----------
    first_purchase
        Whether ``monetary_value`` averages the first purchase too: then n = frequency + 1, and one-time buyers
        teach. The literature's tables leave it out (n = frequency).
    l2, ridge
        See ``Model``.

    Attributes
    ----------
    correlation_ : float
        Of log n and log monetary_value among the customers of the fit; the model takes it to be 0.

    Examples
    --------
    >>> model = GammaGamma.from_params(p=6.248804, q=3.744588, v=15.447744)
    >>> customers = pd.DataFrame({"frequency": [0, 1, 10], "monetary_value": [0.0, 50.0, 50.0]})
    >>> [round(float(m), 2) for m in model.expected_spend(customers)]
    [35.17, 45.47, 49.38]
    """

    parameter_names: ClassVar = ("p", "q", "v")
    needs: ClassVar = ("frequency", "monetary_value")
    ridges: ClassVar = {
        ("q", "up"): "customers do not differ in what they spend on average",
        ("v", "up"): "customers do not differ in what they spend on average",
        ("p", "up"): "every customer always spends the same",
        ("p", "down"): "spends are too uneven for a Gamma distribution",
        ("q", "down"): "customers differ so much that there is no mean spend",
        ("v", "down"): "every customer always spends the same",
    }

    correlation_: float

    def __init__(self, *, first_purchase: bool = False, l2: float = 0.0, ridge: str = "refuse") -> None:
        super().__init__(l2=l2, ridge=ridge)  # type: ignore[arg-type]
        self.first_purchase = first_purchase

    def fit(self, summary: pd.DataFrame, *, weights: npt.ArrayLike | None = None) -> Self:
        """Fit by maximum likelihood; see ``Model.fit``. Warns with ``IndependenceWarning`` where it must."""
        histories = self.histories(summary, weights)
        self._fit_histories(histories)
        self.correlation_ = _correlation(histories) if len(histories) else 0.0
        if abs(self.correlation_) > _CORRELATED:
            warnings.warn(
                f"frequency and spend correlate ({self.correlation_:+.2f}), but Gamma-Gamma takes them for independent:"
                " expected spends are pulled the wrong way for the most and the least frequent.",
                IndependenceWarning,
                stacklevel=2,
            )
        return self

    def histories(self, summary: pd.DataFrame, weights: npt.ArrayLike | None = None) -> Histories:
        """Return n, mean and total spend of the customers who have something to average."""
        n, mean = self._averages(summary)
        given = None if weights is None else np.asarray(weights, dtype=np.float64)
        if np.any((n > 0) & (mean <= 0)):
            wrong = int(((n > 0) & (mean <= 0)).sum())
            raise ValueError(
                f"monetary_value is not above 0 for {wrong} customer(s) with purchases: nothing has a mean spend of 0. "
                "Where free orders are the cause, summarise(…, zero_days=False) does not count them."
            )

        rows = blocks(len(n))
        ends = np.cumsum([0, *(np.count_nonzero(n[part]) for part in rows)])
        count, total = np.empty(ends[-1]), np.empty(ends[-1])
        counts = np.broadcast_to(1.0, ends[-1]) if given is None else np.empty(ends[-1])

        def fill(i: int) -> None:
            used, place = np.flatnonzero(n[rows[i]]), slice(ends[i], ends[i + 1])
            np.take(n[rows[i]], used, out=count[place])
            np.multiply(count[place], mean[rows[i]].take(used), out=total[place])
            if given is not None:
                np.take(given[rows[i]], used, out=counts[place])

        at_once(fill, range(len(rows)))
        # Totals hardly repeat, so nothing is collapsed but n.
        return Histories({"n": count, "total": total}, counts, {"n": Unique.of(count), "total": Unique(total, None)})

    def expected_spend(self, summary: pd.DataFrame) -> Floats:
        """E[spend of a purchase | history], in currency, shape (n,) (FH eq. 5).

        Infinite where p·n + q ≤ 1, because there the mean does not exist; never negative.
        """
        n, mean = self._averages(summary)
        known = self._known({})
        p, q, v = known["p"], known["q"], known["v"]
        below = p * n + q - 1
        with np.errstate(divide="ignore", invalid="ignore"):
            found = p * (v + np.where(n > 0, n * mean, 0.0)) / below
        return np.where(below > 0, found, np.inf)

    def _clipped(self, histories: Histories) -> dict[str, float] | None:
        """Return the limit in which all customers spend alike: everybody is expected to spend the mean."""
        mean = float(np.average(histories["total"] / histories["n"], weights=histories.weights))
        return {"p": 1.0, "q": _ALIKE, "v": mean * (_ALIKE - 1)}

    def expected_spend_new_customer(self) -> float:
        """E[spend of a purchase of a customer not seen yet], in currency: p·v / (q − 1), infinite where q ≤ 1."""
        known = self._known({})
        return float(known["p"] * known["v"] / (known["q"] - 1)) if known["q"] > 1 else np.inf

    def density(self, mean: npt.ArrayLike, n: npt.ArrayLike) -> Floats:
        """Return the density of the mean of ``n`` spends at ``mean`` (FH eq. 1a), 1/currency."""
        m, count = np.asarray(mean, dtype=np.float64), np.asarray(n, dtype=np.float64)
        known = self._known({})
        p, q, v = known["p"], known["q"], known["v"]
        total = count * m
        return np.exp(
            p * count * np.log(total)
            + q * np.log(v)
            - (p * count + q) * np.log(v + total)
            - np.log(m)
            - betaln(p * count, q)
        )

    def sample(
        self,
        summary: pd.DataFrame,
        purchases: npt.NDArray[np.int64],
        *,
        seed: int = 1,
        parameter_uncertainty: bool = True,
    ) -> Floats:
        """Draw what given numbers of future purchases are worth in total, given each history, in currency.

        Each draw takes parameters from their asymptotic normal distribution, the customer's own ν from
        Gamma(q + p·n, v + n·mean), and the spend of all purchases together from Gamma(p · purchases, ν).

        Parameters
        ----------
        summary
            Histories, n rows.
        purchases
            Numbers of purchases, shape (n, draws), as ``TransactionModel.sample`` draws them.
        seed, parameter_uncertainty
            As there.

        Returns
        -------
        ndarray of shape (n, draws)
        """
        n, mean = self._averages(summary)
        total = np.where(n > 0, n * mean, 0.0)
        random = np.random.default_rng(seed)
        spend = np.zeros(purchases.shape)
        drawn = self._parameter_draws(summary, purchases.shape[1], random, uncertain=parameter_uncertainty)
        for i, known in enumerate(drawn):
            p, q, v = known["p"], known["q"], known["v"]
            buys = purchases[:, i] > 0
            nu = random.gamma(q + p * n[buys], 1 / (v + total[buys]))
            spend[buys, i] = random.gamma(p * purchases[buys, i], 1 / nu)
        return spend

    def _averages(self, summary: pd.DataFrame) -> tuple[Floats, Floats]:
        frequency, mean = read_columns(summary, *self.needs)
        return frequency + 1 if self.first_purchase else frequency, mean

    def _starts(self, histories: Histories) -> list[dict[str, float]]:
        return [{"p": 3.0, "q": 3.0, "v": self._scale("v", histories)}]

    def _scale(self, name: str, histories: Histories) -> float:
        if name != "v":
            return 1.0
        return weighted_sum(histories.weights, histories["total"]) / weighted_sum(histories.weights, histories["n"])

    def _hopeless(self, histories: Histories) -> str:
        if not np.any(histories["n"] > 1):
            return "nobody has two purchases to compare, so how much spends vary within a customer is unknown"
        means = histories["total"] / histories["n"]
        return "everybody spends the same" if means.max() <= means.min() * (1 + 1e-12) else ""

    def _sums(self, p: Parameters, h: Histories, effects: list[tuple[str, str]]) -> Floats:  # noqa: ARG002
        """Return the sums of ``_log_likelihood``; four sums over customers, the rest once per distinct n."""
        shape, q, v = p["p"], p["q"], p["v"]
        both = v + h["total"]
        log_both, inverse = np.log(both), 1.0 / both
        weights, weighted_n = h.weights, h.once("weighted n", lambda: h.weights * h["n"])
        log_sum, log_sum_n = weighted_sum(weights, log_both), weighted_sum(weighted_n, log_both)
        inverse_sum, inverse_sum_n = weighted_sum(weights, inverse), weighted_sum(weighted_n, inverse)
        n = h.unique["n"].values  # noqa: PD011
        count, known_sum, known_sum_n = h.once("sums", lambda: self._constant_sums(h))
        total = float(count.sum())
        psi_both = digamma(shape * n + q)
        value = (
            total * q * np.log(v) - count @ betaln(shape * n, q) - known_sum
            + shape * (known_sum_n - log_sum_n) - q * log_sum
        )  # fmt: skip
        by_p = count @ (n * (psi_both - digamma(shape * n))) + known_sum_n - log_sum_n
        by_q = count @ psi_both + total * (np.log(v) - digamma(q)) - log_sum
        by_v = total * q - v * (shape * inverse_sum_n + q * inverse_sum)
        return np.array([value, shape * by_p, q * by_q, by_v])

    @staticmethod
    def _constant_sums(h: Histories) -> tuple[Floats, float, float]:
        log_total, unique = np.log(h["total"]), h.unique["n"]
        count = unique.totals(h.weights)
        log_mean_sum = weighted_sum(h.weights, log_total) - weighted_sum(count, np.log(unique.values))
        return count, log_mean_sum, weighted_sum(h.weights * h["n"], log_total)

    def _log_likelihood(self, p: Parameters, h: Histories) -> tuple[Floats, Parameters]:
        """FH eq. 1a."""
        shape, q, v = p["p"], p["q"], p["v"]
        both, log_total = v + h["total"], np.log(h["total"])
        log_both = np.log(both)
        shapes = shape * h["n"]
        log_own = log_total - log_both
        constant = h.map("n", lambda n: q * np.log(v) - betaln(shape * n, q) + np.log(n))
        value = constant - log_total + shapes * log_own - q * log_both
        psi_both = h.map("n", lambda n: digamma(shape * n + q))
        psi_gain = h.map("n", lambda n: digamma(shape * n + q) - digamma(shape * n))
        return value, {
            "p": shapes * (psi_gain + log_own),
            "q": q * (psi_both - digamma(q) + np.log(v) - log_both),
            "v": q - (v / both) * (shapes + q),
        }


def _correlation(h: Histories) -> float:
    """Return Pearson's correlation of log n and log mean spend, 0 where one of the two does not vary."""
    weights, unique = h.weights, h.unique["n"]
    spend = np.log(h["total"] / h["n"])
    counts, log_n = unique.totals(weights), np.log(unique.values)
    weighted = weights * spend
    total = float(counts.sum())
    mean_n, mean_spend = float(counts @ log_n) / total, float(weighted.sum()) / total
    spread_n = float(counts @ log_n**2) / total - mean_n**2
    spread_spend = weighted_sum(weighted, spend) / total - mean_spend**2
    together = float(unique.totals(weighted) @ log_n) / total - mean_n * mean_spend
    spread = spread_n * spread_spend
    return together / float(np.sqrt(spread)) if spread_n > 1e-12 and spread_spend > 1e-12 else 0.0
