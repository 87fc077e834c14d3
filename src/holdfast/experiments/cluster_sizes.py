"""What clusters of unequal size tell: the variance of an arm's mean, and how surely that is known."""

from functools import lru_cache
from math import sqrt

import numpy as np

from holdfast.experiments.effects import by_freedom
from holdfast.learn.arrays import Floats

# Deals of clusters of unequal size that are looked at, while they are so few in two arms.
_DEALS, _DEALT = 100, 300


def effect_of_design(icc: float, size: float, cv: float = 0.0) -> float:
    """Return the design effect (Eldridge, Ashby & Kerry 2006, eq. 3).

    Examples
    --------
    >>> round(effect_of_design(0.05, 100), 6), round(effect_of_design(0.05, 100, 0.65), 6)
    (5.95, 8.0625)
    """
    return 1 + ((cv**2 + 1) * size - 1) * icc


@lru_cache(maxsize=64)
def dealt_sizes(control: int, treated: int, icc: float, size: float, cv: float) -> tuple[Floats, Floats]:
    """Return the variance of each arm's mean as a share of a customer's, (2, deals), and the degrees of freedom.

    Where clusters are few and of unequal size, the arms are larger or smaller as it falls, and so is what they tell: it
    is looked at in many deals of the same clusters. Where they are many, the arms are alike.
    """
    if cv == 0 or control + treated > _DEALT:
        grown = effect_of_design(icc, size, cv) / (np.array([control, treated]) * size)
        parts = [
            of_arm(sizes_of(min(k, _DEALT), size, cv)[None, :], icc)[1] * max(k / _DEALT, 1.0)
            for k in (control, treated)
        ]
        return grown[:, None], np.array([by_freedom(list(grown), [float(df[0]) for df in parts])])
    random, sizes = np.random.default_rng(1), sizes_of(control + treated, size, cv)
    deals = random.permuted(np.tile(sizes, (_DEALS, 1)), axis=1)
    (v0, df0), (v1, df1) = of_arm(deals[:, :control], icc), of_arm(deals[:, control:], icc)
    return np.array([v0, v1]), np.square(v0 + v1) / (np.square(v0) / df0 + np.square(v1) / df1)


def of_arm(n: Floats, icc: float) -> tuple[Floats, Floats]:
    """Return the variance of an arm's mean, and the degrees of freedom of its CR2 variance, of each row of sizes.

    (Σλ)²/Σλ² of a quadratic form (Satterthwaite 1946) in the clusters' means around the arm's, whose covariance is
    [i = j]·vᵢ − aᵢvᵢ − aⱼvⱼ + Σa²v, each weighed by a/√(1 − a).
    """
    a, v = n / n.sum(axis=1, keepdims=True), icc + (1 - icc) / n
    total = np.sum(np.square(a) * v, axis=1)
    weight = a / np.sqrt(np.maximum(1 - a, 1e-12))
    one, two = weight * a * v, weight
    diagonal = np.square(weight) * v
    crossed = -2 * one * two + total[:, None] * np.square(two)
    trace = np.sum(diagonal + crossed, axis=1)
    low = np.stack([one, two], axis=2)
    gram = np.swapaxes(low, 1, 2) @ low
    k = np.zeros((len(n), 2, 2))
    k[:, 0, 1] = k[:, 1, 0] = -1.0
    k[:, 1, 1] = total
    turned = gram @ k
    squares = np.sum(np.square(diagonal) + 2 * diagonal * crossed, axis=1) + np.trace(turned @ turned, axis1=1, axis2=2)
    return total, np.maximum(np.square(trace) / np.maximum(squares, 1e-300), 1.0)


def sizes_of(clusters: int, size: float, cv: float) -> Floats:
    """Return sizes of so many clusters with this mean and coefficient of variation, log-normal."""
    from scipy.optimize import brentq
    from scipy.stats import norm

    if cv == 0:
        return np.full(clusters, size)
    z = norm.ppf((np.arange(clusters) + 0.5) / clusters)

    def spread(sigma: float) -> Floats:
        n = np.exp(sigma * (z - z.max()))
        return np.asarray(n / n.mean())

    # One cluster that holds nearly everyone is the most that so few can vary.
    most = min(cv, 0.999 * sqrt(clusters - 1))
    sigma = float(brentq(lambda s: float(spread(s).std()) - most, 0.0, 200.0))
    return np.maximum(size * spread(sigma), 1e-9)
