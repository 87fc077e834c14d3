"""Purchases → one row per customer as of a cutoff: features before it, outcomes after it."""

from holdfast.features.build import (
    build_features,
    feature_sql,
    population_sql,
    purchase_days_sql,
    spend_days_sql,
    summary_of,
)
from holdfast.features.catalogue import FAMILIES, FEATURES, REASONS
from holdfast.features.cutoff import Cutoff
from holdfast.features.feature import Feature, Reason
from holdfast.features.outcome import build_outcomes
from holdfast.features.portable import unportable

__all__ = [
    "FAMILIES",
    "FEATURES",
    "REASONS",
    "Cutoff",
    "Feature",
    "Reason",
    "build_features",
    "build_outcomes",
    "feature_sql",
    "population_sql",
    "purchase_days_sql",
    "spend_days_sql",
    "summary_of",
    "unportable",
]
