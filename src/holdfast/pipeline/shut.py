"""What was shut once, or will be: as the configuration says, else as the log shows; and what is told of it."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from holdfast.churn import plan_snapshots
from holdfast.churn.closed import shut_once
from holdfast.data import PurchaseLog
from holdfast.data.engine import EPOCH
from holdfast.data.plausible import EMPTY_MONTHS
from holdfast.features import Cutoff
from holdfast.features.shut import Shut, Stretch
from holdfast.language import told
from holdfast.learn.arrays import Ints

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Closures:
    """What was shut before an as-of date, what will be, what is told of both, and on which days somebody bought."""

    past: Shut
    ahead: tuple[Stretch, ...]
    notes: list[str]
    days: Ints

    def beside(self, notes: list[str]) -> list[str]:
        """Return the notes of the log without the one on months without a line, where all of them were shut."""
        months = np.unique(self.days.astype("datetime64[D]").astype("datetime64[M]"))
        empty = np.setdiff1d(np.arange(months[0], months[-1]), months) if len(months) else months
        begins = [(one.astype(date), (one + 1).astype(date)) for one in empty]
        if not begins or any(self.past.open_days(first, end) for first, end in begins):
            return notes
        return [note for note in notes if not note.startswith(EMPTY_MONTHS.partition("{")[0])]


def closures(stated: tuple[Stretch, ...] | None, log: PurchaseLog, as_of: date) -> Closures:
    """Return what is shut once.

    Parameters
    ----------
    stated
        ``churn.shut``; None: what the log shows. A day on which somebody bought was open, whatever is stated.
    log, as_of
        The purchases, and the first day not known.
    """
    days = days_of_purchases(log, as_of)
    if stated is None:
        found = shut_once(days, as_of)
        return Closures(Shut(found), (), [_found(one, as_of) for one in found], days)
    ahead = tuple((max(first, as_of), last) for first, last in stated if last >= as_of)
    past = Shut(tuple((first, min(last, as_of - _DAY)) for first, last in stated if first < as_of))
    notes = [_stated(past, days)] if past else []
    # An empty list denies all of them.
    others = [one for one in shut_once(days, as_of) if stated and not past.days(one[0], one[1] + _DAY)]
    return Closures(_silent(past, days), ahead, [*notes, *(_not_stated(one) for one in others)], days)


def few_windows(log: PurchaseLog, cutoff: Cutoff) -> list[str]:
    """Return what to know where every window to learn from holds days that were shut: there is nothing else."""
    windows = plan_snapshots(log.first_day, cutoff)
    if not windows or not windows[0].broken:
        return []
    return [
        told(
            "Every window of {days:n day} to learn from holds days that were shut: they teach nevertheless, without "
            "these days. Who left while you were shut is seen only later, so risks may be off: a shorter "
            "churn.horizon_days helps.",
            days=cutoff.horizon_days,
        )
    ]


def days_of_purchases(log: PurchaseLog, as_of: date) -> Ints:
    """Return the days before a date on which anybody bought, from 1970-01-01, each once, in their order."""
    found = log.everyone.execute(
        f"SELECT DISTINCT day FROM purchases WHERE amount > 0 AND day < {(as_of - EPOCH).days} ORDER BY day"
    ).fetchall()
    return np.array([day for (day,) in found], dtype=np.int64)


def _silent(stated: Shut, days: Ints) -> Shut:
    """Return the days stated on which nobody bought."""
    left: list[Stretch] = []
    for first, last in stated.stretches:
        a, b = (first - EPOCH).days, (last - EPOCH).days
        edges = [a - 1, *(int(d) for d in days[(days >= a) & (days <= b)]), b + 1]
        left += [
            (EPOCH + timedelta(days=since + 1), EPOCH + timedelta(days=until - 1))
            for since, until in pairwise(edges)
            if until - since > 1
        ]
    return Shut(tuple(left))


def _stated(past: Shut, days: Ints) -> str:
    open_days = sum(
        int(np.count_nonzero((days >= (first - EPOCH).days) & (days <= (last - EPOCH).days)))
        for first, last in past.stretches
    )
    shut = sum((last - first).days + 1 for first, last in past.stretches)
    if open_days:
        return told(
            "churn.shut: somebody bought on {open_days} of the {days:n day} stated before as_of; these days count as "
            "open, the others as nobody's silence. If you were open, correct the dates.",
            open_days=open_days,
            days=shut,
        )
    return told("churn.shut: {days:n day} before as_of count as nobody's silence.", days=shut)


def _found(one: Stretch, as_of: date) -> str:
    first, last = one
    if last == as_of - _DAY:
        return told(
            "Nobody bought from {first} on: you are shut, or the newest lines are missing. The {days:n day} count as "
            "nobody's silence, and scores are as if you opened on as_of. Say until when you are shut "
            "(churn.shut: {closure}), or that you were open (churn.shut: []); if lines are missing, put them into the "
            "log.",
            closure=f"[{{from: {first}, until: …}}]",
            first=first,
            days=(last - first).days + 1,
        )
    return told(
        "Nobody bought from {first} to {last}: you were shut, or lines are missing. The {days:n day} count as nobody's "
        "silence, and nothing is learnt from windows in them. Confirm (churn.shut: {closure}) or deny it "
        "(churn.shut: []); if lines are missing, put them into the log.",
        closure=f"[{{from: {first}, until: {last}}}]",
        first=first,
        last=last,
        days=(last - first).days + 1,
    )


def _not_stated(one: Stretch) -> str:
    return told(
        "Nobody bought from {first} to {last}, which churn.shut does not name: add it if you were shut or lines are "
        "missing, for it counts as the customers' silence.",
        first=one[0],
        last=one[1],
    )
