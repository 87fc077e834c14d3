"""Where a line's worth comes from: an amount, or quantity × price."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Choice, Findings, Question, listed
from holdfast.onboarding.marks import find_marks
from holdfast.onboarding.names import BESIDE_PRICE, ROLES, Fit, plain_words, says_nothing, without_tax
from holdfast.onboarding.prices import is_of_all_pieces
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

_KEY = "columns.amount"
_MONEY = ("amount", "quantity", "unit_price")
# Of lines whose amount is quantity × price, so many may differ (rounding, discounts).
_DIFFERING = 0.01
# Words that say that money is in hundredths, and columns that come with such money.
_CENTS = {"cents", "cent", "minor", "pence", "ore", "oere", "centimes", "centavos", "centimos", "centesimi", "grosze"}
_API = {"amount_refunded", "amount_captured", "balance_transaction", "livemode", "payment_intent", "application_fee"}
# Prices in whole units are mostly round; whole numbers up to so much, of which so few are tens, may be cents.
_LEAST_CENTS, _FEW_TENS = 1000, 0.3


def find_money(export: Export, free: Sequence[Profile], findings: Findings, known: dict[str, Profile]) -> None:
    """State the columns of money and the marks of their numbers, or ask for them."""
    numbers = [p for p in free if p.is_number and p.distinct > 0]
    quantity, price = (_named(numbers, role) for role in ("quantity", "unit_price"))
    amounts = _named([p for p in numbers if p not in quantity + price], "amount")
    pair = len(quantity) == len(price) == 1
    if pair and is_of_all_pieces(export, free, quantity[0], price[0]):
        findings.tell(f'"{price[0].name}" grows with "{quantity[0].name}" in each product: it is of all pieces')
        amounts, pair = [*amounts, *price], False
    if not amounts and not pair:
        amounts = price if not quantity else []
    choices = [Choice(f'"{p.name}"', {_KEY: p.name}) for p in amounts]
    beside = _beside_price(numbers)
    if pair and not (len(amounts) == 1 and _same_worth(export, amounts[0], quantity[0], price[0], beside, findings)):
        both = {"columns.quantity": quantity[0].name, "columns.unit_price": price[0].name}
        choices.append(Choice(f'"{quantity[0].name}" × "{price[0].name}"', both))
    chosen = _chosen(choices, numbers, free, findings)
    if chosen is None:
        return
    by_name = {p.name: p for p in numbers}
    for key, name in chosen.settings.items():
        role = key.removeprefix("columns.")
        known[role] = by_name[name]
    if "unit_price" in known:
        _tell_beside(beside, findings)
    refunded = _refunds(numbers, known)
    if "amount" in known and len(quantity) == 1:
        known["quantity"] = quantity[0]
        findings.set("columns.quantity", quantity[0].name)
    alone = ROLES["unit_price"].fit(chosen.settings.get(_KEY, "")) == Fit.WHOLE and not quantity
    said = ", no column of quantities being there" if alone else ""
    findings.tell(f"worth of a line: {chosen.said}{said}")
    columns = [*(known[role] for role in _MONEY if role in known), *refunded]
    if not find_marks(export, columns, findings):
        names = listed([p.name for p in columns if parse.holds_texts(p.type)])
        findings.ask(Question("decimal", f"{names} are not written alike. Which mark is decimal?"))
    for p in refunded:
        _settle_refunds(export, known["amount"], p, findings)
    _find_cents(export, free, [known[role] for role in ("amount", "unit_price") if role in known], findings)


def _named(numbers: Sequence[Profile], role: str) -> list[Profile]:
    """Return the columns whose names fit a role best, if any does; with or without tax only where none else fits."""
    top = max((ROLES[role].fit(p.name) for p in numbers), default=Fit.NEVER)
    fitting = [p for p in numbers if ROLES[role].fit(p.name) == top] if top >= Fit.PARTLY else []
    return [p for p in fitting if without_tax(words := plain_words(p.name)) == words] or fitting


def _chosen(
    choices: Sequence[Choice], numbers: Sequence[Profile], free: Sequence[Profile], findings: Findings
) -> Choice | None:
    """Return the only choice, stated; else ask among them, or among all numbers where no name says anything."""
    if len(choices) == 1:
        for key, name in choices[0].settings.items():
            findings.set(key, name)
        return choices[0]
    if choices:
        return findings.ask(
            Question(_KEY, f"what is a line worth: {' or '.join(c.said for c in choices)}?", tuple(choices))
        )
    silent = [p for p in numbers if ROLES["amount"].fit(p.name) > Fit.NEVER and not p.is_whole]
    if len(silent) == 1 and says_nothing(silent[0].name):
        findings.set(_KEY, silent[0].name, "by its contents alone")
        return Choice(f'"{silent[0].name}", by its contents alone', {_KEY: silent[0].name})
    offered = [Choice(f'"{p.name}"', {_KEY: p.name}) for p in silent]
    none = Choice("no column: each line counts as one purchase, and there are no values", {})
    return findings.ask(Question(_KEY, f"what is a line worth?{_no_numbers(free)}", (*offered, none)))


def _no_numbers(free: Sequence[Profile]) -> str:
    """Say which columns are called amounts and hold no bare numbers."""
    named = [
        p.name
        for p in free
        if not p.is_number and not p.is_date and p.filled and ROLES["amount"].fit(p.name) == Fit.WHOLE
    ]
    return f" {listed(named)} cannot be read as numbers (words beside them must go)" if named else ""


def _refunds(numbers: Sequence[Profile], known: Mapping[str, Profile]) -> list[Profile]:
    """Return the column of what was given back of an amount, where there is one by its name and it is not all 0."""
    fit = BESIDE_PRICE["refunded"].fit
    named = [p for p in numbers if p not in known.values() and p.distinct > 1 and fit(p.name) >= Fit.PARTLY]
    return named if len(named) == 1 and "amount" in known else []


def _settle_refunds(export: Export, amount: Profile, refunded: Profile, findings: Findings) -> None:
    """State that refunds come off the amount where lines prove that it holds them still; else ask."""
    worth, back = (f"({_number(p, findings)})" for p in (amount, refunded))
    some, more, whole = export.one(
        f"SELECT COUNT(*), COUNT(*) FILTER (ABS({back}) > ABS({worth}) + 0.005), "
        f"COUNT(*) FILTER (ABS(ABS({back}) - ABS({worth})) <= 0.005) FROM {TABLE} "
        f"WHERE {back} <> 0 AND {worth} IS NOT NULL"
    )
    if not some:
        return
    key, lines = "columns.refunded", counted(some, "line")
    if not more and whole:
        said = f"never more than the amount, and as much on {whole:,} of {lines}: the amount is of before the refund"
        findings.set(key, refunded.name, said)
        findings.tell(f'"{refunded.name}" is {said}, so it comes off (columns.refunded)')
        return
    choices = (
        Choice("it comes off: the amount is what was paid at first", {key: refunded.name}),
        Choice("it does not: the amount is what is left, or refunds are lines of their own", {key: None}),
    )
    asked = f'"{refunded.name}" is not 0 on {lines}. Does it come off "{amount.name}"?'
    findings.ask(Question(key, asked, choices))


def _find_cents(export: Export, free: Sequence[Profile], money: Sequence[Profile], findings: Findings) -> None:
    """State that money is in cents where a name, or the columns of a payment service, say so; else say it may be."""
    if not money or not all(_is_whole(export, p, findings) for p in money):
        return
    named = [p.name for p in money if _CENTS & set(plain_words(p.name))]
    service = money[0].name == "amount" and _API & {p.name for p in free}
    if named or service:
        said = f'"{named[0]}" says so' if named else "whole numbers, as a payment service's interface gives them"
        findings.set("money_in", "cents", said)
        findings.tell(f"money is in cents: {said} (money_in: cents)")
        return
    value = _number(money[0], findings)
    tens, lines, most = export.one(
        f"SELECT COUNT(*) FILTER ({value} % 10 = 0), COUNT(*), MAX({value}) FROM {TABLE} WHERE {value} <> 0"
    )
    if lines and most >= _LEAST_CENTS and tens < _FEW_TENS * lines:
        findings.why["money_in"] = f'cents, if "{money[0].name}" is in hundredths: it holds whole numbers only'
        findings.tell(f'"{money[0].name}" holds whole numbers only: if they are cents, set money_in: cents')


def _is_whole(export: Export, p: Profile, findings: Findings) -> bool:
    value = _number(p, findings)
    query = f"SELECT COUNT(*) FILTER ({value} <> FLOOR({value})), COUNT({value}) FROM {TABLE}"
    broken, read = export.one(query)
    return bool(read) and not broken


def _number(p: Profile, findings: Findings) -> str:
    """Return the SQL of a column's numbers, with the marks that are stated."""
    written = Written(decimal=findings.settings.get("decimal"), thousands=findings.settings.get("thousands"))
    return parse.number(p.sql, p.type, written).value


