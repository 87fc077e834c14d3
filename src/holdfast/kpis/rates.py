"""A share of a stated base with its 95 % interval, or the reason why there is none."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from holdfast.language import told
from holdfast.learn.intervals import NORMAL_95, newcombe, wilson


@dataclass(frozen=True)
class Figure:
    """One figure about ``n`` customers.

    Attributes
    ----------
    value
        The figure; NaN where it is refused.
    n
        Its base: how many customers (answers, contacts) it is a figure of.
    low, high
        95 % interval.
    reason
        Why there is no figure, or none that says much; empty where all is well.
    """

    value: float
    n: int
    low: float = math.nan
    high: float = math.nan
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return one row of a table."""
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n, "reason": self.reason}


def refused(reason: str, n: int = 0) -> Figure:
    """Return the figure that there is not, with the reason."""
    return Figure(math.nan, n, reason=reason)


def rate(hits: int, n: int, *, nobody: str = told("nobody in the base")) -> Figure:
    """Return ``hits / n`` with Wilson's (1927) 95 % score interval; refused for an empty base.

    Examples
    --------
    >>> found = rate(10, 100)
    >>> found.value, round(found.low, 4), round(found.high, 4)
    (0.1, 0.0552, 0.1744)
    """
    if n == 0:
        return refused(nobody)
    return Figure(hits / n, n, *wilson(hits / n, n, NORMAL_95))


def difference(hits: int, n: int, other_hits: int, other_n: int) -> Figure:
    """Return ``hits/n − other_hits/other_n`` with Newcombe's (1998, method 10) 95 % interval.

    Examples
    --------
    >>> found = difference(56, 70, 48, 80)
    >>> round(found.value, 4), round(found.low, 4), round(found.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    if n == 0 or other_n == 0:
        return refused(told("nobody to compare with"), n + other_n)
    p, other = hits / n, other_hits / other_n
    return Figure(p - other, n + other_n, *newcombe(p, n, other, other_n, NORMAL_95))


def mean(values: npt.ArrayLike) -> Figure:
    """Return the mean with its normal 95 % interval; one value has no interval, none is refused."""
    x = np.asarray(values, dtype=np.float64)
    if len(x) == 0:
        return refused(told("no answers"))
    if len(x) == 1:
        return Figure(float(x[0]), 1, reason=told("one answer has no interval"))
    half = NORMAL_95 * float(x.std(ddof=1)) / math.sqrt(len(x))
    return Figure(float(x.mean()), len(x), float(x.mean()) - half, float(x.mean()) + half)
