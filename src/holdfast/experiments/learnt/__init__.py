"""A policy that is learnt from a randomised campaign: whom to contact with what, and what that would bring."""

from holdfast.experiments.learnt.learn import learn_policy
from holdfast.experiments.learnt.model import Effects, LearntPolicy, Offer
from holdfast.experiments.learnt.value import PolicyValue, Verdict, Worth

__all__ = ["Effects", "LearntPolicy", "Offer", "PolicyValue", "Verdict", "Worth", "learn_policy"]
