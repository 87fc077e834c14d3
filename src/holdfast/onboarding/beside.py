"""Tables beside the purchases: customers, contacts, visits, tickets, surveys, recognised by their columns."""

from collections.abc import Sequence

from holdfast.columns import REQUIRED, TABLES
from holdfast.data import FORMATS
from holdfast.data.reading.lookups import stem_of
from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.data.values.flags import flag, pair_in
from holdfast.data.values.moments import timestamp
from holdfast.onboarding.called.beside import fits_table
from holdfast.onboarding.called.names import ROLES, Fit, customer_fit, plain_words, says_id
from holdfast.onboarding.dates import find_format
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.money.marks import find_marks
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.proof import MOST_UNREAD
from holdfast.wording import counted

CUSTOMERS = "this looks like a table of customers; name it under tables.customers"
_NEITHER = "this is no list of purchases; docs/guide.md says which tables can stand beside one"
# Of two columns of ids, which was given up and which remains.
_GIVEN_UP = (
    "old alt alte bisherige previous former merged gammel gammelt gamle gammal gammalt ancien ancienne antiguo vecchio "
    "stary oud oude"
)
_REMAINS = "new neu neue current kept ny nyt nytt nya nouveau nouvelle nuevo nuovo nowy nieuw nieuwe"
_MERGED = {"mergedinto", "mergedintoid", "mergedto", "mergedwith", "mergedid", "duplicateof", "zusammengefuhrtmit"}
_MERGED |= {"fusionneavec", "flettetmed", "slagetsammenmed", "sammanslagenmed", "fusionadocon", "masterid"}
# So many ids are compared with those of the purchases.
_COMPARED = 2000


def is_of_customers(found: Sequence[Profile]) -> bool:
    """Say whether every customer stands there once, in a table that names no orders and no amounts."""
    able = [p for p in found if p.may_be_id and ROLES["customer_id"].fit(p.name) >= Fit.PARTLY]
    bought = [p for p in found for role in ("order_id", "amount") if ROLES[role].fit(p.name) == Fit.WHOLE]
    return bool(able) and all(not p.repeats for p in able) and not bought


def _holds_customers(found: Sequence[Profile]) -> bool:
    """Say whether every customer stands there once by their number, though their names, as of contacts, come back."""
    if is_of_customers(found):
        return True
    ids = [p for p in found if p.may_be_id and says_id(p.name) and ROLES["customer_id"].fit(p.name) >= Fit.PARTLY]
    return not any(p.is_date for p in found) and is_of_customers([p for p in found if p in ids or not p.may_be_id])


def stands_beside(found: Sequence[Profile]) -> bool:
    """Say whether a table is one of those that can stand beside purchases, by its columns."""
    return _changed_ids(found) is not None or sum(_is(kind, found) for kind in TABLES) == 1


def find_beside(table: Export, found: Sequence[Profile], purchases: Export, findings: Findings) -> None:
    """State ``tables.NAME`` where columns leave no doubt what a file is and how it is read, else say what it may be."""
    if _of_changed_ids(table, found, findings):
        return
    kinds = [kind for kind in TABLES if _is(kind, found)]
    if not kinds and id_of_file(table.label, found):
        kinds = ["customers"]
    _tell_merged(table, found, findings)
    if len(kinds) > 1 and "customers" in kinds and not _has("customers", found) - {"customer_id", "channel"}:
        # Each customer stands there once, but it says nothing that is kept on file.
        kinds.remove("customers")
    if len(kinds) == 1 and kinds[0] not in findings.tables:
        kind = kinds[0]
        keys, open_ = _keys(kind, table, found, purchases, findings)
        known = [k for k in keys.settings if k.startswith("columns.")]
        if not open_ and kind == "customers" and len(known) == 1:
            open_ = "none of its other columns has a name that is known here"
        if not open_:
            findings.tables[kind] = keys
            mapped = ", ".join(k.removeprefix("columns.") for k in known)
            findings.tell(f"{_called(table)}: {counted(table.lines, 'line')} of {kind} (tables.{kind}): {mapped}")
            return
        said = f"this looks like a table of {kind}; name it under tables.{kind}: {open_}"
    elif len(kinds) == 1:
        said = f"this looks like a further table of {kinds[0]}; one can be named under tables.{kinds[0]}"
    else:
        said = f"this could be several tables: {', '.join(kinds)}; name it under one" if kinds else _what(found)
    findings.others += [(name, said) for name in table.named]
    findings.tell(f"{_called(table)}: {said}")


def id_of_file(label: str, found: Sequence[Profile]) -> Profile | None:
    """Return the column "id" of a file that is called after customers, and has each id once."""
    stem = "".join(plain_words(stem_of(label)))
    if max(customer_fit(stem), customer_fit(stem.removesuffix("s"))) < Fit.PARTLY:
        return None
    return next((p for p in found if p.may_be_id and not p.repeats and "".join(plain_words(p.name)) == "id"), None)


