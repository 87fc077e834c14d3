"""What is of a whole order and repeated on each of its lines: off each line it would come off once a line."""

from collections.abc import Mapping, Sequence

from holdfast.data.values.numbers import product_sql
from holdfast.onboarding.called.names import BESIDE_PRICE, ROLES, Fit
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Choice, Findings, Question
from holdfast.onboarding.money.amounts import number_of
from holdfast.onboarding.money.percentages import is_called_percentage, may_be_percentage
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

# What is so on nearly all orders of several lines is so; fewer orders tell nothing.
_NEARLY_ALL, _ORDERS = 0.95, 5
# Of lines whose amount is quantity × price, so many may differ.
_DIFFERING = 0.01
_REFUNDED, _DISCOUNT = "columns.refunded", "columns.discount"


def settle_repeated(export: Export, found: Sequence[Profile], known: Mapping[str, Profile], findings: Findings) -> None:
    """Take back that a refund or discount comes off each line where each line of an order repeats it.

    An order of three lines would give back three times as much. With quantity × price it can come off once an order.

    Parameters
    ----------
    export, found, known
        The files, their columns, and columns by role, the order among them.
    findings
        Where the key, or the question, stands; gets the reason or another question.
    """
    answered = findings.answers.get(_DISCOUNT)
    if answered is not None and "columns.unit_price" in answered.settings:
        # It comes off quantity × price, which is what the amount is.
        findings.settings.pop("columns.amount", None)
    if findings.settings.get("amount_of") == "order" or any(q.key == "amount_of" for q in findings.questions):
        # Then it counts once.
        return
    if "amount" in known:
        _refund(export, found, known["amount"], known["order_id"], findings)
    _discount(export, found, known, findings)


def _refund(export: Export, found: Sequence[Profile], amount: Profile, order: Profile, findings: Findings) -> None:
    for p in _offered(found, _REFUNDED, findings):
        if said := _repeated(export, p, order, findings, amount):
            said = f'{said}, and would come off "{amount.name}" once a line'
            _take_back(_REFUNDED, findings)
            findings.why[_REFUNDED] = (
                f"{said}; with the order's total as the amount (amount_of: order) it comes off once"
            )
            findings.tell(f"{findings.why[_REFUNDED]}: not counted")
            return


def _discount(export: Export, found: Sequence[Profile], known: Mapping[str, Profile], findings: Findings) -> None:
    order, amount = known["order_id"], known.get("amount")
    priced = amount is None and "unit_price" in known
    able = _offered(found, _DISCOUNT, findings)
    if not able and _DISCOUNT in findings.why:
        # It is a comment: who follows it must know what it is of.
        free = [p for p in found if p.is_number and p not in known.values()]
        able = [p for p in free if BESIDE_PRICE["discount"].fit(p.name) >= Fit.PARTLY]
    for p in able:
        # A percentage of a whole order is one of each of its lines.
        said = "" if is_called_percentage(p.name) else _repeated(export, p, order, findings, amount)
        if not said:
            continue
        if priced:
            findings.why[_DISCOUNT] = f"{said}: if it comes off, state amount_of: order beside it"
            findings.tell(f"{said}: to let it come off, state columns.discount and amount_of: order")
            return
        _take_back(_DISCOUNT, findings)
        said = f'{said}, and would come off "{amount.name if amount else ""}" once a line'
        factors = _factors(export, found, amount, findings) if amount else None
        if factors is None:
            findings.why[_DISCOUNT] = f"{said}; with quantity × price of lines (amount_of: order) it comes off once"
            findings.tell(f"{findings.why[_DISCOUNT]}: not counted")
        else:
            _ask(p, factors, said, findings)
        return


def _ask(discount: Profile, factors: tuple[Profile, Profile], said: str, findings: Findings) -> None:
    """Ask whether a discount comes off once an order: of quantity × price it can."""
    quantity, price = factors
    once = {
        _DISCOUNT: discount.name,
        "columns.unit_price": price.name,
        "amount_of": "order",
        "columns.amount": None,
    }
    if "columns.quantity" not in findings.settings:
        once["columns.quantity"] = quantity.name
    choices = (
        Choice("it comes off once an order, of quantity × price: the key amount goes out", once),
        Choice("nothing comes off: the amount is what was paid", {_DISCOUNT: None}),
    )
    findings.ask(Question(_DISCOUNT, f"{said}. Does it come off once an order?", choices))


def _offered(found: Sequence[Profile], key: str, findings: Findings) -> list[Profile]:
    """Return the columns that a key names, or a question offers for it."""
    names = {findings.settings.get(key)}
    names |= {c.settings.get(key) for q in findings.questions if q.key == key for c in q.choices}
    return [p for p in found if p.name in names]


def _take_back(key: str, findings: Findings) -> None:
    findings.settings.pop(key, None)
    findings.questions[:] = [q for q in findings.questions if q.key != key]


def _repeated(export: Export, p: Profile, order: Profile, findings: Findings, amount: Profile | None) -> str:
    """Say that a column is the same on all lines of (nearly) every order of several lines that has it, and its sum.

    ``amount``: where it is the same on all of them too, they say nothing.
    """
    part = f"ABS({number_of(p, findings)})"
    differ = " AND amounts > 1" if amount else ""
    amounts = f"COUNT(DISTINCT {amount.sql})" if amount else "0"
    several, same, cents = export.one(
        f"SELECT COUNT(*) FILTER (lines > 1 AND different > 1{differ}), COUNT(*) FILTER (lines > 1 AND different > 1"
        f"{differ} AND parts = 1 AND filled = lines), ROUND(100 * SUM(part)) FROM (SELECT COUNT(DISTINCT {part}) AS "
        f"parts, MAX({part}) AS part, COUNT(*) FILTER ({part} <> 0) AS filled, COUNT(*) AS lines, "
        f"COUNT(DISTINCT line_hash) AS different, {amounts} AS amounts FROM {TABLE} WHERE {is_filled(order.sql)} "
        f"GROUP BY {order.sql}) WHERE filled > 0"
    )
    if several < _ORDERS or same < _NEARLY_ALL * several or may_be_percentage(export, p, part):
        return ""
    return (
        f'"{p.name}" is the same on all lines of {same:,} of {counted(several, "order")} with several lines, so it is '
        f"of the whole order ({cents / 100:,.2f} together)"
    )


def _factors(
    export: Export, found: Sequence[Profile], amount: Profile, findings: Findings
) -> tuple[Profile, Profile] | None:
    """Return the columns of quantity and price whose product the amount is on nearly all lines."""
    able = {
        role: [p for p in found if p.is_number and p is not amount and ROLES[role].fit(p.name) >= Fit.PARTLY]
        for role in ("quantity", "unit_price")
    }
    if any(len(columns) != 1 for columns in able.values()):
        return None
    ((quantity,), (price,)) = able.values()
    worth, pieces, each = (number_of(p, findings) for p in (amount, quantity, price))
    lines, differing = export.one(
        f"SELECT COUNT(*), COUNT(*) FILTER (COALESCE(ABS({worth} - {product_sql(pieces, each)}) > 0.01, TRUE)) "
        f"FROM {TABLE} WHERE {is_filled(amount.sql)}"
    )
    return (quantity, price) if lines and differing <= _DIFFERING * lines else None
