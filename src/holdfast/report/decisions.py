"""Lists to contact and what is due, as text for a terminal."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from holdfast.experiments.learnt.value import ALL, NOBODY, PERSONAL
from holdfast.language import N_, number, retold
from holdfast.language import gettext as _
from holdfast.lists.contact import ContactList
from holdfast.report.page.proof import sure_of
from holdfast.report.page.words import signed, title
from holdfast.report.text import nobody, table
from holdfast.wording import ago, counted

# Whom a policy contacts, as its campaign showed; a list without such a verdict is refused.
_CHOSEN = {PERSONAL: N_("by customer"), ALL: N_("all"), NOBODY: N_("nobody")}
# What those do who are left alone: of both kinds of effects, expected or not, that few can show and that they can.
_STAY = (
    N_("too few to show any effect, where {stay:.0%} stay anyway and {expected} points can be expected"),
    N_(
        "they can show an effect of {effect} points or more (80 % power), where {stay:.0%} stay anyway and "
        "{expected} points can be expected"
    ),
    N_("too few to show any effect, where {stay:.0%} stay anyway"),
    N_("they can show an effect of {effect} points or more (80 % power), where {stay:.0%} stay anyway"),
)
_BACK = (
    N_("too few to show any effect, where {stay:.0%} come back anyway and {expected} points can be expected"),
    N_(
        "they can show an effect of {effect} points or more (80 % power), where {stay:.0%} come back anyway and "
        "{expected} points can be expected"
    ),
    N_("too few to show any effect, where {stay:.0%} come back anyway"),
    N_("they can show an effect of {effect} points or more (80 % power), where {stay:.0%} come back anyway"),
)
_TAKEN_BACK = (
    N_(
        "too few to show any effect, where {stay:.0%} take their notice back anyway and {expected} points can be "
        "expected"
    ),
    N_(
        "they can show an effect of {effect} points or more (80 % power), where {stay:.0%} take their notice back "
        "anyway and {expected} points can be expected"
    ),
    N_("too few to show any effect, where {stay:.0%} take their notice back anyway"),
    N_(
        "they can show an effect of {effect} points or more (80 % power), where {stay:.0%} take their notice back "
        "anyway"
    ),
)
_ANYWAY = {"win_back": _BACK, "notice_given": _TAKEN_BACK}


def issued(record: dict[str, Any], decision: ContactList, *, rows: int) -> str:
    """Return a list to contact: what it is, its first rows, where everybody went, and what to expect."""
    account = record["account"]
    lines = [_("WARNING: {warning}", warning=retold(warning)) for warning in record["warnings"]]
    contact = decision.contact
    if not record["treatments"]:
        contact = contact.drop(columns=["treatment", "expected_profit"], errors="ignore")
    head = _(
        "{list}: {who}, as of {as_of}; contact until {until}",
        list=title(record["list"]),
        who=retold(record["customers"]),
        as_of=record["as_of"],
        until=record["valid_until"],
    )
    lines += [head, *([retold(record["in_common"])] if "in_common" in record else [])]
    if len(contact):
        lines.append(table(contact, rows=rows))
    if account["listed"] > rows:
        lines.append(_("… {number} more in the file", number=number(account["listed"] - rows)))
    lines += _account(record) if account["in"] else [nobody(record["customers"])]
    by = _("{file}  (model {model})", file=record["file"], model=record["model_version"])
    lines.append(by if record["model_version"] else record["file"])
    lines += [retold(record["earlier"])] if record["earlier"] else []
    return "\n".join([*lines, *made_harmless(record["made_harmless"], "--format xlsx")])


def _account(record: dict[str, Any]) -> list[str]:
    """Return where everybody on a list went, by what, and what to expect of it."""
    account, expected = record["account"], record["expected"]
    lines = ["", _("{customers:n customer} on the list", customers=account["in"])]
    lines += [f"  {said}" for said in _went(record)]
    if policy := record["policy"]:
        said = N_("effects by the policy {name} ({version}), {chosen}")
        if policy["forced"]:
            said = N_(
                "effects by the policy {name} ({version}), {chosen}, forced: its campaign did not show that this pays"
            )
        chosen = _(_CHOSEN[policy["chosen"]])
        lines.append("  " + _(said, name=policy["name"], version=policy["version"], chosen=chosen))
    if expected and "customers" in expected:
        lines += [
            _(
                "Expected: {churners:n churner} among them, {false_alarms:n false alarm}",
                churners=expected["churners"],
                false_alarms=expected["false_alarms"],
            ),
            "  " + _("cost {cost}, profit {profit}", cost=_range(expected, "cost"), profit=_range(expected, "profit")),
            "  " + _("ranges: by chance, and as far off as the model was when last tested"),
            *(f"  {said}" for said in sure_of(record, record.get("measured", []))),
        ]
    return lines


def _went(record: dict[str, Any]) -> list[str]:
    """Return where everybody on the list went."""
    account = record["account"]
    said = [_("{number} to contact", number=number(account["listed"]))]
    if tried := record.get("explored"):
        said.append(
            "  " + _("{number} of them drawn at random to learn whether contacts like these pay", number=number(tried))
        )
    held = N_("{number} held back as control ({share:.0%} at random)")
    if account["listed"] or account["control"]:
        said.append(_(held, number=number(account["control"]), share=record["control_share"]))
    if account["listed"] and not account["control"] and record["control_share"]:
        none = _("chance held nobody back, so this list cannot show what it changes: a greater lists.control_share can")
        said.append(f"  {none}")
    said += smallest_effect(record["smallest_effect"], record["list"])
    suppressed = N_("{number} suppressed: {reason}")
    said += [_(suppressed, number=number(n), reason=retold(reason)) for reason, n in account["suppressed"].items()]
    if record["treatments"]:
        none = N_("{number} not worth contacting: no treatment is expected to pay for itself")
        said.append(_(none, number=number(account["not_worth_contacting"])))
        said += [f"  {_would_pay(one)}" for one in record.get("would_pay", [])]
    elif record.get("treatments_for_others") and account["listed"]:
        said.append(_("no treatment is meant for this list (treatments: lists), so everybody on it may be contacted"))
    if beyond := account["beyond_budget_or_capacity"]:
        said.append(_("{number} beyond the budget or capacity", number=number(beyond)))
    return said


def _would_pay(one: Mapping[str, Any]) -> str:
    """Return what a treatment that pays for nobody would have to be."""
    acceptance, cost = one["stated"]
    both = {"treatment": one["treatment"], "least": one["acceptance"], "acceptance": acceptance}
    both |= {"most": one["offer_cost"], "cost": cost}
    if one["acceptance"] > 1:
        return _(
            "{treatment} would pay for somebody if the offer cost less than {most:,.2f} (stated: {cost:,.2f})", **both
        )
    if one["offer_cost"] <= 0:
        return _(
            "{treatment} would pay for somebody from an acceptance of {least:.0%} on (stated: {acceptance:.0%})", **both
        )
    said = N_(
        "{treatment} would pay for somebody from an acceptance of {least:.0%} on (stated: {acceptance:.0%}), or if the "
        "offer cost less than {most:,.2f} (stated: {cost:,.2f})"
    )
    return _(said, **both)


def smallest_effect(found: Mapping[str, Any] | None, name: str = "") -> list[str]:
    """Return the smallest effect that a control group of the list of a name can show, and what would show more."""
    if found is None:
        return []
    few_expected, shown_expected, few_alone, shown_alone = _ANYWAY.get(name, _STAY)
    known = {name: _points(found[name]) for name in ("effect", "expected") if found[name] is not None}
    few, shown = (few_expected, shown_expected) if "expected" in known else (few_alone, shown_alone)
    said = _(shown if "effect" in known else few, stay=found["stay"], **known)
    if found["enough"]:
        return [f"  {said}"]
    advice = N_(
        "that is hardly enough: pool several lists, hold back more (half would show {half}), or keep a programme "
        "holdout (holdout.share)"
    )
    if found["at_half"] is None:
        advice = N_(
            "that is hardly enough: pool several lists, hold back more (not even half would), or keep a programme "
            "holdout (holdout.share)"
        )
    return [f"  {said}", "  " + _(advice, half=None if found["at_half"] is None else _points(found["at_half"]))]


def _points(share: float) -> str:
    return signed(100 * share, 1)


def made_harmless(cells: Mapping[str, int], instead: str) -> list[str]:
    """Return a sentence about texts of a CSV that would run in a spreadsheet; none if there are none."""
    if not cells:
        return []
    counts = ", ".join(_("{number} in {column}", number=number(n), column=name) for name, n in cells.items())
    said = N_(
        "An apostrophe stands before texts that a spreadsheet would run as a formula: {counts}. To join them back as "
        "they are, use {instead}, where ids are text."
    )
    return [_(said, counts=counts, instead=instead)]


def _range(expected: dict[str, float], name: str) -> str:
    low, high = (number(expected[f"{name}_{end}"]) for end in ("low", "high"))
    return _("{value} (95 % {low} to {high})", value=number(expected[name]), low=low, high=high)


def status(found: dict[str, Any], options: str = "") -> str:
    """Return what is due, with the command that does it and the options it needs, and the lists made so far."""
    lines = [f"{found['scenario']}, {found['today']}"]
    for task in found["tasks"]:
        age = "never" if task["done"] is None else f"{task['done']}, {ago(task['days'])}"
        due = f"DUE: {task['do']}{options}" if task["due"] else "in time"
        if "shut_until" in task:
            due = f"shut until about {task['shut_until']}: nothing new to read"
        lines.append(f"  {task['task']:<10}{age:<28}every {counted(task['every'], 'day')}  {due}")
    lines += [f"  WARNING, of the last scoring: {said}" for said in found.get("delivery", ())]
    kinds = Counter((one["list"], one["as_of"]) for one in found["lists"])
    for one in found["lists"]:
        until = f"until {one['valid_until']}" if one["valid"] else f"expired {one['valid_until']}"
        counts = f"{one['listed']:,} listed, {one['control']:,} control"
        # Of several lists of the same scores the folder says which is which: `experiment list` takes its name.
        which = f" ({Path(one['folder']).name})" if kinds[one["list"], one["as_of"]] > 1 else ""
        lines.append(f"  list {one['list']:<13} as of {one['as_of']}, {until}: {counts}{which}")
    return "\n".join(lines)
