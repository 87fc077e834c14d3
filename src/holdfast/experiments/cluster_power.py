"""How many stores, villages or classes an experiment needs that deals them as a whole, and what a number can show."""

from dataclasses import asdict, dataclass
from math import ceil, inf
from typing import Any

import numpy as np

from holdfast.errors import ConfigError, NotEnoughDataError
from holdfast.experiments.cluster_sizes import dealt_sizes, effect_of_design
from holdfast.experiments.power import arms_of, check_effect, check_shape, least_detected

_MOST_CLUSTERS = 10_000_000
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
    grown, df = dealt_sizes(control, treated, icc, cluster_size, cluster_cv)
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
    given = dict[str, Any](icc=icc, cluster_size=cluster_size, cluster_cv=cluster_cv, baseline=baseline, sd=sd)

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
    check_shape(baseline, sd, alpha, power, control_share, arms)
    _check(icc, cluster_size, cluster_cv)
    sizes = arms_of(clusters, control_share, arms, called="clusters")
    given = dict[str, Any](icc=icc, cluster_size=cluster_size, cluster_cv=cluster_cv, baseline=baseline, sd=sd)
    effect = least_detected(
        lambda effect: power_of_clusters(*sizes, effect=effect, alpha=alpha, **given),
        power,
        baseline=baseline,
        sd=sd,
        decrease=decrease,
    )
    if effect is None:
        raise NotEnoughDataError(
            f"{clusters:,} clusters of {cluster_size:g} cannot show any effect on a share of {baseline}."
        )
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
    sizes = arms_of(clusters, control_share, arms, called="clusters")
    given = dict[str, Any](icc=icc, cluster_cv=cluster_cv, baseline=baseline, sd=sd)

    def lacking(size: float) -> float:
        return power_of_clusters(*sizes, effect=effect, cluster_size=size, alpha=alpha, **given) - power

    if lacking(_LARGEST) < 0:
        shape = dict[str, Any](alpha=alpha, power=power, control_share=control_share, arms=arms)
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
