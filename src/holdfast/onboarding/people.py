"""Columns of people: whether cells are names, and which columns tell people apart better than names do."""

from collections.abc import Sequence
from typing import NamedTuple

from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.data.values.nobody import MASKED, SHORTENED
from holdfast.errors import DataError
from holdfast.onboarding.called.names import Fit, customer_fit, plain_words, says_id
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings, listed
from holdfast.onboarding.profile import Columns, Profile
from holdfast.wording import counted

# Another column stands in for one of names if it is (nearly) as often filled; most of its cells must be names.
_AS_FULL, _MOSTLY_NAMES = 0.95, 0.7
_NAME = r"[^0-9@]*[^0-9@ ][ ,]+[^0-9@ ][^0-9@]*|[\p{Han}\p{Hangul}\p{Hiragana}\p{Katakana}ー]{2,8}"
# On so many of its lines the shop itself is named, as who was paid.
_MOSTLY_ONE = 0.8
# Of ids that are shown in part, so many cells are.
_MOSTLY_MASKED = 0.5
# On so few lines a cut id is damage, no property of the column.
_FEW_CUT = 0.01
# So many times as many names are of others than those whom an id tells apart.
MANY_MORE = 3
# Of a column's values with several lines so many have one name.
_ALL_BUT = 0.98
# Names are written in several ways, and change.
_MOSTLY_ONE_NAME = 0.8
# Of the ids that stand on several lines, so many come back on another day.
_MANY_BACK = 0.5
_CARDS = {"barcode", "strichcode", "streckkod", "stregkode", "strekkode", "codebarres", "kodkreskowy"}


def not_names(best: Sequence[Profile], able: Sequence[Profile], export: Export, known: Columns) -> list[Profile]:
    """Return columns that may name customers better than the best, which hold people's names: people share them.

    Not those that are seldom filled, or tell fewer apart (who sold it, who typed it), or each line from every other. A
    column whose name says nothing of customers is one of them if each of its values has one name, and comes back.
    """
    if not all(holds_names(export, p) for p in best):
        return []
    filled, distinct = max(p.filled for p in best), max(p.distinct for p in best)
    return [
        p
        for p in able
        if p not in best
        and p.filled >= _AS_FULL * filled
        and distinct <= p.distinct < _MOSTLY_NAMES * p.filled
        and (customer_fit(p.name) >= Fit.PARTLY or _has_one_name(export, p, best[0], known.get("ordered_at")))
        and not holds_names(export, p)
        and not any(same_groups(export, p, q) for q in best)
    ]


def _has_one_name(export: Export, p: Profile, names: Profile, date: Profile | None) -> bool:
    """Say whether (nearly) every value of a column has one name, and many come back on another day."""
    if date is None or p.distinct <= names.distinct:
        return False
    several, alike, back = export.one(
        f"SELECT COUNT(*), COUNT(*) FILTER (names = 1), COUNT(*) FILTER (days > 1) FROM (SELECT COUNT(*) AS lines, "
        f"COUNT(DISTINCT {names.sql}) AS names, COUNT(DISTINCT {date.sql}) AS days FROM {TABLE} "
        f"WHERE {is_filled(p.sql)} AND {is_filled(names.sql)} GROUP BY {p.sql}) WHERE lines > 1"
    )
    return bool(several and alike >= _ALL_BUT * several and back >= _MANY_BACK * several)


def beside_names(export: Export, names: Profile, able: Sequence[Profile], date: Profile | None) -> list[Profile]:
    """Return the columns that number the people whom another names: each number has one name, which several share.

    One that is no customer's by its name must come back on another day, as the barcode of a card does.
    """
    if not holds_names(export, names):
        return []
    return [
        p
        for p in able
        if p is not names
        and p.filled >= _AS_FULL * names.filled
        and p.distinct >= names.distinct
        and not holds_names(export, p)
        and (
            (says_id(p.name) and customer_fit(p.name) >= Fit.PARTLY and _is_of_one(export, p, names))
            or (may_be_of_cards(p.name) and _has_one_name(export, p, names, date))
        )
    ]


def may_be_of_cards(name: str) -> bool:
    """Say whether a name may be that of the cards by which people are known where they come in."""
    return bool(_CARDS & set(plain_words(name))) or "".join(plain_words(name)) in _CARDS


def is_of_same(number: Profile, names: Profile) -> bool:
    """Say whether a column numbers, by its name, whom another names: Member Number beside Member."""
    return customer_fit(number.name) == Fit.WHOLE or set(plain_words(names.name)) <= set(plain_words(number.name))


def _is_of_one(export: Export, p: Profile, names: Profile) -> bool:
    """Say whether (nearly) every value has one name; written in several ways it is the same person's all the same."""
    values, alike = export.one(
        f"SELECT COUNT(*), COUNT(*) FILTER (names = 1) FROM (SELECT COUNT(DISTINCT {names.sql}) AS names FROM {TABLE} "
        f"WHERE {is_filled(p.sql)} AND {is_filled(names.sql)} GROUP BY {p.sql})"
    )
    return bool(values and alike >= _MOSTLY_ONE_NAME * values)


def more_people(best: Sequence[Profile], able: Sequence[Profile], export: Export) -> list[Profile]:
    """Return columns of people's names that tell many more apart than the best does: it may be who sold it."""
    distinct = max(p.distinct for p in best)
    return [
        p
        for p in able
        if p not in best and p.distinct > MANY_MORE * distinct and customer_fit(p.name) >= Fit.PARTLY
        if holds_names(export, p)
    ]


