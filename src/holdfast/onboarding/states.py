"""Lines in a state in which nothing was sold, test lines, and lines in several currencies: which of them count."""

from collections.abc import Mapping, Sequence
from typing import Any

from holdfast.data.engine import literal
from holdfast.data.values import parse
from holdfast.data.values.numbers import KNOWN, currency_sql
from holdfast.data.values.readings import count_of, pattern_of
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Choice, Findings, Question
from holdfast.onboarding.names import BESIDE_PRICE, ROLES, Fit, plain_words
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

# Words of states in which nothing was sold, or not for good; only these are ever shown.
_NO_SALE = {
    "cancelled": (
        *("cancelled", "canceled", "voided", "void", "storniert", "annulleret", "annullert", "makulerad", "annule"),
        *("annulé", "annulée", "cancelado", "cancelada", "annullato"),
    ),
    "failed": ("failed", "declined", "expired", "fehlgeschlagen", "mislykket", "echoue", "échoué", "fallido"),
    "pending": (
        *("pending", "on-hold", "on hold", "unpaid", "authorized", "checkout-draft", "draft", "offen", "ausstehend"),
        *("afventer", "en attente", "pendiente", "pending payment", "awaiting payment"),
    ),
    "test": ("test", "testordre", "testbestellung"),
}
_REFUNDED = (
    *("refunded", "returned", "chargeback", "charged back", "erstattet", "erstattat", "refunderet", "rembourse"),
    *("remboursé", "reembolsado"),
)
# What a column called so says on lines that are tests.
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")
_FLAGS = {"test": _TRUE, "istest": _TRUE, "testmode": _TRUE, "testorder": _TRUE, "livemode": _FALSE}
_MOST_CATEGORIES = 30
_NAMED = {"€": "EUR", "£": "GBP"}


def find_states(export: Export, found: Sequence[Profile], worth: str, findings: Findings) -> None:
    """Drop lines in a state in which nothing was sold, and test lines; ask about refunded ones.

    Parameters
    ----------
    export, found
        The files, and their columns.
    worth
        SQL of what a line is worth; nothing where no column says it.
    findings
        Gets ``rules.drop``, with the lines and the money of each.
    """
    rules: list[dict[str, Any]] = []
    for p in found:
        flagged = _FLAGS.get("".join(plain_words(p.name)))
        if flagged is not None:
            rules += _dropped(export, p, {"test": _words_of(export, p, flagged)}, worth, findings)
    states = [p for p in found if ROLES["status"].fit(p.name) >= Fit.PARTLY and p.distinct <= _MOST_CATEGORIES]
    for p in states:
        rules += _dropped(
            export, p, {state: _words_of(export, p, words) for state, words in _NO_SALE.items()}, worth, findings
        )
    if rules:
        findings.set("rules.drop", rules, "nothing was sold, or not for good")
    for p in states:
        refunded = _words_of(export, p, _REFUNDED)
        if refunded:
            _refunded(export, p, refunded, worth, findings, rules)


def _words_of(export: Export, p: Profile, words: Sequence[str]) -> list[str]:
    """Return which of these words a column holds, as it spells them; WooCommerce's own prefix aside."""
    text = parse.bare(p.sql)
    known = ", ".join(map(literal, words))
    rows = export.connection.execute(
        f"SELECT DISTINCT {text} FROM {TABLE} WHERE regexp_replace(LOWER({text}), '^wc-', '') IN ({known}) ORDER BY 1"
    ).fetchall()
    # Rules look past capitals: one spelling of each is enough.
    return list({str(row[0]).lower(): str(row[0]) for row in rows}.values())


def _dropped(
    export: Export, p: Profile, states: Mapping[str, Sequence[str]], worth: str, findings: Findings
) -> list[dict[str, Any]]:
    """Return the rule that drops lines in some states, and say how many they are and what they come to."""
    values = [word for words in states.values() for word in words]
    if not values:
        return []
    parts = [f"{_lines(export, p, words, worth)} {state}" for state, words in states.items() if words]
    findings.tell(f'status: "{p.name}" says {", ".join(parts)}: dropped (rules.drop)')
    return [{"column": p.name, "values": values}]


def _lines(export: Export, p: Profile, words: Sequence[str], worth: str) -> str:
    """Return how many lines hold one of these words, and what they come to."""
    query = f"SELECT COUNT(*), COALESCE(SUM({worth or 0}), 0) FROM {TABLE} WHERE {_holds(p, words)}"
    ((lines, money),) = export.connection.execute(query).fetchall()
    return f"{counted(lines, 'line')} ({float(money):,.2f})" if worth else counted(lines, "line")


def _holds(p: Profile, words: Sequence[str]) -> str:
    """Return the SQL that is true where a column holds one of these words."""
    return f"LOWER({parse.bare(p.sql)}) IN ({', '.join(literal(w.lower()) for w in words)})"


