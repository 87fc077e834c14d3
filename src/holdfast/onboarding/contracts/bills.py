"""Bills (`holdfast init --bills`): what was found of purchases, as the keys of contracts that run while bills come."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import Any

from holdfast.contractual.periods import MONTH_DAYS
from holdfast.errors import DataError
from holdfast.onboarding.called.names import plain_words, says_id
from holdfast.onboarding.contracts.days import day_of
from holdfast.onboarding.contracts.terms import fitting, lengths_of
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Answers, Choice, Findings, Question
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.scenario import WRITTEN

_CALLED = {
    "columns.customer_id": "columns.customer_id",
    "columns.ordered_at": "columns.billed_at",
    "columns.amount": "columns.price",
    "columns.refunded": "columns.refunded",
    "money_in": "money_in",
}
"""Keys of purchases, and what they are called of bills."""
_SAID = {
    "ordered_at:": "billed_at:",
    "worth of a line:": "price:",
    "what is a line worth": "what does a bill come to",
    "when was it bought?": "when was it billed?",
    "returns, their amounts count as negative (rules.returns)": "left out, for returns undo no bill (rules.drop)",
}
_ROWS = ("rules.drop", "rules.keep", "rules.returns")
_OF_CONTRACTS = {"subscription", "subscriptions", "contract", "agreement", "membership", "policy", "abo", "vertrag"}
# Words of the end of what is paid for; that it lies after each bill is seen besides.
_UNTIL = {"end", "ends", "until", "to", "thru", "through", "bis", "ende", "til", "till", "slut", "fin", "hasta", "tot"}
# Of words for what a customer has, many share each.
_MOST_PLANS = 50
# Gaps between bills beside the days of a period; a gap of more than two of them is no late bill.
_PERIODS = {7: 7.0, 30: MONTH_DAYS, 91: 3 * MONTH_DAYS, 182: 6 * MONTH_DAYS, 365: 12 * MONTH_DAYS}
_NEAR, _AFTER, _RARE = 0.2, 2.1, 0.1
# So many of the ends may be bills that came later still; nobody is given up before three days.
_FALSE, _LEAST_GRACE = 0.02, 3
# A column of the end of what is paid for lies after the bill, by no more than this.
_LONGEST = 400


def asked_of_purchases(answers: Answers) -> dict[str, Choice]:
    """Return answers as the questions were asked that purchases raise."""
    ours = {theirs: key for key, theirs in _CALLED.items()}
    return {
        ours.get(key, key): Choice(c.said, {ours.get(k, k): v for k, v in c.settings.items()})
        for key, c in answers.items()
    }


def without_ends(found: Sequence[Profile]) -> list[Profile]:
    """Return the columns without those that say until when a bill pays, where another has days: none is the bill's."""
    ends = [p for p in found if p.is_date and _UNTIL & set(plain_words(p.name))]
    return [p for p in found if p not in ends] if any(p.is_date and p not in ends for p in found) else list(found)


def only_day(bills: Findings) -> dict[str, Choice] | None:
    """Return the answer to a question about the day of a bill that has no other: that it was paid, say, is no doubt."""
    days = [q for q in bills.questions if q.key == "columns.billed_at" and len(q.choices) == 1]
    return {q.key: q.choices[0] for q in days} or None


