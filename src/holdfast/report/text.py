"""Results as text for a terminal."""

import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import pandas as pd

from holdfast.columns import averages, headed
from holdfast.data import DataReport
from holdfast.data.report import account_lines, returns_lines
from holdfast.language import N_, gettext, number, per_cent, retold, said_again
from holdfast.wording import counted

_CHURN_FIGURES = (
    ("AUC", "auc", "{:.3f}"),
    ("average precision", "average_precision", "{:.3f}"),
    ("lift, top 10 %", "lift_top_decile", "{:.2f}"),
    ("log loss", "log_loss", "{:.3f}"),
    ("Brier", "brier", "{:.3f}"),
    ("calibration error", "ece", "{:.3f}"),
    ("calibration slope", "calibration_slope", "{:.2f}"),
    ("mean probability", "mean_p", "{:.3f}"),
)
# What a model is compared with, by its key in the figures.
RULES = {"recency_rule": "recency rule", "plan_and_tenure": "plan and tenure"}


_REPEATS = "equal to an earlier one in every column of the file, kept (purchases.rules.duplicates: drop removes them)"


def data_account(report: DataReport) -> str:
    """Return the account of a purchase log: every line in, and what became of it."""
    lines = ["Purchases", *(f"  {line}" for line in account_lines(report))]
    span = f"{report.first_day} to {report.last_day}"
    days = counted(report.purchase_days, "purchase day")
    lines.append(f"  {counted(report.customers, 'customer')}, {days}, {span}")
    lines += [f"  {line}" for line in returns_lines(report)]
    for count, what, more in (
        (report.zero_lines, "line", "worth nothing"),
        (report.rounded_lines, "amount", "rounded to two decimals"),
        (report.blank_lines, "blank line", "not counted"),
        (report.duplicate_lines_kept, "line", _REPEATS),
    ):
        if count:
            lines.append(f"  {counted(count, what)} {more}")
    if report.money == "none":
        lines.append("  no amounts: each line counts 1, and nothing is said about value")
    return "\n".join([*lines, *(f"  note: {note}" for note in report.notes)])


def rejected_lines(rejects: pd.DataFrame, *, most: int = 5) -> str:
    """Return where the first rejected lines stand and why; never what they hold."""
    if len(rejects) == 0:
        return "  no line was rejected"
    first = [f"  {r.file} line {r.line}: {r.column} {r.reason}" for r in rejects.head(most).itertuples()]
    return "\n".join([*first, *([f"  … and {len(rejects) - most:,} more"] if len(rejects) > most else [])])


def readiness(found: dict[str, Any]) -> str:
    """Return what a training would learn from, as ``holdfast.check`` found it."""
    lines = [f"As of {found['as_of']}: {counted(found['customers'], 'customer')} to score{_without_purchase(found)}"]
    lines += [
        f"  learns from {w['cutoff']} to {w['window_end']}: {counted(w['customers'], 'customer')}, "
        f"{w['churn_rate']:.1%} churned"
        for w in found["windows"]
    ]
    if found["test_cutoff"]:
        lines.append(f"  held-out test: trained as of {found['test_cutoff']}, outcome until {found['as_of']}")
    elif not found["problem"]:
        lines.append("  the log is too short for a held-out test before this date")
    lines += definition(found["definition"])
    lines.append("Not ready to train." if found["problem"] else "Ready to train.")
    return "\n".join(lines)


def _without_purchase(found: dict[str, Any]) -> str:
    n = found["without_purchase"]
    return (
        f"; {counted(n, 'other')} {'has' if n == 1 else 'have'} no purchase left (given back, or worth 0)" if n else ""
    )


def definition(found: dict[str, Any]) -> list[str]:
    """Return what churn could mean: how silences end, and how the label moves with the horizon."""
    horizon = found["horizon_days"]
    lines = [
        "What churn could mean here",
        f"  {'silent for':>12}{'silences':>11}   bought again within the next {counted(horizon, 'day')}",
    ]
    for row in found["silence"]:
        lines.append(f"  {row['days']:>7,} days{row['silences']:>11,}   {_figure(row['p_return'], '{:.1%}')}")
    lines.append(f"  {'horizon':>12}{'customers':>11}{'churned':>10}{'eligible':>11}{'churned':>10}")
    for row in found["horizons"]:
        mark = "   <- churn.horizon_days" if row["horizon_days"] == horizon else ""
        figures = [f"{row.get(k, 0):>{w},}" for k, w in (("customers", 11), ("eligible", 11))]
        rates = [f"{_figure(row.get(k), '{:.1%}'):>10}" for k in ("churn_rate", "eligible_churn_rate")]
        lines.append(f"  {row['horizon_days']:>7,} days{figures[0]}{rates[0]}{figures[1]}{rates[1]}{mark}")
    if found["active_days"] is not None:
        lines.append(
            f"  eligible: bought within churn.active_days ({counted(found['active_days'], 'day')}) at "
            "churn.horizon_days, within two horizons at the others. Another horizon keeps these days, unless you take "
            "churn.active_days out."
        )
    if found["recommended_days"] is not None:
        lines.append(f"  recommended: churn.horizon_days: {found['recommended_days']}")
    return [*lines, f"  {found['why']}"]


