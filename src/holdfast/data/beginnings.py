"""Whether a log starts in the middle of a history: then the first purchase on file need not be a customer's first."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from holdfast.data.engine import EPOCH, Reads
from holdfast.language import told

_STEP_DAYS = 28
# Newcomers of the first step against those of a usual later one: logs cut in the middle showed 2.5 to 14 times as many,
# logs that begin with the shop at most 1.5 times.
_TIMES, _USUAL, _LEAST = 2.0, 1.5, 50
_LEAST_STEPS = 4
# Two standard errors: early customers who return clearly less often than later ones were won by an opening.
_CLEARLY = 2.0

# By step, how many of its newcomers bought again within 28 days.
_RETURNED = f"""
WITH bought AS (SELECT customer_id, day FROM purchases GROUP BY customer_id, day HAVING SUM(amount) > 0),
firsts AS (SELECT customer_id, MIN(day) AS first_day FROM bought GROUP BY customer_id),
every AS (
    SELECT firsts.customer_id, first_day FROM firsts JOIN bought ON firsts.customer_id = bought.customer_id
    WHERE day > first_day AND day <= first_day + {_STEP_DAYS} GROUP BY firsts.customer_id, first_day
)
SELECT CAST(FLOOR((first_day - {{start}}) * EXP(0) / {_STEP_DAYS}) AS INTEGER) AS step, COUNT(*) AS returned
FROM every GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True)
class Beginnings:
    """Customers whose beginning is not known: who first appears before ``until`` may have bought before the log begins.

    Attributes
    ----------
    customers
        How many they are.
    until
        Number of the first day (since 1970) on which newcomers are as many as usual.
    early, usual
        Customers who first appear in the first 28 days, and in 28 later days (the median).
    """

    customers: int
    until: int
    early: int
    usual: float

    def sentence(self) -> str:
        """Return what to tell a person."""
        return told(
            "{early:n customer} first appear in the first {step} days, {times:.1f} times as many as in {step} later "
            "ones: the log seems to start in the middle of the shop's history. Of the {customers:n customer} who first "
            "appear before {day} it is not known when they began: they have been customers for at least as long as the "
            "log shows. A file that reaches further back would tell.",
            early=self.early,
            step=_STEP_DAYS,
            times=self.early / self.usual,
            customers=self.customers,
            day=(EPOCH + timedelta(days=self.until)).isoformat(),
        )


def unknown_beginnings(connection: Reads, seen: str) -> Beginnings | None:
    """Return whose beginning the table ``purchases`` does not show; None where nothing says so.

    ``seen`` reads its customers (``customers_seen``).

    The sign is a rush of newcomers at the start that a steady stream of others follows: regular customers appear in the
    first weeks of a log, whenever it starts. A log of one cohort has no later stream, and says nothing; an opening with
    many customers who then return less often than others is no such sign.
    """
    ((last,),) = connection.execute("SELECT MAX(day) FROM purchases").fetchall()
    newcomers = connection.execute(
        f"SELECT first_day, COUNT(*) AS customers FROM {seen} WHERE first_day IS NOT NULL "
        "GROUP BY first_day ORDER BY first_day"
    ).fetchall()
    if not newcomers or (steps := int((last - newcomers[0][0] + 1) // _STEP_DAYS)) < _LEAST_STEPS:
        return None
    days, customers = np.array(newcomers, dtype=np.int64).T
    start, step = int(days[0]), (days - days[0]) // _STEP_DAYS
    new = np.bincount(step, weights=customers, minlength=steps)
    usual, early = float(np.median(new[2:steps])), int(new[0])
    if early < _LEAST or usual <= 0 or early < _TIMES * usual:
        return None
    again = np.zeros(len(new))
    for nth, returned in connection.execute(_RETURNED.replace("{start}", str(start))).fetchall():
        again[nth] = returned
    # The last whole step has not had its own 28 days to buy again.
    if _share_less(again[0], new[0], again[2 : steps - 1].sum(), new[2 : steps - 1].sum()):
        return None
    ends = int(np.argmax(new[1:steps] <= _USUAL * usual)) + 1
    return Beginnings(int(new[:ends].sum()), start + ends * _STEP_DAYS, early, usual)


def _share_less(again: float, of: float, later_again: float, of_later: float) -> bool:
    """Say whether the first share is clearly below the second."""
    a, b = again / of, later_again / max(of_later, 1.0)
    error = np.sqrt(a * (1 - a) / of + b * (1 - b) / max(of_later, 1.0))
    return bool(b - a > _CLEARLY * error)
