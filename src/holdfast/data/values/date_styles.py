"""Which of the common formats reads a column of dates, tried on every different value; where two do, both are told."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import product

from holdfast.data.source import DAYS, EXCEL, MICROSECONDS, MILLISECONDS, SECONDS, Written
from holdfast.data.values.moments import FIRST_AT_ALL, FIRST_YEAR, shape_of
from holdfast.data.values.month_names import LANGUAGES, in_english, names_month, plain_format, unknown_month
from holdfast.wording import counted

_DATES = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d-%m-%Y", "%m-%d-%Y", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y"),
    *("%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y"),
    *("%d.%m.%Y.", "%Y.%m.%d.", "%b-%d-%y", "%b-%d-%Y", "%d %B, %Y", "%d %b, %Y", "%A, %d. %B %Y", "%Y年%m月%d日"),
    *("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d/%b/%Y", "%d-%b-%y", "%d %b %y", "%d. %B %Y", "%Y-%b-%d"),
    *("%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%a, %d %b %Y", "%a %b %d %Y", "%a, %b %d, %Y"),
    *("%A, %B %d, %Y", "%A, %d %B %Y", "%d. %b %Y", "%d de %B de %Y", "%d de %b de %Y", "%a, %d. %b %Y", "%A %d %B %Y"),
    *("%a %d %b %Y", "%A, %d de %B de %Y", "%d-%b.-%Y", "%d/%b./%Y", "%d %b %y", "%d. %b %y", "%d. %B, %Y"),
    # Without marks, as airlines, booking systems and SAS write them: 05JUN24, 01MAY2024.
    *("%d%b%Y", "%d%b%y"),
)
_CLOCKS = (
    *("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%I:%M:%S%p", "%H.%M.%S", "%H.%M"),
    *("%Hh%M", "%I.%M.%S.%f %p", "%I.%M.%S %p"),
)
_TIMES = ("", *(f"{between}{clock}" for between in (" ", ", ", " at ", "T", "  ", " - ", " klo ") for clock in _CLOCKS))
# What stands around the clock in other languages: à 14:22, kl. 14.22, 14:22 hs., 14:22 Uhr.
_BEFORE = (" à ", " às ", " a las ", " um ", ", um ", " kl. ", " kl ", " om ", " alle ", " ore ", " o ", " godz. ")
_BEHIND = (" hs.", " hs", " hrs", " hrs.", " h", "h", " Uhr")
_WORDED = tuple(
    [f"{before}{clock}" for before in _BEFORE for clock in ("%H:%M", "%H:%M:%S", "%H.%M", "%Hh%M")]
    + [
        f"{before}{clock}{behind}"
        for before in (" ", ", ", " um ")
        for clock in ("%H:%M", "%H:%M:%S")
        for behind in _BEHIND
    ]
)
_WHOLE = (
    *("%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%dT%H%M%S", "%Y%m%d %H%M%S", "%d/%b/%Y:%H:%M:%S", "%H:%M %d/%m/%Y"),
    *("%d%b%Y:%H:%M:%S", "%d%b%y:%H:%M:%S", "%d%b%Y:%H:%M:%S.%f", "%d%b%y:%H:%M:%S.%f"),
)
_ZONES = ("", " %z", "%z", " %Z")
# Names of zones that are said beside a clock on the wall: its day is the shop's own, so they are read as they stand.
_ZONE_NAME = re.compile(
    " ([ACEMPH][SD]T|AK[SD]T|A[CE][SD]T|AWST|NZ[SD]T|CES?T|EES?T|WES?T|BST|IST|JST|KST|SGT|HKT|MSK|MEZ|MESZ)$"
)
_LAST = datetime(2200, 1, 1)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})([ T].*)?")
_ISO_WITH_OFFSET = re.compile(
    r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}([.]\d{1,9})?)? ?(Z|UTC|GMT|[+-]\d{2}(:?\d{2})?)"
)
# Numbers that are dates: whole columns of them within the years in which shops kept logs.
_COUNTS = (
    (SECONDS, r"\d{9,10}([.]\d*)?", 315_532_800, 4_102_444_800),
    (MILLISECONDS, r"\d{12,13}([.]\d*)?", 315_532_800_000, 4_102_444_800_000),
    (MICROSECONDS, r"\d{15,16}([.]\d*)?", 315_532_800_000_000, 4_102_444_800_000_000),
    (EXCEL, r"\d{5}([.,]\d*)?", 29_221, 73_051),
)
_MOST_FORMATS = 3
_LETTERS = re.compile(r"[^\W\d_]{3}")
# Whole numbers of more different days than a year has are no days of a year.
_MOST_OF_A_YEAR = 366
_Reading = tuple[datetime | None, ...]


def date_option(cells: Sequence[str], written: Written, *, since: int = FIRST_YEAR) -> str:
    """Return the sentence that names the ``date_format`` which reads a column, or all that do.

    Parameters
    ----------
    cells
        The filled cells of the column, each once: those that can be read too, so that no advice loses them.
    written
        How values are written now.
    since
        The first year that is read.
    """
    early = sum(lies_before(cell, written, since) for cell in cells)
    if early:
        of = "Purchases are read from 1970 on" if since == FIRST_YEAR else f"Days are read from {since} on"
        return (
            f"{counted(early, 'different day')} {'lies' if early == 1 else 'lie'} before {since}. {of}: mend such "
            "days, or take these lines out of the file."
        )
    key, zone = written.key("date_format"), written.key("time_zone")
    plain = [cell for cell in cells if not re.search("[０-９]", cell)]
    if len(plain) < len(cells):
        # Python's strptime reads such digits, the engine does not.
        said = f"{counted(len(cells) - len(plain), 'different value')} in full-width digits, which no date_format reads"
        return f"{said}: write them as 2024-12-31." + (f" {date_option(plain, written)}" if plain else "")
    zoned = f'{zone} to the shop\'s zone, for example "Europe/London"'
    if cells and all(_ISO_WITH_OFFSET.fullmatch(c) for c in cells):
        keys = [f"{key}: null"] if written.date_formats else []
        return f"Set {' and '.join([*keys, *([] if written.time_zone else [zoned])])}."
    for name, shape, least, most in _COUNTS:
        if cells and all(re.fullmatch(shape, c) and least <= float(c.replace(",", ".")) <= most for c in cells):
            return f'Set {key}: "{name}"' + ("." if name == EXCEL or written.time_zone else f" and {zoned}.")
    if cells and all(re.fullmatch(r"\d{1,4}", c) for c in cells) and len(cells) > _MOST_OF_A_YEAR:
        return f'Set {key}: "{DAYS}", if they are numbers of days since some day; it is taken for 1970-01-01.'
    readings = _readings(tuple(cells), since)
    if not readings:
        return f"{_of_months(cells)}Set {key} to how dates are written, as in strptime: %d-%m-%Y for 31-12-2024."
    return _told(readings, cells, written, "" if written.time_zone else f" Set {zoned}.")


def _of_months(cells: Sequence[str]) -> str:
    """Say which names of months are read, where words stand that are none of them; else nothing."""
    if not unknown_month(cells):
        return ""
    return f"Names of months are read in {LANGUAGES} (%B; %b if they are cut short): write others as numbers. "


def lies_before(cell: str, written: Written, year: int) -> bool:
    """Say whether a cell is a day, written as it is said to be, before a year.

    Examples
    --------
    >>> [lies_before(cell, Written(), 1970) for cell in ("1969-12-31", "1970-01-01", "31.12.1969")]
    [True, False, False]
    >>> lies_before("31.12.1969", Written(date_format="%d.%m.%Y"), 1970)
    True
    """
    if not written.date_formats:
        iso = _ISO.fullmatch(cell)
        return iso is not None and FIRST_AT_ALL <= int(iso[1]) < year and _strptime(cell[:10], "%Y-%m-%d") is not None
    days = [_any_day(cell, date_format) for date_format in written.date_formats if "%" in date_format]
    return any(day is not None and FIRST_AT_ALL <= day.year < year for day in days)


def formats_of(cells: Sequence[str], *, since: int = FIRST_YEAR) -> list[str]:
    """Return the common formats that read any of these cells, by ``strptime``; counts of seconds or days apart.

    Examples
    --------
    >>> formats_of(["31.12.2024"])
    ['%d.%m.%Y']
    """
    return list(_readings(tuple(cells), since))


def formats_together(cells: Sequence[str], *, since: int = FIRST_YEAR) -> list[str]:
    """Return the formats that, tried in order, read most of these cells; none where one cell is two different days.

    Examples
    --------
    >>> formats_together(["31.12.2024", "Jan 05, 2025"])
    ['%d.%m.%Y', '%b %d, %Y']
    """
    readings = _readings(tuple(cells), since)
    best = _best(readings) if readings else []
    clash = any(_clash(readings[name], best[:1], readings) for name in best)
    return [] if clash or not best else _together(readings, best[0])


def _told(readings: dict[str, _Reading], cells: Sequence[str], written: Written, zone: str) -> str:
    key = written.key("date_format")
    best = _best(readings)
    meant = [best[0], *(name for name in best if _clash(readings[name], best[:1], readings))]
    if len(meant) > 1:
        which = " or ".join(f'{key}: "{name}"' for name in meant)
        whole = _read(readings[best[0]]) == len(cells)
        of = f"all {counted(len(cells), 'different value')}" if whole else "as many dates"
        return f"Each of these reads {of}, and nothing in the file says which is meant: set {which}."
    chosen = _together(readings, best[0])
    read = sum(any(readings[name][i] is not None for name in chosen) for i in range(len(cells)))
    if chosen == list(written.date_formats):
        unread = [cell for i, cell in enumerate(cells) if all(readings[name][i] is None for name in chosen)]
        said = f"{key} reads {read:,} of the {len(cells):,} different values as it is; mend the others."
        return f"{said} {_of_months(unread)}".rstrip()
    value = f'"{chosen[0]}"' if len(chosen) == 1 else "[" + ", ".join(f'"{name}"' for name in chosen) + "]"
    rest = "" if read == len(cells) else f" It reads {read:,} of the {len(cells):,} different values; mend the others."
    return f"Set {key}: {value}.{zone if any(names_zone(name) for name in chosen) else ''}{rest}"


def _best(readings: dict[str, _Reading]) -> list[str]:
    """Return the formats that read most cells, one of those that read them alike."""
    most = max(map(_read, readings.values()))
    alike = {reading: name for name, reading in reversed(readings.items()) if _read(reading) == most}
    return list(alike.values())[::-1]


def _together(readings: dict[str, _Reading], first: str) -> list[str]:
    """Return the formats that, tried in order, read most cells, and no cell as two different days."""
    chosen = [first]
    while len(chosen) < _MOST_FORMATS:
        unread = [i for i in range(len(readings[first])) if all(readings[name][i] is None for name in chosen)]
        more = {name: tuple(r[i] for i in unread) for name, r in readings.items() if not _clash(r, chosen, readings)}
        if not unread or not more or max(map(_read, more.values())) == 0:
            break
        names = _best(more)
        if any(_clash(more[name], names[:1], more) for name in names):
            break
        chosen.append(names[0])
    return chosen


def _clash(reading: _Reading, chosen: list[str], readings: dict[str, _Reading]) -> bool:
    """Say whether a cell is another day by this format than by one that is chosen."""
    pairs = ((a, b) for name in chosen for a, b in zip(reading, readings[name], strict=True) if a and b)
    return any(a.date() != b.date() for a, b in pairs)


# `holdfast init` looks at the same columns anew for every question.
@lru_cache(maxsize=8)
def _readings(cells: tuple[str, ...], since: int) -> dict[str, _Reading]:
    """Return what each common format makes of the cells, of those formats that read any."""
    shapes = {_shape(cell) for cell in cells}
    # Without accents and the points of what is cut short, which the formats do not have.
    shapes |= {
        _shape(in_english(cell, name))
        for cell in cells
        if _LETTERS.search(cell)
        for name in ("%B", "%b", "%A%B", "%a%b")
    }
    fitting = [name for name, shape in _shapes().items() if shape in shapes]
    for zone in sorted({found[0] for cell in cells if (found := _ZONE_NAME.search(cell))}):
        fitting += [name + zone for name, shape in _shapes().items() if f"{shape} a" in shapes and not names_zone(name)]
    readings = {name: tuple(_day(cell, name, since) for cell in cells) for name in fitting}
    return {name: reading for name, reading in readings.items() if _read(reading)}


def _day(cell: str, date_format: str, since: int) -> datetime | None:
    found = _any_day(cell, date_format)
    return found if found is not None and datetime(since, 1, 1) <= found.replace(tzinfo=None) < _LAST else None


def _any_day(cell: str, date_format: str) -> datetime | None:
    # The engine's %z knows no letter.
    if date_format.endswith("%z") and cell.endswith(("Z", "z")):
        return None
    found = _strptime(cell, date_format)
    if found is None and names_month(date_format):
        found = _strptime(in_english(cell, date_format), plain_format(date_format))
    return found


def _strptime(cell: str, date_format: str) -> datetime | None:
    if (shape := shape_of(date_format)) and not re.fullmatch(shape, cell):
        return None
    try:
        return datetime.strptime(cell, date_format)
    except ValueError:
        return None


def _read(reading: _Reading) -> int:
    return len(reading) - reading.count(None)


def names_zone(date_format: str) -> bool:
    """Say whether what a format reads carries an offset or the name of a zone."""
    return "%z" in date_format or "%Z" in date_format


@cache
def _shapes() -> dict[str, str]:
    """Return the shape of what each format writes: trying only those that fit saves thousands of attempts."""
    moment = datetime(2024, 11, 22, 23, 58, 57, 123456, tzinfo=UTC)
    made = [f"{date}{time}{zone}" for date, time, zone in product(_DATES, _TIMES, _ZONES) if time or not zone]
    made += [
        f"{date}{time}" for date in _DATES for time in _WORDED if names_month(date) or date in ("%d.%m.%Y", "%d/%m/%Y")
    ]
    made += [f"{whole}{zone}" for whole, zone in product(_WHOLE, _ZONES)]
    return {name: _shape(moment.strftime(name)) for name in made}


def _shape(text: str) -> str:
    """Return a text with every run of digits as 9, of letters as a, and an offset as z."""
    text = re.sub(r"[+-]\d{2}:?\d{2}$", "z", text) if ":" in text else text
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", text))
