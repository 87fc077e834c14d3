"""What the monitor found, as text for a terminal."""

from typing import Any

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
        lines.append(
            f"{len(outside)} of the {len(promises)} figures {'lies' if len(outside) == 1 else 'lie'} outside the range "
            "that chance gives 95 of 100; all of them together, that is no alarm."
        )
    if not found["judged"]:
        lines.append("No scores and no lists yet: holdfast run, then holdfast list at-risk")
    lines += [f"UNLIKE BEFORE: {d['said']}" for d in found["drift"]]
    if not found["drift"] and found["model_version"]:
        lines.append("Today's rows are like those of the training.")
    lines.append(f"Verdict: {found['verdict']}")
    lines += [f"  {reason}" for reason in found["reasons"]]
    return "\n".join([*lines, *([found["do"]] if found["do"] else [])])


def _promise(p: dict[str, Any]) -> str:
    form = _FORM.get(p["unit"], "{:,.0f}")
    promised, seen, low, high = (form.format(p[name]) for name in ("promised", "seen", "low", "high"))
    said = f"{p['what']}, {p['who']}"
    mark = "  ALARM" if p["alarm"] else ""
    return f"  {said:<46}{p['customers']:>10,}{promised:>13}{seen:>13}  {low} to {high}{mark}"


def forgotten(done: dict[str, Any]) -> str:
    """Return what a forgetting removed, and which models may have learnt from them; no id."""
    lines = [
        f"Forgotten: {counted(done['customers'], 'customer')}, {done['new']:,} of them new",
        f"  {counted(done['rows'], 'row')} removed from {counted(done['files'], 'file')}, {done['database']:,} from "
        "the database",
        "  Their lines are left out whenever the tables are read again (holdfast check counts them).",
        "  Your own tables, and lists that were sent elsewhere, are not Holdfast's: remove them there too.",
    ]
    if done["models"]:
        lines.append("Models that may have learnt from them (they hold no customer; holdfast train makes one without):")
    for one in done["models"]:
        aliases = f" ({', '.join(one['aliases'])})" if one["aliases"] else ""
        lines.append(f"  {one['model_version']} as of {one['as_of']}{aliases}")
    return "\n".join(lines)
