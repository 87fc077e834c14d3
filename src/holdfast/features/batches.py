"""The features of everyone, in batches: no shop is too large to be scored."""

from collections.abc import Iterator

import duckdb
import pandas as pd

from holdfast.data.engine import literal
from holdfast.features.build import build_features
from holdfast.features.cutoff import Cutoff
from holdfast.features.sampling import restricted

BATCH_CUSTOMERS = 250_000
"""Customers whose features are held at once: some 140 MB."""


def feature_batches(
    connection: duckdb.DuckDBPyConnection, cutoff: Cutoff, *, most: int | None = None
) -> Iterator[pd.DataFrame]:
    """Yield the rows of ``build_features`` in their order, those of at most ``most`` customers of the log at a time.

    ``most`` is ``BATCH_CUSTOMERS`` if not given.

    Batches in which nobody had bought before the cutoff are left out; there is at least one, empty if need be.

    Examples
    --------
    >>> from datetime import date
    >>> from holdfast.data import Columns, Source, read_purchases, simulate_shop
    >>> bought = simulate_shop(100, days=300, seed=3).purchases
    >>> log = read_purchases(Source(bought, Columns(customer_id="customer_id", ordered_at="ordered_at")))
    >>> cutoff = Cutoff(date(2024, 1, 1), 30)
    >>> few = pd.concat(feature_batches(log.connection, cutoff, most=30), ignore_index=True)
    >>> few.equals(build_features(log.connection, cutoff))
    True
    """
    most = most or BATCH_CUSTOMERS
    starts = [
        row[0]
        for row in connection.execute(
            "SELECT customer_id FROM (SELECT customer_id, ROW_NUMBER() OVER (ORDER BY customer_id) AS nth FROM "
            f"(SELECT DISTINCT customer_id FROM purchases) AS everyone) AS placed WHERE nth % {most} = 1 OR {most} = 1 "
            "ORDER BY customer_id"
        ).fetchall()
    ]
    if len(starts) <= 1:
        yield build_features(connection, cutoff)
        return
    some = False
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        until = "" if end is None else f" AND customer_id < {literal(end)}"
        batch = build_features(restricted(connection, f"customer_id >= {literal(start)}{until}"), cutoff)
        last = end is None and not some
        if len(batch) or last:
            some = True
            yield batch
