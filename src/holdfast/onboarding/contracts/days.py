"""Days of contracts as their columns are said to be written."""

from collections.abc import Sequence
from datetime import date

from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.data.values.moments import FIRST_OF_CONTRACTS, timestamp
from holdfast.onboarding.dates import find_format, stated
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile


def read(export: Export, dated: Sequence[Profile], findings: Findings) -> None:
    """State how columns of dates are written, which decide it together."""
    # Columns with a type of their own need no format, and cannot decide on one.
    first, *others = sorted(dated, key=lambda p: p.type.startswith(("TIMESTAMP", "DATE")))
    also = [(p.sql, p.type) for p in others]
    find_format(export, first.sql, first.name, first.type, findings, also=also, since=FIRST_OF_CONTRACTS)


def day_of(p: Profile, findings: Findings) -> str:
    """Return the SQL of a column's days as they are said to be written, NULL where a cell says that there is none.

    Which zone's they are, does not matter to counts. 0 is no day, though in seconds it would be the first of 1970.
    """
    written = Written(date_format=findings.settings.get("date_format"), time_zone="UTC")
    day = f"CAST({timestamp(p.sql, p.type, written, since=FIRST_OF_CONTRACTS).value} AS DATE)"
    return f"CASE WHEN {stated(parse.bare(p.sql))} IS NOT NULL THEN {day} END"


def latest(export: Export, start: Profile, findings: Findings) -> date | None:
    """Return the day of the latest start: the table was exported then, or later."""
    query = f"SELECT MAX({day_of(start, findings)}) FROM {TABLE}"
    days: list[tuple[date | None]] = export.connection.execute(query).fetchall()
    return days[0][0]
