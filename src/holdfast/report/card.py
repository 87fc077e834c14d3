"""The model card (Mitchell et al. 2019): what a model predicts, from what, how well, and what it is not for."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from holdfast.report.text import RULES, gain_and_clarity
from holdfast.track import TrainingRecord
from holdfast.wording import counted

# Figures of ``churn_metrics``: what they are called, their key, their form, and which direction is good.
FIGURES = (
    ("AUC", "auc", "{:.3f}", "higher"),
    ("lift, top 10 %", "lift_top_decile", "{:.2f}", "higher"),
    ("log loss", "log_loss", "{:.3f}", "lower"),
    ("Brier", "brier", "{:.3f}", "lower"),
    ("calibration error", "ece", "{:.3f}", "lower"),
    ("calibration slope", "calibration_slope", "{:.2f}", "1"),
    ("mean probability", "mean_p", "{:.3f}", "as below"),
    ("what happened", "churn_rate", "{:.3f}", ""),
)
_LIMITS = (
    "A probability, and every reason, says what churn goes together with: not what causes it, and not whom a contact "
    "would keep. Only a control group shows that.",
    "The figures are of one window. Another season, an assortment, prices or a customer base unlike the training's "
    "change them; `holdfast score` notes inputs that differ.",
    "They are averages over many customers. For one customer the probability is a share among customers like them.",
)
_NOT_FOR = (
    "decisions about a person's rights or access: credit, insurance, employment, housing, who may buy at all",
    "a price or a service that is worse for whoever is likely to stay",
    "customers, countries or shops that are not in the table it learnt from",
    "another window, horizon or gap than stated here, or dates long after the training",
    "saying that a campaign worked",
)


def model_card(record: TrainingRecord, model_version: str, account: Mapping[str, Any]) -> str:
    """Return the card of a trained model as Markdown.

    Every figure is one that the training recorded (``record.parameters`` and ``record.documents``).

    Parameters
    ----------
    record
        What the training leaves in MLflow.
    model_version
        Names the content of the model.
    account
        What became of every row of the main table (``Prepared.account``).
    """
    tested, gate = record.documents["metrics.json"], record.documents["gate.json"]
    parts = [
        f"# Model card: {record.name}, {model_version}",
        _predicts(json.loads(record.config), record.parameters),
        "## Learnt from\n\n" + _lines(_learnt_from(record, account, tested)),
        "## How good it was on what it had not seen\n\n" + _tested(tested, record.documents.get("race.json")),
    ]
    if tested.get("reliability"):
        parts.append("## Calibration\n\n" + _calibration(tested["reliability"]))
    parts += [
        "## The gate\n\n" + _gate(gate),
        "## Limits\n\n" + _lines([*_LIMITS, *_own_limits(tested)]),
        "## Not to be used for\n\n" + _lines(_NOT_FOR),
    ]
    return "\n\n".join(parts) + "\n"


def _predicts(config: Mapping[str, Any], parameters: Mapping[str, Any]) -> str:
    horizon, gap, clv = config["churn"]["horizon_days"], config["churn"]["gap_days"], config["clv"]
    worth = f"value over {clv['horizon_days']:,} days at {clv['yearly_discount']:.0%} a year, margin {clv['margin']:g}"
    if config["setting"] == "contractual":
        contracts = config["subscriptions"]
        spells = contracts["columns"]["started_at"] is not None
        days = horizon if spells else contracts["label_window_days"]
        window = f"within {counted(days, 'day')}" if days else "in the window of the table's own label"
        lead = f", {counted(gap, 'day')} after the as-of date" if spells and gap else ""
        trees, calibration = parameters["churn.weight"], parameters["churn.calibration"]
        return (
            f"For each customer under contract: P(the contract ends {window}{lead}), how long contracts last, and "
            f"{worth}. Model: trees ({trees:.0%}) and a ridge regression, averaged (calibration: {calibration})."
        )
    lead = f", beginning {counted(gap, 'day')} after the as-of date" if gap else " from the as-of date on"
    active = counted(parameters["churn.active_days"], "day")
    return (
        f"For each customer who ever bought: P(no purchase in {counted(horizon, 'day')}{lead}), purchases expected in "
        f"the same days, and {worth}. *Eligible* are those whose last purchase is at most {active} old. Models: "
        f"`{parameters['churn.contender']}` for churn (calibration: {parameters['churn.calibration']}), "
        f"`{parameters['forecast.contender']}` for purchases. As of {parameters['as_of']}."
    )


def _learnt_from(record: TrainingRecord, account: Mapping[str, Any], tested: Mapping[str, Any]) -> list[str]:
    parameters = record.parameters
    span = f", {account['first_day']} to {account['last_day']}" if account.get("first_day") else ""
    rows = counted(account["kept"], "line" if "lines_in" in account else "row")
    as_of = parameters["as_of"]
    known = "a table without dates" if as_of == "snapshot" else f"nothing on or after {as_of} was used"
    said = [f"{rows} of {counted(account['customers'], 'customer')}{span}; {known}"]
    if parameters.get("churn.trained_on"):
        # Those of last year's season stand behind the others: a person reads them by day.
        days = sorted(str(parameters["churn.trained_on"]).split(", "), reverse=True)
        said.append(f"outcomes after {', '.join(days)}")
    if parameters.get("churn.calibrated_on"):
        said.append(f"calibrated on {parameters['churn.calibrated_on']}")
    if newest := tested.get("learnt_from"):
        known, left = counted(newest["customers"], "customer"), newest["churned"]
        said.append(f"newest window: {known}, {left:,} churned ({left / newest['customers']:.1%})")
    elif "rows" in parameters:
        said.append(f"{counted(parameters['rows'], 'row')} with a known outcome, {parameters['features']} columns")
    return [*said, f"sha256 of the table begins {record.dataset_digest[:12]}; seed {parameters['seed']}"]


def _tested(tested: Mapping[str, Any], race: Mapping[str, Any] | None) -> str:
    if "skipped" in tested:
        return str(tested["skipped"])
    groups = {g: tested[g] for g in ("everyone", "eligible") if g in tested} or {"customers": tested}
    rule = next(key for key in RULES if key in next(iter(groups.values())))
    heads = [f"{name}: {who}" for name in groups for who in ("model", RULES[rule])]
    rows = [
        [label, *(_n(group[who][key], form) for group in groups.values() for who in ("churn", rule)), good]
        for label, key, form, good in FIGURES
    ]
    said = [_where(tested), "", _table(["figure", *heads, "better"], rows), ""]
    for name, group in groups.items():
        said.append(f"- {name}: {counted(group['churn']['customers'], 'customer')}{_gain(group, RULES[rule])}")
    said += _amounts(tested)
    said += _by_purchases(tested.get("segments", []))
    if choice := tested.get("choice"):
        said += _chosen(choice, race)
    return "\n".join(said)


def _where(tested: Mapping[str, Any]) -> str:
    if "folds" in tested:
        return f"Each customer was predicted by a model that had not seen them ({counted(tested['folds'], 'fold')})."
    begins, ends = tested.get("window_start", tested["cutoff"]), tested["window_end"]
    return f"The same recipe, one window earlier: predicted on {tested['cutoff']}, outcome {begins} to {ends}."


def _gain(group: Mapping[str, Any], rule: str) -> str:
    if "auc_gain" not in group:
        return "; one outcome only, so nothing could be ranked"
    gain, clear = gain_and_clarity(group["auc_gain"])
    return f"; {gain}, {clear} than {rule}"


def _amounts(tested: Mapping[str, Any]) -> list[str]:
    return [
        f"- {what}: {tested[what]['total_predicted']:,.0f} expected, {tested[what]['total_actual']:,.0f} seen "
        f"(bias {_n(tested[what]['bias'], '{:+.1%}')}, Gini {_n(tested[what]['gini'], '{:.3f}')})"
        for what in ("purchases", "spend")
        if what in tested
    ]


def _by_purchases(segments: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say of customers with one purchase, two or three, and more how far their probabilities and totals were off."""
    said = []
    for group in segments:
        totals = [
            f"{what} {group[f'{what}_expected']:,.0f} expected, {group[f'{what}_actual']:,.0f} seen"
            for what in ("purchases", "spend")
            if f"{what}_expected" in group
        ]
        figures = "; ".join([f"{group['mean_p']:.3f} promised, {group['churn_rate']:.3f} happened", *totals])
        said.append(f"- {group['segment']}: {counted(group['customers'], 'customer')}; {figures}")
    return said


