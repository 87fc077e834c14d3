"""Block 9: what the data were, the figures of the business, what customers say, and what the report cannot say."""

from typing import Any

from holdfast.report.page.facts import Facts
from holdfast.report.page.words import between, day, number, percent, sentence

_KPIS = {
    "retention_rate": "stayed",
    "churn_rate": "left",
    "repeat_rate": "bought a second time",
    "visit_conversion": "visits that ended in a purchase",
    "conversion_rate": "people acquired who bought",
    "cac": "cost of winning a buyer (CAC)",
    "clv_to_cac": "CLV ÷ CAC",
    "payback_days": "days until the cost is paid back",
    "campaign_conversion": "contacts that converted",
    "nps": "NPS",
    "csat": "CSAT",
    "csi": "CSI",
    "perceived_value": "perceived value",
}
_SHARES = ("retention_rate", "churn_rate", "repeat_rate", "visit_conversion", "conversion_rate", "campaign_conversion")
_OPINIONS = ("nps", "csat", "csi", "perceived_value")
_LIMITS = (
    "A list ranks who may leave and what that would cost; it does not know whom a contact would keep.",
    "The share of customers who accept an offer and stay is an assumption until an experiment has measured it.",
    "Ranges hold chance and how far off the model was when last tested; they do not hold a world that changes.",
)


def account(facts: Facts) -> list[tuple[str, str]]:
    """Return what became of every line of the data."""
    found = facts.account
    rows = [("lines read", number(found.get("lines_in", found.get("rows_in"))))]
    rows.append(("kept", number(found.get("kept"))))
    rejected = found.get("rejected", found.get("lines_rejected")) or {}
    lost = sum(rejected.values()) if isinstance(rejected, dict) else len(rejected)
    rows.append(("rejected (see rejects.csv)" if lost else "rejected", number(lost)))
    dropped = found.get("dropped")
    if isinstance(dropped, dict):
        rows += [(f"dropped by a rule: {name}", number(count)) for name, count in dropped.items()]
    for key, words in (
        ("duplicate_lines_kept", "lines equal to an earlier one, kept"),
        ("duplicates_kept", "rows equal to an earlier one, kept"),
        ("zero_lines", "lines worth nothing"),
        ("purchase_days", "purchase days"),
        ("customers", "customers"),
    ):
        if found.get(key):
            rows.append((words, number(found[key])))
    returned = (found.get("returns") or {}).get("lines")
    if returned:
        rows.append(("lines that take a purchase back", number(returned)))
    if found.get("first_day"):
        rows += [("first day", day(found["first_day"])), ("last day", day(found["last_day"]))]
    return rows


def kpis(facts: Facts) -> dict[str, Any]:
    """Return the figures of the business and of opinion, and the reasons why others are missing."""
    table = facts.table("kpis")
    if table is None:
        why = facts.cannot.get("value", "")
        need = sentence(why) if why else "They are not counted yet: `holdfast value` does it."
        return {"rows": [], "opinions": [], "need": need, "missing": []}
    known: list[tuple[str, ...]] = []
    opinions: list[tuple[str, ...]] = []
    missing: list[tuple[str, str]] = []
    for row in table.to_dict("records"):
        name = str(row["kpi"])
        reason = row["reason"] if isinstance(row["reason"], str) else ""
        if row["value"] != row["value"]:  # NaN: refused
            missing.append((_KPIS.get(name, name), reason))
            continue
        share = name in _SHARES
        value, low, high = (percent(row[c], 1) if share else number(row[c], 2) for c in ("value", "low", "high"))
        interval = between(low, high) if row["low"] == row["low"] else reason
        said = (_KPIS.get(name, name), value, interval, number(row["n"]), str(row["base"]))
        (opinions if name in _OPINIONS else known).append(said)
    return {"rows": known, "opinions": opinions, "need": "", "missing": missing}


def limits(facts: Facts) -> list[str]:
    """Return what a reader must know: the notes of the scores and of value, and what nothing here shows."""
    notes = [str(n) for n in facts.metrics.get("notes", ()) if not str(n).startswith("Season:")]
    told = [str(n) for n in (facts.account.get("notes") or ())]
    return list(dict.fromkeys([*_LIMITS, *notes, *told, *facts.value_notes]))
