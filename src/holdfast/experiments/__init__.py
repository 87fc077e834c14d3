"""What doing something changed: power, assignment, effects, uplift."""

from holdfast.experiments.assignment import Assignment, arm_of, assign
from holdfast.experiments.effects import Estimate, difference_of_means, difference_of_rates
from holdfast.experiments.estimated import Effect
from holdfast.experiments.experiment import Measured, measure
from holdfast.experiments.learnt import LearntPolicy, Offer, learn_policy
from holdfast.experiments.planned import Planned, past_of, plan_clusters
from holdfast.experiments.power import Plan, detectable_effect, sample_size
from holdfast.experiments.qini import Decile, Policy, Qini
from holdfast.experiments.randomisation import Randomisation, check_randomisation
from holdfast.experiments.segments import SegmentEffect
from holdfast.experiments.uplift import Learned, Uplift, measure_uplift

__all__ = [
    "Assignment",
    "Decile",
    "Effect",
    "Estimate",
    "Learned",
    "LearntPolicy",
    "Measured",
    "Offer",
    "Plan",
    "Planned",
    "Policy",
    "Qini",
    "Randomisation",
    "SegmentEffect",
    "Uplift",
    "arm_of",
    "assign",
    "check_randomisation",
    "detectable_effect",
    "difference_of_means",
    "difference_of_rates",
    "learn_policy",
    "measure",
    "measure_uplift",
    "past_of",
    "plan_clusters",
    "sample_size",
]
