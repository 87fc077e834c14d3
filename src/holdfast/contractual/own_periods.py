"""Customers billed in periods of their own (a year, a quarter): when the next is due, and who cannot leave before."""

import numpy as np
import pandas as pd

from holdfast.contractual.periods import MONTH_DAYS
from holdfast.features import Cutoff
from holdfast.learn.arrays import Floats, Ints

EVERY, DUE = "months that a bill pays for", "first day that the bill does not pay for any more"
"""Columns of spells where customers are billed in periods of their own; the second of bills alone."""
CANNOT = "renewal_in_window"
"""Column in which a 0 says that a contract of bills cannot end in the window."""
_MONTHS_DIFFER = 3


def days_of_months(months: Floats) -> Ints:
    """Return the days of so many months, at least one, shape (n,)."""
    return np.maximum(np.round(months * MONTH_DAYS), 1).astype(np.int64)


def renewals_due(spell: pd.DataFrame, cutoff: Cutoff, run: Ints, grace_days: int) -> dict[str, Floats | Ints]:
    """Return of the spells in force for how many months a bill pays, and whether a renewal is decided in the window.

    Parameters
    ----------
    spell
        With ``EVERY`` and, of bills, ``DUE``.
    cutoff
        As-of date and window.
    run
        Days since the spell began, shape (n,).
    grace_days
        Of bills: a contract ends on the day on which the next is so many days late, and on no other.

    Examples
    --------
    >>> spell = pd.DataFrame({EVERY: [12.0, 12.0, 1.0], DUE: [19_845, 20_000, 19_845]})
    >>> cutoff = Cutoff("2024-05-01", 30)  # day 19,844
    >>> found = renewals_due(spell, cutoff, np.array([364, 209, 29]), 10)
    >>> found["bill_months"].tolist(), found["renewal_in_window"].tolist()
    ([12.0, 12.0, 1.0], [1, 0, 1])
    """
    months = spell[EVERY].to_numpy(dtype=np.float64)
    length = days_of_months(months)
    exact = DUE in spell
    left = spell[DUE].to_numpy() + grace_days - cutoff.day if exact else (length - run) % length
    first, last = cutoff.gap_days, cutoff.gap_days + cutoff.horizon_days
    slack = 0 if exact else _MONTHS_DIFFER
    further = np.maximum(np.ceil((first - slack - left) / length), 0)
    comes = left + further * length
    # Only the next bill's day is known exactly.
    within = comes < last + np.where(further > 0, _MONTHS_DIFFER, slack)
    return {"bill_months": months, CANNOT: within.astype(np.int64)}
