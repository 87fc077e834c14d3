"""One value as it stands in a log → an exact SQL value, or a reason why not.

Each function returns a SQL expression that is NULL where the value cannot be read as stated. Nothing is
guessed: a text date must have the stated format (or be ISO 8601), a text number the stated decimal mark.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from holdfast.data.engine import literal
from holdfast.data.source import Written

NUMBER = "DECIMAL(18,6)"
# What databases, spreadsheets and programs write where nothing is; capitals do not matter.
BLANK_WORDS = ("null", "nan", "none", "nil", "n/a", "#n/a", "na", r"\n", "-", "--", "<na>", "<null>", "(null)", "nat")
# Ids that many systems give to whoever has none: together they would be one giant customer.
NOBODY = ("0", "guest", "undefined", "unknown", "anonymous", "blank", "(blank)", "(none)", "not set", "(not set)")
# A column of a workbook whose cells are of several kinds, as the engine spells such a type.
CELL_KINDS = {"word": "VARCHAR", "whole": "BIGINT", "number": "DOUBLE", "moment": "TIMESTAMP"}
CELL = f"UNION({', '.join(f'{name} {kind}' for name, kind in CELL_KINDS.items())})"
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_FLOATS = ("FLOAT", "DOUBLE")
# Every kind of blank, and marks without a width: an id must not differ by what nobody can see.
BLANKS = " \t\n\r\v\f\u0085\u00a0\u1680\u2007\u2028\u2029\u202f\u205f\u3000\ufeff\u200b\u200c\u200d\u2060" + "".join(
    map(chr, range(0x2000, 0x2007))
)
_DAY = r"\d{4}-\d{2}-\d{2}"
_TIME = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.]\d{1,9})?)?"
_ISO = rf"{_DAY}([ T]{_TIME})?"
_OFFSET = r"(Z|[+-]\d{2}(:?\d{2})?)"
EPOCH_SECONDS = "%s"


@dataclass(frozen=True)
class Parsed:
    """How one column is read: the value (NULL if unreadable) and what a readable value looks like."""

    value: str
    expected: str


def trimmed(text: str) -> str:
    """Return the SQL of a text without blanks of any kind at its ends; the reader does this to every text column."""
    # Plain texts, nearly all, are seen to need nothing: trimming by a list costs ten times as much.
    plain = f"regexp_full_match({text}, '[!-~]([ -~]*[!-~])?')"
    return f"CASE WHEN {plain} THEN {text} ELSE TRIM({text}, {literal(BLANKS)}) END"


def bare(column: str) -> str:
    """Return the SQL of a cell of a raw table as text."""
    return f"CAST({column} AS VARCHAR)"


def words(column: str, sql_type: str) -> str:
    """Return the SQL of the cells that are text, NULL where they are typed."""
    return f"union_extract({column}, 'word')" if sql_type == CELL else bare(column)


def _by_kind(column: str, read: Callable[[str, str], str]) -> str:
    """Return the SQL that reads each cell of a mixed column as a column of its kind would be read."""
    parts = {name: f"union_extract({column}, '{name}')" for name in CELL_KINDS}
    cases = " ".join(f"WHEN '{name}' THEN {read(part, CELL_KINDS[name])}" for name, part in parts.items())
    return f"CASE union_tag({column}) {cases} END"


def filled(column: str, blank_words: Sequence[str]) -> str:
    """Return the SQL of a cell as trimmed text, NULL where it is empty or one of some words (lower case)."""
    words = ", ".join(literal(w) for w in ("", *blank_words))
    return f"CASE WHEN LOWER({bare(column)}) NOT IN ({words}) THEN {bare(column)} END"


def stated_words(written: Written) -> tuple[str, ...]:
    """Return the user's own words for "blank", lower case."""
    return tuple(word.strip().lower() for word in written.missing_values)


def blank_words(written: Written) -> tuple[str, ...]:
    """Return every word that means "blank" in ids, numbers and dates."""
    return BLANK_WORDS + stated_words(written)


def nobody(written: Written) -> tuple[str, ...]:
    """Return every word that in place of a customer's id means that there is none."""
    return blank_words(written) + (NOBODY if written.placeholders else ())


def text(column: str, sql_type: str, written: Written | None = None) -> str:
    """Return the SQL of a free text: trimmed; a whole number held as a float (13085.0) loses its ``.0``."""
    return filled(_written_out(column, sql_type), stated_words(written) if written else ())


def _written_out(column: str, sql_type: str) -> str:
    if sql_type == CELL:
        return _by_kind(column, lambda cell, kind: bare(_written_out(cell, kind)))
    if sql_type not in _FLOATS:
        return column
    whole = f"CAST(CAST({column} AS DECIMAL(38,0)) AS VARCHAR)"
    is_whole = f"isfinite({column}) AND ABS({column}) < 1e18 AND {column} = FLOOR({column})"
    return f"CASE WHEN {is_whole} THEN {whole} WHEN NOT isnan({column}) THEN CAST({column} AS VARCHAR) END"


def order_or_product(column: str, sql_type: str, written: Written) -> str:
    """Return the SQL of an id that is not a customer's: text, NULL where a word says that there is none."""
    return filled(_written_out(column, sql_type), blank_words(written))


