"""How sure a figure is, and whether one forecast is better than another on the same customers."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from holdfast.learn.arrays import Floats

NORMAL_80 = 1.2815515655446004
NORMAL_95 = 1.959963984540054
"""Of a two-sided 95 % interval."""


@dataclass(frozen=True)
class Difference:
    """A figure of one forecast minus that of another, with its 95 % interval.

    Examples
    --------
    >>> gain = Difference(0.012, 0.009, 0.015)
    >>> gain.low > 0  # the first forecast is better, and that is no chance
    True
    """

    difference: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """Return plain values for JSON."""
        return {"difference": self.difference, "low": self.low, "high": self.high}


def auc_with_covariance(outcome: npt.ArrayLike, *scores: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return the AUC of each score, shape (k,), and their covariance, shape (k, k).

    DeLong, DeLong & Clarke-Pearson (1988), by the mid-ranks of Sun & Xu (2014): exact, without resampling.
    """
    from scipy.stats import rankdata

    y = np.asarray(outcome, dtype=bool)
    m, n = int(y.sum()), int((~y).sum())
    areas, of_positives, of_negatives = [], [], []
    for score in scores:
        s = np.asarray(score, dtype=np.float64)
        every = rankdata(s)
        positives = (every[y] - rankdata(s[y])) / n
        negatives = 1.0 - (every[~y] - rankdata(s[~y])) / m
        areas.append(positives.mean())
        of_positives.append(positives)
        of_negatives.append(negatives)
    k = len(scores)
    covariance = np.zeros((k, k))
    for values, count in ((of_positives, m), (of_negatives, n)):
        if count > 1:
            covariance += np.cov(np.stack(values)).reshape(k, k) / count
    return np.asarray(areas), covariance


def paired_auc_difference(churned: npt.ArrayLike, p: npt.ArrayLike, other: npt.ArrayLike) -> Difference:
    """Return AUC(p) − AUC(other) and its 95 % interval; above 0 means that ``p`` ranks better.

    Examples
    --------
    >>> churned = [1, 1, 0, 0, 0]
    >>> gain = paired_auc_difference(churned, [0.9, 0.7, 0.6, 0.2, 0.1], [0.6, 0.4, 0.7, 0.5, 0.1])
    >>> round(gain.difference, 3)
    0.5
    """
    areas, covariance = auc_with_covariance(churned, p, other)
    spread = float(np.sqrt(max(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1], 0.0)))
    gain = float(areas[0] - areas[1])
    return Difference(gain, gain - NORMAL_95 * spread, gain + NORMAL_95 * spread)


def auc_interval(churned: npt.ArrayLike, p: npt.ArrayLike) -> tuple[float, float]:
    """Return the 95 % interval of the AUC.

    Examples
    --------
    >>> churned, p = [1, 1, 1, 0, 0, 0, 0, 0], [0.9, 0.7, 0.4, 0.6, 0.3, 0.2, 0.2, 0.1]
    >>> [round(end, 2) for end in auc_interval(churned * 20, p * 20)]
    [0.9, 0.97]
    """
    areas, covariance = auc_with_covariance(churned, p)
    half = NORMAL_95 * float(np.sqrt(covariance[0, 0]))
    return float(max(areas[0] - half, 0.0)), float(min(areas[0] + half, 1.0))


def paired_mean_difference(losses: Floats, other: Floats) -> Difference:
    """Return mean(losses − other) per customer and its 95 % interval; below 0 means that the first loses less.

    Examples
    --------
    >>> found = paired_mean_difference(np.array([0.2, 0.3, 0.1, 0.2]), np.array([0.5, 0.4, 0.6, 0.3]))
    >>> round(found.difference, 3), round(found.low, 2), round(found.high, 2)
    (-0.25, -0.44, -0.06)
    """
    d = losses - other
    mean = float(d.mean())
    half = NORMAL_95 * float(d.std(ddof=1)) / len(d) ** 0.5 if len(d) > 1 else float("inf")
    return Difference(mean, mean - half, mean + half)


def wilson(p: float, n: float, z: float) -> tuple[float, float]:
    """Return Wilson's (1927) score limits of a rate; ``z`` is the normal quantile of the level."""
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    # Rounding must not push a limit past the rate itself.
    scale = 1 + z * z / n
    return min(max((middle - half) / scale, 0.0), p), max(min((middle + half) / scale, 1.0), p)


def newcombe(p: float, n: float, other: float, other_n: float, z: float) -> tuple[float, float]:
    """Return Newcombe's (1998, method 10) limits of ``p − other``: the two Wilson intervals put together."""
    low, high = wilson(p, n, z)
    other_low, other_high = wilson(other, other_n, z)
    return p - other - math.hypot(p - low, other_high - other), p - other + math.hypot(high - p, other - other_low)