def lists(
    at_risk: pd.DataFrame,
    high_value: pd.DataFrame | None,
    *,
    who: Mapping[str, str] | None = None,
    in_common: Mapping[str, str] | None = None,
    rows: int = 5,
) -> str:
    """Return the first rows of the lists; by list, who is on it and what they have in common (``in_common``)."""
    shared = {name: [retold(said)] for name, said in (in_common or {}).items()}
    most = gettext("At risk: {customers:n customer}, most to lose first", customers=len(at_risk))
    parts = [most, *shared.get("at_risk", ()), _rows_or_why(at_risk, (who or {}).get("at_risk", ""), rows)]
    if high_value is not None:
        worth = gettext("High value: {customers:n customer}", customers=len(high_value))
        shown = _rows_or_why(high_value, (who or {}).get("high_value", ""), rows)
        parts += ["", worth, *shared.get("high_value", ()), shown]
    return "\n".join(parts)


def _rows_or_why(frame: pd.DataFrame, who: str, rows: int) -> str:
    return table(frame, rows=rows) if len(frame) else nobody(who)


def nobody(who: str) -> str:
    """Say why a list is empty; ``who`` would be on it."""
    if not who:
        return gettext("Nobody is on it.")
    none = N_("Nobody is on it: among the customers scored are no {who}, or none who may be on a list.")
    return gettext(none, who=retold(who))


def scored(metrics: dict[str, Any], notes: list[str], folder: Path) -> str:
    """Return how good the scores are, and where the files lie."""
    parts = [verdict("Held out", metrics["held_out"])]
    if "outcome" in metrics:
        parts += ["", verdict("These scores, now that the outcome is known", metrics["outcome"])]
    parts += [f"  retention, {curve['plan']}: {_retention(curve)}" for curve in metrics.get("retention", ())]
    wrong = [str(one["said"]) for one in metrics.get("delivery", ())]
    parts += [f"note: {note}" for note in notes if note not in wrong]
    parts += [f"WARNING: {said}" for said in wrong]
    parts += ["", f"Scores, lists and reports: {folder}/  (model {metrics['model_version']})"]
    return "\n".join(parts)


def _retention(curve: dict[str, Any]) -> str:
    values = ", ".join(f"{k} {v:.3g}" for k, v in curve["parameters"].items())
    # What the limit means, and not which parameter runs off: the model card has the parameters.
    said = f"; {curve['reason'].partition(': ')[2]}" if "tends to" in curve["reason"] else ""
    return f"{curve['model']} ({values}), {curve['ended']:,} of {curve['customers']:,} ended{said}"


def experiment_page(models: Path, tracking_uri: str | None = None) -> str:
    """Return how to open MLflow's page of experiments."""
    if tracking_uri is not None:
        return f"Experiments and models: {tracking_uri}"
    if find_spec("flask") is None:
        return 'Experiments and models: MLflow\'s pages come with pip install "holdfast[server]"'
    store = f"mlflow ui --backend-store-uri sqlite:///{models}/mlflow.db"
    return f"Experiments and models: make mlflow  (or: {store})"


def verdict(title: str, result: dict[str, Any]) -> str:
    """Return held-out or outcome metrics as a table: the model beside the simple rule it is compared with."""
    if "skipped" in result:
        return f"{title}\n  {result['skipped']}"
    groups: dict[str, Any] = {g: result[g] for g in ("everyone", "eligible") if g in result} or {"": result}
    if len(groups) == 2 and groups["everyone"]["churn"]["customers"] == groups["eligible"]["churn"]["customers"]:
        del groups["everyone"]
    rule = next(key for key in RULES if key in next(iter(groups.values())))
    wide = max(14, len(RULES[rule]) + 2)
    heads = [f"{g + ', model' if g else 'model':>18}{RULES[rule]:>{wide}}" for g in groups]
    lines = [f"{title}: {_tested_on(result)}", f"  {'':<20}{''.join(heads)}"]
    for label, key, form in _CHURN_FIGURES:
        cells = [f"{_figure(g['churn'][key], form):>18}{_figure(g[rule][key], form):>{wide}}" for g in groups.values()]
        lines.append(f"  {label:<20}{''.join(cells)}")
    if result.get("sampled_from"):
        lines.append(f"  on a sample of the {counted(result['sampled_from'], 'customer')}, chosen at random")
    for name, group in groups.items():
        one, left = group["churn"], "did not buy" if name else "churned"
        head = f"{name}: " if name else ""
        said = f"{counted(one['customers'], 'customer')}, {one['churn_rate']:.1%} {left}"
        lines.append(f"  {head}{said}{_gain(group, RULES[rule])}")
    return "\n".join([*lines, *(f"  {said}" for said in _beside(result))])


