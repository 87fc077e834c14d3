"""How good predictions were, once the truth was known."""

from holdfast.evaluate.churn import churn_metrics, paired_auc_difference
from holdfast.evaluate.value import normalised_gini, value_metrics

__all__ = ["churn_metrics", "normalised_gini", "paired_auc_difference", "value_metrics"]
