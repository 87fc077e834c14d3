"""How dates are written: every format is held against every line, and what no line decides is asked."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import duckdb

from holdfast.data.engine import literal
from holdfast.data.reading.read import is_zone
from holdfast.data.source import DAYS, EXCEL, HOURS, MICROSECONDS, MILLISECONDS, SECONDS, Written
from holdfast.data.typed import FAR_FUTURE, NO_DAY
from holdfast.data.values.advice import mask
from holdfast.data.values.date_styles import formats_of, formats_together, names_zone
from holdfast.data.values.eras import SAID as ERAS
from holdfast.data.values.eras import era_of, is_islamic
from holdfast.data.values.moments import FIRST_OF_CONTRACTS, FIRST_YEAR, timestamp
from holdfast.data.values.month_names import LANGUAGES, unknown_month
from holdfast.data.values.parse import CELL, holds_texts, words
from holdfast.errors import DataError
from holdfast.onboarding.called.names import ROLES, Fit, plain_words
from holdfast.onboarding.called.totals import TOTALS
from holdfast.onboarding.counted_time import asked_unit, counts_time
from holdfast.onboarding.export import PEEK, TABLE, Export, is_filled
from holdfast.onboarding.findings import Answers, Choice, Findings, Question
from holdfast.onboarding.proof import MOST_UNREAD, Proof, Reading, Verdict, decide, shortlist, texts_of
from holdfast.wording import counted

# Any zone tells whether a text can be read; which one is right, no file says.
_SOME_ZONE = "UTC"
# A column in several formats is looked at so far, each text once.
_MOST_DIFFERENT = 20_000
# What counts look like in the years in which shops kept logs: seconds and milliseconds since 1980, days since 1980.
_LIKE = {
    SECONDS: "[0-9]{9,10}([.][0-9]*)?",
    MILLISECONDS: "[0-9]{12,13}([.]0*)?",
    MICROSECONDS: "[0-9]{15,16}([.]0*)?",
    EXCEL: "(29|[3-6][0-9])[0-9]{3}([.,][0-9]*)?",
    DAYS: "[0-9]{1,4}",
}
_SIX_DIGITS = {
    "%y%m%d": "year, month and day, 241231 for 31 December 2024",
    "%d%m%y": "day, month and year, 311224 for 31 December 2024",
    "%m%d%y": "month, day and year, 123124 for 31 December 2024",
}
# 3112, 0101, 101.
_DAY_AND_MONTH = "(0?[1-9]|[12][0-9]|3[01])(0[1-9]|1[0-2])"
_COUNTS = (SECONDS, MILLISECONDS, MICROSECONDS)
_DAYS_OF_A_YEAR = 366
# What the last word of a name may be where it is of a moment.
_MOMENTS = {"at", "ts", "on", "start", "end", "since", "until", "utc", "epoch", "unix", "timestamp"}
# Nor is what is numbered.
_NUMBERED = {"id", "ids", "nr", "nbr", "no", "number", "nummer", "num", "numero", "code"}
_CALLED_DAYS = {"day", "days", "date", "dag", "dage", "dato", "datum", "tag", "tage", "jour", "jours", "fecha", "dia"}


def reads_as_date(export: Export, column: str, name: str, sql_type: str, *, since: int = FIRST_OF_CONTRACTS) -> bool:
    """Say whether a column holds dates; its name matters where they are written as a number of seconds or days."""
    if _is_typed(sql_type):
        return True
    text = _texts(column, sql_type)
    if sql_type == CELL:
        # Dates as Excel stores them, beside dates that are text.
        (others,) = export.one(f"SELECT COUNT(*) FILTER (union_tag({column}) NOT IN ('moment', 'word')) FROM {PEEK}")
        if others:
            return False
    if not holds_texts(sql_type) and not counts_moments(name):
        return False
    # Years such as 2567 are far ahead in one calendar only.
    text = text if era_of(texts_of(export, text, source=PEEK)) else stated(text)
    # Lines written in several ways are dates all the same; find_format says that no one format reads them.
    any_way = Reading("", {}, f"COALESCE({', '.join(r.value for r in _readings(export, text, name, since))})")
    return bool(shortlist(export, text, [any_way], source=PEEK, least=1 - MOST_UNREAD))


def stated(text: str) -> str:
    """Return the SQL of a cell that states a day: neither the year 9999 nor zeros, which say that there is none."""
    none = f"regexp_matches({text}, {literal(FAR_FUTURE)}) OR regexp_matches({text}, {literal(NO_DAY)})"
    return f"CASE WHEN NOT ({none}) THEN {text} END"


def zeros(column: str, sql_type: str) -> str:
    """Return the SQL that is true of a cell of zeros (0000-00-00), which says that there is no day."""
    if _is_typed(sql_type) or not holds_texts(sql_type):
        return "FALSE"
    return f"COALESCE(regexp_matches({_texts(column, sql_type)}, {literal(NO_DAY)}), FALSE)"


def no_day(export: Export, column: str, sql_type: str) -> str:
    """Return the same, but of days or hours that are counted, of which 0 is one."""
    return "FALSE" if counts_time(export, column) else zeros(column, sql_type)


def _texts(column: str, sql_type: str) -> str:
    """Return the SQL of a column's cells as texts; of one with cells of several kinds those that are texts."""
    return column if sql_type == "VARCHAR" else words(column, sql_type)


