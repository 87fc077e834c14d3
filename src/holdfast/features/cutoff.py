"""The only place where time is cut."""

import datetime
from dataclasses import dataclass, field, replace

import pandas as pd

from holdfast.data.day import Day, read_day
from holdfast.data.engine import EPOCH
from holdfast.features.shut import Shut

# Of the days of an outcome window.
_MOST_SHUT = 0.05


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
    shut
        Days on which nobody could be seen to buy, once: they are no time. What lies before them moves up to the day
        that comes after them, and gap, window and earlier cutoffs are counted in the days that remain.

    Examples
    --------
    >>> c = Cutoff(datetime.date(2024, 1, 1), horizon_days=90)
    >>> c.window_start.isoformat(), c.window_end.isoformat()
    ('2024-01-01', '2024-03-31')
    >>> fire = Shut(((datetime.date(2023, 11, 1), datetime.date(2023, 11, 30)),))
    >>> before = Cutoff("2024-01-01", horizon_days=90, shut=fire).earlier(90)
    >>> before.date.isoformat(), before.window_end.isoformat(), before.days_shut
    ('2023-09-03', '2024-01-01', 30)
    """

    date: datetime.date
    horizon_days: int
    gap_days: int = 0
    shut: Shut = field(default_factory=Shut, repr=False)

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
        return self.shut.after(self.date, self.gap_days)

    @property
    def window_end(self) -> datetime.date:
        """First day after the outcome window."""
        return self.shut.after(self.window_start, self.horizon_days)

    def earlier(self, days: int) -> "Cutoff":
        """Return the same cut ``days`` earlier, those that were shut not counted."""
        return replace(self, date=self.shut.before(self.date, days))

    def since(self, day: datetime.date) -> int:
        """Return how many days lie from ``day`` to the cutoff, those that were shut not counted."""
        return self.shut.open_days(day, self.date)

    @property
    def days_shut(self) -> int:
        """How many days were shut from the cutoff to the end of the outcome window."""
        return (self.window_end - self.date).days - self.gap_days - self.horizon_days

    @property
    def broken(self) -> bool:
        """Whether so much time was shut in the outcome window, or before it, that its outcome is not as others are."""
        return self.days_shut > _MOST_SHUT * self.horizon_days

    def open_day(self, day: str) -> str:
        """Return the SQL of a day as counted from the cutoff back: what was shut in between is no time."""
        return self.shut.open_sql(day, self.date)

    def calendar_day(self, day: str) -> str:
        """Return the SQL of the day in the calendar of one that ``open_day`` returned."""
        return self.shut.calendar_sql(day, self.date)

    def observed_by(self, day: Day) -> bool:
        """Say whether the whole outcome window lies before ``day``."""
        return self.window_end <= read_day(day, "day")

    def split(self, purchases: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return (past, outcome window) of a frame with a ``day`` column; rows in neither are left out."""
        start, end = (self.window_start - EPOCH).days, (self.window_end - EPOCH).days
        past = purchases[purchases["day"] < self.day]
        return past, purchases[(purchases["day"] >= start) & (purchases["day"] < end)]
