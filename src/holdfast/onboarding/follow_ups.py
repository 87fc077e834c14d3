"""What an answer leads to, said where the question stands: in the YAML nobody asks the next one."""

from dataclasses import replace

from holdfast.onboarding.findings import Choice, Findings, Question
from holdfast.onboarding.look import Look

_NO = "it is not"


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
    questions = []
    for question in found.questions:
        followed = question
        if question.key.startswith("columns.") and found.section == "purchases":
            choices = []
            for choice in question.choices:
                then = look.findings({**found.answers, question.key: choice})
                more = {k: v for k, v in then.settings.items() if k not in {*found.settings, *choice.settings, *asked}}
                choices.append(Choice(choice.said, {**choice.settings, **more}))
                for new in (one for one in then.questions if one.key not in asked):
                    later.setdefault(new.key, (new, []))[1].append(choice.said)
            followed = replace(question, choices=tuple(choices))
        questions.append(followed)
    return replace(found, questions=[*questions, *(_of(*new) for new in later.values())])


def _of(question: Question, alternatives: list[str]) -> Question:
    """Return a question that some alternatives raise, with an answer for who took another."""
    choices = question.choices
    if choices and all(one.settings.get(question.key) is not None for one in choices):
        choices = (*choices, Choice(_NO, {question.key: None}))
    return replace(question, asked=f"if it is {' or '.join(alternatives)}: {question.asked}", choices=choices)
