"""A discount beside an amount, money or a percentage: taken off already, or to come off, which no line can say."""

from collections.abc import Sequence
from itertools import combinations

from holdfast.data.values.numbers import product_sql
from holdfast.onboarding.called.names import BESIDE_PRICE, ROLES, Fit, plain_words
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Choice, Findings, Question
from holdfast.onboarding.money.amounts import number_of
from holdfast.onboarding.money.differences import without_copies
from holdfast.onboarding.money.percentages import (
    is_called_percentage,
    left_sql,
    may_be_percentage,
    may_be_share,
    written_as,
)
from holdfast.onboarding.money.triples import triples_of
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

_KEY, _AS = "columns.discount", "discount_as"
# What is of goods, before anything comes off: then a discount is a question.
_OF_GOODS = {
    *("item", "items", "subtotal", "sub", "gross", "list", "line", "merchandise", "brutto", "artikel", "zwischensumme"),
    *("warenwert", "positionswert", "listenpreis", "varer", "soustotal", "sous", "subtotale", "subtotaal", "delsum"),
    *("小計", "小计", "소계"),
}
# A total price may be of after it.
_PRICES = {"price", "preis", "pris", "prix", "precio", "prezzo", "cena", "prijs", "preco", "単価", "单价", "단가"}
_TOTAL = {"total", "totale", "gesamt", "suma", "summe", "sum", "totaal"}
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
    off, worth = (f"ABS({number_of(p, findings)})" for p in (discount, amount))
    some, cents, above, thousandths = export.one(
        f"SELECT COUNT(*) FILTER ({off} <> 0), ROUND(100 * SUM({off})), COUNT(*) FILTER ({off} > {worth} + 0.005), "
        f"COALESCE(ROUND(1000 * MAX({off})), 0) FROM {TABLE}"
    )
    if not some:
        return
    most = thousandths / 1000
    kinds = _kinds(export, discount, off, most)
    too_much = kinds == ("",) and above > _MORE * some
    less, proved = ("", "") if too_much or not kinds else _less(export, amount, discount, numbers, kinds, findings)
    if less == amount.name or not kinds:
        return
    kinds = (proved,) if less else kinds
    said = f'"{discount.name}" is not 0 on {counted(some, "line")}, {_what(kinds, cents, most)}'
    as_ = f"{_AS}: {kinds[-1]}" if kinds[-1] else ""
    as_ += " where it is a percentage" if len(kinds) > 1 else ""
    # A share that was taken for money would leave nearly all of it on.
    is_either = kinds == ("", "share")
    if too_much or not (is_price or less or is_either or _is_of_goods(amount.name)):
        before = f'if "{amount.name}" is of before it'
        together = f": {cents / 100:,.2f} together" if kinds == ("",) else ""
        findings.why[_KEY] = f'"{discount.name}", {f"with {as_}, " if as_ else ""}{before}{together}'
        findings.tell(f"{said}, and is not taken off: state {_KEY}{f' and {as_}' if as_ else ''} {before}")
        return
    why = ", which is quantity × price" if is_price else f', as it does in "{less}"' if less else ""
    asked = f'{said}. Does it come off "{amount.name}"{why}?'
    findings.ask(Question(_KEY, asked, _choices(discount, kinds, "the amount")))


def settle_beside_price(
    export: Export, worth: tuple[Profile, Profile], discount: Profile, numbers: Sequence[Profile], findings: Findings
) -> bool:
    """Ask whether a discount comes off quantity × price, where another column proves it, or it may be a share of it.

    Returns whether it was asked.

    Parameters
    ----------
    export, numbers
        The files, and all their columns of numbers.
    worth, discount
        Quantity and price, and what may come off.
    findings
        Gets the question.
    """
    off, *both = (number_of(p, findings) for p in (discount, *worth))
    off, whole = f"COALESCE(ABS({off}), 0)", product_sql(*both)
    some, cents, thousandths = export.one(
        f"SELECT COUNT(*) FILTER ({off} <> 0), ROUND(100 * SUM({off})), COALESCE(ROUND(1000 * MAX({off})), 0) "
        f"FROM {TABLE}"
    )
    if not some:
        return False
    kinds = _kinds(export, discount, off, thousandths / 1000)
    others = [p for p in numbers if p not in (discount, *worth) and not _sign(p.name)]
    tried = [
        ((p.name, kind), f"COUNT(*) FILTER (ABS({number_of(p, findings)} - ({_left(whole, off, kind)})) < 0.015)")
        for kind in kinds
        for p in others
    ]
    counts = ", ".join(count for _, count in tried) or "0"
    lines, *found = export.one(f"SELECT COUNT(*), {counts} FROM {TABLE} WHERE {off} <> 0")
    proved = (what for (what, _), same in zip(tried, found, strict=False) if same >= (1 - _MORE) * lines)
    less, kind = next(proved, ("", ""))
    if not less and kinds != ("", "share"):
        return False
    kinds = (kind,) if less else kinds
    said = f'"{discount.name}" is not 0 on {counted(some, "line")}, {_what(kinds, cents, thousandths / 1000)}'
    why = f', as it does in "{less}"' if less else ""
    asked = f"{said}. Does it come off quantity × price{why}?"
    findings.ask(Question(_KEY, asked, _choices(discount, kinds, "quantity × price")))
    return True


def _choices(discount: Profile, kinds: Sequence[str], of: str) -> tuple[Choice, ...]:
    """Return what a discount may do: come off as whatever it may be, or not at all."""
    return (
        *(
            Choice(_comes_off(discount, kind, kinds, of), {_KEY: discount.name, **({_AS: kind} if kind else {})})
            for kind in kinds
        ),
        Choice(f"nothing comes off: {of} is what was paid", {_KEY: None}),
    )


