"""Which column is the customer, the date, the money, the order, the product; two that fit equally are a question."""

from collections.abc import Callable, Sequence

from holdfast.data.reading.shown import shown_names
from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.errors import DataError
from holdfast.onboarding.called.names import ROLES, Fit, customer_fit, is_nobody, money_fit, says_id, says_nothing
from holdfast.onboarding.called.value_days import is_booking_day, is_value_day
from holdfast.onboarding.dates import called_a_date, counts_days
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Choice, Findings, Question, listed
from holdfast.onboarding.money.worth import find_money
from holdfast.onboarding.nested import of_orders_alone, refuse_groups
from holdfast.onboarding.order_columns import is_a_number, mostly_one, numbers_orders, order_by_contents
from holdfast.onboarding.profile import LEAST_IDS, Profile, doubled
from holdfast.onboarding.refusals import (
    apart_dates,
    is_part_of_a_date,
    of_contracts,
    of_experiment,
    of_nobody,
    of_summaries,
)
from holdfast.onboarding.states.stages import closing_days
from holdfast.wording import counted

Columns = dict[str, Profile]
# So much more often filled is worth a question.
_MORE = 1.1
# Another column stands in for one of names if it is (nearly) as often filled; most of its cells must be names.
_AS_FULL, _MOSTLY_NAMES = 0.95, 0.7
# So many times as many names are of others than those whom an id tells apart.
_MANY_MORE = 3
# Of a column's values with several lines so many have one name.
_ALL_BUT = 0.98
# Of the ids that stand on several lines, so many come back on another day.
_MANY_BACK = 0.5
# In so few lines nobody, and nothing, need come back.
_FEW_LINES = 50
_NAMES_SHOWN = 30


def find_columns(export: Export, found: Sequence[Profile], findings: Findings) -> Columns:
    """State the columns of purchases, or ask for them; returns those that are known by our name.

    Raises
    ------
    DataError
        No column holds dates, or none can name customers, or the one that would stands twice in the header.
    """
    known: Columns = {}
    twice = doubled(export)
    _refuse_needed(twice, found)
    if twice:
        findings.tell(f"two columns are called {listed(twice)}: left aside, as no key can say which is meant")
    # A column that is called a date is one: how it is written is asked where no format reads it.
    dates = [p for p in found if p.is_date]
    dates = dates or [p for p in found if p.filled and counts_days(export, p.sql, p.name)]
    apart = apart_dates(found)
    dates = dates or [p for p in found if p.filled and called_a_date(p.name) and not (apart and is_part_of_a_date(p))]
    if not dates:
        said = f"No column holds dates, so this is no list of purchases.{_names(export)}{_rename(twice)}"
        raise DataError(said + (apart or of_summaries(found) or of_experiment(export, found)))
    dates = _no_value_days(dates, findings)
    _settle("ordered_at", closing_days(export, dates, found), "when was it bought", export, findings, known)
    called = [p for p in found if p.filled and customer_fit(p.name) >= Fit.PARTLY]
    refuse_groups(export, known.get("ordered_at", dates[0]), called)
    _customer(export, found, findings, known)
    find_money(export, of_orders_alone(export, _free(found, known), known, findings), findings, known)
    for role, what in (("order_id", "which order a line belongs to"), ("product_id", "what was bought")):
        named = [p for p in _free(found, known) if p.may_be_id and ROLES[role].fit(p.name) >= Fit.PARTLY]
        if role == "order_id":
            named = [p for p in named if not mostly_one(export, p)]
        if role == "product_id":
            # A product is sold more than once; a reference of its own on each line, or order, names these.
            named = [p for p in named if not (is_a_number(p) and numbers_orders(export, p, known))]
            named = [p for p in named if p.repeats] or named
        elif len(named) > 1 and (held := [p for p in named if p.repeats and numbers_orders(export, p, known)]):
            # Of numbers of orders and of their lines, those of orders.
            named = held if all(p in held or not p.repeats for p in named) else named
        if named:
            _settle(role, named, what, export, findings, known, optional=role == "product_id")
        elif role == "order_id" and (order := order_by_contents(export, _free(found, known), findings, known)):
            known["order_id"] = order
    return known


