"""Block 1 and 2: what to do, in one sentence, and the four figures behind it."""

from typing import Any

from holdfast.experiments.effects import holm
from holdfast.language import N_, ngettext
from holdfast.language import gettext as _
from holdfast.report.page.experiments import change_of, doubts, is_clear, titled, verdict_of
from holdfast.report.page.facts import BUY_NOTHING, END_CONTRACT, END_IN_LABEL, Facts, Issued
from holdfast.report.page.proof import sure_sentences
from holdfast.report.page.words import arm, between, day, money, number, percent, sentence, sentences_of, title
from holdfast.wording import rounded

_LEAVE = {
    BUY_NOTHING: N_("{number} of them are expected to buy nothing in the next {days} days."),
    END_CONTRACT: N_("{number} of them are expected to end their contract in the next {days} days."),
    END_IN_LABEL: N_("{number} of them are expected to end their contract in the window of the label."),
}
# By whether customers have contracts, and whether all of the spend is counted.
_WORTH = {
    (False, True): N_("Spend of all {customers} customers."),
    (False, False): N_("Margin ({share} of spend) of all {customers} customers."),
    (True, True): N_("Spend of customers under contract."),
    (True, False): N_("Margin ({share} of spend) of customers under contract."),
}
_LEAVE_BETWEEN = {
    BUY_NOTHING: N_("{number} of them ({range}) are expected to buy nothing in the next {days} days."),
    END_CONTRACT: N_("{number} of them ({range}) are expected to end their contract in the next {days} days."),
    END_IN_LABEL: N_("{number} of them ({range}) are expected to end their contract in the window of the label."),
}


def headline(facts: Facts) -> dict[str, Any]:
    """Return the sentence, and how fresh scores and model are."""
    made = next((one for one in facts.current if one.record["list"] == "at_risk"), None)
    said = _contact(made, facts) if made is not None else _nobody_decided(facts)
    listed = made.record["account"]["in"] if made is not None else facts.sizes.get("at_risk", 0)
    said = [said[0], *_beyond_the_list(facts, listed), *said[1:]]
    return {"said": said, "fresh": _fresh(facts), "until": made.record["valid_until"] if made else ""}


def _contact(made: Issued, facts: Facts) -> list[str]:
    record, currency = made.record, facts.question.currency
    account, expected = record["account"], record["expected"] or {}
    asked = {"listed": number(account["listed"]), "customers": account["in"], "day": day(record["valid_until"])}
    to_contact = _("{listed} of {customers:n customer} on the list at risk are to be contacted until {day}.", **asked)
    if not record["treatments"]:
        return [
            to_contact,
            _("No treatment is configured, so nothing is said about what contacting them costs or earns."),
        ]
    if not account["listed"]:
        none = N_(
            "None of {customers:n customer} on the list at risk is worth contacting until {day}: no treatment is "
            "expected to pay for itself."
        )
        return [_(none, **asked)]
    low, high = money(expected["profit_low"]), money(expected["profit_high"], currency)
    return [
        to_contact,
        _(
            "That is expected to cost {cost} and to earn {profit} ({range}).",
            cost=money(expected["cost"], currency),
            profit=money(expected["profit"], currency),
            range=between(low, high),
        ),
        *sure_sentences(record, facts.experiments),
    ]


def _beyond_the_list(facts: Facts, listed: int) -> list[str]:
    """Say how many are likely to leave where the list holds fewer: its length is `lists.most`, and no count of them."""
    likely = int((facts.risks >= 0.5).sum())
    if likely <= listed:
        return []
    said = N_(
        "The list is cut at the {listed} with most at stake; {number} active customers are more likely to leave than "
        "not."
    )
    return [_(said, listed=number(listed), number=number(likely))]


def _nobody_decided(facts: Facts) -> list[str]:
    listed = facts.sizes.get("at_risk", 0)
    return [
        ngettext(
            "{n} customer is on the list at risk, and nobody has decided yet whom to contact.",
            "{n} customers are on the list at risk, and nobody has decided yet whom to contact.",
            listed,
        ),
        _("`holdfast list at-risk` says how many are worth it, until when, and at what cost."),
    ]


def _fresh(facts: Facts) -> list[tuple[str, str]]:
    account, model = facts.account, facts.model
    when = _("as of {day}", day=day(facts.as_of)) if facts.dated else _("of a table without dates")
    rows = [(_("Scores"), when)]
    if account.get("last_day"):
        span = _("{low} to {high}", low=day(account["first_day"]), high=day(account["last_day"]))
        rows.append((_("Data"), span))
    elif account.get("file"):
        rows.append((_("Data"), _("{rows:n row}", rows=int(account["kept"]))))
    version = facts.metrics.get("model_version") or _("not known")
    if model.get("trained_as_of"):
        version = _("{version}, trained as of {day}", version=version, day=day(model["trained_as_of"]))
    rows.append((_("Model"), version))
    return rows


_AT_RISK = {
    False: N_(
        "What those who are expected to leave would bring in within {days} days if they bought: the most that keeping "
        "them could earn."
    ),
    True: N_("What contracts that are expected to end would bring in within {days} days if they ran on."),
}


