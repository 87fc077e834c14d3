"""Every way in which the open questions of columns can be answered, and what a look at the file finds then."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from holdfast.errors import DataError
from holdfast.onboarding.findings import Choice, Findings, Question
from holdfast.onboarding.look import Look

# More ways are not tried: each question is then followed with the first alternative of the others.
_MOST = 16
_DROP, _KEEP, _BELOW = "rules.drop", "rules.keep", ("rules.exclude.", "rules.cancellations.")


@dataclass(frozen=True)
class Case:
    """One way to answer: the alternatives taken, the questions that led there, and what is known then.

    Attributes
    ----------
    taken, asked
        By the key of the question.
    then
        The findings with these answers.
    settings
        Of ``then``, with rules of several keys in one piece, and without the keys of the questions.
    """

    taken: Mapping[str, Choice]
    asked: Mapping[str, Question]
    then: Findings
    settings: Mapping[str, Any]

    def question(self, key: str) -> Question | None:
        """Return the question that waits for a key, or waited for it."""
        return self.asked.get(key) or next((q for q in self.then.questions if q.key == key), None)

    def state(self, key: str) -> object:
        """Return what stands at a key, in a form that can be compared: open, a value, or nothing."""
        if question := self.question(key):
            return ("asked", [dict(c.settings) for c in question.choices])
        return ("stated", self.settings[key]) if key in self.settings else None


def cases_of(look: Look, found: Findings) -> list[Case]:
    """Return every way to answer the open questions of columns, and those that answers raise while they are few."""
    leading = [q for q in found.questions if leads(q)]
    count = 1
    for question in leading:
        count *= len(question.choices)
    if count > _MOST:
        first = {q.key: q.choices[0] for q in leading}
        ways = [{**first, q.key: c} for q in leading for c in (q.choices if q is leading[0] else q.choices[1:])]
        asked = {q.key: q for q in leading}
        return [one for way in ways for one in _tried(look, found, way, asked)]
    cases = list(_tried(look, found, {}, {}))
    while wider := _wider(look, found, cases):
        cases = wider
    return [one for one in cases if one.taken]


def leads(question: Question) -> bool:
    """Say whether other answers may follow from the one to this question."""
    return question.key.startswith("columns.") and bool(question.choices)


def _wider(look: Look, found: Findings, cases: Sequence[Case]) -> list[Case]:
    """Return the ways with one more question of each answered; nothing where none is open, or they are too many."""
    nexts = [next((q for q in one.then.questions if leads(q)), None) for one in cases]
    if not any(nexts) or sum(len(q.choices) if q else 1 for q in nexts) > _MOST:
        return []
    wider: list[Case] = []
    for one, q in zip(cases, nexts, strict=True):
        ways = [{**one.taken, q.key: c} for c in q.choices] if q else []
        asked = {**one.asked, q.key: q} if q else one.asked
        wider += chain.from_iterable(_tried(look, found, way, asked) for way in ways) if q else [one]
    return wider


def _tried(look: Look, found: Findings, way: Mapping[str, Choice], asked: Mapping[str, Question]) -> Iterator[Case]:
    """Yield what is known with these answers; nothing where the file is refused then."""
    try:
        then = look.findings({**found.answers, **way})
    except DataError:
        return
    settings = {k: v for k, v in _whole(then.settings).items() if k not in way}
    yield _with_filled_alone(Case(way, asked, then, settings))


def _whole(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with each rule in one piece."""
    whole: dict[str, Any] = {}
    for key, value in settings.items():
        if key.startswith(_BELOW):
            rule, _, last = key.rpartition(".")
            whole[rule] = {**whole.get(rule, {}), last: value}
        else:
            whole[key] = value
    return whole


def apart(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with the keys of each rule as findings state them.

    Examples
    --------
    >>> apart({"rules.exclude": {"column": "customer_id", "values": ["total"]}, "currency": "EUR"})
    {'rules.exclude.column': 'customer_id', 'rules.exclude.values': ['total'], 'currency': 'EUR'}
    """
    return {
        below: one
        for key, value in settings.items()
        for below, one in (
            ((f"{key}.{last}", v) for last, v in value.items())
            if f"{key}." in _BELOW and isinstance(value, dict)
            else ((key, value),)
        )
    }


def _with_filled_alone(case: Case) -> Case:
    """Return a case whose amount, where others could be it, is kept filled by a rule of its own.

    Which lines are dropped may be a question of its own; ``rules.keep`` goes with any answer to it.
    """
    several = [c for key, c in case.taken.items() if len(case.asked[key].choices) > 1]
    blank = [{"column": name, "values": [""]} for c in several for name in c.settings.values()]
    rules = [case.settings.get(_DROP), *(c.settings.get(_DROP) for q in case.then.questions for c in q.choices)]
    needed = [one for one in blank if any(one in (rule or []) for rule in rules)]
    if len(needed) != 1 or _KEEP in case.settings or case.question(_KEEP):
        return case
    keep = {_KEEP: [{"column": needed[0]["column"], "pattern": ".*[0-9].*"}]}
    case.then.questions[:] = [_without(q, needed[0]) for q in case.then.questions]
    return Case(case.taken, case.asked, case.then, _less(case.settings, needed[0]) | keep)


def _without(question: Question, rule: Mapping[str, Any]) -> Question:
    choices = tuple(Choice(c.said, _less(c.settings, rule, instead={_DROP: None})) for c in question.choices)
    return Question(question.key, question.asked, choices, question.fits, question.such_as)


def _less(
    settings: Mapping[str, Any], rule: Mapping[str, Any], instead: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return settings without one of the rules that drop lines."""
    if rule not in (settings.get(_DROP) or []):
        return dict(settings)
    left = [one for one in settings[_DROP] if one != rule]
    others = {k: v for k, v in settings.items() if k != _DROP}
    return others | ({_DROP: left} if left else dict(instead or {}))


def in_all(rules: Iterable[Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Return what every one of several lists of rules drops.

    Examples
    --------
    >>> in_all([[{"column": "a", "values": [1, 2]}, {"column": "b", "values": [1]}], [{"column": "a", "values": [2]}]])
    [{'column': 'a', 'values': [2]}]
    """
    first, *others = rules
    common = []
    for rule in first:
        if "values" not in rule:
            common += [dict(rule)] if all(rule in other for other in others) else []
            continue
        there = [{v for r in other if r["column"] == rule["column"] for v in r.get("values", ())} for other in others]
        if values := [v for v in rule["values"] if all(v in one for one in there)]:
            common.append({**rule, "values": values})
    return common
