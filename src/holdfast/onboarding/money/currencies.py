"""Lines in several currencies: which of them count, or what converts them."""

from collections.abc import Mapping, Sequence
from typing import Any

from holdfast.data.values import parse
from holdfast.data.values.numbers import KNOWN, currency_sql
from holdfast.data.values.readings import count_of, pattern_of
from holdfast.onboarding.called.names import BESIDE_PRICE, ROLES, Fit, is_converted
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Choice, Findings, Question
from holdfast.onboarding.money.converting import code_in, converting
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

_MOST_CATEGORIES = 30
_NAMED = {"€": "EUR", "£": "GBP"}


def find_currency(export: Export, found: Sequence[Profile], known: Mapping[str, Profile], findings: Findings) -> None:
    """State the currency where there is one; ask which lines count where there are several."""
    for p in found:
        if ROLES["currency"].fit(p.name) >= Fit.PARTLY and p.type == "VARCHAR":
            rows = export.connection.execute(
                f"SELECT UPPER({p.sql}), COUNT(*) FROM {TABLE} WHERE regexp_full_match({p.sql}, '[A-Za-z]{{3}}') "
                "GROUP BY 1 ORDER BY 2 DESC, 1"
            ).fetchall()
            if rows and len(rows) <= _MOST_CATEGORIES:
                counts = {str(code): int(n) for code, n in rows}
                if len(counts) > 1 and _is_in_one(known, counts, findings):
                    return
                others = [*_converted(export, found, known), *_rates(found)]
                others += converting(export, found, known, p, list(counts), others, findings)
                _of_column(p, counts, findings, others)
                return
    money = next((known[role] for role in ("amount", "unit_price") if role in known), None)
    if money is not None and parse.holds_texts(money.type):
        sign = currency_sql(parse.words(money.sql, money.type))
        signs = f"(SELECT {sign} AS sign FROM {TABLE} WHERE {is_filled(money.sql)})"
        _of_signs(money, count_of(export.connection, signs, "sign"), findings)


def _is_in_one(known: Mapping[str, Profile], counts: Mapping[str, int], findings: Findings) -> bool:
    """State the currency that the amount's own name ends in, where a column names several: it was converted to it."""
    money = known.get("amount")
    code = code_in(money.name, list(counts)) if money else ""
    if money and code:
        findings.set("currency", code, f'"{money.name}" says so, on lines of every currency')
        findings.tell(f'currency: {code}, as "{money.name}" says')
    return bool(code)


def _rates(found: Sequence[Profile]) -> list[Choice]:
    """Return the choice to convert, for each column that a name says is one of rates: its direction nothing shows."""
    named = [p.name for p in found if p.is_number and BESIDE_PRICE["rate"].fit(p.name) >= Fit.PARTLY]
    return [
        Choice(f'all lines, each × "{name}": what one unit of its currency is worth in yours', {"columns.rate": name})
        for name in named
    ]


def _converted(export: Export, found: Sequence[Profile], known: Mapping[str, Profile]) -> list[Choice]:
    """Return the choice to count every line by the amount that the export converted to one currency, if it did."""
    converted = [p for p in found if is_converted(p.name) and p.name not in {one.name for one in known.values()}]
    amounts, backs = list[Profile](), list[Profile]()
    for p in (p for p in converted if p.is_number):
        back = BESIDE_PRICE["refunded"].fit(p.name) >= Fit.PARTLY
        (backs if back else amounts if ROLES["amount"].fit(p.name) >= Fit.PARTLY else []).append(p)
    codes = [p for p in converted if ROLES["currency"].fit(p.name) >= Fit.PARTLY and p.distinct == 1]
    if len(amounts) != 1 or "amount" not in known or len(codes) != 1:
        return []
    asked = f"SELECT UPPER(MIN({codes[0].sql})) FROM {TABLE} WHERE {is_filled(codes[0].sql)}"
    code = str(export.connection.execute(asked).fetchall()[0][0])
    keys: dict[str, Any] = {"columns.amount": amounts[0].name, "columns.currency": codes[0].name, "currency": code}
    if len(backs) == 1:
        keys["columns.refunded"] = backs[0].name
    return [Choice(f'all lines, by "{amounts[0].name}", which is {code} on every line', keys)]


def _of_column(p: Profile, counts: Mapping[str, int], findings: Findings, others: Sequence[Choice]) -> None:
    if len(counts) == 1:
        (code,) = counts
        findings.set("currency", code, f'the only one in "{p.name}"')
        findings.tell(f"currency: {code}")
        return
    findings.set("columns.currency", p.name)
    kept = findings.settings.get("rules.keep") or []
    rules = {code: [*kept, {"column": p.name, "values": [code]}] for code in counts}
    _ask(f'"{p.name}" names several currencies', counts, rules, findings, others)


def _of_signs(money: Profile, counts: Mapping[str, int], findings: Findings) -> None:
    named = {sign: n for sign, n in counts.items() if KNOWN.fullmatch(sign)}
    if len(counts) == 1 and named:
        (sign,) = named
        code = _NAMED.get(sign, sign)
        if len(code) == 3 and code.isalpha():
            findings.set("currency", code, f'"{money.name}" says so on every line')
            findings.tell(f"currency: {code}")
    elif len(named) > 1 or (named and len(counts) > 1):
        kept = findings.settings.get("rules.keep") or []
        rules = {sign: [*kept, {"column": money.name, "pattern": pattern_of(sign)}] for sign in counts}
        _ask(f'the amounts in "{money.name}" are in several currencies', counts, rules, findings)


def _ask(
    said: str,
    counts: Mapping[str, int],
    rules: Mapping[str, list[dict[str, Any]]],
    findings: Findings,
    others: Sequence[Choice] = (),
) -> None:
    lines = ", ".join(f"{sign or 'none named'} on {counted(n, 'line')}" for sign, n in counts.items())
    choices = []
    for sign in counts:
        code = _NAMED.get(sign, sign)
        currency = {"currency": code} if len(code) == 3 and code.isalpha() else {}
        choices.append(Choice(f"{sign or 'lines that name none'} only", {"rules.keep": rules[sign], **currency}))
    converted = "" if others else " without a column of rates (columns.rate)"
    asked = f"{said} ({lines}), and amounts are not converted{converted}. Lines of which one count?"
    if others:
        asked += " If another column than these converts them, state it (columns.rate)."
    chosen = findings.ask(Question("rules.keep", asked, (*choices, *others)))
    if chosen is not None and chosen.settings.get("columns.currency", "") is None:
        findings.settings.pop("columns.currency", None)
