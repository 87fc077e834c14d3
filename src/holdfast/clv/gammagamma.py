"""The Gamma-Gamma model of spend.

Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value", called FH here; Colombo & Jiang (1999), A
Stochastic RFM Model, Journal of Interactive Marketing 13(3).
"""

import warnings
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaln, digamma, gammaincinv

from holdfast.clv.arguments import counts_in, numbers_in, one_of, whole
from holdfast.clv.histories import Contradiction, Histories, Unique
from holdfast.clv.marks import refuse_other_mean
from holdfast.clv.model import Model, weights_of
from holdfast.clv.special import Floats, limited_mean, weighted_sum
from holdfast.clv.state import Parameters
from holdfast.language import to_tell
from holdfast.learn.parallel import at_once, blocks

# The model takes frequency and spend for independent; above this correlation it is warned that they are not.
_CORRELATED = 0.3
# q runs to infinity where customers do not differ; this says so without an overflow.
_ALIKE = 1e9
# Where no data were seen, the mean spend that one customer in so many exceeds stands in for the largest one seen.
_RARE = 1e-3
_LEAST_RATE = 1e-12
# An expectation of which more than this share comes from mean spends above all that were seen is limited.
_UNSEEN = 0.5
# So near to the limit an expectation is at it: a customer who always spends as much as the one who spends most.
_AT = 1e-6
_STEADY = to_tell("every customer always spends the same")


class IndependenceWarning(UserWarning):
    """Frequency and spend go together, which the Gamma-Gamma model takes to be impossible.

    Examples
    --------
    >>> import warnings
    >>> summary = pd.DataFrame({"frequency": [1, 2, 8, 12] * 30, "monetary_value": [9.0, 12, 38, 60] * 30})
    >>> with warnings.catch_warnings(record=True) as said:
    ...     warnings.simplefilter("always")
    ...     model = GammaGamma().fit(summary)
    >>> print(str(said[0].message).partition(":")[0])
    frequency and spend correlate (+0.99), but Gamma-Gamma takes them for independent
    """


