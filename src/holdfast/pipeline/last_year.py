"""What the log itself says of the coming window a year ago: to be read beside what is foreseen."""

from datetime import timedelta

import numpy as np

from holdfast.churn.season import YEAR_DAYS
from holdfast.data.engine import EPOCH
from holdfast.language import told
from holdfast.pipeline.preparation import PreparedPurchases

# Fewer lines than these say nothing of a season; twice as many as now are another one.
_FEW, _OTHER = 20, 2.0
# Days without a purchase, one after the other, that are worth naming where most other days have some.
_STRETCH_DAYS = 21


def other_level(prepared: PreparedPurchases) -> list[str]:
    """Return what to know where last year had far more purchases in the coming window than the newest one has."""
    cutoff = prepared.cutoff
    last_year, newest = cutoff.earlier(YEAR_DAYS), cutoff.day - cutoff.horizon_days
    if prepared.log.first_day > last_year.window_start:
        return []
    began, ended = ((day - EPOCH).days for day in (last_year.window_start, last_year.window_end))
    ((then, now),) = prepared.log.everyone.execute(
        f"SELECT COUNT(CASE WHEN day >= {began} AND day < {ended} THEN 1 END), "
        f"COUNT(CASE WHEN day >= {newest} AND day < {cutoff.day} THEN 1 END) FROM purchases"
    ).fetchall()
    # Fewer then than now may be growth.
    if then < max(_OTHER * now, _FEW):
        return []
    return [
        told(
            "A year ago the log had {then:,} lines in the {days:n day} that are now to come, and {now:,} in the "
            "newest {days:n day}: the model has seen no such season, so how many buy, and totals, may be far off.",
            then=then,
            now=now,
            days=cutoff.horizon_days,
        )
    ]


def stretch_without_purchases(prepared: PreparedPurchases) -> list[str]:
    """Return what to know where nobody bought for weeks of last year's window, in a log that sells on most days."""
    cutoff, first = prepared.cutoff, (prepared.log.first_day - EPOCH).days
    last_year = cutoff.earlier(YEAR_DAYS)
    found = prepared.log.everyone.execute(
        f"SELECT DISTINCT day FROM purchases WHERE day < {cutoff.day} ORDER BY day"
    ).fetchall()
    days = np.array([day for (day,) in found], dtype=np.int64)
    if len(days) < (cutoff.day - first) / 2:
        return []
    began, ended = ((day - EPOCH).days for day in (last_year.window_start, last_year.window_end))
    since, until = np.maximum(days[:-1] + 1, began), np.minimum(days[1:] - 1, ended - 1)
    longest = int(np.argmax(until - since))
    if until[longest] - since[longest] + 1 < _STRETCH_DAYS:
        return []
    return [
        told(
            "A year ago nobody bought from {first} to {last}, and the correction for the season counts that: if lines "
            "are missing there, put them into the log, for the number of purchases is too low without them.",
            first=EPOCH + timedelta(days=int(since[longest])),
            last=EPOCH + timedelta(days=int(until[longest])),
        )
    ]
