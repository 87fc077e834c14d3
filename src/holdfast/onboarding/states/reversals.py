"""Documents that take back a cancelled one: both are dropped, or neither, for one alone would count twice."""

from collections.abc import Mapping, Sequence

from holdfast.data.values import parse
from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings, listed
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.groups import Group, any_of, lines_of
from holdfast.onboarding.states.words import State
from holdfast.wording import counted

# Where there are more reversals than this, for each line that is marked, some of what they take back is not marked.
_AS_MANY = 1.25
_NEARLY_ALL, _MOST, _FEW = 0.9, 0.8, 0.5
# What the name of a column says that names the document which a line takes back.
_NAMED = ("storn", "revers", "cancel", "annul", "makul")
_A_NUMBER = ".*[1-9A-Za-z].*"


def settle_reversals(
    export: Export,
    found: Sequence[Profile],
    known: Mapping[str, Profile],
    groups: Sequence[Group],
    worth: str,
    findings: Findings,
) -> list[Group]:
    """Return the groups of which each cancelled document and its reversal meet the same fate.

    Parameters
    ----------
    export, found, known
        The files, their columns, and columns by role.
    groups
        Lines by their states; of ``REVERSAL`` only those come back that are to be dropped.
    worth
        SQL of what a line is worth; nothing where no column says it.
    findings
        Is told where a mark is not followed.
    """
    undone = [g for g in groups if g.state is State.REVERSAL]
    others = [g for g in groups if g.state is not State.REVERSAL]
    of_documents = {g.column.name for g in undone}
    marked = [g for g in others if g.state is State.CANCELLED and g.column.name not in of_documents]
    if not marked:
        return [*others, *_as_credits(undone)]
    if not undone:
        undone = _by_reference(export, found, known, marked, worth)
        if undone:
            return [*others, *undone]
        return [g for g in others if g not in marked] if _come_off(export, known, marked, worth, findings) else others
    originals, lines = export.one(
        f"SELECT COUNT(*) FILTER (({any_of(marked)}) AND NOT ({any_of(undone)})), COUNT(*) FILTER ({any_of(undone)}) "
        f"FROM {TABLE}"
    )
    if lines <= _AS_MANY * originals:
        return [*others, *undone]
    _tell_kept(export, marked, worth, f"{counted(lines, 'line')} of reversals take back more than these", findings)
    return [*(g for g in others if g not in marked), *_as_credits(undone)]


def _as_credits(undone: Sequence[Group]) -> list[Group]:
    """Return reversals as credits; a bare "Storno" may mean either document, and what takes a credit back is a sale."""
    groups = []
    for g in undone:
        by_state: dict[State, list[str]] = {}
        for value in g.rule["values"]:
            words = plain_words(value)
            of_credits = any(word.removeprefix("z").startswith("s2") for word in words[:1]) or any(
                "gutschrift" in word or word.startswith("credit") for word in words
            )
            if not of_credits:
                state = State.UNSURE if words == ["storno"] else State.CREDITED
                by_state.setdefault(state, []).append(value)
        groups += [Group(g.column, state, {"column": g.column.name, "values": v}) for state, v in by_state.items()]
    return groups


def _by_reference(
    export: Export, found: Sequence[Profile], known: Mapping[str, Profile], marked: Sequence[Group], worth: str
) -> list[Group]:
    """Return the lines that name a cancelled document in a column of their own, as SAP's reversals do."""
    order = known.get("order_id")
    if order is None or not worth:
        return []
    of_order, is_marked = parse.text(order.sql, order.type), any_of(marked)
    for p in found:
        called = any(word.startswith(_NAMED) for word in plain_words(p.name))
        if p in (order, *(g.column for g in marked)) or p.is_date or not called or not p.filled:
            continue
        group = Group(p, State.REVERSAL, {"column": p.name, "pattern": _A_NUMBER})
        named = f"SELECT {of_order} FROM {TABLE} WHERE {is_marked}"
        lines, of_marked = export.one(
            f"SELECT COUNT(*), COUNT(*) FILTER ({parse.text(p.sql, p.type)} IN ({named})) FROM {TABLE} "
            f"WHERE {group.holds} AND NOT ({is_marked})"
        )
        if lines and of_marked >= _NEARLY_ALL * lines and lines < _FEW * export.lines:
            return [group]
    return []


def _come_off(
    export: Export, known: Mapping[str, Profile], marked: Sequence[Group], worth: str, findings: Findings
) -> bool:
    """Say whether the amounts of cancelled lines stand below 0 for the same customers: they come off already."""
    if "customer_id" not in known or not worth:
        return False
    who, is_marked = known["customer_id"].sql, any_of(marked)
    below = f"SELECT {who}, -({worth}) FROM {TABLE} WHERE NOT ({is_marked}) AND {worth} < 0 AND {is_filled(who)}"
    lines, paired = export.one(
        f"SELECT COUNT(*), COUNT(*) FILTER (({who}, {worth}) IN ({below})) FROM {TABLE} "
        f"WHERE ({is_marked}) AND {worth} > 0"
    )
    if not lines or paired < _MOST * lines:
        return False
    _tell_kept(export, marked, worth, "the same amounts stand below 0 for the same customers, and come off", findings)
    return True


def _tell_kept(export: Export, marked: Sequence[Group], worth: str, why: str, findings: Findings) -> None:
    names = listed(list(dict.fromkeys(g.column.name for g in marked)))
    findings.tell(f"status: {names} says {lines_of(export, any_of(marked), worth)} cancelled: kept, as {why}")