def _tell_merged(table: Export, found: Sequence[Profile], findings: Findings) -> None:
    """Say that a column names the account into which a customer's was merged, and what reads it."""
    for p in found:
        if p.filled and "".join(plain_words(p.name)) in _MERGED:
            (rows,) = table.one(f"SELECT COUNT(*) FILTER ({is_filled(p.sql)}) FROM {TABLE}")
            findings.tell(
                f'{_called(table)}: "{p.name}" says on {counted(rows, "line")} into which account a customer was '
                "merged: purchases under the old id count for another customer, unless these lines stand in a file of "
                f'their own under tables.id_map, with new_id: "{p.name}" and the old id beside it'
            )


def _called(table: Export) -> str:
    """Return what messages call a table: its file, and its sheet or table where that was said or is one of several."""
    keys = table.layout.keys()
    return table.label + "".join(f', {key} "{keys[key]}"' for key in ("sheet", "member", "table") if keys.get(key))


def _of_changed_ids(table: Export, found: Sequence[Profile], findings: Findings) -> bool:
    """State ``tables.id_map`` where a table holds ids that were given up, each with the one that remains."""
    pair = _changed_ids(found)
    if pair is None or "id_map" in findings.tables:
        return False
    old, new = pair
    keys = Findings(section="tables.id_map", paths=list(table.named))
    for key, value in table.layout.keys().items():
        keys.set(key, value)
    keys.set("columns.old_id", old.name)
    keys.set("columns.new_id", new.name)
    findings.tables["id_map"] = keys
    findings.tell(
        f'{_called(table)}: {counted(table.lines, "id")} that changed (tables.id_map): "{old.name}" became "{new.name}"'
    )
    return True


def _changed_ids(found: Sequence[Profile]) -> tuple[Profile, Profile] | None:
    """Return the column of ids that were given up and that of those that remain; a day of the change may be beside."""
    ids = [p for p in found if not p.is_date]
    old, new = (
        next((p for p in ids if set(words.split()) & set(plain_words(p.name))), None) for words in (_GIVEN_UP, _REMAINS)
    )
    if len(ids) != 2 or len(found) > 3 or old is None or new is None or old is new or old.repeats:
        return None
    return old, new


def _what(found: Sequence[Profile]) -> str:
    return CUSTOMERS if _holds_customers(found) else _NEITHER


def _customer(found: Sequence[Profile], purchases: str) -> Profile | None:
    """Return the column of customers' ids: called as in the purchases, else the one whose name fits best."""
    able = [p for p in found if p.may_be_id and not p.is_date]
    named = [p for p in able if p.name == purchases]
    fit = [p for p in able if max(ROLES["customer_id"].fit(p.name), ROLES["email"].fit(p.name)) >= Fit.PARTLY]
    return next(iter(named), max(fit, key=lambda p: ROLES["customer_id"].fit(p.name), default=None))


def _is(kind: str, found: Sequence[Profile]) -> bool:
    """Say whether a file has what a table of this kind must have, and something that only it has."""
    if kind == "customers":
        return _holds_customers(found)
    (date,) = (c for c in REQUIRED[kind] if c != "customer_id")
    dated = any(p.is_date and fits_table(kind, date, p.name) for p in found)
    return dated and (bool(_has(kind, found) - {"customer_id", date, "opened_at", "channel"}) or kind == "visits")


def _has(kind: str, found: Sequence[Profile]) -> set[str]:
    """Return which columns of a kind of table have a name of theirs in a file."""
    return {c.name for c in TABLES[kind] if any(fits_table(kind, c.name, p.name) for p in found)}


def _keys(
    kind: str, table: Export, found: Sequence[Profile], purchases: Export, main: Findings
) -> tuple[Findings, str]:
    """Return the keys of a table, and what is open, if anything."""
    keys = Findings(section=f"tables.{kind}", paths=list(table.named))
    named = next((p for p in found if p.name == _buyers(main)), None)
    who = _customer(found, _buyers(main)) if named else id_of_file(table.label, found) or _customer(found, "")
    if who is None:
        return keys, "no column can name customers"
    for key, value in table.layout.keys().items():
        keys.set(key, value)
    keys.set("columns.customer_id", who.name)
    columns = [c for c in TABLES[kind] if c.name != "customer_id"]
    mapped = {c.name: p for c in columns if (p := _fitting(kind, c.name, c.type, table, found, who)) is not None}
    dates = {ours: p for ours, p in mapped.items() if ours.endswith("_at")}
    first = next((p for ours, p in dates.items() if ours in REQUIRED[kind]), next(iter(dates.values()), None))
    if first is not None:
        find_format(table, first.sql, first.name, first.type, keys)
    find_marks(table, [p for ours, p in mapped.items() if _type(kind, ours) == "decimal"], keys)
    if keys.questions:
        return keys, f"what is open: {keys.questions[0].asked}"
    for ours, p in mapped.items():
        if not ours.endswith("_at") or _reads(table, p, keys):
            keys.set(f"columns.{ours}", p.name)
    return keys, _match(table, who, purchases, main, keys)


