"""Lines that were refunded in part: they are sales; what was given back comes off where a column says how much."""

from collections.abc import Sequence

from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.money.amounts import number_of
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.groups import Group, any_of, lines_of

_KEY = "columns.refunded"


def tell_partly(
    export: Export, found: Sequence[Profile], groups: Sequence[Group], worth: str, findings: Findings
) -> None:
    """Say that lines refunded in part are kept, and whether what was given back of them is in the file."""
    if not groups or any(q.key == _KEY for q in findings.questions):
        # Whether a column of refunds comes off is open, and decides of these lines too.
        return
    said = "; ".join(f"{g.says} on {lines_of(export, g.holds, worth)}" for g in groups)
    name = findings.settings.get(_KEY)
    column = next((p for p in found if p.name == name), None)
    if column is not None:
        (without,) = export.one(
            f"SELECT COUNT(*) FILTER (COALESCE({number_of(column, findings)}, 0) = 0) FROM {TABLE} "
            f"WHERE {any_of(groups)}"
        )
        but = f", which is 0 on {without:,} of these lines" if without else ""
        findings.tell(f'status: {said}: kept, as "{name}" comes off{but}')
    elif _KEY in findings.answers:
        findings.tell(f"status: {said}: kept, and nothing comes off, as answered")
    elif _KEY in findings.why:
        findings.tell(f"status: {said}: kept in full, unless a column of refunds comes off ({findings.why[_KEY]})")
    else:
        why = _not_there(export, worth)
        findings.why[_KEY] = f"{said} are kept in full, {why}"
        findings.tell(f"status: {said}: kept in full, {why}")


def _not_there(export: Export, worth: str) -> str:
    """Say where what was given back may be, and what to export."""
    below = export.one(f"SELECT COUNT(*) FILTER ({worth} < 0) FROM {TABLE}")[0] if worth else 0
    if below:
        return f"as the part that was given back can only be among the {below:,} lines below 0, which come off"
    return (
        "though a part was given back: how much stands in no column of this file. Export the amount refunded, too, as "
        "a column of numbers (columns.refunded takes it off)"
    )