def figures(facts: Facts) -> list[dict[str, str]]:
    """Return the four figures, each with its name, its interval, and what it counts."""
    return [_active(facts), _at_risk(facts), _next_year(facts), _last_effect(facts)]


def _active(facts: Facts) -> dict[str, str]:
    asked, lost = facts.question, facts.lost
    who = _("customers under contract") if asked.contracts else _("active customers")
    if lost:
        interval = between(number(lost["churners_low"]), number(lost["churners_high"]))
        leavers = number(lost["churners"])
        said = _(_LEAVE_BETWEEN[asked.leaving], number=leavers, range=interval, days=asked.churn_days)
    else:
        said = _(_LEAVE[asked.leaving], number=number(float(facts.risks.sum())), days=asked.churn_days)
    return {"name": who, "value": number(facts.eligible), "interval": "", "said": said}


def _at_risk(facts: Facts) -> dict[str, str]:
    asked, lost = facts.question, facts.lost
    if not lost:
        why = _("Without amounts (or prices of contracts) nothing is said about money.")
        return {"name": _("value at risk"), "value": _("not known"), "interval": "", "said": why}
    days = asked.value_days if asked.contracts else asked.churn_days
    return {
        "name": _("value at risk"),
        "value": money(lost["value"], asked.currency),
        "interval": between(money(lost["value_low"]), money(lost["value_high"])),
        "said": _(_AT_RISK[asked.contracts], days=days),
    }


def _next_year(facts: Facts) -> dict[str, str]:
    asked, base = facts.question, facts.base
    name = _("expected in the next {days} days", days=asked.value_days)
    if not base:
        need = _("It needs amounts, or prices of contracts.")
        return {"name": name, "value": _("not known"), "interval": "", "said": need}
    said = [
        _(_WORTH[asked.contracts, asked.margin == 1], customers=number(facts.customers), share=percent(asked.margin))
    ]
    if asked.yearly_discount:
        said.append(_("Discounted at {rate} a year.", rate=percent(asked.yearly_discount)))
    beyond = N_("The range covers who leaves in the next window, not what comes after it.")
    said.append(_(beyond if asked.contracts else N_("New customers come on top.")))
    return {
        "name": name,
        # To as many digits, and as sure, as `holdfast value` says it.
        "value": money(rounded(base["total"]), asked.currency),
        "interval": between(money(rounded(base["low_80"])), money(rounded(base["high_80"])), 80),
        "said": sentences_of(said),
    }


def _last_effect(facts: Facts) -> dict[str, str]:
    name = _("what contacts changed")
    if not facts.experiments:
        none = _(
            N_("Nothing has compared those contacted with those held back; `holdfast experiment measure` does.")
            if facts.question.contracts
            else N_(
                "Nothing has compared those contacted with those held back; when its window is over, "
                "`holdfast experiment list` does."
            )
        )
        return {"name": name, "value": _("not measured yet"), "interval": "", "said": none}
    shown, found = _most_telling(facts)
    effect = (found["effects"] or [{}])[-1]
    change, interval = change_of(effect)
    said = [
        _(
            "{outcome} per customer, {arm} against {control}, {experiment}.",
            outcome=title(effect["outcome"]),
            arm=arm(effect["arm"]),
            control=arm(found["control"]),
            experiment=titled(facts, shown),
        )
    ]
    if found.get("window_start"):
        first, last = (day(str(found[f"window_{end}"])) for end in ("start", "end"))
        said.append(_("Counted {first} to {last}.", first=first, last=last))
    if found["randomisation"]["problems"]:
        said.append(_("Do not trust this figure: chance did not assign as planned."))
    elif why := doubts(found):
        said.append(_("{problem}.", problem=sentence(why[0])))
    elif not effect["significant"]:
        said.append(_("No clear effect: the range includes 0."))
    elif not is_clear(effect):
        said.append(_("No clear effect among as many as were looked at (Holm)."))
    newest, latest = facts.measured[-1]
    if newest != shown:
        said.append(_newest(titled(facts, newest), latest))
    return {
        "name": name,
        "value": change,
        "interval": interval,
        "said": sentences_of(said),
    }


def _most_telling(facts: Facts) -> tuple[str, dict[str, Any]]:
    """Return the newest experiment that shows something clearly; where none does the newest that can be trusted.

    An older one is clear only if it is among as many as were measured: of twenty lists one differs by chance.
    """
    measured = facts.measured
    sound = [(name, found) for name, found in measured if found["effects"] and not doubts(found)]
    if not sound:
        return measured[-1]
    corrected = holm([found["effects"][-1]["p_holm"] for _, found in sound])
    if is_clear(sound[-1][1]["effects"][-1]):
        return sound[-1]
    clear = [one for one, p in zip(sound, corrected, strict=True) if is_clear(one[1]["effects"][-1], p)]
    return (clear or sound)[-1]


def _newest(name: str, found: dict[str, Any]) -> str:
    """Return what the newest experiment says, where an older one is shown."""
    if doubts(found) or not found["effects"]:
        return _("The newest, {experiment}, is not to be trusted.", experiment=name)
    return _("The newest, {experiment}: {verdict}.", experiment=name, verdict=verdict_of(found["effects"][-1]))
