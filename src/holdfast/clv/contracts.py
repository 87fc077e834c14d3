"""Customers under contract: how many renew, and what the rest of a contract is worth.

Fader & Hardie (2007), How to Project Customer Retention, Journal of Interactive Marketing 21(1), called FH here;
Fader, Hardie, Liu, Davin & Steenburgh (2018), "How to Project Customer Retention" Revisited: The Role of Duration
Dependence, Journal of Interactive Marketing 43, called FH18 here.
"""

from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaln, digamma, gammaln

from holdfast.clv.arguments import Times, counts_in, discount_rate, numbers_in, times, whole
from holdfast.clv.histories import Contradiction, Histories
from holdfast.clv.model import Model
from holdfast.clv.special import Floats, digamma_gap
from holdfast.clv.state import Parameters
from holdfast.language import to_tell

# More periods than any contract sees: where an infinite horizon ends, and the longest that is summed.
_FAR = 100_000
_RENEWALS = "renewals"
# A logarithm whose exponential, squared, is still a double.
_LOG_MOST = 350.0


class _Contract(Model):
    """Renewals at whole periods 1, 2, …; a summary has one row per customer.

    ``T`` is the period of the last renewal decision seen, and ``churned`` is 1 where the contract ended at it, 0
    where it was renewed. Everybody has renewed at all periods before.
    """

    needs: ClassVar = ("T", "churned")
    ridges: ClassVar = {
        ("alpha", "up"): to_tell("customers do not differ in their probability of ending the contract"),
        (
            "beta",
            "up",
        ): to_tell("customers do not differ in their probability of ending the contract, or hardly anybody ends it"),
        ("alpha", "down"): to_tell("hardly anybody ever ends the contract"),
        ("beta", "down"): to_tell("everybody ends the contract at once"),
    }

    contradictions: ClassVar[tuple[Contradiction, ...]] = (
        (lambda T, churned: (churned != 0) & (churned != 1), "churned is neither 0 nor 1"),  # noqa: ARG005
        (lambda T, churned: np.floor(T) != T, "T is no whole number of periods"),  # noqa: ARG005
        (lambda T, churned: (T < 1) & (churned == 1), "a contract ended before its first renewal (T is 0)"),
    )

    def p_churn(self, summary: pd.DataFrame, t: npt.ArrayLike) -> Floats:
        """P(the contract ends within the next ``t`` renewals | renewed so far), shape (n,); 1 where it has ended.

        ``t`` is one whole number, or one per customer.
        """
        T, churned = self._read(summary)
        ahead = times(t, "t", summary.index, only_whole=_RENEWALS)
        return np.where(churned > 0, 1.0, -np.expm1(self._log_survival_from(T, ahead)))

    def expected_periods(self, summary: pd.DataFrame, t: npt.ArrayLike) -> Floats:
        """E[number of the next ``t`` renewals that are made | renewed so far], shape (n,); 0 where it has ended.

        ``t`` is one whole number, or one per customer.
        """
        return self._present(summary, t, 0.0, "t")

    def residual_value(self, summary: pd.DataFrame, *, horizon: npt.ArrayLike | None, discount: float) -> Floats:
        """Present number of renewals expected over ``horizon``, shape (n,); times price it is residual value (DERL).

        Σ_j e^(−δj) S(T + j)/S(T) over the next renewals j = 1 … horizon (Fader & Hardie 2010, Customer-Base
        Valuation in a Contractual Setting, eq. 3, whose first renewal counts at j = 0).

        Parameters
        ----------
        summary
            Contracts.
        horizon
            In periods, one whole number or one per customer; ``None`` for all time to come, which needs a discount.
        discount
            Continuous rate δ per period, as a share; one for all.

        Raises
        ------
        ValueError
            ``discount`` is negative, or 0 with an infinite horizon, or ``horizon`` is no number of periods.
        """
        rate = discount_rate(discount, horizon)
        ahead = min(_FAR, np.ceil(-np.log(1e-12) / rate)) if horizon is None else horizon
        return self._present(summary, ahead, rate, "horizon")

    def _present(self, summary: pd.DataFrame, horizon: npt.ArrayLike, discount: float, name: str) -> Floats:
        T, churned = self._read(summary)
        ahead = times(horizon, name, summary.index, most=_FAR, only_whole="periods")
        groups, index = _groups(T, ahead)
        each = np.zeros(len(groups))
        for group, (age, last) in enumerate(groups):
            j = np.arange(1, last + 1, dtype=np.float64)
            each[group] = np.exp(self._log_survival_from(np.full(len(j), age), j) - discount * j).sum()
        return np.where(churned > 0, 0.0, each[index])

    def survival(self, t: npt.ArrayLike) -> Floats:
        """P(a new customer renews at all of the first ``t`` renewals), same shape as t (whole numbers)."""
        return np.exp(self._log_survival(self._known({}), counts_in(t, "t").astype(np.float64)))

    def retention_rate(self, t: npt.ArrayLike) -> Floats:
        """P(renews at renewal ``t`` | renewed at all before), same shape as t (1, 2, …)."""
        at = counts_in(t, "t").astype(np.float64)
        if np.any(at < 1):
            raise ValueError("t must be at least 1: the first renewal")
        return np.exp(self._log_survival(self._known({}), at) - self._log_survival(self._known({}), at - 1))

    def sample(
        self, summary: pd.DataFrame, t: npt.ArrayLike, *, draws: int = 200, seed: int = 1
    ) -> npt.NDArray[np.int64]:
        """Draw how many of the next ``t`` renewals each customer makes given the history, shape (n, draws).

        ``t`` is one whole number, or one per customer. The parameters are taken as known.
        """
        T, churned = self._read(summary)
        ahead = times(t, "t", summary.index, most=_FAR, only_whole=_RENEWALS)
        many, random = whole(draws, "draws", least=1), np.random.default_rng(whole(seed, "seed"))
        counts = np.zeros((len(T), many), dtype=np.int64)
        groups, index = _groups(T, ahead)
        for group, (age, last) in enumerate(groups):
            j = np.arange(1, last + 1, dtype=np.float64)
            # P(more than j − 1 renewals are made), falling in j; the draw is how many lie above a uniform number.
            curve = np.exp(self._log_survival_from(np.full(len(j), age), j))
            rows = np.flatnonzero((index == group) & (churned == 0))
            counts[rows] = last - np.searchsorted(curve[::-1], random.random((len(rows), many)), side="right")
        return counts

    def _read(self, summary: pd.DataFrame) -> tuple[Floats, Floats]:
        columns = self._columns(summary)
        return columns["T"], columns["churned"]

    def _log_survival(self, p: Parameters, t: Floats) -> Floats:
        raise NotImplementedError

    def _log_survival_from(self, T: Floats, t: Floats | float) -> Floats:
        known = self._known({})
        return self._log_survival(known, T + t) - self._log_survival(known, T)

    def _hopeless(self, histories: Histories) -> str:
        ended = histories["churned"] > 0
        if not ended.any():
            return to_tell("no contract has ended, so nothing is known of how they end")
        if len(np.unique(histories["T"][histories["T"] > 0])) < 2:
            return to_tell("all decisions fall on one renewal, so how retention changes with age is unknown")
        return ""


