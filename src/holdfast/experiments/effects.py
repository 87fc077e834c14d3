"""The effect of an arm against control with its 95 % interval, from two samples or adjusted for covariates."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import inf, sqrt

import numpy as np

from holdfast.errors import DataError, NotEnoughDataError
from holdfast.experiments.skewed import is_skewed, redrawn
from holdfast.learn.arrays import Floats
from holdfast.learn.intervals import NORMAL_95, newcombe

LEVEL = 0.95
# Residuals this small a share of the outcome's variance are rounding.
_NOTHING_LEFT = 1e-20


@dataclass(frozen=True)
class Estimate:
    """An effect, its 95 % interval, and the p-value of that interval.

    The p-value is below 0.05 exactly where the interval leaves out 0.

    Examples
    --------
    >>> found = difference_of_rates(60, 500, 40, 500)
    >>> f"{found.effect:+.1%} (95 % {found.low:+.1%} to {found.high:+.1%})", found.significant
    ('+4.0% (95 % +0.3% to +7.8%)', True)
    """

    effect: float
    low: float
    high: float
    p_value: float

    @property
    def significant(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0

    def times(self, factor: float, *, minus: float = 0.0) -> "Estimate":
        """Return the effect in another unit, less a fixed cost; with a cost there is no p-value (it is NaN)."""
        ends = sorted((self.low * factor - minus, self.high * factor - minus))
        return Estimate(self.effect * factor - minus, ends[0], ends[1], float("nan") if minus else self.p_value)

    def saved_by(self, adjusted: "Estimate | None") -> float | None:
        """Return the share of the variance that adjusting took away, by the widths of both intervals.

        Examples
        --------
        >>> Estimate(2.0, 0.0, 4.0, 0.05).saved_by(Estimate(2.0, 1.0, 3.0, 0.001))
        0.75
        """
        width = self.high - self.low
        return None if adjusted is None or width <= 0 else 1 - ((adjusted.high - adjusted.low) / width) ** 2

    def as_dict(self) -> dict[str, float | None]:
        """Return plain values for JSON; NaN and infinity become ``None``."""
        return {name: value if abs(value) < inf else None for name, value in asdict(self).items()}


def effect_on(
    outcome: Floats,
    control: Floats,
    *,
    rate: bool,
    weights: Floats | None = None,
    control_weights: Floats | None = None,
) -> Estimate:
    """Return the difference of two samples: Newcombe's interval for rates, Welch's for means.

    ``weights`` say how much of each customer counts, from 0 to 1; not given: all of each.
    """
    if not rate:
        return difference_of_means(outcome, control, weights=weights, control_weights=control_weights)
    pairs = ((outcome, weights), (control, control_weights))
    (hits, n), (control_hits, control_n) = ((float((_counted(y, w) * y).sum()), _size(y, w)) for y, w in pairs)
    return difference_of_rates(hits, n, control_hits, control_n)


def _counted(values: Floats, weights: Floats | None) -> Floats:
    return np.ones(len(values)) if weights is None else weights


def _size(values: Floats, weights: Floats | None) -> float:
    return float(len(values)) if weights is None else float(weights.sum())


def difference_of_rates(successes: float, n: float, control_successes: float, control_n: float) -> Estimate:
    """Return the difference of two rates (Newcombe 1998, method 10: Wilson's score limits put together).

    It covers well where Wald's interval does not: small arms and rare outcomes. The p-value inverts the same interval.

    Examples
    --------
    >>> found = difference_of_rates(60, 500, 40, 500)
    >>> round(found.effect, 3), round(found.low, 3), round(found.high, 3), found.significant
    (0.04, 0.003, 0.078, True)
    """
    from scipy.optimize import brentq
    from scipy.stats import norm

    p1, p0 = successes / n, control_successes / control_n
    gap = p1 - p0

    def limits(z: float) -> tuple[float, float]:
        return newcombe(p1, n, p0, control_n, z)

    low, high = limits(float(norm.isf((1 - LEVEL) / 2)))

    def nearest_to_zero(z: float) -> float:
        return limits(z)[0] if gap > 0 else -limits(z)[1]

    if gap == 0:
        return Estimate(gap, low, high, 1.0)
    furthest = 38.0  # beyond it a p-value is 0 to a float
    z = furthest if nearest_to_zero(furthest) > 0 else float(brentq(nearest_to_zero, 0.0, furthest, xtol=1e-12))
    return Estimate(gap, low, high, float(2 * norm.sf(z)))


def pooled(estimates: Sequence[Estimate]) -> Estimate:
    """Return the mean of independent estimates of one effect, each weighed by how sure it is (inverse variance).

    Examples
    --------
    >>> found = pooled([Estimate(0.04, 0.0, 0.08, 0.05), Estimate(0.10, 0.02, 0.18, 0.014)])
    >>> round(found.effect, 3), round(found.low, 3), round(found.high, 3), round(found.p_value, 3)
    (0.052, 0.016, 0.088, 0.004)
    """
    if len(estimates) == 1:
        return estimates[0]
    from scipy.stats import norm

    errors = np.array([(e.high - e.low) / (2 * NORMAL_95) for e in estimates])
    weight = 1 / np.square(errors)
    effect = float(np.average([e.effect for e in estimates], weights=weight))
    error = float(1 / np.sqrt(weight.sum()))
    return Estimate(
        effect, effect - NORMAL_95 * error, effect + NORMAL_95 * error, float(2 * norm.sf(abs(effect) / error))
    )


def difference_of_means(
    outcome: Floats,
    control: Floats,
    *,
    weights: Floats | None = None,
    control_weights: Floats | None = None,
) -> Estimate:
    """Return the difference of two means with Welch's (1947) interval for unequal variances.

    Where the difference is skewed (a small control group, few buyers, some large amounts) the quantiles of his
    statistic are those of redrawn arms (``experiments.skewed``): by Student's there would be more gains than there are.
    ``weights`` say how much of each customer counts, from 0 to 1; not given: all of each.

    Examples
    --------
    >>> offer, control = np.array([30.0, 42, 55, 38, 47]), np.array([28.0, 31, 35, 26, 40])
    >>> found = difference_of_means(offer, control)
    >>> round(found.effect, 2), round(found.low, 2), round(found.high, 2)
    (10.4, -1.34, 22.14)
    """
    means, parts, dfs = [], [], []
    for y, given in ((outcome, weights), (control, control_weights)):
        w, n = _counted(y, given), _size(y, given)
        mean = float((w * y).sum() / n)
        means.append(mean)
        parts.append(float((w * np.square(y - mean)).sum() / (n - 1)) / n)
        dfs.append(n - 1)
    if weights is None and control_weights is None and is_skewed(outcome, control):
        effect, spread = means[0] - means[1], sqrt(sum(parts))
        by_lot = redrawn(outcome, control, effect / spread)
        return Estimate(effect, effect - by_lot.high * spread, effect - by_lot.low * spread, by_lot.p_value)
    return _by_t(means[0] - means[1], parts, dfs)


def _by_t(effect: float, variances: list[float], dfs: Sequence[float], *, more: float = 0.0) -> Estimate:
    """Return an estimate whose variance is a sum of independent parts (Satterthwaite 1946), and ``more``."""
    from scipy.stats import t

    total = sum(variances)
    if total + more <= 0:
        return Estimate(effect, effect, effect, float(effect == 0))
    df = total**2 / sum(v**2 / d for v, d in zip(variances, dfs, strict=True)) if total > 0 else float(min(dfs))
    spread = sqrt(total + more)
    half = float(t.isf((1 - LEVEL) / 2, df)) * spread
    return Estimate(effect, effect - half, effect + half, float(2 * t.sf(abs(effect) / spread, df)))


def relative_lift(outcome: Floats, control: Floats) -> Estimate | None:
    """Return the effect as a share of control's mean, with Fieller's (1954) interval.

    ``None`` where control's mean is not clearly above 0, so that the interval would have no end. It has no p-value of
    its own (NaN).
    """
    from scipy.stats import norm

    m1, m0 = float(outcome.mean()), float(control.mean())
    v1, v0 = float(outcome.var()) / len(outcome), float(control.var()) / len(control)
    z2 = float(norm.isf((1 - LEVEL) / 2)) ** 2
    a = m0 * m0 - z2 * v0
    if m0 <= 0 or a <= 0:
        return None
    root = sqrt(max((m1 * m0) ** 2 - a * (m1 * m1 - z2 * v1), 0.0))
    return Estimate(m1 / m0 - 1, (m1 * m0 - root) / a - 1, (m1 * m0 + root) / a - 1, float("nan"))


class Adjusted:
    """Effects adjusted for covariates measured before the assignment, by a regression in each arm.

    Lin (2013): outcome on arm, centred covariates and all their products, which is one regression per arm, read at the
    mean covariates of everyone. Randomisation alone makes it right: the regression need not be true. With one covariate
    this is CUPED (Deng, Xu, Kohavi & Walker 2013) with a slope for each arm. Errors are HC2 (MacKinnon & White 1985),
    and the customers count as drawn from a larger population (Negi & Wooldridge 2021).
    """

    def __init__(self, covariates: Floats, arms: Floats, outcome: Floats) -> None:
        """Fit one regression per value of ``arms`` (0 is control).

        Parameters
        ----------
        covariates
            Shape (n, k), without missing numbers.
        arms
            Shape (n,): number of each row's arm.
        outcome
            Shape (n,).

        Raises
        ------
        NotEnoughDataError
            An arm has fewer than two rows for every covariate.
        DataError
            The covariates determine the outcome: the residuals are rounding.
        """
        spread = covariates.std(axis=0)
        z = (covariates - covariates.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        self._n = len(z)
        self._moments = np.cov(z, rowvar=False).reshape(z.shape[1], z.shape[1])
        self._fits = {int(a): _Regression(z[arms == a], outcome[arms == a]) for a in np.unique(arms)}

    def effect(self, arm: int) -> Estimate:
        """Return the adjusted effect of one arm against arm 0."""
        one, other = self._fits[arm], self._fits[0]
        bend = one.slopes - other.slopes
        drawn = float(bend @ self._moments @ bend) / self._n
        return _by_t(one.level - other.level, [one.variance, other.variance], [one.freedom, other.freedom], more=drawn)


class _Regression:
    """Least squares: the level at the mean covariates of everyone (z = 0), its HC2 variance, and the slopes."""

    def __init__(self, z: Floats, y: Floats) -> None:
        if len(z) < 2 * (z.shape[1] + 1):
            raise NotEnoughDataError(
                f"{len(z):,} customers in an arm are too few for {z.shape[1]} covariates (texts count once per value)."
            )
        # Around the arm's own means: a column that is constant in this arm has no slope and takes nothing of the level.
        # Collinear columns share their slope: the smallest coefficients that fit.
        here, mean = z.mean(axis=0), float(y.mean())
        u, s, vt = np.linalg.svd(z - here, full_matrices=False)
        # Columns have deviation 1 among all customers; what is left of one that is constant here is rounding.
        kept = s > max(float(s.max(initial=0.0)), sqrt(len(z))) * 1e-10
        u, s, vt = u[:, kept], s[kept], vt[kept]
        self.slopes = vt.T @ ((u.T @ (y - mean)) / s)
        self.level = mean - float(here @ self.slopes)
        residuals = y - mean - (z - here) @ self.slopes
        if residuals @ residuals <= _NOTHING_LEFT * float((y - mean) @ (y - mean)) and y.min() < y.max():
            raise DataError(
                "The covariates determine the outcome of every customer of an arm: nothing is left to measure. Leave "
                "out what is the outcome in another form."
            )
        leverage = np.minimum(1 / len(z) + (u * u).sum(axis=1), 1 - 1e-12)
        weights = 1 / len(z) - u @ ((vt @ here) / s)
        self.variance = float((weights**2 * residuals**2 / (1 - leverage)).sum())
        self.freedom = max(len(z) - 1 - int(kept.sum()), 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number (Holm 1979)."""
    order = np.argsort(p_values, kind="stable")
    steps = np.array(p_values)[order] * np.arange(len(order), 0, -1)
    corrected = np.empty(len(order))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0) if len(order) else steps
    return [float(p) for p in corrected]


def differ(estimates: Sequence[Estimate]) -> float:
    """Return the p-value of Cochran's (1954) Q: whether all these independent effects could be one and the same.

    Standard errors are taken from the intervals' widths; 1 for fewer than two effects.
    """
    from scipy.stats import chi2, norm

    z = float(norm.isf((1 - LEVEL) / 2))
    errors = np.array([(e.high - e.low) / (2 * z) for e in estimates])
    effects = np.array([e.effect for e in estimates])
    effects, errors = effects[errors > 0], errors[errors > 0]
    if len(effects) < 2:
        return 1.0
    weights = errors**-2.0
    mean = (weights * effects).sum() / weights.sum()
    return float(chi2.sf((weights * (effects - mean) ** 2).sum(), len(effects) - 1))
