"""Debit and credit: two columns of which one comes off the other, or a column that says which of them a line is."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from holdfast.data.line_rules import ColumnRule
from holdfast.data.rules import matches
from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.called.value_days import is_booking_day, is_value_day
from holdfast.onboarding.dates import moment
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Choice, Findings, Question
from holdfast.onboarding.money.amounts import marks_that_read, number_of
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.documents import kinds_of
from holdfast.onboarding.states.groups import MOST_WORDS, words_of
from holdfast.onboarding.states.words import State
from holdfast.wording import counted

_AMOUNT, _REFUNDED = "columns.amount", "columns.refunded"
_DEBIT = {"debit", "debits", "debet", "debito", "soll", "debe", "dare", "winien", "wn", "dr"}
_CREDIT = {"credit", "credits", "kredit", "credito", "haben", "haber", "avere", "ma", "cr"}
# Beside these, debit and credit are cards.
_TENDERS = {"cash", "card", "cheque", "check", "bar", "visa", "mastercard", "amex", "voucher", "paypal"}
_TENDERS |= {"paid", "pay", "by", "tender"}
# Of lines with money, so few have it on both sides; and so few are of the other side where one may be that of sales.
_BOTH, _FEW = 0.01, 0.3
# Then what is below 0 may be payments.
SAYS_SALES = "says which lines are sales"
# Of sales, and of what is given back, so many stand on one side.
_NEARLY_ALL = 0.98
# What is given back: so few lines, of which most repeat an earlier amount, and so many times as often as others do.
_RARE, _MOST, _TIMES = 0.1, 0.5, 2
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
_SAYS_SIDE = {"indicator", "kennzeichen", "indikator"}
_INDICATES = {*_SAYS_SIDE, "flag", "sign", "sens", "code"}
# Words of ledgers alone; debit and credit in full are cards as well, and letters may be anything.
_OF_LEDGERS = ({"soll", "haben"}, {"debe", "haber"}, {"dare", "avere"}, {"dr", "cr"}, {"winien", "ma"})
_LEDGERS_CALL = ("sollhaben", "shkz", "shkzg", "shkennzeichen", "drcr", "crdr", "cdtdbtind")
# What stands beside them in a ledger: numbers of accounts and documents, and days of booking and of documents.
_ACCOUNTS = ("konto", "gegenkonto", "account", "ledger", "cuenta", "conto", "compte", "rekening")
_DOCUMENTS = ("beleg", "document", "voucher", "journal", "bilag", "verifikat", "asiento", "posting")
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


def choose_sides(
    export: Export, pairs: Sequence[Pair], free: Sequence[Profile], known: Mapping[str, Profile], findings: Findings
) -> Choice | None:
    """Return what a line is worth, stated, where kinds of vouchers say it, or the rarer side gives back; else ask.

    In customers' accounts the other side is payments, which come off nothing.
    """
    if len(pairs) == 1 and (stated := _by_documents(export, pairs[0], free, findings)) is not None:
        return stated
    choices = []
    for pair in pairs:
        off, on, _, cents = _sums(export, pair)
        less = [(pair.credit, pair.debit, cents), (pair.debit, pair.credit, -cents)]
        less = less if on >= off else less[::-1]
        # Where neither side is rare, either may be that of sales.
        less = less if min(off, on) > _FEW * (off + on) else less[:1]
        for amount, back, total in less:
            said = f'"{amount.name}" less "{back.name}" ({total / 100:,.2f} in all)'
            choices.append(Choice(said, {_AMOUNT: amount.name, _REFUNDED: back.name}))
        choices += [
            Choice(f'"{p.name}" alone, as what is on the other side is payments', {_AMOUNT: p.name}) for p, _, _ in less
        ]
    if len(pairs) == 1 and _gives_back(export, pairs[0], known, findings):
        for key, name in choices[0].settings.items():
            findings.set(key, name, "debit and credit: one side gives back what the other sold")
        return choices[0]
    asked = f"what is a line worth: {' or '.join(c.said for c in choices)}?"
    return findings.ask(Question(_AMOUNT, asked, tuple(choices)))


def _by_documents(export: Export, pair: Pair, free: Sequence[Profile], findings: Findings) -> Choice | None:
    """State the side on which sales stand, and the other one as what comes off, if credits stand there.

    A column of documents must name invoices, and payments or credits; what is no sale is dropped by its kind.
    """
    for p in free:
        if p.type != "VARCHAR" or p.is_number or p.is_date or not 1 < p.distinct <= MOST_WORDS:
            continue
        kinds = kinds_of(p.name, words_of(export, p))
        if State.INVOICED not in kinds or not {State.PAYMENT, State.CREDITED} & kinds.keys():
            continue
        is_sale, is_credit = (
            matches(p.sql, p.type, ColumnRule(p.name, values=kinds.get(state, ["\0"])))
            for state in (State.INVOICED, State.CREDITED)
        )
        on = [f"COALESCE({parse.number(q.sql, q.type, pair.read).value}, 0) <> 0" for q in (pair.debit, pair.credit)]
        sales, *sides = export.one(
            f"SELECT COUNT(*) FILTER ({is_sale} AND ({on[0]} OR {on[1]})), "
            + ", ".join(f"COUNT(*) FILTER ({where} AND {side})" for where in (is_sale, is_credit) for side in on)
            + f" FROM {TABLE}"
        )
        sold, given = sides[:2], sides[2:]
        first = 0 if sold[0] >= sold[1] else 1
        if not sales or sold[first] < _NEARLY_ALL * sales or given[first] > (1 - _NEARLY_ALL) * sum(given):
            continue
        columns = (pair.debit, pair.credit)
        why = f'debit and credit: "{p.name}" {SAYS_SALES}'
        settings = {_AMOUNT: columns[first].name} | ({_REFUNDED: columns[1 - first].name} if sum(given) else {})
        for key, name in settings.items():
            findings.set(key, name, why)
        less = f' less "{columns[1 - first].name}"' if sum(given) else ""
        return Choice(f'"{columns[first].name}"{less}, as "{p.name}" {SAYS_SALES}', settings)
    return None


class Side(NamedTuple):
    """The words of the rarer side in a column of signs; ``sure`` where the file shows that they are of returns."""

    words: list[str]
    sure: bool


def side_of_returns(
    export: Export,
    p: Profile,
    found: Sequence[Profile],
    known: Mapping[str, Profile],
    findings: Findings,
) -> Side | None:
    """Return the rarer side of a column of debit and credit; nothing where it may be cards, or ways of delivery.

    It is sure in a ledger, whose accounts or documents stand beside words of ledgers, and where most of its lines
    repeat an earlier amount of their customer. Words of ledgers alone leave it open.
    """
    if p.type != "VARCHAR" or p.is_number or p.distinct != len(("debit", "credit")):
        return None
    said = {value: n for value, n in words_of(export, p).items() if value}
    if not are_sides(p.name, said):
        return None
    rarer = min(said, key=lambda value: said[value])
    of_ledgers = is_of_ledgers(p.name, said)
    if of_ledgers and any(_is_beside_ledgers(q) for q in found if q is not p):
        return Side([rarer], sure=True)
    amount, back = known.get("amount"), matches(p.sql, p.type, ColumnRule(p.name, values=[rarer]))
    if amount is not None and _repeats(export, f"ABS({number_of(amount, findings)})", back, known, findings):
        return Side([rarer], sure=True)
    return Side([rarer], sure=False) if of_ledgers else None


def are_sides(name: str, values: Iterable[str]) -> bool:
    """Say whether a column may say of each line whether it is debit or credit: by its name and what it holds."""
    said = {value.strip().lower().rstrip(".") for value in values if value}
    words = plain_words(name)
    joined = "".join(words)
    called = joined in _CALLED or any(called in joined for called in _CALLED if len(called) > 4)
    if any(part in joined for part in _OF_CARDS) and not called:
        return False
    if said in _LETTERS:
        return called
    return said in _WORDS and (called or bool(_INDICATES & set(words)))


def is_of_ledgers(name: str, values: Iterable[str]) -> bool:
    """Say whether a name, or what its column holds, is written in words that ledgers alone use.

    Examples
    --------
    >>> is_of_ledgers("Soll/Haben", ["S", "H"]), is_of_ledgers("Debit/Credit Indicator", ["D", "C"])
    (True, True)
    >>> is_of_ledgers("Debit/Credit", ["Debit", "Credit"]), is_of_ledgers("D/C", ["D", "C"])
    (False, False)
    """
    words = set(plain_words(name))
    if "card" in words:
        return False
    said = {value.strip().lower().rstrip(".") for value in values if value}
    by_words = any(pair <= words for pair in _OF_LEDGERS) or said in _OF_LEDGERS[:3]
    joined = "".join(plain_words(name))
    return by_words or joined in _LEDGERS_CALL or bool(_SAYS_SIDE & words) or joined.endswith(tuple(_SAYS_SIDE))


def _is_beside_ledgers(p: Profile) -> bool:
    words = plain_words(p.name)
    if p.is_date and (is_value_day(p.name) or is_booking_day(p.name)):
        return True
    return any(word in _ACCOUNTS or word.endswith("konto") or word.startswith(_DOCUMENTS) for word in words)


def _gives_back(export: Export, pair: Pair, known: Mapping[str, Profile], findings: Findings) -> bool:
    """Say whether the rarer side is few lines, most of which repeat an earlier amount of their customer."""
    off, on, _, _ = _sums(export, pair)
    rare, frequent = (pair.credit, pair.debit) if on < off else (pair.debit, pair.credit)
    if min(off, on) > _RARE * (off + on):
        return False
    back, sold = (f"COALESCE(ABS({parse.number(p.sql, p.type, pair.read).value}), 0)" for p in (rare, frequent))
    return _repeats(export, f"({back} + {sold})", f"{back} <> 0", known, findings)


def _repeats(export: Export, worth: str, back: str, known: Mapping[str, Profile], findings: Findings) -> bool:
    """Say whether most of some lines repeat an earlier amount of their customer, each another line's.

    Where others repeat as often, as where all pay the same, it shows nothing.
    """
    if not {"customer_id", "ordered_at"} <= known.keys():
        return False
    who, date = known["customer_id"].sql, known["ordered_at"]
    at = moment(export, date.sql, date.name, date.type, findings.answers)
    lines = (
        f"SELECT {who} AS who, {at} AS moment, ROUND({worth}, 2) AS cents, {back} AS back FROM {TABLE} "
        f"WHERE {is_filled(who)} AND {worth} <> 0"
    )
    # The n-th line given back needs n lines sold by then.
    ordered = (
        f"SELECT back, COUNT(*) FILTER (NOT back) OVER (PARTITION BY who, cents ORDER BY moment) AS sold, "
        f"COUNT(*) FILTER (back) OVER (PARTITION BY who, cents ORDER BY moment) AS given FROM ({lines})"
    )
    given, repeated, sold, others = export.one(
        f"SELECT COUNT(*) FILTER (back), COUNT(*) FILTER (back AND sold >= given), COUNT(*) FILTER (NOT back), "
        f"COUNT(*) FILTER (NOT back AND sold > 1) FROM ({ordered})"
    )
    return bool(given and sold and repeated > _MOST * given and repeated * sold > _TIMES * others * given)


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
