"""What each customer bought in all: found once, for every figure and note of the account that is about customers."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from holdfast.data.engine import Reads

_TABLE = "customers_seen"
_EACH = """
SELECT customer_id, COUNT(*) AS days, CAST(SUM(lines) AS BIGINT) AS lines, CAST(SUM(spend) AS DECIMAL(28,2)) AS spent,
       COUNT(bought) AS purchase_days, MIN(bought) AS first_day,
       MAX(bought) AS last_day
FROM (SELECT customer_id, day, lines, spend, CASE WHEN spend > 0 THEN day END AS bought
      FROM (SELECT customer_id, day, COUNT(*) AS lines, SUM(amount) AS spend
            FROM purchases GROUP BY customer_id, day) AS summed) AS each_day
GROUP BY customer_id
"""


@contextmanager
def customers_seen(connection: Reads) -> Iterator[str]:
    """Give the SQL that reads one row per customer of the table ``purchases``.

    ``days`` with any line and ``purchase_days`` with more bought than given back, ``lines``, ``spent``, and
    ``first_day`` and ``last_day``, the first and the last purchase day (NULL for who only gave back). A DuckDB
    connection keeps the rows until the end; an engine elsewhere is asked anew each time.

    Examples
    --------
    >>> from holdfast.data import Source, read_purchases, simulate_shop
    >>> log = read_purchases(Source(simulate_shop(100, seed=3).purchases))
    >>> with customers_seen(log.connection) as seen:
    ...     log.connection.execute(f"SELECT COUNT(*), SUM(purchase_days) FROM {seen}").fetchall()
    [(100, 545)]
    """
    if not isinstance(connection, duckdb.DuckDBPyConnection):
        yield f"({_EACH}) AS {_TABLE}"
        return
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {_TABLE} AS {_EACH}")
    try:
        yield _TABLE
    finally:
        connection.execute(f"DROP TABLE {_TABLE}")
