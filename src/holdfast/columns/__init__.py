"""The tables Holdfast reads and writes: every column with its type, unit and meaning.

A horizon is part of a column's name (``p_churn_90d``), so that no number can be misread.
"""

from holdfast.columns.column import Column
from holdfast.columns.headings import averages, described, headed, heading, meaning, over
from holdfast.columns.inputs import CLEAN_PURCHASES, LABELS, PURCHASES, REFUNDS, REQUIRED, TABLES, clean_table
from holdfast.columns.lists import (
    ALL_LISTS,
    AUDIENCE,
    CONTACT,
    CONTRACT_LISTS,
    FIRST_ROWS,
    LISTS,
    SECOND_ORDER_DAYS,
    TIMELINES,
    listed,
    p_second,
)
from holdfast.columns.scores import (
    REJECTS,
    SUMMARY,
    clv,
    clv_deviation,
    clv_high,
    clv_interval,
    clv_low,
    expected_purchases,
    p_churn,
    purchases_at_risk,
    scores,
    value_at_risk,
    value_if_stays,
)
from holdfast.columns.value import MOVEMENTS, SEGMENTS, VALUE, cards, historical, totals

__all__ = [
    "ALL_LISTS",
    "AUDIENCE",
    "CLEAN_PURCHASES",
    "CONTACT",
    "CONTRACT_LISTS",
    "FIRST_ROWS",
    "LABELS",
    "LISTS",
    "MOVEMENTS",
    "PURCHASES",
    "REFUNDS",
    "REJECTS",
    "REQUIRED",
    "SECOND_ORDER_DAYS",
    "SEGMENTS",
    "SUMMARY",
    "TABLES",
    "TIMELINES",
    "VALUE",
    "Column",
    "averages",
    "cards",
    "clean_table",
    "clv",
    "clv_deviation",
    "clv_high",
    "clv_interval",
    "clv_low",
    "described",
    "expected_purchases",
    "headed",
    "heading",
    "historical",
    "listed",
    "meaning",
    "over",
    "p_churn",
    "p_second",
    "purchases_at_risk",
    "scores",
    "totals",
    "value_at_risk",
    "value_if_stays",
]