def _no_value_days(dates: Sequence[Profile], findings: Findings) -> list[Profile]:
    """Return dates without those from which a bank counts interest, where another may be the day of a purchase."""
    others = [p for p in dates if not is_value_day(p.name)]
    booked = [p for p in others if ROLES["ordered_at"].fit(p.name) >= Fit.PARTLY or is_booking_day(p.name)]
    if len(others) == len(dates) or not booked:
        return list(dates)
    names = listed([p.name for p in dates if p not in others])
    findings.tell(f"{names}: the day from which the bank counts interest, not that of a purchase")
    return others


def _names(export: Export) -> str:
    """Return the columns' names in a sentence, but what may be cells."""
    names = shown_names(export.names)[:_NAMES_SHOWN]
    return f" Columns: {listed(names)}." if names else ""


def _refuse_needed(twice: Sequence[str], found: Sequence[Profile]) -> None:
    """Refuse a name that stands twice and says better than any other what purchases need: it would be left aside."""
    needed: tuple[tuple[Callable[[str], Fit], list[Profile]], ...] = (
        (ROLES["ordered_at"].fit, [p for p in found if p.is_date]),
        (customer_fit, [p for p in found if p.may_be_id and p.repeats]),
        (money_fit, [p for p in found if p.is_number]),
    )
    missed = [
        name
        for name in twice
        if any(fit(name) > max([Fit.SILENT, *(fit(p.name) for p in able)]) for fit, able in needed)
    ]
    if missed:
        raise DataError(_rename(twice).strip())


def _rename(twice: Sequence[str]) -> str:
    """Say what to do about names that stand twice; nothing where none does."""
    if not twice:
        return ""
    return (
        f" Two columns are called {listed(twice)}, so no key can say which of them is meant: give each a name of its "
        "own in the line of names, or take one out."
    )


def _free(found: Sequence[Profile], known: Columns) -> list[Profile]:
    taken = {p.name for p in known.values()}
    return [p for p in found if p.name not in taken]


def _customer(export: Export, found: Sequence[Profile], findings: Findings, known: Columns) -> None:
    able = [p for p in _free(found, known) if _may_be_customer(p) and p.repeats and not _speaks_of_others(p)]
    able = [p for p in able if customer_fit(p.name) > Fit.NEVER]
    # R1200 may be money; where a column of plain ids is there, that is meant.
    able = [p for p in able if not p.is_lettered or customer_fit(p.name) >= Fit.PARTLY] or able
    # What holds the lines of one day together is an order, whoever bought.
    day = {role: p for role, p in known.items() if role == "ordered_at"}
    able = [p for p in able if customer_fit(p.name) >= Fit.PARTLY or not numbers_orders(export, p, day)]
    full = _AS_FULL * max(p.filled for p in found)
    phones = [p for p in _free(found, known) if p.repeats and p.filled >= full and _is_phone(p)]
    if phones and not any(customer_fit(p.name) >= Fit.PARTLY for p in able):
        findings.set("columns.customer_id", phones[0].name, "who bought, by their phone")
        findings.tell(f'customer_id: "{phones[0].name}"{_told_customers(phones[0], export)}, by their phone')
        known["customer_id"] = phones[0]
        return
    named = [p for p in _free(found, known) if p.may_be_id and ROLES["customer_id"].fit(p.name) >= Fit.PARTLY]
    once = [p.name for p in named if export.lines > _FEW_LINES and not _comes_back(export, p, known.get("ordered_at"))]
    # A number that is another with every order names the order, whatever it is called.
    able = [p for p in able if p.name not in once]
    if once and not any(customer_fit(p.name) >= Fit.PARTLY for p in able):
        raise DataError(
            f"{listed(once)} {'is' if len(once) == 1 else 'are'} another with every purchase, so nobody comes back. "
            "Holdfast learns from those who do: export one line per purchase, not per customer; or find the number "
            f"that stays with a customer from purchase to purchase.{_rename(doubled(export))}"
            + of_experiment(export, found)
        )
    # Of animals, who have owners.
    if any(customer_fit(p.name) == Fit.WHOLE and "patient" not in p.name.lower() for p in able):
        able = [p for p in able if "patient" not in p.name.lower()]
    if not able:
        if others := of_nobody(found):
            raise DataError(f"{others}{_rename(doubled(export))}")
        raise DataError(
            "No column can name customers: an id comes back when somebody buys again, and is neither a date nor an "
            f"amount; a table with one line per customer holds no purchases.{_names(export)}{_rename(doubled(export))}"
            f"{of_contracts(found)}"
        )
    _settle("customer_id", able, "who bought", export, findings, known, also=_fuller(export, able))


