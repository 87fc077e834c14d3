"""What amounts hold: their numbers, and whether they are in cents."""

from collections.abc import Sequence

from holdfast.data.engine import literal
from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.onboarding.called.names import ROLES, Fit, plain_words
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Choice, Findings, Question
from holdfast.onboarding.profile import Profile

# Words that say that money is in hundredths, and columns that come with such money.
_CENTS = {"cents", "cent", "minor", "pence", "centimes", "centavos", "centimos", "centesimi", "grosze", "paise", "oere"}
_MICROS = {"micros", "micro", "microunits", "amountmicros", "pricemicros"}
_API = {"amount_refunded", "amount_captured", "balance_transaction", "livemode", "payment_intent", "application_fee"}
_NO_CENTS = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF".split()  # noqa: SIM905
# So many ids are a service's.
_NEARLY_ALL = 0.95
_LONG_ID = 14
# In currencies of which a unit buys a coffee, amounts that are all tens of thousands are millionths.
_OF_A_COFFEE = "USD EUR GBP CHF AUD CAD NZD SGD DKK SEK NOK PLN BRL".split()  # noqa: SIM905
_MICRO_STEP, _LEAST_AMOUNTS = 10_000, 3
# Prices in whole units are mostly round; whole numbers up to so much, of which so few are tens, may be cents.
_LEAST_CENTS, _FEW_TENS = 1000, 0.3
# As 19.00 and 19,0000 are written; three digits behind a mark may be thousands.
_CENTS_SHOWN = r"[.,]([0-9]{2}|[0-9]{4,})\D*$"
_WAYS = (Written(), *(Written(decimal=d, thousands=t) for d, t in ((".", ","), (",", "."), (",", None))))


def unit_of(name: str) -> str:
    """Return the unit that a name says money is in: hundredths, or millionths; nothing where it says none.

    Examples
    --------
    >>> unit_of("amount_cents"), unit_of("price_micros"), unit_of("Percent")
    ('cents', 'micros', '')
    """
    words = set(plain_words(name))
    return "micros" if _MICROS & words else "cents" if _CENTS & words else ""


def find_cents(export: Export, free: Sequence[Profile], money: Sequence[Profile], findings: Findings) -> None:
    """State that money is in cents where a name says so, or ids of a payment service; ask where it may be."""
    if not money or not all(is_whole(export, p, findings) for p in money):
        return
    if any(shows_cents(export, p) and not unit_of(p.name) for p in money):
        return
    if _find_micros(export, free, money, findings):
        return
    named = [p.name for p in money if unit_of(p.name) == "cents"]
    known = sum(p.name in _API for p in free)
    service = money[0].name == "amount" and bool(known) and not is_without_cents(export, free)
    sure = service and not loses_cents(export, money[0]) and _has_ids_of_a_service(export, free)
    if named or sure:
        said = f'"{named[0]}" says so' if named else "whole numbers, as a payment service's interface gives them"
        findings.set("money_in", "cents", said)
        findings.tell(f"money is in cents: {said} (money_in: cents)")
        return
    value = number_of(money[0], findings)
    tens, lines, most = export.one(
        f"SELECT COUNT(*) FILTER ({value} % 10 = 0), COUNT(*), MAX({value}) FROM {TABLE} WHERE {value} <> 0"
    )
    charges = most is not None and most >= _LEAST_CENTS and _has_long_ids_of_a_service(export, free)
    if service or (charges and not is_without_cents(export, free)):
        choices = (
            Choice("in cents: 1999 is 19.99", {"money_in": "cents"}),
            Choice("in whole units of the currency", {"money_in": None}),
        )
        asked = f'"{money[0].name}" holds whole numbers only, up to {most:,}. Is {most} {most / 100:.2f} or {most}.00?'
        findings.ask(Question("money_in", asked, choices))
    elif lines and most >= _LEAST_CENTS and tens < _FEW_TENS * lines:
        findings.why["money_in"] = f'cents, if "{money[0].name}" is in hundredths: it holds whole numbers only'
        findings.tell(f'"{money[0].name}" holds whole numbers only: if they are cents, set money_in: cents')


def _find_micros(export: Export, free: Sequence[Profile], money: Sequence[Profile], findings: Findings) -> bool:
    """State that money is in millionths where a name says so; ask where only its size does."""
    value = number_of(money[0], findings)
    coarse, lines, most, different = export.one(
        f"SELECT COUNT(*) FILTER ({value} % {_MICRO_STEP} = 0), COUNT(*), MAX({value}), COUNT(DISTINCT {value}) "
        f"FROM {TABLE} WHERE {value} <> 0"
    )
    if named := [p.name for p in money if unit_of(p.name) == "micros"]:
        findings.set("money_in", "micros", f'"{named[0]}" says so')
        findings.tell(f'money is in millionths: "{named[0]}" says so (money_in: micros)')
        return True
    if not lines or coarse < lines or different < _LEAST_AMOUNTS or not _is_in(export, free, _OF_A_COFFEE):
        return False
    choices = (
        Choice("in millionths, as Google Play writes money: 4990000 is 4.99", {"money_in": "micros"}),
        Choice("in cents: 1999 is 19.99", {"money_in": "cents"}),
        Choice("in whole units of the currency", {"money_in": None}),
    )
    asked = f'"{money[0].name}" holds tens of thousands only, up to {most:,}. Is {most:,} {most / 1_000_000:,.2f}?'
    findings.ask(Question("money_in", asked, choices))
    return True


