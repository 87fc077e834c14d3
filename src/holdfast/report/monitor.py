"""What the monitor found, as text for a terminal."""

from typing import Any

from holdfast.data.delivered import KINDS, SHORT
from holdfast.wording import counted

_FORM = {"area": "{:.3f}", "share": "{:.1%}"}


def monitor(found: dict[str, Any]) -> str:
    """Return every promise beside what happened, what is unlike the training, and the verdict."""
    lines = [f"{found['today']}: what happened until {found['known_until']} is known"]
    for one in found["judged"]:
        # A list without customers knows of no model.
        by = f"  (model {one['model_version']})" if one["model_version"] else ""
        lines.append(f"{one['what']} as of {one['as_of']}, outcome until {one['until']}{by}")
        if one["promises"]:
            lines.append(f"  {'':<46}{'judged':>10}{'promised':>13}{'seen':>13}  by chance")
        lines += [_promise(p) for p in one["promises"]]
        lines += [f"  {said}" for said in one["said"]]
    promises = [p for one in found["judged"] for p in one["promises"]]
    outside = [p for p in promises if not p["low"] <= p["seen"] <= p["high"]]
    if outside and not any(p["alarm"] for p in promises):
        lines.append(_outside(len(outside), len(promises)))
    if not found["judged"]:
        lines.append("No scores and no lists yet: holdfast run, then holdfast list at-risk")
    lines += [f"{'WARNING' if d['kind'] in KINDS else 'UNLIKE BEFORE'}: {d['said']}" for d in found["drift"]]
    if not any(d["kind"] != SHORT for d in found["drift"]) and found["model_version"]:
        lines.append("Today's rows are like those of the training.")
    lines.append(f"Verdict: {found['verdict']}")
    drift = {d["said"] for d in found["drift"]}
    lines += [f"  {reason}" for reason in found["reasons"] if reason not in drift]
    return "\n".join([*lines, *([found["do"]] if found["do"] else [])])


def _outside(outside: int, figures: int) -> str:
    """Return why figures outside their ranges need be no alarm."""
    if outside == 1:
        return (
            f"1 of the {figures} figures lies outside its range, as chance alone does to 1 in 20: it would be an alarm "
            f"only if so far outside that chance does it in less than 4 of 100 runs to any of {figures}, and it is not."
        )
    return (
        f"{outside} of the {figures} figures lie outside their ranges, but none far: they are of the same customers, "
        "so one cause moves many of them together. An alarm is raised where one lies so far outside that chance does "
        f"it in less than 4 of 100 runs to any of {figures}; if as many lie outside again next time, look at "
        "what they have in common."
    )


def _promise(p: dict[str, Any]) -> str:
    form = _FORM.get(p["unit"], "{:,.0f}")
    promised, seen, low, high = (form.format(p[name]) for name in ("promised", "seen", "low", "high"))
    said = f"{p['what']}, {p['who']}"
    mark = "  ALARM" if p["alarm"] else ""
    return f"  {said:<46}{p['customers']:>10,}{promised:>13}{seen:>13}  {low} to {high}{mark}"


def _removed(done: dict[str, Any], each: bool) -> list[str]:
    if each:
        return [f"    {name}: {counted(rows, 'row')}" for name, rows in done["removed"].items()]
    return [
        f"    {kind}: {counted(n['rows'], 'row')} from {n['files']:,} of {counted(n['looked'], 'file')}"
        for kind, n in done["kinds"].items()
    ]


def forgotten(done: dict[str, Any], *, each: bool = False) -> str:
    """Return what a forgetting removed, and which models may have learnt from them; no id.

    With ``each`` every file is named from which rows were removed, and else how many of each kind of output.
    """
    lines = [
        f"Forgotten: {counted(done['customers'], 'customer')}, {done['new']:,} of them new",
        f"  {counted(done['rows'], 'row')} removed from {counted(done['files'], 'file')}, {done['database']:,} from "
        "the database",
        *_removed(done, each),
        "  Their lines are left out whenever the tables are read again (holdfast check counts them).",
        "  Your own tables, and lists that were sent elsewhere, are not Holdfast's: remove them there too.",
    ]
    if done["models"]:
        lines.append("Models that may have learnt from them (they hold no customer; holdfast train makes one without):")
    for one in done["models"]:
        aliases = f" ({', '.join(one['aliases'])})" if one["aliases"] else ""
        lines.append(f"  {one['model_version']} as of {one['as_of']}{aliases}")
    return "\n".join(lines)
