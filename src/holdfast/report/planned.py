"""The plan of an experiment as text for a terminal; each function takes the ``as_dict`` of what it shows."""

from typing import Any

from holdfast.wording import brief, counted


def plan(found: dict[str, Any]) -> str:
    """Return the size of an experiment and what it detects."""
    return f"{counted(found['customers'], 'customer')}: {_arms(found)}\n{_detects(found)}"


def clusters(found: dict[str, Any]) -> str:
    """Return how many clusters there are or must be, what they detect, and what the past said."""
    past, high = found["past"], found["at_high_icc"]
    one = past["column"] if past else "cluster"
    size = f"{found['cluster_size']:,.4g}"
    lines = [
        f"{_clusters(found)} of {size} customers ({found['customers']:,}): {_arms(found)}",
        _detects(found),
        f"  customers of one {one} behave alike (ICC {found['icc']:.3g}): {found['customers']:,} tell as much as "
        f"{found['worth']:,} assigned one by one (design effect {found['design_effect']:.3g})",
    ]
    if past:
        sizes = f"{past['cluster_size']:,.4g} customers each (coefficient of variation {past['cluster_cv']:.2f})"
        lines.append(
            f"  the past: {counted(past['clusters'], 'cluster')} by {one}, {sizes}, ICC {past['icc']:.3g} "
            f"(95 % {past['low']:.3g} to {past['high']:.3g})"
        )
    if high:
        lines.append(f"  if they are as alike as the upper limit: {_otherwise(found, high)}")
    elif past and past["high"] > found["icc"]:
        lines.append("  if they are as alike as the upper limit, no such experiment shows it")
    if min(found["control"], found["treated"]) < _FEW:
        lines.append(
            f"  fewer than {_FEW} in an arm: one unusual {one} decides; more of them tell more than larger ones"
        )
    return "\n".join(lines)


# Of fewer, errors are known badly, and what is planned with is not what comes.
_FEW = 6


def _otherwise(found: dict[str, Any], high: dict[str, Any]) -> str:
    if high["clusters"] != found["clusters"]:
        return f"{_clusters(high)} (ICC {high['icc']:.3g})"
    if high["effect"] != found["effect"]:
        return f"{_effect(high)} (ICC {high['icc']:.3g})"
    return f"{high['cluster_size']:,.4g} customers of each (ICC {high['icc']:.3g})"


def _clusters(found: dict[str, Any]) -> str:
    return counted(found["clusters"], "cluster")


def _effect(found: dict[str, Any]) -> str:
    return f"{brief(found['effect'] * 100)} points" if found["kind"] == "proportion" else brief(found["effect"], 4)


def _arms(found: dict[str, Any]) -> str:
    arms = f"{found['treated']:,} treated" if found["arms"] == 1 else f"{found['arms']} arms of {found['treated']:,}"
    return f"{found['control']:,} control, {arms}"


def _detects(found: dict[str, Any]) -> str:
    effect, of = _effect(found), _amount(found)
    return f"  detect {effect} on {of} with power {found['power']:.0%} at alpha {found['alpha']:g}, two-sided"


def _amount(found: dict[str, Any]) -> str:
    if found["kind"] == "proportion":
        return f"a share of {found['baseline']:.3g}"
    return f"a mean (standard deviation {brief(found['sd'], 4, sign='')})"
