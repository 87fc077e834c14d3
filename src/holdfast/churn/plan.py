"""Which past days a model of purchases learns from: windows that were over, a quarter of one apart."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import count, takewhile

from holdfast.churn.definition import MIN_HISTORY_DAYS
from holdfast.features import Cutoff

MOST_TRAINING_WINDOWS = 7
STEPS_PER_WINDOW = 4
YEAR_DAYS = 364
# Of the same season a year ago: the day itself, and a quarter of a window before and after it.
_AROUND = (0, 1, -1)


def steps_back(cutoff: Cutoff, steps: int) -> int:
    """Return how many days before a cutoff so many quarters of its window (gap and horizon) lie.

    Whole windows are whole days, so the grid of a cutoff is that of the cutoff a window later: what was made for one
    serves the other.
    """
    length = max(cutoff.gap_days + cutoff.horizon_days, STEPS_PER_WINDOW)
    return (2 * steps * length + STEPS_PER_WINDOW) // (2 * STEPS_PER_WINDOW)


def steps_to(cutoff: Cutoff, days: int) -> int:
    """Return how many quarters of a cutoff's window lead nearest to so many days before it."""
    beyond = next(k for k in count(1) if steps_back(cutoff, k) >= days)
    return min((beyond, beyond - 1), key=lambda k: abs(steps_back(cutoff, k) - days))


def days_of_years(cutoff: Cutoff, years: int) -> int:
    """Return how many days the same day so many years before a cutoff lies back; those that were shut do not count."""
    return cutoff.since(cutoff.date - timedelta(days=years * YEAR_DAYS))


def plan_snapshots(first_day: date, cutoff: Cutoff, *, half: bool = False) -> list[Cutoff]:
    """Return the training cutoffs for a model as of ``cutoff``, latest first.

    They lie a quarter of the window (gap and horizon) apart; the latest is the last whose outcome window ends by
    ``cutoff.date``. At most 7, each with at least 28 days of history. Empty where the log is too short.

    Parameters
    ----------
    first_day
        Of the log.
    cutoff
        Of the question.
    half
        For outcome windows of half the horizon, which are over half a horizon earlier: the cutoffs of that question.

    Examples
    --------
    >>> cutoffs = plan_snapshots(date(2023, 1, 1), Cutoff("2024-03-01", horizon_days=60))
    >>> [str(cutoff.date) for cutoff in cutoffs[:3]], len(cutoffs)
    (['2024-01-01', '2023-12-17', '2023-12-02'], 7)
    """
    asked = replace(cutoff, horizon_days=max(1, cutoff.horizon_days // 2)) if half else cutoff
    needed = asked.gap_days + asked.horizon_days
    step = next(k for k in range(1, STEPS_PER_WINDOW + 1) if steps_back(cutoff, k) >= needed)
    plan = _told(first_day, cutoff, asked, step)
    return [c for c in plan if not c.broken][:MOST_TRAINING_WINDOWS] or plan[:MOST_TRAINING_WINDOWS]


def _told(first_day: date, cutoff: Cutoff, asked: Cutoff, step: int) -> list[Cutoff]:
    """Return the cutoffs of a plan, latest first: more of them where time was shut, for some windows may not teach."""
    most = count() if cutoff.shut else range(MOST_TRAINING_WINDOWS)
    plan = (asked.earlier(steps_back(cutoff, step + i)) for i in most)
    return list(takewhile(lambda c: c.since(first_day) >= MIN_HISTORY_DAYS, plan))


def same_season(first_day: date, cutoff: Cutoff, *, half: bool = False) -> list[Cutoff]:
    """Return up to 3 training cutoffs of the same season a year before ``cutoff``, beside those of ``plan_snapshots``.

    Recent windows show how customers are now, but another season: which of them buy in this one, last year's shows. A
    window of it needs a year of history, so that it knows who bought in the season before (measured: docs/method.md).

    Examples
    --------
    >>> [str(c.date) for c in same_season(date(2022, 1, 1), Cutoff("2024-03-01", horizon_days=60))]
    ['2023-03-07', '2023-02-20', '2023-03-22']
    """
    recent = plan_snapshots(first_day, cutoff, half=half)
    if not recent:
        return []
    known, steps = {c.date for c in recent}, steps_to(cutoff, days_of_years(cutoff, 1))
    days = [cutoff.earlier(steps_back(cutoff, max(steps + around, 0))).date for around in _AROUND]
    return [
        same
        for day in days
        if day not in known and day <= recent[0].date and (day - first_day).days >= YEAR_DAYS
        if not (same := replace(recent[0], date=day)).broken
    ]
