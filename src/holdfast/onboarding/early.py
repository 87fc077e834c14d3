"""Days that lie too far back to be read: they are named, for they are no words."""

from collections.abc import Sequence

from holdfast.data.values.moments import FIRST_AT_ALL, FIRST_OF_CONTRACTS, FIRST_YEAR
from holdfast.errors import DataError
from holdfast.onboarding.called.names import ROLES, Fit
from holdfast.onboarding.dates import reads_as_date
from holdfast.onboarding.export import Export
from holdfast.onboarding.findings import listed
from holdfast.onboarding.profile import Profile


def refuse_early_contracts(export: Export, found: Sequence[Profile]) -> None:
    """Refuse columns called the start or the end of contracts whose days lie before 1900."""
    roles = ("started_at", "ended_at")
    named = [p for p in found if any(ROLES[role].fit(p.name) >= Fit.PARTLY for role in roles)]
    early = [p for p in _early(export, named) if not _reads(export, p, FIRST_OF_CONTRACTS)]
    if early:
        raise DataError(_said(early, "the days of contracts", FIRST_OF_CONTRACTS))


def refuse_early_purchases(export: Export, found: Sequence[Profile]) -> None:
    """Refuse a table without a column of days, where one would be if days before 1970 counted."""
    if early := _early(export, found):
        raise DataError(_said(early, "purchases", FIRST_YEAR))


def _early(export: Export, found: Sequence[Profile]) -> list[Profile]:
    return [p for p in found if p.filled and not p.is_date and p.type == "VARCHAR" and _reads(export, p, FIRST_AT_ALL)]


def _reads(export: Export, p: Profile, since: int) -> bool:
    return reads_as_date(export, p.sql, p.name, p.type, since=since)


def _said(early: Sequence[Profile], what: str, first: int) -> str:
    holds = "holds" if len(early) == 1 else "hold"
    return (
        f"{listed([p.name for p in early])} {holds} days before {first}, and {what} are "
        f"read from {first} on: mend these days, or take the lines out of the file."
    )
