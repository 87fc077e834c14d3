"""When lines are refused: which option would read them. Suggests, never decides."""

import re
from collections.abc import Iterable
from datetime import datetime

from holdfast.data.readings import GROUPED, both_readings
from holdfast.data.source import Written

_DATE_FORMATS = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%b %d, %Y",
    "%d/%m/%y",
    "%m/%d/%y",
]
_TIMES = ["", " %H:%M", " %H:%M:%S", " %I:%M %p", "T%H:%M:%S"]
_ZONED = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z"]


def date_formats() -> list[str]:
    """Return the formats of dates, with and without a time, that are looked for where dates are not ISO 8601."""
    return [d + t for d in _DATE_FORMATS for t in _TIMES]


def date_option(samples: list[str], written: Written) -> str:
    """Return the sentence that names the ``date_format`` which reads every sample, or all that do."""
    key = written.key("date_format")
    if any(_reads(samples, f) for f in _ZONED):
        return f'Set {written.key("time_zone")} to the shop\'s zone, for example "Europe/London".'
    fits = [f for f in date_formats() if _reads(samples, f)]
    if not fits:
        return f"Set {key} to how dates are written, as in strptime: %d-%m-%Y for 31-12-2024."
    if len(fits) == 1:
        return f'Set {key}: "{fits[0]}".'
    return f"Set {key}; these all read the lines shown: " + ", ".join(f'"{f}"' for f in fits) + "."


def _reads(samples: list[str], date_format: str) -> bool:
    try:
        return bool(samples) and all(datetime.strptime(s.strip(), date_format) for s in samples)
    except ValueError:
        return False


def number_option(samples: list[str], written: Written) -> str:
    """Return the sentence that names the option which reads the numbers in ``samples``; both where two do."""
    marks = {c for s in samples for c in s if not c.isdigit() and c not in "-+ "}
    decimal, thousands = written.key("decimal"), written.key("thousands")
    if len(marks) == 1 and marks <= {",", "."}:
        (mark,) = marks
        if all(re.fullmatch(GROUPED, s.strip().replace(mark, ".")) for s in samples):
            return f"These can be read in two ways: {both_readings(mark, written)}"
        if any(s.count(mark) > 1 for s in samples):
            return f'Set {thousands}: "{mark}".'
        return f'Set {decimal}: "{mark}".' if mark != written.mark else _AS_STATED.format(decimal, thousands)
    if marks == {",", "."}:
        last = samples[0][max(samples[0].rfind(","), samples[0].rfind("."))]
        first = "," if last == "." else "."
        return f'Set {decimal}: "{last}" and {thousands}: "{first}".'
    if marks - {",", "."}:
        return "Numbers must be bare: take currency signs and words out of the column."
    return _AS_STATED.format(decimal, thousands)


_AS_STATED = "Numbers must be written as {} and {} say, and be below 10^12."


def for_column(column: str, reason: str, samples: Iterable[str], written: Written) -> str:
    """Return what to do about refused lines of one column."""
    known = [s for s in samples if s]
    if column == "customer_id" and not reason.endswith("is missing"):
        return "Hand ids over as text or as whole numbers; numbers above 2^53 held as floats are rounded."
    if column == "customer_id":
        return f"If lines without a customer are normal here, set {written.rule('missing_customer')}: drop."
    if reason.endswith("is missing"):
        return f"Fill {written.key(f'columns.{column}')} in the file, or map another column."
    if column == "ordered_at":
        return date_option(known, written)
    if column == "line":
        return (
            f"Mend these lines; if it is most of them, look at {written.key('delimiter')} and {written.key('quote')}."
        )
    return number_option(known, written)


def mask(value: str) -> str:
    """Show the shape of a value without the value: digits become 9, letters become x."""
    shape = "".join("9" if c.isdigit() else "x" if c.isalpha() else c for c in value[:30])
    return shape + ("…" if len(value) > 30 else "")
