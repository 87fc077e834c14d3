"""Steps of a payment on lines of their own (received, authorised, captured, settled): one of them is the sale."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from holdfast.data.values import parse
from holdfast.data.values.words import word_set
from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.groups import MOST_WORDS, Group, lines_of, words_of
from holdfast.onboarding.states.words import State

_NEARLY_ALL = 0.95
# What is only tried, or asked for: no money has moved yet.
_TRIED = word_set(
    "received authorised authorized authorisation authorization preauthorised preauthorized requested initiated "
    "sentforrefund refundrequested refundinitiated"
)
# What was not paid.
_FAILED = word_set("refused declined error cancelled canceled voided void expired failed")
# Money that comes: the first of these that a column knows is the sale, the others say it once more.
_CAPTURED = ("captured", "capture", "sentforsettle", "settled", "settlement")
_GIVEN_BACK = word_set("refunded refund chargeback")


class _Steps(NamedTuple):
    """A column of steps, the column of the payment they belong to, and the words by what they are."""

    column: Profile
    payment: Profile
    sale: str
    aside: list[str]
    back: list[str]


def find_steps(
    export: Export, found: Sequence[Profile], known: Mapping[str, Profile], worth: str, findings: Findings
) -> list[Group]:
    """Return the lines that are no sale, or give one back, where the lines of one payment are its successive steps.

    Parameters
    ----------
    export, found, known
        The files, their columns, and columns by role.
    worth
        SQL of what a line is worth; nothing where no column says it.
    findings
        Is told which step is the sale.

    Returns
    -------
    list of Group
        Steps to drop, and those that give back; none where no column holds steps, or nothing proves that they are of
        one payment.
    """
    for p in found:
        if p.type != "VARCHAR" or p.is_number or p.is_date or not 2 < p.distinct <= MOST_WORDS:
            continue
        if (steps := _steps_of(export, p, found, known, worth)) is None:
            continue
        sold = Group(p, State.SOLD, {"column": p.name, "values": [steps.sale]})
        findings.tell(
            f'payments: "{p.name}" holds the steps of each "{steps.payment.name}" on lines of their own: '
            f'"{steps.sale}" is the sale, {lines_of(export, sold.holds, worth)}'
        )
        groups = [Group(p, State.NO_SALE, {"column": p.name, "values": steps.aside})]
        return [*groups, *([Group(p, State.CREDITED, {"column": p.name, "values": steps.back})] if steps.back else [])]
    return []


def _steps_of(
    export: Export, p: Profile, found: Sequence[Profile], known: Mapping[str, Profile], worth: str
) -> _Steps | None:
    values = [value for value in words_of(export, p) if value]
    meant = {"".join(plain_words(value)): value for value in values}
    captured = [word for word in _CAPTURED if word in meant]
    tried = [word for word in meant if word in _TRIED]
    others = [word for word in meant if word in _FAILED]
    back = [word for word in meant if word in _GIVEN_BACK]
    if not captured or not tried or len(captured) + len(tried) + len(others) + len(back) < len(values):
        return None
    sale, asked = meant[captured[0]], [meant[word] for word in tried if "refund" not in word]
    for q in found:
        if q is p or q in (known.get("customer_id"), known.get("ordered_at")) or not q.may_be_id or not q.repeats:
            continue
        if _are_of_one_payment(export, p, q, sale, asked, worth):
            aside = [meant[word] for word in (*tried, *others, *captured[1:])]
            return _Steps(p, q, sale, sorted(aside), [meant[word] for word in back])
    return None


def _are_of_one_payment(export: Export, p: Profile, q: Profile, sale: str, asked: Sequence[str], worth: str) -> bool:
    """Say whether (nearly) every sale is the only one of its payment, which was asked for with the same amount."""
    is_sale, was_asked = (
        Group(p, State.SOLD, {"column": p.name, "values": list(words)}).holds for words in ([sale], asked)
    )
    money = f"ABS({worth})" if worth else "0"
    payment = parse.text(q.sql, q.type)
    sales, alone, same = export.one(
        f"SELECT COUNT(*), COUNT(*) FILTER (sold = 1), COUNT(*) FILTER (paid = asked) FROM (SELECT "
        f"COUNT(*) FILTER ({is_sale}) AS sold, MAX({money}) FILTER ({is_sale}) AS paid, "
        f"MAX({money}) FILTER ({was_asked}) AS asked FROM {TABLE} WHERE {is_filled(q.sql)} GROUP BY {payment}) "
        "WHERE sold > 0"
    )
    (lines,) = export.one(f"SELECT COUNT(*) FROM {TABLE} WHERE {is_sale}")
    return bool(sales and sales >= _NEARLY_ALL * lines and min(alone, same) >= _NEARLY_ALL * sales)
