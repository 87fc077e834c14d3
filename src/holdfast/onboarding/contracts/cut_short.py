"""Contracts that end with their term unless they were cut short: of two columns the earlier day counts."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from holdfast.onboarding.called.names import plain_words, seen_through
from holdfast.onboarding.contracts.days import day_of
from holdfast.onboarding.contracts.labels import ended_and_running, status_of, words_that_mean
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Choice, Findings, Question, listed
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

# A term's end stands on so many lines; of those that were cut short so few are later than it, or before the start.
_ALL, _CONTRADICT = 0.98, 0.02
# Of the lines some have been cut short, and not most.
_FEWER = 0.5
# Of those that were cut short, and whose term is not over, a status says of so many that they ended.
_AGREE = 0.9
_TERMS = {"termend", "periodend", "termends", "periodends", "termendsat", "periodendsat", "termendutc", "periodendutc"}


class Ends(NamedTuple):
    """The end of a term, and days on which it was cut short."""

    term: Profile
    cuts: Sequence[Profile]

    @property
    def all(self) -> list[Profile]:
        """The columns, the term's first."""
        return [self.term, *self.cuts]


def cut_short(export: Export, ends: Sequence[Profile], start: Profile | None, findings: Findings) -> Ends | None:
    """Return which column of ends is that of a term, on every line, and which say that some were cut short before."""
    for term in ends if len(ends) > 1 else ():
        cuts = [p for p in ends if p is not term]
        if all(_cuts(export, term, cut, start, findings) for cut in cuts):
            return Ends(term, cuts)
    return None


def _cuts(export: Export, term: Profile, cut: Profile, start: Profile | None, findings: Findings) -> bool:
    last, first = day_of(term, findings), day_of(cut, findings)
    began = "NULL" if start is None else day_of(start, findings)
    terms, some, wrong = export.one(
        f"SELECT COUNT({last}), COUNT({first}), COUNT(*) FILTER ({first} > {last} OR {first} < {began}) FROM {TABLE}"
    )
    return bool(terms >= _ALL * export.lines and 0 < some < _FEWER * export.lines and wrong <= _CONTRADICT * some)


def settle(
    export: Export, found: Sequence[Profile], ends: Ends, start: Profile | None, findings: Findings
) -> Profile | None:
    """State that the earlier day ends a contract where a status bears it out, else ask; return the end, if known.

    Whoever says today that they will leave with their term has a day there, too: only where those whose term is not
    over are called ended, the term was cut short.
    """
    names = [p.name for p in ends.all]
    cut = " or ".join(f'"{p.name}"' for p in ends.cuts)
    (short,) = export.one(f"SELECT COUNT(*) FILTER ({_earlier(ends, findings)}) FROM {TABLE}")
    said = f'"{ends.term.name}" stands on every line, {cut} on {counted(short, "line")} before it'
    ended = are_over(export, found, ends, start, findings)
    if ended:
        findings.set("columns.ended_at", names, "the earlier day: with its term, unless it was cut short")
        findings.tell(f"ended_at: the earlier day of {listed(names)}: {said}, and they are called ended since")
        return earliest(ends.all, findings)
    others = [
        Choice(f'"{ends.term.name}": what is cancelled runs on to the end of its term', _of(ends.term.name)),
        *(Choice(f'"{p.name}": terms are renewed until then', _of(p.name)) for p in ends.cuts),
    ]
    both = Choice("the earlier day of both: with its term, unless it was cut short", _of(names))
    asked = f"{said}. On which day does a contract end?"
    # Where a status calls those running, the likelier answer stands first.
    choices = (others[0], both, *others[1:]) if ended is False else (both, *others)
    chosen = findings.ask(Question("columns.ended_at", asked, choices))
    if chosen is None:
        return None
    named = chosen.settings["columns.ended_at"]
    return next((p for p in ends.all if p.name == named), None) or earliest(ends.all, findings)


