"""How people write one number: marks, signs, currencies, as rules of text that SQL and Python follow alike.

What is read without being asked cannot be misread: a minus of any kind, in front, behind or as parentheses; a currency
sign or code on either side; blanks and apostrophes between groups of three; a dash for no cents (249,-); digits and
marks of full width. What could be (comma, point) is stated.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from holdfast.data.engine import literal

# A number below 10^12 with six decimals, as every table holds it.
NUMBER = "DECIMAL(18,6)"
# The engine multiplies numbers of 18 digits in 18 digits, and stops where a product has more.
_WIDER = "DECIMAL(19,6)"
_LARGEST = Decimal(10) ** 12
_DASHES = "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
_BLANKS = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
# Marks without a width, which programs set around amounts of languages written from right to left.
_UNSEEN = "\u061c\u200b\u200e\u200f\u2066\u2067\u2068\u2069\ufeff"
ARABIC_DIGITS = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"
# As Japanese and Chinese are typed, whose minus and blank stand above; and Arabic, with marks of its own.
_WIDE = f"０１２３４５６７８９，．＋（）＄％{ARABIC_DIGITS}٫٬"
_NARROW = "0123456789,.+()$%01234567890123456789.,"
WIDE = re.compile("[\uff01-\uff5e\uffe0-\uffe6]")
"""A sign of full width."""
_QUOTES = "\u2019\u02bc\u2018"
_SIGNS = "$¢£¤¥֏؋৲৳৻૱௹฿៛\u20a0-\u20c0﷼﹩￠￡￥￦円원元圆圓\\\\"
# Several spellings of one currency. A yen sign is a backslash where a text was saved in Shift-JIS.
_SPELLINGS, _SPELT = "\\￥円￦원圆圓", "¥¥¥₩₩元元"
# ISO 4217.
_CODES = (
    "AED|AFN|ALL|AMD|ANG|AOA|ARS|AUD|AWG|AZN|BAM|BBD|BDT|BGN|BHD|BIF|BMD|BND|BOB|BRL|BSD|BTN|BWP|BYN|BZD|CAD|"
    "CDF|CHF|CLF|CLP|CNY|COP|CRC|CUP|CVE|CZK|DJF|DKK|DOP|DZD|EGP|ERN|ETB|EUR|FJD|FKP|GBP|GEL|GHS|GIP|GMD|GNF|"
    "GTQ|GYD|HKD|HNL|HRK|HTG|HUF|IDR|ILS|INR|IQD|IRR|ISK|JMD|JOD|JPY|KES|KGS|KHR|KMF|KPW|KRW|KWD|KYD|KZT|LAK|"
    "LBP|LKR|LRD|LSL|LYD|MAD|MDL|MGA|MKD|MMK|MNT|MOP|MRU|MUR|MVR|MWK|MXN|MYR|MZN|NAD|NGN|NIO|NOK|NPR|NZD|OMR|"
    "PAB|PEN|PGK|PHP|PKR|PLN|PYG|QAR|RON|RSD|RUB|RWF|SAR|SBD|SCR|SDG|SEK|SGD|SHP|SLE|SOS|SRD|SSP|STN|SVC|SYP|"
    "SZL|THB|TJS|TMT|TND|TOP|TRY|TTD|TWD|TZS|UAH|UGX|USD|UYU|UZS|VES|VND|VUV|WST|XAF|XCD|XOF|XPF|YER|ZAR|ZMW"
)
_WORDS = r"kr\.?|Kč|zł|Ft|lei|лв\.?|руб\.?|р\.|SFr\.?|Fr\.|Rs\.?|RMB|RM|Rp|TL"
_ANY = f"[A-Z]{{0,3}}[{_SIGNS}]|{_WORDS}|{_CODES}"
# An R stands for rands in front only: behind a number it may be a return.
_FRONT = f"^([-+(]?) *((?i:{_ANY}|R)) *"
_BACK = f" *((?i:{_ANY})) *([-)]?)$"
# A price without cents: 249,- and 249.-- keep their mark, which says that it is the decimal one; 249:- has another.
_ROUND = "([0-9])(?:([.,])|:) ?[-\u2014\u2015]{1,2}( *[)]?)$"
_NEGATIVE = r"^(?:[(] *([^-+()]*?) *[)]|([^-+()]+?) *-)$"
_GAP = "^([-+]) +"
# Programs write small and large numbers with a power of ten, and always its sign: 6e-06; 1e5 may be an article.
_POWER = "(?:[eE][-+][0-9]{1,2})?"
# What is taken off a number, in this order, by SQL and by Python.
_OFF = ((_FRONT, r"\1"), (_BACK, r"\2"), (_ROUND, r"\1\2\3"), (_NEGATIVE, r"-\1\2"), (_GAP, r"\1"))
KNOWN = re.compile(f"(?i:{_ANY}|R)(?: (?i:{_ANY}))?")
"""What may be shown of a file as a currency: it is nobody's data."""


