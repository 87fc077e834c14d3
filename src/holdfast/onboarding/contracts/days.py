"""Days of contracts as their columns are said to be written."""

from collections.abc import Sequence
from datetime import date

from holdfast.data.source import Written
from holdfast.data.values.moments import timestamp
from holdfast.onboarding.dates import find_format
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile


def read(export: Export, dated: Sequence[Profile], findings: Findings) -> None:
    """State how columns of dates are written, which decide it together."""
    # Columns with a type of their own need no format, and cannot decide on one.
    first, *others = sorted(dated, key=lambda p: p.type.startswith(("TIMESTAMP", "DATE")))
    find_format(export, first.sql, first.name, first.type, findings, also=[(p.sql, p.type) for p in others])


def day_of(p: Profile, findings: Findings) -> str:
    """Return the SQL of a column's days as they are said to be written; which zone's, does not matter to counts."""
    written = Written(date_format=findings.settings.get("date_format"), time_zone="UTC")
    return f"CAST({timestamp(p.sql, p.type, written).value} AS DATE)"


def latest(export: Export, start: Profile, findings: Findings) -> date | None:
    """Return the day of the latest start: the table was exported then, or later."""
    query = f"SELECT MAX({day_of(start, findings)}) FROM {TABLE}"
    days: list[tuple[date | None]] = export.connection.execute(query).fetchall()
    return days[0][0]