def _of(names: str | list[str]) -> dict[str, str | list[str]]:
    return {"columns.ended_at": names}


def _earlier(ends: Ends, findings: Findings) -> str:
    last = day_of(ends.term, findings)
    return " OR ".join(f"COALESCE({day_of(p, findings)} < {last}, FALSE)" for p in ends.cuts)


def are_over(
    export: Export, found: Sequence[Profile], ends: Ends, start: Profile | None, findings: Findings
) -> bool | None:
    """Say whether a status calls those ended who were cut short, and whose term was not over at the latest start.

    ``None`` where nothing says it, or some are called ended and others running.
    """
    status = status_of(export, found)
    if status is None or start is None:
        return None
    until = f"(SELECT MAX({day_of(start, findings)}) FROM {TABLE})"
    cut = " OR ".join(f"COALESCE({day_of(p, findings)} <= {until}, FALSE)" for p in ends.cuts)
    ended, running = ended_and_running(export, status, f"({cut}) AND {day_of(ends.term, findings)} > {until}")
    if not ended + running or max(ended, running) < _AGREE * (ended + running):
        return None
    return bool(ended > running)


def lapsed(
    export: Export, found: Sequence[Profile], cut: Profile, start: Profile | None, findings: Findings
) -> Profile | None:
    """State that terms end contracts, too, where a status calls those ended whose term is over; else return nothing.

    A term is moved on at each renewal (``current_term_end``), so that by itself it ends nothing; of a contract that was
    not renewed it stays where it is, and no other day says when that ended.
    """
    terms = [p for p in found if p.is_date and p is not cut and is_of_terms(p.name)]
    status = status_of(export, found)
    if len(terms) != 1 or status is None or start is None or not _cuts(export, terms[0], cut, start, findings):
        return None
    last, first = day_of(terms[0], findings), day_of(cut, findings)
    until = f"(SELECT MAX({day_of(start, findings)}) FROM {TABLE})"
    ended, running = ended_and_running(export, status, f"{first} IS NULL AND {last} <= {until}")
    if ended <= _CONTRADICT * export.lines or ended < _AGREE * (ended + running):
        return None
    names = [terms[0].name, cut.name]
    findings.set("columns.ended_at", names, "the earlier day: with its term, unless it was cut short")
    findings.tell(
        f'ended_at: the earlier day of {listed(names)}: {counted(ended, "line")} without "{cut.name}" are called ended '
        "since their term is over"
    )
    return earliest([terms[0], cut], findings)


def latest_over(export: Export, found: Sequence[Profile], end: Profile, findings: Findings) -> date | None:
    """Return the latest end of those whom a status calls ended; nothing where none does."""
    if (status := status_of(export, found)) is None:
        return None
    gone = words_that_mean(export, status, ended_=True)
    days: list[tuple[date | None]] = export.connection.execute(
        f"SELECT MAX({day_of(end, findings)}) FILTER ({gone}) FROM {TABLE}"
    ).fetchall()
    return days[0][0]


def is_of_terms(name: str) -> bool:
    """Say whether a name is of the end of a term.

    Examples
    --------
    >>> [is_of_terms(name) for name in ("Subscription: Term End Date", "current_term_end", "Current Period End", "end")]
    [True, True, True, False]
    """
    return "".join(plain_words(seen_through(name))).removeprefix("current").removesuffix("date") in _TERMS


def earliest(ends: Sequence[Profile], findings: Findings) -> Profile:
    """Return the earliest day of several columns as a column; its name is theirs, as a sentence puts it in quotes."""
    days = ", ".join(day_of(p, findings) for p in ends)
    first = ends[0]
    # LEAST leaves out what is NULL.
    return Profile('" or "'.join(p.name for p in ends), f"LEAST({days})", "DATE", first.filled, first.distinct,
                   is_date=True, is_number=False, is_whole=False)  # fmt: skip
