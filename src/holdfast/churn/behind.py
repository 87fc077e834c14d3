"""What the days behind an as-of date were like for the whole shop: shut, busy or quiet, whoever the customer is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd

from holdfast.data.engine import EPOCH
from holdfast.learn.arrays import Floats

_YEAR, _STRETCH, _MOST_YEARS = 365, 5, 4
# Of so many purchases the quietest quarter of a year is known to 14 %, and the same one of two years is no chance.
_FEWEST = 200
# A season: 90 days of every year that bring less than three quarters of what they would in a year without one. A
# customer's own drop is no news below that either (``norms.LESS``).
_WINDOW, _QUIET = 90, 0.75
# Weekdays and single holidays are smoothed away.
_SMOOTHED = 29


@dataclass(frozen=True)
class UsualYear:
    """How busy the shop is through the year, where it has a season: the same in every year that is known.

    Attributes
    ----------
    levels
        Purchases of a day over those of the year's mean day, for each of 73 stretches of five days, shape (73,), the
        days of a year counted from 1970-01-01 by 365. Empty: no season is known, and every day is like another.

    Examples
    --------
    >>> year = UsualYear((0.5,) * 36 + (1.5,) * 37)
    >>> year.between(0, 180), year.between(180, 365)
    (90.0, 277.5)
    >>> UsualYear().between(0, 180)
    180.0
    """

    levels: tuple[float, ...] = ()

    def __bool__(self) -> bool:
        """Say whether a season is known."""
        return bool(self.levels)

    def between(self, start: float, end: float) -> float:
        """Return how many mean days bring what the days from ``start`` to ``end`` do, counted from 1970-01-01."""
        if not self.levels:
            return float(end - start)
        return float(self._until(end) - self._until(start))

    def gap(self, days: float) -> float:
        """Return the same of a gap of so many days that begins with a purchase, whenever these are made: the mean."""
        if not self.levels or not days >= 0:
            return float(days)
        years, rest = divmod(days, _YEAR)
        return years * self._of_year + float(np.interp(rest, np.arange(_YEAR + 1), self._gaps))

    @classmethod
    def of(cls, bought: pd.DataFrame, cutoff: date) -> Self:
        """Find the season that the last years, two to four, have in common; none where they are fewer, or differ.

        What grows or shrinks from year to year is no season: it is taken off first.

        Parameters
        ----------
        bought
            ``day``, from 1970-01-01, and how many customers bought on it (``purchases``), before the cutoff
            (``build_purchases_by_day``).
        cutoff
            As-of date.

        Examples
        --------
        >>> days, as_of = np.arange(19000, 20000), date(2024, 10, 4)
        >>> in_winter = np.where((days % 365 < 60) | (days % 365 > 300), 9.0, 1.0)
        >>> year = UsualYear.of(pd.DataFrame({"day": days, "purchases": in_winter}), as_of)
        >>> [round(year.levels[i], 2) for i in (0, 36)]
        [2.42, 0.27]
        >>> bool(UsualYear.of(pd.DataFrame({"day": days, "purchases": 5.0}), as_of))
        False
        """
        days, end = bought["day"].to_numpy(dtype=np.int64), (cutoff - EPOCH).days
        if not len(days):
            return cls()
        # A stray line of years ago is not where a log begins.
        began = int(days[np.flatnonzero(np.diff(days, prepend=days[0] - _YEAR) >= _YEAR)[-1]])
        years = min((end - began) // _YEAR, _MOST_YEARS)
        counts, at = np.zeros(years * _YEAR), days - (end - years * _YEAR)
        counts[at[at >= 0]] = bought["purchases"].to_numpy()[at >= 0]
        of_years = counts.reshape(-1, _YEAR).sum(axis=1)
        if years < 2 or of_years.min() < _FEWEST:
            return cls()
        growth = np.log(of_years[-1] / of_years[0]) / ((years - 1) * _YEAR)
        level = _aligned(counts * np.exp(-growth * np.arange(len(counts))), end)
        # Growth that comes all at once looks like a season where it is taken off as if it were even, or else before.
        every_year = [*level, *_aligned(counts, end)]
        if np.max([_around(year, _WINDOW) for year in every_year], axis=0).min() > _QUIET:
            return cls()
        found = _around(level.mean(axis=0), _SMOOTHED).reshape(-1, _STRETCH).mean(axis=1)
        return cls(tuple(round(float(one), 4) for one in found / found.mean()))

    def _until(self, day: float | Floats) -> Floats:
        years, rest = np.divmod(day, _YEAR)
        return np.asarray(years * self._of_year + np.interp(rest, np.arange(0, _YEAR + 1, _STRETCH), self._sums))

    @cached_property
    def _sums(self) -> Floats:
        return np.concatenate([[0.0], np.cumsum(self.levels) * _STRETCH])

    @property
    def _of_year(self) -> float:
        return float(self._sums[-1])

    @cached_property
    def _gaps(self) -> Floats:
        """Of each number of days up to a year, shape (366,): the mean over the days on which purchases are made."""
        starts = np.arange(_YEAR, dtype=np.float64)
        bought = np.repeat(self.levels, _STRETCH)
        ends: Floats = np.add.outer(np.arange(_YEAR + 1), starts)
        lengths: Floats = self._until(ends) - self._until(starts)
        return np.asarray(lengths @ bought / bought.sum())


def _aligned(counts: Floats, end: int) -> Floats:
    """Return the years before a day, each over its mean, their days as in ``UsualYear.levels``, shape (years, 365)."""
    years = np.roll(counts.reshape(-1, _YEAR), end % _YEAR, axis=1)
    return np.asarray(years / years.mean(axis=1, keepdims=True))


def _around(year: Floats, days: int) -> Floats:
    """Return the mean of so many days around each day of a year, which follows on itself, shape (365,)."""
    half = days // 2
    sums: Floats = np.concatenate([[0.0], np.cumsum(np.concatenate([year[-half:], year, year[: days - half]]))])
    return (sums[days:] - sums[:-days])[: len(year)] / days


def _never(days: float) -> int:  # noqa: ARG001  # as ``ClosedSeason.before`` answers
    return 0


@dataclass(frozen=True)
class Behind:
    """The days behind one as-of date; not given, all of them are alike.

    Attributes
    ----------
    shut
        How many of the last so many days nothing was sold on (``ClosedSeason.before``).
    year
        How busy the shop is through the year.
    day
        The as-of date, days from 1970-01-01.

    Examples
    --------
    >>> behind = Behind(year=UsualYear((0.5,) * 36 + (1.5,) * 37), day=190)
    >>> behind.usual(0, 90), behind.usual(-90, 0), Behind().usual(0, 90)
    (55.0, 135.0, 90)
    """

    shut: Callable[[float], int] = _never
    year: UsualYear = field(default_factory=UsualYear)
    day: int = 0

    def usual(self, until: float, since: float) -> float:
        """Return how many mean days bring what those from ``since`` to ``until`` days ago do; ahead is negative."""
        return self.year.between(self.day - since, self.day - until) if self.year else since - until
