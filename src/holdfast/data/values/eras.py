"""Dates whose years are counted from elsewhere: the Buddhist calendar, Minguo, and the eras of Japan's emperors."""

import re
from dataclasses import dataclass

from holdfast.data.engine import literal

BUDDHIST, MINGUO, WAREKI = "buddhist", "minguo", "wareki"
_TIME = "(?:[ T,]+([0-2][0-9]:[0-5][0-9](?::[0-5][0-9])?))?"
# Between the parts of a day.
_MARK, _OF_YEAR, _OF_MONTH = "[-/. ]", "[-/.年]", "[-/.月]"
_PART = "([0-9]{1,2})"


@dataclass(frozen=True)
class _Way:
    """A way to write a day, whose groups are year, month, day and time in some order; what is added to its year."""

    pattern: str
    year: int
    month: int
    day: int
    added: str


def _eras(cell: str) -> str:
    """Return the SQL of what is added to a year of the era that a cell names."""
    cases = (("令和|[Rr]", 2018), ("平成|[Hh]", 1988), ("昭和|[Ss]", 1925))
    whens = " ".join(f"WHEN regexp_matches({cell}, '^({names})') THEN {years}" for names, years in cases)
    return f"CASE {whens} END"


_BUDDHIST_YEAR = "(2[4-6][0-9]{2})"
_WAYS = {
    BUDDHIST: (
        _Way(f"{_PART}{_MARK}{_PART}{_MARK}{_BUDDHIST_YEAR}{_TIME}", 3, 2, 1, "-543"),
        _Way(f"{_BUDDHIST_YEAR}{_MARK}{_PART}{_MARK}{_PART}{_TIME}", 1, 2, 3, "-543"),
        _Way(f"{_PART}{_MARK}{_PART}{_MARK}([0-9]{{2}}){_TIME}", 3, 2, 1, "1957"),
    ),
    MINGUO: (
        _Way(f"(?:民國|民国)?([0-9]{{2,3}}){_OF_YEAR}{_PART}{_OF_MONTH}{_PART}日?{_TIME}", 1, 2, 3, "1911"),
        _Way(f"([0-9]{{3}})([0-9]{{2}})([0-9]{{2}}){_TIME}", 1, 2, 3, "1911"),
    ),
    WAREKI: (
        _Way(
            f"(?:令和|平成|昭和|[RHSrhs])[. ]?([0-9]{{1,2}}){_OF_YEAR}{_PART}{_OF_MONTH}{_PART}日?{_TIME}",
            1, 2, 3, "",
        ),
    ),
}  # fmt: skip
SAID = {
    BUDDHIST: "a date of the Buddhist calendar (31/12/2567 is 2024-12-31)",
    MINGUO: "a date of the Minguo calendar (113/12/31 is 2024-12-31)",
    WAREKI: "a date of a Japanese era (令和6年12月31日 or R6.12.31 is 2024-12-31)",
}
"""What ``date_format`` calls such calendars, and what their dates look like."""
# What is surely of one of them, by its shape alone.
_SURE = {
    BUDDHIST: f"{_PART}{_MARK}{_PART}{_MARK}(25[0-9]{{2}}){_TIME}|(25[0-9]{{2}}){_MARK}{_PART}{_MARK}{_PART}{_TIME}",
    MINGUO: f"(?:民國|民国)?(1[0-9]{{2}}){_OF_YEAR}{_PART}{_OF_MONTH}{_PART}日?{_TIME}",
    WAREKI: _WAYS[WAREKI][0].pattern.replace("([0-9]{1,2})", "(?:[0-9]{1,2}|元)", 1),
}
# One day again and again, as 2599-12-31, says that there is no end.
_FEWEST = 2
# Years of the Islamic calendar of our days are another number of days long: no rule of ours reads them.
_ISLAMIC = "(1[34][0-9]{2})[-/.][0-9]{1,2}[-/.][0-9]{1,2}.*|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](1[34][0-9]{2}).*"


def moment_sql(cell: str, era: str) -> str:
    """Return the SQL of a cell read as a date of one of these calendars; NULL where it is none."""
    if era == WAREKI:
        cell = f"REPLACE({cell}, '元年', '1年')"
    found = []
    for way in _WAYS[era]:
        pattern = literal(f"^{way.pattern}$")
        parts = [f"regexp_extract({cell}, {pattern}, {group})" for group in (way.year, way.month, way.day, 4)]
        year = f"CAST(TRY_CAST({parts[0]} AS INTEGER) + ({way.added or _eras(cell)}) AS VARCHAR)"
        month, day = (f"LPAD({part}, 2, '0')" for part in parts[1:3])
        found.append(
            f"TRY_CAST({year} || '-' || {month} || '-' || {day} || COALESCE(' ' || NULLIF({parts[3]}, ''), '') AS "
            "TIMESTAMP)"
        )
    return f"COALESCE({', '.join(found)})"


def era_of(cells: list[str]) -> str | None:
    """Return the calendar in whose years all of these cells are surely written, if any.

    Examples
    --------
    >>> era_of(["30/06/2567", "1/7/2567"]), era_of(["113/06/30", "112/1/1"]), era_of(["令和6年4月1日", "R6.4.1"])
    ('buddhist', 'minguo', 'wareki')
    >>> era_of(["30/06/67", "01/07/67"]), era_of(["31/12/2599"])
    (None, None)
    """
    if len(set(cells)) < _FEWEST:
        return None
    return next((era for era, sure in _SURE.items() if all(re.fullmatch(sure, c) for c in cells)), None)


def is_islamic(cells: list[str]) -> bool:
    """Say whether all cells have years of the Islamic calendar: 1445/12/24."""
    return bool(cells) and all(re.fullmatch(_ISLAMIC, cell) for cell in cells)
