"""What a contract is of, what it costs, and for how long that pays."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import sqrt

from holdfast.contractual.periods import period_of
from holdfast.data.values import parse
from holdfast.data.values.words import word_list
from holdfast.onboarding.called.names import ROLES, Fit, plain_words
from holdfast.onboarding.contracts.hundredths import Prices, Unit, prices_of
from holdfast.onboarding.contracts.labels import is_emptied
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Choice, Findings, Question, listed
from holdfast.onboarding.money.amounts import number_of
from holdfast.onboarding.money.marks import find_marks
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

_YEARLY = {"yearly", "annual", "annually", "annualised", "annualized", "arr", "acv", "arspraemie"}
_YEARLY |= {"jahrlich", "jahresbeitrag", "jahrespreis", "arlig", "arspris", "annuel", "anual", "annuo"}
_YEARLY |= {"annuelle", "annuale", "arsavgift", "jaarlijks", "jaarprijs"}
_MONTHLY = {"monthly", "month", "mrr", "monatsbeitrag", "monatsbetrag", "manedspris", "maned", "mensuel", "mensuelle"}
_MONTHLY |= {"mensual", "mensile", "mensal", "monatlich", "monatspreis", "manedlig", "manadspris", "manadsavgift"}
_MONTHLY |= {"maandelijks", "maandprijs", "maandbedrag", "mois", "mes", "mese", "maand", "manad"}
# Of a year, and in whole money: insurers' and clubs'.
_PREMIUMS = {"premium", "premie", "praemie", "pramie", "forsikringspraemie", "versicherungspramie", "beitrag"}
# Of periods for which is paid; of a term, or of how long somebody has been there.
_BILLED = word_list("""
    interval billing period cycle frequen zahlweise abrechnung turnus rhythm cadence faktureringsint betalingsint
    frekven frecuen frequenz facturation periodic zahlungs
""")
_TERMS = word_list("""
    term laufzeit duration dauer commit contract vertrag bindung binding bindetid age tenure since alder minimum notice
    frist length lobetid engagement duree plazo durata trial warranty lopetid avtal aftale looptijd umowa umow
