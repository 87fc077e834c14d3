"""Do the newest rows of a table come as those before them did? How many, how fresh, in which units and words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.data.engine import EPOCH
from holdfast.evaluate.drift import Drift, Profile
from holdfast.language import to_tell, told
from holdfast.learn.arrays import Floats, Ints

BLOCK_DAYS = 28
"""The newest rows are those of the last four weeks: every day of the week as often."""
# So seldom by chance; and a change that nobody would act on is none.
_BY_CHANCE = 0.001
_LEAST_FACTOR = 1.5
_FEWEST_BLOCKS = 4
_MOST_BLOCKS = 13
# A fall is seen by weeks, of rare rows by longer stretches: so many rows each let a fall by half be told from chance.
_STRETCHES, _ENOUGH, _NEWEST = (7, 14, 28), 20, 4
_MOST_DAYS, _HALF_YEAR, _LEAST_CHANGES = 3 * 364, 182, 8
# Below half of what is usual, and so far below the lowest stretch of half a year: the end of a season is not.
_HALF, _BELOW = 0.5, 0.8
# Last year's stretch fell as far (in logarithms).
_AS_LAST_YEAR = 0.35
# Days without a row are compared with the same days of so many weeks before and after them.
_WEEKS = 8
GAP_DAYS = 56
"""Days without a row are told while they ended in the newest eight weeks."""
# So seldom by chance: days of eight weeks are looked at, every week anew.
_GAP_BY_CHANCE = 1e-5
# So often a year is how a shop is open; as last year around the same day is a holiday.
_OFTEN, _AROUND = 3, 14
_SHUT = {(12, 25), (12, 26), (1, 1)}
_LARGER = to_tell("{share:.0%} of the newest {column} are as if in another unit: far larger than any usual one")
_SMALLER = to_tell("{share:.0%} of the newest {column} are as if in another unit: far smaller than any usual one")


def columns_drift(
    table: str, newest: pd.DataFrame, before: pd.DataFrame, earlier: pd.DataFrame | None = None
) -> list[Drift]:
    """Return the columns whose newest rows are unlike those before them.

    Parameters
    ----------
    table
        Its name, for the sentences.
    newest, before
        Rows with the same columns; numbers are numbers, all else are categories.
    earlier
        Of ``before``, the last rows: what moves from these to the others is usual.
    """
    names = list(map(str, before.columns))
    numbers = [n for n in names if pd.api.types.is_numeric_dtype(before[n])]
    words = [n for n in names if n not in numbers]

    def of(rows: pd.DataFrame, which: list[str]) -> dict[str, npt.ArrayLike]:
        return {f"{table}.{n}": rows[n].to_numpy(dtype=np.float64) for n in which}

    def texts(rows: pd.DataFrame) -> dict[str, pd.Series]:
        return {f"{table}.{n}": rows[n] for n in words}

    usual = None if earlier is None or not len(earlier) else of(earlier, numbers)
    profile = Profile.of(of(before, numbers), texts(before), earlier=usual)
    return profile.drift(of(newest, numbers), texts(newest))


def units_drift(table: str, newest: pd.DataFrame, before: pd.DataFrame, *, factor: float = 100.0) -> list[Drift]:
    """Return the numbers of which a part came in another unit: many newest rows lie beyond all that was seen.

    A few lines of a shop's size are always new; one in a hundred of the newest beyond the largest before, times ten,
    is another unit.
    """
    found = []
    for name in before.columns:
        if not pd.api.types.is_numeric_dtype(before[name]):
            continue
        was, now = (np.abs(rows[name].dropna().to_numpy(dtype=np.float64)) for rows in (before, newest))
        was, now = was[was > 0], now[now > 0]
        if min(len(was), len(now)) < 20:
            continue
        middle = float(np.median(was))
        beyond = float(np.mean(now > max(float(np.quantile(was, 0.999)), factor / 3 * middle)))
        beneath = float(np.mean(now < min(float(np.quantile(was, 0.001)), 3 * middle / factor)))
        share, side = max((beyond, _LARGER), (beneath, _SMALLER))
        if share > 0.01 + 3 * np.sqrt(0.01 / len(now)):
            column = f"{table}.{name}"
            found.append(Drift(column, "unit", told(side, share=share, column=column), share / 0.01))
    return found


def volume_drift(table: str, days: Ints, until: int, *, block: int = BLOCK_DAYS) -> list[Drift]:
    """Return whether the newest block of days has far fewer, or far more, rows than blocks before let expect.

    Parameters
    ----------
    table
        Its name.
    days
        Day number of every row, shape (n,).
    until
        First day that is not known.

    Notes
    -----
    First whether rows fell in one of the newest four weeks (of rare rows, longer stretches): the logarithm of a week's
    rows ÷ the median of the two to five weeks before it, against the same of up to three years before. An alarm only
    below half, below their 99.9 % prediction interval (Student's t) and the lowest of them, and well below the lowest
    week of half a year; a fall as last year's at that time is the season.

    Then the logarithm of a block's rows ÷ those of the block before it is held against the same of up to a year before:
    an alarm only beyond their 99.9 % prediction interval and a factor of 1.5.
    """
    from scipy.special import stdtrit

    days = days[days < until]
    if not len(days):
        return []
    if fallen := _fallen(table, days, until):
        return [fallen]
    blocks = min(int(until - days.min()) // block, _MOST_BLOCKS + 1)
    counts = np.bincount(np.clip((until - 1 - days) // block, 0, blocks), minlength=blocks + 1)[:blocks]
    if blocks < _FEWEST_BLOCKS + 1:
        return []
    changes = np.diff(np.log(counts[::-1] + 0.5))
    now, was = float(changes[-1]), changes[:-1]
    half = float(stdtrit(len(was) - 1, 1 - _BY_CHANCE / 2)) * float(was.std(ddof=1)) * np.sqrt(1 + 1 / len(was))
    least = max(half, np.log(_LEAST_FACTOR))
    if abs(now - float(was.mean())) <= least:
        return []
    said = told(
        "{table}: {rows:n row} in the last {block} days, {before:,} in those before, where changes up to a factor of "
        "{factor:,.1f} are usual",
        table=table,
        rows=int(counts[0]),
        block=block,
        before=int(counts[1]),
        factor=float(np.exp(least)),
    )
    return [Drift(table, "volume", said, abs(now - float(was.mean())) / least)]


@dataclass(frozen=True)
class Gap:
    """Days without a row where rows are usual: the first and the last of them, and how many a day are usual."""

    first: date
    last: date
    usual: float

    @property
    def days(self) -> int:
        """How many days it lasts."""
        return (self.last - self.first).days + 1


def gaps(days: Ints, until: int) -> list[Gap]:
    """Return the stretches of days without a row, of the newest eight weeks, that are not chance and not usual.

    Each day is held against the same days of the week in the eight weeks before and after, as counts that vary as those
    of this log do (negative binomial). A stretch as long is usual where there were three in the year before, or one
    around the same day a year earlier; so are Christmas and New Year's Day, on which shops are shut in most countries.

    Parameters
    ----------
    days
        Day number of every row, shape (n,).
    until
        First day that is not known.

    Examples
    --------
    >>> days = np.repeat(np.arange(20000, 20400), 30)
    >>> (found,) = gaps(days[days != 20380], 20400)
    >>> print(found.first, found.days, found.usual)
    2025-10-19 1 30.0
    >>> gaps(days[days % 7 != 3], 20400)
    []
    """
    days = days[days < until]
    if not len(days):
        return []
    first = max(int(days.min()), until - _MOST_DAYS)
    counts = np.bincount(days[days >= first] - first, minlength=until - first).astype(np.float64)
    dispersion = _dispersion(counts)
    runs = list(_without(counts))
    found = []
    for a, b in runs:
        if b < len(counts) - GAP_DAYS:
            continue
        means = [_usual_of(counts, at, a, b) for at in range(a, b + 1)]
        if sum(_surprise(m, dispersion) for m in means) < -np.log(_GAP_BY_CHANCE):
            continue
        as_long = [(c, d) for c, d in runs if d < a and d - c >= b - a]
        often = sum(c >= a - 364 for c, _ in as_long)
        again = any(abs(c + 365 * years - a) <= _AROUND for c, _ in as_long for years in (1, 2))
        holiday = all((day.month, day.day) in _SHUT for day in map(_day, range(first + a, first + b + 1)))
        if often < _OFTEN and not again and not holiday:
            found.append(Gap(_day(first + a), _day(first + b), float(np.mean(means))))
    return found


def _without(counts: Floats) -> Iterator[tuple[int, int]]:
    """Yield the first and the last place of every stretch of days without a row."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], counts == 0, [False]]).astype(np.int8)))
    yield from ((int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True))


def _usual_of(counts: Floats, at: int, first: int, last: int) -> float:
    """Return how many rows the same days of the week have around a day, those of its own stretch left out."""
    beside = [at + 7 * k for k in range(-_WEEKS, _WEEKS + 1) if k]
    before = [first + (at - first) % 7 - 7 * k for k in range(1, _WEEKS + 1)]
    known = {n for n in (*beside, *before) if 0 <= n < len(counts) and not first <= n <= last}
    return float(np.median(counts[sorted(known)])) if len(known) >= _FEWEST_BLOCKS else 0.0


def _dispersion(counts: Floats) -> float:
    """Return the variance ÷ the mean of days beside the same days of the week around them, at least 1."""
    shifted = [np.roll(counts, 7 * k) for k in (-4, -3, -2, -1, 1, 2, 3, 4)]
    means = np.mean(shifted, axis=0)[28:-28]
    mean = float(means.mean()) if len(means) else 0.0
    return max(float(np.square(counts[28:-28] - means).mean()) / mean / (1 + 1 / 8), 1.0) if mean > 0 else 1.0


def _surprise(mean: float, dispersion: float) -> float:
    """Return -log P(no row) of a negative binomial with this mean, and a variance so many times the mean."""
    extra = dispersion - 1
    return mean if extra < 1e-6 else mean / extra * float(np.log1p(extra))


def _fallen(table: str, days: Ints, until: int) -> Drift | None:
    """Return whether rows fell, and stayed down, in one of the newest stretches of days."""
    for length in _STRETCHES:
        whole = min(until - int(days.min()), _MOST_DAYS) // length
        back = (until - 1 - days) // length
        counts = np.bincount(back[(back >= 0) & (back < whole)], minlength=whole).astype(np.float64)
        if whole < _NEWEST + 2 + _LEAST_CHANGES:
            return None
        usual = np.array([np.median(counts[j + 2 : j + 6]) for j in range(whole - 3)])
        if np.median(usual[:_NEWEST]) < _ENOUGH and np.median(usual[_NEWEST:]) < _ENOUGH:
            continue
        since = _since(counts, usual, length)
        if since is None:
            return None
        rows, expected = int(counts[: since + 1].sum()), float(usual[since]) * (since + 1)
        said = told(
            "{table}: {rows:n row} since {first}, where about {usual:,.0f} are usual: rows may be missing. Compare "
            "them with where they come from.",
            table=table,
            rows=rows,
            first=_day(until - length * (since + 1)).isoformat(),
            usual=expected,
        )
        return Drift(table, "volume", said, expected / max(rows, 1))
    return None


def _since(counts: Floats, usual: Floats, length: int) -> int | None:
    """Return how many stretches back rows fell; None where they did not."""
    from scipy.special import stdtrit

    change = np.log((counts[: len(usual)] + 0.5) / (usual + 0.5))
    before = np.sort(change[_NEWEST:])
    year = round(364 / length)
    # A week or two of holidays a year are no measure of how weeks change.
    before = before[2:] if len(before) >= year / 2 else before
    if len(before) < _LEAST_CHANGES:
        return None
    half = float(stdtrit(len(before) - 1, 1 - _BY_CHANCE / _NEWEST)) * float(before.std(ddof=1))
    least = min(float(before.mean()) - half * np.sqrt(1 + 1 / len(before)), float(before[0]), np.log(_HALF))
    for j in reversed(range(_NEWEST)):
        lowest = np.sort(counts[_NEWEST + 1 : _NEWEST + 1 + _HALF_YEAR // length])
        lowest = lowest[2] if len(lowest) >= _HALF_YEAR / 14 else lowest[0]
        last_year = change[j + year - 1 : j + year + 2]
        as_then = len(last_year) and last_year.min() <= change[j] + _AS_LAST_YEAR
        down = bool((counts[:j] < _HALF * usual[j]).all())
        if usual[j] >= _ENOUGH and change[j] < least and counts[j] < _BELOW * lowest and down and not as_then:
            return j
    return None


def _day(number: int) -> date:
    return EPOCH + timedelta(days=int(number))


def freshness_drift(table: str, days: Ints, last: date, today: date, *, every: int) -> list[Drift]:
    """Return whether the newest row is older than scores may be, and older than any silence so far.

    Parameters
    ----------
    table
        Its name.
    days
        Day number of every row; ``last`` is the day of the newest.
    today
        The day it is asked on.
    every
        After how many days scores are due.
    """
    age = (today - last).days
    gaps = np.diff(np.unique(days))
    usual = max(int(gaps.max()) if len(gaps) else 0, every)
    if age <= usual:
        return []
    said = told(
        "{table}: the newest row is of {last}, {age:n day} before {today}",
        table=table,
        last=last.isoformat(),
        age=age,
        today=today.isoformat(),
    )
    return [Drift(table, "stale", said, age / max(usual, 1))]