def _may_be_customer(p: Profile) -> bool:
    """Say whether a column could name customers: by what it holds, or called an id, as 1026454.4271 is."""
    pairs = p.type == "VARCHAR" and p.is_number and p.distinct >= LEAST_IDS and says_id(p.name)
    return p.may_be_id or (pairs and customer_fit(p.name) >= Fit.PARTLY)


def _is_phone(p: Profile) -> bool:
    """Say whether a column is called after phones, and holds many: with a + in front they look like amounts."""
    return p.distinct >= LEAST_IDS and not p.is_date and ROLES["phone"].fit(p.name) >= Fit.PARTLY


def _comes_back(export: Export, p: Profile, date: Profile | None) -> bool:
    """Say whether a value of a column stands on two lines, and where a column says when, at two times."""
    if date is None or not p.repeats:
        return p.repeats
    again = f"SELECT 1 FROM {TABLE} WHERE {is_filled(p.sql)} GROUP BY {p.sql} HAVING COUNT(DISTINCT {date.sql}) > 1"
    return bool(export.one(f"SELECT COUNT(*) FROM ({again} LIMIT 1)")[0])


def _fuller(export: Export, able: Sequence[Profile]) -> list[Profile]:
    """Return columns called customers that know clearly more of them than the one whose name fits best.

    Numbers of accounts are blank, or 0, for guests, whose addresses are known.
    """
    named = [p for p in able if customer_fit(p.name) >= Fit.PARTLY]
    known = {
        p.name: export.one(f"SELECT COUNT({parse.customer(p.sql, p.type, Written())}) FROM {TABLE}")[0] for p in named
    }
    first = max(named, key=lambda p: (customer_fit(p.name), says_id(p.name)), default=None)
    return [p for p in named if first is not None and known[p.name] > _MORE * known[first.name]]


def _speaks_of_others(p: Profile) -> bool:
    """Say whether a name says that the column is something other than a customer."""
    if customer_fit(p.name) >= Fit.PARTLY:
        return False
    if is_nobody(p.name):
        return True
    others = ("order_id", "product_id", "quantity", "unit_price", "amount", "status", "currency")
    return any(ROLES[role].fit(p.name) >= Fit.PARTLY for role in others)


def _settle(
    role: str,
    able: Sequence[Profile],
    what: str,
    export: Export,
    findings: Findings,
    known: Columns,
    *,
    optional: bool = False,
    also: Sequence[Profile] = (),
) -> None:
    """State the column of a role if one fits best, else ask (an optional one is told and left out)."""
    fit = customer_fit if role == "customer_id" else ROLES[role].fit
    best = _best(able, fit, export)
    if role == "customer_id":
        # People share a name, and change it; what calls itself an id is the customer.
        best = [p for p in best if says_id(p.name)] or best
        also = [*also, *_not_names(best, able, export, known), *_more_people(best, able, export)]
    best += [p for p in also if p not in best]
    key = f"columns.{role}"
    only, by_name = best[0], fit(best[0].name) >= Fit.PARTLY
    # Dates that no other column has are those of purchases, unless their name says something else.
    no_other = role == "ordered_at" and len(able) == 1 and fit(only.name) == Fit.SILENT
    if len(best) == 1 and (by_name or says_nothing(only.name) or no_other):
        said = "" if by_name else "by its contents alone"
        known[role] = only
        findings.set(key, only.name, said)
        findings.tell(f'{role}: "{only.name}"{_told(only, role, able, fit, export)}{f", {said}" if said else ""}')
        return
    if optional:
        findings.tell(f"{role}: left out; {listed([p.name for p in best])} fit equally")
        findings.why[key] = f"left out: {listed([p.name for p in best])} fit equally; name one"
        return
    names = listed([p.name for p in best])
    asked = f"{names} fit equally: {what}?" if len(best) > 1 else f"{what}? {names} fits by its contents alone."
    if also:
        is_, stands = ("is", "stands") if len(also) == 1 else ("are", "stand")
        why = f"{is_} filled on more lines, as where guests buy"
        if any(p.distinct > _MANY_MORE * only.distinct for p in also):
            counts = ", ".join(f'"{p.name}" has {p.distinct:,}' for p in best)
            why = f"may name other people: of different values {counts}"
        elif all(_holds_names(export, p) for p in best if p not in also):
            why = f"{stands} beside names, which people share, and change"
        names = " or ".join(f'"{p.name}"' for p in best)
        asked = f"{what}: {names}? {listed([p.name for p in also])} {why}."
    # How many there are of each tells whose ids they are.
    many = {p.name: f", {p.distinct:,} different" if role == "customer_id" else "" for p in best}
    choices = tuple(Choice(f'"{p.name}"{many[p.name]}', {key: p.name}) for p in best)
    chosen = findings.ask(Question(key, asked, choices))
    if chosen is not None:
        known[role] = next(p for p in best if p.name == chosen.settings[key])
        findings.tell(f'{role}: "{known[role].name}"')


