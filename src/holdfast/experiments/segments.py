"""Effects by segment, and whether they differ between segments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from holdfast.errors import DataError
from holdfast.experiments.blocks import Blocks, comparable
from holdfast.experiments.clusters import ClusterRobust, Clusters, effects_differ
from holdfast.experiments.effects import Estimate, effect_on, holm
from holdfast.experiments.skewed import is_skewed, redrawn_differences
from holdfast.experiments.strata import Strata
from holdfast.experiments.trial import MOST_LEVELS, column_of, is_rate, labels
from holdfast.learn.arrays import Flags, Floats, Strings
from holdfast.learn.intervals import NORMAL_95

# Fewer customers than this in an arm of a segment say nothing about the segment, and so do fewer clusters.
LEAST, LEAST_CLUSTERS = 20, 5


@dataclass(frozen=True)
class SegmentEffect:
    """One arm against control on one outcome within one segment; ``p_holm`` is corrected for all of the outcome's.

    Examples
    --------
    >>> from holdfast.experiments import measure
    >>> from holdfast.data import simulate_campaign
    >>> data = simulate_campaign(4000, effect=0.08, seed=3).data
    >>> found = measure(data, arm="arm", control="control", outcomes=["bought"], segment="channel")
    >>> [(part.segment, round(part.difference.effect, 3)) for part in found.segments]
    [('phone', 0.089), ('shop', 0.101), ('web', 0.058)]
    """

    outcome: str
    segment: str
    arm: str
    customers: int
    control_customers: int
    control_mean: float
    difference: Estimate
    p_holm: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return dict(self.__dict__) | {"difference": self.difference.as_dict()}


@dataclass(frozen=True)
class BySegment:
    """Effects by segment, how many segments were too small, and ``{(outcome, arm): p}`` of one effect in all.

    ``None`` in place of p: too few clusters to say.
    """

    effects: tuple[SegmentEffect, ...]
    left_out: int
    differ: dict[tuple[str, str], float | None]


def by_segment(
    data: pd.DataFrame,
    segment: str,
    values: Mapping[str, Floats],
    arms: Strings,
    control: str,
    treated: Sequence[str],
    strata: Strata | None,
    clusters: Clusters | None = None,
) -> BySegment:
    """Return every arm against control within each segment, and whether the effects differ.

    Raises
    ------
    DataError
        The segments are more than 50.
    """
    whose = labels(column_of(data, segment)).to_numpy(dtype=object)
    names = sorted(set(whose))
    if len(names) > MOST_LEVELS:
        raise DataError(f'column "{segment}": {len(names):,} different texts; group them into at most {MOST_LEVELS}.')
    rows = {
        (name, arm): _compared((whose == name) & ((arms == control) | (arms == arm)), arms == arm, strata)
        for name in names
        for arm in treated
    }
    smallest = {key: _smallest(mine, arms, (control, key[1]), clusters) for key, mine in rows.items()}
    large = [name for name in names if min(smallest[name, arm] for arm in treated) >= LEAST]
    found: list[SegmentEffect] = []
    apart: dict[tuple[str, str], float | None] = {}
    for outcome, y in values.items():
        effects = [
            _effect(outcome, name, arm, y, rows[name, arm], arms, strata, clusters) for name in large for arm in treated
        ]
        corrected = holm([e.difference.p_value for e in effects])
        found += [SegmentEffect(**{**e.__dict__, "p_holm": p}) for e, p in zip(effects, corrected, strict=True)]
        for arm in treated:
            here = [rows[name, arm] for name in large]
            if clusters is not None:
                apart[outcome, arm] = _differ_by_cluster(here, y, arms == arm, strata, clusters)
            elif strata is None:
                pairs = [(y[mine & (arms == arm)], y[mine & (arms == control)]) for mine in here]
                apart[outcome, arm] = differ(pairs)
            else:
                apart[outcome, arm] = _cochran([e.difference for e in effects if e.arm == arm])
    return BySegment(tuple(found), len(names) - len(large), apart)


def _differ_by_cluster(
    parts: Sequence[Flags], y: Floats, treated: Flags, strata: Strata | None, clusters: Clusters
) -> float | None:
    if len(parts) < 2:
        return 1.0
    group = np.full(len(y), -1)
    for number, rows in enumerate(parts):
        group[rows] = number
    mine = group >= 0
    codes = None if strata is None else strata.codes[mine]
    return effects_differ(treated[mine].astype(np.int64), y[mine], clusters.codes[mine], group[mine], codes)


def _compared(mine: Flags, treated: Flags, strata: Strata | None) -> Flags:
    """Return which rows of a segment lie in strata that hold both arms of it."""
    if strata is None:
        return mine
    many = int(strata.codes.max()) + 1
    counts = [np.bincount(strata.codes[mine & (treated == one)], minlength=many) for one in (False, True)]
    return np.asarray(mine & comparable(*counts)[0][strata.codes])


def _smallest(mine: Flags, arms: Strings, both: tuple[str, str], clusters: Clusters | None) -> int:
    """Return how many customers the smaller arm of a segment has; 0 where it has too few clusters."""
    parts = [mine & (arms == arm) for arm in both]
    if clusters is not None and min(len(np.unique(clusters.codes[rows])) for rows in parts) < LEAST_CLUSTERS:
        return 0
    return min(int(rows.sum()) for rows in parts)


def _effect(
    outcome: str,
    name: str,
    arm: str,
    y: Floats,
    mine: Flags,
    arms: Strings,
    strata: Strata | None,
    clusters: Clusters | None,
) -> SegmentEffect:
    one, base = y[mine & (arms == arm)], y[mine & (arms != arm)]
    level, coded = float(base.mean()), (arms[mine] == arm).astype(np.int64)
    codes = None if strata is None else strata.codes[mine]
    if clusters is not None:
        of_clusters = ClusterRobust(coded, y[mine], clusters.codes[mine], strata=codes)
        effect, level = of_clusters.effect(1), of_clusters.level(0)[0]
    elif codes is not None:
        fit = Blocks(codes, coded, y[mine])
        effect, level = fit.effect(1), fit.levels(1)[1][0]
    else:
        effect = effect_on(one, base, rate=is_rate(y))
    return SegmentEffect(outcome, name, arm, len(one), len(base), level, effect, 1.0)


def differ(parts: Sequence[tuple[Floats, Floats]]) -> float:
    """Return the p-value of one and the same effect in all parts (Cochran's 1954 Q); 1 for fewer than two.

    The variance of each part's difference is that without any other effect: both arms of a part vary alike around their
    means. Those of intervals are too small where parts are, and let effects differ in a tenth of all campaigns without
    any. Where amounts are skewed, the distribution of Q is that of arms redrawn within the parts.

    Parameters
    ----------
    parts
        Outcomes in the arm and in control, of each part.

    Examples
    --------
    >>> bought, not_bought = np.r_[np.ones(30), np.zeros(70)], np.r_[np.ones(10), np.zeros(90)]
    >>> round(differ([(bought, not_bought), (bought, bought)]), 3)
    0.02
    """
    parts = [(one, other) for one, other in parts if np.concatenate([one, other]).std() > 0]
    if len(parts) < 2:
        return 1.0
    gaps = np.array([one.mean() - other.mean() for one, other in parts])
    if any(is_skewed(one, other) for one, other in parts):
        variances = _variances(parts, 0.0)
        by_lot = np.array([redrawn_differences(one, other, seed=i) for i, (one, other) in enumerate(parts)])
        reached = _q(gaps[:, None], variances)[0]
        return float((1 + (_q(by_lot, variances) >= reached).sum()) / (1 + by_lot.shape[1]))
    common, bare = 0.0, _variances(parts, 0.0)
    for _ in range(3):
        # Where the effect explains every outcome nothing is left.
        variances = np.maximum(_variances(parts, common), 1e-12 * bare)
        common = float(np.average(gaps, weights=1 / variances))
    return _of_q(gaps, variances)


def _variances(parts: Sequence[tuple[Floats, Floats]], common: float) -> Floats:
    """Return the variance of each difference if nothing but a common effect told the arms apart."""
    return np.array(
        [
            float(np.concatenate([one - common, other]).var(ddof=1)) * (1 / len(one) + 1 / len(other))
            for one, other in parts
        ]
    )


def _cochran(estimates: Sequence[Estimate]) -> float:
    errors = np.array([(e.high - e.low) / (2 * NORMAL_95) for e in estimates])
    effects = np.array([e.effect for e in estimates])
    return _of_q(effects[errors > 0], errors[errors > 0] ** 2)


def _of_q(effects: Floats, variances: Floats) -> float:
    from scipy.stats import chi2

    return 1.0 if len(effects) < 2 else float(chi2.sf(_q(effects[:, None], variances)[0], len(effects) - 1))


def _q(effects: Floats, variances: Floats) -> Floats:
    """Return Cochran's Q of every column of ``effects``, shape (parts, k)."""
    mean = np.average(effects, axis=0, weights=1 / variances)
    return np.asarray((np.square(effects - mean) / variances[:, None]).sum(axis=0))