@dataclass(frozen=True)
class Marks:
    """The decimal mark, and what stands between groups of three; ``None``: blanks and apostrophes may."""

    decimal: str = "."
    thousands: str | None = None

    @property
    def plain(self) -> str:
        """Pattern of a number with nothing but a sign and these marks, as nearly all are."""
        return self._shape(("[0-9]+",) if self.thousands is None else ("[0-9]+", *self._groups()))

    @property
    def shape(self) -> str:
        """Pattern of a number once ``undecorated``."""
        return self._shape(("[0-9]+", *self._groups()))

    @property
    def between(self) -> str:
        """Pattern of one mark between groups."""
        return f"[ '{_QUOTES}]" if self.thousands is None else _between(self.thousands)

    def _groups(self) -> list[str]:
        """Return the patterns of digits in groups."""
        marks = (" ", f"['{_QUOTES}]") if self.thousands is None else (_between(self.thousands),)
        groups = [f"[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+" for mark in marks]
        if self.thousands == ",":
            groups.append("[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}")  # as in India: 1,23,45,678
        return groups

    def _shape(self, whole: tuple[str, ...]) -> str:
        mark = re.escape(self.decimal)
        return f"[-+]?(?:(?:{'|'.join(whole)})(?:{mark}[0-9]*)?|{mark}[0-9]+){_POWER}"


def _between(thousands: str) -> str:
    if thousands == " ":
        return f"[ {_BLANKS}]"
    if thousands in f"'{_QUOTES}":
        return f"['{_QUOTES}]"
    return re.escape(thousands)


def number_sql(cell: str, marks: Marks) -> str:
    """Return the SQL of the exact value of a cell of text, NULL where it is no number written with these marks."""
    # Long as it is, it stands once in the text: what has another shape is an empty text, which is no number.
    bare = f"regexp_extract({undecorated_sql(cell)}, {literal(f'^(?:{marks.shape})$')})"
    return (
        f"CASE WHEN regexp_full_match({cell}, {literal(marks.plain)}) THEN {_cast_sql(cell, marks, marks.thousands)} "
        f"ELSE {_cast_sql(bare, marks, marks.between)} END"
    )


def _cast_sql(text: str, marks: Marks, between: str | None) -> str:
    if between is not None:
        text = f"regexp_replace({text}, {literal(marks.between)}, '', 'g')"
    if marks.decimal == ",":
        text = f"REPLACE({text}, ',', '.')"
    return f"TRY_CAST({text} AS {NUMBER})"


def product_sql(a: str, b: str) -> str:
    """Return the SQL of the exact product of two numbers of the type ``NUMBER``, however large."""
    return f"CAST({a} AS {_WIDER}) * {b}"


def undecorated_sql(cell: str) -> str:
    """Return the SQL of a cell's number with a leading minus if any, without a currency."""
    text = _one_kind_sql(cell)
    for pattern, to in _OFF:
        text = f"regexp_replace({text}, {literal(pattern)}, {literal(to)})"
    return text


