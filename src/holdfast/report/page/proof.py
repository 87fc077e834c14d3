"""Proof: what was measured of the treatments of a list, or that nothing was: what its expected profit rests on."""

from collections.abc import Mapping
from typing import Any

from holdfast.language import N_, number
from holdfast.language import gettext as _
from holdfast.report.page.experiments import doubts, verdict_of
from holdfast.report.page.words import day, sentence

_UNPROVEN = N_("what a contact changes is unproven until measured")
_UNPROVEN_OF = N_("what a contact with {treatments} changes is unproven until measured")
_LEARNT = N_("the effect of a contact is as sure as the policy's campaign")
_MEASURED = N_("what a contact changes is as sure as the control groups of earlier lists")
_NOT_USED = N_(
    "the expected profit goes by the acceptance that is stated; with `effect: measured` it goes by what was measured"
)


def evidence(record: Mapping[str, Any], experiments: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what was measured of each treatment that a list may give, beside what its decisions went by.

    Parameters
    ----------
    record
        Of the list: its ``treatments``, and the ``acceptance`` that decided, where ``effect: measured`` asked for it.
    experiments
        What was measured (``keep_effect``), by name. Those whose arms were not alike say nothing.

    Returns
    -------
    list of dict
        ``treatment``, ``experiment`` and either ``accepted``, what the control group of a list says of the acceptance
        (of several lists the one that is most sure), or ``effect`` of an arm of the treatment's name.
    """
    decided = {one["treatment"] for one in record.get("acceptance", ())}
    trusted = {name: found for name, found in experiments.items() if not doubts(found)}
    found = []
    for treatment in _offered(record):
        if treatment in decided:
            continue
        accepted = [
            {"treatment": treatment, "experiment": name, "accepted": one, **_window(found)}
            for name, found in trusted.items()
            for one in found.get("acceptance") or ()
            if one["treatment"] == treatment
        ]
        arms = [
            {"treatment": treatment, "experiment": name, "effect": effect}
            for name, found in trusted.items()
            for effect in found["effects"]
            if effect["arm"] == treatment
        ]
        if accepted:
            found.append(min(accepted, key=lambda one: _width(one["accepted"]["effect"])))
        elif arms:
            found.append(arms[-1])
    return found


def sure_of(record: Mapping[str, Any], measured: list[dict[str, Any]]) -> list[str]:
    """Return how sure it is what a contact of a list changes: what was measured, and what was not.

    Parameters
    ----------
    record
        Of the list.
    measured
        ``evidence`` of it.

    Examples
    --------
    >>> sure_of({"treatments": [{"name": "voucher"}], "list": "at_risk", "policy": None}, [])
    ['what a contact changes is unproven until measured']
    """
    if record["policy"]:
        return [_(_LEARNT)]
    known = {one["treatment"] for one in (*record.get("acceptance", ()), *measured)}
    if not known:
        return [_(_UNPROVEN)]
    said = [accepted(one) for one in record.get("acceptance", ())]
    said += [_said(one) for one in measured]
    if unknown := [name for name in _offered(record) if name not in known]:
        said.append(_(_UNPROVEN_OF, treatments=", ".join(unknown)))
    if any("accepted" in one for one in measured):
        said.append(_(_NOT_USED))
    if not unknown and not measured:
        said.append(_(_MEASURED))
    return said


def sure_sentences(record: Mapping[str, Any], experiments: Mapping[str, Any]) -> list[str]:
    """Return the same as sentences for a page."""
    return [_("{problem}.", problem=sentence(one)) for one in sure_of(record, evidence(record, experiments))]


def accepted(one: Mapping[str, Any]) -> str:
    """Return what a control group says of how many accept a treatment."""
    return _(
        "{treatment} keeps {mean:.0%} of those who would leave (95 % {low:.0%} to {high:.0%}), as {contacted} "
        "contacted and {held} held back show, of whom {leaving:.0%} would have left; stated: {stated:.0%}",
        treatment=one["treatment"],
        mean=one["mean"],
        low=one["low"],
        high=one["high"],
        contacted=number(one["contacted"]),
        held=number(one["held_back"]),
        leaving=one["leaving"],
        stated=one["stated"],
    )


def _said(one: Mapping[str, Any]) -> str:
    if "effect" in one:
        said = N_("{treatment} was measured in {experiment}: {verdict}")
        verdict = verdict_of(one["effect"])
        return _(said, treatment=one["treatment"], experiment=one["experiment"], verdict=verdict)
    said = N_("{accepted}; measured on {experiment}, {first} to {last}")
    first, last = (day(str(one[end])) for end in ("first", "last"))
    return _(said, accepted=accepted(one["accepted"]), experiment=one["experiment"], first=first, last=last)


def _offered(record: Mapping[str, Any]) -> list[str]:
    """Return the treatments that may be offered on a list."""
    offers = record["treatments"]
    return [str(t["name"]) for t in offers if not t.get("lists") or record["list"] in t["lists"]]


def _window(found: Mapping[str, Any]) -> dict[str, Any]:
    return {"first": found["window_start"], "last": found["window_end"]}


def _width(effect: Mapping[str, Any]) -> float:
    return float(effect["high"] - effect["low"])
