"""Results about contracts as text for a terminal."""

from pathlib import Path
from typing import Any

import pandas as pd

from holdfast.report.text import lists
from holdfast.wording import counted

_FIGURES = (
    ("AUC", "auc", "{:.3f}"),
    ("average precision", "average_precision", "{:.3f}"),
    ("lift, top 10 %", "lift_top_decile", "{:.2f}"),
    ("log loss", "log_loss", "{:.3f}"),
    ("Brier", "brier", "{:.3f}"),
    ("calibration error", "ece", "{:.3f}"),
    ("calibration slope", "calibration_slope", "{:.2f}"),
    ("mean probability", "mean_p", "{:.3f}"),
)


def account(found: dict[str, Any]) -> str:
    """Return what became of every row of a table of contracts."""
    lines = ["Subscriptions", f"  {counted(found['rows_in'], 'row')} in", f"  {found['kept']:,} kept"]
    for key, what in (
        ("duplicates_dropped", "exact repeats dropped (subscriptions.duplicates)"),
        ("duplicates_kept", "exact repeats kept (subscriptions.duplicates: drop removes them)"),
    ):
        if found[key]:
            lines.append(f"  {found[key]:,} {what}")
    lines += [f"  line {r['line']} rejected: {r['reason']}" for r in found["lines_rejected"][:5]]
    lines.append(f"  {counted(found['customers'], 'customer')}")
    if "churned" in found:
        said = f"{found['churned']:,} churned, {found['stayed']:,} stayed"
        lines[-1] += f": {said}" + (f", {found['not_stated']:,} not stated" if found["not_stated"] else "")
    blanks = sorted(found["blank_cells"].items(), key=lambda pair: (-pair[1], pair[0]))
    lines += [f"  {count:,} blank cells in {name}" for name, count in blanks[:10]]
    return "\n".join(lines)


def readiness(found: dict[str, Any]) -> str:
    """Return what a training would learn from, as ``check_contracts`` found it."""
    lines = []
    if found["columns"]:
        used = found["columns"]["used"]
        lines.append(
            f"Learns from {counted(found['rows'], 'row')}, {found['churned']:,} churned, and {len(used)} columns"
        )
        lines += [f"  as of {w['cutoff']}, outcome until {w['window_end']}" for w in found["windows"]]
        for key, said in (("constant", "the same in every row"), ("identifiers", "another value in nearly every row")):
            if found["columns"][key]:
                lines.append(f"  not used, {said}: {', '.join(found['columns'][key])}")
        for name, auc in found["columns"]["leaks"].items():
            lines.append(f'  LEAK ALARM: "{name}" alone tells who churned (AUC {auc:.3f})')
    return "\n".join([*lines, "Not ready to train." if found["problem"] else "Ready to train."])


def verdict(result: dict[str, Any]) -> str:
    """Return held-out metrics as a table: the model beside what plan and tenure alone say."""
    if "skipped" in result:
        return f"Held out\n  {result['skipped']}"
    if result["kind"] == "left out":
        title = f"Held out: each customer predicted by a model that had not seen them ({result['folds']} folds)"
    else:
        title = f"Held out: predicted on {result['cutoff']}, outcome until {result['window_end']}"
    lines = [title, f"  {'':<20}{'model':>10}{'plan and tenure':>18}"]
    for label, key, form in _FIGURES:
        cells = [result[who][key] for who in ("churn", "plan_and_tenure")]
        shown = ["–" if c is None else form.format(c) for c in cells]
        lines.append(f"  {label:<20}{shown[0]:>10}{shown[1]:>18}")
    one = result["churn"]
    said = f"  {counted(one['customers'], 'customer')}, {one['churn_rate']:.1%} churned"
    if "auc_gain" in result:
        gain = result["auc_gain"]
        said += f"; AUC gain {gain['gain']:+.3f} (95 % {gain['low']:+.3f} to {gain['high']:+.3f})"
        said += "" if gain["low"] > 0 else "; NOT clearly better than plan and tenure"
    lines.append(said)
    if "outcomes" in result:
        lines.append("  " + ", ".join(f"{k.replace('_', ' ')} {v:,}" for k, v in result["outcomes"].items()))
    if "payment_failures" in result:
        failed = result["payment_failures"]
        lines.append(f"  payment failures: {failed['expected']:,.0f} expected, {failed['actual']:,} seen")
    return "\n".join(lines)


def scored(
    at_risk: pd.DataFrame, high_value: pd.DataFrame | None, metrics: dict[str, Any], notes: list[str], folder: Path
) -> str:
    """Return the first rows of the lists, how good the scores are, and where the files lie."""
    parts = [lists(at_risk, high_value), "", verdict(metrics["held_out"])]
    for curve in metrics["retention"]:
        values = ", ".join(f"{k} {v:.3g}" for k, v in curve["parameters"].items())
        ended = f"{curve['ended']:,} of {curve['customers']:,} ended"
        ended += f"; {curve['reason'].partition(':')[0]}" if "tends to" in curve["reason"] else ""
        parts.append(f"  retention, {curve['plan']}: {curve['model']} ({values}), {ended}")
    parts += [f"note: {note}" for note in notes]
    return "\n".join([*parts, "", f"Scores, lists and reports: {folder}/  (model {metrics['model_version']})"])