def _is_in(export: Export, free: Sequence[Profile], codes: Sequence[str]) -> bool:
    """Say whether a column of currencies names these only."""
    named = [p for p in free if p.type == "VARCHAR" and p.filled and ROLES["currency"].fit(p.name) >= Fit.PARTLY]
    listed = ", ".join(map(literal, codes))
    others = [export.one(f"SELECT COUNT(*) FILTER (UPPER({p.sql}) NOT IN ({listed})) FROM {TABLE}")[0] for p in named]
    return 0 in others


def _has_ids_of_a_service(export: Export, free: Sequence[Profile]) -> bool:
    """Say whether a column holds ids of charges as Stripe writes them."""
    return lines_of_ids(export, free, "(ch|py|pi|in|txn)_[A-Za-z0-9]+") >= _NEARLY_ALL * export.lines


def _has_long_ids_of_a_service(export: Export, free: Sequence[Profile]) -> bool:
    """Say whether ids are as long as a service's: who calls their own ids txn_0001 writes money as they like."""
    ids = "(ch|py|pi|in|txn)_[A-Za-z0-9]+"
    return lines_of_ids(export, free, ids, letters=_LONG_ID) >= _NEARLY_ALL * export.lines


def lines_of_ids(export: Export, columns: Sequence[Profile], pattern: str, *, letters: int = 1) -> int:
    """Return on how many lines the column with most of them has ids of a pattern, of at least so many letters."""
    texts = [p for p in columns if p.type == "VARCHAR" and p.filled and not p.is_number and not p.is_date]
    ids = [f"COUNT(*) FILTER (regexp_full_match({p.sql}, '{pattern}') AND LENGTH({p.sql}) >= {letters})" for p in texts]
    return max(export.one(f"SELECT {', '.join(ids)} FROM {TABLE}")) if ids else 0


def is_without_cents(export: Export, free: Sequence[Profile], codes: Sequence[str] = _NO_CENTS) -> bool:
    """Say whether a line is in one of these currencies: in those that have no cents, unless others are given."""
    named = [p for p in free if p.type == "VARCHAR" and ROLES["currency"].fit(p.name) >= Fit.PARTLY]
    listed = ", ".join(map(literal, codes))
    return any(export.one(f"SELECT COUNT(*) FILTER (UPPER({p.sql}) IN ({listed})) FROM {TABLE}")[0] for p in named)


def is_whole(export: Export, p: Profile, findings: Findings) -> bool:
    """Say whether a column holds whole numbers only."""
    value = number_of(p, findings)
    query = f"SELECT COUNT(*) FILTER (v <> FLOOR(v)), COUNT(v) FROM (SELECT {value} AS v FROM {TABLE}) AS numbers"
    broken, read = export.one(query)
    return bool(read) and not broken


def shows_cents(export: Export, p: Profile) -> bool:
    """Say whether numbers are written with cents, be they 0 (19.00): then they are no number of hundredths."""
    if not parse.holds_texts(p.type):
        return p.type.endswith((",2)", ",4)"))
    shown = f"regexp_matches({parse.words(p.sql, p.type)}, '{_CENTS_SHOWN}')"
    return bool(export.one(f"SELECT COUNT(*) FILTER ({shown}) FROM {TABLE}")[0])


def loses_cents(export: Export, p: Profile) -> bool:
    """Say whether 19.00 and 19 are kept alike, as in workbooks: that a number is whole says less there."""
    return export.layout.kind == "workbook" or p.type in ("FLOAT", "DOUBLE")


def number_of(p: Profile, findings: Findings) -> str:
    """Return the SQL of a column's numbers, with the marks that are stated."""
    written = Written(decimal=findings.settings.get("decimal"), thousands=findings.settings.get("thousands"))
    return parse.number(p.sql, p.type, written).value


def marks_that_read(export: Export, *columns: Profile) -> Written:
    """Return the marks that read most of the numbers: what is stated of them is found later."""
    return ways_that_read(export, *columns)[0]


def ways_that_read(export: Export, *columns: Profile) -> list[Written]:
    """Return all marks that read as many of the numbers as any does."""
    # Column by column: each is then counted once, whatever it is asked about with.
    each = [
        export.one(
            f"SELECT {', '.join(f'COUNT({parse.number(p.sql, p.type, way).value})' for way in _WAYS)} FROM {TABLE}"
        )
        for p in columns
    ]
    known = [sum(counts) for counts in zip(*each, strict=True)]
    return [way for way, n in zip(_WAYS, known, strict=True) if n == max(known)]
