"""Block 5: can I trust it? Promised against happened, the gain over simple rules, the season, the race, past lists."""

from typing import Any

from markupsafe import Markup

from holdfast.churn.season import SEASON, SEASON_OF_YEARS, SEASON_UNKNOWN
from holdfast.experiments.effects import holm
from holdfast.language import N_, made_from, retold
from holdfast.language import gettext as _
from holdfast.learn.intervals import NORMAL_95, wilson
from holdfast.lists.contact import LEAST_HELD_BACK
from holdfast.report.page.charts import Chart, ticks
from holdfast.report.page.experiments import verdict_of
from holdfast.report.page.facts import Facts
from holdfast.report.page.words import between, day, list_title, number, percent, sentence, sentences_of, signed

_RUNS = 6
_RULES = {"recency_rule": N_("recency rule"), "plan_and_tenure": N_("plan and tenure alone")}
_FIGURES = (
    (N_("ranking (AUC; 0.5 is chance, 1 perfect)"), "auc", 3),
    (N_("lift of the riskiest tenth (1 is chance)"), "lift_top_decile", 2),
    (N_("log loss (less is better)"), "log_loss", 3),
    (N_("calibration error (less is better)"), "ece", 3),
)


def reliability(facts: Facts) -> dict[str, Any]:
    """Return promised against happened: ten groups of customers by promised risk, and how many of each left."""
    held = _held(facts)
    bins = held.get("reliability") or []
    if not bins:
        none = _("There was no held-out test: `holdfast train` makes one when the data reach back.")
        why = retold(str(held["skipped"])) if held.get("skipped") else none
        return {"chart": Markup(), "said": why, "rows": []}
    promised, happened = [b["mean_p"] for b in bins], [b["churn_rate"] for b in bins]
    ranges = [wilson(b["churn_rate"], b["customers"], NORMAL_95) for b in bins]
    top = min(1.0, max(*promised, *(high for _, high in ranges)) * 1.08)
    chart = Chart(_("Promised risk of ten groups of customers against the share that left"), (0.0, top), (0.0, top))
    chart.axis_y([(t, percent(t)) for t in ticks(0, top)])
    chart.line(chart.at_x(0), chart.at_y(0), chart.at_x(top), chart.at_y(top), "zero")
    for p, y, (low, high), one in zip(promised, happened, ranges, bins, strict=True):
        x = chart.at_x(p)
        chart.line(x, chart.at_y(low), x, chart.at_y(high), "whisker")
        tip = _(
            "promised {promised}, happened {happened}, {customers} customers",
            promised=percent(p, 1),
            happened=percent(y, 1),
            customers=number(one["customers"]),
        )
        chart.add(f'<circle cx="{x:.1f}" cy="{chart.at_y(y):.1f}" r="4" class="dot"><title>{tip}</title></circle>')
    chart.axis_x([(t, percent(t)) for t in ticks(0, top)], _("promised risk (happened at the left)"))
    said = _("On the dashed line, what was promised is what happened; the strokes are 95 % ranges by chance.")
    rows = [
        (percent(b["mean_p"], 1), percent(b["churn_rate"], 1), between(percent(low, 1), percent(high, 1)))
        for b, (low, high) in zip(bins, ranges, strict=True)
    ]
    return {"chart": chart.svg(), "said": said, "rows": rows, "when": _when(held)}


def _held(facts: Facts) -> dict[str, Any]:
    found = facts.metrics.get("held_out")
    return found if isinstance(found, dict) else {}


def _when(held: dict[str, Any]) -> str:
    if held.get("cutoff"):
        return _(
            "Predicted on {cutoff}, looked at on {end}; the model had not seen it.",
            cutoff=day(held["cutoff"]),
            end=day(held["window_end"]),
        )
    return _("Tested on customers that the model had not seen.")


def gains(facts: Facts) -> dict[str, Any]:
    """Return how many of those who left are reached by contacting the riskiest share, and the gain over the rule."""
    held = _held(facts)
    steps = held.get("gains") or []
    if not steps:
        return {"chart": Markup(), "said": "", "rows": [], "compared": _compared(held)}
    share, reached = [0.0, *(s["share"] for s in steps)], [0.0, *(s["churners_reached"] for s in steps)]
    chart = Chart(_("Share of those who left that is reached by contacting the riskiest customers"), (0, 1), (0, 1))
    quarters = (0.0, 0.25, 0.5, 0.75, 1.0)
    chart.axis_y([(t, percent(t)) for t in quarters])
    chart.line(chart.at_x(0), chart.at_y(0), chart.at_x(1), chart.at_y(1), "zero")
    chart.path(share, reached, "curve")
    chart.axis_x([(t, percent(t)) for t in quarters], _("riskiest customers contacted (reached at the left)"))
    third = min(steps, key=lambda s: abs(s["share"] - 0.3))
    said = _(
        "The riskiest {share} of the customers were {reached} of those who left; picked at random (dashed) they would "
        "have been {share}.",
        share=percent(third["share"]),
        reached=percent(third["churners_reached"]),
    )
    rows = [(percent(s["share"]), percent(s["churners_reached"]), number(s["lift"], 2)) for s in steps]
    return {"chart": chart.svg(), "said": said, "rows": rows, "compared": _compared(held)}


