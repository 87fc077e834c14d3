"""Refunds on lines of their own with amounts above 0: whether the purchase that each takes back stands beside it."""

from collections.abc import Mapping, Sequence

from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.groups import Group, any_of

# So many have an equal purchase; of other lines so few do, or prices are few and equal amounts say nothing.
_NEARLY_ALL, _BY_CHANCE = 0.8, 0.3


def take_back(export: Export, groups: Sequence[Group], known: Mapping[str, Profile], worth: str) -> bool:
    """Say whether lines called refunded take back purchases on other lines: same customer, same amount, other order.

    Parameters
    ----------
    export, known
        The files, and columns by role.
    groups
        Lines called refunded.
    worth
        SQL of what a line is worth; nothing where no column says it: then nothing shows it.
    """
    if not worth or "customer_id" not in known:
        return False
    who, refunded = known["customer_id"].sql, any_of(groups)
    order = known.get("order_id")
    # Lines of one order in several states are of that order.
    apart = "" if order is None else f" AND COUNT(DISTINCT {order.sql}) > 1"
    equal = (
        f"SELECT {who}, {worth} FROM {TABLE} WHERE {is_filled(who)} GROUP BY 1, 2 "
        f"HAVING COUNT(*) > 1 AND COUNT(*) FILTER (NOT ({refunded})) > 0{apart}"
    )
    twice = f"SELECT {who}, {worth} FROM {TABLE} WHERE NOT ({refunded}) GROUP BY 1, 2 HAVING COUNT(*) > 1"
    lines, paired, others, chance = export.one(
        f"SELECT COUNT(*) FILTER ({refunded}), COUNT(*) FILTER (({refunded}) AND ({who}, {worth}) IN ({equal})), "
        f"COUNT(*) FILTER (NOT ({refunded})), "
        f"COUNT(*) FILTER (NOT ({refunded}) AND ({who}, {worth}) IN ({twice})) FROM {TABLE}"
    )
    return bool(lines and paired >= _NEARLY_ALL * lines and chance < _BY_CHANCE * others)
