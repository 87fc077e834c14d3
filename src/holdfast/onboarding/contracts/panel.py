"""A line for each customer and month, as reports of recurring revenue have: contracts can be made of it."""

from collections.abc import Sequence

from holdfast.onboarding.called.names import ROLES, Fit, plain_words
from holdfast.onboarding.contracts.days import day_of, read
from holdfast.onboarding.contracts.labels import label_of
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile

_RECURRING = {"mrr", "arr"}
# Months of fewer say little; nearly all who stand in a month stood in the one before.
_MONTHS, _ON = 3, 0.9


def of_panel(export: Export, found: Sequence[Profile]) -> str:
    """Say what to do with a table that has a line for each customer and month, on one day of it; else nothing.

    Something in it must be a contract's: who left, or recurring revenue. Orders have numbers, and days of their own.
    """
    dates = [p for p in found if p.is_date and p.filled]
    who = [p for p in found if p.may_be_id and p.repeats and ROLES["customer_id"].fit(p.name) >= Fit.PARTLY]
    left = label_of(export, found)
    recurring = [p for p in found if p.is_number and _RECURRING & set(plain_words(p.name))]
    if len(dates) != 1 or not who or not (left or recurring):
        return ""
    # Orders have numbers, and what is billed has an amount of its own.
    billed = [p for p in found if p.is_number and p not in recurring and ROLES["amount"].fit(p.name) == Fit.WHOLE]
    if billed or any(ROLES["order_id"].fit(p.name) == Fit.WHOLE for p in found):
        return ""
    scratch = Findings()
    read(export, dates, scratch)
    if scratch.questions:
        return ""
    day, customer = day_of(dates[0], scratch), who[0]
    rows = f"SELECT {customer.sql} AS who, {day} AS day, YEAR({day}) * 12 + MONTH({day}) AS month FROM {TABLE}"
    lines, different, days, months, customers, on = export.one(
        f"WITH r AS ({rows}), pairs AS (SELECT DISTINCT who, month FROM r) "
        "SELECT COUNT(*), (SELECT COUNT(*) FROM pairs), COUNT(DISTINCT day), COUNT(DISTINCT month), "
        "COUNT(DISTINCT who), (SELECT COUNT(*) FROM pairs AS p WHERE (who, month - 1) IN (SELECT (who, month) FROM "
        "pairs)) FROM r"
    )
    if (
        lines != different
        or days != months
        or months < _MONTHS
        or on < _ON * (lines - customers)
        or lines < 2 * customers
    ):
        return ""
    return _advice(dates[0].name, customer.name, left.name if left else "")


def _advice(day: str, who: str, left: str) -> str:
    ended = f'of the first line whose "{left}" says that they left, or else ' if left else ""
    return (
        f'a line for each "{who}" and month, on the same day "{day}" for all: a report of contracts, no list of '
        f'purchases. Make a table of contracts of it, with one line for each "{who}": "start" is the first "{day}" of '
        f'this "{who}"; "end" is the "{day}" {ended}the first "{day}" of the file after the last line of this "{who}", '
        "and blank where there is none; other columns (plan, price) as they are on its first line. Then say holdfast "
        "init with that file. A system that exports contracts with their start and end saves this work."
    )
