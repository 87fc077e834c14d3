"""Contracts instead of purchases: one row per contract with its start and its end, or per customer with a label."""

from collections.abc import Sequence
from datetime import date, timedelta

from holdfast.data.day import is_day
from holdfast.errors import DataError
from holdfast.onboarding.called.contracts import is_of_charges
from holdfast.onboarding.called.names import ROLES, Fit, customer_fit, is_nobody, says_id
from holdfast.onboarding.contracts.cut_short import latest_over
from holdfast.onboarding.contracts.days import latest, read
from holdfast.onboarding.contracts.end_reasons import find_reasons, reason_of
from holdfast.onboarding.contracts.exported import without_export
from holdfast.onboarding.contracts.labels import (
    find_copies,
    find_label,
    ids_of,
    label_of,
    left_of,
    never_began,
    words_of,
)
from holdfast.onboarding.contracts.later import written_later
from holdfast.onboarding.contracts.movements import find_movements, log_of
from holdfast.onboarding.contracts.notices import find_notice
from holdfast.onboarding.contracts.paid_until import paid_for_terms, paid_until, tell_paid_until
from holdfast.onboarding.contracts.spells import (
    Dates,
    ask_for_column,
    compare_status,
    dates_of,
    is_over,
    settle_end,
    settle_start,
    tell_running,
)
from holdfast.onboarding.contracts.terms import best, find_terms, fitting
from holdfast.onboarding.contracts.versions import settle_terms, terms_of
from holdfast.onboarding.dateless import is_dateless
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings, Question, listed
from holdfast.onboarding.people import beside_names, is_of_same, told_customers
from holdfast.onboarding.profile import LEAST_IDS, Profile
from holdfast.onboarding.refusals import of_nobody
from holdfast.onboarding.states.groups import lines_of
from holdfast.wording import counted

# Of so few different values a column names words, ages or years beside one that is another in every row.
_OF_ROWS = 0.1


def are_contracts(export: Export, found: Sequence[Profile]) -> bool:
    """Say whether a table holds contracts: starts and ends, changes of revenue, or a label of customers there once."""
    if _is_log(export, found) or dates_of(export, found) is not None:
        return True
    label = label_of(export, found)
    if label is None:
        return False
    named = [p for p in found if p.may_be_id and ROLES["customer_id"].fit(p.name) >= Fit.PARTLY]
    if any(not p.repeats for p in named):
        return True
    if not named and any(p.is_date and ROLES["started_at"].fit(p.name) >= Fit.PARTLY for p in found):
        # "id", "since" and a state: orders do not begin.
        return bool(ids_of(export, found))
    # Else nobody says that customers stand there once: with dates, or a status, they are orders, more likely.
    if not named and is_dateless(export, found):
        return True
    ids = any(ROLES["customer_id"].fit(p.name) == Fit.WHOLE for p in named)
    return (
        not ids
        and ROLES["label"].fit(label.name) >= Fit.PARTLY
        and not any(p.is_date and not p.is_early for p in found)
    )


def _is_log(export: Export, found: Sequence[Profile]) -> bool:
    log = log_of(export, found)
    return log is not None and not log.problem


def find_contracts(export: Export, found: Sequence[Profile], findings: Findings) -> None:
    """State the keys of ``subscriptions``, or ask for them."""
    findings.section = "subscriptions"
    log = log_of(export, found)
    if log is not None and not log.problem:
        find_movements(export, found, log, findings)
        return
    dates, label = dates_of(export, found), label_of(export, found)
    if dates is not None:
        export = _begun(export, found, dates, findings)
        dates = dates_of(export, found) or dates
    paid = paid_until(export, found) if dates is not None else None
    terms: list[Profile] = []
    if paid is not None and dates is not None and paid.until in dates.ends and paid.paid in dates.starts:
        terms = paid_for_terms(paid, export, found)
        findings.set("columns.customer_id", paid.who.name)
        tell_paid_until(paid, export, found, findings)
    elif dates is not None:
        _of_spells(export, found, dates.starts, findings)
    else:
        _of_rows(export, found, findings)
    ends = dates.ends if dates is not None else ()
    find_terms(export, found, findings, dated=dates is not None, ends=ends, paid=terms)
    if dates is not None:
        _spells(export, found, dates, findings)
    elif label is not None:
        _snapshot(export, found, label, findings)


def _begun(export: Export, found: Sequence[Profile], dates: Dates, findings: Findings) -> Export:
    """Return the rows of contracts that began, and say of others, such as people who never paid, what to do."""
    if tried := never_began(export, found):
        findings.set("rules.drop", [tried.rule], "never paid, or only drawn up")
        findings.tell(
            f"status: {tried.says} on {lines_of(export, tried.holds, '')}: no contracts: dropped (rules.drop)"
        )
        export = export.only(f"NOT ({tried.holds})")
    begun = " OR ".join(is_filled(p.sql) for p in dates.starts)
    (blank,) = export.one(f"SELECT COUNT(*) FILTER (NOT ({begun})) FROM {TABLE}")
    if not blank or blank == export.lines:
        return export
    names = " and ".join(f'"{p.name}"' for p in dates.starts)
    findings.set("missing_start", "drop", f"{counted(blank, 'row')} without a first day")
    findings.tell(
        f"{names}: blank in {counted(blank, 'row')}: people who never began or never paid, or whose start was not "
        "carried over. They are left out (missing_start: drop; without it `holdfast check` refuses them); the rest of "
        "this is said of the others"
    )
    return export.only(begun)


