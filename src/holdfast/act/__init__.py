"""Scored customers and what to do with them; and what doing it changed."""

from holdfast.act.assignment import Assignment, arm_of, assign
from holdfast.act.effects import Estimate, difference_of_means, difference_of_rates
from holdfast.act.experiment import Effect, Measured, SegmentEffect, measure
from holdfast.act.lists import at_risk_list, high_value_list
from holdfast.act.power import Plan, detectable_effect, sample_size
from holdfast.act.qini import Decile, Policy, Qini
from holdfast.act.randomisation import Randomisation, check_randomisation
from holdfast.act.scorer import Scorer
from holdfast.act.spreadsheet import harmless
from holdfast.act.uplift import Learned, Uplift, measure_uplift

__all__ = [
    "Assignment",
    "Decile",
    "Effect",
    "Estimate",
    "Learned",
    "Measured",
    "Plan",
    "Policy",
    "Qini",
    "Randomisation",
    "Scorer",
    "SegmentEffect",
    "Uplift",
    "arm_of",
    "assign",
    "at_risk_list",
    "check_randomisation",
    "detectable_effect",
    "difference_of_means",
    "difference_of_rates",
    "harmless",
    "high_value_list",
    "measure",
    "measure_uplift",
    "sample_size",
]