class GammaGamma(Model):
    """Gamma-Gamma: what a customer's next purchase is worth.

    A customer's spends are Gamma(``p``, ν), and ν differs among customers as Gamma(``q``, ``v``). Summaries
    need ``frequency`` and ``monetary_value``. Two kinds of customers are left out of the fit: those without a purchase
    to average, who are then expected to spend what everybody does, and those with purchases that came to 0 (free, or
    refunded later), which a Gamma distribution does not know; of these the fit keeps the count, and they are expected
    to spend what the model says after n purchases of 0 in total.

    Where customers differ so much that p·n + q ≤ 1, a customer's expected spend is infinite in the model. After so few
    purchases, and after so few that more than half of an average customer's expectation would come from customers
    who spend more than anybody seen, the answer is the limited expected value E[min(M, L)] (Klugman, Panjer &
    Willmot, Loss Models, sec. 3.1): M is the customer's own mean spend given the history, and L the largest mean
    spend of a customer of the fit, or the customer's own where that is larger. Nobody else's expectation is above L
    either. ``is_limited`` says for whom this counts; their draws are limited to M ≤ L.

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
    mean_spend_, largest_spend_ : float or None
        The average and the largest of the mean spends of the customers of the fit, in currency; None where the
        parameters were given. Then L is the mean spend that one customer in a thousand exceeds in the model.
    without_spend_ : float
        Customers with purchases that came to 0, whom the fit left out.

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
        ("q", "up"): to_tell("customers do not differ in what they spend on average"),
        ("v", "up"): to_tell("customers do not differ in what they spend on average"),
        ("p", "up"): _STEADY,
        ("p", "down"): to_tell("spends are too uneven for a Gamma distribution"),
        ("q", "down"): to_tell("customers differ so much that there is no mean spend"),
        ("v", "down"): _STEADY,
    }

    contradictions: ClassVar[tuple[Contradiction, ...]] = (
        (lambda frequency, mean: frequency != np.floor(frequency), "frequency is no whole number"),  # noqa: ARG005
    )

    correlation_: float
    mean_spend_: float | None = None
    largest_spend_: float | None = None
    without_spend_: float = 0.0

    def __init__(self, *, first_purchase: bool = False, l2: float = 0.0, ridge: str = "refuse") -> None:
        self.first_purchase = first_purchase
        super().__init__(l2=l2, ridge=ridge)  # type: ignore[arg-type]

    def _check_settings(self) -> None:
        super()._check_settings()
        one_of(self.first_purchase, "first_purchase", (True, False))

    def fit(self, summary: pd.DataFrame, *, weights: npt.ArrayLike | None = None) -> Self:
        """Fit by maximum likelihood; see ``Model.fit``. Warns with ``IndependenceWarning`` where it must."""
        super().fit(summary, weights=weights)
        if abs(self.correlation_) > _CORRELATED:
            warnings.warn(
                f"frequency and spend correlate ({self.correlation_:+.2f}), but Gamma-Gamma takes them for independent:"
                " expected spends are pulled the wrong way for the most and the least frequent.",
                IndependenceWarning,
                stacklevel=2,
            )
        return self

    def histories(self, summary: pd.DataFrame, weights: npt.ArrayLike | None = None) -> Histories:
        """Return n and total spend of the customers who have something to average; see the class for who has not."""
        n, mean = self._averages(summary)
        given = weights_of(summary, weights)
        used = (n > 0) & (mean > 0)
        rows = blocks(len(n))
        ends = np.cumsum([0, *(np.count_nonzero(used[part]) for part in rows)])
        count, total = np.empty(ends[-1]), np.empty(ends[-1])
        counts = np.broadcast_to(1.0, ends[-1]) if given is None else np.empty(ends[-1])

        def fill(i: int) -> None:
            some, place = np.flatnonzero(used[rows[i]]), slice(ends[i], ends[i + 1])
            np.take(n[rows[i]], some, out=count[place])
            np.multiply(count[place], mean[rows[i]].take(some), out=total[place])
            if given is not None:
                np.take(given[rows[i]], some, out=counts[place])

        at_once(fill, range(len(rows)))
        # Totals hardly repeat, so nothing is collapsed but n.
        return Histories({"n": count, "total": total}, counts, {"n": Unique.of(count), "total": Unique(total, None)})

    def _remember_data(self, summary: pd.DataFrame, weights: npt.ArrayLike | None, histories: Histories) -> None:
        super()._remember_data(summary, weights, histories)
        n, mean = self._averages(summary)
        given, nothing = weights_of(summary, weights), (n > 0) & (mean == 0)
        self.without_spend_ = float(np.count_nonzero(nothing) if given is None else given[nothing].sum())
        self.correlation_, self.mean_spend_, self.largest_spend_ = 0.0, None, None
        if len(histories):
            means = histories["total"] / histories["n"]
            self.correlation_ = _correlation(histories)
            self.mean_spend_ = weighted_sum(histories.weights, means) / histories.total
            self.largest_spend_ = float(means.max())

    def expected_spend(self, summary: pd.DataFrame) -> Floats:
        """E[spend of a purchase | history], in currency, shape (n,) (FH eq. 5); always finite, see ``is_limited``."""
        return self._limited_spend(*self._averages(summary))[0]

    @property
    def steady_(self) -> bool:
        """Whether means look as if every customer always spent the same: all are expected to go on spending theirs.

        Means alone cannot say so for sure: where most customers have equal prices, others may vary all the same.

        Examples
        --------
        >>> customers = pd.DataFrame({"frequency": [1, 3, 2, 1, 3], "monetary_value": [5.0, 5.0, 20.0, 60.0, 60.0]})
        >>> model = GammaGamma(first_purchase=True, ridge="clip").fit(customers)
        >>> model.steady_, [round(float(m), 2) for m in model.expected_spend(customers)]
        (True, [5.0, 5.0, 20.0, 60.0, 60.0])
        """
        return not self.converged_ and self.reason_.endswith(_STEADY)

    def is_limited(self, summary: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Say whose expected spend the model does not know, so that a limited one is given, shape (n,); see the class.

        Examples
        --------
        >>> uneven = GammaGamma.from_params(p=0.4, q=0.5, v=10.0)
        >>> uneven.is_limited(pd.DataFrame({"frequency": [0, 1, 2], "monetary_value": [0.0, 50.0, 50.0]}))
        array([ True,  True, False])
        """
        return self._limited_spend(*self._averages(summary))[1]

    def _limited_spend(self, n: Floats, mean: Floats) -> tuple[Floats, npt.NDArray[np.bool_], Floats]:
        """Return the expected spends, whose are limited, and by what."""
        known = self._known({})
        p, q, v = known["p"], known["q"], known["v"]
        own = np.where(n > 0, mean, 0.0)
        total = n * own
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.asarray(p * (v + total) / (p * n + q - 1))
        limited, limit = self._unknown_after(n), np.maximum(self._largest(), own)
        if limited.any():
            found[limited] = limited_mean(p * n[limited] + q, p * (v + total[limited]), limit[limited])
        if self.largest_spend_ is not None:
            # A mean of one's own mean and everybody's (FH eq. 5 with q > 1) never is, rounding apart.
            above = found > limit * (1 + _AT)
            found[above], limited = limit[above], limited | above
        return found, limited, limit

    def _unknown_after(self, n: Floats) -> npt.NDArray[np.bool_]:
        """Say after how many purchases the model does not know what to expect, shape (n,)."""
        known = self._known({})
        p, q, v = known["p"], known["q"], known["v"]
        # From a shape of 2 on no average customer's expectation hangs on the unseen.
        limited = np.asarray(p * n + q < 2)
        if limited.any():
            counts, index = np.unique(n[limited], return_inverse=True)
            shape, scale = p * counts + q, p * (v + counts * (self.mean_spend_ or 0.0))
            seen = limited_mean(shape, scale, np.full(len(counts), self._largest()))
            unseen = 1 - seen * (shape - 1) / scale > _UNSEEN
            limited[limited] = ((shape <= 1) | (unseen & (self.largest_spend_ is not None)))[index]
        return limited

    def _largest(self) -> float:
        """Return the largest mean spend that is believed in: the largest seen, or one that is rare in the model."""
        if self.largest_spend_ is not None:
            return self.largest_spend_
        known = self._known({})
        return float(known["p"] * known["v"] / np.maximum(gammaincinv(known["q"], _RARE), _LEAST_RATE))

    def _clipped(self, histories: Histories) -> dict[str, float] | None:
        """Return the limit in which all customers spend alike: everybody is expected to spend the mean."""
        mean = float(np.average(histories["total"] / histories["n"], weights=histories.weights))
        return {"p": 1.0, "q": _ALIKE, "v": mean * (_ALIKE - 1)}

    def expected_spend_new_customer(self) -> float:
        """E[spend of a purchase of a customer not seen yet], in currency: p·v / (q − 1), limited where q is low."""
        return float(self._limited_spend(np.zeros(1), np.zeros(1))[0][0])

    def density(self, mean: npt.ArrayLike, n: npt.ArrayLike) -> Floats:
        """Return the density of the mean of ``n`` spends at ``mean`` (FH eq. 1a), 1/currency; both above 0."""
        m, count = numbers_in(mean, "mean"), counts_in(n, "n").astype(np.float64)
        if not (np.all((m > 0) & (m < np.inf)) and np.all(count > 0)):
            raise ValueError("mean and n must be above 0")
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

        Raises
        ------
        ValueError
            There is not one row of purchases per customer, or some are negative or no whole numbers.
        """
        n, mean = self._averages(summary)
        bought = counts_in(purchases, "purchases")
        if bought.ndim != 2 or len(bought) != len(n):
            raise ValueError(f"purchases must have one row per customer and one column per draw, not {bought.shape}")
        total, (_, limited, largest) = np.where(n > 0, n * mean, 0.0), self._limited_spend(n, mean)
        random = np.random.default_rng(whole(seed, "seed"))
        spend = np.zeros(bought.shape)
        drawn = self._parameter_draws(summary, bought.shape[1], random, uncertain=parameter_uncertainty)
        for i, known in enumerate(drawn):
            p, q, v = known["p"], known["q"], known["v"]
            buys = bought[:, i] > 0
            shape = q + p * n[buys]
            nu = random.gamma(shape, 1 / (v + total[buys]))
            # Drawn parameters can lack a mean where the fitted ones have it.
            bounded = limited[buys] | (shape <= 1)
            nu[bounded] = np.maximum(nu[bounded], p / largest[buys][bounded])
            spend[buys, i] = random.gamma(p * bought[buys, i], 1 / nu)
        return spend

    def _averages(self, summary: pd.DataFrame) -> tuple[Floats, Floats]:
        columns = self._columns(summary)
        refuse_other_mean(summary, self.first_purchase)
        frequency, mean = (columns[name] for name in self.needs)
        return frequency + 1 if self.first_purchase else frequency, mean

    def _starts(self, histories: Histories) -> list[dict[str, float]]:
        # A few spends above all others can lift the mean far above what v is about: then the geometric mean is.
        logs = weighted_sum(histories.weights, np.log(histories["total"] / histories["n"])) / histories.total
        return [{"p": 3.0, "q": 3.0, "v": scale} for scale in (self._scale("v", histories), float(np.exp(logs)))]

    def _scale(self, name: str, histories: Histories) -> float:
        if name != "v":
            return 1.0
        return weighted_sum(histories.weights, histories["total"]) / weighted_sum(histories.weights, histories["n"])

    def _hopeless(self, histories: Histories) -> str:
        if not np.any(histories["n"] > 1):
            return to_tell("nobody has two purchases to compare, so how much spends vary within a customer is unknown")
        means = histories["total"] / histories["n"]
        return to_tell("everybody spends the same") if means.max() <= means.min() * (1 + 1e-12) else ""

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
