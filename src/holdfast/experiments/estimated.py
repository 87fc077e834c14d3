"""One arm against control on one outcome: its figures, and what they say in a sentence."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import inf
from typing import Any

import numpy as np

from holdfast.experiments.adjusted import Adjusted
from holdfast.experiments.blocks import Blocks
from holdfast.experiments.clusters import ClusterRobust, Clusters
from holdfast.experiments.effects import Estimate, effect_on, relative_lift
from holdfast.experiments.likeness import Likeness
from holdfast.experiments.strata import Strata
from holdfast.experiments.trial import is_rate
from holdfast.language import to_tell, told
from holdfast.learn.arrays import Floats, Ints, Strings
from holdfast.wording import decimals


@dataclass(frozen=True)
class Clustered:
    """What it means for an effect that the rows of a cluster are alike.

    Attributes
    ----------
    icc, low, high
        Share of the outcome's variance that lies between clusters, with its 95 % interval; ``None``: not known.
    design_effect
        How many times as large the variance of the difference is as if each customer stood for themselves.
    customers, worth
        Customers of the arm and of control, and how many would tell as much if each stood for themselves.
    smallest
        The smallest effect that such an experiment shows with a probability of 80 %, by the error of ``decisive``;
        ``None``: not known.
    """

    icc: float | None
    low: float | None
    high: float | None
    design_effect: float | None
    customers: int
    worth: int | None
    smallest: float | None


@dataclass(frozen=True)
class Effect:
    """One arm against control on one outcome.

    Attributes
    ----------
    outcome, kind, arm
        ``kind`` is ``rate`` (every outcome is 0 or 1) or ``mean``.
    customers, control_customers, mean, control_mean
        Counts and mean outcomes of the arm and of control; with strata, of those that hold both, the means if each had
        the strata of everyone.
    difference
        Arm minus control, in the outcome's unit per customer assigned; with strata, the mean of their differences.
    adjusted
        The same adjusted for covariates; ``None`` without covariates.
    lift
        The difference as a share of control's mean; ``None`` where too few customers say what that is.
    p_holm
        The p-value (of ``adjusted`` where there is one) corrected for all arms and outcomes of the experiment.
    net, net_total
        For a mean, where a margin or a cost was stated: margin × effect − cost, per treated customer, and for all
        customers of the arm.
    clustered
        With clusters: what it means that their rows are alike.

    Examples
    --------
    >>> from holdfast.data import simulate_campaign
    >>> from holdfast.experiments import measure
    >>> data = simulate_campaign(4000, effect=0.08, seed=3).data
    >>> (effect,) = measure(data, arm="arm", control="control", outcomes=["bought"]).effects
    >>> round(effect.mean, 3), round(effect.control_mean, 3), round(effect.difference.effect, 3)
    (0.296, 0.218, 0.078)
    """

    outcome: str
    kind: str
    arm: str
    customers: int
    control_customers: int
    mean: float
    control_mean: float
    difference: Estimate
    adjusted: Estimate | None
    lift: Estimate | None
    p_holm: float
    net: Estimate | None = None
    net_total: Estimate | None = None
    clustered: Clustered | None = None

    @property
    def decisive(self) -> Estimate:
        """The estimate that the verdict rests on: the adjusted one where there is one."""
        return self.adjusted or self.difference

    @property
    def verdict(self) -> str:
        """What the interval says, in a sentence."""
        e = self.decisive
        factor = 100 if self.kind == "rate" else 1
        values = {name: getattr(e, name) * factor for name in ("effect", "low", "high")}
        # As many decimals as the tables show of the same figures.
        digits = decimals(values.values(), least=2 if self.kind == "rate" else 0)
        shown = {name: f"{value:+,.{digits}f}" for name, value in values.items()}
        side = 0 if not e.significant else 1 if e.effect > 0 else -1
        return told(_VERDICTS[self.kind == "rate", side], outcome=self.outcome, **shown)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        plain = dict(self.__dict__)
        for name in ("difference", "adjusted", "lift", "net", "net_total"):
            estimate: Estimate | None = getattr(self, name)
            plain[name] = None if estimate is None else estimate.as_dict()
        clustered = plain.pop("clustered")
        if clustered is not None:
            plain["clustered"] = asdict(clustered)
        plain["variance_saved"] = self.difference.saved_by(self.adjusted)
        return plain | {"significant": self.decisive.significant, "verdict": self.verdict}


# By whether it is a rate, and what the interval says: nothing, more, less.
_VERDICTS = {
    (True, 0): to_tell("no significant effect on {outcome}: {effect} points (95 % {low} to {high}) includes 0"),
    (True, 1): to_tell("raises {outcome}: {effect} points (95 % {low} to {high})"),
    (True, -1): to_tell("lowers {outcome}: {effect} points (95 % {low} to {high})"),
    (False, 0): to_tell("no significant effect on {outcome}: {effect} (95 % {low} to {high}) includes 0"),
    (False, 1): to_tell("raises {outcome}: {effect} (95 % {low} to {high})"),
    (False, -1): to_tell("lowers {outcome}: {effect} (95 % {low} to {high})"),
}


def effects_of(
    name: str,
    y: Floats,
    arms: Strings,
    control: str,
    treated: Sequence[str],
    *,
    x: Floats | None = None,
    strata: Strata | None = None,
    clusters: Clusters | None = None,
    margin: float | None = None,
    cost: float | None = None,
) -> list[Effect]:
    """Return every arm against control on one outcome.

    Parameters
    ----------
    name, y
        The outcome, shape (n,).
    arms, control, treated
        Each row's arm, and the arms' names.
    x
        Covariates without missing numbers, shape (n, k).
    strata, clusters
        Within which customers are compared, and which rows belong together.
    margin, cost
        As of ``measure``.

    Raises
    ------
    NotEnoughDataError
        The customers or clusters are too few for the covariates.
    """
    coded = np.zeros(len(arms), dtype=np.int64)
    for number, arm in enumerate(treated, start=1):
        coded[arms == arm] = number
    rate = is_rate(y)
    bare = _bare(y, coded, strata, clusters)
    adjusted = None if x is None else _adjusted(x, y, coded, strata, clusters)
    alike = bare.alike(whole=clusters.whole) if clusters and isinstance(bare, ClusterRobust) else None
    found = []
    for number, arm in enumerate(treated, start=1):
        among = bare.rows(number) if isinstance(bare, Blocks) else np.ones(len(y), dtype=bool)
        one, base = y[(arms == arm) & among], y[(arms == control) & among]
        (mean, variance), (control_mean, control_variance) = _levels(bare, number, one, base)
        between = bare.between(number) if isinstance(bare, ClusterRobust) else (0.0, inf)
        effect = Effect(
            outcome=name,
            kind="rate" if rate else "mean",
            arm=arm,
            customers=len(one),
            control_customers=len(base),
            mean=mean,
            control_mean=control_mean,
            difference=effect_on(one, base, rate=rate) if bare is None else bare.effect(number),
            adjusted=None if adjusted is None else adjusted.effect(number),
            lift=relative_lift(mean, control_mean, variance, control_variance, covariance=between[0], df=between[1]),
            p_holm=1.0,
            clustered=_clustered(number, bare, adjusted, alike, clusters),
        )
        if not rate and (margin is not None or cost is not None):
            net = effect.decisive.times(1.0 if margin is None else margin, minus=cost or 0.0)
            effect = Effect(**{**effect.__dict__, "net": net, "net_total": net.times(int((arms == arm).sum()))})
        found.append(effect)
    return found


def _clustered(
    number: int, bare: object, adjusted: object, alike: Likeness | None, clusters: Clusters | None
) -> Clustered | None:
    if clusters is None or not isinstance(bare, ClusterRobust):
        return None
    decisive = adjusted if isinstance(adjusted, ClusterRobust) else bare
    customers, worth, grown = bare.worth(number, 0.0 if alike is None else alike.icc, whole=clusters.whole)
    smallest = decisive.smallest(number)
    if alike is None:
        return Clustered(None, None, None, None, customers, None, smallest)
    return Clustered(alike.icc, alike.low, alike.high, grown, customers, worth, smallest)


def _bare(y: Floats, coded: Ints, strata: Strata | None, clusters: Clusters | None) -> Blocks | ClusterRobust | None:
    if clusters is not None:
        return ClusterRobust(coded, y, clusters.codes, strata=None if strata is None else strata.codes)
    return None if strata is None else Blocks(strata.codes, coded, y)


def _adjusted(
    x: Floats, y: Floats, coded: Ints, strata: Strata | None, clusters: Clusters | None
) -> Adjusted | Blocks | ClusterRobust:
    if clusters is not None:
        return ClusterRobust(coded, y, clusters.codes, x, None if strata is None else strata.codes)
    if strata is None:
        return Adjusted(x, coded, y)
    smallest = int(np.bincount(coded).min())
    # Slopes of each arm take more customers than small strata have.
    if strata.few and smallest >= 2 * (int(strata.codes.max()) + 1 + x.shape[1]):
        return Adjusted(np.column_stack([strata.design, x]), coded, y)
    return Blocks(strata.codes, coded, y, x)


def _levels(
    bare: Blocks | ClusterRobust | None, number: int, one: Floats, base: Floats
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the mean of an arm and of control, each with its variance."""
    if isinstance(bare, Blocks):
        return bare.levels(number)
    if isinstance(bare, ClusterRobust):
        return bare.level(number), bare.level(0)
    return (float(one.mean()), float(one.var()) / len(one)), (float(base.mean()), float(base.var()) / len(base))
