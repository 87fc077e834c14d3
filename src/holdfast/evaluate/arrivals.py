"""Do the newest rows of a table come as those before them did? How many, how fresh, in which units and words."""

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.evaluate.drift import Drift, Profile
from holdfast.language import to_tell, told
from holdfast.learn.arrays import Ints

BLOCK_DAYS = 28
"""The newest rows are those of the last four weeks: every day of the week as often."""
# So seldom by chance; and a change that nobody would act on is none.
_BY_CHANCE = 0.001
_LEAST_FACTOR = 1.5
_FEWEST_BLOCKS = 4
_MOST_BLOCKS = 13
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
    The logarithm of a block's rows ÷ those of the block before it is held against the same of up to a year before: an
    alarm only beyond their 99.9 % prediction interval (Student's t) and a factor of 1.5.
    """
    from scipy.stats import t

    if not len(days):
        return []
    blocks = min(int(until - days.min()) // block, _MOST_BLOCKS + 1)
    counts = np.bincount(np.clip((until - 1 - days) // block, 0, blocks), minlength=blocks + 1)[:blocks]
    if blocks < _FEWEST_BLOCKS + 1:
        return []
    changes = np.diff(np.log(counts[::-1] + 0.5))
    now, was = float(changes[-1]), changes[:-1]
    half = float(t.isf(_BY_CHANCE / 2, len(was) - 1)) * float(was.std(ddof=1)) * np.sqrt(1 + 1 / len(was))
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
