"""What amounts hold: what was given back of them since, and whether they are in cents."""

from collections.abc import Sequence

from holdfast.data.engine import literal
from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.onboarding.called.names import ROLES, Fit, plain_words
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Choice, Findings, Question, listed
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

# Words that say that money is in hundredths, and columns that come with such money.
_CENTS = {"cents", "cent", "minor", "pence", "centimes", "centavos", "centimos", "centesimi", "grosze", "paise", "oere"}
_API = {"amount_refunded", "amount_captured", "balance_transaction", "livemode", "payment_intent", "application_fee"}
_NO_CENTS = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF".split()  # noqa: SIM905
# So many refunds are the whole amount where it is of before them, and so many ids are a service's.
_MOST_REFUNDS, _NEARLY_ALL = 0.6, 0.95
# Fewer orders tell nothing.
_ORDERS = 5
# Prices in whole units are mostly round; whole numbers up to so much, of which so few are tens, may be cents.
_LEAST_CENTS, _FEW_TENS = 1000, 0.3


def settle_refunds(export: Export, amount: Profile, columns: Sequence[Profile], findings: Findings) -> None:
    """State that refunds come off the amount where lines prove that it holds them still; else ask.

    Proof: most refunds are the whole amount, none is more, and no line is below 0. If refunds were off already, nothing
    would be left of such amounts; if they were lines of their own, these would be below 0.
    """
    worth = number_of(amount, findings)
    filled = [
        p for p in columns if export.one(f"SELECT COUNT(*) FILTER ({number_of(p, findings)} <> 0) FROM {TABLE}")[0]
    ]
    if not filled:
        return
    key, first = "columns.refunded", filled[0]
    back = number_of(first, findings)
    some, more, whole, broken, below, most = export.one(
        f"SELECT COUNT(*) FILTER ({back} <> 0), COUNT(*) FILTER ({back} <> 0 AND ABS({back}) > {worth} + 0.005), "
        f"COUNT(*) FILTER ({back} <> 0 AND ABS(ABS({back}) - {worth}) <= 0.005), "
        f"COUNT(*) FILTER ({back} <> FLOOR({back})), COUNT(*) FILTER ({worth} < 0), MAX(ABS({back})) FROM {TABLE}"
    )
    if not broken and most <= 1:
        # Yes and no, which a state says; no money.
        return
    lines = counted(some, "line")
    counts_things = not broken and not _is_whole(export, amount, findings)
    if len(filled) == 1 and not more and not below and not counts_things and whole >= _MOST_REFUNDS * some:
        said = f"never more than the amount, and as much on {whole:,} of {lines}: the amount is of before the refund"
        findings.set(key, first.name, said)
        findings.tell(f'"{first.name}" is {said}, so it comes off (columns.refunded)')
        return
    comes_off = [Choice(f'"{p.name}" comes off: the amount is what was paid at first', {key: p.name}) for p in filled]
    none = Choice(
        "nothing: the amount is what is left, refunds are lines of their own, or it counts things", {key: None}
    )
    are, which = ("is", "Does it come off") if len(filled) == 1 else ("are", "Which of them comes off")
    asked = f'{listed([p.name for p in filled])} {are} not 0 on {lines}. {which} "{amount.name}"?'
    findings.ask(Question(key, asked, (*comes_off, none)))


def keep_refunds_of_orders_off_lines(
    export: Export, amount: Profile, order: Profile, columns: Sequence[Profile], findings: Findings
) -> None:
    """Take back what was found of a refund that each line of an order repeats, where the amount is the line's own.

    It would come off once a line: an order of three lines would give back three times as much.
    """
    key = "columns.refunded"
    name = findings.settings.get(key)
    offered = [c.settings.get(key) for q in findings.questions if q.key == key for c in q.choices]
    for p in (p for p in columns if p.name in {name, *offered}):
        back = number_of(p, findings)
        several, same = export.one(
            f"SELECT COUNT(*), COUNT(*) FILTER (backs = 1 AND filled = lines) FROM (SELECT COUNT(DISTINCT {back}) AS "
            f"backs, COUNT(*) FILTER ({back} <> 0) AS filled, COUNT(*) AS lines, COUNT(DISTINCT line_hash) AS "
            f"different, COUNT(DISTINCT {amount.sql}) AS amounts FROM {TABLE} WHERE {is_filled(order.sql)} "
            f"GROUP BY {order.sql}) WHERE different > 1 AND amounts > 1 AND filled > 0"
        )
        if several >= _ORDERS and same >= _NEARLY_ALL * several:
            said = (
                f'"{p.name}" is the same on all lines of {same:,} of {several:,} orders with several lines, so it is '
                f'of the whole order, and would come off "{amount.name}" once a line'
            )
            findings.settings.pop(key, None)
            findings.questions[:] = [q for q in findings.questions if q.key != key]
            findings.why[key] = f"{said}; with the order's total as the amount (amount_of: order) it comes off once"
            findings.tell(f"{findings.why[key]}: not counted")
            return


