"""How many stores, villages or classes an experiment needs that deals them as a whole, and what a number can show."""

from dataclasses import asdict, dataclass
from functools import lru_cache
from math import ceil, inf, sqrt
from typing import Any

import numpy as np

from holdfast.errors import ConfigError, NotEnoughDataError
from holdfast.experiments.effects import by_freedom
from holdfast.experiments.power import check_effect, check_shape
from holdfast.learn.arrays import Floats

_MOST_CLUSTERS = 10_000_000
# Deals of clusters of unequal size that are looked at, while they are so few in two arms.
_DEALS, _DEALT = 100, 300
# Whether clusters of any size would do: customers of one so large tell all that a cluster can.
_LARGEST = 1e9


@dataclass(frozen=True)
class ClusterPlan:
    """The size of an experiment that deals whole clusters, and what it can detect.

    Attributes
    ----------
    kind, baseline, effect, sd, alpha, power, arms
        As of ``Plan``.
    icc
        Share of the outcome's variance that lies between clusters.
    cluster_size, cluster_cv
        Customers per cluster, and their standard deviation as a share of that.
    design_effect
        1 + ((cv² + 1)·size − 1)·icc: how many times as many customers are needed as if each were dealt by itself
        (Eldridge, Ashby & Kerry 2006).
    control, treated, clusters
        Clusters in the control group, in each treated arm, and in all.
    customers, worth
        Customers in all clusters, and how many would tell as much if each were dealt by themselves.

    Examples
    --------
    >>> plan = clusters_needed(effect=0.03, baseline=0.2, icc=0.02, cluster_size=50)
    >>> plan.control, plan.treated, plan.customers, round(plan.design_effect, 2)
    (118, 118, 11800, 1.98)
    """

    kind: str
    baseline: float | None
    effect: float
    sd: float | None
    alpha: float
    power: float
    icc: float
    cluster_size: float
    cluster_cv: float
    design_effect: float
    control: int
    treated: int
    arms: int
    clusters: int
    customers: int
    worth: int

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def effect_of_design(icc: float, size: float, cv: float = 0.0) -> float:
    """Return the design effect (Eldridge, Ashby & Kerry 2006, eq. 3).

    Examples
    --------
    >>> round(effect_of_design(0.05, 100), 6), round(effect_of_design(0.05, 100, 0.65), 6)
    (5.95, 8.0625)
    """
    return 1 + ((cv**2 + 1) * size - 1) * icc


def power_of_clusters(
    control: int,
    treated: int,
    *,
    effect: float,
    icc: float,
    cluster_size: float,
    cluster_cv: float = 0.0,
    baseline: float | None = None,
    sd: float | None = None,
    alpha: float = 0.05,
) -> float:
    """Return the power of two arms of clusters.

    The noncentral t distribution (Donner & Klar 2000, ch. 5) with the degrees of freedom that CR2 errors have where
    clusters are few or of unequal size: 2·(clusters per arm − 1) where they are alike. A share's variance is the pooled
    one without an effect, as in ``power_of_proportions``.

    Parameters
    ----------
    control, treated
        Clusters in each arm, two or more.
    effect
        The difference that is there, in the outcome's unit.
    icc, cluster_size, cluster_cv, baseline, sd, alpha
        As of ``clusters_needed``.

    Examples
    --------
    >>> round(power_of_clusters(16, 16, effect=1, sd=5**0.5, icc=0.1, cluster_size=10), 6)
    0.801766
    """
    from scipy.stats import nct, t

    if baseline is None:
        spreads = [float(sd or 0.0) ** 2] * 2
        pooled = spreads[0]
    else:
        p0, p1 = baseline, baseline + effect
        p = (control * p0 + treated * p1) / (control + treated)
        spreads, pooled = [p0 * (1 - p0), p1 * (1 - p1)], p * (1 - p)
    grown, df = _dealt_sizes(control, treated, icc, cluster_size, cluster_cv)
    null, true = np.sqrt(pooled * grown.sum(axis=0)), np.sqrt(np.array(spreads) @ grown)
    if not true.all():
        return float(abs(effect) > 0)
    limit, shift = t.isf(alpha / 2, df) * null / true, abs(effect) / true
    found = nct.sf(limit, df, shift)
    # Far out the distribution is not found, and all of it lies beyond the limit.
    return float(np.where(np.isfinite(found), found, shift > limit).mean())


