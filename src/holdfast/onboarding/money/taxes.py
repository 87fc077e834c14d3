"""Tax within an amount: told, with the keys that take it off, as values and lists then hold tax too."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.data.values.words import word_set
from holdfast.onboarding.called.names import BESIDE_PRICE, Fit, plain_words
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings, listed
from holdfast.onboarding.money.amounts import marks_that_read
from holdfast.onboarding.money.triples import taxes_by_sums, tell_added
from holdfast.onboarding.profile import Profile

_KEY, _AMOUNT = "columns.discount", "columns.amount"
_MOST_COLUMNS, _MOST_PARTS, _NEARLY_ALL = 7, 3, 0.98
# No tax is more of what is paid.
_MOST_TAX = 0.4
_WITHOUT = word_set("""
    net netto nett excl excluding exclusive ex exkl ohne hors ht before untaxed pretax subtotal senza sin bez uden utan
    uten zonder sem fara nettobetrag nettosumme
""")
_WITH = {"incl", "including", "inclusive", "inkl", "inklusive", "ttc", "brutto", "gross", "mit", "inc", "bruttobetrag"}


def tell_tax(
    export: Export,
    numbers: Sequence[Profile],
    known: Mapping[str, Profile],
    findings: Findings,
    *,
    is_price: bool = False,
) -> None:
    """Say that an amount holds the tax that stands beside it, or may hold it, and which keys take it off.

    ``is_price``: whether the amount is proved to be quantity × price, with nothing else in it.
    """
    amount = known.get("amount")
    if amount is None or _WITHOUT & set(plain_words(amount.name)) or "refunded" in known:
        return
    others = [p for p in numbers if p not in known.values()]
    if _KEY in findings.settings or any(q.key == _KEY for q in findings.questions):
        return
    tax = _tax_of(export, amount, others, findings)
    if tax is None:
        return
    rest = [p for p in others if p is not tax][:_MOST_COLUMNS]
    written = marks_that_read(export, amount, tax)
    # Each number is read once: of ten columns there are hundreds of sums, and a number's text is long.
    value = {p.name: f"v{i}" for i, p in enumerate((tax, *rest))}
    values = "".join(f", COALESCE({_number(p, written)}, 0) AS {value[p.name]}" for p in (tax, *rest))
    sums = [c for n in range(1, _MOST_PARTS + 1) for c in combinations(rest, n)]
    read = f"(SELECT {_number(amount, written)} AS whole{values} FROM {TABLE} WHERE {is_filled(amount.sql)}) AS lines"
    found = export.one(
        f"SELECT COUNT(*), COUNT(*) FILTER ({value[tax.name]} > 0 AND {value[tax.name]} <= {_MOST_TAX} * whole), "
        f"ROUND(100 * SUM({value[tax.name]})), COUNT(*) FILTER ({value[tax.name]} <> 0)"
        + "".join(f", COUNT(*) FILTER (ABS(whole - ({_sum(c, tax, value)})) < 0.015)" for c in sums)
        + f" FROM {read} WHERE whole > 0"
    )
    lines, plausible, cents, taxed = found[:4]
    if not taxed or plausible < _NEARLY_ALL * taxed:
        return
    proved = next((c for c, alike in zip(sums, found[4:], strict=True) if alike >= _NEARLY_ALL * lines), None)
    # Where the tax is still to come, as another amount shows, none is in it.
    more = [(p, c) for p in rest for n in range(_MOST_PARTS) for c in combinations([q for q in rest if q is not p], n)]
    differs = [f"ABS({value[p.name]} - whole - ({_sum(c, tax, value)}))" for p, c in more if not proved]
    counts = "".join(f", COUNT(*) FILTER ({one} < 0.015)" for one in differs)
    _, *alike = export.one(f"SELECT COUNT(*){counts} FROM {read} WHERE whole > 0 AND {value[tax.name]} <> 0")
    for (p, c), n in zip(more, alike, strict=False):
        if n >= _NEARLY_ALL * taxed:
            if _AMOUNT not in findings.answers:
                added = listed([q.name for q in (tax, *c)])
                findings.tell(
                    f'"{amount.name}" is without {added}, which "{p.name}" holds: state {_AMOUNT}: {p.name} if that is '
                    "what was paid"
                )
            return
    if is_price and not proved and not _WITH & set(plain_words(amount.name)):
        return
    sure = bool(proved) or bool(_WITH & set(plain_words(amount.name)))
    holds = "holds" if sure else "may hold"
    said = f'"{amount.name}" {holds} "{tax.name}" ({cents / 100:,.2f} in all), and so do values; to count without tax: '
    if proved and len(proved) == 1:
        # One of two ways is told: with both it would come off twice.
        findings.tell(f"{said}{_AMOUNT}: {proved[0].name}")
        findings.why.setdefault(_AMOUNT, f'it holds "{tax.name}", and "{proved[0].name}" does not')
        return
    findings.tell(f"{said}columns.discount: {tax.name} with discount_as: positive takes it off")
    findings.why.setdefault(
        _KEY, f'"{tax.name}" takes the tax off that "{amount.name}" {holds}, with discount_as: positive'
    )


def _tax_of(export: Export, amount: Profile, others: Sequence[Profile], findings: Findings) -> Profile | None:
    """Return the only tax beside an amount, by its name or by what it comes to; what else is in the amount is told."""
    fit = BESIDE_PRICE["tax"].fit
    # Both are amounts: "Netto ohne MwSt.", "Total incl. VAT".
    named = [p for p in others if fit(p.name) >= Fit.PARTLY and p.distinct > 1]
    named = [p for p in named if not (_WITH | _WITHOUT) & set(plain_words(p.name))]
    named = named or taxes_by_sums(export, amount, others, findings)
    if not named:
        tell_added(export, amount, others, findings)
    return named[0] if len(named) == 1 else None


def _number(p: Profile, written: Written) -> str:
    return f"CAST({parse.number(p.sql, p.type, written).value} AS DOUBLE)"


def _sum(parts: Sequence[Profile], tax: Profile, value: Mapping[str, str]) -> str:
    """Return the SQL of tax and other parts together; a discount comes off, however it is signed."""
    terms = [
        f"- ABS({value[p.name]})" if BESIDE_PRICE["discount"].fit(p.name) >= Fit.PARTLY else f"+ {value[p.name]}"
        for p in parts
    ]
    return f"{value[tax.name]} {' '.join(terms)}"
