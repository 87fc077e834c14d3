"""Judge: a scorer's predictions at a cutoff against what then happened, beside the recency rule."""

from typing import Any

from holdfast import columns
from holdfast.act import Scorer
from holdfast.churn import RecencyRule, Snapshots
from holdfast.evaluate import churn_metrics, paired_auc_difference, value_metrics
from holdfast.features import Cutoff


def judge(scorer: Scorer, snapshots: Snapshots, cutoff: Cutoff) -> dict[str, Any]:
    """Return how good predictions made at ``cutoff`` were, for everyone and for the eligible.

    Returns
    -------
    dict
        ``cutoff``, ``window_end``; ``everyone`` and ``eligible``, each with ``churn`` (the model),
        ``recency_rule`` (trained on the same snapshots) and ``auc_gain`` with its 95 % interval;
        ``purchases`` and, with money, ``spend``: expected against actual in the window.
    """
    features, outcome = snapshots.at(cutoff)
    scores = scorer.score(features, as_of=cutoff.date, model_version="")
    rule = RecencyRule.fit(*snapshots.training(cutoff)[:2]).p_churn(features)
    p, churned = scores[columns.p_churn(cutoff.horizon_days)].to_numpy(), outcome["churned"].to_numpy()
    verdict: dict[str, Any] = {
        "cutoff": cutoff.date.isoformat(),
        "window_start": cutoff.window_start.isoformat(),
        "window_end": cutoff.window_end.isoformat(),
        "horizon_days": cutoff.horizon_days,
    }
    active = scores["eligible"].to_numpy()
    for who, rows in (("everyone", active | ~active), ("eligible", active)):
        if not rows.any():
            continue
        verdict[who] = {
            "churn": churn_metrics(churned[rows], p[rows]),
            "recency_rule": churn_metrics(churned[rows], rule[rows]),
        }
        if 0 < churned[rows].sum() < rows.sum():
            gain, low, high = paired_auc_difference(churned[rows], p[rows], rule[rows])
            verdict[who]["auc_gain"] = {"gain": gain, "low": low, "high": high}
    expected = scores[columns.expected_purchases(cutoff.horizon_days)]
    verdict["purchases"] = value_metrics(outcome["purchases"], expected)
    if scorer.spend is not None:
        verdict["spend"] = value_metrics(outcome["spend"], expected * scores["expected_spend_per_purchase"])
    return verdict
