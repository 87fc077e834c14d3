"""What becomes of lines in each state: dropped, kept, returns, or a question; and how that is said."""

from collections.abc import Mapping, Sequence
from typing import Any

from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Choice, Findings, Question
from holdfast.onboarding.money.amounts import number_of
from holdfast.onboarding.money.parents import given_back
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.groups import Group, any_of, lines_of, tell_kept
from holdfast.onboarding.states.newest import gathers_at_the_end
from holdfast.onboarding.states.own_refunds import take_back
from holdfast.onboarding.states.partly import lines_without, tell_partly
from holdfast.onboarding.states.words import NO_SALE, State

# Credits are rarer than this among all lines.
_FEW = 0.3
# Of amounts that are negative where something was given back, a few may be the reverse.
_ODD = 0.2
# More orders than this are not left unpaid.
_MANY, _MANY_BLANK = 0.2, 0.1
# So many kinds of documents are named.
_MOST_SHOWN = 6
# Documents by which nothing was sold.
_NO_SALES = (State.PAYMENT, State.NO_SALE, State.REVERSAL)
_LATER = {
    ("ran out since",): "expired",
    ("are still to be paid",): "is not paid yet",
    ("ran out since", "are still to be paid"): "expired or is not paid yet",
}
_SAID = {
    State.PAYMENT: "of payments for invoices",
    State.NO_SALE: "of documents that are no sales",
    State.REVERSAL: "that take back what is cancelled",
}


def decide_states(
    export: Export,
    found: Sequence[Profile],
    known: Mapping[str, Profile],
    groups: Sequence[Group],
    worth: str,
    findings: Findings,
    dropped: Sequence[dict[str, Any]],
) -> None:
    """State which lines are dropped and which are returns; ask where the file does not decide.

    Parameters
    ----------
    export, found, known
        The files, their columns, and columns by role.
    groups
        Lines by their states.
    worth
        SQL of what a line is worth; nothing where no column says it.
    findings
        Gets ``rules.drop`` and ``rules.returns``, with the lines and the money of each.
    dropped
        Rules that drop other lines.
    """
    waiting = [g for g in groups if g.state in (State.PENDING, State.UNPAID, State.EXPIRED)]
    late = [
        g
        for g in waiting
        if _is_much(export, g)
        or (g.state is not State.EXPIRED and gathers_at_the_end(export, g.holds, known.get("ordered_at"), findings))
    ]
    gone = [g for g in groups if g.state in (*NO_SALE, *_NO_SALES) and g not in late]
    rules = [*dropped, *_dropped(export, gone, worth, findings)]
    if rules:
        findings.set("rules.drop", rules, "nothing was sold, or not for good")
    owed = "an invoice that is not paid yet is a sale (rules.drop leaves them out)"
    tell_kept(export, [g for g in groups if g.state is State.OWED], worth, owed, findings)
    _credited(export, [g for g in groups if g.state is State.CREDITED], worth, findings)
    _refunds_once(export, found, known, groups, findings)
    tell_partly(export, found, groups, worth, findings)
    unsure = [g for g in groups if g.state in (State.REFUNDED, State.UNSURE, State.AHEAD)]
    _ask(export, found, known, _not_given_back(export, unsure, known, worth, findings), late, worth, findings, rules)


def _credited(export: Export, groups: Sequence[Group], worth: str, findings: Findings) -> None:
    """State that a few credits are returns, ask about many, or say that their amounts show it already."""
    rules, asked, said = [], [], []
    for g in groups:
        says = f"{g.says} on {lines_of(export, g.holds, worth)}"
        above = f"COUNT(*) FILTER ({worth} > 0)" if worth else "COUNT(*)"
        lines, positive = export.one(f"SELECT COUNT(*), {above} FROM {TABLE} WHERE {g.holds}")
        if positive <= _ODD * lines:
            findings.tell(f"documents: {says}: kept, as amounts below 0 are returns")
        elif lines <= _FEW * export.lines and not g.doubtful:
            rules.append(g.rule)
            findings.tell(f"documents: {says}: returns, their amounts count as negative (rules.returns)")
        else:
            asked.append(g.rule)
            said.append(says)
    if asked:
        choices = (
            Choice("returns: their amounts count as negative", {"rules.returns": [*rules, *asked]}),
            Choice("ordinary purchases", {"rules.returns": rules or None}),
        )
        question = Question("rules.returns", f"{'; '.join(said)}, with amounts above 0. What are they?", choices)
        findings.ask(question)
    elif rules:
        findings.set("rules.returns", rules, "credits: their amounts count as negative")


