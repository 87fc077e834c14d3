"""About: the sheet beside a list in a workbook: its terms, and what its columns mean."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from holdfast import columns
from holdfast.language import gettext as _
from holdfast.language import retold, told
from holdfast.report.page.proof import sure_of


def about(record: Mapping[str, Any], known: Iterable[columns.Column], table: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return the rows of the sheet beside a list: its terms, and what its columns mean."""
    offers = [str(t["name"]) for t in record["treatments"]]
    said = {column.name: column for column in known}
    if record["treatments"]:
        said["rank"] = columns.Column("rank", "int", "", told("1 is expected to earn most"))
    shown = [said[name] for name in map(str, table.columns) if name in said]
    return [
        (_("list"), _("{list}: {who}", list=record["list"], who=retold(record["customers"]))),
        (_("as of"), _("{day}: scores use what was known before this day", day=record["as_of"])),
        (_("contact until"), _("{day}; after it, make a new list", day=record["valid_until"])),
        (_("limits"), _limits(record["budget"], record["capacity"])),
        (_("treatments"), ", ".join(offers) or _("none: everyone on the list is to contact")),
        (
            _("held back"),
            _("{share:.0%} at random, to measure what the list changes", share=record["control_share"]),
        ),
        (_("experiment"), str(record["experiment"])),
        *([(_("in common"), retold(record["in_common"]))] if "in_common" in record else []),
        *_effect(record),
        (_("model"), str(record["model_version"])),
        *((_("warning"), retold(warning)) for warning in record["warnings"]),
        (),
        *columns.described(shown),
    ]


def _effect(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what was measured of a contact, or that nothing was, and what would."""
    measured = record.get("measured", [])
    if not measured and not record.get("acceptance"):
        return [(_("not known"), _("what a contact changes, until it is measured: holdfast experiment list"))]
    return [(_("measured"), said) for said in sure_of(record, measured)]


def _limits(budget: float | None, capacity: int | None) -> str:
    if budget is not None and capacity is not None:
        return _("{budget:,.2f} to spend and {capacity:,.0f} customers", budget=budget, capacity=capacity)
    if budget is not None:
        return _("{budget:,.2f} to spend", budget=budget)
    return _("none") if capacity is None else _("{capacity:,.0f} customers", capacity=capacity)