def _not_names(best: Sequence[Profile], able: Sequence[Profile], export: Export, known: Columns) -> list[Profile]:
    """Return columns that may name customers better than the best, which hold people's names: people share them.

    Not those that are seldom filled, or tell fewer apart (who sold it, who typed it), or each line from every other. A
    column whose name says nothing of customers is one of them if each of its values has one name, and comes back.
    """
    if not all(_holds_names(export, p) for p in best):
        return []
    filled, distinct = max(p.filled for p in best), max(p.distinct for p in best)
    return [
        p
        for p in able
        if p not in best
        and p.filled >= _AS_FULL * filled
        and distinct <= p.distinct < _MOSTLY_NAMES * p.filled
        and (customer_fit(p.name) >= Fit.PARTLY or _has_one_name(export, p, best[0], known.get("ordered_at")))
        and not _holds_names(export, p)
        and not any(_same_groups(export, p, q) for q in best)
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


def _more_people(best: Sequence[Profile], able: Sequence[Profile], export: Export) -> list[Profile]:
    """Return columns of people's names that tell many more apart than the best does: it may be who sold it."""
    distinct = max(p.distinct for p in best)
    return [
        p
        for p in able
        if p not in best and p.distinct > _MANY_MORE * distinct and customer_fit(p.name) >= Fit.PARTLY
        if _holds_names(export, p)
    ]


def _holds_names(export: Export, p: Profile) -> bool:
    """Say whether most cells are words without digits, of two or more parts."""
    if p.type != "VARCHAR":
        return False
    named, filled = export.one(
        f"SELECT COUNT(*) FILTER (regexp_full_match({p.sql}, '[^0-9@]*[^0-9@ ][ ,]+[^0-9@ ][^0-9@]*')), COUNT(*) "
        f"FROM {TABLE} WHERE {is_filled(p.sql)}"
    )
    return bool(named > _MOSTLY_NAMES * filled)


def _best(able: Sequence[Profile], fit: Callable[[str], Fit], export: Export) -> list[Profile]:
    """Return the columns whose names fit best; of those that tell the same rows apart, the first."""
    top = max(fit(p.name) for p in able)
    distinct: list[Profile] = []
    for p in (p for p in able if fit(p.name) == top):
        if p.is_date or not any(_same_groups(export, p, q) for q in distinct):
            distinct.append(p)
    return distinct


def _same_groups(export: Export, a: Profile, b: Profile) -> bool:
    """Say whether two columns tell the same rows apart: then it does not matter which names the customers."""
    blank, alone, other, both = export.one(
        f"SELECT COUNT(*) FILTER (({is_filled(a.sql)}) <> ({is_filled(b.sql)})), COUNT(DISTINCT {a.sql}), "
        f"COUNT(DISTINCT {b.sql}), COUNT(DISTINCT ({a.sql}, {b.sql})) FILTER ({is_filled(a.sql)}) FROM {TABLE}"
    )
    return blank == 0 and alone == other == both


def _told_customers(chosen: Profile, export: Export) -> str:
    (distinct, filled) = export.one(
        f"SELECT COUNT(DISTINCT {chosen.sql}), COUNT(*) FROM {TABLE} WHERE {is_filled(chosen.sql)}"
    )
    return f" ({counted(distinct, 'customer')} on {counted(filled, 'line')})"


def _told(chosen: Profile, role: str, able: Sequence[Profile], fit: Callable[[str], Fit], export: Export) -> str:
    if role == "customer_id":
        return _told_customers(chosen, export)
    others = [p.name for p in able if p is not chosen and fit(p.name) > Fit.NEVER] if role == "ordered_at" else []
    return f" (not {listed(others)})" if others else ""