def _refunds_once(
    export: Export,
    found: Sequence[Profile],
    known: Mapping[str, Profile],
    groups: Sequence[Group],
    findings: Findings,
) -> None:
    """Take back that a column of refunds comes off where its lines are credits: the same money would be off twice."""
    name = findings.settings.get("columns.refunded")
    credits = [g.holds for g in groups if g.state is State.CREDITED]
    refunded = next((p for p in found if p.name == name), None)
    if refunded is None or refunded == known.get("refunded") or not credits:
        return
    value = number_of(refunded, findings)
    if export.one(f"SELECT COUNT(*) FILTER ({value} <> 0) FROM {TABLE} WHERE {' OR '.join(credits)}")[0]:
        del findings.settings["columns.refunded"]
        findings.tell(f'"{name}" does not come off: it stands on the lines of credits, which count already')


def _dropped(export: Export, groups: Sequence[Group], worth: str, findings: Findings) -> list[dict[str, Any]]:
    """Return the rules that drop lines, one for each column, and say how many they are and what they come to."""
    rules = []
    before: list[Group] = []
    for name in dict.fromkeys(g.column.name for g in groups):
        of_column = [g for g in groups if g.column.name == name]
        parts = [f"{lines_of(export, g.holds, worth)} {_said(g)}{_noted(g)}" for g in of_column]
        says = "is blank on" if of_column[0].is_blank else "says"
        what = "documents" if any(g.state in _NO_SALES for g in of_column) else "status"
        twice = f"({any_of(of_column)}) AND ({any_of(before)})"
        (both,) = export.one(f"SELECT COUNT(*) FILTER ({twice}) FROM {TABLE}")
        already = f", {lines_of(export, twice, worth)} of them by another column, too" if both else ""
        findings.tell(f'{what}: "{name}" {says} {", ".join(parts)}: dropped (rules.drop){already}')
        values = [value for g in of_column for value in g.rule.get("values", ())]
        rules.append({"column": name, "values": values} if values else of_column[0].rule)
        before += of_column
    return rules


def _is_much(export: Export, group: Group) -> bool:
    """Say whether more lines are unpaid, or expired, than orders are left: paid on delivery, or used up since."""
    if group.doubtful or group.state not in (State.UNPAID, State.EXPIRED):
        return group.doubtful
    (lines,) = export.one(f"SELECT COUNT(*) FILTER ({group.holds}) FROM {TABLE}")
    return bool(lines > (_MANY_BLANK if group.is_blank else _MANY) * export.lines)


def _noted(group: Group) -> str:
    """Return which documents are no sales, and what shows it, in brackets."""
    parts = [group.note] if group.note else []
    words = list(group.rule.get("values", ()))
    if group.state is State.NO_SALE and words:
        shown = [f'"{word}"' for word in words[:_MOST_SHOWN]] + ["…"] * (len(words) > _MOST_SHOWN)
        parts = [", ".join(shown), *parts]
    return f" ({': '.join(parts)})" if parts else ""


def _said(group: Group) -> str:
    return (
        "that were never paid"
        if group.is_blank and group.state is State.UNPAID
        else _SAID.get(group.state, group.state)
    )


def _refunded(
    export: Export, found: Sequence[Profile], groups: Sequence[Group], worth: str, findings: Findings
) -> tuple[list[dict[str, Any]], list[str]]:
    """Keep refunded lines that are below 0, as returns; return the rules of those to ask about, and how to say so."""
    asked, said = [], []
    column = next((p for p in found if p.name == findings.settings.get("columns.refunded")), None)
    for g in groups:
        words = "refunded" if g.state is State.REFUNDED else " or ".join(f'"{v}"' for v in g.rule.get("values", ()))
        says = f'"{g.column.name}" says {lines_of(export, g.holds, worth)} {words}'
        above = not worth or export.one(f"SELECT COUNT(*) FILTER ({worth} > 0) FROM {TABLE} WHERE {g.holds}")[0]
        if g.state is State.REFUNDED and not above:
            findings.tell(f"status: {says}: kept, as none is above 0, and amounts below 0 are returns")
        elif g.state is State.REFUNDED and any(q.key == "columns.refunded" for q in findings.questions):
            # Whether a column of refunds comes off is open, and decides of these lines too.
            continue
        elif g.state is State.REFUNDED and column is not None:
            if without := lines_without(export, g.holds, column, findings):
                asked.append(g.rule)
                said.append(f'{says}, and "{column.name}" is 0 on {without:,} of them')
            else:
                findings.tell(f'status: {says}: kept, as "{column.name}" comes off')
        else:
            asked.append(g.rule)
            said.append(f"{says}{_noted(g)}")
    return asked, said


