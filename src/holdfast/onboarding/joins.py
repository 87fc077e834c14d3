"""Lines whose day or customer stands in another file: which file adds them, and by which column it is looked up."""

from collections.abc import Sequence
from typing import NamedTuple

from holdfast.data.lookup import Lookup
from holdfast.data.reading.lookups import stem_of
from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.onboarding.called.names import ROLES, Fit, customer_fit, plain_words
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.words import State, flag_of

# So many values of a key are compared, and so many of them must be found.
_COMPARED, _FOUND = 2000, 0.9
# Of a list of returns: hardly more than the order and a word.
_MOST_COLUMNS = 4
_TAKEN_BACK = (State.REFUNDED, State.CANCELLED)


class Table(NamedTuple):
    """Files that belong together, and what each of their columns holds."""

    export: Export
    columns: list[Profile]


class _Column(NamedTuple):
    of: Table
    profile: Profile


class Joined(NamedTuple):
    """Lines, the files that are looked up for them, and those that are left."""

    lines: Table
    lookups: tuple[Lookup, ...]
    others: list[Table]


def lookups_for(lines: Table, others: Sequence[Table]) -> Joined | None:
    """Return which files give lines a day, a customer who comes back, and a price, if they say no worth of their own.

    ``None``: none do, or none is needed.
    """
    columns = [_Column(lines, p) for p in lines.columns]
    left, lookups = list(others), []
    while not (_dated(columns) and _customers(columns) and _worth(columns)):
        found = next((one for table in left if (one := _lookup(table, columns)) is not None), None)
        found = found or _bridge(left, columns)
        if found is None:
            return None
        table, lookup = found
        columns += [_Column(table, p) for p in table.columns if p.name != lookup.there]
        left.remove(table)
        lookups.append(lookup)
    return Joined(lines, tuple(lookups), left) if lookups else None


def needs_others(lines: Table) -> bool:
    """Say whether lines lack a day of purchase, or a customer, by the names of their columns."""
    dates = [p.name for p in lines.columns if p.is_date]
    late = bool(dates) and all(ROLES["ordered_at"].fit(name) == Fit.NEVER for name in dates)
    return late or not any(p.may_be_id and customer_fit(p.name) >= Fit.PARTLY for p in lines.columns)


def with_customers_of_orders(lines: Table, others: Sequence[Table]) -> Joined | None:
    """Return lines beside the file that names a customer for each of their orders, though none of these comes back.

    What is then said is said of all files that were named.
    """
    columns = [_Column(lines, p) for p in lines.columns]
    for table in others:
        named = any(p.may_be_id and customer_fit(p.name) >= Fit.PARTLY for p in table.columns)
        found = _by_key(table, columns) if named else None
        if found is not None and ROLES["order_id"].fit(found[1].by) >= Fit.PARTLY:
            return Joined(lines, (found[1],), [t for t in others if t is not table])
    return None


def returns_beside(lines: Table, others: Sequence[Table]) -> Joined | None:
    """Return lines beside a file that says which of their orders were given back, or cancelled: without day or money.

    Nearly all of its orders are among the lines; those that it does not name are blank there.
    """
    for table in others:
        flags = [p for p in table.columns if (flag := flag_of(p.name)) and flag[0] in _TAKEN_BACK and not p.is_date]
        few = len(table.columns) <= _MOST_COLUMNS and not any(p.is_date for p in table.columns)
        if not flags or not few or table.export.layout.keys() != lines.export.layout.keys():
            continue
        names = {p.name for p in lines.columns}
        for key in (p for p in table.columns if p not in flags and p.name in names and not p.repeats):
            ours = next(p for p in lines.columns if p.name == key.name)
            clash = any(p.name in names for p in table.columns if p is not key)
            if clash or ROLES["order_id"].fit(key.name) < Fit.PARTLY or not _are_among(table, key, lines, ours):
                continue
            named = table.export.named
            lookup = Lookup(named[0] if len(named) == 1 else list(named), ours.name, None)
            return Joined(lines, (lookup,), [t for t in others if t is not table])
    return None


def _are_among(table: Table, key: Profile, lines: Table, ours: Profile) -> bool:
    """Say whether a file has each key once, and nearly all of them stand on the lines."""
    text = f"CAST({parse.text(key.sql, key.type, Written())} AS VARCHAR)"
    rows = table.export.connection.execute(
        f"SELECT {text} AS x, COUNT(*) FROM {TABLE} WHERE {is_filled(key.sql)} GROUP BY 1 ORDER BY hash(x), x "
        f"LIMIT {_COMPARED}"
    ).fetchall()
    if not rows or any(n > 1 for _, n in rows):
        return False
    mine = f"CAST({parse.text(ours.sql, ours.type, Written())} AS VARCHAR)"
    ((found,),) = lines.export.connection.execute(
        f"SELECT COUNT(DISTINCT {mine}) FROM {TABLE} WHERE {mine} IN (SELECT UNNEST(?))", [[str(x) for x, _ in rows]]
    ).fetchall()
    return bool(found >= _FOUND * len(rows))