class ShiftedBetaGeo(_Contract):
    """sBG (FH): at each renewal a contract ends with a probability of the customer's own, ~ Beta(``alpha``, ``beta``).

    Examples
    --------
    >>> import pandas as pd
    >>> model = ShiftedBetaGeo.from_params(alpha=0.668088, beta=3.806095)
    >>> [round(float(s), 3) for s in model.survival([1, 7, 12])]
    [0.851, 0.489, 0.378]
    """

    parameter_names: ClassVar = ("alpha", "beta")

    def _starts(self, histories: Histories) -> list[dict[str, float]]:  # noqa: ARG002
        return [{"alpha": 1.0, "beta": 2.0}]

    def _log_survival(self, p: Parameters, t: Floats) -> Floats:
        return np.asarray(betaln(p["alpha"], p["beta"] + t) - betaln(p["alpha"], p["beta"]))

    def _log_likelihood(self, p: Parameters, h: Histories) -> tuple[Floats, Parameters]:
        """FH eq. 5: P(T = t) = B(α + 1, β + t − 1) / B(α, β), and B(α, β + t) / B(α, β) for those who stay."""
        alpha, beta, ended = p["alpha"], p["beta"], h["churned"]
        stayed = h["T"] - ended
        value = betaln(alpha + ended, beta + stayed) - betaln(alpha, beta)
        both = digamma(alpha + beta) - digamma(alpha + beta + ended + stayed)
        return value, {
            "alpha": alpha * (digamma(alpha + ended) - digamma(alpha) + both),
            "beta": beta * (digamma(beta + stayed) - digamma(beta) + both),
        }


