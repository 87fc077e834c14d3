"""Lines of days that are still to come: bookings, and no purchases yet."""

from collections.abc import Sequence
from datetime import date, timedelta

from holdfast.data.engine import EPOCH, literal
from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.data.values.eras import BUDDHIST
from holdfast.data.values.moments import timestamp
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Choice, Findings, Question
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.newest import day_of
from holdfast.wording import counted

KEY = "rules.last_date"
# Of more lines than this the clock of the machine is wrong, or the shop is made up.
_MOST = 0.5
# So few lines are faults.
_FAULTS = 0.01


def find_ahead(
    export: Export, when: Profile, findings: Findings, today: date, found: Sequence[Profile] = (), *, at: int = 0
) -> None:
    """Ask whether lines after today are bookings, once it is known how their dates are written, and what is dropped.

    Parameters
    ----------
    export, when
        The lines, and their column of dates.
    findings
        Knows ``date_format`` and ``time_zone``, where these are needed.
    today
        The day on which the export is looked at.
    found
        All columns: rules that drop lines, such as deals that are still open, look at them.
    at
        Where among the questions this one stands: days come before what lines mean.
    """
    if any(question.key == "date_format" for question in findings.questions):
        return
    # A day is near enough: which one a moment at midnight belongs to changes no question.
    day = day_of(when, findings)
    first = today + timedelta(days=1)
    ahead, last = export.one(
        f"SELECT COUNT(*) FILTER ({day} >= DATE '{first}'), "
        f"MAX({day}) - DATE '{EPOCH}' FROM {TABLE} WHERE {_left(found, findings)}"
    )
    before = len(findings.questions)
    if ahead > _MOST * export.lines:
        _ask_for_era(export, when, findings, first)
    _ask(export, when, findings, ahead, last, today)
    asked = findings.questions[before:]
    findings.questions[:] = [*findings.questions[:at], *asked, *findings.questions[at:before]]


def _ask(export: Export, when: Profile, findings: Findings, ahead: int, last: int, today: date) -> None:
    if not 0 < ahead <= _MOST * export.lines:
        return
    choices = (
        Choice("they are booked, and no purchases yet: left out", {KEY: str(today)}),
        Choice("they count: these are the right days", {KEY: None}),
    )
    until = EPOCH + timedelta(days=last)
    asked = f'{counted(ahead, "line")} of "{when.name}" lie after today ({today}), up to {until}. What are they?'
    findings.ask(Question(KEY, asked, choices))


def _left(found: Sequence[Profile], findings: Findings) -> str:
    """Return the SQL of lines that are left by rules which name words of a column."""
    columns = {p.name: p for p in found}
    left = ["TRUE"]
    for key, taken in (("rules.keep", "{}"), ("rules.drop", "NOT {}")):
        for rule in findings.settings.get(key, ()):
            p = columns.get(rule["column"])
            if p is not None and rule.get("values"):
                words = ", ".join(literal(str(word).lower()) for word in rule["values"])
                said = f"LOWER(COALESCE({parse.text(p.sql, p.type)}, ''))"
                left.append(taken.format(f"({said} IN ({words}))"))
    return " AND ".join(left)


def _ask_for_era(export: Export, when: Profile, findings: Findings, first: date) -> None:
    """Ask whether years of two digits of which most lie ahead are those of the Buddhist calendar: 67 is 2024."""
    stated = findings.settings.get("date_format")
    if not isinstance(stated, str) or "%y" not in stated:
        return
    read = timestamp(when.sql, when.type, Written(date_format=BUDDHIST)).value
    passed, filled = export.one(
        f"SELECT COUNT(*) FILTER (CAST({read} AS DATE) < DATE '{first}'), COUNT({when.sql}) FROM {TABLE}"
    )
    if passed < (1 - _FAULTS) * filled:
        return
    del findings.settings["date_format"]
    choices = (
        Choice("years of the Buddhist calendar, so that 67 is 2024", {"date_format": BUDDHIST}),
        Choice(f'years of the common one, so that 67 is 2067 ("{stated}")', {"date_format": stated}),
    )
    asked = f'most lines of "{when.name}" lie after today ({first - timedelta(days=1)}). Which years are they?'
    findings.ask(Question("date_format", asked, choices))