def _bridge(left: Sequence[Table], columns: Sequence[_Column]) -> tuple[Table, Lookup] | None:
    """Return a file that adds nothing itself, if one that does is found by it: lines know orders, these customers."""
    for table in left:
        found = _by_key(table, columns)
        if found is None:
            continue
        new = [*columns, *(_Column(table, p) for p in table.columns if p.name != found[1].there)]
        if any(_lookup(other, new) is not None for other in left if other is not table):
            return found
    return None


def _lookup(table: Table, columns: Sequence[_Column]) -> tuple[Table, Lookup] | None:
    """Return how a file is looked up in, if it has what is missing and a key that the columns so far have, too."""
    new = [_Column(table, p) for p in table.columns]
    adds = (
        (not _dated(columns) and _dated(new))
        or (not _customers(columns) and _customers(new))
        or (not _worth(columns) and _priced(new))
    )
    return _by_key(table, columns) if adds else None


def _by_key(table: Table, columns: Sequence[_Column]) -> tuple[Table, Lookup] | None:
    """Return how a file is looked up in, if it has a key that the columns so far have, too."""
    if table.export.layout.keys() != columns[0].of.export.layout.keys():
        return None
    for p in table.columns:
        for column in columns:
            if _same_key(column.profile.name, p.name, table.export.label) and _is_key(table, p, column):
                named = table.export.named
                path = named[0] if len(named) == 1 else list(named)
                key = None if p.name == column.profile.name else p.name
                return table, Lookup(path, column.profile.name, key)
    return None


def _dated(columns: Sequence[_Column]) -> bool:
    return any(c.profile.is_date and ROLES["ordered_at"].fit(c.profile.name) > Fit.NEVER for c in columns)


def _customers(columns: Sequence[_Column]) -> bool:
    """Say whether a column is called customers, and somebody comes back."""
    fit = ROLES["customer_id"].fit
    return any(p.may_be_id and p.repeats and fit(p.name) >= Fit.PARTLY for p in (c.profile for c in columns))


def _priced(columns: Sequence[_Column]) -> bool:
    return any(c.profile.is_number and ROLES["unit_price"].fit(c.profile.name) >= Fit.PARTLY for c in columns)


def _worth(columns: Sequence[_Column]) -> bool:
    """Say whether a line is worth something: by a price, or an amount of its own; its order's would count twice."""
    own = [c.profile for c in columns if c.of is columns[0].of]
    return _priced(columns) or any(p.is_number and ROLES["amount"].fit(p.name) >= Fit.PARTLY for p in own)


def _same_key(ours: str, theirs: str, label: str) -> bool:
    """Say whether two columns are called alike, or one is called after the file whose ``id`` the other is."""
    by, key = "".join(plain_words(ours)), "".join(plain_words(theirs))
    stem = "".join(plain_words(stem_of(label)))
    return by == key or (key == "id" and by in (f"{stem}id", f"{stem.removesuffix('s')}id"))


def _is_key(table: Table, p: Profile, of: _Column) -> bool:
    """Say whether a column has each value once, and nearly all values of the other."""
    if not p.filled or p.is_date or p.repeats or not of.profile.filled:
        return False
    filled, different = table.export.one(
        f"SELECT COUNT(*), COUNT(DISTINCT {p.sql}) FROM {TABLE} WHERE {is_filled(p.sql)}"
    )
    if filled != different:
        return False
    ours, theirs = (f"CAST({parse.text(c.sql, c.type, Written())} AS VARCHAR)" for c in (of.profile, p))
    drawn = of.of.export.connection.execute(
        f"SELECT DISTINCT {ours} AS x FROM {TABLE} WHERE {is_filled(of.profile.sql)} ORDER BY hash(x), x "
        f"LIMIT {_COMPARED}"
    ).fetchall()
    values = [str(row[0]) for row in drawn]
    ((found,),) = table.export.connection.execute(
        f"SELECT COUNT(DISTINCT {theirs}) FROM {TABLE} WHERE {theirs} IN (SELECT UNNEST(?))", [values]
    ).fetchall()
    return bool(found >= _FOUND * len(values))