def called_a_date(name: str) -> bool:
    """Say whether a name says that a column holds dates."""
    return ROLES["ordered_at"].fit(name) >= Fit.PARTLY


def counts_moments(name: str) -> bool:
    """Say whether a name says that numbers in a column are moments: seconds, milliseconds, or days of a workbook.

    Examples
    --------
    >>> [counts_moments(name) for name in ("created", "canceled_at", "period_end", "Joined", "amount", "format")]
    [True, True, True, True, False, False]
    >>> [counts_moments(name) for name in ("Attendee #", "Cancellation number")]
    [False, False]
    """
    if "#" in name or _NUMBERED & set(plain_words(name)):
        return False
    roles = ("started_at", "ended_at", "created_at")
    if called_a_date(name) or any(ROLES[role].fit(name) >= Fit.PARTLY for role in roles):
        return True
    return any(word in _MOMENTS for word in plain_words(name)[-1:])


def says_days(name: str) -> bool:
    """Say whether a name speaks of days or dates."""
    return bool(_CALLED_DAYS & set(plain_words(name)))


def counts_days(export: Export, column: str, name: str) -> bool:
    """Say whether a column called days holds whole numbers, and more of them than a year has: days since some day."""
    if not says_days(name):
        return False
    cells = f"SELECT CAST({column} AS VARCHAR) AS x FROM {PEEK} WHERE {column} IS NOT NULL"
    other, different = export.one(
        f"SELECT COUNT(*) FILTER (NOT regexp_full_match(x, '{_LIKE[DAYS]}')), COUNT(DISTINCT x) FROM ({cells})"
    )
    return not other and different > _DAYS_OF_A_YEAR


def find_format(
    export: Export,
    column: str,
    name: str,
    sql_type: str,
    findings: Findings,
    *,
    also: Sequence[tuple[str, str]] = (),
    since: int = FIRST_YEAR,
    kept: str = "",
) -> None:
    """State ``date_format`` and ``time_zone`` of a column of dates, or ask for them.

    ``also``: further columns (SQL, type) that are read by the same formats, and decide with it. ``since``: the first
    year that counts. ``kept``: SQL that is true of lines with a customer, where lines of totals, too, are dropped.
    """
    if _is_typed(sql_type):
        if sql_type.startswith("TIMESTAMP WITH TIME ZONE"):
            _ask_for_zone(name, export, findings)
        return
    if counts_days(export, column, name):
        findings.set("date_format", DAYS, "whole numbers of days; day 0 is taken for 1970-01-01")
        findings.tell(f'dates: "{name}" counts days; day 0 is taken for 1970-01-01 (date_format: {DAYS})')
        return
    text = _cells_to_read(export, column, sql_type, kept)
    if not text:
        return
    texts = [text, *(stated(_texts(other, kind)) for other, kind in also if not _is_typed(kind))]
    verdict = _read_by(export, texts, name, since, apart=bool(also))
    if verdict is None:
        _refuse_without_year(export, text, name)
        _refuse_other_years(export, text, name)
        findings.ask(asked_unit(export, column, name) or _how_written(export, text, name, since))
        return
    if verdict.tied:
        _ask_for_format(name, verdict, findings)
    else:
        _state(export, name, verdict, findings)
    if "time_zone" in verdict.best.settings:
        _ask_for_zone(name, export, findings)