""")
_MOST_WORDS = 12
# How many bills there were is no period.
_COUNTS = {"cycles", "periods", "count", "number", "remaining", "left", "completed", "anzahl", "antal"}
# Prices that differ so much by a billing period that cannot be read are not all of one.
_APART = 2.5
_MOST_PERIODS = 60


def find_terms(
    export: Export,
    found: Sequence[Profile],
    findings: Findings,
    *,
    dated: bool,
    ends: Sequence[Profile] = (),
    paid: Sequence[Profile] = (),
) -> None:
    """State how numbers are written, the columns of the plan and the price, and the days that a price pays for.

    ``dated``: of spells, whose ends may stand in the columns ``ends``: a price that is 0 from then on says who left.
    ``paid``: what was paid for each term, and the column of its days where terms differ.
    """
    called = [p for p in found if ROLES["price"].fit(p.name) >= Fit.PARTLY]
    emptied = [p for p in called if any(is_emptied(export, p, is_filled(end.sql)) for end in ends)]
    price = paid[0] if paid else _price([p for p in found if p not in emptied])
    # Every other column teaches the model: one whose marks are not known would be a column of words.
    if not find_marks(export, [p for p in found if p.is_number], findings):
        find_marks(export, [price] if price else [], findings)
    plan = fitting([p for p in found if p is not price], "plan")
    if plan is not None and _has_plans(plan):
        findings.set("columns.plan", plan.name)
        findings.tell(f'plan: "{plan.name}" ({counted(plan.distinct, "different one")})')
    if price is None:
        if emptied:
            named, are = listed([p.name for p in emptied]), "is" if len(emptied) == 1 else "are"
            findings.tell(
                f"price: {named} {are} 0 or blank where a contract has ended, and left out: what"
                " those who left had paid is not known. Export what each contract cost while it ran, such as "
                "the price of its plan or its last recurring revenue before the end, and name that column under "
                "subscriptions.columns.price"
            )
        return
    words = set(plain_words(price.name))
    per, lengths = (None, {}) if words & (_YEARLY | _MONTHLY) else lengths_of(export, found)
    read = per is not None or len(paid) > 1 or bool(words & (_YEARLY | _MONTHLY))
    of = _period(price, per, words, lengths) if dated else None
    if not read and _ask_unread(export, found, price, of, findings):
        return
    prices = prices_of(export, found, price, findings)
    if prices.unit is Unit.OPEN and words & (_YEARLY | _PREMIUMS):
        prices = prices._replace(unit=Unit.WHOLE)
    if prices.unit is Unit.OPEN:
        prices = prices._replace(unit=_asked(price, prices, of, findings))
    if prices.unit is not Unit.OPEN:
        _state(price, prices, of, findings)
    _find_periods(export, found, price, per, lengths, paid, findings)


def _find_periods(
    export: Export,
    found: Sequence[Profile],
    price: Profile,
    per: Profile | None,
    lengths: dict[int, tuple[str, int]],
    paid: Sequence[Profile],
    findings: Findings,
) -> None:
    """State for how long prices pay, where they differ."""
    several = _several(export, found) if per is not None else None
    if len(paid) > 1:
        findings.set("columns.price_per", paid[1].name, "prices are divided to be of a month")
        findings.tell(f'price_per: "{paid[1].name}" says for how many days a price pays')
    elif per is not None and (several is not None or len(lengths) > 1):
        _state_periods(export, price, per, several, lengths, findings)


def _state(price: Profile, prices: Prices, of: tuple[int, str] | None, findings: Findings) -> None:
    """State the column of the price, in what it is, and the days that it pays for."""
    findings.set("columns.price", price.name)
    by, said = 1, ""
    if prices.unit is Unit.HUNDREDTH:
        written = f"{prices.most:,.0f} is {prices.most / 100:,.2f}"
        by, said = 100, f"; in hundredths, as billing systems write money: {written} (money_in: cents)"
        findings.set("money_in", "cents", written)
    range_ = f", from {_money(prices.least / by)} to {_money(prices.most / by)}" if prices.most else ""
    findings.tell(f'price: "{price.name}"{range_}{said}')
    if of is not None:
        findings.set("period_days", *of)
        findings.tell(f"period_days: {of[0]}, as {of[1]}")


def _several(export: Export, found: Sequence[Profile]) -> Profile | None:
    """Return the column that says of how many periods a price is ("billing_interval" 3 beside month), if not all 1."""
    for p in found:
        if p.is_number and p.is_whole and not p.is_date and "interval" in "".join(plain_words(p.name)):
            least, most = export.one(
                f"SELECT MIN(TRY_CAST({p.sql} AS DOUBLE)), MAX(TRY_CAST({p.sql} AS DOUBLE)) FROM {TABLE}"
            )
            if least is not None and least >= 1 and 1 < most <= _MOST_PERIODS:
                return p
    return None


def _state_periods(
    export: Export,
    price: Profile,
    per: Profile,
    several: Profile | None,
    lengths: dict[int, tuple[str, int]],
    findings: Findings,
) -> None:
    """State the columns that say for how long prices pay, if those of longer periods are as much higher."""
    rows = " and ".join(f'"{word}" ({counted(n, "row")})' for word, n in lengths.values())
    if several is not None and _rise(export, price, per, several, findings):
        findings.set("columns.price_per", per.name, "prices are divided to be of a month")
        findings.set("columns.price_periods", several.name, "of so many of these")
        of = f', "{several.name}" of how many (price_periods)'
    elif _rise(export, price, per, None, findings):
        findings.set("columns.price_per", per.name, "prices are divided to be of a month")
        of = ""
    else:
        findings.tell(f'price: for {rows} about as much, so "{price.name}" is taken to be of one period already')
        return
    findings.tell(f'price_per: "{per.name}" says for how long a price pays{of}: {rows}')


def _rise(export: Export, price: Profile, per: Profile, several: Profile | None, findings: Findings) -> bool:
    """Say whether prices rise with the periods, of which ``several`` says how many; else they are of one already."""
    value, text = number_of(price, findings), f"CAST({parse.text(per.sql, per.type)} AS VARCHAR)"
    count = f"COALESCE(TRY_CAST({several.sql} AS DOUBLE), 1)" if several else "1"
    query = (
        f"SELECT {text}, {count}, MEDIAN({value}) FILTER ({value} > 0) FROM {TABLE} WHERE {is_filled(per.sql)} "
        "GROUP BY 1, 2"
    )
    medians: dict[float, list[float]] = {}
    for word, n, median in export.connection.execute(query).fetchall():
        days = period_of(word)
        if days is not None and median is not None:
            medians.setdefault(days * n, []).append(float(median))
    priced = sorted(medians)
    # Nearer to the ratio of the periods than to one.
    return len(priced) > 1 and all(
        max(medians[long]) >= sqrt(long / short) * min(medians[short]) for short, long in pairwise(priced)
    )


def _asked(price: Profile, prices: Prices, of: tuple[int, str] | None, findings: Findings) -> Unit:
    """Ask whether whole numbers are hundredths; return what was answered, else that it is open.

    ``of``: the days that a price pays for, and why, which are stated with the column.
    """
    most = prices.most
    stated = {"columns.price": price.name} | ({"period_days": of[0]} if of else {})
    choices = (
        Choice(f"in whole units of the currency: {most:,.0f} is {most:,.2f}", stated),
        Choice(f"in hundredths: {most:,.0f} is {most / 100:,.2f}", stated | {"money_in": "cents"}),
    )
    asked = (
        f'"{price.name}" holds whole numbers only, from {prices.least:,.0f} to {most:,.0f}. Does the dearest contract '
        f"cost {most:,.2f}, or {most / 100:,.2f}?"
    )
    chosen = findings.ask(Question("columns.price", asked, choices))
    if chosen is None:
        return Unit.OPEN
    return Unit.HUNDREDTH if "money_in" in chosen.settings else Unit.WHOLE


def _money(value: float) -> str:
    return f"{value:,.2f}".removesuffix(".00")


def _price(found: Sequence[Profile]) -> Profile | None:
    """Return the column of prices: what is called a tariff may also number the plans, which whole numbers alone do."""
    numbers = [p for p in found if p.is_number and not p.is_date and p.filled]
    plans = [p for p in found if not p.is_number and not p.is_date and ROLES["plan"].fit(p.name) >= Fit.PARTLY]
    able = [p for p in numbers if plans or not p.is_whole or ROLES["plan"].fit(p.name) < Fit.PARTLY]
    return best(able, ROLES["price"].fit)


def _period(
    price: Profile, per: Profile | None, words: set[str], lengths: dict[int, tuple[str, int]]
) -> tuple[int, str] | None:
    """Return the days that every price pays for, and why, where they are not a month's."""
    if words & _YEARLY:
        return 365, f'"{price.name}" is what a year costs'
    if len(lengths) == 1 and 30 not in lengths:
        ((days, (word, _)),) = lengths.items()
        if per is not None and _has_digits(word) and not is_of_billing(per.name):
            # Of "12 months" on every line it may be the shortest term, of a price of a month.
            return None
        return days, f'every price is for a period called "{word}"'
    return None


