"""Whether a model, when it was last tested, told leavers from others better than drawing lots would have."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from holdfast.language import told
from holdfast.learn.intervals import NORMAL_95


def like_lots(held_out: Mapping[str, Any]) -> list[str]:
    """Return the warning that probabilities could not be told from lots; empty where they could, or were not tested.

    Parameters
    ----------
    held_out
        What a held-out test found (``churn_metrics`` under ``churn``, of those eligible where they stand apart).

    Examples
    --------
    >>> like_lots({"churn": {"customers": 759, "churn_rate": 0.128, "auc": 0.447}})[0][:34]
    'When last tested, on 759 customers'
    >>> like_lots({"churn": {"customers": 6046, "churn_rate": 0.614, "auc": 0.728}})
    []
    """
    found = (held_out.get("eligible") or held_out).get("churn") or {}
    auc, customers = found.get("auc"), found.get("customers", 0)
    if auc is None:
        return []
    left = found["churn_rate"] * customers
    half = NORMAL_95 * _error(auc, left, customers - left)
    if auc - half > 0.5:
        return []
    return [
        told(
            "When last tested, on {customers:n customer}, the probabilities to leave could not be told from drawing "
            "lots (AUC {auc:.3f}, 95 % {low:.3f} to {high:.3f}; 0.5 is by lots): do not count on customers with a "
            "high one being likelier to leave than others.",
            auc=auc,
            low=max(auc - half, 0.0),
            high=min(auc + half, 1.0),
            customers=customers,
        )
    ]


def _error(auc: float, left: float, stayed: float) -> float:
    """Return the standard error of an AUC from its size alone: Hanley & McNeil (1982)."""
    first, second = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (left - 1) * (first - auc**2) + (stayed - 1) * (second - auc**2)
    return float(np.sqrt(max(spread, 0.0) / (left * stayed)))
