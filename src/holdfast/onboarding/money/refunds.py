"""What was given back of an amount since, in a column of its own: whether it comes off, or is off already."""

from collections.abc import Sequence

from holdfast.onboarding.called.names import ROLES, Fit
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Choice, Findings, Question, listed
from holdfast.onboarding.money.amounts import is_whole, number_of
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.groups import MOST_WORDS, by_words, words_of
from holdfast.onboarding.states.words import State, state_of
from holdfast.wording import counted

_KEY = "columns.refunded"
# So many refunds are the whole amount where it is of before them; and what is so on nearly all lines, is so.
_MOST_REFUNDS, _NEARLY_ALL = 0.6, 0.95
# Fewer lines tell nothing.
_LINES = 3


def settle_refunds(
    export: Export, amount: Profile, columns: Sequence[Profile], free: Sequence[Profile], findings: Findings
) -> None:
    """State that refunds come off the amount where lines prove that it holds them still; else ask.

    Proof: none is more than the amount, no line is below 0, and most refunds are the whole amount, or those of lines
    that a status calls refunded, or another column is the amount less the refund. If refunds were off already, nothing
    would be left of such amounts; if they were lines of their own, these would be below 0.

    Parameters
    ----------
    export, free
        The files, and their columns beside customer and day.
    amount, columns
        What a line is worth, and the columns that are called refunds of it.
    findings
        Gets the key, or the question.
    """
    worth = number_of(amount, findings)
    filled = [
        p for p in columns if export.one(f"SELECT COUNT(*) FILTER ({number_of(p, findings)} <> 0) FROM {TABLE}")[0]
    ]
    # Yes and no beside a sum is no sum.
    boxes = [p for p in filled if _is_a_box(export, number_of(p, findings))]
    filled = [p for p in filled if p not in boxes] or filled
    if not filled:
        return
    filled = _of_all_parts(export, filled, findings)
    first = filled[0]
    back = number_of(first, findings)
    some, more, whole, broken, below, most = export.one(
        "SELECT COUNT(*) FILTER (back <> 0), COUNT(*) FILTER (back <> 0 AND ABS(back) > worth + 0.005), "
        "COUNT(*) FILTER (back <> 0 AND ABS(ABS(back) - worth) <= 0.005), "
        "COUNT(*) FILTER (back <> FLOOR(back)), COUNT(*) FILTER (worth < 0), MAX(ABS(back)) "
        f"FROM (SELECT {back} AS back, {worth} AS worth FROM {TABLE}) AS lines"
    )
    if not broken and most <= 1:
        # Yes and no, which a state says; no money.
        return
    lines = counted(some, "line")
    counts_things = not broken and not is_whole(export, amount, findings)
    if len(filled) == 1 and not counts_things:
        said = f"as much on {whole:,} of {lines}" if whole >= _MOST_REFUNDS * some else ""
        said = said or _by_states(export, free, worth, back) or _by_what_is_left(export, free, amount, first, findings)
        if said and not more and not below:
            said = f"never more than the amount, and {said}: the amount is of before the refund"
            findings.set(_KEY, first.name, said)
            findings.tell(f'"{first.name}" is {said}, so it comes off (columns.refunded)')
            return
        if gross := _equal(export, free, amount, first, findings, sign="+"):
            said = f'"{gross}" is "{amount.name}" and "{first.name}" together on {lines} with a refund'
            findings.why[_KEY] = f"{said}: it is off already"
            findings.tell(f"{said}: it is off already, and nothing more comes off")
            return
    comes_off = [Choice(f'"{p.name}" comes off: the amount is what was paid at first', {_KEY: p.name}) for p in filled]
    none = Choice(
        "nothing: the amount is what is left, refunds are lines of their own, or it counts things", {_KEY: None}
    )
    are, which = ("is", "Does it come off") if len(filled) == 1 else ("are", "Which of them comes off")
    asked = f'{listed([p.name for p in filled])} {are} not 0 on {lines}. {which} "{amount.name}"?'
    findings.ask(Question(_KEY, asked, (*comes_off, none)))


def _is_a_box(export: Export, value: str) -> bool:
    """Say whether a column holds nothing but 0 and 1."""
    return not export.one(f"SELECT COUNT(*) FILTER ({value} NOT IN (0, 1)) FROM {TABLE}")[0]


def _of_all_parts(export: Export, columns: Sequence[Profile], findings: Findings) -> list[Profile]:
    """Return columns without those that are never more than another: what was refunded of goods alone, or of tax."""
    kept: list[Profile] = []
    value = {p.name: f"COALESCE(ABS({number_of(p, findings)}), 0)" for p in columns}
    for p in columns:
        others = [q for q in columns if q is not p and (q in kept or columns.index(q) > columns.index(p))]
        over = [f"COUNT(*) FILTER ({value[p.name]} > {value[q.name]} + 0.005)" for q in others]
        if not over or all(export.one(f"SELECT {', '.join(over)}, 1 FROM {TABLE}")):
            kept.append(p)
    return kept


def _by_states(export: Export, free: Sequence[Profile], worth: str, back: str) -> str:
    """Say that the refund is the whole amount on lines that a status calls refunded; nothing where it is not."""
    for p in free:
        if p.type != "VARCHAR" or ROLES["status"].fit(p.name) < Fit.PARTLY or not 0 < p.distinct <= MOST_WORDS:
            continue
        for group in by_words(p, words_of(export, p), state_of):
            if group.state is not State.REFUNDED:
                continue
            lines, whole = export.one(
                f"SELECT COUNT(*), COUNT(*) FILTER (ABS(ABS({back}) - {worth}) <= 0.005) FROM {TABLE} "
                f"WHERE {group.holds} AND {back} <> 0"
            )
            if lines >= _LINES and whole >= _NEARLY_ALL * lines:
                return f'as much on {whole:,} of {counted(lines, "line")} that "{p.name}" calls refunded'
    return ""


def _by_what_is_left(
    export: Export, free: Sequence[Profile], amount: Profile, refunded: Profile, findings: Findings
) -> str:
    """Say which column is the amount less the refund; nothing where none is."""
    name = _equal(export, free, amount, refunded, findings, sign="-")
    return f'"{name}" is the amount less it' if name else ""


def _equal(
    export: Export, free: Sequence[Profile], amount: Profile, refunded: Profile, findings: Findings, *, sign: str
) -> str:
    """Return the column that is the amount less, or and, the refund, on nearly all lines with one."""
    worth, back = number_of(amount, findings), f"ABS({number_of(refunded, findings)})"
    others = [p for p in free if p.is_number and p not in (amount, refunded)]
    if not others:
        return ""
    alike = [f"COUNT(*) FILTER (ABS({number_of(p, findings)} - ({worth} {sign} {back})) <= 0.005)" for p in others]
    lines, *counts = export.one(f"SELECT COUNT(*), {', '.join(alike)} FROM {TABLE} WHERE {back} > 0")
    found = (p.name for p, n in zip(others, counts, strict=True) if lines >= _LINES and n >= _NEARLY_ALL * lines)
    return next(found, "")
