"""How long customers wait until a question or complaint is closed."""

import math

import numpy as np
import numpy.typing as npt

from holdfast.kpis.rates import Figure, refused
from holdfast.language import told
from holdfast.learn.intervals import NORMAL_95


def days_to_close(opened: npt.ArrayLike, closed: npt.ArrayLike, until: int) -> Figure:
    """Return the median of days from opening to closing a ticket; lower is better.

    Tickets that are open still have waited at least until now: they are censored, not left out (Kaplan & Meier 1958).
    The 95 % interval holds the days at which the share still open differs from one half by no more than chance
    (Brookmeyer & Crowley 1982, with Greenwood's variance).

    Parameters
    ----------
    opened, closed
        Days, shape (n,); ``closed`` is NaN for those that are open.
    until
        The first day that is not known.

    Returns
    -------
    Figure
        Refused where half of them are open longer than anything that was closed.

    Examples
    --------
    >>> found = days_to_close([0, 0, 1, 2, 3, 4], [1, 2, 3, 4, float("nan"), float("nan")], until=6)
    >>> found.value, found.n
    (2.0, 6)
    """
    start, end = np.asarray(opened, dtype=np.float64), np.asarray(closed, dtype=np.float64)
    if len(start) == 0:
        return refused(told("nothing was asked"))
    ended = np.isfinite(end) & (end < until)
    waited = np.where(ended, end, until) - start
    days = np.unique(waited[ended])
    at_risk = np.array([(waited >= day).sum() for day in days], dtype=np.float64)
    events = np.array([(ended & (waited == day)).sum() for day in days], dtype=np.float64)
    is_open = np.cumprod(1 - events / at_risk)
    half = np.flatnonzero(is_open <= 0.5)
    if not len(half):
        return refused(told("half of them, or more, are open still"), len(start))
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.square(is_open) * np.cumsum(events / (at_risk * (at_risk - events)))
    near = np.abs(is_open - 0.5) <= NORMAL_95 * np.sqrt(np.nan_to_num(variance, nan=0.0, posinf=0.0))
    # A step ends where the next one begins.
    later = np.append(days[1:], math.nan)
    found = np.flatnonzero(near)
    median = float(days[half[0]])
    low, high = (float(days[found[0]]), float(later[found[-1]])) if len(found) else (median, median)
    return Figure(median, len(start), min(low, median), high if math.isnan(high) else max(high, median))
