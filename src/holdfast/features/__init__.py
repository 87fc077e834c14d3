"""Purchases → one row per customer as of a cutoff: features before it, outcomes after it."""

from holdfast.features.batches import BATCH_CUSTOMERS, feature_batches
from holdfast.features.build import build_features, feature_sql, population, summary_of
from holdfast.features.catalogue import FAMILIES, FEATURES
from holdfast.features.cutoff import Cutoff
from holdfast.features.dialects import DIALECTS, compiled_sql
from holdfast.features.feature import Feature
from holdfast.features.histories import build_histories
from holdfast.features.outcome import build_outcomes
from holdfast.features.portable import unportable
from holdfast.features.sampling import CustomerSample

__all__ = [
    "BATCH_CUSTOMERS",
    "DIALECTS",
    "FAMILIES",
    "FEATURES",
    "CustomerSample",
    "Cutoff",
    "Feature",
    "build_features",
    "build_histories",
    "build_outcomes",
    "compiled_sql",
    "feature_batches",
    "feature_sql",
    "population",
    "summary_of",
    "unportable",
]