def _refunded(
    export: Export, p: Profile, words: list[str], worth: str, findings: Findings, rules: list[dict[str, Any]]
) -> None:
    """Keep refunded lines that are below 0, as returns; ask about those that are not."""
    positive = f"SELECT COUNT(*) FILTER ({worth} > 0) FROM {TABLE} WHERE {_holds(p, words)}"
    above = export.one(positive)[0] if worth else 1
    said = f'"{p.name}" says {_lines(export, p, words, worth)} refunded'
    if not above:
        findings.tell(f"status: {said}: kept, as amounts below 0 are returns")
        return
    drop = [*rules, {"column": p.name, "values": words}]
    choices = (
        Choice("drop them: their amounts are what was paid before the refund", {"rules.drop": drop}),
        Choice("keep them: refunds stand elsewhere in the file, as lines below 0", {"rules.drop": rules or None}),
    )
    findings.settings.pop("rules.drop", None)
    chosen = findings.ask(Question("rules.drop", f"{said}, with amounts above 0. Do they count?", choices))
    if chosen is not None and rules:
        findings.set("rules.drop", chosen.settings["rules.drop"], "your answer")


def find_currency(export: Export, found: Sequence[Profile], known: Mapping[str, Profile], findings: Findings) -> None:
    """State the currency where there is one; ask which lines count where there are several."""
    for p in found:
        if ROLES["currency"].fit(p.name) >= Fit.PARTLY and p.type == "VARCHAR":
            rows = export.connection.execute(
                f"SELECT UPPER({p.sql}), COUNT(*) FROM {TABLE} WHERE regexp_full_match({p.sql}, '[A-Za-z]{{3}}') "
                "GROUP BY 1 ORDER BY 2 DESC, 1"
            ).fetchall()
            if rows and len(rows) <= _MOST_CATEGORIES:
                _of_column(p, {str(code): int(n) for code, n in rows}, findings, _rates(found))
                return
    money = next((known[role] for role in ("amount", "unit_price") if role in known), None)
    if money is not None and parse.holds_texts(money.type):
        sign = currency_sql(parse.words(money.sql, money.type))
        signs = f"(SELECT {sign} AS sign FROM {TABLE} WHERE {is_filled(money.sql)})"
        _of_signs(money, count_of(export.connection, signs, "sign"), findings)


def _rates(found: Sequence[Profile]) -> list[Choice]:
    """Return the choice to convert, for each column that a name says is one of rates: its direction nothing shows."""
    said = "all lines, each × this: what one unit of its currency is worth in yours (under columns)"
    named = [p.name for p in found if p.is_number and BESIDE_PRICE["rate"].fit(p.name) >= Fit.PARTLY]
    return [Choice(said, {"columns.rate": name}) for name in named]


def _of_column(p: Profile, counts: Mapping[str, int], findings: Findings, rates: Sequence[Choice]) -> None:
    if len(counts) == 1:
        (code,) = counts
        findings.set("currency", code, f'the only one in "{p.name}"')
        findings.tell(f"currency: {code}")
        return
    findings.set("columns.currency", p.name)
    rules = {code: [{"column": p.name, "values": [code]}] for code in counts}
    _ask(f'"{p.name}" names several currencies', counts, rules, findings, rates)


def _of_signs(money: Profile, counts: Mapping[str, int], findings: Findings) -> None:
    named = {sign: n for sign, n in counts.items() if KNOWN.fullmatch(sign)}
    if len(counts) == 1 and named:
        (sign,) = named
        code = _NAMED.get(sign, sign)
        if len(code) == 3 and code.isalpha():
            findings.set("currency", code, f'"{money.name}" says so on every line')
            findings.tell(f"currency: {code}")
    elif len(named) > 1 or (named and len(counts) > 1):
        rules = {sign: [{"column": money.name, "pattern": pattern_of(sign)}] for sign in counts}
        _ask(f'the amounts in "{money.name}" are in several currencies', counts, rules, findings)


def _ask(
    said: str,
    counts: Mapping[str, int],
    rules: Mapping[str, list[dict[str, Any]]],
    findings: Findings,
    rates: Sequence[Choice] = (),
) -> None:
    lines = ", ".join(f"{sign or 'none named'} on {counted(n, 'line')}" for sign, n in counts.items())
    choices = []
    for sign in counts:
        code = _NAMED.get(sign, sign)
        currency = {"currency": code} if len(code) == 3 and code.isalpha() else {}
        choices.append(Choice(f"{sign or 'lines that name none'} only", {"rules.keep": rules[sign], **currency}))
    asked = f"{said} ({lines}), and amounts are not converted. Lines of which one count?"
    findings.ask(Question("rules.keep", asked, (*choices, *rates)))
