"""Columns that convert amounts in several currencies to one, by their names, or by what they hold."""

from collections.abc import Mapping, Sequence

from holdfast.onboarding.called.names import ROLES, Fit, is_converted, plain_words
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Choice, Findings
from holdfast.onboarding.money.amounts import number_of
from holdfast.onboarding.profile import Profile

_RATES = {"rate", "rates", "fx", "kurs", "conversion", "exchange", "wechselkurs", "umrechnungskurs", "taux", "cambio"}
_HOME = {"home", "base", "reporting", "converted", "hjemme", "basis"}
# Of the lines in the shop's own currency so many have the same amount, or 1; of those in another hardly any.
_NEARLY_ALL, _HARDLY_ANY = 0.98, 0.1
# Rates of one currency differ so much at most, over years: the largest 95 % against the smallest.
_SPREAD = 2.0
_LEAST_LINES = 5
_GOES_OUT = ": the key currency below columns goes out"


def code_in(name: str, codes: Sequence[str]) -> str:
    """Return the currency, one of these, that is the first or the last word of a name; nothing where none is.

    Examples
    --------
    >>> code_in("total_eur", ["EUR", "USD"]), code_in("Betrag EUR", ["EUR", "USD"]), code_in("total", ["EUR", "USD"])
    ('EUR', 'EUR', '')
    """
    words = plain_words(name)
    ends = {words[0], words[-1]} if len(words) > 1 else set()
    return next((code for code in codes if code.lower() in ends), "")


def converting(
    export: Export,
    found: Sequence[Profile],
    known: Mapping[str, Profile],
    currency: Profile,
    codes: Sequence[str],
    offered: Sequence[Choice],
    findings: Findings,
) -> list[Choice]:
    """Return the choices to count every line by another column, or by a rate, beside those offered already.

    By its name a column holds one of the currencies; by its contents it is the amount, or 1, on the lines of one of
    them, and on the lines of each other keeps to a rate.
    """
    named = {name for choice in offered for name in choice.settings.values() if isinstance(name, str)}
    taken = {p.name for p in known.values()} | named
    choices = []
    for p in (p for p in found if p.is_number and p.name not in taken and p.distinct > 1):
        words = set(plain_words(p.name))
        code = code_in(p.name, codes)
        amount, rate = _own_currencies(export, p, known.get("amount"), currency, codes, findings)
        is_rate = bool(rate) or bool(words & _RATES and code)
        if is_rate:
            said = f'all lines, each × "{p.name}": what one unit of its currency is worth in {rate or code or "yours"}'
            choices.append(Choice(said, {"columns.rate": p.name, "currency": rate or code}))
        elif amount or (code and ROLES["amount"].fit(p.name) >= Fit.PARTLY):
            code = amount or code
            keys = {"columns.amount": p.name, "columns.currency": None, "currency": code}
            choices.append(Choice(f'all lines, by "{p.name}", which is in {code} on every line{_GOES_OUT}', keys))
        elif ROLES["amount"].fit(p.name) >= Fit.PARTLY and (words & _HOME or is_converted(p.name)):
            keys = {"columns.amount": p.name, "columns.currency": None}
            said = f'all lines, by "{p.name}", which is in one currency, as its name says{_GOES_OUT}'
            choices.append(Choice(said, keys))
    return choices


def _own_currencies(
    export: Export,
    p: Profile,
    amount: Profile | None,
    currency: Profile,
    codes: Sequence[str],
    findings: Findings,
) -> tuple[str, str]:
    """Return the currency on whose lines a column is the amount, and the one on whose lines it is 1; else nothing."""
    value = number_of(p, findings)
    money = number_of(amount, findings) if amount else value
    cells = f"SELECT UPPER({currency.sql}) AS code, {value} AS v, {money} AS m FROM {TABLE}"
    rows = export.connection.execute(
        "SELECT code, COUNT(*), AVG(CAST(ABS(v - m) <= 0.01 AS INT)), AVG(CAST(v = 1 AS INT)), "
        "quantile_cont(v / m, 0.975) <= ? * quantile_cont(v / m, 0.025), "
        "quantile_cont(v, 0.975) <= ? * quantile_cont(v, 0.025) "
        f"FROM ({cells}) WHERE v > 0 AND m > 1 GROUP BY code",
        [_SPREAD, _SPREAD],
    ).fetchall()
    lines = {row[0]: row for row in rows if row[0] in codes and row[1] >= _LEAST_LINES}
    if len(lines) < len(rows) or len(lines) < 2:
        return "", ""
    own = ["", ""]
    for i, (same, steady) in enumerate(((2, 4), (3, 5))):
        if i == 0 and amount is None:
            continue
        of_one = [code for code, row in lines.items() if row[same] >= _NEARLY_ALL]
        others = [row for code, row in lines.items() if code not in of_one]
        if len(of_one) == 1 and all(row[same] <= _HARDLY_ANY and row[steady] for row in others):
            own[i] = of_one[0]
    return own[0], own[1]
