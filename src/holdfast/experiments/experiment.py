"""What an experiment changed: every arm against control, everyone counted in the arm assigned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from holdfast.errors import ConfigError
from holdfast.experiments.adjusted import Adjusted
from holdfast.experiments.covariates import refuse_after, refuse_copies, refuse_differing, refuse_outcomes
from holdfast.experiments.effects import Estimate, effect_on, holm, relative_lift
from holdfast.experiments.others import Others, compare
from holdfast.experiments.randomisation import Randomisation, check_randomisation
from holdfast.experiments.segments import SegmentEffect, by_segment
from holdfast.experiments.strata import Strata, refuse_dependent, strata_of
from holdfast.experiments.trial import (
    arms_of,
    check_money,
    check_outcomes,
    covariate_matrix,
    covariate_of,
    filled,
    is_rate,
    outcome_of,
    refuse_repeated,
)
from holdfast.language import to_tell, told
from holdfast.learn.arrays import Floats, Strings
from holdfast.wording import brief

ANY = "any treatment"


@dataclass(frozen=True)
class Effect:
    """One arm against control on one outcome.

    Attributes
    ----------
    outcome, kind, arm
        ``kind`` is ``rate`` (every outcome is 0 or 1) or ``mean``.
    customers, control_customers, mean, control_mean
        Counts and mean outcomes of the arm and of control; with strata, the means if each had the strata of everyone.
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

    Examples
    --------
    >>> from holdfast.data import simulate_campaign
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

    @property
    def decisive(self) -> Estimate:
        """The estimate that the verdict rests on: the adjusted one where there is one."""
        return self.adjusted or self.difference

    @property
    def verdict(self) -> str:
        """What the interval says, in a sentence."""
        e = self.decisive
        factor = 100 if self.kind == "rate" else 1
        shown = {name: brief(getattr(e, name) * factor) for name in ("effect", "low", "high")}
        side = 0 if not e.significant else 1 if e.effect > 0 else -1
        return told(_VERDICTS[self.kind == "rate", side], outcome=self.outcome, **shown)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        plain = dict(self.__dict__)
        for name in ("difference", "adjusted", "lift", "net", "net_total"):
            estimate: Estimate | None = getattr(self, name)
            plain[name] = None if estimate is None else estimate.as_dict()
        plain["variance_saved"] = self.difference.saved_by(self.adjusted)
        return plain | {"significant": self.decisive.significant, "verdict": self.verdict}


_SUSPECTED = to_tell("no verdict: the assignment is suspected")
# By whether it is a rate, and what the interval says: nothing, more, less.
_VERDICTS = {
    (True, 0): to_tell("no significant effect on {outcome}: {effect} points (95 % {low} to {high}) includes 0"),
    (True, 1): to_tell("raises {outcome}: {effect} points (95 % {low} to {high})"),
    (True, -1): to_tell("lowers {outcome}: {effect} points (95 % {low} to {high})"),
    (False, 0): to_tell("no significant effect on {outcome}: {effect} (95 % {low} to {high}) includes 0"),
    (False, 1): to_tell("raises {outcome}: {effect} (95 % {low} to {high})"),
    (False, -1): to_tell("lowers {outcome}: {effect} (95 % {low} to {high})"),
}


