"""Block 1 and 2: what to do, in one sentence, and the four figures behind it."""

from typing import Any

from holdfast.report.page.experiments import change_of
from holdfast.report.page.facts import Facts, Issued
from holdfast.report.page.words import between, day, money, number, percent, title
from holdfast.wording import counted


def headline(facts: Facts) -> dict[str, Any]:
    """Return the sentence, and how fresh scores and model are."""
    made = next((one for one in facts.current if one.record["list"] == "at_risk"), None)
    said = _contact(made, facts) if made is not None else _nobody_decided(facts)
    return {"said": said, "fresh": _fresh(facts), "until": made.record["valid_until"] if made else ""}


def _contact(made: Issued, facts: Facts) -> list[str]:
    record, currency = made.record, facts.question.currency
    account, expected = record["account"], record["expected"] or {}
    of = counted(account["in"], "customer")
    until = day(record["valid_until"])
    if not record["treatments"]:
        return [
            f"{number(account['listed'])} of {of} at risk are to be contacted until {until}.",
            "No treatment is configured, so nothing is said about what contacting them costs or earns.",
        ]
    if not account["listed"]:
        return [f"None of {of} at risk is worth contacting until {until}: no treatment is expected to pay for itself."]
    low, high = money(expected["profit_low"]), money(expected["profit_high"], currency)
    return [
        f"{number(account['listed'])} of {of} at risk are worth contacting until {until}.",
        f"That is expected to cost {money(expected['cost'], currency)} and to earn "
        f"{money(expected['profit'], currency)} ({between(low, high)}).",
        "What a contact changes is unproven until it is measured.",
    ]


def _nobody_decided(facts: Facts) -> list[str]:
    listed = facts.sizes.get("at_risk", 0)
    return [
        f"{counted(listed, 'customer')} {'is' if listed == 1 else 'are'} on the list at risk, and nobody has decided "
        "yet whom to contact.",
        "`holdfast list at-risk` says how many are worth it, until when, and at what cost.",
    ]


def _fresh(facts: Facts) -> list[tuple[str, str]]:
    account, model = facts.account, facts.model
    rows = [("Scores", f"as of {day(facts.as_of)}" if facts.dated else "of a table without dates")]
    if account.get("last_day"):
        rows.append(("Data", f"{day(account['first_day'])} to {day(account['last_day'])}"))
    elif account.get("file"):
        rows.append(("Data", f"{counted(int(account['kept']), 'row')}"))
    trained = f", trained as of {day(model['trained_as_of'])}" if model.get("trained_as_of") else ""
    rows.append(("Model", f"{facts.metrics.get('model_version', 'not known')}{trained}"))
    return rows


def figures(facts: Facts) -> list[dict[str, str]]:
    """Return the four figures, each with its name, its interval, and what it counts."""
    return [_active(facts), _at_risk(facts), _next_year(facts), _last_effect(facts)]


def _active(facts: Facts) -> dict[str, str]:
    asked, lost = facts.question, facts.lost
    who = "customers under contract" if asked.contracts else "active customers"
    leaving = float(facts.risks.sum())
    if lost:
        interval = between(number(lost["churners_low"]), number(lost["churners_high"]))
        said = f"{number(lost['churners'])} of them ({interval}) are expected to {asked.leave}"
    else:
        said = f"{number(leaving)} of them are expected to {asked.leave}"
    return {"name": who, "value": number(facts.eligible), "interval": "a count, known exactly", "said": f"{said}."}


def _at_risk(facts: Facts) -> dict[str, str]:
    asked, lost = facts.question, facts.lost
    if not lost:
        why = "Without amounts (or prices of contracts) nothing is said about money."
        return {"name": "value at risk", "value": "not known", "interval": "", "said": why}
    days = asked.value_days if asked.contracts else asked.churn_days
    return {
        "name": "value at risk",
        "value": money(lost["value"], asked.currency),
        "interval": between(money(lost["value_low"]), money(lost["value_high"])),
        "said": f"Margin of {days} days that is expected to go with those who leave, if nobody is contacted.",
    }


def _next_year(facts: Facts) -> dict[str, str]:
    asked, base = facts.question, facts.base
    name = f"what they will bring in, {asked.value_days} days"
    if not base:
        return {"name": name, "value": "not known", "interval": "", "said": "It needs amounts, or prices of contracts."}
    counted_as = "Spend" if asked.margin == 1 else f"Margin ({percent(asked.margin)} of spend)"
    discount = f", discounted at {percent(asked.yearly_discount)} a year" if asked.yearly_discount else ""
    who = "of customers under contract" if asked.contracts else f"of all {number(facts.customers)} customers"
    more = (
        "The range holds who leaves in the next window, not what comes after it."
        if asked.contracts
        else ("New customers come on top.")
    )
    return {
        "name": name,
        "value": money(base["total"], asked.currency),
        "interval": between(money(base["low_95"]), money(base["high_95"])),
        "said": f"{counted_as} {who}{discount}. {more}",
    }


def _last_effect(facts: Facts) -> dict[str, str]:
    name = "last programme effect"
    if not facts.experiments:
        how = (
            "`holdfast experiment measure` does."
            if facts.question.contracts
            else ("when its window is over, `holdfast experiment list` does.")
        )
        return {
            "name": name,
            "value": "not measured yet",
            "interval": "",
            "said": f"Nothing has compared those contacted with those held back; {how}",
        }
    last, found = facts.measured[-1]
    effect = (found["effects"] or [{}])[-1]
    change, interval = change_of(effect, digits=1 if effect["kind"] == "rate" else 2)
    clear = "" if effect["significant"] else " No clear effect: the range holds 0."
    return {
        "name": name,
        "value": change,
        "interval": interval,
        "said": f"{title(effect['outcome'])} per customer, {effect['arm']} against {found['control']}, {last}.{clear}",
    }
