"""Debit and credit: two columns of which one comes off the other, or a column that says which of them a line is."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from holdfast.data.line_rules import ColumnRule
from holdfast.data.rules import matches
from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Choice, Findings, Question
from holdfast.onboarding.money.amounts import marks_that_read
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.groups import MOST_WORDS, words_of
from holdfast.wording import counted

_AMOUNT, _REFUNDED = "columns.amount", "columns.refunded"
_DEBIT = {"debit", "debits", "debet", "debito", "soll", "debe", "dare", "winien", "wn", "dr"}
_CREDIT = {"credit", "credits", "kredit", "credito", "haben", "haber", "avere", "ma", "cr"}
# Beside these, debit and credit are cards.
_TENDERS = {"cash", "card", "cheque", "check", "bar", "visa", "mastercard", "amex", "voucher", "paypal"}
# Of lines with money, so few have it on both sides; and so few are of the other side where one is that of sales.
_BOTH, _FEW = 0.01, 0.3
# What the cells of a column of signs are: words that say it themselves, and letters that its name must explain.
_WORDS = (
    *({"soll", "haben"}, {"debit", "credit"}, {"debet", "credit"}, {"debet", "kredit"}, {"debe", "haber"}),
    *({"dare", "avere"}, {"dbit", "crdt"}, {"wn", "ma"}, {"dr", "cr"}),
)
_LETTERS = ({"s", "h"}, {"d", "c"}, {"d", "h"}, {"d", "k"}, {"d", "a"})
_CALLED = (
    *("sollhaben", "sh", "shkz", "shkennzeichen", "debitcredit", "creditdebit", "dc", "dk", "drcr", "crdr", "dh", "da"),
    *("dcindicator", "dcflag", "debetkredit", "debetcredit", "cdtdbtind", "debehaber", "dareavere", "wnma", "sens"),
    *("debitcreditindicator", "creditdebitindicator", "debitcreditflag", "debitcreditcode", "shkzg", "debitorcredit"),
)
_INDICATES = ("indicator", "kennzeichen", "flag", "sign", "sens", "indikator", "code")
# Of a card: how a purchase was paid.
_OF_CARDS = ("card", "karte", "kort", "carte", "tarjeta", "funding", "tender", "method", "pay", "zahl", "type")


class Pair(NamedTuple):
    """Two columns called alike but for the side; ``read`` is how to read their numbers."""

    debit: Profile
    credit: Profile
    read: Written


def pairs_of(export: Export, numbers: Sequence[Profile]) -> list[Pair]:
    """Return columns of debit and credit that are hardly ever filled together; nothing where they are cards."""
    if any(_TENDERS & set(plain_words(p.name)) for p in numbers):
        return []
    found = []
    for debit in numbers:
        for credit in numbers:
            stems = [_stem(debit.name, _DEBIT), _stem(credit.name, _CREDIT)]
            if debit is credit or stems[0] is None or stems[0] != stems[1]:
                continue
            pair = Pair(debit, credit, marks_that_read(export, debit, credit))
            off, on, both, _ = _sums(export, pair)
            if off and on and both <= _BOTH * (off + on):
                found.append(pair)
    return found


def choose_sides(export: Export, pairs: Sequence[Pair], findings: Findings) -> Choice | None:
    """Return what a line is worth, stated, where one side is that of sales; else ask, with the sums."""
    choices = []
    for pair in pairs:
        off, on, _, cents = _sums(export, pair)
        less = [(pair.credit, pair.debit, cents), (pair.debit, pair.credit, -cents)]
        less = less if on >= off else less[::-1]
        mixed = min(off, on) > _FEW * (off + on)
        for amount, back, total in less if mixed else less[:1]:
            said = f'"{amount.name}" less "{back.name}" ({total / 100:,.2f} in all)'
            choices.append(Choice(said, {_AMOUNT: amount.name, _REFUNDED: back.name}))
        if mixed:
            choices += [
                Choice(f'"{p.name}" alone, as what is on the other side is payments', {_AMOUNT: p.name})
                for p, _, _ in less
            ]
    if len(choices) == 1:
        for key, name in choices[0].settings.items():
            findings.set(key, name, "debit and credit: one side is that of sales")
        return choices[0]
    asked = f"what is a line worth: {' or '.join(c.said for c in choices)}?"
    return findings.ask(Question(_AMOUNT, asked, tuple(choices)))


def side_of_returns(name: str, values: Mapping[str, int]) -> list[str]:
    """Return the words of the rarer side in a column of signs; nothing where it is none.

    Examples
    --------
    >>> side_of_returns("Soll/Haben-Kennzeichen", {"S": 90, "H": 10}), side_of_returns("Dr/Cr", {"Cr": 90, "Dr": 10})
    (['H'], ['Dr'])
    >>> side_of_returns("Size", {"S": 90, "H": 10}), side_of_returns("Card type", {"Debit": 9, "Credit": 1})
    ([], [])
    """
    said = {value: n for value, n in values.items() if value}
    if not are_sides(name, said):
        return []
    rarer = min(said.values())
    return [value for value, n in said.items() if n == rarer][:1]


def has_sides(export: Export, found: Sequence[Profile]) -> bool:
    """Say whether a column says of each line whether it is debit or credit."""
    able = (p for p in found if p.type == "VARCHAR" and not p.is_number and 1 < p.distinct <= len(("debit", "credit")))
    return any(are_sides(p.name, words_of(export, p)) for p in able)


def are_sides(name: str, values: Iterable[str]) -> bool:
    """Say whether a column says of each line whether it is debit or credit."""
    said = {value.strip().lower().rstrip(".") for value in values if value}
    joined = "".join(plain_words(name))
    called = joined in _CALLED or any(called in joined for called in _CALLED if len(called) > 4)
    if any(part in joined for part in _OF_CARDS) and not called:
        return False
    if said in _LETTERS:
        return called
    return said in _WORDS and (called or any(part in joined for part in _INDICATES))


def _stem(name: str, side: set[str]) -> tuple[str, ...] | None:
    words = plain_words(name)
    return tuple(w for w in words if w not in side) if len(side & set(words)) == 1 else None


def _sums(export: Export, pair: Pair) -> tuple[int, int, int, int]:
    """Return lines with debit, with credit, with both, and credit less debit in hundredths."""
    off, on = (f"COALESCE(ABS({parse.number(p.sql, p.type, pair.read).value}), 0)" for p in (pair.debit, pair.credit))
    debit, credit, both, cents = export.one(
        f"SELECT COUNT(*) FILTER (off <> 0), COUNT(*) FILTER (this <> 0), COUNT(*) FILTER (off <> 0 AND this <> 0), "
        f"ROUND(100 * SUM(this - off)) FROM (SELECT {off} AS off, {on} AS this FROM {TABLE})"
    )
    return debit, credit, both, cents


def open_sides(found: Sequence[Profile], findings: Findings) -> dict[str, Profile]:
    """Return the columns of the first pair that an open question offers, by role; nothing where none is offered."""
    offered = [c.settings for q in findings.questions if q.key == _AMOUNT for c in q.choices if _REFUNDED in c.settings]
    by_name = {p.name: p for p in found}
    return {key.removeprefix("columns."): by_name[name] for key, name in offered[0].items()} if offered else {}


def without_sides(
    export: Export, found: Sequence[Profile], known: Mapping[str, Profile], findings: Findings
) -> list[dict[str, Any]]:
    """Return the rule that drops lines with neither debit nor credit, by a column that sets them apart from others."""
    none = f"NOT ({is_filled(known['amount'].sql)}) AND NOT ({is_filled(known['refunded'].sql)})"
    (lines,) = export.one(f"SELECT COUNT(*) FROM {TABLE} WHERE {none}")
    if not lines:
        return []
    names = f'"{known["amount"].name}" nor "{known["refunded"].name}"'
    who = known.get("customer_id")
    able = [p for p in found if p.type == "VARCHAR" and not p.is_date and not p.is_number and p.distinct <= MOST_WORDS]
    for p in [*([who] if who else []), *able]:
        text = f"COALESCE({parse.text(p.sql, p.type)}, '')"
        words = export.connection.execute(
            f"SELECT {text} FROM {TABLE} GROUP BY 1 HAVING BOOL_OR({none}) ORDER BY 1 LIMIT {MOST_WORDS + 1}"
        ).fetchall()
        values = [str(row[0]) for row in words]
        rule = {"column": p.name, "values": values}
        others = f"{matches(p.sql, p.type, ColumnRule(p.name, values=values))} AND NOT ({none})"
        if len(values) > MOST_WORDS or (p is who and values != [""]):
            continue
        if not export.one(f"SELECT COUNT(*) FROM {TABLE} WHERE {others}")[0]:
            findings.tell(f"{counted(lines, 'line')} with neither {names}: dropped (rules.drop), as nothing was paid")
            return [rule]
    findings.tell(f"{counted(lines, 'line')} with neither {names}: they are rejected, unless a rule drops them")
    return []