def customer(column: str, sql_type: str, written: Written) -> str:
    """Return the SQL of a customer's id, by one rule in every table, so that the same customer is the same text.

    Blanks of any kind at its ends go; letters with marks have one spelling (Unicode NFC); a whole number written as a
    decimal (10001.0) loses its ``.0``; ``id_case: fold`` makes it lower case. NULL where the cell is empty, or holds a
    word for "blank" or for nobody.
    """
    known = filled(_written_out(column, sql_type), nobody(written))
    if sql_type in _NUMBERS or sql_type in _FLOATS:
        return known
    plain = f"nfc_normalize({known})"
    whole = f"CASE WHEN regexp_full_match({plain}, '[0-9]+[.]0+') THEN split_part({plain}, '.', 1) ELSE {plain} END"
    return f"LOWER({whole})" if written.id_case == "fold" else whole


def is_unsafe_float(column: str, sql_type: str) -> str:
    """Return the SQL that is true where an id is held as a float too large to tell neighbours apart."""
    if sql_type == CELL:
        return is_unsafe_float(f"union_extract({column}, 'number')", "DOUBLE")
    return f"COALESCE(ABS({column}) >= 9007199254740992, FALSE)" if sql_type in _FLOATS else "FALSE"


def number(column: str, sql_type: str, written: Written) -> Parsed:
    """Read a decimal number; texts need the decimal mark and may use ``written.thousands``."""
    if sql_type == CELL:
        value = _by_kind(column, lambda cell, kind: number(cell, kind, written).value)
        return Parsed(value, number(column, "VARCHAR", written).expected)
    if sql_type in _FLOATS:
        return Parsed(
            f"CASE WHEN isfinite({column}) THEN TRY_CAST({column} AS {NUMBER}) END", "a finite number below 10^12"
        )
    if sql_type in _NUMBERS or sql_type.startswith("DECIMAL"):
        return Parsed(f"TRY_CAST({column} AS {NUMBER})", "a number")
    mark = "[.]" if written.mark == "." else ","
    digits = r"[0-9]+"
    if written.thousands:
        digits = rf"([0-9]+|[0-9]{{1,3}}({_escaped(written.thousands)}[0-9]{{3}})+)"
    shape = rf"[-+]?({digits}({mark}[0-9]*)?|{mark}[0-9]+)"
    plain = bare(column)
    if written.thousands:
        plain = f"regexp_replace({plain}, {literal(_escaped(written.thousands))}, '', 'g')"
    if written.mark == ",":
        plain = f"REPLACE({plain}, ',', '.')"
    value = f"CASE WHEN regexp_full_match({bare(column)}, {literal(shape)}) THEN TRY_CAST({plain} AS {NUMBER}) END"
    return Parsed(value, f'a number below 10^12 with decimal mark "{written.mark}"')


def timestamp(column: str, sql_type: str, written: Written) -> Parsed:
    """Read a point in time as the shop's wall clock, between 1970 and 2199."""
    if sql_type == CELL:
        value = _by_kind(column, lambda cell, kind: timestamp(cell, kind, written).value)
        return Parsed(value, timestamp(column, "VARCHAR", written).expected)
    zone = None if written.time_zone is None else literal(written.time_zone)
    if sql_type.startswith("TIMESTAMP WITH TIME ZONE"):
        found, expected = (f"timezone({zone}, {column})" if zone else "NULL"), "a timestamp"
    elif sql_type.startswith("TIMESTAMP") or sql_type == "DATE":
        found, expected = f"CAST({column} AS TIMESTAMP)", "a timestamp"
    elif written.date_format is not None:
        found, expected = _stated_format(column, written.date_format, zone)
    else:
        found, expected = _iso(column, zone)
    plausible = f"{found} >= TIMESTAMP '1970-01-01' AND {found} < TIMESTAMP '2200-01-01'"
    return Parsed(f"CASE WHEN {plausible} THEN {found} END", f"{expected} between 1970 and 2199")


def carries_offset(sql_type: str, written: Written) -> bool:
    """Say whether values of this type, written like this, are moments that fall on a day only in some time zone."""
    if sql_type.startswith("TIMESTAMP WITH TIME ZONE"):
        return True
    texts = not sql_type.startswith("TIMESTAMP") and sql_type != "DATE"
    stated = written.date_format or ""
    return texts and (stated == EPOCH_SECONDS or "%z" in stated)


def _stated_format(column: str, date_format: str, zone: str | None) -> tuple[str, str]:
    if date_format == EPOCH_SECONDS:
        digits = f"CASE WHEN regexp_full_match({bare(column)}, '[0-9]{{1,10}}') THEN {bare(column)} END"
        return f"timezone({zone}, to_timestamp(CAST({digits} AS BIGINT)))", "seconds since 1970-01-01 UTC"
    found = f"try_strptime({bare(column)}, {literal(date_format)})"
    return (f"timezone({zone}, {found})" if "%z" in date_format else found), f'a date written "{date_format}"'


def _iso(column: str, zone: str | None) -> tuple[str, str]:
    value = bare(column)
    naive = f"CASE WHEN regexp_full_match({value}, {literal(_ISO)}) THEN TRY_CAST({value} AS TIMESTAMP) END"
    if zone is None:
        return naive, "an ISO 8601 date (2024-12-31 or 2024-12-31 23:59:59)"
    aware = (
        f"CASE WHEN regexp_full_match({value}, {literal(f'{_DAY}[ T]{_TIME}{_OFFSET}')}) "
        f"THEN timezone({zone}, TRY_CAST({value} AS TIMESTAMPTZ)) END"
    )
    return f"COALESCE({naive}, {aware})", "an ISO 8601 date, with or without an offset,"


def _escaped(character: str) -> str:
    return "[.]" if character == "." else r"[ \x{00A0}\x{202F}]" if character == " " else f"[{character}]"