def _beside_price(numbers: Sequence[Profile]) -> dict[str, Profile]:
    """Return the columns of discount, shipping and tax, where there is one of each by its name."""
    found = {}
    for role in ("discount", "shipping", "tax"):
        fit = BESIDE_PRICE[role].fit
        top = max((fit(p.name) for p in numbers), default=Fit.NEVER)
        named = [p for p in numbers if fit(p.name) == top] if top >= Fit.PARTLY else []
        if len(named) == 1:
            found[role] = named[0]
    return found


def _tell_beside(beside: Mapping[str, Profile], findings: Findings) -> None:
    """Say what no line can show: whether what stands beside a price is part of what was paid."""
    did = {"discount": "comes off", "shipping": "is added to", "tax": "is added to"}
    for role, p in beside.items():
        findings.why[f"columns.{role}"] = (
            f'"{p.name}", if it {did[role]} quantity × price; of a whole order: amount_of: order'
        )
        findings.tell(f'"{p.name}" is not counted: state columns.{role} if it {did[role]} quantity × price')


def _same_worth(
    export: Export,
    amount: Profile,
    quantity: Profile,
    price: Profile,
    beside: Mapping[str, Profile],
    findings: Findings,
) -> bool:
    """Say whether an amount is quantity × price on nearly every line, or that with what stands beside it."""
    for decimal in (".", ","):
        written = Written(decimal=decimal, thousands="," if decimal == "." else ".")
        read = {p.name: parse.number(p.sql, p.type, written).value for p in (amount, quantity, price, *beside.values())}
        worth = f"({read[quantity.name]}) * ({read[price.name]})"
        for roles in (r for n in range(len(beside) + 1) for r in combinations(beside, n)):
            parts = "".join(_part(r, beside[r], read[beside[r].name], worth) for r in roles)
            differs = f"COALESCE(ABS(({read[amount.name]}) - ({worth}{parts})) > 0.01, TRUE)"
            total, differing = export.one(
                f"SELECT COUNT(*), COUNT(*) FILTER ({differs}) FROM {TABLE} WHERE {is_filled(amount.sql)}"
            )
            if differing <= _DIFFERING * total:
                if roles:
                    named = listed([beside[r].name for r in roles])
                    findings.tell(f'"{amount.name}" is quantity × price with {named} in it: these count already')
                return True
    return False


def _part(role: str, p: Profile, value: str, worth: str) -> str:
    """Return the SQL of what stands beside a price, as it comes to a line's worth."""
    if role != "discount":
        return f" + COALESCE({value}, 0)"
    percent = "%" in p.name or bool({"percent", "prozent", "pct", "procent", "prosent"} & set(plain_words(p.name)))
    return f" - COALESCE(ABS({value}), 0)" + (f" / 100 * {worth}" if percent else "")


def worth_of(known: Mapping[str, Profile], findings: Findings) -> str:
    """Return the SQL of what a line is worth, with the marks that are stated; nothing where no column says it."""
    value = {r: f"({_number(known[r], findings)})" for r in _MONEY if r in known}
    whole = value.get("amount") or (f"({value['quantity']} * {value['unit_price']})" if "unit_price" in value else "")
    return f"({whole} / 100)" if whole and findings.settings.get("money_in") == "cents" else whole
