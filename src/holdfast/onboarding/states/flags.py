"""Columns that say of a line by their own name what became of it: yes or no, or the day on which it happened."""

from collections.abc import Mapping, Sequence

from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.documents import document_of
from holdfast.onboarding.states.groups import MOST_WORDS, Group, by_words, words_of
from holdfast.onboarding.states.newest import gathers_at_the_end
from holdfast.onboarding.states.partly import is_packed
from holdfast.onboarding.states.stages import is_of_deals
from holdfast.onboarding.states.words import FALSE, TRUE, State, flag_of, state_of

# Of more lines than this a sandbox is what was sold.
_FEW_TESTS = 0.05
# A date that says when, filled on more lines than this, says nothing about a few of them: as of what is lent.
_MOSTLY = 0.5
# Neither an empty cell, nor NULL, nor 0000-00-00.
_FILLED_DATE = ".*[1-9].*"


def flagged(
    export: Export, p: Profile, found: Sequence[Profile], known: Mapping[str, Profile], findings: Findings
) -> list[Group]:
    """Return the lines that a column says something of by its name: yes or no, or the day on which it happened."""
    flag = flag_of(p.name) or ((State.CREDITED, True) if document_of(p.name) is State.CREDITED else None)
    if flag is None or not p.filled or (p.is_number and flag[0] is State.CREDITED and p.distinct > 2):
        return []
    state, yes = flag
    if state is State.NOT_WON and not any(is_of_deals(q.name) for q in found):
        # A bet that was not won was paid all the same.
        return []
    if p.is_date:
        if not yes:
            return []
        group = Group(p, state, {"column": p.name, "pattern": _FILLED_DATE})
        share = export.one(f"SELECT COUNT(*) FILTER ({group.holds}) FROM {TABLE}")[0] / max(1, export.lines)
        return [group] if share and (share < _MOSTLY or state is not State.REFUNDED) else []
    if p.distinct > MOST_WORDS:
        return []
    values = [value for value in words_of(export, p) if not is_packed(value)]
    if state is State.UNSURE:
        return _doubted(export, p, values, known, findings, yes=yes)
    if any(value.lower() not in (*TRUE, *FALSE) for value in values):
        return [] if flag[0] is State.CREDITED else by_words(p, values, state_of)
    said = [value for value in values if value and value.lower() in (TRUE if yes else FALSE)]
    if state is State.NOT_WON and not said:
        # A box that is ticked, or blank.
        said = [value for value in values if not value]
    if state is State.TEST and "sandbox" in "".join(plain_words(p.name)):
        lines = words_of(export, p)
        # A toy is sold, too.
        state = State.UNSURE if sum(lines[value] for value in said) > _FEW_TESTS * export.lines else state
    return [Group(p, state, {"column": p.name, "values": said})] if said else []


def _doubted(
    export: Export,
    p: Profile,
    values: Sequence[str],
    known: Mapping[str, Profile],
    findings: Findings,
    *,
    yes: bool,
) -> list[Group]:
    """Return the lines that are not valid, confirmed or completed, or are fraud: to be asked, but where it passes."""
    if not {v.lower() for v in values} <= {*TRUE, *FALSE} or not any(v.lower() in TRUE for v in values):
        return []
    said = [value for value in values if value and value.lower() in (TRUE if yes else FALSE)]
    if not yes and not said:
        # A box that is ticked, or blank.
        said = [value for value in values if not value]
    group = Group(p, State.UNSURE, {"column": p.name, "values": said})
    if said and not yes and gathers_at_the_end(export, group.holds, known.get("ordered_at"), findings):
        findings.tell(f"status: {group.says} on most of the newest lines, and on few of the others: kept")
        return []
    return [group] if said and len(said) < len(values) else []