def says_cents(name: str) -> bool:
    """Say whether a name says that money is in hundredths.

    Examples
    --------
    >>> says_cents("amount_cents"), says_cents("Percent")
    (True, False)
    """
    return bool(_CENTS & set(plain_words(name)))


def find_cents(export: Export, free: Sequence[Profile], money: Sequence[Profile], findings: Findings) -> None:
    """State that money is in cents where a name says so, or ids of a payment service; ask where it may be."""
    if not money or not all(_is_whole(export, p, findings) for p in money):
        return
    named = [p.name for p in money if says_cents(p.name)]
    known = sum(p.name in _API for p in free)
    service = money[0].name == "amount" and bool(known) and not _without_cents(export, free)
    if named or (service and _has_ids_of_a_service(export, free)):
        said = f'"{named[0]}" says so' if named else "whole numbers, as a payment service's interface gives them"
        findings.set("money_in", "cents", said)
        findings.tell(f"money is in cents: {said} (money_in: cents)")
        return
    value = number_of(money[0], findings)
    tens, lines, most = export.one(
        f"SELECT COUNT(*) FILTER ({value} % 10 = 0), COUNT(*), MAX({value}) FROM {TABLE} WHERE {value} <> 0"
    )
    if service:
        choices = (
            Choice("in cents: 1999 is 19.99", {"money_in": "cents"}),
            Choice("in whole units of the currency", {"money_in": None}),
        )
        asked = f'"{money[0].name}" holds whole numbers only, up to {most:,}. Is {most} {most / 100:.2f} or {most}.00?'
        findings.ask(Question("money_in", asked, choices))
    elif lines and most >= _LEAST_CENTS and tens < _FEW_TENS * lines:
        findings.why["money_in"] = f'cents, if "{money[0].name}" is in hundredths: it holds whole numbers only'
        findings.tell(f'"{money[0].name}" holds whole numbers only: if they are cents, set money_in: cents')


def _has_ids_of_a_service(export: Export, free: Sequence[Profile]) -> bool:
    """Say whether a column holds ids of charges as Stripe writes them."""
    texts = [p for p in free if p.type == "VARCHAR" and not p.is_number and p.filled]
    ids = [f"COUNT(*) FILTER (regexp_full_match({p.sql}, '(ch|py|pi|in|txn)_[A-Za-z0-9]+'))" for p in texts]
    return bool(ids) and max(export.one(f"SELECT {', '.join(ids)} FROM {TABLE}")) >= _NEARLY_ALL * export.lines


def _without_cents(export: Export, free: Sequence[Profile]) -> bool:
    """Say whether a line is in a currency that has no cents."""
    named = [p for p in free if p.type == "VARCHAR" and ROLES["currency"].fit(p.name) >= Fit.PARTLY]
    codes = ", ".join(map(literal, _NO_CENTS))
    return any(export.one(f"SELECT COUNT(*) FILTER (UPPER({p.sql}) IN ({codes})) FROM {TABLE}")[0] for p in named)


def _is_whole(export: Export, p: Profile, findings: Findings) -> bool:
    value = number_of(p, findings)
    query = f"SELECT COUNT(*) FILTER ({value} <> FLOOR({value})), COUNT({value}) FROM {TABLE}"
    broken, read = export.one(query)
    return bool(read) and not broken


def number_of(p: Profile, findings: Findings) -> str:
    """Return the SQL of a column's numbers, with the marks that are stated."""
    written = Written(decimal=findings.settings.get("decimal"), thousands=findings.settings.get("thousands"))
    return parse.number(p.sql, p.type, written).value
