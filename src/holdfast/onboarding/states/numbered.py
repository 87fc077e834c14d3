"""States that are numbers: which of them count only whoever runs the shop knows, or the shop system's own numbering."""

import re
from collections.abc import Mapping

from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.export import Export
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.groups import Group, lines_of
from holdfast.onboarding.states.words import State

_MOST = 12
# Of people, messages and parcels, which have states of their own.
_OF_OTHERS = (
    *("customer", "client", "kund", "member", "user", "contact", "mail", "newsletter", "account", "consent", "address"),
    *("ship", "deliver", "liefer", "versand", "lever", "parcel", "tracking", "product", "item", "stock", "employ"),
)
# A column and one beside it by which the system is known; its numbers, as they come, of which these count.
_SYSTEMS = (
    ("PrestaShop", "current_state", "id_order", {*map(str, range(1, 14))}, {"2", "3", "4", "5", "9", "11"}),
    ("OpenCart", "order_status_id", "invoice_prefix", {*map(str, range(17))}, {"2", "3", "5", "9", "15"}),
)


def numbered(export: Export, p: Profile, values: Mapping[str, int], worth: str) -> Group | None:
    """Return the lines in numbered states that may not count: by the shop system, or all but the most frequent state.

    Parameters
    ----------
    export, p
        The files, and a column of states.
    values
        What it says, and on how many lines.
    worth
        SQL of what a line is worth; nothing where no column says it.
    """
    said = [value for value in values if value]
    if not 1 < len(said) <= _MOST or not all(re.fullmatch("[0-9]{1,3}", value) for value in said):
        return None
    if any(word.startswith(_OF_OTHERS) for word in plain_words(p.name)):
        return None
    often = sorted(said, key=lambda value: (-values[value], value))
    system, gone = "", often[1:]
    for name, column, beside, numbers, counts in _SYSTEMS:
        if p.name.lower() == column and beside in {n.lower() for n in export.names} and set(said) <= numbers:
            system, gone = name, [value for value in often if value not in counts]
    if not gone:
        return None
    each = (Group(p, State.UNSURE, {"column": p.name, "values": [value]}) for value in often)
    listed = ", ".join(f'"{g.rule["values"][0]}" {lines_of(export, g.holds, worth)}' for g in each)
    by = f"by the numbers that {system} comes with" if system else "all but the most frequent number"
    note = f"{by}; each: {listed}; a number that counts goes out of the rule"
    return Group(p, State.UNSURE, {"column": p.name, "values": sorted(gone, key=int)}, note=note)
