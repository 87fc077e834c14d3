"""What a whole programme changes, readable every week: those never contacted against everybody else.

The interval is a confidence sequence: with 95 % probability all weekly readings together contain the truth, so that
whoever looks every week, and stops when it pleases, is wrong in at most 5 % of programmes.
"""

from dataclasses import asdict, dataclass
from math import inf, log, sqrt
from typing import Any

import numpy as np

from holdfast.experiments.learnt.winsor import winsorised
from holdfast.experiments.trial import is_rate
from holdfast.learn.arrays import Flags, Floats

ALPHA = 0.05
# The relative effect at which the sequence is sharpest: what programmes are run for.
SHARPEST = 0.03
# Before so many customers are held out, a variance says little, and so does the interval built on it.
LEAST = 50


@dataclass(frozen=True)
class Reading:
    """One outcome at one time.

    Attributes
    ----------
    customers, held_out
        Matured customers of the programme, and of the holdout.
    mean, held_out_mean
        Outcome per customer, cut and adjusted.
    effect, low, high
        Programme less holdout, outcome per customer, with the always-valid 95 % interval.
    relative
        The effect as a share of the holdout's mean; ``None`` where that is not above 0.
    error
        Standard error of the effect at this reading alone.
    """

    customers: int
    held_out: int
    mean: float
    held_out_mean: float
    effect: float
    low: float
    high: float
    relative: float | None
    error: float

    @property
    def shown(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        plain = {k: (v if not isinstance(v, float) or abs(v) < inf else None) for k, v in asdict(self).items()}
        return plain | {"shown": self.shown}


def half_width(error: float, scale: float) -> float:
    """Return the half-width of the confidence sequence at a reading.

    Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024, Annals of Statistics, "Time-uniform central limit theory and
    asymptotic confidence sequences"), Theorem 2.2: σ̂·√(2(tρ² + 1)/(t²ρ²)·log(√(tρ² + 1)/α)). With the standard error
    σ̂/√t and tρ² = (scale/error)², that is Robbins' (1970) normal mixture over effects of standard deviation ``scale``.
    What has to hold is that a later reading contains the earlier ones: Cov(earlier, later) = Var(later).

    Parameters
    ----------
    error
        Standard error of the effect at this reading.
    scale
        The effect, in the same unit, at which the sequence is sharpest; the same at every reading.

    Examples
    --------
    >>> round(half_width(0.01, 0.03) / 0.01, 3)
    3.036
    """
    if not 0 < error < inf or scale <= 0:
        return inf
    r = (scale / error) ** 2
    return error * sqrt((r + 1) / r * (log(r + 1) + 2 * log(1 / ALPHA)))


def read_programme(outcome: Floats, held_out: Flags, past: Floats) -> Reading:
    """Read the effect of a programme on one outcome.

    Parameters
    ----------
    outcome
        Of each matured customer since they entered, shape (n,). Amounts are cut at the pooled percentile at both ends;
        0 and 1 are not.
    held_out
        Who is never contacted, shape (n,).
    past
        What was known of each customer on entering, shape (n, k): the outcome is adjusted for it (CUPED; Deng, Xu,
        Kohavi & Walker 2013).
    """
    y = outcome if is_rate(outcome) else winsorised(outcome)[0]
    n, held = len(y), int(held_out.sum())
    if min(held, n - held) < 2:
        return Reading(n - held, held, float("nan"), float("nan"), 0.0, -inf, inf, None, inf)
    y = adjusted(y, held_out, past)
    ours, theirs = y[~held_out], y[held_out]
    error = sqrt(float(ours.var(ddof=1)) / len(ours) + float(theirs.var(ddof=1)) / len(theirs))
    mean, base = float(ours.mean()), float(theirs.mean())
    # The mean of everybody hardly moves with the effect, or with chance.
    half = half_width(error, SHARPEST * abs(float(y.mean()))) if held >= LEAST else inf
    effect = mean - base
    relative = effect / base if base > 0 else None
    return Reading(len(ours), held, mean, base, effect, effect - half, effect + half, relative, error)


def adjusted(y: Floats, held_out: Flags, past: Floats) -> Floats:
    """Return outcomes less what the past foresees of them, with the same mean: slopes within both groups together."""
    if past.shape[1] == 0:
        return y
    x, target = past - past.mean(axis=0), y.copy()
    within = x.copy()
    for group in (held_out, ~held_out):
        within[group] -= within[group].mean(axis=0)
        target[group] -= target[group].mean()
    spread = within.std(axis=0)
    usable = spread > 1e-12 * np.maximum(np.abs(past).max(axis=0), 1e-300)
    if not usable.any():
        return y
    scaled = within[:, usable] / spread[usable]
    slopes = np.linalg.lstsq(scaled.T @ scaled, scaled.T @ target, rcond=1e-10)[0]
    return np.asarray(y - (x[:, usable] / spread[usable]) @ slopes)
