"""One day, in whatever form Python's users have it; a moment within a day is none."""

import datetime

import numpy as np

Day = datetime.date | np.datetime64 | str
"""A day as ``read_day`` takes it; a pandas Timestamp is a ``datetime.date`` too."""

_ADVICE = 'give a date, a timestamp at midnight without a time zone, or ISO text such as "2024-06-24"'


def read_day(value: Day, name: str) -> datetime.date:
    """Return a day from a date, a datetime, a pandas or numpy timestamp, or ISO text.

    Parameters
    ----------
    value
        The day. A timestamp must be at midnight, and must have no time zone: which day it lies on would depend on
        the zone.
    name
        What the caller calls it.

    Raises
    ------
    ValueError
        It is none of these, is missing, lies within a day, or has a time zone.

    Examples
    --------
    >>> read_day("2024-06-24", "cutoff"), read_day(np.datetime64("2024-06-24"), "cutoff")
    (datetime.date(2024, 6, 24), datetime.date(2024, 6, 24))
    """
    moment = _moment(value)
    # A missing pandas timestamp is a datetime that equals nothing, not even itself.
    if moment is None or moment != moment:
        raise ValueError(f"{name} is not a day: {_ADVICE}")
    if not isinstance(moment, datetime.datetime):
        return moment
    if moment.tzinfo is not None:
        raise ValueError(f"{name} has a time zone, and which day it is depends on the zone: {_ADVICE}")
    if moment.time() != datetime.time.min or getattr(moment, "nanosecond", 0) != 0:
        raise ValueError(
            f"{name} lies within a day ({moment.time()}), but purchases are known by whole days: {_ADVICE}"
        )
    return moment.date()


def read_today(value: Day | None) -> datetime.date:
    """Return the day that a caller calls today; the machine's date if none was given.

    Raises
    ------
    ValueError
        It is no day (``read_day``).

    Examples
    --------
    >>> read_today("2024-06-24")
    datetime.date(2024, 6, 24)
    """
    return datetime.date.today() if value is None else read_day(value, "today")


def is_day(text: str) -> bool:
    """Say whether a text is a date as we write them: the name of an output folder, an as-of date of scores.

    Examples
    --------
    >>> is_day("2024-06-24"), is_day("20240624"), is_day("snapshot")
    (True, False, False)
    """
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _moment(value: object) -> datetime.date | None:
    if isinstance(value, datetime.date):
        return value
    if isinstance(value, np.datetime64):
        # Months and years are no days; a finer unit than microseconds is cut only where that loses nothing.
        unit = np.datetime_data(value.dtype)[0]
        exact = unit not in ("Y", "M", "W", "generic") and value.astype("datetime64[us]") == value
        found: datetime.date | None = value.astype("datetime64[us]").item() if exact else None
        return found
    if isinstance(value, str):
        try:
            return datetime.datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    return None
