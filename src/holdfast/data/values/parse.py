"""One value as it stands in a log → an exact SQL value, or a reason why not.

Each function returns a SQL expression that is NULL where the value cannot be read as stated. Nothing is
guessed: a text date must have the stated format (or be ISO 8601), a text number the stated decimal mark.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from holdfast.data.engine import literal
from holdfast.data.source import Written
from holdfast.data.values.nobody import ERASED, NOBODY
from holdfast.data.values.numbers import ARABIC_DIGITS, NUMBER, Marks, number_sql
from holdfast.data.values.words import lowered

# What databases, spreadsheets and programs write where nothing is; capitals do not matter.
BLANK_WORDS = ("null", "nan", "none", "nil", "n/a", "#n/a", "na", r"\n", "-", "--", "<na>", "<null>", "(null)", "nat")
# A column of a workbook whose cells are of several kinds, as the engine spells such a type.
CELL_KINDS = {"word": "VARCHAR", "whole": "BIGINT", "number": "DOUBLE", "moment": "TIMESTAMP"}
CELL = f"UNION({', '.join(f'{name} {kind}' for name, kind in CELL_KINDS.items())})"
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_FLOATS = ("FLOAT", "DOUBLE")
# Every kind of blank, and marks without a width: an id must not differ by what nobody can see.
BLANKS = " \t\n\r\v\f\u0085\u00a0\u1680\u2007\u2028\u2029\u202f\u205f\u3000\ufeff\u200b\u200c\u200d\u2060" + "".join(
    map(chr, range(0x2000, 0x2007))
)
AMBIGUOUS = "is another day in each of two date formats"
# What stands between the digits of a number that is an id, as in 256.578.338-83.
MARKS_OF_IDS = " ./_-"
# So many ids, and so large a share of them, that differ from another by marks alone are no chance.
_LEAST_WAYS, _WAYS = 10, 0.01
# Digits and letters as others write them, and as East Asian keyboards do.
_ASCII = "0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
FULL_WIDTH = "".join(chr(0xFEE0 + ord(c)) for c in _ASCII)


@dataclass(frozen=True)
class Parsed:
    """How one column is read: the value (NULL if unreadable), and what a readable value looks like.

    ``ambiguous`` is true of a cell that the stated formats read in two ways; None where that cannot be.
    """

    value: str
    expected: str
    ambiguous: str | None = None

    def faults(self, column: str, value: str, empty: str) -> list[str]:
        """Return the cases of a cell that is filled and cannot be read: ``WHEN … THEN 'column|reason'``.

        ``value`` is the name under which ``self.value`` was selected: computing it again would cost as much again.
        """
        wrong = literal(f"{column}|is not {self.expected}")
        cases = [f"WHEN {value} IS NULL AND NOT ({empty}) THEN {wrong}"]
        if self.ambiguous is not None:
            cases.insert(0, f"WHEN {self.ambiguous} THEN {literal(f'{column}|{AMBIGUOUS}')}")
        return cases


def trimmed(text: str) -> str:
    """Return the SQL of a text without blanks of any kind at its ends; the reader does this to every text column."""
    # Plain texts, nearly all, are seen to need nothing: trimming by a list costs ten times as much.
    plain = f"regexp_full_match({text}, '[!-~]([ -~]*[!-~])?')"
    return f"CASE WHEN {plain} THEN {text} ELSE TRIM({text}, {literal(BLANKS)}) END"


def holds_texts(sql_type: str) -> bool:
    """Say whether a raw column of this type can hold cells of text: it was not typed by its file."""
    return sql_type in ("VARCHAR", CELL)


def bare(column: str) -> str:
    """Return the SQL of a cell of a raw table as text."""
    return f"CAST({column} AS VARCHAR)"


def words(column: str, sql_type: str) -> str:
    """Return the SQL of the cells that are text, NULL where they are typed."""
    return f"union_extract({column}, 'word')" if sql_type == CELL else bare(column)


def by_kind(column: str, read: Callable[[str, str], str]) -> str:
    """Return the SQL that reads each cell of a mixed column as a column of its kind would be read."""
    parts = {name: f"union_extract({column}, '{name}')" for name in CELL_KINDS}
    cases = " ".join(f"WHEN '{name}' THEN {read(part, CELL_KINDS[name])}" for name, part in parts.items())
    return f"CASE union_tag({column}) {cases} END"


def filled(column: str, blank_words: Sequence[str], value: str | None = None, there: str = "") -> str:
    """Return the SQL of a cell as trimmed text, NULL where it is empty or one of some words (lower case).

    ``value``: SQL of what is taken of a cell that is filled, if not the cell itself; ``there``: what else must be true.
    """
    words = ", ".join(literal(w) for w in ("", *blank_words))
    return f"CASE WHEN LOWER({bare(column)}) NOT IN ({words}){there} THEN {value or bare(column)} END"


def stated_words(written: Written) -> tuple[str, ...]:
    """Return the user's own words for "blank", lower case."""
    return tuple(lowered(word.strip()) for word in written.missing_values)


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
        return by_kind(column, lambda cell, kind: bare(_written_out(cell, kind)))
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

    It is the id that remains where accounts were merged (``written.id_map``); ``own_customer`` is as the file has it.
    """
    own = own_customer(column, sql_type, written)
    return own if written.id_map is None else written.id_map.remaining(own)


def own_customer(column: str, sql_type: str, written: Written) -> str:
    """Return the SQL of a customer's id as the file has it.

    Blanks of any kind at its ends go; letters with marks have one spelling (Unicode NFC), and so have full-width digits
    and letters; a whole number written as a decimal (10001.0) loses its ``.0``; ``id_case: fold`` makes it lower case,
    ``id_case: digits`` leaves of numbers with marks the digits (``digits_of_id``). NULL where the cell is empty, or
    holds a word for "blank" or for nobody (``nobody.ERASED``), or zeros with marks alone (000.000.000-00).
    """
    if sql_type == CELL:
        own = by_kind(column, lambda cell, kind: _known_customer(cell, kind, written))
    else:
        own = _known_customer(column, sql_type, written)
    if sql_type in _NUMBERS or sql_type in _FLOATS:
        return own
    if written.id_case == "digits":
        return digits_of_id(own)
    return f"LOWER({own})" if written.id_case == "fold" else own


def _known_customer(column: str, sql_type: str, written: Written) -> str:
    """Return the SQL of an id in one spelling but for ``id_case``; NULL where there is none."""
    nobodies = nobody(written)
    if sql_type in _NUMBERS or sql_type in _FLOATS:
        return bare(filled(_written_out(column, sql_type), nobodies))
    # What is long stands once in the text: the engine compiles each mention anew, in every query of every file.
    plain = _one_spelling(bare(column))
    gone = f"0+[{MARKS_OF_IDS}][0{MARKS_OF_IDS}]*|(?i:{ERASED})"
    there = f" AND NOT regexp_full_match({plain}, {literal(gone)})" if written.placeholders else ""
    return filled(column, nobodies, f"regexp_replace({plain}, '^([0-9]+)[.]0+$', '\\1')", there)


def is_erased(text: str) -> str:
    """Return the SQL that is true of what stands in place of the ids of all who were erased."""
    return f"regexp_full_match({text}, {literal(f'(?i:{ERASED})')})"


def _one_spelling(text: str) -> str:
    """Return the SQL of a text in Unicode NFC whose full-width digits and letters are written as others write them."""
    digits = (FULL_WIDTH[:11], _ASCII[:11])
    return _exchanged(
        text, f"nfc_normalize({text})", ("\uff21-\uff3a\uff41-\uff5a", FULL_WIDTH, _ASCII), (digits[0], *digits)
    )


def in_our_digits(text: str) -> str:
    """Return the SQL of a text whose Arabic and Persian digits are written as others write them."""
    return _exchanged(text, text, (ARABIC_DIGITS, ARABIC_DIGITS, 2 * _ASCII[:10]))


def _exchanged(text: str, value: str, *ways: tuple[str, str, str]) -> str:
    """Return the SQL of a value of a text in which characters are exchanged, the first way of whose signs it has one.

    Plain texts, nearly all, have as many bytes as characters. Exchanging costs thirty times as much as looking whether
    there is anything to exchange, and as much more as it is given characters.
    """
    cases = " ".join(
        f"WHEN regexp_matches({text}, {literal(f'[{signs}]')}) "
        f"THEN translate({value}, {literal(these)}, {literal(those)})"
        for signs, these, those in ways
    )
    return f"CASE WHEN strlen({text}) = length({text}) THEN {text} {cases} ELSE {value} END"


def digits_of_id(text: str) -> str:
    """Return the SQL of an id of digits and marks as its digits without leading zeros; others stay as they are."""
    digits = f"LTRIM({_without_marks(text)}, '0')"
    return f"CASE WHEN regexp_full_match({text}, '[0-9][0-9{MARKS_OF_IDS}]*') THEN {digits} ELSE {text} END"


def bare_number(text: str) -> str:
    """Return the SQL of an id that is a number of 4 to 18 digits, without marks and leading zeros; others as they are.

    What ``digits_of_id`` does, but for short and very long ones, as every engine computes it.
    """
    plain = _without_marks(text)
    number = f"TRY_CAST({plain} AS DECIMAL(18,0))"
    of_digits = f"LENGTH({plain}) BETWEEN 4 AND 18 AND {number} >= 1000"
    return f"CASE WHEN {of_digits} THEN CAST({number} AS VARCHAR(40)) ELSE {text} END"


def _without_marks(text: str) -> str:
    for mark in MARKS_OF_IDS:
        text = f"REPLACE({text}, {literal(mark)}, '')"
    return text


def in_several_ways(ids: str) -> str:
    """Return the SQL of how many ids a relation of them holds (``id``), and how many where marks make no difference.

    Ids of the same length are two customers: with marks or leading zeros an id is longer than without.
    """
    return (
        f"WITH ids AS ({ids}), alike AS (SELECT {bare_number('id')} AS own, COUNT(*) AS ids FROM ids "
        "WHERE id IS NOT NULL GROUP BY 1, LENGTH(id)), "
        "people AS (SELECT SUM(ids) AS ids, MAX(ids) AS people FROM alike GROUP BY own) "
        "SELECT CAST(COALESCE(SUM(ids), 0) AS BIGINT), CAST(COALESCE(SUM(people), 0) AS BIGINT) FROM people"
    )


def are_many_ways(ids: int, people: int) -> bool:
    """Say whether so many ids of one customer are no chance: short numbers may be alike."""
    return ids - people >= max(_LEAST_WAYS, _WAYS * ids)


def spelt(own: str, id_case: str) -> str:
    """Return an id that is given by hand as ``own_customer`` writes it."""
    plain = unicodedata.normalize("NFC", own.strip()).translate(str.maketrans(FULL_WIDTH, _ASCII))
    if id_case == "digits" and re.fullmatch(f"[0-9][0-9{MARKS_OF_IDS}]*", plain):
        return plain.translate(dict.fromkeys(map(ord, MARKS_OF_IDS))).lstrip("0")
    return lowered(plain) if id_case == "fold" else plain


def is_unsafe_float(column: str, sql_type: str) -> str:
    """Return the SQL that is true where an id is held as a float too large to tell neighbours apart."""
    if sql_type == CELL:
        return is_unsafe_float(f"union_extract({column}, 'number')", "DOUBLE")
    return f"COALESCE(ABS({column}) >= 9007199254740992, FALSE)" if sql_type in _FLOATS else "FALSE"


def number(column: str, sql_type: str, written: Written) -> Parsed:
    """Read a decimal number; texts need the decimal mark and may use ``written.thousands``."""
    if sql_type == CELL:
        value = by_kind(column, lambda cell, kind: number(cell, kind, written).value)
        return Parsed(value, number(column, "VARCHAR", written).expected)
    if sql_type in _FLOATS:
        return Parsed(
            f"CASE WHEN isfinite({column}) THEN TRY_CAST({column} AS {NUMBER}) END", "a finite number below 10^12"
        )
    if sql_type in _NUMBERS or sql_type.startswith("DECIMAL"):
        return Parsed(f"TRY_CAST({column} AS {NUMBER})", "a number")
    value = number_sql(bare(column), marks_of(written))
    return Parsed(value, f'a number below 10^12 with decimal mark "{written.mark}"')


def marks_of(written: Written) -> Marks:
    """Return the marks of numbers that are stated, or a point."""
    return Marks(written.mark, written.thousands)