def currency_sql(cell: str) -> str:
    """Return the SQL of the currency that a cell of text names, in capitals; an empty text where it names none."""
    text = _one_kind_sql(cell)
    front = f"regexp_extract({text}, {literal(_FRONT)}, 2)"
    rest = f"regexp_replace({text}, {literal(_FRONT)}, {literal(chr(92) + '1')})"
    named = f"TRIM(UPPER(CONCAT({front}, ' ', regexp_extract({rest}, {literal(_BACK)}, 1))), ' .')"
    return f"translate({named}, {literal(_SPELLINGS)}, {literal(_SPELT)})"


def _one_kind_sql(cell: str) -> str:
    """Return the SQL of a text with one kind of minus, of blank, and of digits and marks."""
    found = f"{_DASHES}{_BLANKS}{_WIDE}{_UNSEEN}"
    # Exchanging characters costs ten times as much as looking whether there are any.
    has, to = literal(f"[{found}]"), literal("-" * len(_DASHES) + " " * len(_BLANKS) + _NARROW)
    plain = f"translate({cell}, {literal(found)}, {to})"
    return f"TRIM(CASE WHEN regexp_matches({cell}, {has}) THEN {plain} ELSE {cell} END)"


def undecorated(text: str) -> str:
    """Return a number with a leading minus if any, without a currency, as ``undecorated_sql`` does.

    Examples
    --------
    >>> undecorated("(€ 1.234,50)"), undecorated("99,00 kr"), undecorated("12.50-")
    ('-1.234,50', '99,00', '-12.50')
    >>> undecorated("kr 249,-"), undecorated("1250-"), undecorated("１２，８００円")
    ('249,', '-1250', '12,800')
    """
    text = text.translate(_ONE_KIND).strip(" ")
    for pattern, to in _OFF:
        text = _compiled(pattern).sub(to, text, count=1)
    return text


def currency(text: str) -> str:
    r"""Return the currency that a text names, in capitals, as ``currency_sql`` does; an empty text where it names none.

    Examples
    --------
    >>> currency("12.50 usd"), currency("kr. 99,00"), currency("12.50")
    ('USD', 'KR', '')
    >>> currency("￥1,280"), currency("1,280円"), currency(r"\1,280")
    ('¥', '¥', '¥')
    """
    text = text.translate(_ONE_KIND).strip(" ")
    front = _compiled(_FRONT).search(text)
    back = _compiled(_BACK).search(_compiled(_FRONT).sub(r"\1", text, count=1))
    named = f"{front[2] if front else ''} {back[1] if back else ''}".upper().strip(" .")
    return named.translate(str.maketrans(_SPELLINGS, _SPELT))


_ONE_KIND: dict[int, str | None] = {
    **dict.fromkeys(map(ord, _DASHES), "-"),
    **dict.fromkeys(map(ord, _BLANKS), " "),
    **{ord(wide): narrow for wide, narrow in zip(_WIDE, _NARROW, strict=True)},
    **dict.fromkeys(map(ord, _UNSEEN), None),
}


def read_number(text: str, marks: Marks) -> Decimal | None:
    """Return the value of a number written with these marks, None where it is not; as ``number_sql`` reads it.

    Examples
    --------
    >>> read_number("$1,234.56", Marks(".", ",")), read_number("1 234,56", Marks(",")), read_number("1,5", Marks("."))
    (Decimal('1234.56'), Decimal('1234.56'), None)
    >>> read_number("6e-06", Marks(".")), read_number("1,5E+3", Marks(","))
    (Decimal('0.000006'), Decimal('1.5E+3'))
    """
    bare = undecorated(text)
    if not _compiled(marks.shape).fullmatch(bare):
        return None
    value = Decimal(_compiled(marks.between).sub("", bare).replace(marks.decimal, "."))
    return value if abs(value) < _LARGEST else None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
