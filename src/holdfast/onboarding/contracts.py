"""Contracts instead of purchases: one row per contract with its start and its end, or per customer with a label."""

from collections.abc import Sequence

from holdfast.data.values import parse
from holdfast.onboarding.dates import find_format
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings, Question
from holdfast.onboarding.marks import find_marks
from holdfast.onboarding.names import ROLES, Fit
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

# Labels as people write them: left, and stayed.
_LABELS = (
    ("yes", "no"),
    ("true", "false"),
    ("1", "0"),
    ("ja", "nein"),
    ("ja", "nej"),
    ("ja", "nei"),
    ("oui", "non"),
    ("si", "no"),
)


def are_contracts(found: Sequence[Profile]) -> bool:
    """Say whether a table holds contracts: a start and an end, or a label, and no column of money per purchase."""
    spells = _fit(found, "started_at", dates=True) and _fit(found, "ended_at", dates=True)
    return bool(spells or (_label(found) and not any(p.is_date for p in found)))


def find_contracts(export: Export, found: Sequence[Profile], findings: Findings) -> None:
    """State the keys of ``subscriptions``, or ask for them."""
    findings.section = "subscriptions"
    start, end, label = _fit(found, "started_at", dates=True), _fit(found, "ended_at", dates=True), _label(found)
    ids = _fit(found, "customer_id")
    if ids is not None and ids.may_be_id:
        findings.set("columns.customer_id", ids.name)
    else:
        findings.tell(
            "no column of customers' ids: the row number stands for the customer (the first below the names is 1)"
        )
    for role in ("plan", "price"):
        p = _fit(found, role)
        if p is not None and (role == "plan" or p.is_number):
            findings.set(f"columns.{role}", p.name)
    if start is not None and end is not None:
        _spells(export, found, start, end, findings)
    elif label is not None:
        _snapshot(export, found, label, findings)
    # Every other column teaches the model: one whose marks are not known would be a column of words.
    if not find_marks(export, [p for p in found if p.is_number], findings):
        find_marks(export, [p for p in found if p.name == findings.settings.get("columns.price")], findings)


def _fit(found: Sequence[Profile], role: str, *, dates: bool = False) -> Profile | None:
    """Return the column whose name fits best, the first of equals."""
    able = [p for p in found if p.is_date == dates and p.filled and ROLES[role].fit(p.name) >= Fit.PARTLY]
    return max(able, key=lambda p: ROLES[role].fit(p.name), default=None)


def _label(found: Sequence[Profile]) -> Profile | None:
    p = _fit(found, "label")
    return p if p is not None and p.distinct == 2 else None


def _spells(export: Export, found: Sequence[Profile], start: Profile, end: Profile, findings: Findings) -> None:
    findings.set("columns.started_at", start.name)
    findings.set("columns.ended_at", end.name)
    reason = _fit(found, "end_reason")
    if reason is not None:
        findings.set("columns.end_reason", reason.name)
    find_format(export, start.sql, start.name, start.type, findings)
    (running,) = export.one(f"SELECT COUNT(*) FILTER (NOT ({is_filled(end.sql)})) FROM {TABLE}")
    findings.tell(f'contracts from "{start.name}" to "{end.name}"; {counted(running, "row")} still running')
    asked = "which is the first day that the table does not know, usually the day it was exported (YYYY-MM-DD)?"
    findings.ask(Question("as_of", asked))


def _snapshot(export: Export, found: Sequence[Profile], label: Profile, findings: Findings) -> None:
    findings.set("columns.label", label.name)
    tenure = _fit(found, "tenure")
    if tenure is not None and tenure.is_number:
        findings.set("columns.tenure", tenure.name)
        findings.set("tenure_unit", "month", "an assumption: say day if it counts days")
    texts = [
        str(r[0])
        for r in export.connection.execute(f"SELECT DISTINCT {parse.bare(label.sql)} FROM {TABLE}").fetchall()
        if r[0]
    ]
    words = next(((yes, no) for yes, no in _LABELS if {t.casefold() for t in texts} == {yes, no}), None)
    if words is None:
        _ask_for_label(label, texts, findings)
        return
    for key, word in zip(("churned_values", "stayed_values"), words, strict=True):
        findings.set(key, [word])
    findings.tell(f'one row per customer with a label: "{label.name}"; {words[0]} means ended')


def _ask_for_label(label: Profile, texts: Sequence[str], findings: Findings) -> None:
    asked = f'which value of "{label.name}" means that the contract ended (in brackets; the other: stayed_values)?'
    chosen = findings.ask(Question("churned_values", asked))
    if chosen is not None:
        ended = chosen.said.strip("[]")
        findings.set("churned_values", [ended], "your answer")
        findings.set("stayed_values", sorted(t for t in texts if t.casefold() != ended.casefold()))
