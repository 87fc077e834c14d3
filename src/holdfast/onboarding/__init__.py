"""From an export to a scenario: what files hold is found, proved by the one reader, asked, and written as YAML."""

from holdfast.onboarding.demo import demo_purchases
from holdfast.onboarding.findings import Answers, Choice, Findings, Question
from holdfast.onboarding.follow_ups import with_follow_ups
from holdfast.onboarding.look import Look
from holdfast.onboarding.scenario import name_of, scenario

__all__ = [
    "Answers",
    "Choice",
    "Findings",
    "Look",
    "Question",
    "demo_purchases",
    "name_of",
    "scenario",
    "with_follow_ups",
]