def clusters_needed(
    *,
    effect: float,
    icc: float,
    cluster_size: float,
    cluster_cv: float = 0.0,
    baseline: float | None = None,
    sd: float | None = None,
    alpha: float = 0.05,
    power: float = 0.8,
    control_share: float = 0.5,
    arms: int = 1,
) -> ClusterPlan:
    """Return the fewest clusters that detect ``effect`` with the stated power.

    Parameters
    ----------
    effect, baseline, sd, alpha, power, arms
        As of ``sample_size``.
    icc
        Share of the outcome's variance that lies between clusters, from 0 to 1 (the intraclass correlation).
    cluster_size, cluster_cv
        Customers per cluster that take part, and their standard deviation as a share of that: 0 for clusters of one
        size.
    control_share
        Share of the clusters in the control group.

    Raises
    ------
    ConfigError
        A value is out of its range.
    NotEnoughDataError
        More than ten million clusters would be needed.

    Examples
    --------
    >>> clusters_needed(effect=1, sd=5**0.5, icc=0.1, cluster_size=10).control
    16
    """
    check_shape(baseline, sd, alpha, power, control_share, arms)
    check_effect(effect, baseline)
    _check(icc, cluster_size, cluster_cv)
    given: dict[str, Any] = {
        "icc": icc,
        "cluster_size": cluster_size,
        "cluster_cv": cluster_cv,
        "baseline": baseline,
        "sd": sd,
    }

    def reached(clusters: int) -> bool:
        return power_of_clusters(*_dealt(clusters, control_share, arms), effect=effect, alpha=alpha, **given) >= power

    high = 2 * (1 + arms)
    while not reached(high):
        high *= 2
        if high > _MOST_CLUSTERS:
            raise NotEnoughDataError(f"effect {effect}: more than {_MOST_CLUSTERS:,} clusters would be needed.")
    low = 1 + arms
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return _plan(*_dealt(high, control_share, arms), arms, effect, alpha, power, given)


def effect_of_clusters(
    clusters: int,
    *,
    icc: float,
    cluster_size: float,
    cluster_cv: float = 0.0,
    baseline: float | None = None,
    sd: float | None = None,
    alpha: float = 0.05,
    power: float = 0.8,
    control_share: float = 0.5,
    arms: int = 1,
    decrease: bool = False,
) -> ClusterPlan:
    """Return the smallest effect that so many clusters detect with the stated power.

    Parameters
    ----------
    clusters
        In all arms together.
    icc, cluster_size, cluster_cv, baseline, sd, alpha, power, control_share, arms
        As of ``clusters_needed``.
    decrease
        Look for a decrease; then the effect is negative.

    Raises
    ------
    ConfigError
        A value is out of its range.
    NotEnoughDataError
        No effect could be detected by so few.

    Examples
    --------
    >>> round(effect_of_clusters(10, sd=1, icc=0.05, cluster_size=150).effect, 4)
    0.4805
    """
    from scipy.optimize import brentq

    check_shape(baseline, sd, alpha, power, control_share, arms)
    _check(icc, cluster_size, cluster_cv)
    sizes = round(clusters * control_share), int(clusters * (1 - control_share) / arms + 1e-9)
    if min(sizes) < 2:
        raise NotEnoughDataError(f"{clusters:,} clusters leave fewer than two in an arm.")
    sign = -1.0 if decrease else 1.0
    given: dict[str, Any] = {
        "icc": icc,
        "cluster_size": cluster_size,
        "cluster_cv": cluster_cv,
        "baseline": baseline,
        "sd": sd,
    }

    def lacking(size: float) -> float:
        return power_of_clusters(*sizes, effect=sign * size, alpha=alpha, **given) - power

    most = float(sd or 1.0) if baseline is None else (baseline if decrease else 1 - baseline) * (1 - 1e-9)
    while baseline is None and lacking(most) < 0:
        most *= 2
    if lacking(most) < 0:
        raise NotEnoughDataError(
            f"{clusters:,} clusters of {cluster_size:g} cannot show any effect on a share of {baseline}."
        )
    effect = sign * float(brentq(lacking, most * 1e-12, most, xtol=1e-12, rtol=1e-12))
    return _plan(*sizes, arms, effect, alpha, power, given)


