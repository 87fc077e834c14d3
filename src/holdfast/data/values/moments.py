"""Dates and times as people write them → the shop's wall clock, by stated formats or ISO 8601: nothing is guessed."""

import re
from dataclasses import replace

from holdfast.data.engine import literal
from holdfast.data.source import DAYS, EXCEL, HOURS, MICROSECONDS, MILLISECONDS, SECONDS, Written
from holdfast.data.values.eras import SAID as ERAS
from holdfast.data.values.eras import moment_sql
from holdfast.data.values.month_names import names_month, plain_format, sql_in_english
from holdfast.data.values.parse import CELL, Parsed, bare, by_kind, in_our_digits, words

_DAY = r"\d{4}-\d{2}-\d{2}"
_TIME = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.]\d{1,9})?)?"
# Of plausible years by the pattern: to compare what it reads would read it twice more.
_YEARS = {1970: r"(19[7-9]|2[01]\d)\d", 1900: r"(19|2[01])\d\d", 1600: r"(1[6-9]|2[01])\d\d"}
_OFFSET = r" ?(Z|UTC|GMT|[+-]\d{2}(:?\d{2})?)"
FIRST_YEAR = 1970
"""Nobody kept a log of purchases before."""
FIRST_OF_CONTRACTS = 1900
"""Whoever joined a club, a union or an insurance in 1955 may still be with it."""
FIRST_AT_ALL = 1600
"""To say that a day lies too far back, and not that it is none; a year before is of another calendar, as 1443 is."""
_DAY_0 = "TIMESTAMP '1970-01-01'"
# Days of Excel's 1900 system are counted from here: its 29 February 1900 never was, and no date of ours lies before.
_EXCEL_DAY_0 = "TIMESTAMP '1899-12-30'"
_MILLISECONDS_A_DAY = 86_400_000
_UNIX = {
    # Moments before 1970 are negative; -1 and -9999 say that there is none.
    SECONDS: ("([0-9]{1,10}|-[0-9]{8,10})([.][0-9]*)?", 1_000_000, "seconds since 1970-01-01 UTC"),
    MILLISECONDS: ("([0-9]{1,13}|-[0-9]{11,13})([.][0-9]*)?", 1_000, "milliseconds since 1970-01-01 UTC"),
    MICROSECONDS: ("([0-9]{1,16}|-[0-9]{14,16})([.][0-9]*)?", 1, "microseconds since 1970-01-01 UTC"),
}
# Digits of the parts of a date that have a number of them, and such parts without a mark between.
_DIGITS = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "I": 2, "M": 2, "S": 2, "j": 3}
_ADJOINING = re.compile("(?:%[YymdHIMSj]){2,}")


def timestamp(column: str, sql_type: str, written: Written, *, since: int = FIRST_YEAR) -> Parsed:
    """Read a point in time as the shop's wall clock, between a year (1970, 1900 or 1600) and 2199."""
    if sql_type == "VARCHAR":
        column = in_our_digits(column)
    if sql_type == CELL:
        value = by_kind(column, lambda cell, kind: timestamp(cell, kind, written, since=since).value)
        return replace(timestamp(words(column, CELL), "VARCHAR", written, since=since), value=value)
    zone = None if written.time_zone is None else literal(written.time_zone)
    formats = written.date_formats
    if sql_type.startswith("TIMESTAMP WITH TIME ZONE"):
        read, expected = [_plausible(f"timezone({zone}, {column})" if zone else "NULL", since)], "a timestamp"
    elif sql_type.startswith("TIMESTAMP") or sql_type == "DATE":
        read, expected = [_plausible(f"CAST({column} AS TIMESTAMP)", since)], "a timestamp"
    elif formats:
        stated = [_stated(column, f, zone) for f in formats]
        read, expected = [_plausible(value, since) for value, _ in stated], " or ".join(said for _, said in stated)
    else:
        value, expected = _iso(column, zone, since)
        read = [value]
    expected = f"{expected} between {since} and 2199"
    if len(read) == 1:
        return Parsed(read[0], expected)
    days = f"list_distinct([{', '.join(f'CAST({r} AS DATE)' for r in read)}])"
    ambiguous = f"len({days}) > 1"
    return Parsed(f"CASE WHEN NOT ({ambiguous}) THEN COALESCE({', '.join(read)}) END", expected, ambiguous)


def shape_of(date_format: str) -> str:
    """Return the pattern of dates whose parts stand side by side without a mark; empty where every part ends at one.

    Without its zeros 2024118 could be 18 January or 8 November: `strptime` takes the first that fits.

    Examples
    --------
    >>> shape_of("%Y%m%d %H:%M"), shape_of("%Y-%m-%d")
    ('[0-9]{8} .*:.*', '')
    """
    if not _ADJOINING.search(date_format):
        return ""

    def shape(part: str) -> str:
        if _ADJOINING.fullmatch(part):
            return f"[0-9]{{{sum(_DIGITS[letter] for letter in part[1::2])}}}"
        return ".*" if part.startswith("%") else part if part == " " else re.escape(part)

    return "".join(map(shape, re.findall(f"{_ADJOINING.pattern}|%-?.|[^%]", date_format)))


