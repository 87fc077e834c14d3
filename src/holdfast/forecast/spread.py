"""How far what customers bring in may lie from what is expected: of each of them, and of all or some together."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from holdfast import columns
from holdfast.features import Cutoff
from holdfast.forecast.worth import Horizon
from holdfast.learn.arrays import Floats

# Draws of a total: quantiles up to 99 % err by less than a thousandth of its spread.
_DRAWS = 4001
_GOLDEN = 0.6180339887498949
# Below it nobody stops, as far as a variance tells.
_NO_HAZARD = 1e-6
# Fewer customers who bought cannot say how amounts spread.
_FEW = 50
# Of the level after the window where it was looked at in an earlier year; it counts as much as four years.
_TESTED_LATER, _PRIOR = 0.1, 4.0
LEVELS = {"80": (0.1, 0.9), "95": (0.025, 0.975)}


@dataclass(frozen=True)
class Spread:
    """How far amounts lie from their expectations; the defaults are what the logs at hand had in common.

    A customer brings in nothing with probability ``p_none``, and otherwise a Gamma-distributed amount with the mean
    ``m`` expected then and the variance ``chance · m · size + customers · m²``: purchases come by chance, each of some
    size, and customers differ from what is known of them. Over a horizon beyond the churn window a further part comes
    on top: when they stop. A total has the sum of these variances, and is off as a whole by a factor whose logarithm is
    Student-t distributed: by the level of all, and by how sure it is who will leave.

    Attributes
    ----------
    chance, customers
        Of the variance of one customer; 0 or more.
    stops
        Share of those who buy in the churn window that stops in as many days after it (``worth.stops``).
    level
        Scale of the logarithm of actual ÷ expected totals, and ``certainty``: its degrees of freedom. The prior
        (0.12 with 4) stands for four windows of other logs; every past window of this log adds itself.
    leaving
        Further scale, of a group that will buy nothing for certain; proportionally less of others.
    later
        As ``level``, of what comes after the churn window: 0.2 where no earlier year was looked at.
    """

    chance: float = 0.2
    customers: float = 0.47
    stops: float = 0.0
    level: float = 0.12
    certainty: float = 4.0
    leaving: float = 0.2
    later: float = 0.2

    def with_amounts(self, amounts: Floats, expected: Floats, size: Floats) -> Self:
        """Return the same with the variance of one customer learnt where the outcome is known: maximum likelihood.

        Parameters
        ----------
        amounts
            What customers who bought in a window brought in, currency, shape (n,).
        expected
            What was expected of each, given that they buy, currency, shape (n,).
        size
            What was expected of one purchase, currency, shape (n,).

        Returns
        -------
        Spread
            Unchanged where fewer than 50 customers tell anything.
        """
        from scipy.optimize import minimize
        from scipy.special import gammaln

        told = (amounts > 0) & (expected > 0) & (size > 0)
        if np.count_nonzero(told) < _FEW:
            return self
        a, m, s = amounts[told], expected[told], size[told]

        def loss(logs: Floats) -> float:
            variance = np.exp(logs[0]) * m * s + np.exp(logs[1]) * np.square(m)
            shape, scale = np.square(m) / variance, variance / m
            return -float(np.mean((shape - 1) * np.log(a) - a / scale - gammaln(shape) - shape * np.log(scale)))

        start = np.log([self.chance, self.customers])
        found = minimize(loss, start, method="Nelder-Mead", bounds=[(np.log(1e-3), np.log(1e3))] * 2).x
        chance, customers = (float(v) for v in np.exp(found))
        return replace(self, chance=chance, customers=customers)

    def with_levels(self, log_ratios: Sequence[float]) -> Self:
        """Return the same with the level learnt from log(actual ÷ expected) totals of past windows, beside the prior.

        Examples
        --------
        >>> found = Spread().with_levels([0.3, -0.2])
        >>> round(found.level, 3), found.certainty
        (0.177, 6.0)
        """
        level, certainty = _scale(self.level, self.certainty, log_ratios)
        return replace(self, level=level, certainty=certainty)

    def with_later(self, log_ratios: Sequence[float]) -> Self:
        """Return the same with the level after the window learnt from log(actual ÷ expected) of earlier years.

        Examples
        --------
        >>> round(Spread().with_later([0.1, -0.3]).later, 3), Spread().with_later([]).later
        (0.153, 0.2)
        """
        # A year that was looked at takes half of what the models get wrong with it (measured: docs/value.md).
        return replace(self, later=_scale(_TESTED_LATER, _PRIOR, log_ratios)[0]) if len(log_ratios) else self

    def of_stopping(self, after: Floats, cutoff: Cutoff, horizon: Horizon) -> Floats:
        """Return the variance of what comes after the window from when each customer stops, currency², shape (n,).

        The time they go on is exponential with ``stops`` per window, cut off by the horizon.

        Parameters
        ----------
        after
            What is expected of each after the window, currency, shape (n,).
        cutoff, horizon
            Where the window lies, and how far value looks.

        Examples
        --------
        >>> window, year = Cutoff("2024-01-01", horizon_days=90), Horizon(365, 0.1)
        >>> [Spread(stops=p).of_stopping(np.array([10.0]), window, year).round(1).tolist() for p in (0.0, 0.1, 0.5)]
        [[0.0], [10.7], [61.5]]
        """
        windows = (horizon.days - cutoff.gap_days - cutoff.horizon_days) / cutoff.horizon_days
        hazard = -float(np.log1p(-min(self.stops, 0.99))) * max(windows, 0.0)
        if hazard < _NO_HAZARD:
            return np.zeros_like(after)
        mean = -float(np.expm1(-hazard)) / hazard
        square = 2.0 * (mean - float(np.exp(-hazard))) / hazard
        return np.asarray((square / mean**2 - 1.0) * np.square(after))

    def scale(self, within: float) -> float:
        """Return the level's scale of a total of which the share ``within`` comes in the churn window.

        A horizon shorter than the window has more than all of it within. What is wrong in the window mostly is after
        it too, so scales add up, not their squares.
        """
        within = min(within, 1.0)
        return within * self.level + (1.0 - within) * self.later

    def variance(self, expected: Floats, p_none: Floats, size: Floats, stopping: Floats | float = 0.0) -> Floats:
        """Return the variance of what each customer brings in, currency², shape (n,); parameters as of ``quantile``."""
        some = 1.0 - p_none
        m = np.divide(expected, some, out=np.zeros_like(expected), where=some > 0)
        found = some * (self.chance * m * size + (self.customers + 1.0) * np.square(m)) - np.square(expected)
        found += np.divide(stopping, some, out=np.zeros_like(expected), where=some > 0)
        # Of p_none = 1 with an expectation that is not quite 0, rounding leaves less than nothing.
        return np.maximum(found, 0.0)

    def quantile(
        self, q: float, expected: Floats, p_none: Floats, size: Floats, stopping: Floats | float = 0.0
    ) -> Floats:
        """Return what each customer brings in at most with probability ``q``, currency, shape (n,).

        0 for whoever brings in nothing with at least that probability.

        Parameters
        ----------
        q
            From 0 to 1.
        expected
            Mean of what they bring in, currency, shape (n,).
        p_none
            P(they bring in nothing), shape (n,).
        size
            What is expected of one purchase, currency, shape (n,).
        stopping
            ``of_stopping``, currency², shape (n,).

        Examples
        --------
        >>> of_three = np.array([50.0, 50.0, 0.0]), np.array([0.0, 0.95, 1.0]), np.array([10.0, 10.0, 10.0])
        >>> Spread().quantile(0.9, *of_three).round(1).tolist()
        [97.7, 0.0, 0.0]
        """
        from scipy.special import gammaincinv

        found = np.zeros(len(expected))
        rows = np.flatnonzero((p_none < q) & (expected > 0) & (size > 0))
        some = 1.0 - p_none[rows]
        m, above = expected[rows] / some, (q - p_none[rows]) / some
        stops = np.broadcast_to(stopping, expected.shape)[rows] / np.square(some)
        shape = np.square(m) / (self.chance * size[rows] * m + self.customers * np.square(m) + stops)
        found[rows] = gammaincinv(shape, above) * m / shape
        return found

    def total(
        self, expected: float, variance: float, p_none: float, levels: Sequence[float], *, within: float = 1.0
    ) -> Floats:
        """Return quantiles of a total of customers.

        Parameters
        ----------
        expected, variance
            Of the total: sums over the customers, currency and currency².
        p_none
            Their mean P(churn), weighed by what is expected of each.
        levels
            From 0 to 1.
        within
            Share of it that comes in the churn window.
        """
        from scipy.special import gammaincinv, stdtrit

        if not expected > 0:
            return np.zeros(len(levels))
        i = np.arange(_DRAWS)
        shape = expected**2 / max(variance, 1e-9 * expected**2)
        amounts = gammaincinv(shape, (i + 0.5) / _DRAWS) * expected / shape
        # Places by the golden ratio: as good as independent of the others, and the same in every run.
        off = stdtrit(self.certainty, (0.5 + i * _GOLDEN) % 1.0) * np.hypot(self.scale(within), self.leaving * p_none)
        return np.asarray(np.quantile(amounts * np.exp(off), levels))

    def to_dict(self) -> dict[str, float]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Self:
        """Make the spread of ``to_dict``."""
        return cls(**state)


def _scale(prior: float, certainty: float, log_ratios: Sequence[float]) -> tuple[float, float]:
    errors = np.asarray([e for e in log_ratios if np.isfinite(e)], dtype=np.float64)
    sure = certainty + len(errors)
    return float(np.sqrt((certainty * prior**2 + float(np.square(errors).sum())) / sure)), sure


def in_window(scores: pd.DataFrame, churn_days: int) -> Floats:
    """Return what scores expect each customer to bring in within the churn window, currency, shape (n,)."""
    p, stays = scores[columns.p_churn(churn_days)], scores[columns.value_if_stays(churn_days)]
    return ((1.0 - p) * stays).to_numpy(dtype=np.float64)


def totals(scores: pd.DataFrame, groups: pd.Series, spread: Spread, *, churn_days: int, clv_days: int) -> pd.DataFrame:
    """Return what groups of customers bring in together, with intervals.

    Parameters
    ----------
    scores
        As ``Scorer.score`` returns them.
    groups
        Name of each customer's group, shape (n,).
    spread
        How far totals may be off.
    churn_days, clv_days
        Length of the churn window, and horizon of CLV.

    Returns
    -------
    pandas.DataFrame
        A row per group, ordered by name: ``name``, ``customers``, ``total`` (expected), and ``low_80``, ``high_80``,
        ``low_95``, ``high_95``: the total falls into them with that probability, in per cent.
    """
    expected = scores[columns.clv(clv_days)].to_numpy()
    each = pd.DataFrame(
        {
            "name": groups.to_numpy(),
            "total": expected,
            "variance": np.square(scores[columns.clv_deviation(clv_days)].to_numpy()),
            "leaving": expected * scores[columns.p_churn(churn_days)].to_numpy(),
            "in_window": in_window(scores, churn_days),
        }
    )
    grouped = each.groupby("name", sort=True)
    table = grouped.sum().assign(customers=grouped.size()).reset_index()
    leaving, within = (
        np.divide(table[name], table["total"], out=np.zeros(len(table)), where=table["total"] > 0)
        for name in ("leaving", "in_window")
    )
    wanted = [q for pair in LEVELS.values() for q in pair]
    found = [
        spread.total(float(t), float(v), float(p), wanted, within=float(w))
        for t, v, p, w in zip(table["total"], table["variance"], leaving, within, strict=True)
    ]
    names = [f"{side}_{level}" for level in LEVELS for side in ("low", "high")]
    limits = pd.DataFrame(np.reshape(found, (len(table), len(wanted))), columns=names)
    return pd.concat([table[["name", "customers", "total"]], limits], axis=1)