def size_of_clusters(
    clusters: int,
    *,
    effect: float,
    icc: float,
    cluster_cv: float = 0.0,
    baseline: float | None = None,
    sd: float | None = None,
    alpha: float = 0.05,
    power: float = 0.8,
    control_share: float = 0.5,
    arms: int = 1,
) -> ClusterPlan:
    """Return how many customers of each of so many clusters must take part to detect ``effect`` (Hemming et al. 2011).

    Parameters
    ----------
    clusters
        In all arms together.
    effect, icc, cluster_cv, baseline, sd, alpha, power, control_share, arms
        As of ``clusters_needed``.

    Raises
    ------
    ConfigError
        A value is out of its range.
    NotEnoughDataError
        Clusters of no size would do: says how many clusters it takes at least.

    Examples
    --------
    >>> size_of_clusters(10, effect=0.4805, sd=1, icc=0.05).cluster_size
    150.0
    """
    from scipy.optimize import brentq

    check_shape(baseline, sd, alpha, power, control_share, arms)
    check_effect(effect, baseline)
    _check(icc, 1.0, cluster_cv)
    sizes = round(clusters * control_share), int(clusters * (1 - control_share) / arms + 1e-9)
    if min(sizes) < 2:
        raise NotEnoughDataError(f"{clusters:,} clusters leave fewer than two in an arm.")
    given: dict[str, Any] = {"icc": icc, "cluster_cv": cluster_cv, "baseline": baseline, "sd": sd}

    def lacking(size: float) -> float:
        return power_of_clusters(*sizes, effect=effect, cluster_size=size, alpha=alpha, **given) - power

    if lacking(_LARGEST) < 0:
        shape: dict[str, Any] = {"alpha": alpha, "power": power, "control_share": control_share, "arms": arms}
        least = clusters_needed(effect=effect, cluster_size=_LARGEST, **given, **shape).clusters
        raise NotEnoughDataError(
            f"{clusters:,} clusters cannot show an effect of {effect:g}, however many customers of each take part: "
            f"what differs between clusters (ICC {icc:g}) hides it. It takes at least {least:,} clusters."
        )
    size = 1.0 if lacking(1.0) >= 0 else float(brentq(lacking, 1.0, _LARGEST, xtol=1e-9, rtol=1e-12))
    return _plan(*sizes, arms, effect, alpha, power, given | {"cluster_size": float(ceil(size - 1e-6))})


def _dealt(clusters: int, control_share: float, arms: int) -> tuple[int, int]:
    control = max(2, ceil(clusters * control_share - 1e-9))
    return control, max(2, ceil(clusters * (1 - control_share) / arms - 1e-9))


@lru_cache(maxsize=64)
def _dealt_sizes(control: int, treated: int, icc: float, size: float, cv: float) -> tuple[Floats, Floats]:
    """Return the variance of each arm's mean as a share of a customer's, (2, deals), and the degrees of freedom.

    Where clusters are few and of unequal size, the arms are larger or smaller as it falls, and so is what they tell: it
    is looked at in many deals of the same clusters. Where they are many, the arms are alike.
    """
    if cv == 0 or control + treated > _DEALT:
        grown = effect_of_design(icc, size, cv) / (np.array([control, treated]) * size)
        parts = [
            _arm(_sizes(min(k, _DEALT), size, cv)[None, :], icc)[1] * max(k / _DEALT, 1.0) for k in (control, treated)
        ]
        return grown[:, None], np.array([by_freedom(list(grown), [float(df[0]) for df in parts])])
    random, sizes = np.random.default_rng(1), _sizes(control + treated, size, cv)
    deals = random.permuted(np.tile(sizes, (_DEALS, 1)), axis=1)
    (v0, df0), (v1, df1) = _arm(deals[:, :control], icc), _arm(deals[:, control:], icc)
    return np.array([v0, v1]), np.square(v0 + v1) / (np.square(v0) / df0 + np.square(v1) / df1)


def _arm(n: Floats, icc: float) -> tuple[Floats, Floats]:
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


def _sizes(clusters: int, size: float, cv: float) -> Floats:
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


def _plan(
    control: int, treated: int, arms: int, effect: float, alpha: float, power: float, given: dict[str, Any]
) -> ClusterPlan:
    grown = effect_of_design(given["icc"], given["cluster_size"], given["cluster_cv"])
    clusters = control + arms * treated
    customers = clusters * given["cluster_size"]
    return ClusterPlan(
        kind="mean" if given["baseline"] is None else "proportion",
        effect=effect,
        alpha=alpha,
        power=power,
        design_effect=grown,
        control=control,
        treated=treated,
        arms=arms,
        clusters=clusters,
        customers=round(customers),
        worth=round(customers / grown),
        **given,
    )


def _check(icc: float, size: float, cv: float) -> None:
    if not 0 <= icc <= 1:
        raise ConfigError(f"icc: {icc} is not between 0 and 1; it is the share of the variance between clusters.")
    if not 1 <= size < inf:
        raise ConfigError(f"cluster_size: {size} is not a number of customers from 1 on.")
    if not 0 <= cv < inf:
        raise ConfigError(f"cluster_cv: {cv}; the sizes' standard deviation as a share of their mean, 0 for one size.")
