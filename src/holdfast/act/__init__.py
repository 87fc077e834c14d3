"""Scored customers and what to do with them."""

from holdfast.act.audience import audience_curve
from holdfast.act.choice import Chosen, choose
from holdfast.act.contact import ContactList, contact_list
from holdfast.act.lists import at_risk_list, high_value_list, list_of
from holdfast.act.scorer import Scorer
from holdfast.act.spreadsheet import harmless
from holdfast.act.suppression import SuppressionRules, suppressions
from holdfast.act.treatments import NOTHING, Treatment

__all__ = [
    "NOTHING",
    "Chosen",
    "ContactList",
    "Scorer",
    "SuppressionRules",
    "Treatment",
    "at_risk_list",
    "audience_curve",
    "choose",
    "contact_list",
    "harmless",
    "high_value_list",
    "list_of",
    "suppressions",
]
