"""What customers did in the outcome window: the truth a prediction is held against."""

import numpy as np
import pandas as pd

from holdfast.data.engine import EPOCH, Reads
from holdfast.features.build import population_sql, spend_days_sql
from holdfast.features.cutoff import Cutoff

_TEXT = """
WITH population AS ({population}),
days AS ({days}),
later AS (
    SELECT customer_id, COUNT(*) AS purchases, CAST(SUM(spend) AS DECIMAL(28,2)) * EXP(0) AS spend
    FROM days GROUP BY customer_id
)
SELECT population.customer_id, COALESCE(purchases, 0) AS purchases, COALESCE(spend, 0 * EXP(0)) AS spend
FROM population LEFT JOIN later ON population.customer_id = later.customer_id
ORDER BY population.customer_id
"""


def outcome_sql(cutoff: Cutoff) -> str:
    """Return the portable SQL text of the outcomes of everyone who bought before the cutoff."""
    start, end = (cutoff.window_start - EPOCH).days, (cutoff.window_end - EPOCH).days
    days = spend_days_sql(f"day >= {start} AND day < {end}", end)
    return _TEXT.format(population=population_sql(cutoff), days=days)


def build_outcomes(connection: Reads, cutoff: Cutoff) -> pd.DataFrame:
    """Observe the outcome window of everyone who bought before the cutoff.

    Returns
    -------
    pandas.DataFrame
        Ordered by ``customer_id``, aligned with ``build_features`` of the same cutoff: ``customer_id``,
        ``purchases`` (purchase days in the window), ``spend`` (currency, of those days, less what came back before the
        window was over), and ``churned`` (1 = no purchase day in the window).

    Examples
    --------
    >>> from holdfast.data import Source, read_purchases, simulate_shop
    >>> from holdfast.features import Cutoff
    >>> log = read_purchases(Source(simulate_shop(100, seed=3).purchases))
    >>> outcomes = build_outcomes(log.connection, Cutoff("2024-03-01", horizon_days=60))
    >>> outcomes["churned"].value_counts().to_dict()
    {1: 73, 0: 27}
    """
    table = connection.execute(outcome_sql(cutoff)).df()
    purchases = table["purchases"].to_numpy(dtype=np.int64)
    return pd.DataFrame(
        {
            "customer_id": table["customer_id"].astype("str"),
            "purchases": purchases,
            "spend": table["spend"].to_numpy(dtype=np.float64),
            "churned": (purchases == 0).astype(np.int64),
        }
    )
