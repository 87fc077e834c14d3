"""Loyalty tiers with hysteresis: up at a threshold, down only below a lower one, by one tier a review."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.errors import ConfigError


@dataclass(frozen=True)
class Tier:
    """One tier: its name, the measure from which one rises into it, and below which one falls out of it."""

    name: str
    up: float
    down: float


def check_tiers(tiers: Sequence[Tier]) -> None:
    """Refuse tiers that cannot be climbed in order.

    Raises
    ------
    ConfigError
        There is none, a name is used twice, thresholds do not rise, or ``down`` lies above ``up``.
    """
    names = [t.name for t in tiers]
    if not tiers or len(set(names)) < len(names):
        raise ConfigError("segments.tiers.levels: give at least one level, each with a name of its own.")
    for tier in tiers:
        if tier.down > tier.up:
            raise ConfigError(f"segments.tiers.levels: {tier.name}: down ({tier.down:g}) lies above up ({tier.up:g}).")
    for lower, higher in pairwise(tiers):
        if higher.up <= lower.up or higher.down < lower.down:
            raise ConfigError(f"segments.tiers.levels: {higher.name} must lie above {lower.name}: lowest level first.")


def assign_tiers(
    measure: npt.ArrayLike, tiers: Sequence[Tier], previous: Sequence[str | None] | None = None
) -> npt.NDArray[np.object_]:
    """Return the tier of every customer after one review, shape (n,).

    A customer rises at once to the highest tier whose ``up`` the measure reaches. Otherwise they keep the previous tier
    while the measure is at least its ``down``, and falls by one tier, never more, when it is below. So a measure that
    stays at or above its tier's ``down`` and below the next tier's ``up`` changes nothing, whatever it does there.

    Parameters
    ----------
    measure
        What earns the tier, such as spend of the last 365 days; higher is better.
    tiers
        The lowest first. Nobody falls out of the lowest one.
    previous
        Tier of the last review; None for a customer without one, who starts at the tier the measure reaches.

    Raises
    ------
    ConfigError
        The tiers cannot be climbed in order (``check_tiers``).

    Examples
    --------
    >>> levels = [Tier("basic", 0, 0), Tier("silver", 100, 80), Tier("gold", 500, 400)]
    >>> assign_tiers([90, 90, 10, 450], levels, [None, "silver", "gold", "basic"]).tolist()
    ['basic', 'silver', 'silver', 'silver']
    """
    check_tiers(tiers)
    x = np.asarray(measure, dtype=np.float64)
    order = {t.name: i for i, t in enumerate(tiers)}
    # The lowest tier takes everybody, whatever its `up` says.
    reached = np.maximum(np.searchsorted([t.up for t in tiers], x, side="right") - 1, 0)
    # A tier that the levels no longer know counts as none.
    before = np.array([order.get(p or "", -1) for p in previous] if previous is not None else [-1] * len(x), dtype=int)
    falls = (before > 0) & (x < np.array([t.down for t in tiers])[before])
    kept = np.where(before < 0, reached, before - falls)
    final = np.maximum(kept, reached)
    return np.array([t.name for t in tiers], dtype=object)[final]


def previous_tiers(customers: pd.Series, before: Mapping[str, str]) -> list[str | None]:
    """Return the last review's tier of each customer; None where there was none."""
    return [before.get(c) for c in customers]
