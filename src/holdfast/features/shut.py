"""Days on which nobody could be seen to buy, once: time that counts for nobody, and how it is taken out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

import numpy as np
import numpy.typing as npt

from holdfast.data.engine import EPOCH

Stretch = tuple[date, date]
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Shut:
    """Stretches that are no time: whether the shop was shut or its lines are missing, silence in them says nothing.

    Attributes
    ----------
    stretches
        First and last day of each, in their order, none touching another.

    Examples
    --------
    >>> fire = Shut(((date(2024, 3, 1), date(2024, 3, 31)),))
    >>> fire.open_days(date(2024, 2, 20), date(2024, 4, 10))
    19
    >>> fire.after(date(2024, 2, 20), 19), fire.before(date(2024, 4, 10), 19)
    (datetime.date(2024, 4, 10), datetime.date(2024, 2, 20))
    """

    stretches: tuple[Stretch, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is any."""
        return bool(self.stretches)

    def days(self, start: date, end: date) -> int:
        """Return how many days from ``start`` to the day before ``end`` were shut."""
        return sum((last - first).days + 1 for first, last in self.within(start, end))

    def open_days(self, start: date, end: date) -> int:
        """Return how many days from ``start`` to the day before ``end`` were not; negative where ``end`` is earlier."""
        return (end - start).days - self.days(start, end)

    def within(self, start: date, end: date) -> Iterator[Stretch]:
        """Yield what of the stretches lies from ``start`` to the day before ``end``."""
        for first, last in self.stretches:
            since, until = max(first, start), min(last, end - _DAY)
            if since <= until:
                yield since, until

    def after(self, day: date, open_days: int) -> date:
        """Return the first day before which so many days, from ``day`` on, were not shut."""
        end = day + timedelta(days=open_days)
        for first, last in self.stretches:
            if last >= day and first < end:
                end += last - max(first, day) + _DAY
        return end

    def before(self, day: date, open_days: int) -> date:
        """Return the last day from which on so many days, to the day before ``day``, were not shut."""
        start = day - timedelta(days=open_days)
        for first, last in reversed(self.stretches):
            if first < day and last >= start:
                start -= min(last, day - _DAY) - first + _DAY
        return start

    def calendar_days(self, day: date | None, open_days: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return how many days of the calendar before ``day`` so many open ones are, shape (n,)."""
        if day is None or not self:
            return open_days
        different, places = np.unique(open_days, return_inverse=True)
        return np.array([(day - self.before(day, int(n))).days for n in different], dtype=np.int64)[places]

    def open_sql(self, column: str, until: date) -> str:
        """Return the SQL of a day, moved up by what was shut between it and ``until``."""
        cases, left = [], 0
        for first, last in reversed(list(self.within(date.min, until))):
            if last + _DAY < until:
                cases.append(f"WHEN {column} > {_number(last)} THEN {column} + {left}")
            cases.append(f"WHEN {column} >= {_number(first)} THEN {_number(last) + 1 + left}")
            left += (last - first).days + 1
        return f"CASE {' '.join(cases)} ELSE {column} + {left} END" if cases else column

    def calendar_sql(self, column: str, until: date) -> str:
        """Return the SQL that takes ``open_sql`` back."""
        cases, left = [], 0
        for first, last in reversed(list(self.within(date.min, until))):
            cases.append(f"WHEN {column} > {_number(last) + left} THEN {column} - {left}")
            left += (last - first).days + 1
        return f"(CASE {' '.join(cases)} ELSE {column} - {left} END)" if cases else column

    def to_dict(self) -> list[list[str]]:
        """Return plain values for JSON."""
        return [[first.isoformat(), last.isoformat()] for first, last in self.stretches]

    @classmethod
    def from_dict(cls, state: Sequence[Sequence[str]]) -> Self:
        """Make the days of ``to_dict``."""
        return cls(tuple((date.fromisoformat(first), date.fromisoformat(last)) for first, last in state))


def _number(day: date) -> int:
    return (day - EPOCH).days
