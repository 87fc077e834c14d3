"""Whether a file is a known export, by the names of its columns: then a preset says which column is what."""

from collections.abc import Sequence

from holdfast.data import FORMATS
from holdfast.data.source import Written
from holdfast.data.values.moments import timestamp
from holdfast.onboarding.dates import find_format
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings, listed
from holdfast.onboarding.money.currencies import find_currency
from holdfast.onboarding.money.marks import find_marks
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.proof import MOST_UNREAD
from holdfast.onboarding.rules import find_case, find_customers


def find_preset(export: Export, found: Sequence[Profile], name: str, findings: Findings) -> None:
    """State the format, and what a file of it leaves open: dates, marks, lines without a customer, currencies."""
    layout = FORMATS[name]
    by_name = {p.name: p for p in found}
    known = {ours: by_name[theirs] for ours, theirs in layout.columns.items() if theirs in by_name}
    told = listed([layout.columns[c] for c in ("customer_id", "ordered_at", "amount")])
    findings.set("format", name, f"its columns are those of {layout.export}")
    findings.tell(f"format: {name} (it has {told}, and the others of {layout.export.split(',')[0]})")
    _dates(export, known["ordered_at"], layout.keys.get("date_format"), findings)
    if "decimal" not in layout.keys:
        find_marks(export, [known[role] for role in ("amount", "refunded") if role in known], findings)
    if layout.keys.get("rules", {}).get("missing_customer") != "drop":
        find_customers(export, known["customer_id"], findings)
    if "id_case" not in layout.keys:
        find_case(export, known["customer_id"], findings)
    find_currency(export, found, known, findings)


def _dates(export: Export, column: Profile, date_format: str | list[str] | None, findings: Findings) -> None:
    """Leave dates to the preset where its formats read them; else find out how they are written."""
    if date_format is not None and column.type == "VARCHAR":
        reading = timestamp("x", "VARCHAR", Written(date_format=date_format))
        filled, read = export.one(
            f"SELECT COUNT(*), COUNT({reading.value}) FROM "
            f"(SELECT {column.sql} AS x FROM {TABLE} WHERE {is_filled(column.sql)})"
        )
        if filled - read <= MOST_UNREAD * filled:
            return
    find_format(export, column.sql, column.name, column.type, findings)
