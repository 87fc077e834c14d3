"""Lists to contact and what is due, as text for a terminal."""

from collections.abc import Mapping
from typing import Any

from holdfast.lists.contact import ContactList
from holdfast.report.text import table
from holdfast.wording import counted

_UNPROVEN = "what a contact changes is unproven until measured"


def issued(record: dict[str, Any], decision: ContactList, *, rows: int) -> str:
    """Return a list to contact: what it is, its first rows, where everybody went, and what to expect."""
    account, expected = record["account"], record["expected"]
    head = f"{record['list'].replace('_', ' ').capitalize()}: {record['customers']}, as of {record['as_of']}"
    lines = [f"WARNING: {record['warning']}"] if record["warning"] else []
    contact = decision.contact
    if not record["treatments"]:
        contact = contact.drop(columns=["treatment", "expected_profit"], errors="ignore")
    lines += [f"{head}; contact until {record['valid_until']}", table(contact, rows=rows)]
    if account["listed"] > rows:
        lines.append(f"… {account['listed'] - rows:,} more in the file")
    lines += ["", f"{counted(account['in'], 'customer')} on the list", f"  {account['listed']:,} to contact"]
    lines.append(f"  {account['control']:,} held back as control ({record['control_share']:.0%} at random)")
    lines += smallest_effect(record["smallest_effect"])
    lines += [f"  {count:,} suppressed: {reason}" for reason, count in account["suppressed"].items()]
    if record["treatments"]:
        lines.append(
            f"  {account['not_worth_contacting']:,} not worth contacting: no treatment is expected to pay for itself"
        )
    if account["beyond_budget_or_capacity"]:
        lines.append(f"  {account['beyond_budget_or_capacity']:,} beyond the budget or capacity")
    policy = record["policy"]
    if policy:
        forced = ", forced: its campaign did not show that this pays" if policy["forced"] else ""
        lines.append(f"  effects by the policy {policy['name']} ({policy['version']}), {policy['chosen']}{forced}")
    if expected and "customers" in expected:
        unproven = "the effect of a contact is as sure as the policy's campaign" if policy else _UNPROVEN
        lines += [
            f"Expected: {expected['churners']:,.0f} churners among them, {expected['false_alarms']:,.0f} false alarms",
            f"  cost {_range(expected, 'cost')}, profit {_range(expected, 'profit')}",
            "  ranges: by chance, and as far off as the model was when last tested",
            f"  {unproven}",
        ]
    lines.append(f"{record['file']}  (model {record['model_version']})")
    return "\n".join([*lines, *made_harmless(record["made_harmless"], "--format xlsx")])


def smallest_effect(found: Mapping[str, Any] | None) -> list[str]:
    """Return the smallest effect that a control group can show, and what else would show more."""
    if found is None:
        return []
    expected = f"{found['expected'] * 100:+.1f} points"
    if found["effect"] is None:
        said = "    too few to show any effect"
    else:
        said = f"    they can show an effect of {found['effect'] * 100:+.1f} points or more (80 % power)"
    said += f", where {found['stay']:.0%} stay anyway and {expected} can be expected"
    if found["enough"]:
        return [said]
    half = "not even half would" if found["at_half"] is None else f"half would show {found['at_half'] * 100:+.1f}"
    advice = f"    hardly any: pool several lists, hold back more ({half}), or keep a programme holdout (holdout.share)"
    return [said, advice]


def made_harmless(cells: Mapping[str, int], instead: str) -> list[str]:
    """Return a sentence about texts of a CSV that would run in a spreadsheet; none if there are none."""
    if not cells:
        return []
    counts = ", ".join(f"{count:,} in {name}" for name, count in cells.items())
    return [
        f"An apostrophe stands before texts that a spreadsheet would run as a formula: {counts}. "
        f"To join them back as they are, use {instead}, where ids are text."
    ]


def _range(expected: dict[str, float], name: str) -> str:
    return f"{expected[name]:,.0f} (95 % {expected[f'{name}_low']:,.0f} to {expected[f'{name}_high']:,.0f})"


def status(found: dict[str, Any]) -> str:
    """Return what is due, and the lists made so far."""
    lines = [f"{found['scenario']}, {found['today']}"]
    for task in found["tasks"]:
        age = "never" if task["done"] is None else f"{task['done']}, {counted(task['days'], 'day')} ago"
        due = f"DUE: {task['do']}" if task["due"] else "in time"
        lines.append(f"  {task['task']:<10}{age:<28}every {counted(task['every'], 'day')}  {due}")
    for one in found["lists"]:
        until = f"until {one['valid_until']}" if one["valid"] else f"expired {one['valid_until']}"
        counts = f"{one['listed']:,} listed, {one['control']:,} control"
        lines.append(f"  list {one['list']:<13} as of {one['as_of']}, {until}: {counts}")
    return "\n".join(lines)
