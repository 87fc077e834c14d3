"""What the user must decide about the columns of a table of contracts before anything is learnt from it."""

from typing import TYPE_CHECKING

import numpy as np

from holdfast.contractual.plan import ColumnPlan
from holdfast.data.cells import plain_name
from holdfast.data.typed import as_numbers

if TYPE_CHECKING:
    from holdfast.contractual.table import Contracts

# So many of those who stayed have about the same tenure (within a tenth of it) where it ends with the table.
_ALIKE, _ABOUT = 0.8, 0.1


def column_problem(plan: ColumnPlan, contracts: "Contracts") -> str:
    """Return what the user must decide about the columns, or nothing."""
    label, roles = contracts.cells.label, {"plan": contracts.rules.columns.plan, "price": contracts.rules.columns.price}
    mapped = roles if contracts.spells is not None else {}
    if plan.afterwards:
        named = " and ".join(f'"{mapped.get(name) or name}"' for name in plan.afterwards)
        return (
            f"{label}: leak alarm: {named}: filled only where the contract has ended, so it was probably written "
            "because it ended. Put it under subscriptions.ignore (and take it out of subscriptions.columns if it "
            "stands there); or, if it is known before, under subscriptions.trusted."
        )
    if (tenure := _tenure(plan, contracts)) is not None:
        return f"{label}: leak alarm: {tenure}"
    if plan.leaks:
        return f"{label}: leak alarm: {_told_alone(plan.leaks, mapped)}"
    if plan.siblings:
        named = " and ".join(f'"{name}"' for name in plan.siblings)
        they, them, are = ("they are parts", "them", "are") if len(plan.siblings) > 1 else ("it is a part", "it", "is")
        return (
            f'{label}: leak alarm: {named}: never yes where "{contracts.rules.columns.label}" says that they left (or '
            f"never where they stayed), though chance alone would make 20 such rows and more: {they} of the same "
            f"answer as the label, written on the same day. Put {them} under subscriptions.ignore; or, if "
            f"{they.split()[0]} {are} known before, under subscriptions.trusted."
        )
    if plan.mixed:
        named = ", ".join(f'"{name}"' for name in plan.mixed)
        return (
            f"{label}: {named}: numbers but for a few cells. Name those texts under subscriptions.missing_values "
            "if they mean blank, or the column under subscriptions.categories."
        )
    return ""


def _told_alone(leaks: dict[str, float], roles: dict[str, str | None]) -> str:
    """Return that columns tell who churned, all at once, and what to do; ``roles`` are those that go by our names."""
    many = len(leaks) > 1
    named = ", ".join(f'"{roles.get(name) or name}" (AUC {auc:.3f})' for name, auc in leaks.items())
    said = "each alone tell who churned, so they were" if many else "alone tells who churned, so it was"
    keys = [f"subscriptions.columns.{name}" for name in leaks if roles.get(name)]
    it, they, are = ("them", "they", "are") if many else ("it", "it", "is")
    taken = f", and take {' and '.join(keys)} out of the configuration" if keys else ""
    return (
        f"{named} {said} probably written afterwards. Put {it} under subscriptions.ignore{taken}; or, if {they} "
        f"{are} known before, under subscriptions.trusted."
    )


def _tenure(plan: ColumnPlan, contracts: "Contracts") -> str | None:
    """Return what to do about a tenure that tells who left, for it was counted up to the end of whoever left."""
    theirs = contracts.rules.columns.tenure
    name = None if theirs is None else plain_name(theirs)
    if name is None or contracts.spells is not None or name not in plan.leaks:
        return None
    values = as_numbers(contracts.rows[name])[0][contracts.churned == 0]
    middle = float(np.nanmedian(values)) if np.isfinite(values).any() else np.nan
    alike = float(np.mean(np.abs(values - middle) <= _ABOUT * abs(middle)))
    why = (
        f"{alike:.0%} of those who stayed have about the same, {middle:g}, as where it was counted up to the end of a "
        "study or to the day of the export, and of who left up to the day they did"
        if alike >= _ALIKE
        else "it seems to be counted up to the day on which they left, or differently for who stayed"
    )
    return (
        f'"{theirs}" (subscriptions.columns.tenure; AUC {plan.leaks[name]:.3f}) alone tells who churned: {why}. Nobody '
        "has such a tenure on the day on which they are scored. Put it under subscriptions.ignore, and leave "
        "subscriptions.columns.tenure as it is: it then teaches nothing, and only draws the retention curves."
    )
