"""Lines in one state by one column: the rule that names them, how many they are, and what they come to."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.data.line_rules import ColumnRule
from holdfast.data.rules import matches
from holdfast.data.values import parse
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.words import NO_SALE, State
from holdfast.wording import counted

# A column of states has no more different words.
MOST_WORDS = 30


@dataclass(frozen=True)
class Group:
    """Lines in one state by one column, as a rule names them.

    ``doubtful``: something else may explain them; ``note``: what else shows it, in words.
    """

    column: Profile
    state: State
    rule: dict[str, Any]
    doubtful: bool = False
    note: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether the column says nothing on them."""
        return list(self.rule.get("values", ())) == [""]

    @property
    def says(self) -> str:
        """What the column says on them."""
        words = ", ".join(f'"{value}"' for value in self.rule.get("values", ()) if value)
        return f'"{self.column.name}" ' + (f"says {words}" if words else "is blank" if self.is_blank else "is filled")

    @property
    def holds(self) -> str:
        """The SQL that is true on these lines, as the rule will read them."""
        rule = ColumnRule(self.column.name, values=self.rule.get("values", ()), pattern=self.rule.get("pattern"))
        return matches(self.column.sql, self.column.type, rule)


def words_of(export: Export, p: Profile) -> dict[str, int]:
    """Return what a column holds and on how many lines; rules look past capitals: one spelling of each is enough."""
    text = f"COALESCE({parse.text(p.sql, p.type)}, '')"
    return dict(sorted(export.lines_by(text, "TRUE", most=10 * MOST_WORDS).items()))


def any_of(groups: Sequence[Group]) -> str:
    """Return the SQL that is true of the lines of any of them."""
    return " OR ".join(f"({g.holds})" for g in groups) or "FALSE"


def by_words(p: Profile, values: Iterable[str], means: Callable[[str], State]) -> list[Group]:
    """Return the lines of each state that matters, as the words of a column are known to mean."""
    by_state: dict[State, list[str]] = {}
    for value in values:
        by_state.setdefault(means(value), []).append(value)
    return [
        Group(p, state, {"column": p.name, "values": by_state[state]})
        for state in (*NO_SALE, State.REFUNDED, State.PARTLY, State.OWED, State.UNSURE, State.AHEAD)
        if state in by_state
    ]


def tell_kept(export: Export, groups: Sequence[Group], worth: str, why: str, findings: Findings) -> None:
    """Say of each group that it is kept, and why."""
    for g in groups:
        findings.tell(f"status: {g.says} on {lines_of(export, g.holds, worth)}: kept, as {why}")


def lines_of(export: Export, where: str, worth: str) -> str:
    """Return how many lines these are, and what they come to."""
    query = f"SELECT COUNT(*), COALESCE(SUM({worth or 0}), 0) FROM {TABLE} WHERE {where}"
    ((lines, money),) = export.connection.execute(query).fetchall()
    return f"{counted(lines, 'line')} ({float(money):,.2f})" if worth else counted(lines, "line")