def find_bills(export: Export, found: Sequence[Profile], purchases: Findings, answers: Answers) -> None:
    """Turn what was found of purchases into the keys of bills, and find what bills have beside.

    Parameters
    ----------
    export, found
        The files, and their columns.
    purchases
        What was found of them as purchases; becomes what is known of bills.
    answers
        Those that were given, as the questions of bills were asked.

    Raises
    ------
    DataError
        No one column says what a bill comes to, its amounts are below 0, or there are several currencies.
    """
    before, asked = dict(purchases.settings), list(purchases.questions)
    _refuse(export, before, asked)
    purchases.section, purchases.answers, purchases.questions = "subscriptions", answers, []
    kept = {_CALLED.get(key, key): value for key, value in before.items() if key in {*_CALLED, *WRITTEN}}
    why = {_CALLED.get(k, k): said for k, said in purchases.why.items() if k in {*_CALLED, *WRITTEN}}
    purchases.settings, purchases.why = kept, why
    purchases.told[:] = [_of_bills(said) for said in purchases.told if not said.startswith("order_id:")]
    purchases.settings |= _rows(before)
    for question in asked:
        if question.key in {*_CALLED, *WRITTEN, *_ROWS}:
            purchases.questions.append(_renamed(question, before))
    by_name = {p.name: p for p in found}
    others = [p for p in found if p.name not in purchases.columns]
    # Of several days of a bill any shows how far bills lie apart.
    open_ = {q.key: q.choices[0].settings for q in purchases.questions if q.choices}
    likely = {k: v for settings in reversed(open_.values()) for k, v in settings.items()} | kept
    who, date = (by_name.get(str(likely.get(key))) for key in ("columns.customer_id", "columns.billed_at"))
    contract = None if who is None else _contract_of(export, who, others)
    if contract is not None:
        purchases.set("columns.contract_id", contract.name, "some customers have several contracts")
    plan = fitting([p for p in others if not p.is_number and p.distinct <= _MOST_PLANS], "plan")
    if plan is not None and plan is not contract:
        purchases.set("columns.plan", plan.name)
    per, lengths = lengths_of(export, others)
    if per is not None and len(lengths) > 1:
        purchases.set("columns.price_per", per.name, "amounts are divided to be of a month")
    until = None if date is None else _paid_until(export, date, others, purchases)
    if until is not None:
        purchases.set("columns.paid_until", until.name)
    if who is not None and date is not None:
        _find_period(export, contract or who, date, purchases, stated=until is not None or len(lengths) > 1)
    _ignore(found, purchases)
    purchases.set("as_of", "end_of_data", "the day after the last bill; or a date such as 2025-01-31")
    purchases.tell("read as bills (--bills): a contract runs while they come, and ends when the next one is too late")


def _refuse(export: Export, before: Mapping[str, Any], asked: Sequence[Question]) -> None:
    if "lookups" in before:
        raise DataError(f"--bills: {export.label} alone does not hold all of a bill: join the tables first.")
    if before.get("purchases_are") == "negative":
        raise DataError(f"--bills: the amounts in {export.label} are below 0: turn their signs round first.")
    if "columns.currency" in before:
        raise DataError(
            f'--bills: "{before["columns.currency"]}" names several currencies, and recurring revenue is of one: '
            "export the bills of one."
        )
    if before.get("amount_of") == "order":
        raise DataError(
            f'--bills: "{before.get("columns.amount")}" repeats on every line of its bill, and would count as often: '
            "export a line for each bill, or take the amount of the lines."
        )
    if "columns.amount" not in before and not any(q.key == "columns.amount" for q in asked):
        raise DataError(f"--bills: no column of {export.label} says what a bill comes to: call that column amount.")


def _renamed(question: Question, stated: Mapping[str, Any]) -> Question:
    """Return a question about purchases as one about bills."""
    choices = tuple(
        Choice(
            c.said,
            {_CALLED.get(k, k): v for k, v in c.settings.items() if k in {*_CALLED, *WRITTEN}}
            | (_rows({**stated, **c.settings}) or {question.key: None} if question.key in _ROWS else {}),
        )
        for c in question.choices
    )
    # A bill has one amount; what comes to the same is one choice.
    choices = tuple({str(c.settings): c for c in reversed(choices) if c.settings}.values())[::-1]
    key = "rules.drop" if question.key == "rules.returns" else _CALLED.get(question.key, question.key)
    return replace(question, key=key, asked=_of_bills(question.asked), choices=choices)


def _of_bills(said: str) -> str:
    """Return a sentence about purchases as one about bills."""
    for theirs, ours in _SAID.items():
        said = said.replace(theirs, ours)
    return said


