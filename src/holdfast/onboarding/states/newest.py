"""Whether a state is that of the newest lines: then it passes, and these lines may be sales all the same."""

from holdfast.data.source import Written
from holdfast.data.values.moments import timestamp
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile

_DAYS, _LEAST = 30, 10
# Most of the newest, and of the others a third of that at most.
_MOST, _RARER = 0.5, 3


def gathers_at_the_end(export: Export, where: str, when: Profile | None, findings: Findings) -> bool:
    """Say whether lines are most of those of the last 30 days, and far fewer of the older ones.

    Parameters
    ----------
    export
        The files.
    where
        SQL that is true of the lines.
    when
        Their column of dates, if it is known.
    findings
        Knows ``date_format`` and ``time_zone``, where these are needed.
    """
    if when is None or any(question.key == "date_format" for question in findings.questions):
        return False
    newest = f"day > (SELECT MAX(day) FROM days) - {_DAYS}"
    day = day_of(when, findings)
    new, new_so, old, old_so = export.one(
        f"WITH days AS (SELECT {day} AS day, ({where}) AS so FROM {TABLE}) SELECT COUNT(*) FILTER ({newest}), "
        f"COUNT(*) FILTER ({newest} AND so), COUNT(*) FILTER (NOT ({newest})), COUNT(*) FILTER (NOT ({newest}) AND so) "
        "FROM days"
    )
    if min(new, old) < _LEAST:
        return False
    return new_so >= _MOST * new and _RARER * old_so * new <= new_so * old


def day_of(p: Profile, findings: Findings) -> str:
    """Return the SQL of the day of a column's dates, as they are stated; of moments without a stated zone in UTC."""
    known = findings.settings
    written = Written(date_format=known.get("date_format"), time_zone=known.get("time_zone") or "UTC")
    return f"CAST({timestamp(p.sql, p.type, written).value} AS DATE)"
