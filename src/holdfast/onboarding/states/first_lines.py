"""A state that stands on the first line of an order only: the lines below share its fate, or the file is refused."""

from collections.abc import Mapping, Sequence

from holdfast.errors import DataError
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.groups import Group, lines_of
from holdfast.onboarding.states.words import State

_LEAST_ORDERS, _NEARLY_ALL = 5, 0.95
# States by which nothing changes.
_KEPT = (State.SOLD, State.OWED, State.PARTLY, State.INVOICED, State.UNKNOWN)


def settle_first_lines(
    export: Export, known: Mapping[str, Profile], groups: Sequence[Group], worth: str, findings: Findings
) -> None:
    """State that rules look at an order's first line where a state stands only there.

    Raises
    ------
    DataError
        Each line has an amount of its own, so lines below a cancelled one would count: the state must be filled down.
    """
    order = known.get("order_id")
    of_orders = findings.settings.get("amount_of") == "order" or any(q.key == "amount_of" for q in findings.questions)
    # Lines that name nobody do not count, whatever their state is.
    somebody = is_filled(known["customer_id"].sql) if "customer_id" in known else "TRUE"
    # While it is open what a line is worth, nothing can be said of the lines below.
    if order is None or of_orders or not worth:
        return
    for group in groups:
        p = group.column
        if group.state in _KEPT or group.is_blank or not _on_first_lines(export, p, order):
            continue
        below = (
            f"NOT {is_filled(p.sql)} AND {order.sql} IN (SELECT {order.sql} FROM {TABLE} WHERE {group.holds} "
            f"AND {is_filled(order.sql)}) AND {worth} <> 0 AND {somebody}"
        )
        if not export.one(f"SELECT COUNT(*) FROM {TABLE} WHERE {below}")[0]:
            continue
        said = f'"{p.name}" stands on the first line of an order only'
        if "unit_price" in known and "amount" not in known:
            findings.set("amount_of", "order", f"{said}, and rules look there for the lines below it")
            findings.tell(f"{said}: the lines below share its fate (amount_of: order)")
            return
        raise DataError(
            f"{export.label}: {said}, and {lines_of(export, below, worth)} below {group.says.partition(' says ')[2]} "
            f'would count, as their state is blank. Fill "{p.name}" down (each blank cell as the one above it, within '
            "its order), or export the orders without their lines, with a total."
        )


def _on_first_lines(export: Export, p: Profile, order: Profile) -> bool:
    """Say whether a column is filled on the first line, and on no other, of (nearly) every order of several lines."""
    filled = f"({is_filled(p.sql)})"
    several, first = export.one(
        f"SELECT COUNT(*), COUNT(*) FILTER (filled = 1 AND on_first) FROM (SELECT COUNT(*) FILTER ({filled}) AS "
        f"filled, ARG_MIN({filled}, place) AS on_first, COUNT(*) AS lines FROM {TABLE} WHERE {is_filled(order.sql)} "
        f"GROUP BY {order.sql}) WHERE lines > 1"
    )
    return bool(several >= _LEAST_ORDERS and first >= _NEARLY_ALL * several)