def _read_by(export: Export, texts: Sequence[str], name: str, since: int, *, apart: bool) -> Verdict | None:
    """Return what one format makes of columns, or several; ``apart``: each column may have its own."""
    near = {r.said: r for t in texts for r in _near(export, t, name, since)}
    verdict = decide(export, texts, list(near.values())) if near else None
    if verdict is None or verdict.unread:
        several = _several(export, texts, since) or (_apart(export, texts, name, since) if apart else None)
        if several is not None and (verdict is None or several.unread < verdict.unread):
            verdict = several
    return _of_six_digits(export, texts, since) if verdict is None else verdict


def _cells_to_read(export: Export, column: str, sql_type: str, kept: str) -> str:
    """Return the SQL of the texts that a format must read; nothing where dates as Excel stores them are all there is.

    Beside those, texts on lines that are dropped anyway say nothing of how dates are written; where all are texts, a
    line of a guest may be the one that decides.
    """
    text = _texts(column, sql_type)
    aside = f"{zeros(column, sql_type)} OR {of_totals(text)}" if kept else zeros(column, sql_type)
    cells = f"CASE WHEN NOT ({aside}) THEN {text} END"
    if sql_type != CELL or not kept:
        return cells
    cells = f"CASE WHEN {kept} AND NOT ({aside}) THEN {text} END"
    return cells if export.one(f"SELECT COUNT({cells}) FILTER ({is_filled(cells)}) FROM {TABLE}")[0] else ""


def of_totals(text: str) -> str:
    """Return the SQL that is true of a text that says total in place of a day."""
    return f"COALESCE(regexp_matches(LOWER({text}), {literal(TOTALS)}), FALSE)"


def moment(export: Export, column: str, name: str, sql_type: str, answers: Answers) -> str:
    """Return the SQL of a column of dates as moments, whatever is still to be asked: by the first format that fits.

    As it stands where none fits. Texts such as 31/12/2023 are in another order than their days.
    """
    found = Findings(answers)
    try:
        find_format(export, column, name, sql_type, found)
    except DataError:
        return column
    keys = dict(found.settings)
    for question in found.questions:
        keys |= question.choices[0].settings if question.choices else {}
    written = Written(date_format=keys.get("date_format"), time_zone=keys.get("time_zone") or _SOME_ZONE)
    return timestamp(column, sql_type, written).value


def _of_six_digits(export: Export, texts: Sequence[str], since: int) -> Verdict | None:
    """Return what is made of days of six digits, 241231 or 311224, which could be any number but for their name."""
    cells = [cell for text in texts for cell in texts_of(export, text, source=PEEK)]
    if not cells or not all(re.fullmatch("[0-9]{6}", cell) for cell in cells):
        return None
    readings = [replace(_reading(f, None, since), said=f"{said} ({f})") for f, said in _SIX_DIGITS.items()]
    verdict = decide(export, texts, readings)
    return verdict if verdict and not verdict.unread else None


