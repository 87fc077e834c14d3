"""Lines of days that are still to come: bookings, and no purchases yet."""

from datetime import date, timedelta

from holdfast.data.engine import EPOCH
from holdfast.data.source import Written
from holdfast.data.values.moments import timestamp
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Choice, Findings, Question
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

KEY = "rules.last_date"
# Of more lines than this the clock of the machine is wrong, or the shop is made up.
_MOST = 0.5


def find_ahead(export: Export, when: Profile, findings: Findings, today: date) -> None:
    """Ask whether lines after today are bookings, once it is known how their dates are written.

    Parameters
    ----------
    export, when
        The lines, and their column of dates.
    findings
        Knows ``date_format`` and ``time_zone``, where these are needed.
    today
        The day on which the export is looked at.
    """
    if any(question.key == "date_format" for question in findings.questions):
        return
    # A day is near enough: which one a moment at midnight belongs to changes no question.
    known = findings.settings
    written = Written(date_format=known.get("date_format"), time_zone=known.get("time_zone") or "UTC")
    read = timestamp(when.sql, when.type, written).value
    first = today + timedelta(days=1)
    ahead, last = export.one(
        f"SELECT COUNT(*) FILTER (CAST({read} AS DATE) >= DATE '{first}'), "
        f"MAX(CAST({read} AS DATE)) - DATE '{EPOCH}' FROM {TABLE}"
    )
    if not 0 < ahead <= _MOST * export.lines:
        return
    choices = (
        Choice("they are booked, and no purchases yet: left out", {KEY: str(today)}),
        Choice("they count: these are the right days", {KEY: None}),
    )
    until = EPOCH + timedelta(days=last)
    asked = f'{counted(ahead, "line")} of "{when.name}" lie after today ({today}), up to {until}. What are they?'
    findings.ask(Question(KEY, asked, choices))
