"""Scored customers and what to do with them."""

from holdfast.act.lists import at_risk_list, high_value_list
from holdfast.act.scorer import Scorer
from holdfast.act.spreadsheet import harmless

__all__ = ["Scorer", "at_risk_list", "harmless", "high_value_list"]