def _refuse_without_year(export: Export, text: str, name: str) -> None:
    """Refuse days whose year stands elsewhere, as in bookings that DATEV exports: 3112 is a day of any year."""
    cells = texts_of(export, text, source=PEEK)
    if cells and all(re.fullmatch(_DAY_AND_MONTH, cell) for cell in cells):
        raise DataError(
            f'"{name}" holds a day and a month without a year (3112 for 31 December), and a day without a year cannot '
            "be read. Export whole dates; or add a column to the file with the year in it, written as 2024-12-31, and "
            f'call it "ordered_at". In DATEV\'s files (EXTF) line 1 says of which financial year the bookings are.'
        )


def _refuse_other_years(export: Export, text: str, name: str) -> None:
    """Refuse years of the Islamic calendar: no question leads to a format that reads them."""
    if is_islamic(texts_of(export, text, source=PEEK)):
        raise DataError(
            f'"{name}" holds years of another calendar (14xx, the Islamic one), whose days no date_format reads: write '
            "them in the common one, such as 2024-12-31, or export with its dates."
        )


def _how_written(export: Export, text: str, name: str, since: int) -> Question:
    """Return the question after a format, with the shape of most cells: digits as 9, letters as x."""
    cells = texts_of(export, text, source=PEEK)
    shapes = Counter(map(mask, cells))
    like = f", most like {shapes.most_common(1)[0][0]} (9 a digit, x a letter)" if shapes else ""
    return Question(
        "date_format",
        f'"{name}" holds dates{like}, but no one format reads them all. How are they written, as in strptime: '
        f"%d-%m-%Y %H:%M for 31-12-2024 23:59, %b for Dec, other letters as they stand?{_said_of_months(cells)}"
        f"{_said_of_counts(cells)}",
        fits=partial(_reads_any, export, text, since),
        such_as="a format that reads some of them, such as %d-%m-%Y",
    )


def _reads_any(export: Export, text: str, since: int, date_format: str) -> bool:
    """Say whether a format reads any of the dates looked at."""
    try:
        value = timestamp("x", "VARCHAR", Written(date_format=date_format, time_zone=_SOME_ZONE), since=since).value
        return bool(export.row(f"SELECT COUNT({value}) FROM (SELECT {text} AS x FROM {PEEK})")[0])
    except duckdb.Error:
        return False


def _said_of_months(cells: Sequence[str]) -> str:
    return f" Names of months are read in {LANGUAGES}; write others as numbers." if unknown_month(cells) else ""


def _said_of_counts(cells: Sequence[str]) -> str:
    """Say how numbers of days are read, where cells are nothing but small whole numbers."""
    counts = bool(cells) and all(re.fullmatch(_LIKE[DAYS], cell) for cell in cells)
    said = f" Numbers of days since some day are read by {DAYS} (0 becomes 1970-01-01), of hours by {HOURS}."
    return said if counts else ""


def _is_typed(sql_type: str) -> bool:
    return sql_type.startswith("TIMESTAMP") or sql_type == "DATE"


def _near(export: Export, text: str, name: str, since: int) -> list[Reading]:
    return shortlist(export, text, _readings(export, text, name, since), source=PEEK, least=0.001)


def _several(export: Export, texts: Sequence[str], since: int) -> Verdict | None:
    """Return what two or three formats make of columns that none of them reads alone."""
    cells = [cell for text in texts for cell in texts_of(export, text, source=TABLE, most=_MOST_DIFFERENT)]
    return _by_several(export, texts, formats_together(cells, since=since), since)


def _apart(export: Export, texts: Sequence[str], name: str, since: int) -> Verdict | None:
    """Return what formats make of columns of which each is written in its own, as seconds beside days."""
    formats: dict[str, None] = {}
    for text in texts:
        # Among several formats ISO 8601 must be spelled out.
        near = [r for r in _near(export, text, name, since) if "date_format" in r.settings]
        verdict = decide(export, [text], near) if near else None
        if verdict is None or verdict.tied:
            return None
        formats[verdict.best.settings["date_format"]] = None
    return _by_several(export, texts, list(formats), since)


