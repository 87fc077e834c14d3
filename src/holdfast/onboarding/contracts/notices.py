"""Notice that was given: the column that says when contracts will end that still run, and which of them do."""

from collections.abc import Iterable, Sequence
from datetime import date

from holdfast.contractual.rules import NO_NOTICE, NOTICE
from holdfast.data.engine import literal
from holdfast.data.values import parse
from holdfast.onboarding.called.contracts import is_notice, is_of_periods
from holdfast.onboarding.contracts.days import day_of
from holdfast.onboarding.contracts.labels import words_of
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings, listed
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

# Of what runs at most this share has given notice; what more have is agreed.
_MOST = 0.2
_FEW_WORDS = 8


def find_notice(export: Export, found: Sequence[Profile], over: str, known: date | None, findings: Findings) -> None:
    """State the column of ends that are known ahead, and the one that says whose notice was given, where there are any.

    Parameters
    ----------
    export, found
        The table and its columns.
    over
        SQL that is true where a contract has ended.
    known
        The latest day that is known; notice ends contracts after it.
    findings
        What is known so far, and where this goes.
    """
    if known is None:
        return
    free = [p for p in found if p.filled and p.name not in findings.settings.values()]
    running = f"NOT {over}"
    (runs,) = export.one(f"SELECT COUNT(*) FILTER ({running}) FROM {TABLE}")
    for p in (p for p in free if p.is_date and is_notice(p.name)):
        has = f"{running} AND {is_filled(p.sql)}"
        some, ahead = export.one(
            f"SELECT COUNT(*) FILTER ({has}), COUNT(*) FILTER ({has} AND {day_of(p, findings)} > DATE '{known}') "
            f"FROM {TABLE}"
        )
        if 0 < some == ahead <= _MOST * runs:
            findings.set("columns.leaves_at", p.name)
            kept = _kind(export, free, has, findings)
            said = f'leaves_at: "{p.name}", the day on which {counted(kept or some, "running contract")} will end'
            findings.tell(f"{said}, for notice was given")
            return
    _flagged(export, free, running, runs, known, findings)


def _kind(export: Export, free: Sequence[Profile], has: str, findings: Findings) -> int:
    """State the column that says what is to happen on the day, where not all of it is an end; return how many end."""
    for p in (p for p in free if not p.is_date and not p.is_number and is_notice(p.name)):
        words = words_of(export, p)
        ends = [word for word in words if is_notice(word)]
        filled, day = is_filled(p.sql), f"({has})"
        (differ,) = export.one(f"SELECT COUNT(*) FILTER ({day} AND NOT {filled}) FROM {TABLE}")
        if ends and len(ends) < len(words) <= _FEW_WORDS and not differ:
            findings.set("columns.notice", p.name)
            findings.set("notice_values", ends)
            others = listed([word for word in words if word not in ends])
            findings.tell(f'notice: "{p.name}" says {listed(ends)}; {others} is no end')
            return int(export.one(f"SELECT COUNT(*) FILTER ({day} AND {_says(p, ends)}) FROM {TABLE}")[0])
    return 0


def _flagged(export: Export, free: Sequence[Profile], running: str, runs: int, known: date, findings: Findings) -> None:
    """State a flag of notice, and the end of the period that the contract then ends with."""
    ends = [p for p in free if p.is_date and is_of_periods(p.name)]
    for p in (p for p in free if not p.is_date and is_notice(p.name)):
        words = words_of(export, p)
        yes = [word for word in words if word.casefold() in NOTICE]
        if not yes or any(word.casefold() not in (*NOTICE, *NO_NOTICE) for word in words):
            continue
        given = f"{running} AND {is_filled(p.sql)} AND {_says(p, yes)}"
        for end in ends:
            day = day_of(end, findings)
            some, ahead = export.one(
                f"SELECT COUNT(*) FILTER ({given}), COUNT(*) FILTER ({given} AND {day} > DATE '{known}') FROM {TABLE}"
            )
            if 0 < some == ahead <= _MOST * runs:
                findings.set("columns.leaves_at", end.name)
                findings.set("columns.notice", p.name)
                findings.tell(
                    f'notice: "{p.name}" says that {counted(some, "running contract")} will end, with the period that '
                    f'is paid for: "{end.name}" (leaves_at)'
                )
                return


def _says(p: Profile, words: Iterable[str]) -> str:
    return f"CAST({parse.text(p.sql, p.type)} AS VARCHAR) IN ({', '.join(map(literal, words))})"
