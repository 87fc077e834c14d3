"""The effect of an arm against control with its 95 % interval, from two samples."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import inf, sqrt

import numpy as np

from holdfast.experiments.skewed import is_skewed, redrawn
from holdfast.learn.arrays import Floats
from holdfast.learn.intervals import NORMAL_95, newcombe

LEVEL = 0.95
# Beyond it a p-value is 0 to a float.
_FURTHEST = 38.0
# Beyond it Student's quantiles are not found.
_FURTHEST_OF_T = 8.0


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
    p1, p0 = successes / n, control_successes / control_n
    return rates_around(p1 - p0, 1.0, (p1, n), (p0, control_n))


def rates_around(
    effect: float, scale: float, rate: tuple[float, float], control: tuple[float, float], *, df: float = inf
) -> Estimate:
    """Return an effect on a rate, whose limits lie around it as Newcombe's do around the bare difference.

    Parameters
    ----------
    effect
        Such as the difference adjusted for covariates.
    scale
        Its standard error as a share of that of the bare difference.
    rate, control
        The bare rate of each arm, and its customers.
    df
        Degrees of freedom of that error: with few, limits lie as much wider as Student's quantiles do.
    """
    from scipy.optimize import brentq
    from scipy.stats import norm, t

    gap = rate[0] - control[0]

    def limits(z: float) -> tuple[float, float]:
        low, high = newcombe(*rate, *control, z)
        wider = scale if df == inf or z == 0 else scale * float(t.isf(norm.sf(z), df)) / z
        return effect + (low - gap) * wider, effect + (high - gap) * wider

    low, high = limits(float(norm.isf((1 - LEVEL) / 2)))

    def nearest_to_zero(z: float) -> float:
        return limits(z)[0] if effect > 0 else -limits(z)[1]

    if effect == 0:
        return Estimate(effect, low, high, 1.0)
    furthest = _FURTHEST if df == inf else _FURTHEST_OF_T
    far = nearest_to_zero(furthest) > 0
    z = furthest if far else float(brentq(nearest_to_zero, 0.0, furthest, xtol=1e-12))
    return Estimate(effect, low, high, float(2 * norm.sf(z)))


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
        return skewed_around(means[0] - means[1], sqrt(sum(parts)), outcome, control)
    return by_t(means[0] - means[1], parts, dfs)


def skewed_around(effect: float, spread: float, outcome: Floats, control: Floats) -> Estimate:
    """Return an effect with this standard error, whose quantiles are those of redrawn arms (``experiments.skewed``)."""
    by_lot = redrawn(outcome, control, effect / spread)
    return Estimate(effect, effect - by_lot.high * spread, effect - by_lot.low * spread, by_lot.p_value)


def by_freedom(variances: Sequence[float], dfs: Sequence[float]) -> float:
    """Return the degrees of freedom of a sum of variances (Satterthwaite 1946).

    Examples
    --------
    >>> by_freedom([1.0, 1.0], [10, 10])
    20.0
    """
    below = sum(v**2 / d for v, d in zip(variances, dfs, strict=True))
    return sum(variances) ** 2 / below if below > 0 else float(min(dfs))


def by_t(effect: float, variances: list[float], dfs: Sequence[float], *, more: float = 0.0) -> Estimate:
    """Return an estimate whose variance is a sum of independent parts (Satterthwaite 1946), and ``more``."""
    from scipy.stats import t

    total = sum(variances)
    if total + more <= 0:
        return Estimate(effect, effect, effect, float(effect == 0))
    df = by_freedom(variances, dfs)
    spread = sqrt(total + more)
    half = float(t.isf((1 - LEVEL) / 2, df)) * spread
    return Estimate(effect, effect - half, effect + half, float(2 * t.sf(abs(effect) / spread, df)))


# Of itself: of a control that is known worse, no share is told.
_KNOWN_WITHIN = 0.5


def relative_lift(
    mean: float,
    control: float,
    variance: float,
    control_variance: float,
    *,
    covariance: float = 0.0,
    df: float = inf,
) -> Estimate | None:
    """Return the effect as a share of control's mean, with Fieller's (1954) interval.

    ``None`` where control's mean is not known to within half of itself, so that the interval would reach to many times
    the effect, or have no end; and where all customers of an arm did the same, which hides how far it may be off. There
    is no p-value of its own (NaN). The variances are those of the two means, and ``covariance`` theirs; ``df``: the
    degrees of freedom of both.
    """
    from scipy.stats import t

    m1, m0, v1, v0 = mean, control, variance, control_variance
    z2 = float(t.isf((1 - LEVEL) / 2, df)) ** 2
    if m0 <= 0 or min(v0, v1) <= 0 or z2 * v0 > (_KNOWN_WITHIN * m0) ** 2:
        return None
    a = m0 * m0 - z2 * v0
    b = m1 * m0 - z2 * covariance
    root = sqrt(max(b**2 - a * (m1 * m1 - z2 * v1), 0.0))
    return Estimate(m1 / m0 - 1, (b - root) / a - 1, (b + root) / a - 1, float("nan"))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number (Holm 1979)."""
    order = np.argsort(p_values, kind="stable")
    steps = np.array(p_values)[order] * np.arange(len(order), 0, -1)
    corrected = np.empty(len(order))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0) if len(order) else steps
    return [float(p) for p in corrected]
