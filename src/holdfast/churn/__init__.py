"""Who is about to leave: P(no purchase in the next h days), calibrated, with reasons."""

from holdfast.churn.calibration import Sigmoid
from holdfast.churn.eligibility import eligible
from holdfast.churn.model import ChurnModel, train_churn
from holdfast.churn.reasons import reasons_for
from holdfast.churn.recency_rule import RecencyRule
from holdfast.churn.snapshots import Snapshots, plan_snapshots

__all__ = [
    "ChurnModel",
    "RecencyRule",
    "Sigmoid",
    "Snapshots",
    "eligible",
    "plan_snapshots",
    "reasons_for",
    "train_churn",
]
