"""A closed season: weeks of every year in which nothing is sold, whoever stays a customer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

import numpy as np
import pandas as pd

from holdfast.churn.btyd import Trio
from holdfast.data.engine import EPOCH
from holdfast.features import Cutoff
from holdfast.features.shut import Shut, Stretch
from holdfast.learn.arrays import Floats, Ints
from holdfast.learn.calibration import log_odds, shifted

# So many days without a purchase, one after the other, are no weekends or holidays.
STRETCH_DAYS = 21
# A silence that still goes on is last year's again if it began so close to the same day.
_BEGINS_DAYS = 14
# Something is sold on one of so many days at least, those that are shut included.
_MOST_SHUT = 3
# Nobody plans further ahead.
_AHEAD_DAYS = 730
# How it is sold before and after a silence says whether that is chance.
_AROUND_DAYS = 28
_ONCE = "once"


@dataclass(frozen=True)
class ClosedSeason:
    """Stretches of days that come again every year and bring in nothing.

    The rest of a window is as the models see it: of ``n`` days of which ``c`` are shut they say what they say of
    ``n - c`` days.

    Attributes
    ----------
    stretches
        First and last day of each, as they were, or will be, in one of the years.
    once
        Further ones, of no other year.

    Examples
    --------
    >>> summer = ClosedSeason(((date(2024, 6, 20), date(2024, 8, 31)),))
    >>> summer.days(date(2025, 6, 1), date(2025, 7, 1)), summer.days(date(2025, 9, 1), date(2026, 6, 20))
    (11, 0)
    """

    stretches: tuple[Stretch, ...] = ()
    once: tuple[Stretch, ...] = ()

    def __bool__(self) -> bool:
        """Say whether anything is ever shut."""
        return bool(self.stretches or self.once)

    def days(self, start: date, end: date) -> int:
        """Return how many days from ``start`` to the day before ``end`` are shut."""
        shut: set[date] = set()
        for first, last in self.within(start, end):
            shut.update(first + timedelta(days=n) for n in range((last - first).days + 1))
        return len(shut)

    def within(self, start: date, end: date) -> list[Stretch]:
        """Return what is shut from ``start`` to the day before ``end``: the first and last day of each stretch."""
        found = []
        for first, last in self.stretches:
            for years in range(start.year - last.year, end.year - first.year + 1):
                since, until = max(_shifted(first, years), start), min(_shifted(last, years), end - timedelta(days=1))
                if since <= until:
                    found.append((since, until))
        return sorted([*found, *Shut(self.once).within(start, end)])

    def open_days(self, cutoff: Cutoff) -> int:
        """Return how many days of an outcome window are not shut."""
        return cutoff.horizon_days - self.days(cutoff.window_start, cutoff.window_end)

    def days_to_buy(self, cutoff: Cutoff) -> int:
        """Return over how many open days customers are looked at: all days after the end of what is shut once, if none.

        That nobody can buy says nothing of anybody; who comes back when you open again does.
        """
        if (days := self.open_days(cutoff)) or not self.shut_throughout(cutoff):
            return days
        return cutoff.horizon_days

    def shut_throughout(self, cutoff: Cutoff) -> bool:
        """Say whether the whole window is shut because of what is shut once."""
        return bool(self.once) and self.open_days(cutoff) <= 0

    def before(self, day: date) -> Callable[[float], int]:
        """Return what says how many of the last so many days before ``day`` were shut, those shut once not counted."""
        every = type(self)(self.stretches)
        return lambda days: every.days(day - timedelta(days=int(days)), day) if every and days >= 1 else 0

    def reached(self, day: date, open_days: Floats) -> Floats:
        """Return after how many days so many of them were open, shape (n,), counted from ``day`` on."""
        days = np.asarray(open_days, dtype=np.float64)
        for first, last in self.within(day, day + timedelta(days=_AHEAD_DAYS)):
            days = np.where(days >= (first - day).days, days + (last - first).days + 1, days)
        return days

    def to_dict(self) -> list[list[str]]:
        """Return plain values for JSON."""
        once = [[first.isoformat(), last.isoformat(), _ONCE] for first, last in self.once]
        return [[first.isoformat(), last.isoformat()] for first, last in self.stretches] + once

    @classmethod
    def from_dict(cls, state: Sequence[Sequence[str]]) -> Self:
        """Make the season of ``to_dict``."""
        every, once = ([one[:2] for one in state if (_ONCE in one) is is_once] for is_once in (False, True))
        return cls(Shut.from_dict(every).stretches, Shut.from_dict(once).stretches)

    @classmethod
    def of(cls, days: Ints, cutoff: date, known: Shut | None = None) -> Self:
        """Find what was shut in two years, one after the other, and not open since.

        A silence that reaches to the cutoff, and began as last year's, will last as long as that. Two that hardly have
        the same weeks were two closures; what was shut once may have been a lost month (``shut_once``).

        Parameters
        ----------
        days
            On which anybody bought before the cutoff, counted from 1970-01-01, each once, in their order.
        cutoff
            As-of date.
        known
            What was shut once: a silence of which that is half is no other year's.

        Examples
        --------
        >>> days = np.arange(20000, 20800)
        >>> as_of = EPOCH + timedelta(days=20800)
        >>> ClosedSeason.of(days[(days - 20000) % 365 // 40 != 1], as_of).to_dict()
        [['2026-11-13', '2026-12-22']]
        >>> ClosedSeason.of(days, as_of).to_dict()
        []
        """
        end = (cutoff - EPOCH).days
        if not len(days) or len(days) < (end - int(days[0])) / _MOST_SHUT:
            # A log that sells on few days has such stretches by chance.
            return cls()
        quiet = [one for one in _quiet(days, end) if not _half_in(known or Shut(), one)]
        newest_first = [(last, before) for last in reversed(quiet) for before in quiet]
        found: list[Stretch] = []
        for last, before in newest_first:
            again = _again(last, before, cutoff)
            if again is not None and not _known_since(again, found, _day(int(days[-1])), cutoff):
                found.append(again)
        return cls(tuple(sorted(found)))


def shut_once(days: Ints, cutoff: date) -> tuple[Stretch, ...]:
    """Find the silences before a cutoff that are not chance, and that do not come every year.

    In the four weeks before one, and in those after it, something was sold on every other day at least: three weeks
    without anything are then a closure, or lines that are missing. Which of the two it was makes no difference to what
    customers did in it: it is not known.

    Parameters
    ----------
    days, cutoff
        As of ``ClosedSeason.of``.

    Examples
    --------
    >>> days = np.arange(20000, 20800)
    >>> fire = shut_once(days[(days < 20300) | (days >= 20350)], EPOCH + timedelta(days=20800))
    >>> [(str(first), str(last)) for first, last in fire]
    [('2025-07-31', '2025-09-18')]
    """
    end = (cutoff - EPOCH).days
    quiet = _quiet(days, end)
    if not quiet:
        return ()
    closed, found = ClosedSeason.of(days, cutoff), []
    for first, last in quiet:
        a, b = (first - EPOCH).days, (last - EPOCH).days
        before = np.count_nonzero((days < a) & (days >= a - _AROUND_DAYS))
        after = np.count_nonzero((days > b) & (days <= b + _AROUND_DAYS))
        busy = 2 * before >= _AROUND_DAYS and 2 * after >= min(_AROUND_DAYS, end - 1 - b)
        if busy and not _half_in(closed, (first, last)):
            found.append((first, last))
    return tuple(found)


def _half_in(closed: ClosedSeason | Shut, silence: Stretch) -> bool:
    end = silence[1] + timedelta(days=1)
    return 2 * closed.days(silence[0], end) >= (end - silence[0]).days


def _quiet(days: Ints, end: int) -> list[Stretch]:
    """Return the stretches of so many days, up to the day before ``end``, on which nobody bought."""
    ends = np.append(days[1:], end) if len(days) else days
    silent = ends - days - 1 >= STRETCH_DAYS
    return [(_day(int(a) + 1), _day(int(b) - 1)) for a, b in zip(days[silent], ends[silent], strict=True)]


def open_p_churn(p: Floats, lasting: Trio, features: pd.DataFrame, cutoff: Cutoff, open_days: int) -> Floats:
    """Return P(no purchase) over the open days of a window, shape (n,), of those over all its days.

    The log-odds change by as much as those of the buy-till-you-die models do.

    Parameters
    ----------
    p
        P(no purchase) if all days of the window were open, shape (n,).
    lasting, features
        The models, and the customers' rows.
    cutoff, open_days
        The window, and how many of its days are open.
    """
    if open_days >= cutoff.horizon_days:
        return p
    if open_days <= 0:
        return np.ones_like(p)
    fewer, all_days = (
        lasting.mean_p_no_purchase(features, days, gap_days=cutoff.gap_days)
        for days in (open_days, cutoff.horizon_days)
    )
    return shifted(p, log_odds(fewer) - log_odds(all_days))


def open_share(lasting: Trio, features: pd.DataFrame, cutoff: Cutoff, open_days: int) -> Floats:
    """Return what share of the purchases of a window its open days bring, shape (n,); parameters as before."""
    if open_days >= cutoff.horizon_days:
        return np.ones(len(features))
    if open_days <= 0:
        return np.zeros(len(features))
    fewer, all_days = (
        lasting.mean_expected(features, days, gap_days=cutoff.gap_days) for days in (open_days, cutoff.horizon_days)
    )
    return np.divide(fewer, all_days, out=np.zeros_like(fewer), where=all_days > 0)


def _again(last: Stretch, before: Stretch, cutoff: date) -> Stretch | None:
    """Return the days of a stretch that were shut in another one a year before too; None where they are few."""
    since, until = _shifted(before[0], 1), _shifted(before[1], 1)
    goes_on = last[1] == cutoff - timedelta(days=1) and abs((last[0] - since).days) <= _BEGINS_DAYS
    first, end = max(last[0], since), until if goes_on else min(last[1], until)
    longer = max(last[1] - last[0], until - since)
    alike = goes_on or 2 * (end - first) >= longer
    return (first, end) if alike and (end - first).days + 1 >= STRETCH_DAYS else None


def _known_since(one: Stretch, found: list[Stretch], last_bought: date, cutoff: date) -> bool:
    """Say whether newer stretches tell of these weeks, or somebody bought in them a year later."""
    first, last = (_shifted(day, 1) for day in one)
    newer = any(a <= last and first <= b for a, b in found)
    return newer or last < cutoff or last_bought >= first + timedelta(days=_BEGINS_DAYS)


def _shifted(day: date, years: int) -> date:
    """Return the same date of another year; 28 February for the 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _day(number: int) -> date:
    return EPOCH + timedelta(days=number)
