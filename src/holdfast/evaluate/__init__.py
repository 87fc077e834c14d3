"""How good predictions were, once the truth was known; who wins; and what looks too good."""

from holdfast.evaluate.chance import like_lots
from holdfast.evaluate.churn import churn_metrics, gains, log_losses, reliability
from holdfast.evaluate.drift import Drift, Profile
from holdfast.evaluate.gate import FRESHER, NO_ALARM, NO_RIVAL, SEEN, Check, Verdict
from holdfast.evaluate.leaks import LeakAlarm, jump, separating_columns
from holdfast.evaluate.profit import CampaignProfit, expected_maximum_profit, maximum_profit
from holdfast.evaluate.race import Choice, RaceWindow, choose_churn, choose_value, churn_table, value_table
from holdfast.evaluate.value import gini_interval, normalised_gini, value_metrics
from holdfast.learn.intervals import (
    Difference,
    auc_interval,
    paired_auc_difference,
    paired_mean_difference,
)

__all__ = [
    "FRESHER",
    "NO_ALARM",
    "NO_RIVAL",
    "SEEN",
    "CampaignProfit",
    "Check",
    "Choice",
    "Difference",
    "Drift",
    "LeakAlarm",
    "Profile",
    "RaceWindow",
    "Verdict",
    "auc_interval",
    "choose_churn",
    "choose_value",
    "churn_metrics",
    "churn_table",
    "expected_maximum_profit",
    "gains",
    "gini_interval",
    "jump",
    "like_lots",
    "log_losses",
    "maximum_profit",
    "normalised_gini",
    "paired_auc_difference",
    "paired_mean_difference",
    "reliability",
    "separating_columns",
    "value_metrics",
    "value_table",
]