@dataclass(frozen=True)
class Measured:
    """Everything that was measured.

    Attributes
    ----------
    control, customers, covariates, unused
        The control group's name, customers in all arms, the columns adjusted for, and those that are the same for
        everyone and so adjust nothing.
    randomisation
        Counts, sample ratio and balance.
    effects
        One per outcome and arm.
    pooled
        With several arms, one per outcome: all arms together against control, which says sooner whether contacting
        changes anything. It is one more look, and not part of the correction of the arms.
    segment, segments, left_out
        The column of segments, their effects, and how many segments were too small to look at.
    segments_differ
        ``{(outcome, arm): p}``: p-value of the hypothesis that the effect is the same in all segments.
    strata
        Within which customers are compared; ``None``: chance gave everybody the same shares.
    others
        What the columns that nobody named say of the arms; ``None``: not asked.

    Examples
    --------
    >>> from holdfast.data import simulate_campaign
    >>> data = simulate_campaign(4000, effect=0.08, seed=3).data
    >>> found = measure(data, arm="arm", control="control", outcomes=["bought", "spend"])
    >>> [(effect.outcome, effect.kind, effect.decisive.significant) for effect in found.effects]
    [('bought', 'rate', True), ('spend', 'mean', True)]
    >>> found.randomisation.problems
    []
    """

    control: str
    customers: int
    covariates: tuple[str, ...]
    randomisation: Randomisation
    effects: tuple[Effect, ...]
    unused: tuple[str, ...] = ()
    segment: str | None = None
    segments: tuple[SegmentEffect, ...] = ()
    left_out: int = 0
    pooled: tuple[Effect, ...] = ()
    segments_differ: dict[tuple[str, str], float] | None = None
    strata: Strata | None = None
    others: Others | None = None

    def _said(self, effect: Effect) -> dict[str, Any]:
        """Return an effect as plain values, without a verdict where chance did not assign as planned."""
        plain = effect.as_dict()
        if self.randomisation.problems:
            return plain | {"verdict": told(_SUSPECTED)}
        doubt = "" if self.others is None else self.others.doubt
        return plain | {"verdict": f"{plain['verdict']}; {doubt}"} if doubt else plain

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "control": self.control,
            "customers": self.customers,
            "covariates": list(self.covariates),
            "covariates_constant": list(self.unused),
            "randomisation": self.randomisation.as_dict(),
            "strata": None if self.strata is None else self.strata.as_dict(),
            "others": None if self.others is None else self.others.as_dict(),
            "effects": [self._said(e) for e in self.effects],
            "pooled": [self._said(e) for e in self.pooled],
            "segment": self.segment,
            "segments": [s.as_dict() for s in self.segments],
            "segments_too_small": self.left_out,
            "segments_differ": [
                {"outcome": o, "arm": a, "p_value": p} for (o, a), p in (self.segments_differ or {}).items()
            ],
        }


