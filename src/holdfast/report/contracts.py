"""What became of a table of contracts, and what can be learnt from it, as text for a terminal."""

from typing import Any

from holdfast.contractual.periods import MONTH_DAYS
from holdfast.wording import counted

# Of the windows that a model learns from.
_SHOWN = 7


def account(found: dict[str, Any]) -> str:
    """Return what became of every row of a table of contracts."""
    lines = ["Subscriptions", f"  {counted(found['rows_in'], 'row')} in", f"  {found['kept']:,} kept"]
    for key, what in (
        ("erased", "of erased customers left out (holdfast forget)"),
        ("empty", "without anything in any column, left out"),
        ("ruled_out", "left out by subscriptions.rules"),
        ("without_start", "that never began dropped (subscriptions.missing_start)"),
        ("duplicates_dropped", "exact repeats dropped (subscriptions.duplicates)"),
        ("duplicates_kept", "exact repeats kept (subscriptions.duplicates: drop removes them)"),
    ):
        if found.get(key):
            lines.append(f"  {found[key]:,} {what}")
    lines += [f"  line {r['line']} rejected: {r['reason']}" for r in found["lines_rejected"][:5]]
    if found.get("cuts"):
        cut = counted(found["cut_short"], "term")
        lines.append(f"  {counted(found['cuts'], 'line')} that took back the rest of a term: {cut} ended sooner")
    lines += _movements(found.get("movements"))
    lines += _bills(found.get("bills"))
    lines.append(f"  {counted(found['customers'], 'customer')}")
    if "churned" in found:
        said = f"{found['churned']:,} churned, {found['stayed']:,} stayed"
        lines[-1] += f": {said}" + (f", {found['not_stated']:,} not stated" if found["not_stated"] else "")
    blanks = sorted(found["blank_cells"].items(), key=lambda pair: (-pair[1], pair[0]))
    lines += [f"  {count:,} blank cells in {name}" for name, count in blanks[:10]]
    lines += [f"  note: {note}" for note in (*found.get("unmatched", ()), *found.get("notes", ()))]
    return "\n".join(lines)


def _movements(found: dict[str, Any] | None) -> list[str]:
    """Return what became of changes of recurring revenue, and what it is today."""
    if found is None:
        return []
    lines = [f"  read as movements of recurring revenue: {counted(found['spells'], 'spell')} of a constant amount"]
    if found["without_start"]:
        lines.append(
            f"  {counted(found['without_start'], 'customer')} whose first movement is no beginning dropped "
            "(subscriptions.missing_start)"
        )
    if found["several_a_day"]:
        lines.append(f"  {found['several_a_day']:,} times a customer had several in one day: one change, their sum")
    if found["rounded"]:
        lines.append(f"  {found['rounded']:,} times less than 1 % of what was paid is left after a churn: counted as 0")
    return lines + _revenue(found)


def _bills(found: dict[str, Any] | None) -> list[str]:
    """Return what became of bills, and what recurring revenue is today."""
    if found is None:
        return []
    lines = [
        "  read as bills: a contract goes on while the next one is at most "
        f"{counted(found['grace_days'], 'day')} late (subscriptions.renewal_days)"
    ]
    for key, what in (
        ("nothing", "of nothing or less left out: credits undo no bill"),
        ("given_back", "given back in full left out (subscriptions.columns.refunded)"),
        ("same_day", "on the day of another of the same contract: one bill, their sum"),
        ("late", "came late and went on with the contract"),
    ):
        if found[key]:
            lines.append(f"  {counted(found[key], 'bill')} {what}")
    return lines + _periods(found) + _revenue(found)


def _periods(found: dict[str, Any]) -> list[str]:
    """Return for how long bills pay, where they show different periods and no column says it."""
    if "periods" not in found:
        return []
    said = " and ".join(f"{counted(n, 'contract')} for {_length(months)}" for months, n in found["periods"])
    lines = [f"  no column says for how long a bill pays; as bills came, the last ones pay of {said}"]
    if found["unsure"]:
        lines.append(
            f"  of {counted(found['unsure'], 'contract')} neither earlier bills nor those of about the same amount "
            "show it clearly: the likeliest is taken. A column that says it (month, year) goes under "
            "subscriptions.columns.price_per"
        )
    return lines


def _length(months: float) -> str:
    named = {1.0: "a month", 3.0: "a quarter", 6.0: "half a year", 12.0: "a year"}
    days = round(months * MONTH_DAYS)
    return named.get(months, "a week" if days == 7 else counted(days, "day"))


def _revenue(found: dict[str, Any]) -> list[str]:
    if "mrr" not in found:
        return []
    paying = counted(found["paying"], "customer")
    return [f"  recurring revenue on {found['as_of']}: {found['mrr']:,.2f} a period, of {paying}"]


def readiness(found: dict[str, Any]) -> str:
    """Return what a training would learn from, as ``check`` found it."""
    lines = []
    if found["columns"]:
        used = found["columns"]["used"]
        lines.append(
            f"Learns from {counted(found['rows'], 'row')}, {found['churned']:,} churned, and {len(used)} columns"
        )
        windows = found["windows"]
        lines += [f"  as of {w['cutoff']}, outcome until {w['window_end']}" for w in windows[:_SHOWN]]
        if further := windows[_SHOWN:]:
            lines.append(f"  and {counted(len(further), 'window')} before, back to {further[-1]['cutoff']}")
        for key, said in (
            ("constant", "the same in every row"),
            ("identifiers", "another value in nearly every row"),
            ("people", "says who somebody is, and nothing of why people leave"),
            ("noticed", "another column says who gave notice (leaves_at)"),
            ("totals", "the longer a contract came to last the larger it is, so it knows what was still to come"),
            ("later", "dates after the contract began, which earlier days did not know"),
        ):
            if found["columns"].get(key):
                lines.append(f"  not used, {said}: {', '.join(found['columns'][key])}")
        for name, contracts in found["columns"].get("running", {}).items():
            lines.append(
                f"  not used, hardly any contract has it but those that still run: {name} ({contracts:,} of them). If "
                "it says that notice was given, these customers will leave, whatever their probability: name the day "
                "under subscriptions.columns.leaves_at"
            )
        for name, auc in found["columns"]["leaks"].items():
            lines.append(f'  LEAK ALARM: "{name}" alone tells who churned (AUC {auc:.3f})')
        for name in found["columns"].get("afterwards", ()):
            lines.append(f'  LEAK ALARM: "{name}" is filled only where contracts have ended')
        for name in found["columns"].get("siblings", ()):
            lines.append(f'  LEAK ALARM: "{name}" is a part of the same answer as the label')
    return "\n".join([*lines, "Not ready to train." if found["problem"] else "Ready to train."])
