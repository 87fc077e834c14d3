"""A discount in a column beside an amount: taken off already, or still to come off, which no line can say."""

from collections.abc import Sequence
from itertools import combinations

from holdfast.onboarding.called.names import BESIDE_PRICE, ROLES, Fit, plain_words
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Choice, Findings, Question
from holdfast.onboarding.money.amounts import number_of
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

_KEY = "columns.discount"
# What is of goods, before anything comes off: then a discount is a question.
_OF_GOODS = {
    *("item", "items", "subtotal", "sub", "gross", "list", "line", "merchandise", "brutto", "artikel", "zwischensumme"),
    *("warenwert", "positionswert", "listenpreis", "varer", "soustotal", "sous", "subtotale", "subtotaal", "delsum"),
    *("小計", "小计", "소계"),
}
# A total price may be of after it.
_PRICES = {"price", "preis", "pris", "prix", "precio", "prezzo", "cena", "prijs", "preco", "単価", "单价", "단가"}
_TOTAL = {"total", "totale", "gesamt", "suma", "summe", "sum", "totaal"}
_PERCENT = {"percent", "prozent", "pct", "procent", "prosent", "rate", "satz"}
# Where it is more than the amount on more lines than so many, it is not of the line.
_MORE = 0.01
# So many columns of shipping, tax and other discounts are tried together, and so many other amounts.
_MOST_PARTS = 4


def settle_discount(
    export: Export,
    amount: Profile,
    discount: Profile,
    numbers: Sequence[Profile],
    *,
    is_price: bool,
    findings: Findings,
) -> None:
    """Ask whether a discount comes off an amount of goods; say of another amount that it is not taken off.

    Where another amount is proved to be this one less the discount, it is asked, too; where this one is proved to be
    less the discount already, nothing is said.

    Parameters
    ----------
    export
        The files.
    amount, discount
        What a line is worth, and what may come off.
    numbers
        All columns of numbers, among them other amounts, shipping and tax.
    is_price
        Whether the amount is proved to be quantity × price, with no discount in it.
    findings
        Gets the question, or the sentence.
    """
    if "%" in discount.name or _PERCENT & set(plain_words(discount.name)):
        return
    off, worth = (f"ABS({number_of(p, findings)})" for p in (discount, amount))
    some, cents, above = export.one(
        f"SELECT COUNT(*) FILTER ({off} <> 0), ROUND(100 * SUM({off})), COUNT(*) FILTER ({off} > {worth} + 0.005) "
        f"FROM {TABLE}"
    )
    if not some:
        return
    said = f'"{discount.name}" is not 0 on {counted(some, "line")}, {cents / 100:,.2f} together'
    less = "" if above > _MORE * some else _less(export, amount, discount, numbers, findings)
    if less == amount.name:
        return
    if above > _MORE * some or not (is_price or less or _is_of_goods(amount.name)):
        findings.why[_KEY] = f'"{discount.name}", if "{amount.name}" is of before it: {cents / 100:,.2f} together'
        findings.tell(f'{said}, and is not taken off: state columns.discount if "{amount.name}" is of before it')
        return
    choices = (
        Choice(f'"{discount.name}" comes off: the amount is of before it', {_KEY: discount.name}),
        Choice("nothing comes off: the amount is what was paid", {_KEY: None}),
    )
    why = ", which is quantity × price" if is_price else f', as it does in "{less}"' if less else ""
    findings.ask(Question(_KEY, f'{said}. Does it come off "{amount.name}"{why}?', choices))


def _less(export: Export, amount: Profile, discount: Profile, numbers: Sequence[Profile], findings: Findings) -> str:
    """Return which amount is another one less the discount, shipping and tax aside: this one or another; or nothing."""
    others = [p for p in numbers if p not in (amount, discount)]
    parts = [(sign, p) for p in others if (sign := _sign(p.name))][:_MOST_PARTS]
    totals = [p for p in others if ROLES["amount"].fit(p.name) >= Fit.PARTLY and not _sign(p.name)][:_MOST_PARTS]
    if not totals:
        return ""
    value = {p.name: f"COALESCE({number_of(p, findings)}, 0)" for p in numbers}
    off, here = f"ABS({value[discount.name]})", value[amount.name]
    sums = [
        "".join(f" {sign} ABS({value[p.name]})" for sign, p in some)
        for n in range(len(parts) + 1)
        for some in combinations(parts, n)
    ]
    tried = [
        (said, f"COUNT(*) FILTER (ABS({less} - ({more} - {off}{beside})) < 0.015)")
        for p in totals
        for said, less, more in ((p.name, value[p.name], here), (amount.name, here, value[p.name]))
        for beside in sums
    ]
    counts = ", ".join(count for _, count in tried)
    lines, *found = export.one(f"SELECT COUNT(*), {counts} FROM {TABLE} WHERE {off} <> 0")
    proved = (said for (said, _), same in zip(tried, found, strict=True) if same >= (1 - _MORE) * lines)
    return next(proved, "")


def _sign(name: str) -> str:
    """Return whether a column beside an amount comes off it or is added to it, by its name; nothing for others."""
    if BESIDE_PRICE["discount"].fit(name) >= Fit.PARTLY:
        return "-"
    return "+" if any(BESIDE_PRICE[role].fit(name) >= Fit.PARTLY for role in ("shipping", "tax")) else ""


def _is_of_goods(name: str) -> bool:
    words = set(plain_words(name))
    return bool(_OF_GOODS & words) or bool(_PRICES & words and not _TOTAL & words)