def measure(
    data: pd.DataFrame,
    *,
    arm: str,
    control: str,
    outcomes: Sequence[str],
    covariates: Sequence[str] = (),
    trusted: Sequence[str] = (),
    after: Sequence[str] = (),
    segment: str | None = None,
    strata: Sequence[str] = (),
    others: Sequence[str] | None = None,
    customer: str | None = None,
    shares: Mapping[str, float] | None = None,
    margin: float | None = None,
    cost_per_treated: float | None = None,
) -> Measured:
    """Measure the effect of each arm against control by intention to treat.

    Parameters
    ----------
    data
        One row for every customer who was assigned, reached or not.
    arm, control
        The column of arms, and the arm that got nothing.
    outcomes
        Columns of numbers; one of 0 and 1 only is a rate, any other a mean.
    covariates
        Columns known before the assignment, to adjust for: narrower intervals for the same effect.
    trusted
        Those of them that all but determine an outcome and were known before the assignment all the same.
    after
        Columns written after the assignment: refused as covariates, and not among ``others``.
    segment
        A column by whose values the effects are shown too.
    strata
        Columns by which the shares of the arms were set, such as 10 % control among the best customers and half of the
        others: customers are compared within each combination of values, and the differences averaged by its share of
        everyone (post-stratification; Miratrix, Sekhon & Yu 2013).
    others
        Further columns in which the arms are compared, whenever they were written (``experiments.others``); not given:
        all that are not named above or below. Where the arms differ in them, verdicts say so.
    customer
        A column of ids, in which nobody may stand twice; ``None``: not checked.
    shares
        Planned share of every arm, to check the sample ratio; not stated: not checked.
    margin, cost_per_treated
        For outcomes that are means of money: the share that is margin (1 where only a cost is stated), and what
        treating one customer cost, in the same currency.

    Returns
    -------
    Measured
        Effects are arm minus control; above 0 means more of the outcome.

    Raises
    ------
    ConfigError
        No outcome, a bad share, or a margin or cost without an outcome of money.
    DataError
        A column is missing, a row has no arm or no outcome, a customer stands in two rows, a covariate was not known
        before the assignment (it all but determines an outcome, or differs between the arms more than chance allows),
        or the arms had other shares in some segments than in others and no strata are stated.
    NotEnoughDataError
        An arm has fewer than two customers (of a stratum), or too few for the covariates, or an outcome of money or
        counts is the same for every customer of an arm.

    Examples
    --------
    >>> from holdfast.data import simulate_campaign
    >>> data = simulate_campaign(4000, effect=0.08, seed=3).data
    >>> known = ["past_spend", "silent_days"]
    >>> found = measure(data, arm="arm", control="control", outcomes=["bought"], covariates=known)
    >>> print(found.effects[0].verdict)
    raises bought: +7.73 points (95 % +5.06 to +10.4)
    """
    if not outcomes:
        raise ConfigError("outcome: name at least one column.")
    arms, treated = arms_of(data, arm, control)
    if customer is not None:
        refuse_repeated(data, customer, arms)
    values = {name: outcome_of(data, name) for name in dict.fromkeys(outcomes)}
    check_money(values, margin, cost_per_treated)
    check_outcomes(values, arms)
    groups = strata_of(data, strata, arms, [control, *treated]) if strata else None
    if groups is None and segment is not None:
        refuse_dependent(data, segment, arms, control)
    matrix = None
    refuse_after(data, covariates, after)
    if covariates:
        refuse_outcomes(covariates, arm, outcomes)
        refuse_copies(data, covariates, arms, values, trusted=trusted)
        matrix = covariate_matrix(data, covariates)
    chances = None if groups is None else groups.chances
    randomisation = check_randomisation(
        arms, control, shares=shares, covariates=matrix, named=covariates, chances=chances
    )
    refuse_differing(randomisation)
    if others is None:
        known = {arm, customer, segment, *outcomes, *covariates, *strata, *after}
        others = [c for c in map(str, data.columns) if c not in known and list(map(str, data.columns)).count(c) == 1]
    unnamed = compare(data, others, arms, control, values, chances) if others or not covariates else None
    within = None if groups is None else groups.design
    x = None if matrix is None else filled(matrix)
    effects: list[Effect] = []
    for name, y in values.items():
        effects += _effects(name, y, arms, control, treated, x, within, margin, cost_per_treated)
    pooled: list[Effect] = []
    if len(treated) > 1:
        together = np.where(arms == control, control, ANY).astype(object)
        for name, y in values.items():
            pooled += _effects(name, y, together, control, [ANY], x, within, margin, cost_per_treated)
        pooled = [Effect(**{**e.__dict__, "p_holm": e.decisive.p_value}) for e in pooled]
    corrected = holm([e.decisive.p_value for e in effects])
    effects = [Effect(**{**e.__dict__, "p_holm": p}) for e, p in zip(effects, corrected, strict=True)]
    used = {} if matrix is None else dict.fromkeys(covariate_of(str(c), covariates) for c in matrix)
    unused = tuple(n for n in dict.fromkeys(covariates) if n not in used)
    parts = None if segment is None else by_segment(data, segment, values, arms, control, treated, groups)
    return Measured(
        control,
        len(data),
        tuple(used),
        randomisation,
        tuple(effects),
        unused,
        pooled=tuple(pooled),
        segment=segment,
        segments=() if parts is None else parts.effects,
        left_out=0 if parts is None else parts.left_out,
        segments_differ=None if parts is None else parts.differ,
        strata=groups,
        others=unnamed,
    )


def _effects(
    name: str,
    y: Floats,
    arms: Strings,
    control: str,
    treated: list[str],
    x: Floats | None,
    within: Floats | None,
    margin: float | None,
    cost: float | None,
) -> list[Effect]:
    coded = np.zeros(len(arms))
    for number, arm in enumerate(treated, start=1):
        coded[arms == arm] = number
    rate, base = is_rate(y), y[arms == control]
    bare = None if within is None else Adjusted(within, coded, y)
    adjusted = None
    if x is not None:
        adjusted = Adjusted(x if within is None else np.column_stack([within, x]), coded, y)
    found = []
    for number, arm in enumerate(treated, start=1):
        one = y[arms == arm]
        levels = [(float(a.mean()), float(a.var()) / len(a)) for a in (one, base)]
        if bare is not None:
            levels = [bare.level(number), bare.level(0)]
        (mean, variance), (control_mean, control_variance) = levels
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
            lift=relative_lift(mean, control_mean, variance, control_variance),
            p_holm=1.0,
        )
        if not rate and (margin is not None or cost is not None):
            net = effect.decisive.times(1.0 if margin is None else margin, minus=cost or 0.0)
            effect = Effect(**{**effect.__dict__, "net": net, "net_total": net.times(len(one))})
        found.append(effect)
    return found
