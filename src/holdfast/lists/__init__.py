"""Scored customers → lists to contact: kinds, treatments, the choice within a budget, suppression, the audience."""

from holdfast.lists.audience import audience_curve
from holdfast.lists.choice import Chosen, choose
from holdfast.lists.contact import ContactList, contact_list
from holdfast.lists.kinds import list_of
from holdfast.lists.spreadsheet import harmless
from holdfast.lists.suppression import SuppressionRules, suppressions
from holdfast.lists.treatments import NOTHING, Treatment

__all__ = [
    "NOTHING",
    "Chosen",
    "ContactList",
    "SuppressionRules",
    "Treatment",
    "audience_curve",
    "choose",
    "contact_list",
    "harmless",
    "list_of",
    "suppressions",
]
