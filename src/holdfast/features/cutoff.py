"""The only place where time is cut."""

import datetime
from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from holdfast.data.day import Day, read_day
from holdfast.data.engine import EPOCH


@dataclass(frozen=True)
class Cutoff:
    """A day that divides what may be known from what is to be predicted.

    Features use purchases before ``date``; the outcome window is
    ``[date + gap_days, date + gap_days + horizon_days)``.

    Parameters
    ----------
    date
        First day that is NOT known: a date, a timestamp at midnight, or ISO text (``read_day``).
    horizon_days
        Length of the outcome window.
    gap_days
        Lead time a team needs between the list and the first day that counts.

    Examples
    --------
    >>> c = Cutoff(datetime.date(2024, 1, 1), horizon_days=90)
    >>> c.window_start.isoformat(), c.window_end.isoformat()
    ('2024-01-01', '2024-03-31')
    """

    date: datetime.date
    horizon_days: int
    gap_days: int = 0

    def __post_init__(self) -> None:
        """Read the day; refuse windows that are empty or start in the past."""
        object.__setattr__(self, "date", read_day(self.date, "the cutoff's date"))
        if self.horizon_days < 1 or self.gap_days < 0:
            raise ValueError("horizon_days must be at least 1 and gap_days at least 0")

    @property
    def day(self) -> int:
        """Days from 1970-01-01 to ``date``."""
        return (self.date - EPOCH).days

    @property
    def window_start(self) -> datetime.date:
        """First day of the outcome window."""
        return self.date + timedelta(days=self.gap_days)

    @property
    def window_end(self) -> datetime.date:
        """First day after the outcome window."""
        return self.window_start + timedelta(days=self.horizon_days)

    def earlier(self, days: int) -> "Cutoff":
        """Return the same cut ``days`` earlier."""
        return Cutoff(self.date - timedelta(days=days), self.horizon_days, self.gap_days)

    def observed_by(self, day: Day) -> bool:
        """Say whether the whole outcome window lies before ``day``."""
        return self.window_end <= read_day(day, "day")

    def split(self, purchases: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return (past, outcome window) of a frame with a ``day`` column; rows in neither are left out."""
        start, end = (self.window_start - EPOCH).days, (self.window_end - EPOCH).days
        past = purchases[purchases["day"] < self.day]
        return past, purchases[(purchases["day"] >= start) & (purchases["day"] < end)]
