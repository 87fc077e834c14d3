"""When lines are refused: which option would read them. Suggests, never decides."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from holdfast.data.source import Source
from holdfast.errors import DataError

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


def date_option(samples: list[str]) -> str:
    """Return the sentence that names the ``date_format`` which reads every sample, or all that do."""
    if any(_reads(samples, f) for f in _ZONED):
        return 'Set purchases.time_zone to the shop\'s zone, for example "Europe/London".'
    fits = [d + t for d in _DATE_FORMATS for t in _TIMES if _reads(samples, d + t)]
    if not fits:
        return "Set purchases.date_format to how dates are written, as in strptime: %d-%m-%Y for 31-12-2024."
    if len(fits) == 1:
        return f'Set purchases.date_format: "{fits[0]}".'
    return "Set purchases.date_format; these all read the lines shown: " + ", ".join(f'"{f}"' for f in fits) + "."


def _reads(samples: list[str], date_format: str) -> bool:
    try:
        return bool(samples) and all(datetime.strptime(s.strip(), date_format) for s in samples)
    except ValueError:
        return False


def number_option(samples: list[str], source: Source) -> str:
    """Return the sentence that names the option which reads the numbers in ``samples``."""
    marks = {c for s in samples for c in s if not c.isdigit() and c not in "-+ "}
    other = "," if source.decimal == "." else "."
    if marks == {other}:
        return f'Set purchases.decimal: "{other}".'
    if marks == {",", "."}:
        last = samples[0][max(samples[0].rfind(","), samples[0].rfind("."))]
        first = "," if last == "." else "."
        return f'Set purchases.decimal: "{last}" and purchases.thousands: "{first}".'
    if marks - {",", "."}:
        return "Numbers must be bare: take currency signs and words out of the column."
    return "Numbers must be written as purchases.decimal and purchases.thousands say."


def for_column(column: str, reason: str, samples: Iterable[str], source: Source) -> str:
    """Return what to do about refused lines of one column."""
    known = [s for s in samples if s]
    if column == "customer_id":
        return "If lines without a customer are normal here, set purchases.rules.missing_customer: drop."
    if reason.endswith("is missing"):
        return f"Fill purchases.columns.{column} in the file, or map another column."
    if column == "ordered_at":
        return date_option(known)
    if column == "line":
        return "Mend these lines; if it is most of them, look at purchases.delimiter and purchases.quote."
    return number_option(known, source)


def mask(value: str) -> str:
    """Show the shape of a value without the value: digits become 9, letters become x."""
    shape = "".join("9" if c.isdigit() else "x" if c.isalpha() else c for c in value[:30])
    return shape + ("…" if len(value) > 30 else "")


@contextmanager
def speaking_of(section: str) -> Iterator[None]:
    """Let messages of the purchases' door name the keys of the section that is read through it here."""
    try:
        yield
    except DataError as error:
        said = str(error).replace("purchases.rules.", "purchases.").replace("purchases.", f"{section}.")
        raise DataError(said) from None
