"""Payments with the day until which they pay: where the next payment follows that day, each is a term of a contract."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from holdfast.contractual.rules import NOTICE
from holdfast.data.engine import literal
from holdfast.data.formats import format_of
from holdfast.onboarding.called.names import ROLES, Fit, customer_fit, plain_words
from holdfast.onboarding.contracts.days import day_of, read
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

# Parts of names: until when something holds; whose; and of goods, means of payment and offers, which are no contracts.
_UNTIL = (
    *("expir", "validuntil", "validto", "validthr", "validtill", "paidthr", "accessuntil", "gultigbis", "ablauf"),
    *("paiduntil", "paidto", "bezahltbis", "nextbill", "nextrenew", "nextpayment", "renewaldate", "renewson"),
    *("gyldigtil", "giltigtill", "udlob", "utlop", "valablejusqu", "validohasta", "geldigtot", "verloopt"),
)
# What words of a name begin with, or are, where customers have contracts: a plan, and no plant.
_LASTS = ("member", "mitglied", "medlem", "subscri", "abonn", "access", "licen", "lizenz", "polic", "tarif", "renew")
_PLANS = {"plan", "plans", "abo", "abos"}
_NEVER = (
    *("bestbefore", "haltbar", "mhd", "bbe", "useby", "shelf", "batch", "lot", "warrant", "garant", "guarant"),
    *("card", "karte", "kort", "carte", "tarjeta", "quote", "offer", "angebot", "link", "session", "token", "hold"),
    *("voucher", "gutschein", "coupon", "gift", "point", "punkt", "credit", "due", "return", "promo", "trial"),
)
# So many lines have both days in order, and have a payment at which the one before was over, within a tenth of the time
# that is paid for, or a few days; so many have a next one at all. A day's ticket is no contract, however often bought.
_ALL, _FOLLOW, _LEAST, _SHORTEST, _NEAR = 0.95, 0.7, 50, 7, 3
_SPREAD = 0.1
# Any time passes between purchases; what a plan lasts is a few usual times, or stands in a column.
_USUAL = "6, 8, 13, 15, 27, 32, 58, 63, 88, 93, 179, 185, 362, 368, 728, 733"
_MOST_AGREE = 0.8


class PaidUntil(NamedTuple):
    """The day of a payment, the day until which it pays, and whose it is."""

    paid: Profile
    until: Profile
    who: Profile


def paid_until(export: Export, found: Sequence[Profile]) -> PaidUntil | None:
    """Return the columns of payments for a time, if next payments follow the end of the time paid for; else nothing.

    Boxes and warranties have such a day too, and vouchers: nothing was bought because it came.
    """
    for one in _able(export, found) if _speaks(p for p in found if p.filled) else ():
        if _follow(export, found, one):
            return one
    return None


def tell_unproved(export: Export, found: Sequence[Profile], findings: Findings) -> None:
    """Say of purchases that a column says until when they pay, as of a membership, which would be contracts."""
    for one in _able(export, found):
        if _speaks([one.until]):
            findings.tell(
                f'"{one.until.name}" is a day on every line until which something lasts. If lines pay for a time, they '
                f"are contracts and no purchases, and whoever has paid until a day ahead is not silent: call that "
                f'column "end" and "{one.paid.name}" "start" in the file, and run `holdfast init` again'
            )
            return


def tell_paid_until(one: PaidUntil, export: Export, found: Sequence[Profile], findings: Findings) -> None:
    """State that each line pays for a time, whose next follows on; and what a payment that was cancelled means."""
    findings.tell(
        f'lines pay from "{one.paid.name}" until "{one.until.name}", and the next follows about then: they are read as '
        "contracts, which payments within subscriptions.renewal_days renew; if they are purchases of goods that are "
        f'used until then, leave "{one.until.name}" out of the file'
    )
    scratch = Findings()
    read(export, [one.paid, one.until], scratch)
    last, first = day_of(one.until, scratch), day_of(one.paid, scratch)
    for p in found:
        if p.distinct != 2 or "cancel" not in _joined(p):
            continue
        says = f"LOWER(CAST({p.sql} AS VARCHAR)) IN ({', '.join(map(literal, NOTICE))})"
        lines = f"SELECT {one.who.sql} AS who, {says} AS cut, {last} AS until, {first} AS paid FROM {TABLE}"
        cut, short, of_no_day, others = export.one(
            "SELECT COUNT(*) FILTER (cut), COUNT(*) FILTER (cut AND until < before), COUNT(*) FILTER (until <= paid), "
            "COUNT(*) FILTER (NOT cut AND until <= paid) FROM "
            f"(SELECT *, LAG(until) OVER (PARTITION BY who ORDER BY paid, cut) AS before FROM ({lines}))"
        )
        if cut and short >= _MOST_AGREE * cut and not others:
            findings.set("columns.cut_short", p.name, "such a line ends the term before it")
            findings.tell(
                f'cut_short: {counted(cut, "line")} on which "{p.name}" says that the rest of a term was given up: it '
                f'ends on their "{one.until.name}"'
            )
        elif of_no_day:
            findings.tell(
                f'"{p.name}": {counted(of_no_day, "line")} paid for no day; what was paid for before counts until its '
                f'end, also where "{p.name}" says that it was given up earlier'
            )


def paid_for_terms(one: PaidUntil, export: Export, found: Sequence[Profile]) -> list[Profile]:
    """Return the column of what was paid, with that of a term's days beside it where terms differ; or nothing.

    What was paid for terms of different length is no price that could be compared, unless a column tells the length.
    """
    able = [p for p in found if p.is_number and not p.is_date and ROLES["amount"].fit(p.name) >= Fit.PARTLY]
    paid = max(able, key=lambda p: ROLES["amount"].fit(p.name), default=None)
    if paid is None:
        return []
    scratch = Findings()
    read(export, [one.paid, one.until], scratch)
    length = f"({day_of(one.until, scratch)} - {day_of(one.paid, scratch)})"
    days = _planned(found)
    agree = ", ".join(f"COUNT(*) FILTER (ABS({length} - TRY_CAST({p.sql} AS DOUBLE)) <= {_NEAR})" for p in days)
    lines, month, *planned = export.one(
        f"SELECT COUNT(*), COUNT(*) FILTER ({length} BETWEEN 27 AND 33){', ' + agree if agree else ''} FROM {TABLE} "
        f"WHERE {length} > 0"
    )
    if month >= _ALL * lines:
        return [paid]
    best = max(zip(planned, days, strict=True), key=lambda pair: pair[0], default=None)
    return [paid, best[1]] if best is not None and best[0] >= _MOST_AGREE * lines else []


def _planned(found: Sequence[Profile]) -> list[Profile]:
    """Return the columns that may hold the days of a plan."""
    return [p for p in found if p.is_number and p.is_whole and "day" in " ".join(plain_words(p.name))][:3]


def _able(export: Export, found: Sequence[Profile]) -> list[PaidUntil]:
    """Return what may be the day of a payment and the day until which it pays, by names, on nearly every line."""
    if format_of(export.names) is not None:
        return []
    ids = [p for p in found if p.may_be_id and p.repeats]
    who = max(ids, key=lambda p: (customer_fit(p.name), not p.is_number, p.distinct), default=None)
    days = [p for p in found if p.is_date and p.filled]
    ends = [p for p in days if says_until(p)]
    starts = [p for p in days if not says_until(p) and (ROLES["ordered_at"].fit(p.name) > Fit.NEVER or _is_paid(p))]
    starts = sorted(starts, key=lambda p: -ROLES["ordered_at"].fit(p.name))[:2]
    return [] if who is None else [PaidUntil(start, end, who) for end in ends[:2] for start in starts]


def says_until(p: Profile) -> bool:
    """Say whether a name is that of a day until which something holds, other than goods, cards and offers."""
    name = _joined(p)
    return any(word in name for word in _UNTIL) and not any(word in name for word in _NEVER)


def _speaks(found: Iterable[Profile]) -> bool:
    """Say whether a name is a contract's: a box that is bought each month may be eaten by the next one."""
    words = [word for p in found for word in plain_words(p.name)]
    return any(word.startswith(_LASTS) or word in _PLANS for word in words)


