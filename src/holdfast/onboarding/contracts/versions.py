"""Contracts of several lines, one for each term: the terms follow on each other, and the last says when it ended."""

from collections.abc import Sequence

from holdfast.onboarding.called.names import ROLES, Fit, customer_fit, plain_words, seen_through
from holdfast.onboarding.contracts.cut_short import are_over, cut_short, settle
from holdfast.onboarding.contracts.days import day_of, read
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile

_BEGINS = {"termstart", "termstartdate", "currenttermstart", "currenttermstartdate"}
_ENDS = {"termend", "termenddate", "currenttermend", "currenttermenddate"}
# So many lines begin on the very day on which another of the same customer ends, where each term has a line.
_FOLLOW, _CONTRADICT = 0.1, 0.02
# Days from the end of a term within which the next one begins, where it was renewed.
_SOON = 31


def terms_of(export: Export, found: Sequence[Profile]) -> tuple[Profile, Profile] | None:
    """Return the start and the end of terms, where each has a line; nothing where a line is a contract.

    Where a line is of the contract as it is now (``current_term_end``), its term is no contract: it is renewed.
    """
    starts, ends = ([p for p in found if p.is_date and _bare(p.name) in names] for names in (_BEGINS, _ENDS))
    who = [p for p in found if p.may_be_id and p.repeats and customer_fit(p.name) >= Fit.PARTLY]
    if len(starts) != 1 or len(ends) != 1 or not who:
        return None
    (start,), (end,) = starts, ends
    scratch = Findings()
    read(export, [start, end], scratch)
    rows = f"SELECT {who[0].sql} AS who, {day_of(start, scratch)} AS began, {day_of(end, scratch)} AS over FROM {TABLE}"
    follow, blank = export.one(
        f"SELECT COUNT(*) FILTER ((who, began) IN (SELECT (who, over) FROM ({rows}))), "
        f"COUNT(*) FILTER (over IS NULL) FROM ({rows})"
    )
    return (start, end) if follow >= _FOLLOW * export.lines and not blank else None


def settle_terms(export: Export, found: Sequence[Profile], start: Profile, end: Profile, findings: Findings) -> Profile:
    """State that a line is a term, which ends with it or, where a status bears it out, when it was cut short before.

    Where nothing bears it out, it is said on how many lines another day lies before, and how to have it count.
    """
    findings.tell(f'a line for each term, from "{start.name}" to "{end.name}": terms that follow on are one contract')
    others = [p for p in found if p.is_date and p is not end and ROLES["ended_at"].fit(p.name) >= Fit.PARTLY]
    for p in others:
        (short,) = export.one(f"SELECT COUNT(*) FILTER ({day_of(p, findings)} < {day_of(end, findings)}) FROM {TABLE}")
        if short <= _CONTRADICT * export.lines:
            continue
        both = cut_short(export, [end, p], start, findings)
        if both and both.term is end and are_over(export, found, both, start, findings):
            return settle(export, found, both, start, findings) or end
        findings.tell(
            f'"{p.name}" lies before "{end.name}" on {short:,} lines: if contracts end then, name both under '
            f'subscriptions.columns.ended_at, and the earlier day counts: ["{end.name}", "{p.name}"]'
        )
    findings.set("columns.ended_at", end.name)
    return end


def followed(found: Sequence[Profile], start: Profile, end: Profile, findings: Findings) -> str:
    """Return the SQL that is true of a line whose customer has another that begins about when it ends: it was renewed.

    A term that was renewed is over, whatever a status says of it (an insurer's "Renewed").
    """
    who = [p for p in found if p.may_be_id and p.repeats and customer_fit(p.name) >= Fit.PARTLY]
    if not who:
        return "FALSE"
    began, over = day_of(start, findings), day_of(end, findings)
    rows = f"SELECT {who[0].sql} AS who, {began} AS began, {over} AS over FROM {TABLE}"
    ends = (
        f"SELECT a.who, a.began, a.over FROM ({rows}) AS a SEMI JOIN ({rows}) AS b "
        f"ON a.who = b.who AND b.began > a.began AND b.began BETWEEN a.over - {_SOON} AND a.over + {_SOON}"
    )
    return f"COALESCE(({who[0].sql}, {began}, {over}) IN (SELECT (who, began, over) FROM ({ends})), FALSE)"


def _bare(name: str) -> str:
    return "".join(plain_words(seen_through(name)))