def lengths_of(export: Export, found: Sequence[Profile]) -> tuple[Profile | None, dict[int, tuple[str, int]]]:
    """Return the column that names billing periods, and their lengths with word and rows: all of its words are such."""
    for p in sorted(found, key=lambda p: not is_of_billing(p.name)):
        if p.type != "VARCHAR" or p.is_number or p.is_date or not 0 < p.distinct <= _MOST_WORDS:
            continue
        of_terms = not is_of_billing(p.name) and any(word in "".join(plain_words(p.name)) for word in _TERMS)
        lengths: dict[int, tuple[str, int]] = {}
        for word, n in export.lines_by(parse.text(p.sql, p.type), is_filled(p.sql)).items():
            days = period_of(word)
            if days is None or (of_terms and _has_digits(word)):
                break
            first, before = lengths.get(days, (word, 0))
            lengths[days] = (first, before + n)
        else:
            # One letter alone may say yes, or who somebody is.
            if len(lengths) > 1 or all(len(word) > 1 for word, _ in lengths.values()):
                return p, lengths
    return None, {}


def is_of_billing(name: str) -> bool:
    """Say whether a column is called after the period for which is paid.

    Examples
    --------
    >>> [is_of_billing(name) for name in ("Interval Unit", "Billing Cycle", "Zahlweise", "Contract term")]
    [True, True, True, False]
    """
    return any(word in "".join(plain_words(name)) for word in _BILLED)


def _has_digits(word: str) -> bool:
    return any(c.isdigit() for c in word)


def _ask_unread(
    export: Export, found: Sequence[Profile], price: Profile, of: tuple[int, str] | None, findings: Findings
) -> bool:
    """Ask what prices pay for where they differ by a billing period that cannot be read; say whether it was asked."""
    value = number_of(price, findings)
    for p in found:
        if (
            not is_of_billing(p.name)
            or _COUNTS & set(plain_words(p.name))
            or p.is_date
            or p == price
            or not 1 < p.distinct <= _MOST_WORDS
        ):
            continue
        text = f"CAST({parse.text(p.sql, p.type)} AS VARCHAR)"
        rows = export.connection.execute(
            f"SELECT {text}, MEDIAN({value}) FILTER ({value} > 0) AS median FROM {TABLE} WHERE {is_filled(p.sql)} "
            "GROUP BY 1 ORDER BY median, 1"
        ).fetchall()
        priced = [(word, float(median)) for word, median in rows if median is not None]
        if len(priced) < 2 or priced[-1][1] < _APART * priced[0][1]:
            continue
        (low, least), (high, most) = priced[0], priced[-1]
        stated = {"columns.price": price.name} | ({"period_days": of[0]} if of else {})
        choices = (
            Choice("of different periods: left out", {"columns.price": None}),
            Choice("of one period all, whatever this column says", stated),
        )
        asked = (
            f'"{p.name}" seems to say for how long a price pays, and cannot be read: "{price.name}" is '
            f'{_money(least)} (median) where it says "{low}", and {_money(most)} where it says "{high}". What are the '
            "prices? (Words such as month and year, or days such as 30 and 365, are read: columns.price_per)"
        )
        chosen = findings.ask(Question("columns.price", asked, choices))
        return chosen is None or chosen.settings["columns.price"] is None
    return False


def _has_plans(p: Profile) -> bool:
    """Say whether many customers share a value: a column called "contract" may as well hold the contract's number."""
    return 2 * p.distinct <= p.filled


def fitting(found: Sequence[Profile], role: str) -> Profile | None:
    """Return the column, of no dates, whose name fits best, the first of equals."""
    return best([p for p in found if not p.is_date and p.filled], ROLES[role].fit)


def best(able: Sequence[Profile], fit: Callable[[str], Fit]) -> Profile | None:
    """Return the column whose name fits best, the first of equals; nothing where none fits."""
    return max((p for p in able if fit(p.name) >= Fit.PARTLY), key=lambda p: fit(p.name), default=None)
