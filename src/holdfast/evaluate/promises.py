"""A promise beside what happened: what was predicted, what was seen, and whether chance explains the difference.

Every figure has the interval in which it falls in 95 of 100 cases if the promise holds: by chance, customers being
independent, and because a level may be off by as much as the model was when it was last tested. Several figures of one
run are asked together by Holm's (1979) method, so that a run without any change raises an alarm seldom, however many
figures it looks at and however they hang together.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from holdfast.language import to_tell
from holdfast.learn.arrays import Flags, Floats
from holdfast.learn.intervals import NORMAL_95

ALARMS = 0.04
"""Of runs in which nothing changed, at most this share raise an alarm about outcomes."""
USUAL_LEVEL = 0.10
"""Log-odds by which the mean P(churn) of a good model may be off from one window to the next: chosen, not measured."""
USUAL_AREA = 0.01
"""As much for the area under the ROC curve, and `USUAL_COVERAGE` for the share of amounts within an interval."""
USUAL_COVERAGE = 0.02
RECALIBRATE, RETRAIN, REVISE = to_tell("recalibrate"), to_tell("retrain"), to_tell("revise assumptions")
ALL = to_tell("all")
_FEWEST = 20


@dataclass(frozen=True)
class Promise:
    """A figure that was promised, and what was seen.

    Attributes
    ----------
    what, who, unit
        The figure; of whom; ``customers``, ``purchases``, ``currency``,
        ``profit`` (of contacting, in currency), ``area`` or ``share``.
    customers
        How many of them could be judged.
    promised, seen, low, high
        What was promised; what happened; and between what it falls in 95 of 100 cases if the promise holds.
    chance
        How often it lies so far off, or further, if the promise holds.
    alarm
        Whether chance is ruled out, with all other figures of the run in mind (``holm``).
    """

    what: str
    who: str
    unit: str
    customers: int
    promised: float
    seen: float
    low: float
    high: float
    chance: float
    alarm: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def churners(churned: Floats, p: Floats, weight: Floats, *, who: str, level: float = USUAL_LEVEL) -> Promise | None:
    """Hold a sum of probabilities against how many churned.

    Parameters
    ----------
    churned, p
        1 = no purchase; P(churn); shape (n,).
    weight
        How many customers each stands for, shape (n,): 0 for those who were contacted, and more than 1 for those held
        back, who speak for them.
    who
        Of whom this is.
    level
        Standard deviation of how far the log-odds of all may be off together.

    Returns
    -------
    Promise or None
        ``None`` with fewer than 20 customers.
    """
    spread = p * (1 - p)
    variance = float(np.square(weight) @ spread) + (level * float(weight @ spread)) ** 2
    return _promise(
        to_tell("churners"), who, "customers", weight, float(weight @ p), float(weight @ churned), variance, floor=0.0
    )


def amounts(
    actual: Floats, expected: Floats, weight: Floats, *, what: str, unit: str, who: str, level: float, certainty: float
) -> Promise | None:
    """Hold a total of purchases or money against what was expected; ``level``, ``certainty``: see ``Spread``."""
    total, error = float(weight @ expected), actual - expected
    variance = float(np.square(weight) @ np.square(error)) + (level * total) ** 2
    seen = float(weight @ actual)
    return _promise(what, who, unit, weight, total, seen, variance, certainty=certainty, floor=0.0)


def ranking(churned: Floats, p: Floats, weight: Floats, *, who: str) -> Promise | None:
    """Hold the area under the ROC curve against the one that the probabilities promise of themselves.

    If they are right, a customer with probability p is a churner in p of all cases: that says how well they rank, and
    how far chance moves it. An alarm is raised only below it.
    """
    if int(np.count_nonzero(weight)) < _FEWEST or not 0 < float(weight @ churned) < float(weight.sum()):
        return None
    if not (fate := _Pairs(p, weight)).promised > 0:
        return None
    seen = area(p, weight * churned, weight * (1 - churned))
    low, high = (fate.at(share) for share in (0.025, 0.975))
    judged, what = int(np.count_nonzero(weight)), to_tell("ranking (AUC)")
    return Promise(what, who, "area", judged, fate.promised, seen, low, high, fate.below(seen))


class _Pairs:
    """The area under the ROC curve that chance gives where each customer churns with their own probability.

    It lies below c where Σ w_i·w_j·y_i·(1 − y_j)·(k_ij − c) < 0, over all pairs, with k = 1 where i is scored above j
    and ½ for equals. As k_ij + k_ji = 1, mean, variance and skewness of that sum are known from the probabilities, and
    Pearson's third curve has those three. A variance by the churners seen (DeLong) is no measure of the promise: of a
    few customers who stand for many, it is small just where few of them churned.
    """

    def __init__(self, p: Floats, weight: Floats) -> None:
        _, group = np.unique(p, return_inverse=True)

        def below(mass: Floats) -> Floats:
            of_group = np.bincount(group, mass)
            return np.asarray((np.cumsum(of_group) - 0.5 * of_group)[group] - 0.5 * mass)

        self._w, self._spread, self._third = weight, p * (1 - p), p * (1 - p) * (1 - 2 * p)
        others, churning = float(weight.sum()) - weight, float(weight @ p) - weight * p
        # What one customer's churning adds to the sum is level + slope·c, the others being as likely as they are.
        self._level, self._slope = weight * (below(weight) - churning), weight * (2 * churning - others)
        self._right = float((weight * p) @ (below(weight) - below(weight * p)))
        self._all = float((weight * p) @ (others - churning))
        squares = np.square(weight) * self._spread
        self._of_two = (float(squares.sum()) ** 2 - float(squares @ squares)) / 2

    @property
    def promised(self) -> float:
        """The area to expect; 0 where nobody can be told from anybody."""
        return self._right / self._all if self._all > 0 else 0.0

    def below(self, c: float) -> float:
        """Return how often the area is below c; a model is off by ``USUAL_AREA`` between two windows anyway."""
        from scipy.stats import pearson3

        one, two = self._level + self._slope * c, 2 * c - 1
        variance = float(np.square(one) @ self._spread) + two**2 * self._of_two + (USUAL_AREA * self._all) ** 2
        own = one * self._w * self._spread
        third = float(one**3 @ self._third) + 3 * two * (float(own.sum()) ** 2 - float(own @ own))
        z = (c * self._all - self._right) / np.sqrt(variance)
        return float(pearson3.cdf(z, third / variance**1.5))

    def at(self, share: float) -> float:
        """Return the area below which chance stays so often, between 0 and 1."""
        from scipy.optimize import brentq

        if self.below(0.0) >= share:
            return 0.0
        return 1.0 if self.below(1.0) <= share else float(brentq(lambda c: self.below(c) - share, 0.0, 1.0, xtol=1e-6))


def coverage(actual: Floats, low: Floats, high: Floats, weight: Floats, *, share: float, who: str) -> Promise | None:
    """Hold the share of amounts within their intervals against what the intervals say; an alarm only below it."""
    within = ((actual >= low) & (actual <= high)).astype(np.float64)
    total = max(float(weight.sum()), 1.0)
    variance = float(np.square(weight).sum()) * share * (1 - share) / total**2 + USUAL_COVERAGE**2
    seen = float(weight @ within) / total
    return _promise(to_tell("values within their interval"), who, "share", weight, share, seen, variance, only="below")


def beside(
    what: str, who: str, unit: str, customers: int, promised: tuple[float, float], seen: tuple[float, float]
) -> Promise | None:
    """Hold a measured figure against a promised one, each with its standard deviation."""
    variance = promised[1] ** 2 + seen[1] ** 2
    return _promise(what, who, unit, np.ones(customers), promised[0], seen[0], variance)


def area(score: npt.ArrayLike, positive: npt.ArrayLike, negative: npt.ArrayLike) -> float:
    """Return the area under the ROC curve where each row counts as so many positives and negatives.

    Equals share their places.

    Examples
    --------
    >>> area([0.9, 0.8, 0.3, 0.1], [1, 0, 1, 0], [0, 1, 0, 1])
    0.75
    """
    s, a, b = (np.asarray(v, dtype=np.float64) for v in (score, positive, negative))
    _, group = np.unique(s, return_inverse=True)
    down = np.bincount(group, b)
    return float(a @ (np.cumsum(down) - 0.5 * down)[group] / (a.sum() * b.sum()))


def holm(promises: Sequence[Promise], share: float = ALARMS) -> list[Promise]:
    """Mark the promises that chance does not explain, in the order given.

    Of runs in which every promise holds, at most ``share`` mark any (Holm 1979), whatever the figures have in common.
    """
    order = np.argsort([p.chance for p in promises], kind="stable")
    alarmed: set[int] = set()
    for place, i in enumerate(order):
        if promises[i].chance > share / (len(promises) - place):
            break
        alarmed.add(int(i))
    return [replace(p, alarm=i in alarmed) for i, p in enumerate(promises)]


def advice(promises: Sequence[Promise]) -> str:
    """Return what the alarms ask for: ``retrain``, ``recalibrate``, ``revise assumptions``, or nothing.

    Where the level alone is off, the same recipe calibrated on newer windows mends it; where customers are ranked worse
    than promised, or some are off while all together are right, the model must learn anew. What contacting earned is
    promised by assumptions about offers, not by the model.
    """
    alarms = [p for p in promises if p.alarm and p.unit != "profit"]
    if not alarms:
        return REVISE if any(p.alarm for p in promises) else ""
    level = any(p.who == ALL and p.unit not in ("area", "share") for p in alarms)
    return RETRAIN if not level or any(p.unit == "area" for p in alarms) else RECALIBRATE


def fifths(p: Floats) -> list[tuple[str, Flags]]:
    """Return five groups of equally many by risk, each with its name; equals stay together."""
    edges = np.quantile(p, [0.2, 0.4, 0.6, 0.8]) if len(p) else np.zeros(4)
    place = np.searchsorted(edges, p, side="left")
    names = (
        to_tell("least at risk, a fifth"),
        to_tell("second fifth"),
        to_tell("middle fifth"),
        to_tell("fourth fifth"),
        to_tell("most at risk, a fifth"),
    )
    return [(name, place == i) for i, name in enumerate(names)]


def _promise(
    what: str,
    who: str,
    unit: str,
    weight: Floats,
    promised: float,
    seen: float,
    variance: float,
    *,
    certainty: float = np.inf,
    only: str = "",
    floor: float = -np.inf,
) -> Promise | None:
    from scipy.stats import t

    judged = int(np.count_nonzero(weight))
    spread = float(np.sqrt(variance))
    if judged < _FEWEST or not spread > 0:
        return None
    z = (seen - promised) / spread
    chance = float(t.cdf(z, certainty) if only == "below" else 2 * t.sf(abs(z), certainty))
    half = float(t.isf(0.025, certainty)) if np.isfinite(certainty) else NORMAL_95
    low, high = max(promised - half * spread, floor), promised + half * spread
    return Promise(what, who, unit, judged, promised, seen, low, high, chance)
