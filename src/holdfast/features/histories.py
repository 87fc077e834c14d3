"""What buy-till-you-die models are fitted on: everyone's history up to a cutoff, alike ones counted together."""

import duckdb
import numpy as np
import pandas as pd

from holdfast.features.build import purchase_days_sql
from holdfast.features.cutoff import Cutoff

_HISTORIES = """
SELECT frequency, recency, tenure, COUNT(*) AS customers FROM (
    SELECT COUNT(*) - 1 AS frequency, MAX(day) - MIN(day) AS recency, {cutoff} - 1 - MIN(day) AS tenure
    FROM ({days}) AS days GROUP BY customer_id
) AS each GROUP BY frequency, recency, tenure ORDER BY frequency, recency, tenure
"""
_SPENDS = """
SELECT frequency, spend_mean, COUNT(*) AS customers FROM (
    SELECT COUNT(*) - 1 AS frequency, CAST(SUM(spend) AS DECIMAL(28,2)) * EXP(0) / COUNT(*) AS spend_mean
    FROM ({days}) AS days GROUP BY customer_id
) AS each GROUP BY frequency, spend_mean ORDER BY frequency, spend_mean
"""


def build_histories(connection: duckdb.DuckDBPyConnection, cutoff: Cutoff) -> pd.DataFrame:
    """Return every different history of a customer who bought before the cutoff, and how many have it.

    Returns
    -------
    pandas.DataFrame
        ``frequency``, ``recency``, ``tenure`` as the features of these names, and ``customers``: how many. Ten
        million customers have some million different histories.
    """
    return _numbers(connection, _HISTORIES, cutoff)


def build_spends(connection: duckdb.DuckDBPyConnection, cutoff: Cutoff) -> pd.DataFrame:
    """Return every different pair of ``frequency`` and ``spend_mean``, and how many ``customers`` have it."""
    return _numbers(connection, _SPENDS, cutoff)


def _numbers(connection: duckdb.DuckDBPyConnection, text: str, cutoff: Cutoff) -> pd.DataFrame:
    found = connection.execute(text.format(days=purchase_days_sql(cutoff), cutoff=cutoff.day))
    return found.df().astype(np.float64)
