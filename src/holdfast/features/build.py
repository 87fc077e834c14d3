"""The features of every customer as of a cutoff, as ONE portable SQL text that DuckDB, Spark and PostgreSQL run."""

import duckdb
import numpy as np
import pandas as pd

from holdfast.features.catalogue import FEATURES, Feature, Over
from holdfast.features.cutoff import Cutoff

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
           day - LAG(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap,
           ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY day) AS nth,
           ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY day DESC) AS nth_last
    FROM days WHERE spend > 0
),
ranked_gaps AS (
    SELECT customer_id, gap, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY gap, day) AS place,
           COUNT(*) OVER (PARTITION BY customer_id) AS places
    FROM occasions WHERE gap IS NOT NULL
),
usual_gap AS (
    SELECT customer_id, CAST(SUM(gap) AS BIGINT) * EXP(0) / COUNT(*) AS gap_median
    FROM ranked_gaps WHERE 2 * place BETWEEN places AND places + 2 GROUP BY customer_id
),
first_day AS (
    SELECT customer_id, MIN(day) AS began FROM occasions GROUP BY customer_id
),
late AS (
    SELECT occasions.customer_id, COUNT(*) FILTER (WHERE nth > 1 AND 2 * (day - began) > {cutoff} - 1 - began)
           AS late_purchases
    FROM occasions JOIN first_day ON occasions.customer_id = first_day.customer_id GROUP BY occasions.customer_id
),
bought AS (
    SELECT customer_id,
           {occasions}
    FROM occasions GROUP BY customer_id
),
handled AS (
    SELECT customer_id,
           {lines}
    FROM lines GROUP BY customer_id
),
joined AS (
    SELECT bought.*, {handled_names}, gap_median, late_purchases
    FROM bought
    JOIN handled ON bought.customer_id = handled.customer_id
    JOIN late ON bought.customer_id = late.customer_id
    LEFT JOIN usual_gap ON bought.customer_id = usual_gap.customer_id
)
SELECT joined.*,
       {features}
FROM joined ORDER BY customer_id
"""


def feature_sql(cutoff: Cutoff) -> str:
    """Return the portable SQL text that computes every feature of every customer with a purchase day."""
    return _TEXT.replace("{occasions}", _select("occasions")).replace("{lines}", _select("lines")).replace(
        "{handled_names}", ", ".join(f.name for f in _over("lines"))
    ).replace("{features}", _select("features")).replace("{cutoff}", str(cutoff.day))


def _over(over: Over) -> list[Feature]:
    return [f for f in FEATURES if f.over == over and f.sql]


def _select(over: Over) -> str:
    return ",\n           ".join(f"{f.sql} AS {f.name}" for f in _over(over))


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
