"""The plan of an experiment that deals whole clusters, from what is stated and what past data of them say."""

from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from holdfast.errors import ConfigError, NotEnoughDataError
from holdfast.experiments.cluster_power import ClusterPlan, clusters_needed, effect_of_clusters, size_of_clusters
from holdfast.experiments.clusters import cluster_codes
from holdfast.experiments.likeness import Likeness, likeness
from holdfast.experiments.trial import is_rate, outcome_of


@dataclass(frozen=True)
class Past:
    """What past data say of clusters: the column, the outcome, whether it is a rate, and how alike customers are."""

    column: str
    outcome: str
    rate: bool
    alike: Likeness

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"column": self.column, "outcome": self.outcome, "kind": "rate" if self.rate else "mean"} | asdict(
            self.alike
        )


@dataclass(frozen=True)
class Planned:
    """A plan, what past data said, and the same plan at the upper limit of the intraclass correlation (if any can be).

    Examples
    --------
    >>> found = plan_clusters(effect=0.03, baseline=0.2, icc=0.02, cluster_size=50)
    >>> found.plan.clusters, found.past
    (236, None)
    """

    plan: ClusterPlan
    past: Past | None
    at_high: ClusterPlan | None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        past, at_high = self.past, self.at_high
        return self.plan.as_dict() | {
            "past": None if past is None else past.as_dict(),
            "at_high_icc": None if at_high is None else at_high.as_dict(),
        }


def past_of(data: pd.DataFrame, cluster: str, outcome: str) -> Past:
    """Return what past data say of clusters: a row for every customer, before any experiment.

    Raises
    ------
    DataError
        A column is missing, or a row has no cluster or no outcome.
    NotEnoughDataError
        No cluster has two rows, there is one cluster, or the outcome is the same for everyone.

    Examples
    --------
    >>> data = pd.DataFrame({"store": [1, 1, 2, 2, 3, 3], "bought": [1, 1, 0, 0, 1, 0]})
    >>> found = past_of(data, "store", "bought")
    >>> found.rate, found.alike.mean, round(found.alike.icc, 2)
    (True, 0.5, 0.5)
    """
    values = outcome_of(data, outcome)
    return Past(cluster, outcome, is_rate(values), likeness(values, cluster_codes(data, cluster)))


def plan_clusters(
    *,
    effect: float | None = None,
    clusters: int | None = None,
    icc: float | None = None,
    cluster_size: float | None = None,
    cluster_cv: float | None = None,
    baseline: float | None = None,
    sd: float | None = None,
    decrease: bool = False,
    past: Past | None = None,
    **shape: Any,
) -> Planned:
    """Return how many clusters an effect needs, what effect a number shows, or how large its clusters must be.

    Parameters
    ----------
    effect, clusters
        The effect to detect, or the clusters there are in all arms; with both, the answer is how many customers of
        each must take part.
    icc, cluster_size, cluster_cv, baseline, sd
        As of ``clusters_needed``; what is not stated is that of ``past``, where there is one.
    decrease, shape
        As of ``effect_of_clusters``.

    Raises
    ------
    ConfigError
        Something is missing, or stated twice.
    NotEnoughDataError
        It cannot be done: as of ``clusters_needed``, ``effect_of_clusters`` and ``size_of_clusters``.

    Examples
    --------
    >>> shops = {"sd": 10.0, "icc": 0.05, "cluster_size": 40}
    >>> plan_clusters(effect=2.0, **shops).plan.clusters
    60
    >>> round(plan_clusters(clusters=60, **shops).plan.effect, 2)
    2.0
    """
    if effect is None and clusters is None:
        raise ConfigError(
            "Give --effect (how many clusters?), --clusters (which effect?), or both (how many customers of each?)."
        )
    both = effect is not None and clusters is not None
    if both and cluster_size is not None:
        raise ConfigError(
            "With --effect and --clusters the answer is the size of the clusters: leave out --cluster-size."
        )
    stated = icc
    if past is not None:
        icc, cluster_size, cluster_cv, baseline, sd = _from_past(past, icc, cluster_size, cluster_cv, baseline, sd)
    for name, value in (("icc", icc), ("cluster-size", 1.0 if both else cluster_size)):
        if value is None:
            raise ConfigError(
                f"--{name} is missing: state it, or name a file of the past to take it from (--data FILE --cluster "
                "COLUMN --outcome COLUMN)."
            )

    def planned(icc: float) -> ClusterPlan:
        given: dict[str, Any] = {"icc": icc, "cluster_cv": cluster_cv or 0.0, "baseline": baseline, "sd": sd, **shape}
        if effect is not None and clusters is not None:
            return size_of_clusters(clusters, effect=effect, **given)
        if effect is not None:
            return clusters_needed(effect=effect, cluster_size=cluster_size or 0.0, **given)
        return effect_of_clusters(clusters or 0, cluster_size=cluster_size or 0.0, decrease=decrease, **given)

    plan, at_high = planned(icc or 0.0), None
    if past is not None and stated is None and past.alike.high < 1:
        with suppress(NotEnoughDataError):
            at_high = planned(past.alike.high)
    return Planned(plan, past, at_high)


def _from_past(
    past: Past,
    icc: float | None,
    cluster_size: float | None,
    cluster_cv: float | None,
    baseline: float | None,
    sd: float | None,
) -> tuple[float, float, float, float | None, float | None]:
    """Return what is stated, and of the rest what the past says."""
    known = past.alike
    if baseline is None and sd is None:
        baseline, sd = (known.mean, None) if past.rate else (None, known.sd)
    return (
        known.icc if icc is None else icc,
        known.cluster_size if cluster_size is None else cluster_size,
        known.cluster_cv if cluster_cv is None else cluster_cv,
        baseline,
        sd,
    )