def carries_offset(sql_type: str, written: Written) -> bool:
    """Say whether values of this type, written like this, are moments that fall on a day only in some time zone."""
    if sql_type.startswith("TIMESTAMP WITH TIME ZONE"):
        return True
    texts = not sql_type.startswith("TIMESTAMP") and sql_type != "DATE"
    return texts and any(map(_has_offset, written.date_formats))


def _has_offset(date_format: str) -> bool:
    return date_format in _UNIX or "%z" in date_format or "%Z" in date_format


def _plausible(moment: str, since: int) -> str:
    first, last = f"TIMESTAMP '{since:04}-01-01'", "TIMESTAMP '2199-12-31 23:59:59.999999'"
    return f"CASE WHEN {moment} BETWEEN {first} AND {last} THEN {moment} END"


def _stated(column: str, date_format: str, zone: str | None) -> tuple[str, str]:
    """Return the SQL of a cell read by one format, and what it looks like."""
    if date_format in _UNIX:
        digits, unit, said = _UNIX[date_format]
        count = f"CAST(CASE WHEN regexp_full_match({bare(column)}, '{digits}') THEN {bare(column)} END AS DOUBLE)"
        return f"timezone({zone}, make_timestamptz(CAST({count} * {unit} AS BIGINT)))", said
    if date_format == EXCEL:
        days = f"CASE WHEN regexp_full_match({bare(column)}, '[0-9]{{1,6}}([.,][0-9]*)?') THEN {bare(column)} END"
        # Rounded to milliseconds: midnight may be held as 45291.99999999999.
        since = f"CAST(ROUND(CAST(REPLACE({days}, ',', '.') AS DOUBLE) * {_MILLISECONDS_A_DAY}) AS BIGINT)"
        return f"{_EXCEL_DAY_0} + to_milliseconds({since})", "a day of Excel (45292 is 2024-01-01)"
    if date_format == DAYS:
        days = f"CASE WHEN regexp_full_match({bare(column)}, '[0-9]{{1,5}}([.]0*)?') THEN {bare(column)} END"
        since = f"{_DAY_0} + to_days(CAST(CAST({days} AS DOUBLE) AS INTEGER))"
        return since, "a number of days (0 is 1970-01-01)"
    if date_format == HOURS:
        hours = f"CASE WHEN regexp_full_match({bare(column)}, '[0-9]{{1,6}}([.]0*)?') THEN {bare(column)} END"
        since = f"{_DAY_0} + to_hours(CAST(CAST({hours} AS DOUBLE) AS INTEGER))"
        return since, "a number of hours (0 is the beginning of 1970-01-01)"
    if date_format in ERAS:
        return moment_sql(bare(column), date_format), ERAS[date_format]
    found = _strptime(bare(column), date_format)
    if names_month(date_format):
        # What is not English already.
        found = f"COALESCE({found}, {_strptime(sql_in_english(bare(column), date_format), plain_format(date_format))})"
    return (f"timezone({zone}, {found})" if _has_offset(date_format) else found), f'a date written "{date_format}"'


def _strptime(cell: str, date_format: str) -> str:
    found = f"try_strptime({cell}, {literal(date_format)})"
    if shape := shape_of(date_format):
        return f"CASE WHEN regexp_full_match({cell}, {literal(shape)}) THEN {found} END"
    return found


def _iso(column: str, zone: str | None, since: int) -> tuple[str, str]:
    """Return the SQL of a cell written as ISO 8601 says, NULL where the year is not plausible, and how it looks."""
    value = bare(column)
    pattern = rf"{_YEARS[since]}-\d{{2}}-\d{{2}}([ T]{_TIME})?"
    naive = f"CASE WHEN regexp_full_match({value}, {literal(pattern)}) THEN TRY_CAST({value} AS TIMESTAMP) END"
    if zone is None:
        return naive, "an ISO 8601 date (2024-12-31 or 2024-12-31 23:59:59)"
    # The engine takes an offset without a blank before it, and no letter for UTC but Z.
    plain = f"regexp_replace(regexp_replace({value}, ' ?(UTC|GMT)$', 'Z'), ' (Z|[+-][0-9:]+)$', '\\1')"
    aware = (
        f"CASE WHEN regexp_full_match({value}, {literal(f'{_DAY}[ T]{_TIME}{_OFFSET}')}) "
        f"THEN timezone({zone}, TRY_CAST({plain} AS TIMESTAMPTZ)) END"
    )
    return f"COALESCE({naive}, {_plausible(aware, since)})", "an ISO 8601 date, with or without an offset,"