def _not_given_back(
    export: Export, groups: Sequence[Group], known: Mapping[str, Profile], worth: str, findings: Findings
) -> list[Group]:
    """Return groups without refunded orders to which refunds on lines of their own refer; say that these are kept."""
    kept = [g for g in groups if g.state is State.REFUNDED and given_back(export, g.holds, known)]
    tell_kept(export, kept, worth, "what was given back stands on lines of its own (columns.refers_to)", findings)
    return [g for g in groups if g not in kept]


def _ask(
    export: Export,
    found: Sequence[Profile],
    known: Mapping[str, Profile],
    unsure: Sequence[Group],
    late: Sequence[Group],
    worth: str,
    findings: Findings,
    rules: list[dict[str, Any]],
) -> None:
    """Ask which lines count: what was given back or is unsure, and what is pending where that is most of the newest."""
    asked, said = _refunded(export, found, unsure, worth, findings)
    waiting = [g.rule for g in late]
    if not asked and not waiting:
        return
    parts = [
        f"{'; '.join(said)}{'' if any(g.state is not State.REFUNDED for g in unsure) else ', with amounts above 0'}"
    ]
    parts = parts if asked else []
    for g in late:
        says = "is blank on" if g.is_blank else "says"
        parts.append(f'"{g.column.name}" {says} {lines_of(export, g.holds, worth)} {_said(g)}, {_why(export, g)}')
    of_unsure = any_of([g for g in unsure if g.state is State.UNSURE])
    # What is worth nothing, or is to come, is no return.
    returns = export.one(f"SELECT COUNT(*) FILTER ({worth or 1} <> 0) FROM {TABLE} WHERE {of_unsure}")[0] > 0
    ahead = all(g.state is State.AHEAD for g in unsure)
    since = [
        *(["ran out since"] if any(g.state is State.EXPIRED for g in late) else []),
        *(["are still to be paid"] if any(g.state is not State.EXPIRED for g in late) else []),
    ]
    back = [g for g in unsure if g.state is State.REFUNDED and g.rule in asked]
    noted = all(g.note for g in back)
    if back and len(back) == len(asked) and not waiting and (noted or take_back(export, back, known, worth)):
        parts[-1] += "" if noted else ", of customers who bought for the same amounts on other lines"
        dropped, kept = _choices(asked, rules, findings, returns=False)
        choices = [_choices(asked, rules, findings, returns=True)[1], dropped, kept]
    elif not waiting:
        choices = _choices(asked, rules, findings, returns=returns, ahead=ahead)
        if back and not returns and "order_id" not in known:
            # Nothing says that these lines are orders, and not what takes one back.
            choices.append(_choices(asked, rules, findings, returns=True)[1])
    elif not asked:
        choices = [
            Choice(f"keep them: they were sold, and {' or '.join(since)}", {"rules.drop": rules or None}),
            Choice("drop them: nothing was sold", {"rules.drop": [*rules, *waiting]}),
        ]
    else:
        choices = [
            Choice(f"{one.said}; {what} what {_LATER[tuple(since)]}", one.settings)
            for what, also in (("keep", []), ("drop", waiting))
            for one in _choices(asked, [*rules, *also], findings, returns=returns, ahead=ahead)
        ]
    findings.settings.pop("rules.drop", None)
    chosen = findings.ask(Question("rules.drop", f"{'; '.join(parts)}. Do they count?", tuple(choices)))
    if chosen is not None and rules:
        findings.set("rules.drop", chosen.settings["rules.drop"], "your answer")


def _why(export: Export, group: Group) -> str:
    if group.doubtful:
        return "and another column tells which"
    return "a large part of all" if _is_much(export, group) else "most of the newest lines"


def _choices(
    asked: list[dict[str, Any]],
    rules: list[dict[str, Any]],
    findings: Findings,
    *,
    returns: bool,
    ahead: bool = False,
) -> list[Choice]:
    """Return what refunded and unsure lines may be, or those that are booked ahead."""
    known = findings.settings.get("rules.returns") or []
    nothing = "nothing is sold yet" if ahead else "nothing was sold, or it was given back"
    sales = "they are sales" if ahead else "they are sales, or what was refunded stands elsewhere, below 0"
    choices = (
        Choice(f"drop them: {nothing}", {"rules.drop": [*rules, *asked]}),
        Choice(
            "returns: their amounts count as negative", {"rules.returns": [*known, *asked], "rules.drop": rules or None}
        ),
        Choice(f"keep them: {sales}", {"rules.drop": rules or None}),
    )
    return list(choices) if returns else [choices[0], choices[2]]
