"""Which column is the customer, the date, the money, the order, the product; two that fit equally are a question."""

from collections.abc import Callable, Sequence

from holdfast.errors import DataError
from holdfast.onboarding.called.names import ROLES, Fit, customer_fit, money_fit
from holdfast.onboarding.called.value_days import is_booking_day, is_stamp, is_value_day
from holdfast.onboarding.contracts.movements import refuse_movements
from holdfast.onboarding.customer import find_customer
from holdfast.onboarding.dateless import of_labels, unread_dates
from holdfast.onboarding.dates import counts_days, no_day
from holdfast.onboarding.early import refuse_early_purchases
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings, listed
from holdfast.onboarding.money.parents import find_parents
from holdfast.onboarding.money.worth import find_money
from holdfast.onboarding.nested import of_orders_alone, refuse_groups
from holdfast.onboarding.order_columns import is_a_number, numbers_orders, order_by_contents, orders_among
from holdfast.onboarding.people import not_cut
from holdfast.onboarding.profile import Columns, Profile, doubled, free
from holdfast.onboarding.proof import MOST_UNREAD
from holdfast.onboarding.refusals import (
    after_days,
    apart_dates,
    names_in,
    of_experiment,
    of_summaries,
    said_twice,
)
from holdfast.onboarding.settle import settle
from holdfast.onboarding.states.stages import closing_days
from holdfast.onboarding.states.visits import is_day_of_visit, is_when_made
from holdfast.wording import counted

# A day of purchases stands on nearly every line; one that most lines lack is of something else.
_NEARLY_EVERY, _MOSTLY = 0.95, 0.5


def find_columns(export: Export, found: Sequence[Profile], findings: Findings) -> Columns:
    """State the columns of purchases, or ask for them; returns those that are known by our name.

    Raises
    ------
    DataError
        No column holds dates, or none can name customers, or the one that would stands twice in the header.
    """
    known: Columns = {}
    refuse_movements(export, found)
    twice = doubled(export)
    _refuse_needed(twice, found)
    if twice:
        findings.tell(f"two columns are called {listed(twice)}: left aside, as no key can say which is meant")
    dates = _dates(export, found, twice)
    dates = _no_stamps(dates, findings)
    dates = _no_zeros(export, _no_value_days(_filled(export, dates, findings), findings), findings)
    dates = _no_days_of_booking(closing_days(export, dates, found), findings)
    visits = [p for p in dates if is_day_of_visit(p.name, sure=False) and any(is_when_made(q.name) for q in dates)]
    why = "may be the day that counts, if nobody pays before, and who does not come pays nothing"
    if not visits and (visits := _whole_beside(export, dates)):
        why = f"{'has' if len(visits) == 1 else 'have'} a day on every line"
    settle("ordered_at", dates, "when was it bought", export, findings, known, also=visits, why=why)
    called = [p for p in found if p.filled and customer_fit(p.name) >= Fit.PARTLY]
    refuse_groups(export, known.get("ordered_at", dates[0]), called, found)
    find_customer(export, found, findings, known)
    find_money(export, of_orders_alone(export, free(found, known), known, findings), findings, known)
    find_parents(export, found, known, findings)
    for role, what in (("order_id", "which order a line belongs to"), ("product_id", "what was bought")):
        named = [p for p in free(found, known) if p.may_be_id and ROLES[role].fit(p.name) >= Fit.PARTLY]
        if role == "order_id":
            named = orders_among(export, not_cut(export, named, findings), free(found, known), known, findings)
        else:
            # A product is sold more than once; a reference of its own on each line, or order, names these.
            named = [p for p in named if not (is_a_number(p) and numbers_orders(export, p, known))]
            named = [p for p in named if p.repeats] or named
        if role in known:
            continue
        if named:
            settle(role, named, what, export, findings, known, optional=role == "product_id")
        elif role == "order_id" and (order := order_by_contents(export, free(found, known), findings, known)):
            known["order_id"] = order
    return known


def _dates(export: Export, found: Sequence[Profile], twice: Sequence[str]) -> list[Profile]:
    """Return the columns of days; refuse a table without any."""
    # A column that is called a date is one: how it is written is asked where no format reads it.
    dates = [p for p in found if p.is_date]
    dates = dates or [p for p in found if p.filled and counts_days(export, p.sql, p.name)]
    if not dates:
        refuse_early_purchases(export, found)
    dates = dates or unread_dates(export, found)
    if not dates:
        if wide := after_days(found):
            raise DataError(f"{export.label}: this is no list of purchases.{wide}{said_twice(twice)}")
        said = f"No column holds dates, so this is no list of purchases.{names_in(export)}{said_twice(twice)}"
        instead = apart_dates(found) or of_summaries(found) or of_experiment(export, found) or of_labels(found)
        raise DataError(said + instead)
    return dates


