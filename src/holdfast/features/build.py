"""The features of every customer as of a cutoff, as ONE portable SQL text that DuckDB, Spark and PostgreSQL run."""

import duckdb
import numpy as np
import pandas as pd

from holdfast.features.catalogue import FEATURES
from holdfast.features.cutoff import Cutoff
from holdfast.features.feature import Over

# The text reads the table `purchases` (columns.CLEAN_PURCHASES). Only {cutoff}, an integer, is substituted.
_TEXT = """
WITH lines AS (
    SELECT customer_id, day, order_key, amount, quantity, product_id FROM purchases WHERE day < {cutoff}
),
days AS (
    SELECT customer_id, day, CAST(SUM(amount) AS DECIMAL(19,2)) AS spend, COUNT(*) AS line_count,
           CAST(SUM(quantity) AS DECIMAL(19,2)) AS pieces
    FROM lines GROUP BY customer_id, day
),
occasions AS (
    SELECT customer_id, day, spend, line_count, pieces,
           MIN(day) OVER (PARTITION BY customer_id) AS began,
           day - LAG(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap,
           ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY day) AS nth,
           ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY day DESC) AS nth_last
    FROM days WHERE spend > 0
),
gaps AS (
    SELECT customer_id, gap, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY gap, day) AS place,
           COUNT(*) OVER (PARTITION BY customer_id) AS places
    FROM occasions WHERE gap IS NOT NULL
),
of_occasions AS (
    SELECT customer_id,
           {occasions}
    FROM occasions GROUP BY customer_id
),
of_gaps AS (
    SELECT customer_id,
           {gaps}
    FROM gaps GROUP BY customer_id
),
of_lines AS (
    SELECT customer_id,
           {lines}
    FROM lines GROUP BY customer_id
),
known AS (
    SELECT of_occasions.*, {names}
    FROM of_occasions
    JOIN of_lines ON of_occasions.customer_id = of_lines.customer_id
    LEFT JOIN of_gaps ON of_occasions.customer_id = of_gaps.customer_id
)
SELECT known.*,
       {features}
FROM known ORDER BY customer_id
"""


def feature_sql(cutoff: Cutoff) -> str:
    """Return the portable SQL text that computes every feature of every customer with a purchase day."""
    text = _TEXT
    for over in ("occasions", "gaps", "lines", "features"):
        text = text.replace(f"{{{over}}}", _select(over))
    joined = ", ".join(f.name for f in FEATURES if f.over in ("lines", "gaps"))
    return text.replace("{names}", joined).replace("{cutoff}", str(cutoff.day))


def _select(over: Over) -> str:
    return ",\n           ".join(f"{f.sql} AS {f.name}" for f in FEATURES if f.over == over)


def population_sql(cutoff: Cutoff) -> str:
    """Return the SQL of who is scored: customers with a purchase day before the cutoff."""
    return (
        "SELECT DISTINCT customer_id FROM (SELECT customer_id, day FROM purchases "
        f"WHERE day < {cutoff.day} GROUP BY customer_id, day HAVING SUM(amount) > 0) AS buyers"
    )


def build_features(connection: duckdb.DuckDBPyConnection, cutoff: Cutoff) -> pd.DataFrame:
    """Compute the features of every customer who bought before the cutoff.

    Parameters
    ----------
    connection
        Holds the table ``purchases`` (``PurchaseLog.connection``).
    cutoff
        Where time is cut; rows on or after ``cutoff.date`` cannot change one bit of the answer.

    Returns
    -------
    pandas.DataFrame
        ``customer_id`` (text) and one float64 column per ``FEATURES`` entry, ordered by ``customer_id``;
        NaN where a feature has no meaning. Shape (customers, 1 + features).
    """
    table = connection.execute(feature_sql(cutoff)).df()
    numbers = {f.name: table[f.name].to_numpy(dtype=np.float64, na_value=np.nan) for f in FEATURES}
    return pd.DataFrame({"customer_id": table["customer_id"].astype("str"), **numbers})


def summary_of(features: pd.DataFrame) -> pd.DataFrame:
    """Return frequency, recency, T (days) and monetary_value of feature rows, as BTYD models read them."""
    return pd.DataFrame(
        {
            "frequency": features["frequency"],
            "recency": features["recency"],
            "T": features["tenure"],
            "monetary_value": features["spend_mean"],
        }
    )
