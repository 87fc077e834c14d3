"""Decimal and thousands marks: every pair is held against every number, and what no number decides is asked."""

from collections.abc import Sequence

from holdfast.data.engine import literal
from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.onboarding.export import PEEK, Export, is_filled
from holdfast.onboarding.findings import Choice, Findings, Question
from holdfast.onboarding.proof import MOST_UNREAD, Reading, decide, shortlist

# (decimal mark, thousands mark); the plainest of those that mean the same comes first. Blanks and apostrophes between
# groups need no saying.
_MARKS = ((None, None), (",", None), (",", "."), (".", ","))
_NAMES = {".": "point", ",": "comma"}


def reads_as_number(export: Export, column: str, sql_type: str) -> bool:
    """Say whether a column holds numbers."""
    if sql_type == parse.CELL:
        (moments,) = export.one(f"SELECT COUNT(*) FILTER (union_tag({column}) = 'moment') FROM {PEEK}")
        texts = parse.words(column, sql_type)
        (some,) = export.one(f"SELECT COUNT(*) FROM {PEEK} WHERE {is_filled(texts)}")
        return not moments and (not some or reads_as_number(export, texts, "VARCHAR"))
    if sql_type != "VARCHAR":
        return not sql_type.startswith(("TIMESTAMP", "DATE", "BOOL", "ENUM", "TIME"))
    return bool(shortlist(export, column, _readings(), source=PEEK, least=1 - MOST_UNREAD))


def find_marks(export: Export, columns: Sequence[tuple[str, str]], findings: Findings) -> bool:
    """State ``decimal`` and ``thousands`` of the columns of numbers, (SQL, name) each, or ask for them.

    Returns
    -------
    bool
        Whether one pair of marks reads all columns.
    """
    if not columns:
        return True
    verdict = decide(export, [sql for sql, _ in columns], _readings())
    if verdict is None:
        return False
    best, fits = verdict.best, [verdict.best, *verdict.tied]
    if verdict.tied:
        names = " and ".join(f'"{name}"' for _, name in columns)
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


def _readings() -> list[Reading]:
    """Return every way of reading a number."""
    readings = []
    for decimal, thousands in _MARKS:
        value = parse.number("x", "VARCHAR", Written(decimal=decimal, thousands=thousands)).value
        if thousands is not None:
            # No whole number in groups of three begins with 0.
            none = literal(f"[-+]?0[0-9]*[{thousands}].*")
            value = f"CASE WHEN NOT regexp_full_match(x, {none}) THEN {value} END"
        keys = {"decimal": decimal, "thousands": thousands}
        readings.append(Reading(_said(decimal, thousands), {k: v for k, v in keys.items() if v is not None}, value))
    return readings


def _said(decimal: str | None, thousands: str | None) -> str:
    said = f"decimal {_NAMES[decimal or '.']}"
    return f"{said}, thousands {_NAMES[thousands]}" if thousands else said


def _shape(fits: Sequence[Reading]) -> str:
    marks = {str(r.settings["thousands"]) for r in fits if "thousands" in r.settings}
    return f"9{min(marks)}999" if marks else "9.999"