def _no_value_days(dates: Sequence[Profile], findings: Findings) -> list[Profile]:
    """Return dates without those from which a bank counts interest, where another may be the day of a purchase."""
    others = [p for p in dates if not is_value_day(p.name)]
    booked = [p for p in others if ROLES["ordered_at"].fit(p.name) >= Fit.PARTLY or is_booking_day(p.name)]
    if len(others) == len(dates) or not booked:
        return list(dates)
    names = listed([p.name for p in dates if p not in others])
    findings.tell(f"{names}: the day from which the bank counts interest, not that of a purchase")
    return others


def _no_days_of_booking(dates: Sequence[Profile], findings: Findings) -> list[Profile]:
    """Return dates without those of booking, where the day of an appointment stands beside: who comes, buys."""
    booked = [p for p in dates if is_when_made(p.name)]
    visits = [p for p in dates if is_day_of_visit(p.name)]
    if not booked or not visits:
        return list(dates)
    findings.tell(f"{listed([p.name for p in booked])}: when it was booked; {listed([p.name for p in visits])} counts")
    return [p for p in dates if p not in booked]


def _no_stamps(dates: Sequence[Profile], findings: Findings) -> list[Profile]:
    """Return dates without those of the last change of a line, or its export, where another date is there."""
    others = [p for p in dates if not is_stamp(p.name)]
    if not others or len(others) == len(dates):
        return list(dates)
    names = listed([p.name for p in dates if p not in others])
    findings.tell(f"{names}: when the line was changed or exported, not when it was bought")
    return others


def _whole_beside(export: Export, dates: Sequence[Profile]) -> list[Profile]:
    """Return days that stand on every line, where the only one that is called a date is blank on some."""
    fits = {p.name: ROLES["ordered_at"].fit(p.name) for p in dates}
    best = [p for p in dates if fits[p.name] == max(fits.values())]
    (least,) = export.one(f"SELECT COUNT(*) FILTER ({is_filled(best[0].sql)}) FROM {TABLE}")
    if len(best) > 1 or fits[best[0].name] == Fit.WHOLE or least >= (1 - MOST_UNREAD) * export.lines:
        return []
    silent = [p for p in dates if p not in best and fits[p.name] > Fit.NEVER]
    return [p for p in silent if _lines_of_days(export, p) == (0, export.lines)]


def _filled(export: Export, dates: Sequence[Profile], findings: Findings) -> list[Profile]:
    """Return dates without those that are blank on most lines, where another is a day on (nearly) every line.

    A day that only some lines have is of something that happened to these: a refund, a payment, a match at the bank.
    """
    fit = ROLES["ordered_at"].fit
    full = [p for p in dates if p.filled >= _NEARLY_EVERY * export.lines and fit(p.name) > Fit.NEVER]
    some = [p for p in dates if p.filled < _MOSTLY * export.lines]
    if not full or not some:
        return list(dates)
    for p in (p for p in some if fit(p.name) >= Fit.PARTLY):
        blank = export.lines - p.filled
        findings.tell(
            f'"{p.name}" is blank on {counted(blank, "line")} ({blank / export.lines:.1%}): left aside, as '
            f"{listed([q.name for q in full])} {'has' if len(full) == 1 else 'have'} a day on every line"
        )
    return [p for p in dates if p not in some]


def _no_zeros(export: Export, dates: Sequence[Profile], findings: Findings) -> list[Profile]:
    """Return dates without those of which some are zeros, where another is a day on every line."""
    lines = {p.name: _lines_of_days(export, p) for p in dates}
    some = [p for p in dates if lines[p.name][0]]
    whole = [p for p in dates if p not in some and ROLES["ordered_at"].fit(p.name) >= Fit.PARTLY]
    whole = [p for p in whole if lines[p.name][1] == export.lines]
    if not some or not whole:
        return list(dates)
    for p in some:
        findings.tell(
            f'"{p.name}" is zeros on {counted(lines[p.name][0], "line")}, which say no day: left aside, as '
            f"{listed([q.name for q in whole])} {'has' if len(whole) == 1 else 'have'} a day on every line"
        )
    return [p for p in dates if p not in some]


def _lines_of_days(export: Export, p: Profile) -> tuple[int, int]:
    """Return on how many lines a column of dates is zeros, and on how many it is filled with a day."""
    none = no_day(export, p.sql, p.type)
    zero, filled = export.one(f"SELECT COUNT(*) FILTER ({none}), COUNT(*) FILTER ({is_filled(p.sql)}) FROM {TABLE}")
    return zero, filled - zero


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
        raise DataError(said_twice(twice).strip())
