"""What an answer leads to, said where the question stands: in the YAML nobody asks the next one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from holdfast.onboarding.cases import Case, apart, cases_of, in_all, leads
from holdfast.onboarding.findings import Choice, Findings, Question
from holdfast.onboarding.look import Look

_NO = "it is not"
# What stands beside an amount, and no line decides: a comment in the YAML, which names the key.
_HINTS = ("columns.discount", "money_in")
_DROP = "rules.drop"


def with_follow_ups(look: Look, found: Findings) -> Findings:
    """Return the findings with everything that the alternatives of open questions lead to.

    On a terminal an answer states further keys, changes or removes others, and raises further questions. Here a key is
    stated outright where all alternatives agree; where they differ it stands with the alternative, and the questions
    beside the others, said to be of this alternative. What follows from several answers together is a question too.

    Parameters
    ----------
    look
        At the files.
    found
        With open questions; those of columns are followed.
    """
    leading = [q for q in found.questions if leads(q)] if found.section == "purchases" else []
    cases = cases_of(look, found) if leading else []
    if not cases:
        return found
    asked = list(dict.fromkeys(key for one in cases for key in one.asked))
    base = {question.key: question for question in found.questions}
    keys = dict.fromkeys([*base, *asked, *(q.key for one in cases for q in one.then.questions)])
    open_ = {key: _asked(key, cases, base) for key in keys if any(one.question(key) for one in cases)}
    settings: dict[str, Any] = {}
    why = dict(found.why)
    beside: dict[tuple[str, str], dict[str, Any]] = {}
    for key in dict.fromkeys(key for one in cases for key in one.settings if key not in open_):
        axis = _axis(key, cases, asked)
        if axis == "":
            settings[key] = cases[0].settings[key]
            answered = {k for choice in cases[0].taken.values() for k in choice.settings}
            stated = apart({key: settings[key]}).keys() - answered
            why |= {k: cases[0].then.why[k] for k in stated if k in cases[0].then.why}
        elif axis is None:
            open_[key] = _of_several(key, cases, asked)
        else:
            for one in (one for one in cases if axis in one.taken and key in one.settings):
                beside.setdefault((axis, one.taken[axis].said), {})[key] = one.settings[key]
            rules = [one.settings.get(key) or [] for one in cases]
            if key == _DROP and (common := in_all(rules)):
                # Whoever passes over the alternative's line drops at least what is dropped with any of them.
                settings[key] = common
    why = {k: said for k, said in why.items() if k not in found.settings or k in apart(settings)}
    questions = [_with(question, beside, settings) for question in open_.values()]
    told = [s for s in _common(cases) if s not in found.told and not s.startswith(tuple(_roles(asked)))]
    followed = replace(found, questions=questions, settings=apart(settings), why=why, told=[*found.told, *told])
    return _with_hints(followed, _hints(found, cases), open_, cases)


def _roles(asked: Sequence[str]) -> list[str]:
    """Return how sentences begin that state the columns which are open."""
    return [*(f"{key.removeprefix('columns.')}:" for key in asked), "worth of a line:"]


def _common(cases: Sequence[Case]) -> list[str]:
    """Return the sentences that are true whatever is answered."""
    return [s for s in cases[0].then.told if all(s in one.then.told for one in cases)]


def _axis(key: str, cases: Sequence[Case], asked: Sequence[str]) -> str | None:
    """Return the question of whose answer alone a key depends; empty: of none; nothing: of several."""
    if all(one.state(key) == cases[0].state(key) for one in cases):
        return ""
    for axis in asked:
        states: dict[str, list[object]] = {}
        for one in cases:
            states.setdefault(one.taken[axis].said if axis in one.taken else "", []).append(one.state(key))
        if all(s == of[0] for of in states.values() for s in of) and states.get("", [None])[0] is None:
            return axis
    return None


def _asked(key: str, cases: Sequence[Case], base: Mapping[str, Question]) -> Question:
    """Return the question that waits for a key: of those who are asked it, with an answer for the others."""
    of = [(one, question) for one in cases if (question := one.question(key)) is not None]
    variants: list[tuple[Question, list[Case]]] = []
    for one, question in of:
        same = next((v for v in variants if v[1][0].state(key) == one.state(key)), None)
        if same:
            same[1].append(one)
        else:
            variants.append((question, [one]))
    question = base.get(key) if len(variants) == 1 and len(of) == len(cases) else None
    if question:
        return question
    question = variants[0][0]
    alike = len({q.asked for _, q in of}) == 1
    choices = question.choices
    if len(variants) > 1:
        choices = tuple(
            Choice(f"if it is {_said(there, cases)}: {c.said}", c.settings) for q, there in variants for c in q.choices
        )
        question = base.get(key, question)
    left = [one for one in cases if not one.question(key)]
    value = left[0].settings.get(key) if left else None
    alike_left = all(one.settings.get(key) == value for one in left)
    if left and ((alike_left and value is not None) or all(c.settings.get(key) is not None for c in choices)):
        choices = (*choices, Choice(_NO, {key: value if alike_left else None}))
    before = f"if it is {_said([one for one, _ in of], cases)}: " if len(cases) > 1 and key not in base else ""
    if len(of) == len(cases) and alike:
        before = ""
    stated: dict[str, list[Case]] = {}
    for one in (one for one in cases if key in one.settings and not one.question(key)):
        stated.setdefault(str(one.settings[key]), []).append(one)
    # Where another alternative states the key, it is an answer to this question.
    others = [f"({_if(there, cases, alone=len(stated) == 1)}: {value})" for value, there in stated.items()]
    return replace(question, asked=" ".join([f"{before}{question.asked}", *others]), choices=choices)


def _of_several(key: str, cases: Sequence[Case], asked: Sequence[str]) -> Question:
    """Return what follows from several answers together as a question whose alternatives name these answers."""
    by_value: list[tuple[Any, list[Case]]] = []
    for one in cases:
        value = one.settings.get(key)
        same = next((there for v, there in by_value if v == value), None)
        if same is not None:
            same.append(one)
        else:
            by_value.append((value, [one]))
    *few, (most, _) = sorted(by_value, key=lambda of: len(of[1]))
    choices = tuple(Choice(f"if it is {_said(there, cases)}", {key: value}) for value, there in few)
    choices = (*choices, Choice("after any other answers", {key: most}))
    return Question(key, f"this follows from the answers to {' and '.join(asked)}: which are they?", choices)


def _said(some: Sequence[Case], cases: Sequence[Case]) -> str:
    """Say which answers lead to some of the cases."""
    for axis in dict.fromkeys(key for one in some for key in one.taken):
        inside = dict.fromkeys(_named(axis, one) for one in some if axis in one.taken)
        reached = [one for one in cases if axis in one.taken and _named(axis, one) in inside]
        if len(reached) == len(some) and all(one in some for one in reached):
            return " or ".join(inside)
    return " or ".join(" and ".join(_named(axis, one) for axis in one.taken) for one in some)


def _if(some: Sequence[Case], cases: Sequence[Case], *, alone: bool) -> str:
    """Say which answers lead to some of the cases; "else" where that would name them one by one."""
    said = _said(some, cases)
    return "else" if alone and " and " in said else f"if it is {said}"


def _named(axis: str, case: Case) -> str:
    """Return how an answer is named: a column by its name alone."""
    name = case.taken[axis].settings.get(axis)
    return f'"{name}"' if isinstance(name, str) else case.taken[axis].said


def _with(
    question: Question, beside: Mapping[tuple[str, str], Mapping[str, Any]], outright: Mapping[str, Any]
) -> Question:
    """Return a question whose alternatives state what they lead to, but for what all agree on."""
    of = ((c, {**c.settings, **beside.get((question.key, c.said), {})}) for c in question.choices)
    choices = (Choice(c.said, {k: v for k, v in s.items() if k not in outright or outright[k] != v}) for c, s in of)
    return replace(question, choices=tuple(choices))


def _hints(found: Findings, cases: Sequence[Case]) -> dict[tuple[str, str, str], list[Case]]:
    """Return what alternatives say of keys that they leave open: the key, the comment, and the sentence."""
    hints: dict[tuple[str, str, str], list[Case]] = {}
    for one in cases:
        then = one.then
        keys = [k for k in _HINTS if k in then.why and k not in {*then.settings, *found.settings, *found.why}]
        told = {k: [s for s in then.told if s not in found.told and k in s] for k in keys}
        for key, sentence in ((k, s) for k in keys for s in told[k][:1]):
            hints.setdefault((key, then.why[key], sentence), []).append(one)
    return hints


def _with_hints(
    found: Findings,
    hints: Mapping[tuple[str, str, str], list[Case]],
    asked: Collection[str],
    cases: Sequence[Case],
) -> Findings:
    """Return the findings with what some alternatives say of keys that nobody is asked about."""
    why, told = dict(found.why), list(found.told)
    for (key, reason, sentence), there in hints.items():
        if key in asked or sentence in told:
            why |= {} if key in asked else {key: reason}
            continue
        of = f"if it is {_said(there, cases)}: "
        why[key] = "; ".join([*([why[key]] if key in why else []), f"{of}{reason}"])
        told.append(f"{of}{sentence}")
    return replace(found, why=why, told=told)
