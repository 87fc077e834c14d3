"""What an experiment changed: every arm against control, everyone counted in the arm assigned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from holdfast.data.reading.frames import Frame, in_pandas
from holdfast.errors import ConfigError
from holdfast.experiments.clusters import Clusters, clusters_of, dealt
from holdfast.experiments.covariates import refuse_after, refuse_copies, refuse_differing, refuse_outcomes
from holdfast.experiments.effects import holm
from holdfast.experiments.estimated import Effect, effects_of
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
    outcome_of,
    refuse_repeated,
    stated_value,
)
from holdfast.experiments.units import Unit, unit_of
from holdfast.language import to_tell, told
from holdfast.learn.arrays import Floats, Strings

ANY = "any treatment"
_SUSPECTED = to_tell("no verdict: the assignment is suspected")


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
        ``{(outcome, arm): p}``: p-value of the hypothesis that the effect is the same in all segments; ``None``: too
        few clusters to say.
    strata
        Within which customers are compared; ``None``: chance gave everybody the same shares.
    others
        What the columns that nobody named say of the arms; ``None``: not asked.
    clusters, clusters_by_arm
        Which rows belong together, and how many clusters have a row in each arm; ``None``: every row stands for itself.
    unit
        A column whose rows were very probably dealt to the arms together, where no clusters are stated; no verdict is
        given then.

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
    segments_differ: dict[tuple[str, str], float | None] | None = None
    strata: Strata | None = None
    others: Others | None = None
    clusters: Clusters | None = None
    clusters_by_arm: dict[str, int] | None = None
    unit: Unit | None = None

    def _said(self, effect: Effect) -> dict[str, Any]:
        """Return an effect as plain values, without a verdict where chance did not assign as planned."""
        plain = effect.as_dict()
        if self.randomisation.problems:
            return plain | {"verdict": told(_SUSPECTED)}
        if self.unit is not None and self.unit.alike:
            return plain | {"significant": None, "verdict": self.unit.withheld}
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
            "clusters": None
            if self.clusters is None
            else {"column": self.clusters.name, "whole": self.clusters.whole, "by_arm": self.clusters_by_arm},
            "unit": None if self.unit is None else self.unit.as_dict(),
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
    data: Frame,
    *,
    arm: str,
    control: str,
    outcomes: Sequence[str],
    covariates: Sequence[str] = (),
    trusted: Sequence[str] = (),
    after: Sequence[str] = (),
    segment: str | None = None,
    strata: Sequence[str] = (),
    cluster: str | None = None,
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
        Columns of numbers; one of 0 and 1 only is a rate, any other a mean. ``column=value`` is 1 where a column has
        that value, and else 0.
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
        everyone (post-stratification; Miratrix, Sekhon & Yu 2013). Strata without both arms are left out.
    cluster
        A column whose rows belong together: the store or class that was dealt to an arm as a whole, or the customer who
        stands in several rows (``experiments.clusters.ClusterRobust``). Not given: every row was dealt by itself; where
        a column says otherwise, no verdict is given (``experiments.units``).
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
        An arm has fewer than two customers or clusters, or too few for the covariates, no stratum holds both arms, or
        an outcome of money or counts is the same for every customer of an arm.

    Examples
    --------
    >>> from holdfast.data import simulate_campaign
    >>> data = simulate_campaign(4000, effect=0.08, seed=3).data
    >>> known = ["past_spend", "silent_days"]
    >>> found = measure(data, arm="arm", control="control", outcomes=["bought"], covariates=known)
    >>> print(found.effects[0].verdict)
    raises bought: +7.73 points (95 % +5.06 to +10.39)
    """
    data = in_pandas(data)
    if not outcomes:
        raise ConfigError("outcome: name at least one column.")
    arms, treated = arms_of(data, arm, control)
    if customer is not None:
        otherwise = f", or count the rows of each together (--cluster {customer})"
        refuse_repeated(data, customer, arms, cluster=cluster, otherwise=otherwise)
    read_from = {stated_value(data, name)[0] for name in outcomes}
    values = {name: outcome_of(data, name) for name in dict.fromkeys(outcomes)}
    check_money(values, margin, cost_per_treated)
    groups = strata_of(data, strata, arms, [control, *treated]) if strata else None
    if groups is not None and groups.left_out:
        data, arms = data[groups.kept], arms[groups.kept]
        values = {name: y[groups.kept] for name, y in values.items()}
        treated = [name for name in treated if (arms == name).any()]
    check_outcomes(values, arms)
    columns = list(map(str, data.columns))
    known = {arm, customer, cluster, *outcomes, *read_from, *strata, *after}
    clusters, unit, units = None, None, None
    if cluster is not None:
        clusters = clusters_of(data, cluster, arms)
        units = clusters.units(arms)
    else:
        # Who or what was known before may be what was dealt, too: covariates and the segment are asked as well.
        may_be = [c for c in columns if columns.count(c) == 1 and c not in known]
        unit = unit_of(data, may_be, arms, values, None if groups is None else groups.by_name(arms, control))
        units = dealt(data, unit.column, arms) if unit is not None and unit.alike else None
    if groups is None and segment is not None:
        refuse_dependent(data, segment, arms, control, units)
    matrix = None
    refuse_after(data, covariates, after)
    if covariates:
        refuse_outcomes(covariates, arm, [*outcomes, *read_from])
        refuse_copies(data, covariates, arms, values, trusted=trusted)
        matrix = covariate_matrix(data, covariates)
    chances = None if groups is None else groups.chances
    randomisation = check_randomisation(
        arms, control, shares=shares, covariates=matrix, named=covariates, chances=chances, units=units
    )
    refuse_differing(randomisation)
    if others is None:
        others = [c for c in columns if c not in {*known, segment, *covariates} and columns.count(c) == 1]
    unnamed = compare(data, others, arms, control, values, chances, units) if others or not covariates else None
    if unit is not None and unnamed is not None:
        unnamed = unnamed.without(unit.column)
    design: dict[str, Any] = {"x": None if matrix is None else filled(matrix), "strata": groups, "clusters": clusters}
    design |= {"margin": margin, "cost": cost_per_treated}
    effects, pooled = _effects(values, arms, control, treated, design)
    used = {} if matrix is None else dict.fromkeys(covariate_of(str(c), covariates) for c in matrix)
    unused = tuple(n for n in dict.fromkeys(covariates) if n not in used)
    parts = None if segment is None else by_segment(data, segment, values, arms, control, treated, groups, clusters)
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
        clusters=clusters,
        clusters_by_arm=None if clusters is None else clusters.of_arms(arms, [control, *treated]),
        unit=unit,
    )


def _effects(
    values: Mapping[str, Floats], arms: Strings, control: str, treated: Sequence[str], design: Mapping[str, Any]
) -> tuple[list[Effect], list[Effect]]:
    """Return the effect of every arm, corrected for their number, and of all arms together where there are several."""
    effects = [e for name, y in values.items() for e in effects_of(name, y, arms, control, treated, **design)]
    corrected = holm([e.decisive.p_value for e in effects])
    effects = [replace(e, p_holm=p) for e, p in zip(effects, corrected, strict=True)]
    if len(treated) == 1:
        return effects, []
    together = np.where(arms == control, control, ANY).astype(object)
    pooled = [e for name, y in values.items() for e in effects_of(name, y, together, control, [ANY], **design)]
    return effects, [replace(e, p_holm=e.decisive.p_value) for e in pooled]
