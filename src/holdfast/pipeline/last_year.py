"""What the log itself says of the coming window a year ago: to be read beside what is foreseen."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from holdfast.churn.closed import STRETCH_DAYS, ClosedSeason
from holdfast.churn.plan import YEAR_DAYS
from holdfast.data.engine import EPOCH
from holdfast.features import Cutoff
from holdfast.features.shut import Shut, Stretch
from holdfast.language import told
from holdfast.pipeline.preparation import PreparedPurchases

# Fewer lines than these say nothing of a season; twice as many as now are another one.
_FEW, _OTHER = 20, 2.0


def other_level(prepared: PreparedPurchases) -> list[str]:
    """Return what to know where last year had far more purchases in the coming window than the newest one has."""
    cutoff = prepared.cutoff
    last_year, newest = _year_before(cutoff), cutoff.earlier(cutoff.horizon_days).day
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


def _year_before(cutoff: Cutoff) -> Cutoff:
    """Return the same cut a year of the calendar before, whatever was shut since."""
    return replace(cutoff, date=cutoff.date - timedelta(days=YEAR_DAYS), shut=Shut())


def closed_weeks(closed: ClosedSeason, cutoff: Cutoff) -> list[str]:
    """Return what to know of the days of the coming window on which nothing is sold, in any year or once."""
    said = [*_closed_every_year(ClosedSeason(closed.stretches), cutoff)]
    once = list(Shut(closed.once).within(cutoff.window_start, cutoff.window_end))
    of = {"days": cutoff.horizon_days}
    if closed.shut_throughout(cutoff):
        said.append(
            told(
                "You are shut on all of the {days:n day} to come (churn.shut), so nobody can buy in them: "
                "probabilities and purchases are those of the {days:n day} after you open again. Contact customers "
                "then.",
                **of,
            )
        )
    elif once:
        said.append(
            told(
                "Shut from {first} to {last}, as churn.shut says: nothing is expected on {shut} of the {days:n day} to "
                "come.",
                **of,
                first=once[0][0],
                last=once[-1][1],
                shut=sum((last - first).days + 1 for first, last in once),
            )
        )
    elif closed.open_days(cutoff) == 0:
        said.append(
            told(
                "No day of the {days:n day} to come is open, so nobody can buy: use a longer churn.horizon_days.", **of
            )
        )
    return said


def _closed_every_year(closed: ClosedSeason, cutoff: Cutoff) -> list[str]:
    shut = closed.within(cutoff.window_start, cutoff.window_end)
    if not shut:
        return []
    (first, last), open_days = (shut[0][0], shut[-1][1]), closed.open_days(cutoff)
    of = {"first": first, "last": last, "shut": cutoff.horizon_days - open_days, "days": cutoff.horizon_days}
    return [
        told(
            "Closed season, about {first} to {last}: nobody bought in these weeks of the years before, so nothing is "
            "expected on {shut} of the {days:n day} to come. If you are open then, more will buy.",
            **of,
        )
    ]


def unlearnt(closed: ClosedSeason, ahead: Sequence[Stretch]) -> list[str]:
    """Return what to know where ``churn.shut`` says of days to come what the model was not told."""
    return [
        told(
            "churn.shut says that you are shut from {first} to {last}, which the model was not told: train again, for "
            "purchases are expected then.",
            first=first,
            last=last,
        )
        for first, last in ahead
        if Shut(closed.once).days(first, last + timedelta(days=1)) < (last - first).days + 1
    ]


def stretch_without_purchases(prepared: PreparedPurchases, closed: ClosedSeason) -> list[str]:
    """Return what to know where nobody bought for weeks of last year's window, in a log that sells on most days.

    Not of what is ``closed`` every year.
    """
    cutoff, first = prepared.cutoff, (prepared.log.first_day - EPOCH).days
    last_year = _year_before(cutoff)
    found = prepared.log.everyone.execute(
        f"SELECT DISTINCT day FROM purchases WHERE day < {cutoff.day} ORDER BY day"
    ).fetchall()
    days = np.array([day for (day,) in found], dtype=np.int64)
    if len(days) < (cutoff.day - first) / 2:
        return []
    began, ended = ((day - EPOCH).days for day in (last_year.window_start, last_year.window_end))
    since, until = np.maximum(days[:-1] + 1, began), np.minimum(days[1:] - 1, ended - 1)
    longest = int(np.argmax(until - since))
    if until[longest] - since[longest] + 1 < STRETCH_DAYS:
        return []
    since_day, until_day = (EPOCH + timedelta(days=int(day)) for day in (since[longest], until[longest]))
    if max(closed.days(since_day, until_day), cutoff.shut.days(since_day, until_day)) >= STRETCH_DAYS - 1:
        return []
    return [
        told(
            "A year ago nobody bought from {first} to {last}; the log shows no such weeks in the year before, so "
            "whether you are shut every year or lines are missing is not known. The correction for the season counts "
            "part of it: if lines are missing, put them into the log, for the number of purchases is too low without "
            "them; if you are shut again, it is too high.",
            first=since_day,
            last=until_day,
        )
    ]
