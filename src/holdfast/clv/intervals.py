"""From draws to an interval that covers as often as it says, where much of the mass is at 0 or on whole numbers."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from holdfast.clv.arguments import number, numbers_in
from holdfast.clv.special import Floats


@dataclass(frozen=True)
class Interval:
    """An interval per customer: ``low`` and ``high``, both of shape (n,), both included, in the unit of the draws.

    Examples
    --------
    >>> draws = np.array([[0, 1, 1, 2, 3], [4, 6, 7, 7, 9]])
    >>> found = prediction_interval(draws, mass=0.8)
    >>> found.low, found.high
    (array([0., 4.]), array([2., 9.]))
    """

    low: Floats
    high: Floats


def prediction_interval(draws: npt.ArrayLike, *, mass: float = 0.9) -> Interval:
    """Return, per row of draws, the interval that an outcome falls into with probability ``mass``.

    Plain quantiles cover too much here: they swallow whole the atoms on which they fall (0 purchases, 1 purchase).
    So ties count by their middle (mid-P; Lancaster 1961, Significance Tests in Discrete Distributions), and where 0
    already holds a tail's mass the interval begins there and spends all of ``mass`` above it. Where a single value
    holds more than ``mass``, it is the interval, and covers more: nothing smaller exists.

    Parameters
    ----------
    draws
        Of something that is never negative, shape (n, draws).
    mass
        Between 0 and 1.

    Raises
    ------
    ValueError
        ``mass`` is not between 0 and 1, or draws are negative or missing, or there are none.

    Examples
    --------
    >>> prediction_interval([[0] * 50 + [1] * 36 + [2] * 9 + [3] * 5], mass=0.9)
    Interval(low=array([0.]), high=array([1.]))
    """
    given = numbers_in(draws, "draws")
    if not 0 < number(mass, "mass", above=0.0, most=1.0) < 1 or given.ndim != 2 or given.shape[1] == 0:
        raise ValueError("mass must lie between 0 and 1, and there must be draws, one row per customer")
    ordered, count = np.sort(given, axis=1), given.shape[1]
    # Missing numbers are sorted to the end.
    if not np.all((ordered[:, 0] >= 0) & (ordered[:, -1] >= 0)):
        raise ValueError("draws must be numbers, none negative or missing")
    place = np.arange(count)
    begins = np.ones(ordered.shape, dtype=bool)
    begins[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    ends = np.ones(ordered.shape, dtype=bool)
    ends[:, :-1] = begins[:, 1:]
    first = np.maximum.accumulate(np.where(begins, place, 0), axis=1)
    last = np.minimum.accumulate(np.where(ends, place, count)[:, ::-1], axis=1)[:, ::-1]
    middle = (first + last + 1) / (2 * count)
    zero = (ordered <= 0).mean(axis=1)
    lower = np.where(zero / 2 >= (1 - mass) / 2, 0.0, (1 - mass) / 2)[:, None]
    inside = (middle >= lower) & (middle <= lower + mass)
    # Where no value's middle lies inside, the value at the centre is the interval.
    centre = ((lower[:, 0] + mass / 2) * count).astype(np.intp)
    none = ~inside.any(axis=1)
    low, high = inside.argmax(axis=1), count - 1 - inside[:, ::-1].argmax(axis=1)
    rows = np.arange(len(ordered))
    return Interval(ordered[rows, np.where(none, centre, low)], ordered[rows, np.where(none, centre, high)])
