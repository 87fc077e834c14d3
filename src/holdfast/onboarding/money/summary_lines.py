"""Orders whose first line sums up the lines below it, as eBay's reports have them: one kind of lines counts."""

from collections.abc import Mapping, Sequence
from typing import Any

from holdfast.onboarding.called.names import ROLES, Fit
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.money.amounts import number_of
from holdfast.onboarding.profile import Profile

# In (nearly) all orders of several lines one holds the sum of the others; two alike could be so by chance.
_LEAST_ORDERS, _NEARLY_ALL = 5, 0.95
_SUM = "CAST(SUM({n}) AS DOUBLE)"


def find_summaries(
    export: Export, found: Sequence[Profile], known: Mapping[str, Profile], findings: Findings
) -> list[dict[str, Any]]:
    """Return the rule that drops the lines below summaries; or these, where products are known and each has its amount.

    A column must tell them apart: blank on the one kind in every such order, and filled on the other. What is dropped
    below is right whichever amount is chosen, if that is still a question.
    """
    order, amounts = known.get("order_id"), _amounts(found, known, findings)
    if order is None or not amounts:
        return []
    quantity = [p for p in found if p.is_number and ROLES["quantity"].fit(p.name) == Fit.WHOLE]
    summed = next((p for p in (*amounts, *quantity) if _sums_up(export, p, order, findings)), None)
    if summed is None:
        return []
    told = f'"{summed.name}" of the first line of an order with several lines is what the lines below it add up to'
    for blank_below in (False, True) if "product_id" in known and summed in amounts else (True,):
        able = [p for p in (*amounts, *(p for p in found if p.is_number), *found) if p not in (summed, order)]
        marking = next((p for p in able if _marks(export, p, summed, order, findings, blank_below=blank_below)), None)
        if marking is not None:
            where = "on the lines below" if blank_below else "on the first"
            findings.tell(f'{told}, and "{marking.name}" is blank {where}: lines without it are dropped (rules.drop)')
            return [{"column": marking.name, "values": [""]}]
    findings.tell(f"{told}: it counts twice, unless rules.drop leaves out one of both")
    return []


def _amounts(found: Sequence[Profile], known: Mapping[str, Profile], findings: Findings) -> list[Profile]:
    """Return the amount, or those that are offered while it is a question."""
    if "amount" in known:
        return [known["amount"]]
    offered = {
        c.settings.get("columns.amount") for q in findings.questions if q.key == "columns.amount" for c in q.choices
    }
    return [p for p in found if p.name in offered]


def _sums_up(export: Export, p: Profile, order: Profile, findings: Findings) -> bool:
    """Say whether one line of (nearly) every order of several lines holds the sum of the others; of three and more."""
    value = number_of(p, findings)
    sums = "COUNT(*) FILTER (ABS(total - 2 * most) < 0.015"
    # Two lines that are alike add up to twice the larger, too: of more, that says something.
    several, alike, more, alike_of_more = export.one(
        f"SELECT COUNT(*), {sums}), COUNT(*) FILTER (n > 2), {sums} AND n > 2) FROM "
        f"(SELECT {_SUM.format(n=value)} AS total, CAST(MAX({value}) AS DOUBLE) AS most, COUNT({value}) AS n "
        f"FROM {TABLE} WHERE {is_filled(order.sql)} GROUP BY {order.sql}) WHERE n > 1 AND most > 0"
    )
    of_all = several >= _LEAST_ORDERS and alike >= _NEARLY_ALL * several
    return bool(of_all and more >= _LEAST_ORDERS and alike_of_more >= _NEARLY_ALL * more)


def _marks(
    export: Export, p: Profile, summed: Profile, order: Profile, findings: Findings, *, blank_below: bool
) -> bool:
    """Say whether a column is blank below each summary (or on it), filled on it (or below), and on single lines."""
    if not p.filled:
        return False
    value = number_of(summed, findings)
    blank = f"NOT ({is_filled(p.sql)})"
    right = "blanks = n - 1 AND NOT blank_first" if blank_below else "blanks = 1 AND blank_first"
    orders, fits, single, known = export.one(
        f"SELECT COUNT(*) FILTER (n > 1), COUNT(*) FILTER (n > 1 AND {right}), COUNT(*) FILTER (n = 1), "
        f"COUNT(*) FILTER (n = 1 AND blanks = 0) FROM (SELECT COUNT(*) AS n, COUNT(*) FILTER ({blank}) AS blanks, "
        f"ARG_MAX({blank}, {value}) AS blank_first FROM {TABLE} WHERE {is_filled(order.sql)} GROUP BY {order.sql})"
    )
    return bool(orders) and fits >= _NEARLY_ALL * orders and known >= _NEARLY_ALL * single