def holds_names(export: Export, p: Profile) -> bool:
    """Say whether most cells are words without digits, of two or more parts; of one in China, Japan and Korea."""
    if p.type != "VARCHAR":
        return False
    named, filled = export.one(
        f"SELECT COUNT(*) FILTER (regexp_full_match({p.sql}, '{_NAME}')), COUNT(*) "
        f"FROM {TABLE} WHERE {is_filled(p.sql)}"
    )
    return bool(named > _MOSTLY_NAMES * filled)


def same_groups(export: Export, a: Profile, b: Profile) -> bool:
    """Say whether two columns tell the same rows apart: then it does not matter which names the customers."""
    blank, alone, other, both = export.one(
        f"SELECT COUNT(*) FILTER (({is_filled(a.sql)}) <> ({is_filled(b.sql)})), COUNT(DISTINCT {a.sql}), "
        f"COUNT(DISTINCT {b.sql}), COUNT(DISTINCT ({a.sql}, {b.sql})) FILTER ({is_filled(a.sql)}) FROM {TABLE}"
    )
    return blank == 0 and alone == other == both


def is_mostly_one(export: Export, p: Profile) -> bool:
    """Say whether most lines that name somebody name the same one."""
    most, filled = export.one(
        f"SELECT MAX(lines), SUM(lines) FROM (SELECT COUNT(*) AS lines FROM {TABLE} WHERE {is_filled(p.sql)} "
        f"GROUP BY {p.sql})"
    )
    return bool(filled and most > _MOSTLY_ONE * filled)


def has_digits(export: Export, p: Profile) -> bool:
    """Say whether most cells have a digit or an @, as numbers, phones and addresses have."""
    found, filled = export.one(
        f"SELECT COUNT(*) FILTER (regexp_matches(CAST({p.sql} AS VARCHAR), '[0-9０-９@]')), COUNT(*) FROM {TABLE} "
        f"WHERE {is_filled(p.sql)}"
    )
    return bool(found > _MOSTLY_NAMES * filled)


def is_masked(export: Export, p: Profile) -> bool:
    """Say whether most cells hide letters behind stars (kim3****, a***b@x.com); one star at the end hides nothing."""
    if p.type != "VARCHAR":
        return False
    masked, filled = export.one(
        f"SELECT COUNT(*) FILTER (regexp_matches({p.sql}, '{MASKED}')), COUNT(*) FROM {TABLE} WHERE {is_filled(p.sql)}"
    )
    return bool(masked > _MOSTLY_MASKED * filled)


def shortened(export: Export, p: Profile) -> int:
    """Return on how many lines a column holds a long number as a spreadsheet shows it (4.91541E+11)."""
    if not parse.holds_texts(p.type):
        return 0
    cut = f"COUNT(*) FILTER (regexp_full_match({parse.bare(p.sql)}, '{SHORTENED}'))"
    return export.one(f"SELECT {cut} FROM {TABLE}")[0]


def not_cut(export: Export, able: Sequence[Profile], findings: Findings, *, needed: bool = False) -> list[Profile]:
    """Return columns but for those whose ids a spreadsheet has cut: different people, or orders, would be one.

    Raises
    ------
    DataError
        They are needed, and no other is called after customers.
    """
    lines = {p.name: shortened(export, p) for p in able}
    for p in (p for p in able if 0 < lines[p.name] <= _FEW_CUT * p.filled):
        few = counted(lines[p.name], "line")
        findings.tell(f'"{p.name}" on {few} is a number that a spreadsheet cut (1.23457E+11): those alike count as one')
    cut = [p for p in able if lines[p.name] > _FEW_CUT * p.filled]
    others = [p for p in able if p not in cut]
    if not cut:
        return others
    names = listed([p.name for p in cut])
    said = (
        f"{names} {'holds' if len(cut) == 1 else 'hold'} long numbers as a spreadsheet shows them, such as 1.23457E+11 "
        f"({counted(max(lines.values()), 'line')}): the last digits are gone, so different "
        f"{'customers' if needed else 'ones'} would count as one"
    )
    again = "Export it again, as text, without opening the file in a spreadsheet"
    if needed and not any(customer_fit(p.name) >= Fit.PARTLY for p in others):
        raise DataError(f"{said}. {again}.")
    findings.tell(f"{said}; left aside. {again}, if it is needed")
    return others


class People(NamedTuple):
    """Whom a column tells apart on lines that count: how many, on how many of these lines, and how many there are."""

    distinct: int
    known: int
    lines: int

    @property
    def nobody(self) -> str:
        """On how many lines nobody is named; blank where on none."""
        blank = self.lines - self.known
        return f"nobody on {blank:,} of {counted(self.lines, 'line')} ({blank / self.lines:.1%})" if blank else ""


def people_of(export: Export, p: Profile, counting: str) -> People:
    """Return whom a column tells apart; ``counting``: SQL that is true of lines that count."""
    who = parse.customer(p.sql, p.type, Written())
    return People(*export.one(f"SELECT COUNT(DISTINCT {who}), COUNT({who}), COUNT(*) FROM {TABLE} WHERE {counting}"))


def told_customers(chosen: Profile, export: Export) -> str:
    """Return how many customers a column has, on how many lines, in parentheses."""
    (distinct, filled) = export.one(
        f"SELECT COUNT(DISTINCT {chosen.sql}), COUNT(*) FROM {TABLE} WHERE {is_filled(chosen.sql)}"
    )
    return f" ({counted(distinct, 'customer')} on {counted(filled, 'line')})"
