"""Which past days a model of contracts learns from."""

from calendar import monthrange
from datetime import date, timedelta

import numpy as np

from holdfast.churn import plan_snapshots
from holdfast.churn.definition import MIN_HISTORY_DAYS
from holdfast.churn.plan import YEAR_DAYS
from holdfast.contractual.spells import OPEN, Spells
from holdfast.features import Cutoff

MOST_ROWS = 200_000
"""Windows further back are added until there are so many rows, a customer in several windows counted in each."""
MOST_LEARNERS = 100_000
"""About so many customers under contract are learnt from in each window, so that millions cost no more."""
_HISTORY_DAYS = 112
LAST = 31
"""In place of a day of the month: its last one, whichever that is."""
# So many of the ends of two years lie on one day of the month where contracts end by the month, of so many ends.
_MOSTLY, _FEWEST, _TWO_YEARS = 0.8, 20, 730


def day_of_ends(spells: Spells, day: int) -> int | None:
    """Return the day of the month on which contracts end, as far as known on ``day``; ``None`` where they end on any.

    Parameters
    ----------
    spells
        As they were read.
    day
        First day that is not known, days since 1970-01-01. The two years before it count.

    Returns
    -------
    int or None
        From 1 to 30, or ``LAST``.

    Examples
    --------
    >>> import pandas as pd
    >>> from holdfast.data.engine import EPOCH
    >>> ends = [(date(2023, 1 + i % 12, monthrange(2023, 1 + i % 12)[1]) - EPOCH).days for i in range(24)]
    >>> frame = pd.DataFrame({"customer_id": [f"C{i}" for i in range(24)], "start": 19_000, "end": ends})
    >>> spells = Spells.of(frame.assign(end_reason=None), renewal_days=30)
    >>> day_of_ends(spells, 19_800) == LAST, day_of_ends(spells, 19_400) is None
    (True, True)
    """
    ends = spells.known_at(day).contracts()["end"].to_numpy()
    ends = ends[(ends < OPEN) & (ends >= day - _TWO_YEARS)]
    if len(ends) < _FEWEST:
        return None
    days = ends.astype("datetime64[D]")
    of_month = (days - days.astype("datetime64[M]")).astype(np.int64) + 1
    is_last = (days + 1).astype("datetime64[M]") > days.astype("datetime64[M]")
    if is_last.mean() >= _MOSTLY:
        return LAST
    common = int(np.bincount(of_month).argmax())
    return common if (of_month == common).mean() >= _MOSTLY else None


def ends_within(cutoff: Cutoff, day_of_month: int) -> int:
    """Return how many days of the outcome window are this day of a month.

    Examples
    --------
    >>> ends_within(Cutoff("2024-05-01", 30), LAST), ends_within(Cutoff("2024-06-01", 30), LAST)
    (0, 1)
    """
    first, last = cutoff.window_start, cutoff.window_end
    days = (first + timedelta(days=i) for i in range((last - first).days))
    return sum(d.day == min(day_of_month, monthrange(d.year, d.month)[1]) for d in days)


def windows_of(spells: Spells, cutoff: Cutoff) -> list[Cutoff]:
    """Return the training cutoffs of a table as of ``cutoff``, latest first: on the newest its model is tested."""
    ends_on = day_of_ends(spells, cutoff.day)
    return training_windows(spells.first_day, cutoff, renewal_days=spells.renewal_days, ends_on=ends_on)


def training_windows(
    first_day: date, cutoff: Cutoff, *, renewal_days: int = 0, ends_on: int | None = None
) -> list[Cutoff]:
    """Return the training cutoffs for a model as of ``cutoff``, latest first.

    The newest are those of ``plan_snapshots``, a quarter of a window apart; behind them lie whole windows, one after
    the other, up to the same season a year before. A contract ends once, at times that hardly any of the newest windows
    sees (its anniversary, a rise in prices, a season), and who stands in a window far back is mostly somebody else:
    measured in docs/method.md.

    Parameters
    ----------
    first_day
        Of the table; windows far back need 112 days of it before them.
    cutoff
        Of the question.
    renewal_days
        It takes so many days after a window to see who renews.
    ends_on
        The day of the month on which contracts end, if there is one (``day_of_ends``). Windows then lie a month apart,
        and each holds as many of these days as the one that is asked about: a window of 30 days holds one, or none, or
        two, and with it all ends, or none, or twice as many.

    Examples
    --------
    >>> windows = training_windows(date(2020, 1, 1), Cutoff("2024-03-01", horizon_days=30))
    >>> len(windows), str(windows[0].date), str(windows[7].date), str(windows[-1].date)
    (18, '2024-01-31', '2023-11-17', '2023-01-21')
    >>> windows = training_windows(date(2020, 1, 1), Cutoff("2024-03-05", horizon_days=30), ends_on=LAST)
    >>> len(windows), str(windows[0].date), str(windows[1].date), str(windows[-1].date)
    (13, '2024-02-04', '2024-01-05', '2023-02-05')
    """
    if ends_on is not None and (held := ends_within(cutoff, ends_on)):
        return _in_step(first_day, cutoff, renewal_days, ends_on, held)
    cutoff = cutoff.earlier(renewal_days)
    newest = plan_snapshots(first_day, cutoff)
    if not newest:
        return []
    window, windows = cutoff.gap_days + cutoff.horizon_days, list(newest)
    # Half a window is near enough to the day a year before.
    while (newest[0].date - (further := windows[-1].earlier(window)).date).days <= YEAR_DAYS + window // 2:
        if (further.date - first_day).days < _HISTORY_DAYS:
            break
        windows.append(further)
    return windows


def _in_step(first_day: date, cutoff: Cutoff, renewal_days: int, ends_on: int, held: int) -> list[Cutoff]:
    """Return windows a month apart, up to a year back, each moved back by so few days that it holds as many ends."""
    window, windows = cutoff.gap_days + cutoff.horizon_days, list[Cutoff]()
    known = cutoff.date - timedelta(days=renewal_days)
    for months in range(1, 12 + 2 + (2 * window + renewal_days) // 28):
        tried = cutoff.earlier((cutoff.date - _months_before(cutoff.date, months)).days)
        while tried.window_end > known or (ends_within(tried, ends_on) != held and tried.date > first_day):
            tried = tried.earlier(1)
        if windows and tried.date >= windows[-1].date:
            continue
        if (tried.date - first_day).days < (_HISTORY_DAYS if windows else MIN_HISTORY_DAYS):
            break
        if windows and (windows[0].date - tried.date).days > YEAR_DAYS + window // 2:
            break
        windows.append(tried)
    return windows


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
