"""Block 9: what the data were, the figures of the business, what customers say, and what the report cannot say."""

from typing import Any

from holdfast.language import N_, retold
from holdfast.language import gettext as _
from holdfast.report.page.facts import Facts
from holdfast.report.page.words import between, dated, day, number, percent, sentence, signed

_KPIS = {
    "retention_rate": N_("stayed"),
    "churn_rate": N_("left"),
    "repeat_rate": N_("bought a second time"),
    "visit_conversion": N_("visits that ended in a purchase"),
    "conversion_rate": N_("people acquired who bought"),
    "cac": N_("cost of winning a buyer (CAC)"),
    "clv_to_cac": N_("CLV ÷ CAC"),
    "payback_days": N_("days until the cost is paid back"),
    "campaign_conversion": N_("contacts that converted"),
    "service_days": N_("days until a question is closed"),
    "nps": N_("NPS"),
    "csat": N_("CSAT"),
    "csi": N_("CSI"),
    "perceived_value": N_("perceived value"),
}
_SHARES = ("retention_rate", "churn_rate", "repeat_rate", "visit_conversion", "conversion_rate", "campaign_conversion")
_OPINIONS = ("nps", "csat", "csi", "perceived_value")
_LIMITS = (
    N_("A list ranks who may leave and what that would cost; it does not know whom a contact would keep."),
    N_("The share of customers who accept an offer and stay is an assumption until an experiment has measured it."),
    N_("Ranges cover chance and how far off the model was when last tested; they do not cover a world that changes."),
)


def account(facts: Facts) -> list[tuple[str, str]]:
    """Return what became of every line of the data."""
    found = facts.account
    rows = [(_("lines read"), number(found.get("lines_in", found.get("rows_in"))))]
    rows.append((_("kept"), number(found.get("kept"))))
    rejected = found.get("rejected", found.get("lines_rejected")) or {}
    lost = sum(rejected.values()) if isinstance(rejected, dict) else len(rejected)
    rows.append((_("rejected (see rejects.csv)") if lost else _("rejected"), number(lost)))
    dropped = found.get("dropped")
    if isinstance(dropped, dict):
        rows += [(_("dropped by a rule: {rule}", rule=name), number(count)) for name, count in dropped.items()]
    for key, words in (
        ("duplicate_lines_kept", N_("lines equal to an earlier one, kept")),
        ("duplicates_kept", N_("rows equal to an earlier one, kept")),
        ("zero_lines", N_("lines worth nothing")),
        ("purchase_days", N_("purchase days")),
        ("customers", N_("customers")),
    ):
        if found.get(key):
            rows.append((_(words), number(found[key])))
    returned = (found.get("returns") or {}).get("lines")
    if returned:
        rows.append((_("lines that take a purchase back"), number(returned)))
    if found.get("first_day"):
        rows += [(_("first day"), day(found["first_day"])), (_("last day"), day(found["last_day"]))]
    return rows


def kpis(facts: Facts) -> dict[str, Any]:
    """Return the figures of the business and of opinion, and the reasons why others are missing."""
    table = facts.table("kpis")
    if table is None:
        why = facts.cannot.get("value", "")
        need = sentence(retold(why)) if why else _("They are not counted yet: `holdfast value` does it.")
        return {"rows": [], "opinions": [], "need": need, "missing": []}
    known: list[tuple[str, ...]] = []
    opinions: list[tuple[str, ...]] = []
    missing: dict[str, list[str]] = {}
    for row in table.to_dict("records"):
        name = str(row["kpi"])
        named = _(_KPIS[name]) if name in _KPIS else name
        reason = retold(row["reason"]) if isinstance(row["reason"], str) else ""
        if row["value"] != row["value"]:  # NaN: refused
            missing.setdefault(reason, []).append(named)
            continue
        share = name in _SHARES
        value, low, high = (percent(row[c], 1) if share else number(row[c], 2) for c in ("value", "low", "high"))
        interval = between(low, high) if row["low"] == row["low"] else reason
        said = (named, value, interval, number(row["n"]), dated(retold(str(row["base"]))))
        (opinions if name in _OPINIONS else known).append(said)
    lacking = [(", ".join(names), reason) for reason, names in missing.items()]  # what one table would give together
    return {"rows": known, "opinions": opinions, "need": "", "missing": lacking}


_WRITERS = {
    "unhappy": N_("Unhappy customers write more often than happy ones:"),
    "happy": N_("Happy customers write more often than unhappy ones:"),
    "left": N_("Customers who then left had written more often than those who stayed:"),
    "stayed": N_("Customers who then stayed had written more often than those who left:"),
}
_MOST_WORDS = 8


def written(facts: Facts) -> dict[str, Any]:
    """Return what customers wrote about, in which tone, and the words that stand out; nothing where nobody wrote."""
    table, words = facts.table("comments"), facts.table("words")
    if table is None:
        return {"topics": [], "words": []}
    topics = [
        (
            {"all": _("all comments"), "other": _("of no topic")}.get(str(row["topic"]), str(row["topic"])),
            *(number(row[name]) for name in ("comments", "customers")),
            percent(row["share"]),
            signed(row["tone"]),
            between(signed(row["low"]), signed(row["high"])) if row["low"] == row["low"] else "",
            *(number(row[name]) for name in ("unhappy", "happy")),
        )
        for row in table[table["kind"] == "all"].to_dict("records")
        if row["customers"] == row["customers"]  # NaN: too few to be shown
    ]
    said = []
    for who, sentence_ in _WRITERS.items():
        mine = [] if words is None else words[words["said_by"] == who].head(_MOST_WORDS).to_dict("records")
        told = [
            _(
                "{word} ({share} of them, {others} of the others)",
                word=row["word"],
                share=percent(row["share"]),
                others=percent(row["share_of_others"]),
            )
            for row in mine
        ]
        said += [(_(sentence_), told)] if told else []
    return {"topics": topics, "words": said}


def limits(facts: Facts) -> list[str]:
    """Return what a reader must know: the notes of the data and of value, and what nothing here shows."""
    told = [str(n) for n in (facts.account.get("notes") or ())]
    return [*map(_, _LIMITS), *map(retold, dict.fromkeys([*told, *facts.value_notes]))]
