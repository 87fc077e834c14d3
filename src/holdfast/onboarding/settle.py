"""Which column a role has: stated where one fits best, else asked."""

from collections.abc import Callable, Sequence
from itertools import chain

from holdfast.onboarding.called.names import ROLES, Fit, customer_fit, says_id, says_nothing
from holdfast.onboarding.export import Export
from holdfast.onboarding.findings import Choice, Findings, Question, listed
from holdfast.onboarding.money.differences import without_copies
from holdfast.onboarding.people import (
    MANY_MORE,
    holds_names,
    is_mostly_one,
    more_people,
    not_names,
    people_of,
    same_groups,
    told_customers,
)
from holdfast.onboarding.profile import Columns, Profile, profiles


def settle(
    role: str,
    able: Sequence[Profile],
    what: str,
    export: Export,
    findings: Findings,
    known: Columns,
    *,
    optional: bool = False,
    also: Sequence[Profile] = (),
    why: str = "",
    counting: str = "TRUE",
) -> None:
    """State the column of a role if one fits best, else ask (an optional one is told and left out).

    ``also``, ``why``: further columns to choose from, and the reason. ``counting``: SQL of the lines that count.
    """
    fit = customer_fit if role == "customer_id" else ROLES[role].fit
    best = best_of(able, fit, export)
    if role == "customer_id":
        # People share a name, and change it; what calls itself an id is the customer.
        best = [p for p in best if says_id(p.name)] or best
        # What is (nearly) always the same one is the shop itself, where another column tells people apart.
        best = [p for p in best if not is_mostly_one(export, p)] or best
        also = [*also, *not_names(best, able, export, known), *more_people(best, able, export)]
    best += [p for p in also if p not in best]
    key = f"columns.{role}"
    only, by_name = best[0], fit(best[0].name) >= Fit.PARTLY
    # Dates that no other column has are those of purchases, unless their name says something else.
    no_other = role == "ordered_at" and len(able) == 1 and fit(only.name) == Fit.SILENT
    if len(best) == 1 and (by_name or says_nothing(only.name) or no_other):
        said = "" if by_name else "by its contents alone"
        known[role] = only
        findings.set(key, only.name, said)
        findings.tell(f'{role}: "{only.name}"{_told(only, role, able, fit, export)}{f", {said}" if said else ""}')
        return
    if optional:
        findings.tell(f"{role}: left out; {listed([p.name for p in best])} fit equally")
        findings.why[key] = f"left out: {listed([p.name for p in best])} fit equally; name one"
        return
    names = listed([p.name for p in best])
    people = {p.name: people_of(export, p, counting) for p in best if role == "customer_id"}
    asked = f"{names} fit equally: {what}?" if len(best) > 1 else f"{what}? {names} fits by its contents alone."
    if also:
        is_, stands = ("is", "stands") if len(also) == 1 else ("are", "stand")
        said = f"{is_} filled on more lines, as where guests buy"
        if why:
            said = why
        elif any(people[p.name].distinct > MANY_MORE * people[only.name].distinct for p in also):
            counts = ", ".join(f'"{p.name}" has {people[p.name].distinct:,}' for p in best)
            said = f"may name other people: of different values {counts}"
        elif all(holds_names(export, p) for p in best if p not in also):
            said = f"{stands} beside names, which people share, and change"
        names = " or ".join(f'"{p.name}"' for p in best)
        asked = f"{what}: {names}? {listed([p.name for p in also])} {said}."
        asked += "".join(f' "{name}" names {of.nobody}.' for name, of in people.items() if of.nobody)
    # How many there are of each, and on how many lines nobody, tells whose ids they are.
    many = {name: f", {of.distinct:,} different{f', {of.nobody}' if of.nobody else ''}" for name, of in people.items()}
    choices = tuple(Choice(f'"{p.name}"{many.get(p.name, "")}', {key: p.name}) for p in best)
    chosen = findings.ask(Question(key, asked, choices))
    if chosen is not None:
        # With other answers, as to when it was bought, the column chosen may not have been offered.
        known[role] = next(p for p in chain(best, profiles(export)) if p.name == chosen.settings[key])
        findings.tell(f'{role}: "{known[role].name}"')


def best_of(able: Sequence[Profile], fit: Callable[[str], Fit], export: Export) -> list[Profile]:
    """Return the columns whose names fit best; of those that tell the same rows apart, the first."""
    top = max(fit(p.name) for p in able)
    distinct: list[Profile] = []
    for p in without_copies(export, [p for p in able if fit(p.name) == top]):
        if p.is_date or not any(same_groups(export, p, q) for q in distinct):
            distinct.append(p)
    return distinct


def _told(chosen: Profile, role: str, able: Sequence[Profile], fit: Callable[[str], Fit], export: Export) -> str:
    if role == "customer_id":
        return told_customers(chosen, export)
    others = [p.name for p in able if p is not chosen and fit(p.name) > Fit.NEVER] if role == "ordered_at" else []
    return f" (not {listed(others)})" if others else ""