def named_discounts(export: Export, numbers: Sequence[Profile], findings: Findings) -> list[Profile]:
    """Return the columns that are called discounts: of several the one that two others differ by, else no shares.

    The same discount often stands there as money and as a share of the price.
    """
    fit = BESIDE_PRICE["discount"].fit
    named = [p for p in numbers if fit(p.name) >= Fit.PARTLY]
    if len(named) > 1:
        # One that is 0 on every line is none.
        named = [p for p in without_copies(export, named) if p.distinct > 1]
    top = max((fit(p.name) for p in named), default=Fit.NEVER)
    best = [p for p in named if fit(p.name) == top]
    if len(named) < 2:
        return best
    money = [p for p in numbers if p in named or not (_sign(p.name) or (p.is_whole and not _is_an_amount(p)))]
    parts = {t.part.name for t in triples_of(export, money, findings)}
    proved = [p for p in named if p.name in parts and not is_called_percentage(p.name)]
    shares = [p for p in best if may_be_share(export, f"ABS({number_of(p, findings)})")]
    plain = [p for p in best if not is_called_percentage(p.name) and p not in shares]
    return proved if len(proved) == 1 else plain or best


def _is_an_amount(p: Profile) -> bool:
    return any(ROLES[role].fit(p.name) >= Fit.PARTLY for role in ("amount", "unit_price"))


def _kinds(export: Export, discount: Profile, off: str, most: float) -> tuple[str, ...]:
    """Return what a discount may be: ``""`` for money, ``percent`` or ``share``; nothing where its name is wrong."""
    written = written_as(most)
    if is_called_percentage(discount.name):
        return (written,) if written else ()
    return ("", written) if written and may_be_percentage(export, discount, off) else ("",)


def _what(kinds: Sequence[str], cents: float, most: float) -> str:
    """Say what a discount comes to; a percentage has no sum."""
    if kinds == ("",):
        return f"{cents / 100:,.2f} together"
    if len(kinds) > 1:
        return f"up to {most:g}: money, or a percentage"
    return f"a percentage of up to {100 * most if kinds[0] == 'share' else most:g} %"


def _comes_off(discount: Profile, kind: str, kinds: Sequence[str], of: str) -> str:
    as_ = "" if len(kinds) == 1 else " as a percentage" if kind else " as money"
    return f'"{discount.name}" comes off{as_}: {of} is of before it'


def _less(
    export: Export,
    amount: Profile,
    discount: Profile,
    numbers: Sequence[Profile],
    kinds: Sequence[str],
    findings: Findings,
) -> tuple[str, str]:
    """Return which amount is another one less the discount, shipping and tax aside: this one or another; or nothing.

    Beside it what the discount is proved to be by that, of ``kinds``.
    """
    others = [p for p in numbers if p not in (amount, discount)]
    parts = [(sign, p) for p in others if (sign := _sign(p.name))][:_MOST_PARTS]
    unsigned = [p for p in others if not _sign(p.name)]
    pieces = [p for p in unsigned if ROLES["quantity"].fit(p.name) >= Fit.PARTLY][:1]
    # What is left, and what a piece costs, may be called anything, and is whole less often than a number of an order.
    others = sorted((p for p in unsigned if p not in pieces), key=lambda p: p.is_whole)
    totals = sorted(others, key=lambda p: ROLES["amount"].fit(p.name), reverse=True)[: 2 * _MOST_PARTS]
    prices = [p for p in others if ROLES["amount"].fit(p.name) < Fit.PARTLY][:_MOST_PARTS]
    value = {p.name: f"COALESCE({number_of(p, findings)}, 0)" for p in numbers}
    off, here = f"ABS({value[discount.name]})", value[amount.name]
    sums = [
        "".join(f" {sign} ABS({value[p.name]})" for sign, p in some)
        for n in range(len(parts) + 1)
        for some in combinations(parts, n)
    ]
    tries = [one for p in totals for one in ((p.name, value[p.name], here), (amount.name, here, value[p.name]))] + [
        (amount.name, here, product_sql(value[q.name], value[p.name])) for q in pieces for p in prices
    ]
    tried = [
        ((said, kind), f"COUNT(*) FILTER (ABS({less} - ({_left(more, off, kind)}{beside})) < 0.015)")
        for kind in kinds
        for said, less, more in tries
        for beside in sums
    ]
    if not tried:
        return "", ""
    counts = ", ".join(count for _, count in tried)
    lines, *found = export.one(f"SELECT COUNT(*), {counts} FROM {TABLE} WHERE {off} <> 0")
    proved = (what for (what, _), same in zip(tried, found, strict=True) if same >= (1 - _MORE) * lines)
    return next(proved, ("", ""))


def _left(worth: str, off: str, kind: str) -> str:
    return f"{worth} * {left_sql(off, kind)}" if kind else f"{worth} - {off}"


def _sign(name: str) -> str:
    """Return whether a column beside an amount comes off it or is added to it, by its name; nothing for others."""
    if BESIDE_PRICE["discount"].fit(name) >= Fit.PARTLY:
        return "-"
    return "+" if any(BESIDE_PRICE[role].fit(name) >= Fit.PARTLY for role in ("shipping", "tax")) else ""


def _is_of_goods(name: str) -> bool:
    words = set(plain_words(name))
    return bool(_OF_GOODS & words) or bool(_PRICES & words and not _TOTAL & words)
