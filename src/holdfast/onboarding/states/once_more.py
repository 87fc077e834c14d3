"""Lines that another line says once more: reprints of a sale, and what was exchanged for a line that names it."""

from collections.abc import Mapping, Sequence

from holdfast.data.values import parse
from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.groups import Group
from holdfast.onboarding.states.words import State

_REPRINTS = (
    *("reprint", "reprints", "reprinted", "duplicate", "duplicata", "duplikat", "nachdruck", "neudruck", "genoptryk"),
    *("nytrykk", "omtryk", "reimpresion", "reimpression", "reimpressao", "ristampa", "herdruk", "wydruk ponowny"),
)
# So many lines of a kind repeat another of their order, or are named by another line.
_NEARLY_ALL = 0.9
# Words of fewer lines prove nothing.
_LEAST = 10


def reprinted(
    export: Export, p: Profile, values: Sequence[str], known: Mapping[str, Profile], worth: str
) -> list[Group]:
    """Return the lines that are called reprints: no sales where each repeats another line of its order, else unsure."""
    words = [value for value in values if value and " ".join(plain_words(value)) in _REPRINTS]
    if not words or len(words) == len(values):
        return []
    group = Group(p, State.UNSURE, {"column": p.name, "values": words})
    if not worth or not {"order_id", "customer_id"} <= known.keys():
        return [group]
    key = f"({known['order_id'].sql}, {known['customer_id'].sql}, ROUND(100 * {worth}))"
    lines, repeats = export.one(
        f"SELECT COUNT(*), COUNT(*) FILTER ({key} IN (SELECT {key} FROM {TABLE} WHERE NOT ({group.holds}))) "
        f"FROM {TABLE} WHERE {group.holds}"
    )
    if not lines or repeats < _NEARLY_ALL * lines:
        return [group]
    said = f"{repeats / lines:.0%} of them repeat order, customer and amount of another line"
    return [Group(p, State.NO_SALE, group.rule, note=said)]


def replaced(export: Export, found: Sequence[Profile], p: Profile, unknown: Mapping[str, int]) -> list[Group]:
    """Return the lines in a state that is not known of which (nearly) each is named by another line, as exchanged.

    The other line names the number of this one in a column that is filled on such lines alone: it may stand in its
    place, or for the difference.
    """
    words = [value for value, lines in unknown.items() if value and lines >= _LEAST]
    ids = [q for q in found if q is not p and q.may_be_id and not q.repeats and q.filled]
    if not words or not ids:
        return []
    pairs = [
        (number, ref)
        for number in ids
        for ref in found
        if ref is not p and ref.type == number.type and not ref.is_date and 0 < ref.filled < number.filled
    ]
    groups = []
    for word in words:
        group = Group(p, State.UNSURE, {"column": p.name, "values": [word]})
        named = ((_named_by(export, group.holds, *pair), pair[1].name) for pair in pairs)
        lines, name = next(((n, ref) for n, ref in named if n), (0, ""))
        if lines:
            note = f'{lines:,} of them are named by another line in "{name}", which may stand in their place'
            groups.append(Group(p, State.UNSURE, group.rule, note=note))
    return groups


def _named_by(export: Export, holds: str, number: Profile, ref: Profile) -> int:
    """Return how many of these lines another line names, if (nearly) all are and few others; else 0."""
    of, by = parse.bare(number.sql), parse.bare(ref.sql)
    names = f"SELECT {by} FROM {TABLE} WHERE {is_filled(ref.sql)} AND {by} IS DISTINCT FROM {of}"
    lines, named, others, refers = export.one(
        f"WITH named AS ({names}) SELECT COUNT(*) FILTER ({holds}), "
        f"COUNT(*) FILTER (({holds}) AND {of} IN (FROM named)), "
        f"COUNT(*) FILTER (NOT ({holds}) AND {of} IN (FROM named)), (SELECT COUNT(*) FROM named) FROM {TABLE}"
    )
    return (
        int(named) if named >= _NEARLY_ALL * lines and others + named >= _NEARLY_ALL * refers and named > others else 0
    )