def _of_spells(export: Export, found: Sequence[Profile], starts: Sequence[Profile], findings: Findings) -> None:
    """State which column names the customer, who may have several contracts, or ask."""
    able = [p for p in found if p.may_be_id and not is_nobody(p.name)]
    ids = best(able, customer_fit)
    if ids is not None:
        numbered = beside_names(export, ids, [p for p in found if p.may_be_id], starts[0])
        own = [p for p in numbered if is_of_same(p, ids)]
        chosen: Profile | None = own[0] if own else ids
        if numbered and not own:
            asked = f"{listed([p.name for p in numbered])} {'stands' if len(numbered) == 1 else 'stand'} beside "
            asked += f'"{ids.name}", which holds names, and people share these. Which column names the customer'
            chosen = ask_for_column("customer_id", asked, [*numbered, ids], findings)
        if chosen is not None:
            findings.set("columns.customer_id", chosen.name)
            findings.tell(f'customer_id: "{chosen.name}"{told_customers(chosen, export)}')
        return
    able = [p for p in found if p.distinct >= LEAST_IDS and ROLES["phone"].fit(p.name) >= Fit.PARTLY] or able
    if len(able) == 1:
        findings.set("columns.customer_id", able[0].name, "the only column that can name customers")
        findings.tell(f'customer_id: "{able[0].name}", the only column that can name customers')
        return
    if not able and (others := of_nobody(found)):
        raise DataError(others)
    # Where a column is another in every row, a few words or numbers are nobody's beside it.
    if any(not p.repeats for p in able):
        able = [p for p in able if p.distinct >= _OF_ROWS * p.filled] or able
    ask_for_column("customer_id", "which column names the customer", able, findings)


def _of_rows(export: Export, found: Sequence[Profile], findings: Findings) -> None:
    """State which column names the customer, who stands there once; ask where several may; else rows are numbered."""
    ids = ids_of(export, found)
    best = max((ROLES["customer_id"].fit(p.name) for p in ids), default=Fit.NEVER)
    able = [p for p in ids if ROLES["customer_id"].fit(p.name) == best]
    able = [p for p in able if says_id(p.name)] or able
    if len(able) == 1:
        said = "" if best >= Fit.PARTLY else "the only column with another value in every row"
        findings.set("columns.customer_id", able[0].name, said)
        if said:
            findings.tell(f'customer_id: "{able[0].name}", {said}')
    elif able:
        ask_for_column("customer_id", "which column names the customer", able, findings)
    else:
        findings.tell(
            "no column of customers' ids: the row number stands for the customer (the first below the names is 1)"
        )


def _spells(export: Export, found: Sequence[Profile], dates: Dates, findings: Findings) -> None:
    read(export, [*dates.starts, *dates.ends], findings)
    start = settle_start(export, dates.starts, findings)
    if terms := terms_of(export, found):
        end: Profile | None = settle_terms(export, found, *terms, findings)
    else:
        end = settle_end(export, found, dates.ends, start, findings)
    # The end of a term stands on every line: whether a contract is over is a question of days then.
    several = isinstance(findings.settings.get("columns.ended_at"), list)
    end = end if end is None or several else without_export(export, end, start, findings)
    began = start or dates.starts[0]
    known = latest(export, began, findings)
    until = _until(findings) or known
    if several and end is not None and known and _until(findings) is None:
        # A day of cancelling after the latest start may be past, too: what a status calls ended is.
        past = latest_over(export, found, end, findings)
        until = past and max(past, known)
    closed = "FALSE" if end is None else is_over(end, until or known if several else None, findings)
    reason = fitting(found, "end_reason")
    if reason is None and end is not None:
        used = findings.columns
        reason = reason_of(export, [p for p in found if p.name not in used], closed)
    if reason is not None:
        findings.set("columns.end_reason", reason.name)
        find_reasons(export, reason, findings)
    if end is not None:
        find_notice(export, found, closed, until, findings)
    later = written_later(export, found, [start] if start else dates.starts, findings)
    if start is not None and end is not None:
        said = _until(findings)
        over = is_over(end, said or known, findings)
        tell_running(export, start, end, said or known, findings, exported=said is not None)
        compare_status(export, found, start, end, over, findings, exported=said is not None)
        # Where notice is given ahead, what was filled because of it stands beside ends that are still to come, too.
        find_copies(export, found, [over, is_filled(end.sql)], f'"{end.name}" is', findings, later=later)
    else:
        ended = [is_filled(p.sql) for p in dates.ends]
        find_copies(export, found, ended, "a contract has an end", findings, later=later)
    asked = "which is the first day that the table does not know, usually the day it was exported (YYYY-MM-DD)?"
    if known is not None:
        asked += f" The latest contract in it began on {known}; end_of_data is the day after that, and moves on."
    findings.ask(
        Question(
            "as_of",
            asked,
            fits=lambda text: text == "end_of_data" or is_day(text),
            such_as="a day as YYYY-MM-DD, or end_of_data",
        )
    )


def _until(findings: Findings) -> date | None:
    """Return the last day that is known, once somebody has said which is the first that is not."""
    answered = findings.answers.get("as_of")
    try:
        return date.fromisoformat(answered.said) - timedelta(days=1) if answered else None
    except ValueError:
        return None


def _snapshot(export: Export, found: Sequence[Profile], label: Profile, findings: Findings) -> None:
    tenure = fitting(found, "tenure")
    if tenure is not None and tenure.is_number:
        findings.set("columns.tenure", tenure.name)
        findings.set("tenure_unit", "month", "an assumption: say day if it counts days")
    find_label(export, label, words_of(export, label), findings)
    charged = [p.name for p in found if p.is_date and is_of_charges(p.name)]
    later = {"of charges, which end with the contract": charged} if charged else {}
    find_copies(export, found, *left_of(label, findings), findings, label=label, later=later)
