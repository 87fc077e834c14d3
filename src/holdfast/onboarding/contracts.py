"""Contracts instead of purchases: one row per contract with its start and its end, or per customer with a label."""

from collections.abc import Sequence

from holdfast.data.engine import literal
from holdfast.data.typed import FAR_FUTURE
from holdfast.data.values import parse
from holdfast.onboarding.dates import find_format
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Choice, Findings, Question
from holdfast.onboarding.labels import find_copies, find_label, ids_of, label_of, left_of, words_of
from holdfast.onboarding.marks import find_marks
from holdfast.onboarding.names import ROLES, Fit, plain_words, says_id
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

_YEARLY = {"yearly", "annual", "annually", "annualised", "annualized", "arr", "acv"}
_YEARLY |= {"jahrlich", "jahresbeitrag", "jahrespreis", "arlig", "arspris", "annuel", "anual", "annuo"}


def are_contracts(export: Export, found: Sequence[Profile]) -> bool:
    """Say whether a table holds contracts: a start and an end, or a label of customers that stand there once."""
    spells = _fit(found, "started_at", dates=True) and _fit(found, "ended_at", dates=True)
    label = label_of(export, found)
    if spells or label is None:
        return bool(spells)
    named = [p for p in found if p.may_be_id and ROLES["customer_id"].fit(p.name) >= Fit.PARTLY]
    if any(not p.repeats for p in named):
        return True
    # Else nobody says that customers stand there once: with dates, or a status, they are orders, more likely.
    ids = any(ROLES["customer_id"].fit(p.name) == Fit.WHOLE for p in named)
    return not ids and ROLES["label"].fit(label.name) >= Fit.PARTLY and not any(p.is_date for p in found)


def find_contracts(export: Export, found: Sequence[Profile], findings: Findings) -> None:
    """State the keys of ``subscriptions``, or ask for them."""
    findings.section = "subscriptions"
    start, end, label = (
        _fit(found, "started_at", dates=True),
        _fit(found, "ended_at", dates=True),
        label_of(export, found),
    )
    spells = start is not None and end is not None
    if spells:
        _of_spells(found, findings)
    else:
        _of_rows(export, found, findings)
    for role in ("plan", "price"):
        p = _fit(found, role)
        if p is not None and (_has_plans(p) if role == "plan" else p.is_number):
            findings.set(f"columns.{role}", p.name)
            if role == "price" and spells and _YEARLY & set(plain_words(p.name)):
                findings.set("period_days", 365, f'"{p.name}" is what a year costs')
                findings.tell(f'period_days: 365, as "{p.name}" is what a year costs')
    if spells:
        _spells(export, found, findings)
    elif label is not None:
        _snapshot(export, found, label, findings)
    # Every other column teaches the model: one whose marks are not known would be a column of words.
    if not find_marks(export, [p for p in found if p.is_number], findings):
        find_marks(export, [p for p in found if p.name == findings.settings.get("columns.price")], findings)


def _of_spells(found: Sequence[Profile], findings: Findings) -> None:
    """State which column names the customer, who may have several contracts, or ask."""
    ids = _fit(found, "customer_id")
    if ids is not None and ids.may_be_id:
        findings.set("columns.customer_id", ids.name)
        return
    able = [p for p in found if p.may_be_id and not p.is_date]
    _ask_for_column("customer_id", "which column names the customer", able, findings)


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
        _ask_for_column("customer_id", "which column names the customer", able, findings)
    else:
        findings.tell(
            "no column of customers' ids: the row number stands for the customer (the first below the names is 1)"
        )


def _has_plans(p: Profile) -> bool:
    """Say whether many customers share a value: a column called "contract" may as well hold the contract's number."""
    return 2 * p.distinct <= p.filled


def _ask_for_column(role: str, asked: str, able: Sequence[Profile], findings: Findings) -> Profile | None:
    """Ask which column has a role; return the one that was chosen."""
    key = f"columns.{role}"
    choices = tuple(Choice(f'"{p.name}"', {key: p.name}) for p in able)
    names = ": " + " or ".join(f'"{p.name}"' for p in able) if able else ""
    chosen = findings.ask(Question(key, f"{asked}{names}?", choices))
    return next((p for p in able if chosen is not None and chosen.settings[key] == p.name), None)


def _dated(role: str, asked: str, found: Sequence[Profile], findings: Findings) -> Profile | None:
    """State the column of dates with a role, or ask where the names of several say that it is theirs."""
    able = [p for p in found if p.is_date and p.filled and ROLES[role].fit(p.name) >= Fit.PARTLY]
    if len(able) > 1:
        return _ask_for_column(role, asked, able, findings)
    findings.set(f"columns.{role}", able[0].name)
    return able[0]


def _fit(found: Sequence[Profile], role: str, *, dates: bool = False) -> Profile | None:
    """Return the column whose name fits best, the first of equals."""
    able = [p for p in found if p.is_date == dates and p.filled and ROLES[role].fit(p.name) >= Fit.PARTLY]
    return max(able, key=lambda p: ROLES[role].fit(p.name), default=None)


def _spells(export: Export, found: Sequence[Profile], findings: Findings) -> None:
    start = _dated("started_at", "which column says when the contract began", found, findings)
    end = _dated("ended_at", "which column says when the contract ended, empty while it runs", found, findings)
    reason = _fit(found, "end_reason")
    if reason is not None:
        findings.set("columns.end_reason", reason.name)
    dated = start or _fit(found, "started_at", dates=True)
    if dated is not None:
        find_format(export, dated.sql, dated.name, dated.type, findings)
    if start is not None and end is not None:
        ended = f"{is_filled(end.sql)} AND NOT regexp_matches({parse.bare(end.sql)}, {literal(FAR_FUTURE)})"
        (running,) = export.one(f"SELECT COUNT(*) FILTER (NOT COALESCE({ended}, FALSE)) FROM {TABLE}")
        findings.tell(f'contracts from "{start.name}" to "{end.name}"; {counted(running, "row")} still running')
        find_copies(export, found, f"COALESCE({ended}, FALSE)", f'"{end.name}" is', findings)
    asked = "which is the first day that the table does not know, usually the day it was exported (YYYY-MM-DD)?"
    findings.ask(Question("as_of", asked))


def _snapshot(export: Export, found: Sequence[Profile], label: Profile, findings: Findings) -> None:
    tenure = _fit(found, "tenure")
    if tenure is not None and tenure.is_number:
        findings.set("columns.tenure", tenure.name)
        findings.set("tenure_unit", "month", "an assumption: say day if it counts days")
    find_label(export, label, words_of(export, label), findings)
    find_copies(export, found, *left_of(label, findings), findings, label=label)
