"""Where a line's worth comes from: an amount, or quantity × price."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from holdfast.data.values import parse
from holdfast.data.values.numbers import product_sql
from holdfast.onboarding.called.names import (
    BESIDE_PRICE,
    ROLES,
    Fit,
    is_converted,
    plain_words,
    says_nothing,
    without_tax,
)
from holdfast.onboarding.called.other_money import is_other_money, is_paid_out
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Choice, Findings, Question, listed
from holdfast.onboarding.money.amounts import find_cents, number_of, unit_of, ways_that_read
from holdfast.onboarding.money.differences import said_difference, said_sums, without_copies
from holdfast.onboarding.money.discounts import named_discounts, settle_beside_price, settle_discount
from holdfast.onboarding.money.fees import fees_of
from holdfast.onboarding.money.marks import find_marks
from holdfast.onboarding.money.percentages import is_called_percentage, left_sql
from holdfast.onboarding.money.prices import is_of_all_pieces
from holdfast.onboarding.money.refunds import settle_refunds
from holdfast.onboarding.money.sides import choose_sides, pairs_of
from holdfast.onboarding.money.taxes import tell_tax
from holdfast.onboarding.money.triples import discount_by_sums, parts_among
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

_KEY = "columns.amount"
_MONEY = ("amount", "quantity", "unit_price")
# Of lines whose amount is quantity × price, so many may differ (rounding, discounts).
_DIFFERING = 0.01
# Of pieces bought, so many are one; of amounts, hardly any.
_ONES = 0.25
_TWO = 2


def find_money(export: Export, free: Sequence[Profile], findings: Findings, known: dict[str, Profile]) -> None:
    """State the columns of money and the marks of their numbers, or ask for them."""
    numbers = [p for p in free if p.is_number and p.distinct > 0]
    beside = _beside_price(export, numbers, findings)
    quantity, choices, held = _choices(export, free, numbers, beside, findings)
    pairs = pairs_of(export, numbers)
    sides = {p.name for pair in pairs for p in (pair.debit, pair.credit)}
    if pairs and all(set(c.settings.values()) <= sides for c in choices):
        chosen = choose_sides(export, pairs, free, known, findings)
        choices = [c for q in findings.questions if q.key == _KEY for c in q.choices]
    else:
        chosen = _chosen(export, choices, numbers, free, findings, _of_purchases(known))
    if chosen is None:
        # Whichever column the answer will be: marks that read all of those offered are its marks too.
        offered = {name for choice in choices for name in choice.settings.values()}
        find_marks(export, [p for p in numbers if p.name in offered], findings)
        _tell_later(numbers, findings)
        return
    by_name = {p.name: p for p in numbers}
    for key, name in chosen.settings.items():
        role = key.removeprefix("columns.")
        known[role] = by_name[name]
    if "unit_price" in known:
        _tell_beside({role: p for role, p in beside.items() if role != "discount"}, findings)
    refunded = _refunds(numbers, known, findings) if "refunded" not in known else []
    if "amount" in known and len(quantity) == 1 and known["amount"] is not quantity[0]:
        known["quantity"] = quantity[0]
        findings.set("columns.quantity", quantity[0].name)
    alone = ROLES["unit_price"].fit(chosen.settings.get(_KEY, "")) == Fit.WHOLE and not quantity
    said = ", no column of quantities being there" if alone else ""
    findings.tell(f"worth of a line: {chosen.said}{said}")
    if alone and "shipping" in beside and beside["shipping"] not in known.values():
        # A price of one piece is as bare as one with a quantity; what is called an amount may hold it.
        _tell_beside({"shipping": beside["shipping"]}, findings, to=chosen.said)
    columns = [*(known[role] for role in (*_MONEY, "refunded") if role in known), *refunded]
    if not find_marks(export, columns, findings):
        names = listed([p.name for p in columns if parse.holds_texts(p.type)])
        findings.ask(Question("decimal", f"{names} are not written alike. Which mark is decimal?"))
    if refunded:
        settle_refunds(export, known["amount"], refunded, free, findings)
    _settle_discounts(export, known, beside, held, numbers, findings)
    tell_tax(export, numbers, known, findings, is_price=held == ())
    find_cents(export, free, [known[role] for role in ("amount", "unit_price") if role in known], findings)


def _settle_discounts(
    export: Export,
    known: Mapping[str, Profile],
    beside: Mapping[str, Profile],
    held: tuple[str, ...] | None,
    numbers: Sequence[Profile],
    findings: Findings,
) -> None:
    """Ask or say whether a discount comes off: one that is called so, else one that is proved by what it comes to."""
    off = beside.get("discount")
    if "unit_price" in known and off is not None:
        if not settle_beside_price(export, (known["quantity"], known["unit_price"]), off, numbers, findings):
            _tell_beside({"discount": off}, findings)
    elif "amount" in known and "discount" not in (held or ()):
        others = [p for p in numbers if p not in known.values()]
        off = off or discount_by_sums(export, known["amount"], others, findings)
        if off is not None:
            settle_discount(export, known["amount"], off, numbers, is_price=held is not None, findings=findings)


def _choices(
    export: Export,
    free: Sequence[Profile],
    numbers: Sequence[Profile],
    beside: Mapping[str, Profile],
    findings: Findings,
) -> tuple[list[Profile], list[Choice], tuple[str, ...] | None]:
    """Return the columns of quantities, and what a line may be worth by the names of columns and what they hold.

    Last: what else an amount is proved to hold beside quantity × price; nothing where it is not proved to be that.
    """
    quantity, price = (_named(numbers, role) for role in ("quantity", "unit_price"))
    amounts = _named(_what_was_paid([p for p in numbers if p not in quantity + price], price), "amount")
    quantity, price, amounts = (without_copies(export, some) for some in (quantity, price, amounts))
    if not quantity and len(price) == 1 and len(amounts) == 1 and _counts_pieces(export, amounts[0]):
        # An "amount" that is a number of pieces hides totals with tax in their names.
        totals = without_copies(export, _named([p for p in numbers if p not in (*price, *amounts)], "amount"))
        quantity, amounts = (amounts, totals) if totals else (quantity, amounts)
    # Prices of one piece: each of several is as much a line's worth, times the quantity.
    each = price if len(quantity) == 1 and (len(price) == 1 or not amounts) else []
    held: tuple[str, ...] | None = None
    if whole := [p for p in each if is_of_all_pieces(export, free, quantity[0], p)]:
        for p in whole:
            findings.tell(f'"{p.name}" grows with "{quantity[0].name}" in each product: it is of all pieces')
        amounts, each = [*amounts, *whole], [p for p in each if p not in whole]
    elif len(amounts) == len(price) == 1 and not quantity and _counts_pieces(export, amounts[0]):
        # An "amount" is a number of pieces, too.
        quantity, amounts, each = amounts, [*price, *amounts], price
    elif each and len(amounts) == 1:
        held = _same_worth(export, amounts[0], quantity[0], each[0], beside, findings)
    if not amounts and not quantity:
        amounts = price
    choices = [Choice(f'"{p.name}"', {_KEY: p.name}) for p in amounts]
    for p in each if held is None else ():
        both = {"columns.quantity": quantity[0].name, "columns.unit_price": p.name}
        choices.append(Choice(f'"{quantity[0].name}" × "{p.name}"', both))
    return quantity, choices, held


def _what_was_paid(numbers: Sequence[Profile], price: Sequence[Profile]) -> list[Profile]:
    """Return columns without commissions, deposits and such, where an amount or a price of something else is there."""
    paid = [p for p in numbers if not is_other_money(p.name)]
    return paid if price or any(ROLES["amount"].fit(p.name) >= Fit.PARTLY for p in paid) else list(numbers)


def _counts_pieces(export: Export, p: Profile) -> bool:
    """Say whether a column holds whole numbers, 1 on many lines: no money, more likely."""
    value = number_of(p, Findings())
    fractions = f"COUNT(*) FILTER ({value} <> FLOOR({value}))"
    broken, ones, lines = export.one(f"SELECT {fractions}, COUNT(*) FILTER ({value} = 1), COUNT({value}) FROM {TABLE}")
    # Of cells in marks not known yet no line counts.
    return bool(lines) and not broken and ones >= _ONES * lines


def _named(numbers: Sequence[Profile], role: str) -> list[Profile]:
    """Return the columns whose names fit a role best, if any does; with or without tax only where none else fits."""
    top = max((ROLES[role].fit(p.name) for p in numbers), default=Fit.NEVER)
    fitting = [p for p in numbers if ROLES[role].fit(p.name) == top] if top >= Fit.PARTLY else []
    return [p for p in fitting if without_tax(words := plain_words(p.name)) == words] or fitting


def _chosen(
    export: Export,
    choices: Sequence[Choice],
    numbers: Sequence[Profile],
    free: Sequence[Profile],
    findings: Findings,
    where: str,
) -> Choice | None:
    """Return the only choice, stated; else ask among them, or among all numbers where no name says anything."""
    others = _beside_other_money(choices, numbers)
    if len(choices) == 1 and not others:
        for key, name in choices[0].settings.items():
            findings.set(key, name)
            if key == _KEY and is_other_money(name) and not is_paid_out(name):
                findings.tell(f'"{name}" is the only column called an amount: is this the money that was paid?')
        return choices[0]
    choices = [*choices, *(Choice(f'"{p.name}"', {_KEY: p.name}) for p in others)]
    if choices:
        amounts = [p for p in numbers if p.name in {c.settings.get(_KEY) for c in choices}]
        two = len(amounts) == len(choices) == _TWO
        differ = said_difference(export, amounts[0], amounts[1], numbers, where) if two else ""
        worths = [[p for p in numbers if p.name in c.settings.values()] for c in choices]
        differ = differ or said_sums(export, worths, where)
        asked = f"what is a line worth: {' or '.join(c.said for c in choices)}?{differ}"
        return findings.ask(Question(_KEY, asked, tuple(choices)))
    silent = [p for p in numbers if ROLES["amount"].fit(p.name) > Fit.NEVER and not p.is_whole]
    if len(silent) == 1 and says_nothing(silent[0].name):
        findings.set(_KEY, silent[0].name, "by its contents alone")
        return Choice(f'"{silent[0].name}", by its contents alone', {_KEY: silent[0].name})
    silent = silent or fees_of(export, numbers, findings)
    parts = parts_among(export, silent, findings) if len(silent) > _TWO else []
    silent = [p for p in silent if p not in parts]
    offered = [Choice(f'"{p.name}"', {_KEY: p.name}) for p in silent]
    if not offered and not _no_numbers(export, free):
        return Choice("no column holds money, so each line counts as one purchase, and there are no values", {})
    none = Choice("no column: each line counts as one purchase, and there are no values", {})
    sums = said_sums(export, [[p] for p in silent], where) if len(silent) > 1 else ""
    return findings.ask(Question(_KEY, f"what is a line worth?{sums}{_no_numbers(export, free)}", (*offered, none)))


def _of_purchases(known: Mapping[str, Profile]) -> str:
    """Return the SQL that is true of lines of purchases: those of totals have neither a customer nor a day."""
    roles = [known[role].sql for role in ("customer_id", "ordered_at") if role in known]
    return " AND ".join(is_filled(sql) for sql in roles) or "TRUE"


def _beside_other_money(choices: Sequence[Choice], numbers: Sequence[Profile]) -> list[Profile]:
    """Return the numbers that may be what was paid where only a commission, or a deposit, is called an amount."""
    names = [name for choice in choices for name in choice.settings.values()]
    if len(names) != 1 or not is_other_money(names[0]) or is_paid_out(names[0]):
        return []
    silent = [p for p in numbers if ROLES["amount"].fit(p.name) == Fit.SILENT and not p.is_whole]
    return [p for p in silent if BESIDE_PRICE["rate"].fit(p.name) < Fit.PARTLY]


def _no_numbers(export: Export, free: Sequence[Profile]) -> str:
    """Say which columns are called amounts and hold no bare numbers."""
    named = [
        p for p in free if not p.is_number and not p.is_date and p.filled and ROLES["amount"].fit(p.name) == Fit.WHOLE
    ]
    if not named:
        return ""
    large = [p for p in named if _lines_too_large(export, p)]
    if large:
        lines = counted(max(_lines_too_large(export, p) for p in large), "line")
        names = listed([p.name for p in large])
        return f" {names} holds numbers of 10^12 and more ({lines}), which are too large for money: is the unit wrong?"
    return f" {listed([p.name for p in named])} cannot be read as numbers (words beside them must go)"


def _lines_too_large(export: Export, p: Profile) -> int:
    """Return on how many lines a text is a number too large to be read as money."""
    number = f"TRY_CAST(replace({parse.bare(p.sql)}, ',', '') AS DOUBLE)"
    return export.one(f"SELECT COUNT(*) FILTER (ABS({number}) >= 1e12) FROM {TABLE}")[0]


def _tell_later(numbers: Sequence[Profile], findings: Findings) -> None:
    """Say what is looked at only once it is known which column is the amount."""
    # Yes and no is no money.
    refunds = [p.name for p in numbers if p.distinct > 2 and BESIDE_PRICE["refunded"].fit(p.name) >= Fit.PARTLY]
    if refunds:
        findings.why["columns.refunded"] = f"{listed(refunds)}, if it comes off the amount"
        findings.tell(f"{listed(refunds)}: state columns.refunded if it comes off the amount that you choose")
    for unit in ("cents", "micros"):
        named = [p.name for p in numbers if unit_of(p.name) == unit]
        if named:
            findings.why["money_in"] = f"{unit}, if the amount is in {unit}, as {listed(named)} says"
            findings.tell(f"{listed(named)}: state money_in: {unit} if the amount that you choose is in {unit}")


def _refunds(numbers: Sequence[Profile], known: Mapping[str, Profile], findings: Findings) -> list[Profile]:
    """Return the columns of what was given back of an amount, by their names."""
    fit = BESIDE_PRICE["refunded"].fit
    named = [p for p in numbers if p not in known.values() and fit(p.name) >= Fit.PARTLY]
    if named and "amount" not in known:
        names = listed([p.name for p in named])
        findings.why["columns.refunded"] = f"{names} comes off an amount only, and a line is worth quantity × price"
        findings.tell(f"{names} is not counted: it comes off an amount, and a line is worth quantity × price")
        return []
    # What was given back in another currency than the amount's does not come off it.
    return [p for p in named if is_converted(p.name) == is_converted(known["amount"].name)] if named else []


def _beside_price(export: Export, numbers: Sequence[Profile], findings: Findings) -> dict[str, Profile]:
    """Return the columns of discount, shipping and tax, where there is one of each by its name."""
    off = named_discounts(export, numbers, findings)
    found = {"discount": off[0]} if len(off) == 1 else {}
    for role in ("shipping", "tax"):
        fit = BESIDE_PRICE[role].fit
        top = max((fit(p.name) for p in numbers), default=Fit.NEVER)
        named = [p for p in numbers if fit(p.name) == top] if top >= Fit.PARTLY else []
        # A second tax that is 0 on every line is none.
        named = [p for p in named if p.distinct > 1] if len(named) > 1 else named
        if len(named) == 1:
            found[role] = named[0]
    return found


def _tell_beside(beside: Mapping[str, Profile], findings: Findings, *, to: str = "quantity × price") -> None:
    """Say what no line can show: whether what stands beside a price is part of what was paid."""
    did = {"discount": "comes off", "shipping": "is added to", "tax": "is added to"}
    for role, p in beside.items():
        percent = role == "discount" and is_called_percentage(p.name)
        as_, whole = (
            (" and discount_as (percent or share)", "") if percent else ("", "; of a whole order: amount_of: order")
        )
        findings.why[f"columns.{role}"] = f'"{p.name}", if it {did[role]} {to}{whole}'
        if percent:
            findings.why[f"columns.{role}"] += ", with discount_as: percent (or share)"
        findings.tell(f'"{p.name}" is not counted: state columns.{role}{as_} if it {did[role]} {to}')


def _same_worth(
    export: Export,
    amount: Profile,
    quantity: Profile,
    price: Profile,
    beside: Mapping[str, Profile],
    findings: Findings,
) -> tuple[str, ...] | None:
    """Return what stands beside quantity × price in an amount that is both on nearly every line; nothing where not."""
    for written in ways_that_read(export, amount, quantity, price):
        read = {p.name: parse.number(p.sql, p.type, written).value for p in (amount, quantity, price, *beside.values())}
        # Every cell is read once, for all that may stand beside a price.
        names = {name: f"n{i}" for i, name in enumerate(read)}
        cells = ", ".join(f"{value} AS {names[name]}" for name, value in read.items())
        worth, tried = product_sql(names[quantity.name], names[price.name]), []
        for roles in (r for n in range(len(beside) + 1) for r in combinations(beside, n)):
            for kind in _kinds(beside, roles):
                parts = "".join(_part(r, names[beside[r].name], worth, kind) for r in roles)
                differs = f"COALESCE(ABS({names[amount.name]} - ({worth}{parts})) > 0.01, TRUE)"
                tried.append((roles, f"COUNT(*) FILTER ({differs})"))
        counts = ", ".join(count for _, count in tried)
        total, *differ = export.one(
            f"SELECT COUNT(*), {counts} FROM (SELECT {cells} FROM {TABLE} WHERE {is_filled(amount.sql)}) AS read"
        )
        for (roles, _), differing in zip(tried, differ, strict=True):
            if differing <= _DIFFERING * total:
                if roles:
                    named = listed([beside[r].name for r in roles])
                    findings.tell(f'"{amount.name}" is quantity × price with {named} in it: these count already')
                return roles
    return None


def _kinds(beside: Mapping[str, Profile], roles: Sequence[str]) -> tuple[str, ...]:
    """Return what a discount among the roles may be: money, a percentage or a share; once where there is none."""
    if "discount" not in roles:
        return ("",)
    return ("percent", "share") if is_called_percentage(beside["discount"].name) else ("", "percent", "share")


def _part(role: str, value: str, worth: str, kind: str) -> str:
    """Return the SQL of what stands beside a price, as it comes to a line's worth."""
    if role != "discount":
        return f" + COALESCE({value}, 0)"
    off = f"COALESCE(ABS({value}), 0)"
    return f" - {worth} + {worth} * {left_sql(off, kind)}" if kind else f" - {off}"


def worth_of(known: Mapping[str, Profile], findings: Findings) -> str:
    """Return the SQL of what a line is worth, with the marks that are stated; nothing where no column says it."""
    value = {r: f"({number_of(known[r], findings)})" for r in (*_MONEY, "refunded") if r in known}
    if "refunded" in value:
        # Of debit and credit, which are one amount, each is blank where the other is filled.
        value["amount"] = f"(COALESCE({value['amount']}, 0) - COALESCE(ABS({value['refunded']}), 0))"
    whole = value.get("amount") or (
        f"({product_sql(value['quantity'], value['unit_price'])})" if "unit_price" in value else ""
    )
    whole = f"(-{whole})" if whole and findings.settings.get("purchases_are") == "negative" else whole
    parts = {"cents": 100, "micros": 1_000_000}.get(findings.settings.get("money_in", ""), 1)
    return f"({whole} / {parts})" if whole and parts > 1 else whole