class BetaDiscreteWeibull(_Contract):
    """BdW (FH18): like sBG, but each customer's own probability of leaving may fall (``c`` < 1) or rise (> 1) with age.

    Examples
    --------
    >>> import pandas as pd
    >>> model = BetaDiscreteWeibull.from_params(alpha=0.214253, beta=1.426575, c=1.723565)
    >>> [round(float(s), 3) for s in model.survival([1, 7, 12])]
    [0.869, 0.491, 0.404]
    """

    parameter_names: ClassVar = ("alpha", "beta", "c")
    ridges: ClassVar = {
        **_Contract.ridges,
        ("c", "down"): to_tell("contracts end at the first renewal or not at all"),
        ("c", "up"): to_tell("contracts end all at the same age, or survival falls as a power of age"),
    }

    def _starts(self, histories: Histories) -> list[dict[str, float]]:  # noqa: ARG002
        return [{"alpha": 1.0, "beta": 2.0, "c": 1.0}]

    def _log_survival(self, p: Parameters, t: Floats) -> Floats:
        """Return ln S(t) = ln B(α, β + t^c) − ln B(α, β) (FH18 eq. 7)."""
        alpha, beta = p["alpha"], p["beta"]
        aged, log_aged = _aged(t, p["c"])
        # Beyond what a double holds Γ(y)/Γ(y + α) is y^−α.
        log_later = np.where(log_aged > _LOG_MOST, gammaln(alpha) - alpha * log_aged, betaln(alpha, beta + aged))
        return np.asarray(log_later - betaln(alpha, beta))

    def _log_likelihood(self, p: Parameters, h: Histories) -> tuple[Floats, Parameters]:
        """Return ln(S(t − 1) − S(t)) for those who left at t, and ln S(t) for those who stay."""
        T, ended = h["T"], h["churned"] > 0
        now, now_slopes = self._survival_slopes(p, T)
        before, before_slopes = self._survival_slopes(p, np.maximum(T - 1, 0))
        # S(t)/S(t − 1): of the two terms of the difference, the share that is taken away.
        kept = np.where(ended, np.exp(np.minimum(now - before, -1e-300)), 0.0)
        value = np.where(ended, before + np.log1p(-kept), now)
        slopes = {
            name: np.where(ended, (before_slopes[name] - kept * now_slopes[name]) / (1 - kept), now_slopes[name])
            for name in self.parameter_names
        }
        return value, slopes

    def _survival_slopes(self, p: Parameters, t: Floats) -> tuple[Floats, Parameters]:
        alpha, beta, c = p["alpha"], p["beta"], p["c"]
        aged, log_aged = _aged(t, c)
        gap = digamma_gap(beta + aged, alpha)
        return self._log_survival(p, t), {
            "alpha": -alpha * digamma_gap(alpha + beta, aged),
            "beta": beta * (digamma_gap(beta, alpha) - gap),
            "c": -np.where(t > 0, log_aged, 0.0) * gap * aged,
        }


def _aged(t: Floats, c: Floats) -> tuple[Floats, Floats]:
    """Return t^c, up to what a double holds, and its logarithm."""
    with np.errstate(divide="ignore"):
        log_aged = c * np.log(t)
    small = log_aged <= _LOG_MOST
    return np.where(small, np.where(small, t, 1.0) ** c, np.exp(_LOG_MOST)), log_aged


def contract_summary(survivors: npt.ArrayLike) -> tuple[pd.DataFrame, Floats]:
    """Turn a cohort's survivors per period (the first number is how many began) into (summary, weights) for ``fit``.

    Raises
    ------
    ValueError
        The numbers rise, are negative or missing, or there are fewer than two.

    Examples
    --------
    >>> summary, weights = contract_summary([1000, 869, 743, 653])
    >>> summary
       T  churned
    0  1        1
    1  2        1
    2  3        1
    3  3        0
    >>> weights.tolist()
    [131.0, 126.0, 90.0, 653.0]
    """
    counts = numbers_in(survivors, "survivors")
    if (
        counts.ndim != 1
        or len(counts) < 2
        or not np.all(np.diff(counts) <= 0)
        or not 0 <= counts[-1] <= counts[0] < np.inf
    ):
        raise ValueError("survivors must be a list of at least two numbers, none negative, that never rise")
    periods = np.arange(1, len(counts))
    summary = pd.DataFrame({"T": [*periods, periods[-1]], "churned": [*np.ones(len(periods), int), 0]})
    return summary, np.append(-np.diff(counts), counts[-1])


def _groups(T: Floats, ahead: Times) -> tuple[list[tuple[float, int]], npt.NDArray[np.intp]]:
    """Return the distinct pairs of age and horizon in order, and which of them each contract has."""
    ages, age = np.unique(T, return_inverse=True)
    lasts, last = np.unique(np.broadcast_to(ahead, T.shape), return_inverse=True)
    pairs, index = np.unique(age * max(len(lasts), 1) + last, return_inverse=True)
    return [(float(ages[pair // len(lasts)]), int(lasts[pair % len(lasts)])) for pair in pairs], index
