"""Lines that were refunded in part: they are sales; what was given back comes off where a column says how much.

Some exports pack refunds into a text (``id:12|amount:5.00``, or JSON): such lines are counted, and what to export said.
"""

import re
from collections.abc import Sequence

from holdfast.data.engine import literal
from holdfast.onboarding.called.names import BESIDE_PRICE, Fit, plain_words
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.money.amounts import number_of
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.groups import Group, any_of, lines_of
from holdfast.onboarding.states.words import NO_SALE, State
from holdfast.wording import counted

_KEY = "columns.refunded"
# Parts with names, set apart by marks; and one of them that speaks of a refund and is not 0, or is of any sum.
_PACKED = r"(^|[\[{|,;])\s*[\"']?[A-Za-z_ ]+[\"']?\s*[:=].*[|,;}]"
_SUM = r"[:=]\s*[\"']?-?[0-9.,]*[1-9]"
_REFUND = r"(?i)[\[{|,;]\s*[\"']?[a-z_ ]*refund(s|ed)?([_ ]?(amount|total|sum))?[\"']?\s*" + _SUM
_CALLED = ("refund", "erstatt", "ruckzahl", "rembours", "reembols", "rimbors", "zwrot", "terugbetal", "refunder")


def tell_partly(
    export: Export, found: Sequence[Profile], groups: Sequence[Group], worth: str, findings: Findings
) -> None:
    """Say what was refunded in part, and whether what was given back of it is in the file, in numbers or in a text.

    ``groups``: lines by their states.
    """
    partly = [g for g in groups if g.state is State.PARTLY]
    # Whether a column of refunds comes off may be open, and decides of these lines too.
    if any(q.key == _KEY for q in findings.questions):
        return
    name = findings.settings.get(_KEY)
    said = "; ".join(f"{g.says} on {lines_of(export, g.holds, worth)}" for g in partly)
    if name is None and _KEY not in findings.answers and _KEY not in findings.why:
        packed = _packed(export, found, groups)
        why = packed or (_not_there(export, worth) if partly else "")
        if why:
            findings.why[_KEY] = why
            findings.tell(f"status: {said}: kept in full; {why}" if said else f"refunds: {why}")
    elif partly:
        column = next((p for p in found if p.name == name), None)
        findings.tell(f"status: {said}: kept{_comes_off(export, partly, column, findings)}")


def _comes_off(export: Export, partly: Sequence[Group], column: Profile | None, findings: Findings) -> str:
    if column is None:
        return f" ({findings.why[_KEY]})" if _KEY in findings.why else ", and nothing comes off, as answered"
    without = lines_without(export, any_of(partly), column, findings)
    return f', as "{column.name}" comes off' + (f", which is 0 on {without:,} of these lines" if without else "")


def lines_without(export: Export, where: str, column: Profile, findings: Findings) -> int:
    """Return the number of lines on which a column is 0 or blank."""
    nothing = f"COALESCE({number_of(column, findings)}, 0) = 0"
    return export.one(f"SELECT COUNT(*) FILTER ({nothing}) FROM {TABLE} WHERE {where}")[0]


def is_packed(text: str) -> bool:
    """Say whether a cell holds several parts with names, as JSON does: no word of a state.

    Examples
    --------
    >>> is_packed('[{"id":1,"total":"-12.00"}]'), is_packed("id:1|amount:5.00"), is_packed("Refunded: damaged")
    (True, True, False)
    """
    return bool(re.search(_PACKED, text))


def _packed(export: Export, found: Sequence[Profile], groups: Sequence[Group]) -> str:
    """Say which column has refunds packed into a text, on how many lines, and what to export; of lines that count."""
    if any(p.is_number and BESIDE_PRICE["refunded"].fit(p.name) >= Fit.PARTLY for p in found):
        return ""
    gone = any_of([g for g in groups if g.state in (*NO_SALE, State.REFUNDED, State.NO_SALE)])
    for p in found:
        if p.type != "VARCHAR" or p.is_number or p.is_date or not p.filled:
            continue
        called = any(word.startswith(_CALLED) for word in plain_words(p.name))
        parts = [_PACKED, _SUM if called else _REFUND]
        holds = " AND ".join(f"regexp_matches({p.sql}, {literal(part)})" for part in parts)
        where = f"{holds} AND NOT ({gone})"
        (lines,) = export.one(f"SELECT COUNT(*) FROM {TABLE} WHERE {where}")
        if lines:
            return (
                f'"{p.name}" has what was given back packed into a text on {counted(lines, "line")} that count, and no '
                "sum comes off a text: export the amount refunded as a column of numbers, such as refunded_total or "
                "Order Refund Amount (columns.refunded takes it off)"
            )
    return ""


def _not_there(export: Export, worth: str) -> str:
    """Say where what was given back may be, and what to export."""
    below = export.one(f"SELECT COUNT(*) FILTER ({worth} < 0) FROM {TABLE}")[0] if worth else 0
    if below:
        return f"the part that was given back can only be among the {below:,} lines below 0, which come off"
    return (
        "a part was given back: how much stands in no column of this file. Export the amount refunded, too, as "
        "a column of numbers (columns.refunded takes it off)"
    )
