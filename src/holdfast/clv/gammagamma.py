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
from holdfast.clv.special import Floats

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
    unit_of: ClassVar = {"v": "mean"}
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
        super().fit(summary, weights=weights)
        histories = self.histories(summary, weights)
        self.correlation_ = _correlation(np.log(histories["n"]), np.log(histories["mean"]), histories.weights)
        if abs(self.correlation_) > _CORRELATED:
            warnings.warn(
                f"frequency and spend correlate ({self.correlation_:+.2f}), but Gamma-Gamma takes them for independent: "
                "expected spends are pulled the wrong way for the most and the least frequent.",
                IndependenceWarning,
                stacklevel=2,
            )
        return self

    def histories(self, summary: pd.DataFrame, weights: npt.ArrayLike | None = None) -> Histories:
        """Return n, mean and total spend of the customers who have something to average."""
        n, mean = self._averages(summary)
        used = n > 0
        if np.any(mean[used] <= 0):
            raise ValueError(
                f"monetary_value is not above 0 for {int((mean[used] <= 0).sum())} customer(s) with purchases"
            )
        counts = np.ones(len(n)) if weights is None else np.asarray(weights, dtype=np.float64)
        n, mean, counts = n[used], mean[used], counts[used]
        columns = {"n": n, "mean": mean, "total": n * mean, "log_total": np.log(n * mean)}
        # Means hardly repeat, so nothing is collapsed but n.
        unique = {name: Unique(values, None) for name, values in columns.items()}
        distinct, index = np.unique(n, return_inverse=True)
        return Histories(columns, counts, {**unique, "n": Unique(distinct, index)})

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
        mean = float(np.average(histories["mean"], weights=histories.weights))
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

    def _start(self, histories: Histories) -> dict[str, float]:
        return {"p": 3.0, "q": 3.0, "v": self._scale("v", histories)}

    def _hopeless(self, histories: Histories) -> str:
        if not np.any(histories["n"] > 1):
            return "nobody has two purchases to compare, so how much spends vary within a customer is unknown"
        means = histories["mean"]
        return "everybody spends the same" if means.max() <= means.min() * (1 + 1e-12) else ""

    def _log_likelihood(self, p: Parameters, h: Histories) -> tuple[Floats, Parameters]:
        """FH eq. 1a."""
        shape, q, v = p["p"], p["q"], p["v"]
        n = h["n"]
        log_both = np.log(v + h["total"])
        value = (
            -np.log(h["mean"]) - h.map("n", lambda n: betaln(shape * n, q))
            + q * np.log(v) + shape * n * h["log_total"] - (shape * n + q) * log_both
        )  # fmt: skip
        psi_both = h.map("n", lambda n: digamma(shape * n + q))
        psi_own = h.map("n", lambda n: digamma(shape * n))
        return value, {
            "p": shape * n * (psi_both - psi_own + h["log_total"] - log_both),
            "q": q * (psi_both - digamma(q) + np.log(v) - log_both),
            "v": q - v * (shape * n + q) / (v + h["total"]),
        }


def _correlation(a: Floats, b: Floats, weights: Floats) -> float:
    """Return Pearson's correlation, 0 where one of the two does not vary."""
    if len(a) < 2:
        return 0.0
    a, b = a - np.average(a, weights=weights), b - np.average(b, weights=weights)
    spread = float((weights @ a**2) * (weights @ b**2))
    return float(weights @ (a * b)) / np.sqrt(spread) if spread > 0 else 0.0