def _by_several(export: Export, texts: Sequence[str], formats: list[str], since: int) -> Verdict | None:
    if len(formats) < 2:
        return None
    zone = _SOME_ZONE if any(f in _COUNTS or names_zone(f) for f in formats) else None
    read = timestamp("x", "VARCHAR", Written(date_format=formats, time_zone=zone), since=since).value
    said = " and ".join(f'"{f}"' for f in formats)
    keys = {"date_format": formats} | ({"time_zone": zone} if zone else {})
    return decide(export, texts, [Reading(said, keys, read)])


def _readings(export: Export, column: str, name: str, since: int) -> list[Reading]:
    """Return every way of reading a date; a number of seconds or days could be any number, unless called a date."""
    cells = texts_of(export, column, source=PEEK)
    if era := era_of(cells):
        return [_reading(era, None, since)]
    formats = formats_of(cells, since=since)
    counts = _COUNTS if counts_moments(name) else ()
    plain = [None, *(f for f in formats if not names_zone(f)), *([EXCEL] if counts else [])]
    zoned = [None, *filter(names_zone, formats), *counts]
    return [_reading(f, None, since) for f in plain] + [_reading(f, _SOME_ZONE, since) for f in zoned]


def _reading(date_format: str | None, zone: str | None, since: int) -> Reading:
    value = timestamp("x", "VARCHAR", Written(date_format=date_format, time_zone=zone), since=since).value
    if date_format in _LIKE:
        value = f"CASE WHEN regexp_full_match(x, '{_LIKE[date_format]}') THEN {value} END"
    if date_format is None and zone is not None:
        # What needs no zone is read without one already.
        naive = timestamp("x", "VARCHAR", Written(), since=since).value
        value = f"CASE WHEN ({naive}) IS NULL THEN {value} END"
    keys = {"date_format": date_format, "time_zone": zone}
    if date_format in ERAS:
        return Reading(f"{date_format}, {ERAS[date_format]}", {"date_format": date_format}, value)
    said = f'"{date_format}"' if date_format else "ISO 8601" + (" with a time zone" if zone else "")
    return Reading(said + _order(date_format), {k: v for k, v in keys.items() if v is not None}, value)


def _order(date_format: str | None) -> str:
    day, month = (date_format or "").find("%d"), (date_format or "").find("%m")
    if min(day, month) < 0 or (date_format or "").startswith("%Y"):
        return ""
    return ", day first" if day < month else ", month first"


def _state(export: Export, name: str, verdict: Verdict, findings: Findings) -> None:
    best = verdict.best
    unread = f"; {counted(verdict.unread, 'cell')} cannot be read" if verdict.unread else ""
    proof = _proved(export, verdict.proofs[0]) if verdict.proofs else ""
    findings.tell(f'dates: "{name}", {best.said}{proof}{unread}')
    if "date_format" in best.settings:
        findings.set("date_format", best.settings["date_format"], proof.removeprefix(": ") or "reads every line")


def _proved(export: Export, proof: Proof) -> str:
    return f": {proof.either_share:.0%} of them could be either way; {export.where(proof.place)} decides"


def _ask_for_format(name: str, verdict: Verdict, findings: Findings) -> None:
    fits = [verdict.best, *verdict.tied]
    choices = tuple(Choice(r.said, {"date_format": r.settings.get("date_format")}) for r in fits)
    asked = (
        f'the dates in "{name}" ({counted(verdict.total, "cell")}) can be read in {len(fits)} ways, and no line '
        "decides. Which is meant?"
    )
    chosen = findings.ask(Question("date_format", asked, choices))
    if chosen is not None:
        findings.tell(f'dates: "{name}", {chosen.said}')


def _ask_for_zone(name: str, export: Export, findings: Findings) -> None:
    findings.ask(
        Question(
            "time_zone",
            f"the moments in \"{name}\" carry a time zone. Which zone's calendar days count, the shop's own, such as "
            "Europe/London?",
            fits=partial(is_zone, export.connection),
            such_as="a region such as Europe/London",
        )
    )
