"""Judge: a scorer's predictions at a cutoff against what then happened, beside the recency rule."""

from typing import Any

import numpy as np
import pandas as pd

from holdfast import columns
from holdfast.churn import Past
from holdfast.evaluate import churn_metrics, gains, paired_auc_difference, reliability, value_metrics
from holdfast.features import Cutoff
from holdfast.forecast.scorer import Scorer
from holdfast.language import to_tell
from holdfast.learn.arrays import Flags, Floats

SHOWN = ("days_since_last", "purchase_days")
"""The features that judging reads."""
_SEGMENT_FEWEST = 30


def judge(scorer: Scorer, past: Past, cutoff: Cutoff, features: pd.DataFrame, scores: pd.DataFrame) -> dict[str, Any]:
    """Return how good predictions made at ``cutoff`` were, for everyone and for the eligible.

    Parameters
    ----------
    scorer, past, cutoff
        What predicted, the log, and as of when.
    features, scores
        Of the customers of ``past.snapshots.outcomes(cutoff)``, row by row: what was known (``SHOWN`` at least), and
        what the scorer said.

    Returns
    -------
    dict
        ``cutoff``, ``window_end``, and of a large log ``sampled_from``: of how many customers the judged ones are a
        sample; ``everyone`` and ``eligible``, each with ``churn`` (the model),
        ``recency_rule`` (trained on the same snapshots) and ``auc_gain`` with its 95 % interval;
        ``reliability`` (ten bins of all), ``gains`` and ``segments`` (mean probability and observed rate of
        one-time, sporadic and frequent buyers, and their purchases and spend expected and actual); ``purchases`` and,
        with money, ``spend``: expected against actual in the window.
    """
    outcome = past.snapshots.outcomes(cutoff)
    rule = past.earlier(cutoff).fitted("recency").p_churn(features)
    p, churned = scores[columns.p_churn(cutoff.horizon_days)].to_numpy(), outcome["churned"].to_numpy()
    verdict: dict[str, Any] = {
        "cutoff": cutoff.date.isoformat(),
        "window_start": cutoff.window_start.isoformat(),
        "window_end": cutoff.window_end.isoformat(),
        "horizon_days": cutoff.horizon_days,
        "contender": scorer.churn.name,
    }
    if (everyone := past.snapshots.sampled_from(cutoff.date)) is not None:
        verdict["sampled_from"] = everyone
    active = scores["eligible"].to_numpy()
    for who, rows in (("everyone", active | ~active), ("eligible", active)):
        if not rows.any():
            continue
        verdict[who] = {
            "churn": churn_metrics(churned[rows], p[rows]),
            "recency_rule": churn_metrics(churned[rows], rule[rows]),
        }
        if 0 < churned[rows].sum() < rows.sum():
            gain = paired_auc_difference(churned[rows], p[rows], rule[rows])
            verdict[who]["auc_gain"] = {"gain": gain.difference, "low": gain.low, "high": gain.high}
    verdict["reliability"], verdict["gains"] = reliability(churned, p), gains(churned, p)
    expected = scores[columns.expected_purchases(cutoff.horizon_days)]
    amounts = {"purchases": (outcome["purchases"].to_numpy(dtype=np.float64), expected.to_numpy())}
    if scorer.spend is not None:
        foreseen = (expected * scores["expected_spend_per_purchase"]).to_numpy()
        amounts["spend"] = outcome["spend"].to_numpy(dtype=np.float64), foreseen
    verdict["segments"] = _by_segment(features, churned, p, amounts)
    return verdict | {what: value_metrics(truth, foreseen) for what, (truth, foreseen) in amounts.items()}


def by_purchases(features: pd.DataFrame) -> dict[str, Flags]:
    """Return who has bought once, twice or three times, and more often, as of the features' date."""
    bought = features["purchase_days"].to_numpy(dtype=np.float64)
    return {
        to_tell("one purchase"): bought == 1,
        to_tell("2 or 3 purchases"): (bought >= 2) & (bought <= 3),
        to_tell("4 or more"): bought >= 4,
    }


def _by_segment(
    features: pd.DataFrame, churned: Any, p: Any, amounts: dict[str, tuple[Floats, Floats]]
) -> list[dict[str, Any]]:
    """Return how it went for customers with one purchase, two or three, and more: the log says little of the first."""
    table = []
    for name, rows in by_purchases(features).items():
        if rows.sum() >= _SEGMENT_FEWEST:
            said: dict[str, Any] = {"customers": int(rows.sum()), "mean_p": float(np.mean(p[rows]))}
            for what, (truth, foreseen) in amounts.items():
                said |= {f"{what}_expected": float(foreseen[rows].sum()), f"{what}_actual": float(truth[rows].sum())}
            table.append({"segment": name, **said, "churn_rate": float(np.mean(churned[rows]))})
    return table
