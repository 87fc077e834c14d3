"""What each column holds: how much, how varied, and whether dates, numbers, or ids."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from holdfast.data.values.moments import FIRST_OF_CONTRACTS, FIRST_YEAR
from holdfast.onboarding.called.names import ROLES, Fit, customer_fit, money_fit, plain_words, says_id
from holdfast.onboarding.dates import reads_as_date
from holdfast.onboarding.export import PEEK, Export, is_filled
from holdfast.onboarding.money.numbers import reads_as_number

# Fewer different texts than this are categories, not customers.
LEAST_IDS = 5
# A whole number as an id is written; spreadsheets and pandas make 10001.0 of 10001 where cells of the column are blank.
_WHOLE = "[0-9０-９]+([.]0)?"
# What only money or a measure has: a sign, or marks and blanks between digits
# (but a plus before eight digits and more is a phone's).
_MEASURE = r"^[-(]\s*[0-9]|^[+]\s*[0-9]{1,7}([^0-9]|$)|[0-9０-９][.,''’，．\s\x{00a0}\x{202f}][0-9０-９]|[0-9]-$"
# R1200 and kr12 may be money, in rands or crowns, or ids: whole, one prefix on all, nothing between; the name says it.
_LETTERED = "([A-Za-z]{1,3})[-_]?[0-9]+"
# Ends of words that are money, whosever it is (Customer spend, Kundepris).
_MONEY: tuple[str, ...] = (
    "price",
    "pris",
    "preis",
    "prix",
    "precio",
    "prezzo",
    "prijs",
    "total",
    "spend",
    "spent",
    "amount",
    "value",
)
_MONEY += ("cost", "betrag", "belob", "beloeb", "belop", "bedrag", "umsatz", "wert", "sum", "summe", "fee", "revenue")
# Among ids that are numbers some may be texts (C1001, A-17), but not most.
_MOST_TEXTS = 0.5


@dataclass(frozen=True)
class Profile:
    """A column.

    Attributes
    ----------
    name, sql, type
        Its name in the file, its name in the tables, and its SQL type.
    filled, distinct
        Cells that hold something, and how many differ, among the lines looked at.
    is_date, is_number
        Whether (nearly) all filled cells are dates, or numbers; a date is no number.
    is_whole
        Whether they are whole numbers without any mark, a few texts among them (as in ``C1001``) aside.
    is_lettered
        Whether they are numbers only because the letters before each whole number, the same on all, are a currency's,
        and the name says that they are ids.
    is_early
        Whether it is a date only where days before 1970 are dates, as of contracts and births; purchases have none.
    """

    name: str
    sql: str
    type: str
    filled: int
    distinct: int
    is_date: bool
    is_number: bool
    is_whole: bool
    is_lettered: bool = False
    is_early: bool = False

    @property
    def repeats(self) -> bool:
        """Whether a value comes back, as the ids of customers and orders of several lines do."""
        return self.distinct < self.filled

    @property
    def may_be_id(self) -> bool:
        """Whether it could name something: no date, no fraction, and not only a few categories."""
        return (
            self.distinct >= LEAST_IDS
            and not self.is_date
            and (self.is_whole or self.is_lettered or not self.is_number)
        )


def profiles(export: Export) -> list[Profile]:
    """Look at every column; one whose name stands twice in the header cannot be named, and is left out."""
    found = []
    for i, name in enumerate(export.names):
        if name and export.names.count(name) == 1:
            found.append(_profile(export, name, f"k{i}", export.types[i]))
    return [replace(p, is_lettered=_are_ids(export, p, found)) if p.is_lettered else p for p in found]


def of_purchases(export: Export, found: Sequence[Profile]) -> list[Profile]:
    """Return columns as they are where no day lies before 1970, as in a table of purchases."""
    return [_profile(export, p.name, p.sql, p.type, since=FIRST_YEAR) if p.is_early else p for p in found]


def _are_ids(export: Export, p: Profile, found: Sequence[Profile]) -> bool:
    """Say whether whole numbers behind a currency's letters are ids: named so, and no price of what they name.

    An order or product called no id must have another column of money beside it, and digits of one length.
    """
    if money_fit(p.name) >= Fit.PARTLY or any(word.endswith(_MONEY) for word in plain_words(p.name)):
        return False
    if says_id(p.name) or customer_fit(p.name) >= Fit.PARTLY:
        return True
    if all(ROLES[role].fit(p.name) < Fit.PARTLY for role in ("order_id", "product_id")):
        return False
    lengths, led = export.one(
        f"SELECT COUNT(DISTINCT LENGTH({p.sql})), COUNT(*) FILTER (regexp_matches({p.sql}, '^[A-Za-z]+[-_]?0[0-9]')) "
        f"FROM {PEEK} WHERE {is_filled(p.sql)}"
    )
    others = (q for q in found if q is not p and q.is_number)
    return bool(
        (lengths == 1 or led)
        and any(money_fit(q.name) >= Fit.PARTLY or not (q.is_whole or q.is_lettered) for q in others)
    )


def doubled(export: Export) -> list[str]:
    """Return the names that stand twice or more in the header: nothing can say which of the columns is meant."""
    return [name for name in dict.fromkeys(export.names) if name and export.names.count(name) > 1]


def _profile(export: Export, name: str, sql: str, kind: str, *, since: int = FIRST_OF_CONTRACTS) -> Profile:
    cells = f"SELECT {sql} AS x FROM {PEEK} WHERE {is_filled(sql)}"
    wholes, measures = _wholes(kind)
    letters = f"NULLIF(LOWER(regexp_extract(x, '^{_LETTERED}$', 1)), '')" if kind == "VARCHAR" else "NULL"
    filled, distinct, whole, measured, lettered, prefixes = export.one(
        f"SELECT COUNT(*), COUNT(DISTINCT x), COUNT(*) FILTER ({wholes}), COUNT(*) FILTER ({measures}), "
        f"COUNT({letters}), COUNT(DISTINCT {letters}) FROM ({cells})"
    )
    if not filled:
        return Profile(name, sql, kind, 0, 0, False, False, False)
    dated = reads_as_date(export, sql, name, kind, since=since)
    early = dated and since < FIRST_YEAR and not reads_as_date(export, sql, name, kind, since=FIRST_YEAR)
    number = not dated and reads_as_number(export, sql, kind)
    is_whole = number and not measured and whole >= _MOST_TEXTS * filled
    is_lettered = number and not measured and prefixes == 1 and lettered >= _MOST_TEXTS * filled
    return Profile(name, sql, kind, filled, distinct, dated, number, is_whole, is_lettered, early)


def _wholes(kind: str) -> tuple[str, str]:
    """Return the SQL that is true of a whole number ``x``, and of one that can be no id; other texts are neither."""
    if kind == "VARCHAR":
        whole = f"regexp_full_match(x, '{_WHOLE}')"
        return whole, f"regexp_matches(x, '{_MEASURE}') AND NOT {whole}"
    whole = "x = FLOOR(x)" if kind in ("FLOAT", "DOUBLE") or kind.startswith("DECIMAL") else "TRUE"
    return whole, f"NOT ({whole})"


Columns = dict[str, Profile]
"""Columns by their role."""


def free(found: Sequence[Profile], known: Columns) -> list[Profile]:
    """Return the columns that have no role yet."""
    taken = {p.name for p in known.values()}
    return [p for p in found if p.name not in taken]
