"""Decimal and thousands marks: every pair is held against every number, and what no number decides is asked."""

from collections.abc import Sequence

from holdfast.data.values import parse
from holdfast.onboarding.called.names import is_eastern
from holdfast.onboarding.export import Export
from holdfast.onboarding.findings import Choice, Findings, Question, listed
from holdfast.onboarding.money.numbers import number_readings
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.proof import Reading, decide


def find_marks(export: Export, numbers: Sequence[Profile], findings: Findings) -> bool:
    """State ``decimal`` and ``thousands`` of the columns of numbers, or ask for them; typed numbers need none.

    Returns
    -------
    bool
        Whether one pair of marks reads all columns.
    """
    written = [p for p in numbers if parse.holds_texts(p.type)]
    if not written:
        return True
    verdict = decide(export, [parse.words(p.sql, p.type) for p in written], number_readings())
    if verdict is None:
        return False
    best, fits = verdict.best, [verdict.best, *verdict.tied]
    if verdict.tied:
        thousands = [r for r in fits if r.settings.get("thousands") == ","]
        if len(thousands) == 1 and any(is_eastern(p.name) for p in written):
            why = "columns are called in a script of Japan, China or Korea, where points are decimal"
            findings.set("decimal", ".")
            findings.set("thousands", ",", why)
            findings.tell(f"numbers: {thousands[0].said}: {why}")
            return True
        names = listed([p.name for p in written])
        choices = tuple(Choice(r.said, {"decimal": ".", "thousands": None} | dict(r.settings)) for r in fits)
        asked = (
            f"numbers such as {_shape(fits)} in {names} can be read in {len(fits)} ways, and no line decides. "
            "Which is meant?"
        )
        chosen = findings.ask(Question("decimal", asked, choices))
        if chosen is not None:
            findings.tell(f"numbers: {chosen.said}")
        return True
    proof = verdict.proofs[0] if verdict.proofs else None
    why = f"{export.where(proof.place)} cannot be read with {proof.rival.said}" if proof else "reads every number"
    for key, value in best.settings.items():
        findings.set(key, value, why)
    if best.settings or proof:
        findings.tell(f"numbers: {best.said}: {why}")
    return True


def _shape(fits: Sequence[Reading]) -> str:
    marks = {str(r.settings["thousands"]) for r in fits if "thousands" in r.settings}
    return f"9{min(marks)}999" if marks else "9.999"
