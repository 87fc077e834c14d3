"""Who is about to leave: P(no purchase in the next h days), by a blend that raced, calibrated, with reasons."""

from holdfast.churn.btyd import Trio
from holdfast.churn.contacted import Contacted
from holdfast.churn.contender import Contender
from holdfast.churn.contenders import contenders
from holdfast.churn.contenders.blend import MEMBERS
from holdfast.churn.definition import Definition, days_to_second_purchase, define_churn
from holdfast.churn.eligibility import eligible, left_by_own_rhythm, silent_for
from holdfast.churn.model import DEFAULT, ChurnModel, train_churn
from holdfast.churn.past import Past, TrainingWindow
from holdfast.churn.plan import plan_snapshots, same_season
from holdfast.churn.reasons import reasons_for
from holdfast.churn.returners import LAPSED, ONCE
from holdfast.churn.snapshots import Sizes, Snapshots

__all__ = [
    "DEFAULT",
    "LAPSED",
    "MEMBERS",
    "ONCE",
    "ChurnModel",
    "Contacted",
    "Contender",
    "Definition",
    "Past",
    "Sizes",
    "Snapshots",
    "TrainingWindow",
    "Trio",
    "contenders",
    "days_to_second_purchase",
    "define_churn",
    "eligible",
    "left_by_own_rhythm",
    "plan_snapshots",
    "reasons_for",
    "same_season",
    "silent_for",
    "train_churn",
]
