"""What was found in an export: keys with their reasons, and questions where the file cannot decide."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Answers = Mapping[str, "Choice"]


@dataclass(frozen=True)
class Choice:
    """One possible answer: what it means, and the keys that say it (below the main section; ``None``: no such key)."""

    said: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """Something that the file cannot decide.

    Attributes
    ----------
    key
        The key that waits for the answer, below the main section, such as ``date_format``.
    asked
        The question in one sentence, with counts and line numbers.
    choices
        Numbered from 1 on a terminal; none: the answer is free text.
    fits, such_as
        Whether free text can be the answer, and one that can.
    """

    key: str
    asked: str
    choices: tuple[Choice, ...] = ()
    fits: Callable[[str], bool] = bool
    such_as: str = ""

    @property
    def wanted(self) -> str:
        """What an answer looks like."""
        return f"a number from 1 to {len(self.choices)}" if self.choices else self.such_as or "an answer"

    def answer(self, text: str) -> Choice | None:
        """Return the choice that was typed: its number, or free text where nothing can be listed; else nothing.

        Examples
        --------
        >>> marks = Question("decimal", "?", (Choice("a comma", {"decimal": ","}),))
        >>> marks.answer("1").said, marks.answer("2")
        ('a comma', None)
        """
        typed = text.strip()
        if not self.choices:
            return Choice(typed, {self.key: typed}) if typed and self.fits(typed) else None
        fits = typed.isdecimal() and 1 <= int(typed) <= len(self.choices)
        return self.choices[int(typed) - 1] if fits else None


@dataclass
class Findings:
    """What is known so far.

    Attributes
    ----------
    answers
        Choices already made, by the key of their question.
    settings
        Values by key below the main section (``purchases`` or ``subscriptions``).
    why
        By key: the comment that stands beside it.
    told
        Sentences for the screen.
    questions
        What is still open.
    section
        The main section.
    others
        Files that hold something else, with the sentence that says what.
    tables
        Tables beside the purchases, each with its keys, by name.
    paths
        What the scenario reads: the files, globs and folders as they were named.
    """

    answers: Answers = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    section: str = "purchases"
    others: list[tuple[str, str]] = field(default_factory=list)
    paths: Sequence[str] = ()
    tables: "dict[str, Findings]" = field(default_factory=dict)

    def set(self, key: str, value: Any, why: str = "") -> None:
        """State a key, with the reason that stands beside it."""
        self.settings[key] = value
        if why:
            self.why[key] = why

    @property
    def columns(self) -> frozenset[str]:
        """The columns that have a role, by their names in the file.

        Examples
        --------
        >>> sorted(Findings(settings={"columns.ended_at": ["Expiry", "CancelledOn"], "decimal": ","}).columns)
        ['CancelledOn', 'Expiry']
        """
        stated = [value for key, value in self.settings.items() if key.startswith("columns.")]
        return frozenset(name for value in stated for name in (value if isinstance(value, list) else [value]))

    def ask(self, question: Question) -> Choice | None:
        """Return the choice made already, whose keys are stated; else keep the question open."""
        chosen = self.answers.get(question.key)
        if chosen is None:
            self.questions.append(question)
            return None
        for key, value in chosen.settings.items():
            if value is not None:
                self.set(key, value, "your answer")
        return chosen

    def tell(self, sentence: str) -> None:
        """Keep a sentence for the screen."""
        self.told.append(sentence)


def listed(names: Sequence[str]) -> str:
    """Return names in quotes.

    Examples
    --------
    >>> listed(["a", "b", "c"])
    '"a", "b" and "c"'
    """
    quoted = [f'"{name}"' for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
