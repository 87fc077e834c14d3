"""A discount in a column beside an amount: taken off already, or still to come off, which no line can say."""

from holdfast.onboarding.called.names import plain_words
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


def settle_discount(export: Export, amount: Profile, discount: Profile, *, is_price: bool, findings: Findings) -> None:
    """Ask whether a discount comes off an amount of goods; say of another amount that it is not taken off.

    ``is_price``: the amount is proved to be quantity × price, with no discount in it.
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
    if above > _MORE * some or not (is_price or _is_of_goods(amount.name)):
        findings.why[_KEY] = f'"{discount.name}", if "{amount.name}" is of before it: {cents / 100:,.2f} together'
        findings.tell(f'{said}, and is not taken off: state columns.discount if "{amount.name}" is of before it')
        return
    choices = (
        Choice(f'"{discount.name}" comes off: the amount is of before it', {_KEY: discount.name}),
        Choice("nothing comes off: the amount is what was paid", {_KEY: None}),
    )
    why = ", which is quantity × price" if is_price else ""
    findings.ask(Question(_KEY, f'{said}. Does it come off "{amount.name}"{why}?', choices))


def _is_of_goods(name: str) -> bool:
    words = set(plain_words(name))
    return bool(_OF_GOODS & words) or bool(_PRICES & words and not _TOTAL & words)