def _buyers(main: Findings) -> str:
    """Return what the purchases call the column of their customers; an empty text where that is open."""
    preset = FORMATS.get(str(main.settings.get("format")))
    return str(main.settings.get("columns.customer_id") or (preset.columns["customer_id"] if preset else ""))


def _type(kind: str, ours: str) -> str:
    return next(c.type for c in TABLES[kind] if c.name == ours)


def _fitting(
    kind: str, ours: str, kept_as: str, table: Export, found: Sequence[Profile], who: Profile
) -> Profile | None:
    """Return the only column whose name fits and whose cells are of the right kind."""
    able = [p for p in found if p is not who and p.filled and fits_table(kind, ours, p.name)]
    fit = [p for p in able if _is_kept_as(kept_as, table, p)]
    return fit[0] if len(fit) == 1 else None


def _is_kept_as(kind: str, table: Export, p: Profile) -> bool:
    if kind == "flag":
        return _is_flag(table, p)
    return {"timestamp": p.is_date, "decimal": p.is_number}.get(kind, not p.is_date)


def _is_flag(table: Export, p: Profile) -> bool:
    text = parse.filled(parse.text(p.sql, p.type), parse.BLANK_WORDS)
    pair = pair_in(table.connection, [f"SELECT {text} AS cell FROM {TABLE}"])
    (odd,) = table.one(f"SELECT COUNT(*) FILTER ({text} IS NOT NULL AND {flag(text, pair)} IS NULL) FROM {TABLE}")
    return odd == 0


def _reads(table: Export, p: Profile, keys: Findings) -> bool:
    """Say whether a further column of dates is written as the first."""
    written = Written(date_format=keys.settings.get("date_format"), time_zone=keys.settings.get("time_zone"))
    value = timestamp(p.sql, p.type, written).value
    cells, read = table.one(f"SELECT COUNT(*), COUNT({value}) FROM {TABLE} WHERE {is_filled(p.sql)}")
    if cells - read > MOST_UNREAD * cells:
        keys.why[f"columns.{p.name}"] = "its dates are written in another way"
        return False
    return True


def _match(table: Export, who: Profile, purchases: Export, main: Findings, keys: Findings) -> str:
    """State what becomes of lines of nobody; say what is open if no customer of the table buys."""
    theirs, preset = _buyers(main), FORMATS.get(str(main.settings.get("format")))
    if preset and "id_case" in preset.keys:
        keys.set("id_case", preset.keys["id_case"], "as in the purchases")
    # What the purchases state holds for the tables beside them, too.
    written = Written(id_case=keys.settings.get("id_case", main.settings.get("id_case", "keep")))
    ids = parse.customer(who.sql, who.type, written)
    (nobody,) = table.one(f"SELECT COUNT(*) FILTER (({ids}) IS NULL) FROM {TABLE}")
    if nobody:
        keys.set("missing_customer", "drop", f"{counted(nobody, 'line')} without a customer")
    if theirs not in purchases.names:
        return ""
    place = purchases.names.index(theirs)
    buyer = parse.customer(f"k{place}", purchases.types[place], written)
    drawn = table.connection.execute(
        f"SELECT DISTINCT {ids} AS who FROM {TABLE} WHERE ({ids}) IS NOT NULL ORDER BY hash(who), who LIMIT {_COMPARED}"
    ).fetchall()
    listed = [str(row[0]) for row in drawn]
    matching = purchases.connection.execute(
        f"SELECT COUNT(DISTINCT CAST({buyer} AS VARCHAR)) FROM {TABLE} WHERE CAST({buyer} AS VARCHAR) IN "
        "(SELECT UNNEST(?))",
        [listed],
    ).fetchall()[0][0]
    if listed and not matching:
        bare = f"LTRIM(CAST({buyer} AS VARCHAR), '0')"
        ((alike,),) = purchases.connection.execute(
            f"SELECT COUNT(DISTINCT {bare}) FROM {TABLE} WHERE {bare} IN (SELECT LTRIM(UNNEST(?), '0'))", [listed]
        ).fetchall()
        if alike:
            return (
                f'ids in "{who.name}" and those of the purchases ("{theirs}") differ by leading zeros, which a '
                f"spreadsheet takes off: of {counted(len(listed), 'id')} {alike:,} are the same without them. Export "
                "both alike, as text, or state id_case: digits for both"
            )
        return f'no id in "{who.name}" is one of the purchases ("{theirs}")'
    return ""
