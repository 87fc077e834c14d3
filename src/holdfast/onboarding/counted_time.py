"""Days and hours that are counted from the beginning of a log: whole numbers from about 0 on, of which 0 is one."""

from holdfast.data.source import DAYS, HOURS
from holdfast.onboarding.export import PEEK, Export, is_filled
from holdfast.onboarding.findings import Choice, Question

# So many different numbers at least, of which the first is that near to 0.
_LEAST, _FROM = 20, 0.05
_HOURS_A_DAY = 24


def counts_time(export: Export, column: str) -> bool:
    """Say whether a column, called after dates, holds whole numbers from about 0 on: then 0 says no less than 1."""
    return _span(export, column) is not None


def asked_unit(export: Export, column: str, name: str) -> Question | None:
    """Return the question whether whole numbers count days or hours; nothing where they are no such numbers."""
    span = _span(export, column)
    if span is None:
        return None
    first, last = span
    hours, days = (
        Choice(f"hours, {(last - first) // _HOURS_A_DAY + 1:,} days of them", {"date_format": HOURS}),
        Choice(f"days, {last - first + 1:,} of them", {"date_format": DAYS}),
    )
    asked = (
        f'"{name}" counts from {first:,} to {last:,} since a day that it does not say, which becomes 1970-01-01. What '
        "does it count?"
    )
    return Question("date_format", asked, (days, hours) if "day" in name.lower() else (hours, days))


def _span(export: Export, column: str) -> tuple[int, int] | None:
    text = f"CAST({column} AS VARCHAR)"
    whole = f"regexp_full_match({text}, '[0-9]{{1,4}}')"
    others, different, first, last = export.one(
        f"SELECT COUNT(*) FILTER (NOT {whole}), COUNT(DISTINCT {column}), "
        f"MIN(TRY_CAST({text} AS INTEGER)) FILTER ({whole}), MAX(TRY_CAST({text} AS INTEGER)) FILTER ({whole}) "
        f"FROM {PEEK} WHERE {is_filled(column)}"
    )
    return (int(first), int(last)) if not others and different >= _LEAST and first <= _FROM * last else None
