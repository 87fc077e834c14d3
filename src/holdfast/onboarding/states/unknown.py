"""Words of a status, or of kinds of documents, that are not known: they are told, as their lines count."""

import re
from collections.abc import Callable, Mapping

from holdfast.data.plausible import TOTALS
from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.words import State, state_of
from holdfast.wording import counted

# Unknown words of a status are shown, so many of them, where each stands on several lines and is short.
_MOST_SHOWN, _LEAST_LINES, _LONGEST = 12, 3, 60
# Of people, or longer numbers than a step has.
_PRIVATE = "@|[0-9]{4}"
# Names that a column of states of a country has, too; so many of them are no states of an order.
PLACES, _MOST_STATES = {"state", "estado", "stato", "etat", "stan", "stateid"}, 6


def tell_unknown(
    p: Profile,
    values: Mapping[str, int],
    findings: Findings,
    means: Callable[[str], State] = state_of,
    what: str = "status",
) -> None:
    """Say which words of a status are not known, as their lines count; names and addresses are never shown."""
    # A line of totals names no customer, and does not count.
    unknown = {
        value: n
        for value, n in values.items()
        if value and means(value) is State.UNKNOWN and value.strip().lower() not in TOTALS
    }
    of_places = "".join(plain_words(p.name)) in PLACES and len(unknown) > _MOST_STATES
    if not unknown or (of_places and len(unknown) == len([value for value in values if value])):
        return
    most = sorted(unknown, key=lambda value: -unknown[value])
    shown = [v for v in most if unknown[v] >= _LEAST_LINES and len(v) <= _LONGEST and not re.search(_PRIVATE, v)]
    parts = [f'"{v}" ({counted(unknown[v], "line")})' for v in shown[:_MOST_SHOWN]]
    others = [v for v in most if v not in shown[:_MOST_SHOWN]]
    if what != "status" and not shown:
        return
    if others:
        lines = counted(sum(unknown[v] for v in others), "line")
        parts.append(f"{counted(len(others), 'other word' if parts else 'word')} ({lines})")
    findings.tell(
        f'{what}: "{p.name}" says {", ".join(parts)}: not known here, so these lines count (rules.drop leaves them out)'
    )