def _compared(held: dict[str, Any]) -> dict[str, Any] | None:
    """Return the model beside the rule that anybody could use."""
    asked = held.get("eligible") or held
    rule = next((name for name in _RULES if isinstance(asked.get(name), dict)), None)
    model = asked.get("churn")
    if rule is None or not isinstance(model, dict):
        return None
    gain = asked.get("auc_gain")
    rows = [(_(words), number(model[key], digits), number(asked[rule][key], digits)) for words, key, digits in _FIGURES]
    rows.append((_("promised on average"), percent(model["mean_p"], 1), percent(asked[rule]["mean_p"], 1)))
    rows.append((_("happened"), percent(model["churn_rate"], 1), percent(asked[rule]["churn_rate"], 1)))
    who = N_("Compared on {customers} customers that the model had not seen.")
    if "eligible" in held:
        who = N_("Compared on {customers} active customers that the model had not seen.")
    said = [_(who, customers=number(model["customers"]))]
    if gain:
        better = N_("It does not rank clearly better than the rule: AUC {gain} ({range}).")
        if gain["high"] < 0:
            better = N_("It ranks clearly worse than the rule: AUC {gain} ({range}).")
        if gain["low"] > 0:
            better = N_("It ranks clearly better than the rule: AUC {gain} ({range}).")
        interval = between(signed(gain["low"], 3), signed(gain["high"], 3))
        said.append(_(better, gain=signed(gain["gain"], 3), range=interval))
    return {"rule": _(_RULES[rule]), "said": sentences_of(said), "rows": rows}


def season(facts: Facts) -> str:
    """Return the note on the season; empty where there is none to say."""
    return next((retold(n) for n in _said(facts) if _of_season(n)), "")


def notes(facts: Facts) -> list[str]:
    """Return what else to know of these scores: the notes of the scoring that no other block shows."""
    elsewhere = {str(n) for n in facts.account.get("notes") or ()}
    race = facts.model.get("race") or {}
    reason = (race.get("churn") or {}).get("reason", "")
    told = [n for n in _said(facts) if n not in elsewhere and not _of_season(n) and not (reason and reason in n)]
    return [retold(n) for n in dict.fromkeys(told)]


def _said(facts: Facts) -> list[str]:
    return [str(n) for n in facts.metrics.get("notes") or ()]


def _of_season(note: str) -> bool:
    return any(made_from(message, note) for message in (SEASON, SEASON_OF_YEARS, SEASON_UNKNOWN))


def race(facts: Facts) -> dict[str, Any]:
    """Return the race: every contender's log loss in each past window, best first, and who serves."""
    found = facts.model.get("race")
    if not found:
        why = facts.cannot.get("race", "")
        return {
            "rows": [],
            "said": sentence(retold(why)) if why else _("There is no race on record: `holdfast train` runs one."),
        }
    windows = [w for w in found["windows"] if w["churn"]]
    if not windows:
        return {"rows": [], "said": _("The data reach back too little for a race on past windows.")}
    by = [{row["contender"]: row for row in w["churn"]} for w in windows]
    names = sorted(by[0], key=lambda name: by[0][name]["log_loss"])
    serves = found["churn"]["name"]
    rows = [
        {
            "name": name,
            "serves": name == serves,
            "losses": [number(one[name]["log_loss"], 4) if name in one else "–" for one in by],
            "against": _against(by[0][name].get("log_loss_to_default")),
        }
        for name in names
    ]
    said = _("{name} serves: {reason}.", name=serves, reason=retold(found["churn"]["reason"]))
    return {
        "rows": rows,
        "said": said,
        "windows": [day(w["cutoff"]) for w in windows],
        "newest": day(windows[0]["cutoff"]),
    }


def _against(difference: dict[str, float] | None) -> str:
    if difference is None:
        return _("the one compared with")
    said = N_("no clear difference ({low} to {high})")
    if difference["low"] > 0:
        said = N_("clearly worse ({low} to {high})")
    elif difference["high"] < 0:
        said = N_("clearly better ({low} to {high})")
    return _(said, low=signed(difference["low"], 4), high=signed(difference["high"], 4))


def past_lists(facts: Facts) -> list[dict[str, str]]:
    """Return every list that was made: how many were contacted and held back, and what it changed where measured."""
    rows = []
    measured = {one.folder: found for one in facts.issued if (found := facts.experiments.get(one.folder))}
    # Of many lists one seems to have changed something by chance: they are corrected for their number together.
    corrected = dict(zip(measured, holm([found["effects"][-1]["p_holm"] for found in measured.values()]), strict=True))
    for one in reversed(facts.issued):
        record = one.record
        found = measured.get(one.folder)
        rows.append(
            {
                "list": list_title(record["list"], one.folder),
                "as_of": day(record["as_of"]),
                "listed": number(record["account"]["listed"]),
                "control": number(record["account"]["control"]),
                "changed": verdict_of(found["effects"][-1], corrected[one.folder])
                if found
                else _how(facts, one.folder, record["account"]["control"]),
            }
        )
    return rows


_NO_REASON = {
    "holds": N_("what happened is what was promised, as far as chance allows"),
    "nothing to judge yet": N_("no window of the scores and lists is over yet"),
}


def monitored(facts: Facts) -> list[dict[str, str]]:
    """Return what the last runs of the monitor found, newest first."""
    return [
        {
            "day": day(run["today"]),
            "verdict": retold(run["verdict"]),
            "reasons": "; ".join(map(retold, run["reasons"])) or _(_NO_REASON.get(run["verdict"], "–")),
            "do": retold(run["do"]),
        }
        for run in list(reversed(facts.monitored))[:_RUNS]
    ]


def _how(facts: Facts, folder: str, held: int) -> str:
    if held < LEAST_HELD_BACK:
        return _("cannot be measured: hardly anybody was held back")
    if facts.question.contracts:
        return _("not measured: `holdfast experiment measure`, on a table of who was held back and who left")
    return _("not measured: `holdfast experiment list {folder}`, when its window is over", folder=folder)
