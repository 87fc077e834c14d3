"""One value as it stands in a log → an exact SQL value, or a reason why not.

Each function returns a SQL expression that is NULL where the value cannot be read as stated. Nothing is
guessed: a text date must have the stated format (or be ISO 8601), a text number the stated decimal mark.
"""

from dataclasses import dataclass

from holdfast.data.engine import literal
from holdfast.data.source import Source

NUMBER = "DECIMAL(18,6)"
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_FLOATS = ("FLOAT", "DOUBLE")
_ISO = r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}([.]\d{1,9})?)?)?"
_OFFSET = r"(Z|[+-]\d{2}(:?\d{2})?)"


@dataclass(frozen=True)
class Parsed:
    """How one column is read: the value (NULL if unreadable) and what a readable value looks like."""

    value: str
    expected: str


def text(column: str, sql_type: str) -> str:
    """Return the SQL of an id: trimmed text; a whole number held as a float (13085.0) loses its ``.0``."""
    if sql_type in _FLOATS:
        whole = f"CAST(CAST({column} AS DECIMAL(38,0)) AS VARCHAR)"
        is_whole = f"isfinite({column}) AND ABS({column}) < 1e18 AND {column} = FLOOR({column})"
        written = f"CASE WHEN {is_whole} THEN {whole} WHEN NOT isnan({column}) THEN CAST({column} AS VARCHAR) END"
    else:
        written = f"CAST({column} AS VARCHAR)"
    return f"NULLIF(TRIM({written}), '')"


def number(column: str, sql_type: str, source: Source) -> Parsed:
    """Read a decimal number; texts need ``source.decimal`` and may use ``source.thousands``."""
    if sql_type in _FLOATS:
        return Parsed(
            f"CASE WHEN isfinite({column}) THEN TRY_CAST({column} AS {NUMBER}) END", "a finite number below 10^12"
        )
    if sql_type in _NUMBERS or sql_type.startswith("DECIMAL"):
        return Parsed(f"TRY_CAST({column} AS {NUMBER})", "a number")
    mark = "[.]" if source.decimal == "." else ","
    digits = r"\d+"
    bare = f"TRIM({column})"
    if source.thousands:
        digits = rf"(\d+|\d{{1,3}}({_escaped(source.thousands)}\d{{3}})+)"
    shape = rf"[-+]?({digits}({mark}\d*)?|{mark}\d+)"
    plain = bare
    if source.thousands:
        plain = f"REPLACE({plain}, {literal(source.thousands)}, '')"
    if source.decimal == ",":
        plain = f"REPLACE({plain}, ',', '.')"
    value = f"CASE WHEN regexp_full_match({bare}, {literal(shape)}) THEN TRY_CAST({plain} AS {NUMBER}) END"
    return Parsed(value, f'a number below 10^12 with decimal mark "{source.decimal}"')


def timestamp(column: str, sql_type: str, source: Source) -> Parsed:
    """Read a point in time as the shop's wall clock, between 1970 and 2199."""
    zone = None if source.time_zone is None else literal(source.time_zone)
    if sql_type.startswith("TIMESTAMP WITH TIME ZONE"):
        found, expected = (f"timezone({zone}, {column})" if zone else "NULL"), "a timestamp"
    elif sql_type.startswith("TIMESTAMP") or sql_type == "DATE":
        found, expected = f"CAST({column} AS TIMESTAMP)", "a timestamp"
    elif source.date_format is not None:
        found, expected = _stated_format(column, source.date_format, zone)
    else:
        found, expected = _iso(column, zone)
    plausible = f"{found} >= TIMESTAMP '1970-01-01' AND {found} < TIMESTAMP '2200-01-01'"
    return Parsed(f"CASE WHEN {plausible} THEN {found} END", f"{expected} between 1970 and 2199")


def _stated_format(column: str, date_format: str, zone: str | None) -> tuple[str, str]:
    found = f"try_strptime(TRIM(CAST({column} AS VARCHAR)), {literal(date_format)})"
    if "%z" in date_format:
        found = f"timezone({zone}, {found})" if zone else "NULL"
    return found, f'a date written "{date_format}"'


def _iso(column: str, zone: str | None) -> tuple[str, str]:
    value = f"TRIM(CAST({column} AS VARCHAR))"
    naive = f"CASE WHEN regexp_full_match({value}, {literal(_ISO)}) THEN TRY_CAST({value} AS TIMESTAMP) END"
    if zone is None:
        return naive, "an ISO 8601 date (2024-12-31 or 2024-12-31 23:59:59)"
    aware = (
        f"CASE WHEN regexp_full_match({value}, {literal(_ISO + _OFFSET)}) "
        f"THEN timezone({zone}, TRY_CAST({value} AS TIMESTAMPTZ)) END"
    )
    return f"COALESCE({naive}, {aware})", "an ISO 8601 date, with or without an offset,"


def _escaped(character: str) -> str:
    return "[.]" if character == "." else r"[ \x{00A0}\x{202F}]" if character == " " else f"[{character}]"
