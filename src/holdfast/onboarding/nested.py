"""Reports made to be read: lines that belong to the line above them, and names that stand as headings above lines."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from holdfast.data.reading.shown import shown_names
from holdfast.errors import DataError
from holdfast.onboarding.called.names import ROLES, Fit, money_fit
from holdfast.onboarding.called.totals import TOTALS
from holdfast.onboarding.dates import of_totals
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings, listed
from holdfast.onboarding.order_columns import is_a_number
from holdfast.onboarding.profile import LEAST_IDS, Profile
from holdfast.onboarding.states.documents import is_called_after_documents
from holdfast.onboarding.states.words import flag_of
from holdfast.wording import counted

# So few lines are damage, no layout; and so many of a kind are (nearly) all, or (nearly) none.
_FEWEST, _LEAST_SHARE, _NEARLY_ALL, _HARDLY_ANY, _MOSTLY = 5, 0.02, 0.95, 0.02, 0.5


class Below(NamedTuple):
    """Lines whose order stands on the line above: SQL that is true of them, their number, and its blank column."""

    lines: str
    many: int
    column: str


def lines_below(export: Export, found: Sequence[Profile], known: Mapping[str, Profile]) -> Below | None:
    """Return the lines on which neither day, customer nor any number of an order is stated, but what was bought is."""
    if not {"customer_id", "ordered_at"} <= set(known):
        return None
    day, who = (f"({is_filled(known[role].sql)})" for role in ("ordered_at", "customer_id"))
    below = f"NOT {day} AND NOT {who}"
    count, either, first = export.one(
        f"SELECT COUNT(*) FILTER ({below}), COUNT(*) FILTER ({day} <> {who}), COUNT(*) FILTER ({below} AND place = "
        f"(SELECT MIN(place) FROM {TABLE})) FROM {TABLE}"
    )
    if count < max(_FEWEST, _LEAST_SHARE * export.lines) or either > _HARDLY_ANY * export.lines or first:
        return None
    others = [p for p in found if p not in (known["customer_id"], known["ordered_at"]) and p.filled]
    there = {
        p.name: export.one(f"SELECT COUNT(*) FROM {TABLE} WHERE {below} AND {is_filled(p.sql)}")[0] for p in others
    }
    numbers = [p for p in others if is_a_number(p) or ROLES["order_id"].fit(p.name) >= Fit.PARTLY]
    if any(there[p.name] >= _NEARLY_ALL * count for p in numbers if p.may_be_id):
        return None
    bought = [p for p in others if not p.is_number and not p.is_date and there[p.name] >= _NEARLY_ALL * count]
    if not bought or any(_says_totals(export, p, below) >= _NEARLY_ALL * count for p in bought):
        return None
    return Below(below, count, next((p.name for p in numbers if not there[p.name]), known["ordered_at"].name))


def _says_totals(export: Export, p: Profile, where: str) -> int:
    """Return on how many of some lines a column says total: they sum up the lines above, and belong to none."""
    return int(
        export.one(f"SELECT COUNT(*) FILTER ({of_totals(f'CAST({p.sql} AS VARCHAR)')}) FROM {TABLE} WHERE {where}")[0]
    )


def of_orders_alone(
    export: Export, found: Sequence[Profile], known: Mapping[str, Profile], findings: Findings
) -> list[Profile]:
    """Return columns but for those of numbers that lines below their order's have: only the order's line can be read.

    Raises
    ------
    DataError
        No amount stands on the order's line.
    """
    below = lines_below(export, found, known)
    if below is None:
        return list(found)
    blank = listed([known[role].name for role in ("ordered_at", "customer_id")])
    said = f"{counted(below.many, 'line')} of {export.lines:,} have no {blank}: they belong to the line above"
    numbers = [p for p in found if p.is_number]
    own = [
        p
        for p in numbers
        if export.one(f"SELECT COUNT(*) FROM {TABLE} WHERE {below.lines} AND {is_filled(p.sql)}")[0]
        > _HARDLY_ANY * below.many
    ]
    if not any(money_fit(p.name) >= Fit.PARTLY for p in numbers if p not in own):
        if any(money_fit(p.name) >= Fit.PARTLY for p in own):
            states = [p.name for p in found if p.filled and _is_state_above(export, p, below)]
            also = f"the number of the order and {listed(states)}" if states else "the number of the order"
            raise DataError(
                f"{export.label}: {said}, which alone says when it was bought, and by whom. Fill these cells down "
                f"(each blank cell as the one above it), and {also} too, or export the orders without "
                "their lines, with a total."
            )
        return list(found)
    findings.tell(f"{said}, and are dropped (rules.drop); what an order is worth stands on its first line")
    return [p for p in found if p not in own]


def _is_state_above(export: Export, p: Profile, below: Below) -> bool:
    """Say whether a column says what became of an order, on its own line only: lines below a cancelled one are, too."""
    of_states = ROLES["status"].fit(p.name) >= Fit.PARTLY or is_called_after_documents(p.name) or flag_of(p.name)
    filled = f"SELECT COUNT(*) FROM {TABLE} WHERE {below.lines} AND {is_filled(p.sql)}"
    return bool(of_states) and export.one(filled)[0] <= _HARDLY_ANY * below.many


def refuse_groups(export: Export, date: Profile, customers: Sequence[Profile], found: Sequence[Profile]) -> None:
    """Refuse a report in which names stand as headings above lines, each with a day and no name.

    ``customers``: columns called after customers; one that is filled beside the days says whose a line is. ``found``:
    all columns; those of numbers and dates hold no names.
    """
    no_names = {p.name for p in found if p.is_number or p.is_date}
    day = f"({is_filled(date.sql)})"
    lines, *named = export.one(
        f"SELECT COUNT(*), {', '.join(['0', *(f'COUNT(*) FILTER ({is_filled(p.sql)})' for p in customers)])} "
        f"FROM {TABLE} WHERE {day}"
    )
    if any(filled > _HARDLY_ANY * lines for filled in named):
        return
    for i, name in enumerate(export.names):
        cell = f"k{i}"
        if cell == date.sql:
            continue
        filled = f"({is_filled(cell)})"
        heads, both, neither, different = export.one(
            f"SELECT COUNT(*) FILTER ({filled}), COUNT(*) FILTER ({filled} AND {day}), "
            f"COUNT(*) FILTER (NOT {filled} AND NOT {day}), COUNT(DISTINCT {cell}) FROM {TABLE}"
        )
        layout = different >= LEAST_IDS and _LEAST_SHARE * export.lines <= heads < export.lines
        layout = layout and name not in no_names
        if layout and both <= _HARDLY_ANY * heads and neither <= _HARDLY_ANY * export.lines:
            text = f"LOWER(CAST({cell} AS VARCHAR))"
            others = " OR ".join(f"({is_filled(f'k{j}')})" for j in range(len(export.names)) if j != i)
            totals, words, beside = export.one(
                f"SELECT COUNT(*) FILTER (total), COUNT(*) FILTER (NOT total AND word), "
                f"COUNT(*) FILTER (NOT total AND beside) FROM (SELECT regexp_matches({text}, '{TOTALS}') AS total, "
                f"regexp_matches({text}, '\\pL') AS word, {others} AS beside FROM {TABLE} WHERE {filled})"
            )
            # A heading is a text, and stands alone on its line.
            if words < _NEARLY_ALL * (heads - totals) or beside > _MOSTLY * (heads - totals):
                continue
            where = (
                f'column "{name}"'
                if name.strip() and shown_names([name])
                else f"column {i + 1}, which is called nothing"
            )
            also = f", and {counted(totals, 'line')} of totals" if totals else ""
            raise DataError(
                f"{export.label}: this is a report grouped under headings: {counted(heads - totals, 'line')} with a "
                f"name in {where}, and no date{also}; the lines between them have a date and no name, so none says "
                "whose it is. Export a table that names the customer on each line: in QuickBooks group the report by "
                'None and show the column Customer, or take "Transaction List by Date". Or fill that column down, and '
                "take out the headings and totals."
            )