def _tested_on(result: dict[str, Any]) -> str:
    """Say on whom a recipe was tested."""
    if "folds" in result:
        return f"each customer predicted by a model that had not seen them ({counted(result['folds'], 'fold')})"
    window = f"{result['window_start']} to" if "window_start" in result else "until"
    return f"predicted on {result['cutoff']}, outcome {window} {result['window_end']}"


def _beside(result: dict[str, Any]) -> list[str]:
    """Return what else was foreseen, and what came of it."""
    lines = []
    if "purchases" in result:
        made = result["purchases"]
        bias = _figure(made["bias"], "{:+.1%}")
        lines.append(
            f"purchases: {made['total_predicted']:,.0f} expected, {made['total_actual']:,.0f} made (bias {bias})"
        )
    if "spend" in result:
        spend = result["spend"]
        bias, gini = _figure(spend["bias"], "{:+.1%}"), _figure(spend["gini"], "{:.3f}")
        lines.append(
            f"spend: {spend['total_predicted']:,.0f} expected, {spend['total_actual']:,.0f} made "
            f"(bias {bias}, Gini {gini})"
        )
    if "outcomes" in result:
        lines.append(_became(result["outcomes"]))
    if "payment_failures" in result:
        failed = result["payment_failures"]
        lines.append(f"payment failures: {failed['expected']:,.0f} expected, {failed['actual']:,} seen")
    return lines


def _became(outcomes: dict[str, int]) -> str:
    """Return what became of contracts, each counted once; who renewed is one of those who stayed."""
    renewed = outcomes.get("renewed", 0)
    said = {
        "stayed": f"stayed ({renewed:,} of them renewed)" if renewed else "stayed",
        "voluntary": "ended by the customer",
        "payment_failure": "ended by a failed payment",
        "gone": "ended before the window",
    }
    return ", ".join(f"{outcomes[name]:,} {what}" for name, what in said.items() if outcomes.get(name))


def _figure(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)


def _gain(group: dict[str, Any], rule: str) -> str:
    if "auc_gain" not in group:
        return ""
    gain, clear = gain_and_clarity(group["auc_gain"])
    return f"; {gain}" + ("" if group["auc_gain"]["low"] > 0 else f"; {clear} than {rule}")


def gain_and_clarity(gain: dict[str, float]) -> tuple[str, str]:
    """Return a gain of AUC with its interval, and whether it is clear.

    Examples
    --------
    >>> gain_and_clarity({"gain": -0.036, "low": -0.057, "high": -0.014})
    ('AUC gain -0.036 (95 % -0.057 to -0.014)', 'clearly WORSE')
    """
    clear = "clearly better" if gain["low"] > 0 else "clearly WORSE" if gain["high"] < 0 else "NOT clearly better"
    return f"AUC gain {gain['gain']:+.3f} (95 % {gain['low']:+.3f} to {gain['high']:+.3f})", clear


# Of a list's columns those that fit a terminal; the file holds all.
_SHOWN = re.compile(
    r"rank|customer_id|leaves_on|p_churn(?:_\d+d)?|\w+_at_risk_\d+d|clv_\w+|\w+_share|share_of_total|treatment|expected_profit|reason_1"
)


def table(frame: pd.DataFrame, *, rows: int) -> str:
    """Return the first rows of a list, with the columns that fit a terminal and figures a person can read."""
    shown = frame.head(rows)[[c for c in frame.columns if _SHOWN.fullmatch(c)]]
    cells = [[headed(str(c)) for c in shown.columns]]
    cells += [[_cell(c, v) for c, v in zip(shown.columns, row, strict=True)] for row in shown.to_numpy().tolist()]
    widths = [max(_width(row[i]) for row in cells) for i in range(len(shown.columns))]
    left = [c.startswith("reason") for c in shown.columns]
    lines = ["  ".join(map(_put, row, widths, left)) for row in cells]
    said = averages(shown)
    return "\n".join([*(line.rstrip() for line in lines), *([said] if said else [])])


def _cell(column: str, value: Any) -> str:
    if isinstance(value, float):
        if column.startswith("p_"):
            return number(value, 3)
        return per_cent(value, 2) if "share" in column else number(value, 2)
    return said_again(str(value)) if column.startswith("reason") else str(value)


def _put(cell: str, width: int, left: bool) -> str:
    room = " " * (width - _width(cell))
    return cell + room if left else room + cell


def _width(text: str) -> int:
    """Return the columns of a terminal that a text takes: a Chinese character takes two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
