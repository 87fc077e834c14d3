"""What an answer leads to, said where the question stands: in the YAML nobody asks the next one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from holdfast.onboarding.findings import Choice, Findings, Question
from holdfast.onboarding.look import Look

_NO = "it is not"
# What stands beside an amount, and no line decides: a comment in the YAML, which names the key.
_HINTS = ("columns.discount", "money_in")


def with_follow_ups(look: Look, found: Findings) -> Findings:
    """Return the findings with everything that the alternatives of open questions lead to.

    On a terminal an answer states further keys, and raises further questions. Here these keys stand with the
    alternative, and these questions beside the others, said to be of this alternative.

    Parameters
    ----------
    look
        At the files.
    found
        With open questions; those of columns are followed one step.
    """
    asked = {question.key for question in found.questions}
    later: dict[str, tuple[Question, list[str]]] = {}
    stated: dict[tuple[str, str], dict[str, Any]] = {}
    hints: dict[tuple[str, str, str], list[str]] = {}
    leading = [q for q in found.questions if q.key.startswith("columns.")] if found.section == "purchases" else []
    for question, choice in ((q, c) for q in leading for c in q.choices):
        then = look.findings({**found.answers, question.key: choice})
        known = {*found.settings, *choice.settings, *asked}
        # Which lines count has a section of its own, and `holdfast check` says what is missing in it.
        more = {k: v for k, v in then.settings.items() if k not in known and not k.startswith("rules.")}
        stated[question.key, choice.said] = more | _filled_alone(choice, then, known)
        for key, why, told in _hints(found, then):
            hints.setdefault((key, why, told), []).append(choice.said)
        for new in (one for one in then.questions if one.key not in asked):
            later.setdefault(new.key, (new, []))[1].append(choice.said)
    questions = []
    for question in found.questions:
        beside = (stated.get((question.key, c.said), {}) for c in question.choices)
        own = ({k: v for k, v in more.items() if k not in later} for more in beside)
        choices = tuple(Choice(c.said, {**c.settings, **more}) for c, more in zip(question.choices, own, strict=True))
        questions.append(replace(question, choices=choices))
    for key, (question, alternatives) in later.items():
        # Where another alternative states the key, it is an answer to this question.
        others = [f"if it is {said}: {more[key]}" for (_, said), more in stated.items() if key in more]
        questions.append(_of(question, alternatives, others))
    return _with_hints(replace(found, questions=questions), hints, later)


def _hints(found: Findings, then: Findings) -> list[tuple[str, str, str]]:
    """Return what an alternative says of keys that it leaves open: the key, the comment, and the sentence."""
    keys = [k for k in _HINTS if k in then.why and k not in {*then.settings, *found.settings, *found.why}]
    told = {k: [s for s in then.told if s not in found.told and k in s] for k in keys}
    return [(k, then.why[k], said) for k in keys for said in told[k][:1]]


def _with_hints(
    found: Findings, hints: Mapping[tuple[str, str, str], Sequence[str]], later: Collection[str]
) -> Findings:
    """Return the findings with what some alternatives say of keys that nobody is asked about."""
    why, told = dict(found.why), list(found.told)
    for (key, reason, sentence), alternatives in hints.items():
        if key in later:
            continue
        of = f"if it is {' or '.join(alternatives)}: "
        why[key] = "; ".join([*([why[key]] if key in why else []), f"{of}{reason}"])
        told.append(f"{of}{sentence}")
    return replace(found, why=why, told=told)


def _filled_alone(choice: Choice, then: Findings, known: Collection[str]) -> dict[str, Any]:
    """Return the rule that keeps lines with an amount alone, where an amount is blank on so many that it is needed.

    Which lines are dropped may be a question of its own; ``rules.keep`` goes with any answer to it.
    """
    rules = [
        then.settings.get("rules.drop"),
        *(c.settings.get("rules.drop") for q in then.questions for c in q.choices),
    ]
    blank = [{"column": name, "values": [""]} for name in choice.settings.values()]
    needed = [one for one in blank if any(one in (rule or []) for rule in rules)]
    if len(needed) != 1 or "rules.keep" in {*known, *then.settings, *(q.key for q in then.questions)}:
        return {}
    return {"rules.keep": [{"column": needed[0]["column"], "pattern": ".*[0-9].*"}]}


def _of(question: Question, alternatives: Sequence[str], others: Sequence[str]) -> Question:
    """Return a question that some alternatives raise, with an answer for who took another."""
    choices = question.choices
    if choices and all(one.settings.get(question.key) is not None for one in choices):
        choices = (*choices, Choice(_NO, {question.key: None}))
    asked = " ".join([f"if it is {' or '.join(alternatives)}: {question.asked}", *(f"({said})" for said in others)])
    return replace(question, asked=asked, choices=choices)
