"""Learnt policies as text for a terminal; each function takes the ``as_dict`` of what it shows."""

from typing import Any

from holdfast.report.experiments import randomisation
from holdfast.wording import counted


def policy(found: dict[str, Any]) -> str:
    """Return a registered policy: what every way to choose brings, verdict first."""
    verdict, value = found["verdict"], found["value"]
    total = sum(found["customers"].values())
    said = verdict["answer"] if verdict["arm"] is None else f"{verdict['answer']} with {verdict['arm']}"
    lines = [
        f"Policy {found['policy']} ({found['version']}) from {counted(total, 'customer')}: {found['outcome']}, "
        f"{', '.join(found['arms'])} against {found['control']}",
        f"Verdict: {said}: {verdict['reason']}",
    ]
    if not verdict["shown"] or verdict["answer"] != "by customer":
        lines.append("  choosing by customer is not used unless forced (--force-policy)")
    lines += ["", randomisation(found["randomisation"])]
    lines += [f"  cannot tell of {arm}: {why}" for arm, why in found["cannot_tell"].items()]
    if found.get("present_unknown"):
        lines.append(f"  cannot tell what the present rule brings: {found['present_unknown']}")
    cut = found["winsorised"]
    if cut and cut["cut"]:
        lines.append(
            f"  amounts of {counted(cut['cut'], 'customer')} were cut to {cut['low']:,.2f} to {cut['high']:,.2f}: "
            f"the mean was {cut['mean_before']:,.3f} and is {cut['mean_after']:,.3f}"
        )
    unit = f"Each customer with {found['outcome']} = 1" if found["kind"] == "rate" else f"Each 1 of {found['outcome']}"
    costs = "; ".join(f"{arm} costs {_cost(offer, found['outcome'])}" for arm, offer in found["offers"].items())
    lines += ["", f"{unit} is worth {found['value_per_outcome']:g}; {costs}"]
    if value["share"] is not None:
        lines.append(f"  at most {value['share']:.0%} of the customers contacted")
    lines.append("Earned per 1,000 customers, out of fold, by inverse probability")
    width = max(len(way["way"]) for way in value["ways"])
    lines.append(f"  {'way to choose':<{max(width, 13)}}  contacted  {'against nobody':>32}  {'policy over it':>32}")
    for way in value["ways"]:
        over = "" if way["policy_over"] is None else _money(way["policy_over"])
        lines.append(
            f"  {way['way']:<{max(width, 13)}}{way['contacted']:>10.1%}  {_money(way['value']):>32}  {over:>32}"
        )
    return "\n".join([*lines, str(found["folder"])])


def _cost(offer: dict[str, float], outcome: str) -> str:
    """Return what an arm costs, with its verb before it."""
    parts = [f"{offer['contact']:g} a contact"] if offer["contact"] else []
    parts += [f"{offer['offer']:g} for each of them with {outcome} = 1"] if offer["offer"] else []
    return " and ".join(parts) or "nothing"


def _money(e: dict[str, Any]) -> str:
    # Adding 0 takes the sign off a rounded −0.
    effect, low, high = (round(e[name] * 1000, 1) + 0.0 for name in ("effect", "low", "high"))
    return "0" if low == effect == high == 0 else f"{effect:+,.1f} ({low:+,.1f} to {high:+,.1f})"
