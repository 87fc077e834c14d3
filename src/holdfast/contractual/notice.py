"""Notice that was given before the as-of date: ends that are known ahead, and what they leave to the others."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from holdfast.contractual.spells import NOTICED, OPEN, Spells, covering
from holdfast.features import Cutoff
from holdfast.language import told
from holdfast.learn.arrays import Floats

ENDS_IN = "ends_in_days"
# Contracts are sold ahead, but of those that begin in as long a time before at most this share.
_SOLD_AHEAD = 0.25
# Of the ends of spells so far so many were the end of the contract, or ends are those of terms.
_FINAL = 0.8
# Where others are expected to leave a fifth as often, a list comes too late; so much longer a horizon may not.
_LEAST_NOTICES, _HARDLY, _LONGER = 5, 0.2, 3


def ends_in(spells: Spells, cutoff: Cutoff, customers: pd.Series, *, stated: bool = False) -> Floats | None:
    """Return in how many days the contracts of customers who are under contract at the cutoff are known to end.

    Parameters
    ----------
    spells
        As the table has them now.
    cutoff
        The as-of date.
    customers
        Under contract at it, shape (n,).
    stated
        Whether a column of its own says who gave notice (``columns.leaves_at``).

    Returns
    -------
    array or None
        Days from the as-of date, shape (n,); NaN where no end is known. ``None`` where the table does not tell: it was
        exported later than the as-of date, so that its ends are what happened; or ends ahead may be those of terms,
        for a fifth of what runs has one, or of the spells that have ended so far a fifth was renewed; or the table says
        itself who gave notice (``NOTICED``), and nobody did.

    Examples
    --------
    >>> from datetime import date
    >>> frame = pd.DataFrame({"customer_id": list("abcdef"), "start": [0, 1, 2, 3, 4, 5], "end": [*[OPEN] * 5, 110]})
    >>> spells = Spells.of(frame.assign(end_reason=None), renewal_days=30)
    >>> ends_in(spells, Cutoff(date(1970, 4, 11), 30), pd.Series(["a", "f"])).tolist()
    [nan, 10.0]
    >>> ends_in(spells, Cutoff(date(1970, 1, 4), 30), pd.Series(["a"])) is None
    True
    """
    day = cutoff.day
    if exported_later(spells, day):
        return None
    begun = spells.begun_before(day)
    whole, over = begun.contracts(), day - spells.renewal_days
    if NOTICED in begun.frame:
        noticed = begun.frame[NOTICED].to_numpy(dtype=bool)[whole["last"].to_numpy()]
        if not noticed.any():
            return None
        whole = whole.assign(end=whole["end"].where(noticed | (whole["end"] < day), OPEN))
    final, ended = int((whole["end"] < over).sum()), int((begun.frame["end"] < over).sum())
    stated = stated or NOTICED in begun.frame
    if not stated and (begun.end_of_hindsight(day) != OPEN or final < _FINAL * ended):
        return None
    ends = covering(whole, day, customers)["end"].fillna(OPEN).to_numpy()
    return np.where(ends == OPEN, np.nan, ends - float(day))


def too_late(p: Floats, days: Floats, cutoff: Cutoff) -> list[str]:
    """Return the note that nearly all who will leave in the window have given notice, so that a list comes too late.

    Parameters
    ----------
    p
        P(churn) of those under contract, shape (n,).
    days
        In how many days each contract is known to end, shape (n,); NaN where no end is known.
    cutoff
        The as-of date and the window.

    Examples
    --------
    >>> days = np.array([10.0] * 8 + [np.nan] * 500)
    >>> (said,) = too_late(np.array([1.0] * 8 + [0.002] * 500), days, Cutoff("2024-07-01", 30))
    >>> print(said.partition(":")[0])
    8 customers have given notice to leave before 2024-07-31, and hardly anybody else will
    >>> too_late(np.array([1.0] * 8 + [0.02] * 500), days, Cutoff("2024-07-01", 30))
    []
    """
    within = (days >= cutoff.gap_days) & (days < cutoff.gap_days + cutoff.horizon_days)
    others = np.isnan(days)
    expected = float(p[others].sum())
    if within.sum() < _LEAST_NOTICES or expected >= _HARDLY * within.sum():
        return []
    return [
        told(
            "{gave:n customer} have given notice to leave before {until}, and hardly anybody else will: of {others:n "
            "customer} without notice {expected:,.1f} are expected to. A list of risk comes too late for them: set "
            "churn.horizon_days beyond the time of notice ({longer}, say), and it finds who will give notice.",
            gave=int(within.sum()),
            until=cutoff.window_end,
            others=int(others.sum()),
            expected=expected,
            longer=_LONGER * cutoff.horizon_days,
        )
    ]


def exported_later(spells: Spells, day: int) -> bool:
    """Say whether a table was exported later than a day: more contracts begin after it than are sold ahead."""
    starts = spells.frame["start"].to_numpy()
    later = starts[starts >= day]
    if not len(later):
        return False
    before = ((starts < day) & (starts >= day - (later.max() + 1 - day))).sum()
    return bool(len(later) > _SOLD_AHEAD * before)


@dataclass(frozen=True)
class Notice:
    """What follows from the ends that are known ahead for those of which none is known.

    Attributes
    ----------
    given
        Of contracts that end in a window, the share whose end is known on the as-of date before it (0 to 1).
    """

    given: float = 0.0

    @classmethod
    def of(cls, p: Floats, days: Floats | None, window: tuple[int, int]) -> "Notice":
        """Compare the ends that are known with those that are expected.

        Parameters
        ----------
        p
            P(the contract ends in the window) by a model that knows of no notice, shape (n,).
        days
            As of ``ends_in``.
        window
            Days from the as-of date to the first day of the window, and to the first after it.

        Examples
        --------
        >>> days = np.where(np.arange(100) < 4, 10.0, np.nan)
        >>> Notice.of(np.full(100, 0.08), days, (0, 30)).given
        0.5
        """
        known = 0 if days is None else int(((days >= window[0]) & (days < window[1])).sum())
        if not known:
            return cls()
        expected = float(p.sum())
        # Rule of succession: of as many ends as are expected so many are known.
        return cls((min(known, expected) + 1) / (expected + 2))

    def applied(self, p: Floats, days: Floats, until: int) -> Floats:
        """Return P(the contract ends in the window), given what is known of its end, shape (n,).

        Where an end is known: 1 if it lies before the end of the window, which is ``until`` days away, else 0. Of the
        others, those who leave are the ones who have not given notice yet: p(1 − g)/(1 − p·g), with g the share of
        ends that are known ahead.

        Examples
        --------
        >>> Notice(0.5).applied(np.array([0.2, 0.2, 0.2]), np.array([np.nan, 10, 40]), 30).round(3).tolist()
        [0.111, 1.0, 0.0]
        """
        others = p * (1 - self.given) / (1 - p * self.given)
        return np.where(np.isnan(days), others, (days < until).astype(np.float64))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"given": self.given}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "Notice":
        """Make the one of ``to_dict``."""
        return cls(state["given"])