def _chosen(choice: Mapping[str, Any], race: Mapping[str, Any] | None) -> list[str]:
    """Say why this contender serves, beside the simplest rule, and what the race's newest window shows of it."""
    simple = choice["best_simple"]
    than = "clearly better than" if choice["beats_simple"] else "NOT clearly better than"
    beside = f"; {than} the best simple rule, `{simple}`" if simple and simple != choice["name"] else "; a simple rule"
    said = [f"- `{choice['name']}` serves: {choice['reason']}{beside}"]
    windows = (race or {}).get("windows", [])
    row = next((r for w in windows[:1] for r in w["churn"] if r["contender"] == choice["name"]), None)
    if row is not None and row["auc_low"] is not None:
        when = f"{windows[0]['cutoff']} to {windows[0]['window_end']}"
        said.append(f"- in the race, {when}: AUC {row['auc']:.3f} (95 % {row['auc_low']:.3f} to {row['auc_high']:.3f})")
    return said


def _calibration(bins: Sequence[Mapping[str, Any]]) -> str:
    rows = [[f"{b['customers']:,}", f"{b['mean_p']:.3f}", f"{b['churn_rate']:.3f}"] for b in bins]
    return _table(["customers", "promised", "happened"], rows)


def _gate(gate: Mapping[str, Any]) -> str:
    mark = {True: "yes", False: "NO", None: "not asked"}
    verdict = (
        "Passed: it became the champion." if gate["promoted"] else "Refused: it did not become the champion by itself."
    )
    checks = [f"{c['name']}: {mark[c['passed']]} ({c['said']})" for c in gate["checks"]]
    return f"{verdict}\n\n{_lines(checks)}" if checks else f"{verdict} Nothing could be tested."


def _own_limits(tested: Mapping[str, Any]) -> list[str]:
    said = []
    if tested.get("sampled_from"):
        said.append(f"Tested on a sample of the {counted(tested['sampled_from'], 'customer')}, chosen at random.")
    for name in ("everyone", "eligible"):
        if name in tested and "auc_gain" in tested[name] and tested[name]["auc_gain"]["low"] <= 0:
            said.append(f"Of {name}, it is not shown to rank better than the simple rule.")
    return said


def _lines(said: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in said)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines)


def _n(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)
