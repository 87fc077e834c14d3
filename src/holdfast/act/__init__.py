"""Scored customers and what to do with them; and what doing it changed."""

from holdfast.act.assignment import Assignment, arm_of, assign
from holdfast.act.audience import audience_curve
from holdfast.act.choice import Chosen, choose
from holdfast.act.contact import ContactList, contact_list
from holdfast.act.effects import Estimate, difference_of_means, difference_of_rates
from holdfast.act.experiment import Effect, Measured, SegmentEffect, measure
from holdfast.act.lists import list_of
from holdfast.act.power import Plan, detectable_effect, sample_size
from holdfast.act.qini import Decile, Policy, Qini
from holdfast.act.randomisation import Randomisation, check_randomisation
from holdfast.act.scorer import Scorer
from holdfast.act.spreadsheet import harmless
from holdfast.act.suppression import SuppressionRules, suppressions
from holdfast.act.treatments import NOTHING, Treatment
from holdfast.act.uplift import Learned, Uplift, measure_uplift

__all__ = [
    "NOTHING",
    "Assignment",
    "Chosen",
    "ContactList",
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
    "SuppressionRules",
    "Treatment",
    "Uplift",
    "arm_of",
    "assign",
    "audience_curve",
    "check_randomisation",
    "choose",
    "contact_list",
    "detectable_effect",
    "difference_of_means",
    "difference_of_rates",
    "harmless",
    "list_of",
    "measure",
    "measure_uplift",
    "sample_size",
    "suppressions",
]
