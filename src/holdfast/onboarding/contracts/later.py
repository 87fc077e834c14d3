"""What was written after a contract began, and would tell what became of it: states, and days after the start."""

from collections.abc import Sequence

from holdfast.contractual.later import AFTER, SAME
from holdfast.onboarding.contracts.days import day_of
from holdfast.onboarding.contracts.labels import status_of
from holdfast.onboarding.contracts.spells import edges_of
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile


def written_later(
    export: Export, found: Sequence[Profile], starts: Sequence[Profile], findings: Findings
) -> dict[str, list[str]]:
    """Return columns that were written after the contract began, by the reason: they would tell what became of it.

    ``starts``: the day on which it did, or the columns of which one may be.
    """
    used = findings.columns
    later: dict[str, list[str]] = {}
    status = status_of(export, found)
    for p in (p for p in found if p.name not in used and p.filled):
        if p is status:
            later.setdefault("the state on the day of the export", []).append(p.name)
        elif p.is_date and (p in edges_of(found, "ended_at") or _is_after(export, p, starts, findings)):
            later.setdefault("dates after the start", []).append(p.name)
    return later


def _is_after(export: Export, p: Profile, starts: Sequence[Profile], findings: Findings) -> bool:
    """Say whether days lie after the start, as those do that move on while a contract runs; ``dates_after`` asks it."""
    day, began = day_of(p, findings), f"LEAST({', '.join(day_of(one, findings) for one in starts)})"
    known, after = export.one(f"SELECT COUNT({day}), COUNT(*) FILTER ({day} > {began} + {SAME}) FROM {TABLE}")
    return after > AFTER * known