def _is_paid(p: Profile) -> bool:
    return any(word in _joined(p) for word in ("payment", "paid", "charged", "zahl", "betal", "paiement", "pago"))


def _joined(p: Profile) -> str:
    return "".join(plain_words(p.name))


def _follow(export: Export, found: Sequence[Profile], one: PaidUntil) -> bool:
    """Say whether each line pays for a usual time or its plan's, and the customer's next line begins about its end."""
    scratch = Findings()
    read(export, [one.paid, one.until], scratch)
    first, last = day_of(one.paid, scratch), day_of(one.until, scratch)
    days = _planned(found)
    plans = ", ".join(f"TRY_CAST({p.sql} AS DOUBLE) AS plan{i}" for i, p in enumerate(days))
    rows = f"SELECT {one.who.sql} AS who, {first} AS paid, {last} AS until{', ' + plans if plans else ''} FROM {TABLE}"
    usual = " OR ".join(
        f"until - paid BETWEEN {low} AND {high}" for low, high in zip(*(iter(_USUAL.split(", ")),) * 2, strict=True)
    )
    agree = ", ".join(f"COUNT(*) FILTER (ABS(until - paid - plan{i}) <= {_NEAR})" for i in range(len(days)))
    lines, ordered, longest, regular, *planned = export.one(
        f"SELECT COUNT(*), COUNT(*) FILTER (until >= paid), MEDIAN(until - paid), COUNT(*) FILTER ({usual})"
        f"{', ' + agree if agree else ''} FROM ({rows})"
    )
    # Where several formats read the days, nothing is proved.
    if (
        scratch.questions
        or ordered < _ALL * lines
        or longest < _SHORTEST
        or max(regular, *planned, 0) < _MOST_AGREE * lines
    ):
        return False
    # The time that is paid for may begin when the one before is over: so does what is paid some days ahead.
    near = f"GREATEST({_NEAR}, {_SPREAD} * (until - paid))"
    after, then = export.one(
        f"SELECT COUNT(next), COUNT(*) FILTER (ABS(next - until) <= {near}) FROM (SELECT *, LEAD(paid) OVER "
        f"(PARTITION BY who ORDER BY paid, until) AS next FROM ({rows}) WHERE until > paid)"
    )
    return after >= _LEAST and then >= _FOLLOW * after