def _rows(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rules of purchases as those of bills: what is no purchase, or is given back, pays for no period."""
    dropped = [rule for key in ("rules.drop", "rules.returns") for rule in settings.get(key) or ()]
    kept = settings.get("rules.keep")
    return ({"rules.drop": dropped} if dropped else {}) | ({"rules.keep": kept} if kept else {})


def _contract_of(export: Export, who: Profile, others: Sequence[Profile]) -> Profile | None:
    """Return the column that tells several contracts of a customer apart, if some have several that come back."""
    for p in others:
        words = set(plain_words(p.name))
        if not (p.may_be_id and p.repeats and words & _OF_CONTRACTS and (says_id(p.name) or words <= _OF_CONTRACTS)):
            continue
        (pairs, people) = export.one(
            f"SELECT COUNT(DISTINCT ({who.sql}, {p.sql})), COUNT(DISTINCT {who.sql}) FROM {TABLE} "
            f"WHERE {is_filled(p.sql)} AND {is_filled(who.sql)}"
        )
        if pairs > people and 2 * p.distinct <= p.filled:
            return p
    return None


def _paid_until(export: Export, date: Profile, others: Sequence[Profile], bills: Findings) -> Profile | None:
    """Return the column of the end of what a bill pays for: it lies after the bill, and after the day it is due."""
    for p in others:
        if not p.is_date or p.filled < date.filled or not _UNTIL & set(plain_words(p.name)):
            continue
        days = f"DATE_DIFF('day', {day_of(date, bills)}, {day_of(p, bills)})"
        (wrong,) = export.one(
            f"SELECT COUNT(*) FILTER (COALESCE({days} NOT BETWEEN 1 AND {_LONGEST}, TRUE)) FROM {TABLE}"
        )
        if not wrong:
            return p
    return None


def _find_period(export: Export, whose: Profile, date: Profile, bills: Findings, *, stated: bool) -> None:
    """State the days of a billing period, and how many days late a bill may be, as most of those before were."""
    days = f"SELECT DISTINCT {whose.sql} AS who, {day_of(date, bills)} AS day FROM {TABLE} WHERE {is_filled(whose.sql)}"
    gaps = f"SELECT DATE_DIFF('day', LAG(day) OVER (PARTITION BY who ORDER BY day), day) AS gap FROM ({days})"
    rows = export.connection.execute(f"SELECT gap, COUNT(*) FROM ({gaps}) WHERE gap > 0 GROUP BY 1").fetchall()
    # A year that one bill pays for counts as much as the twelve of another customer.
    count = {
        length: sum(gap * n for gap, n in rows if abs(gap - period) <= _NEAR * period)
        for length, period in _PERIODS.items()
    }
    usual = max(count, key=lambda length: count[length]) if rows else 30
    if not stated and usual != 30:
        bills.set("period_days", usual, "most bills come as often")
    if not stated:
        rare = [str(k) for k, n in count.items() if k != usual and n >= _RARE * sum(count.values())]
        if rare:
            bills.tell(
                f"bills come every {usual} days, but some every {' or '.join(rare)}, and no column says for how long "
                "each pays: earlier bills and those of the same amount show it, and `holdfast check` says of how many "
                "contracts they do not; name a column that says it under subscriptions.columns.price_per (month, year)"
            )
    bills.set(
        "renewal_days", _grace(export, days, rows, _PERIODS[usual]), "so late came those of customers who went on"
    )


def _grace(export: Export, days: str, gaps: Sequence[tuple[int, int]], period: float) -> int:
    """Return how late a bill may be, so that hardly any end is none: one in fifty of the ends there are, at most."""
    (ended,) = export.one(
        f"SELECT COUNT(*) FILTER (last < (SELECT MAX(day) FROM ({days})) - {ceil(_AFTER * period)}) "
        f"FROM (SELECT who, MAX(day) AS last FROM ({days}) GROUP BY who)"
    )
    late, beyond = _LEAST_GRACE, _FALSE * ended
    for gap, n in sorted((g for g in gaps if g[0] <= _AFTER * period), reverse=True):
        beyond -= n
        if beyond < 0:
            late = max(late, ceil(gap - period))
            break
    return late


def _ignore(found: Sequence[Profile], bills: Findings) -> None:
    """State what teaches nothing: of every other column nobody knows whether it is of the day of the bill."""
    names = [p.name for p in found if p.name not in bills.columns]
    if names:
        bills.set("ignore", names, "take out what was known on the day of the bill: it teaches")
