"""The features of every customer as of a cutoff, as ONE portable SQL text that DuckDB, Spark and PostgreSQL run."""

from collections.abc import Collection

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from holdfast.data.engine import Reads
from holdfast.features.beside import FACTS, ROWS, facts_of, shown_sql
from holdfast.features.catalogue import FEATURES
from holdfast.features.cutoff import Cutoff
from holdfast.features.feature import Feature, Over

# The text reads the tables `purchases` (columns.CLEAN_PURCHASES) and `refunds` (columns.REFUNDS), and those beside them
# (columns.clean_table) that had shown something by the cutoff. {cutoff} is an integer; {day} is `day`, less what was
# shut once before the cutoff, and {calendar} and {silence} take that back.
# A day is an occasion by what was bought and given back on it (`own`); its `spend` is less what came back later.
_TEXT = """
WITH lines AS (
    SELECT customer_id, {day}, order_key, amount, quantity, product_id FROM purchases WHERE day < {cutoff}
),
baskets AS (
    SELECT customer_id, day, order_key, CAST(SUM(amount) AS DECIMAL(19,2)) AS spend, COUNT(*) AS line_count,
           CAST(SUM(quantity) AS DECIMAL(19,2)) AS pieces, COUNT(*) FILTER (WHERE amount < 0) AS returned
    FROM lines GROUP BY customer_id, day, order_key
),
later AS (
    SELECT customer_id, {day}, CASE WHEN known_day = day THEN amount ELSE 0 END AS own, amount
    FROM refunds WHERE known_day < {cutoff}
),
days AS (
    SELECT customer_id, day, CAST(SUM(own) AS DECIMAL(19,2)) AS own, CAST(SUM(spend) AS DECIMAL(19,2)) AS spend,
           CAST(SUM(line_count) AS BIGINT) AS line_count, CAST(SUM(pieces) AS DECIMAL(19,2)) AS pieces,
           CAST(SUM(returned) AS BIGINT) AS returned
    FROM (SELECT customer_id, day, spend AS own, spend, line_count, pieces, returned FROM baskets
          UNION ALL
          SELECT customer_id, day, own, amount, 0, NULL, 0 FROM later) AS parts
    GROUP BY customer_id, day
),
orders AS (
    SELECT customer_id, order_key FROM baskets GROUP BY customer_id, order_key
),
products AS (
    SELECT customer_id, product_id, COUNT(*) AS bought, MIN(day) AS first_day, MAX(day) AS last_day
    FROM lines WHERE product_id IS NOT NULL AND amount > 0 GROUP BY customer_id, product_id
),
timed AS (
    SELECT customer_id, day, spend, line_count, pieces,
           MIN(day) OVER in_time AS began, day - LAG(day) OVER in_time AS gap,
           ROW_NUMBER() OVER in_time AS nth, LEAD(day) OVER in_time AS next_day
    FROM days WHERE own > 0
    WINDOW in_time AS (PARTITION BY customer_id ORDER BY day)
),
occasions AS (
    SELECT customer_id, day, spend, line_count, pieces, began, gap, nth, next_day,
           ROW_NUMBER() OVER by_gap AS place,
           COUNT(gap) OVER (PARTITION BY customer_id) AS places
    FROM timed
    WINDOW by_gap AS (PARTITION BY customer_id ORDER BY gap NULLS LAST)
),
{parts}
known AS (
    SELECT of_occasions.*, {names}
    FROM of_occasions
    {joins}
)
SELECT known.*,
       {features}
FROM known ORDER BY customer_id
"""
_SUMMARY = {"frequency": "frequency", "recency": "recency", "T": "tenure", "monetary_value": "spend_mean"}
_PART = """of_{over} AS (
    SELECT customer_id,
           {select}
    FROM {rows}{grouped}
),"""


def feature_sql(cutoff: Cutoff, shown: Collection[str] = ()) -> str:
    """Return the portable SQL text that computes every feature of every customer with a purchase day.

    Parameters
    ----------
    cutoff
        Where time is cut.
    shown
        Which tables beside ``purchases`` had shown something by then, and which of their columns
        (``features.beside.FACTS``; ``known_facts`` finds them). The features of others are not in the text.

    Examples
    --------
    >>> from holdfast.features import Cutoff, unportable
    >>> sql = feature_sql(Cutoff("2024-03-01", horizon_days=60))
    >>> unportable(sql)
    []
    """
    offered = _offered(shown)
    parts, joins, names = [], [], []
    for over in dict.fromkeys(f.over for f in offered if f.over != "features"):
        if over in ROWS:
            parts.append(f"known_{over} AS ({ROWS[over]}\n),")
        parts.append(
            _PART.replace("{over}", over)
            .replace("{select}", _select(offered, over))
            .replace("{rows}", f"known_{over}" if over in ROWS else over)
            .replace("{grouped}", "" if over == "customers" else " GROUP BY customer_id")
        )
        if over != "occasions":
            joins.append(f"LEFT JOIN of_{over} ON of_occasions.customer_id = of_{over}.customer_id")
            names += [_joined(f) for f in offered if f.over == over]
    text = _TEXT.replace("{parts}", "\n".join(parts)).replace("{joins}", "\n    ".join(joins))
    text = text.replace("{names}", ", ".join(names)).replace("{features}", _select(offered, "features"))
    return _cut(text, cutoff)


def _cut(text: str, cutoff: Cutoff) -> str:
    """Put the cutoff into a text: where time was shut, days are counted without it, and calendars with it."""
    open_day = cutoff.open_day("day")
    last = cutoff.calendar_day(f"({cutoff.day} - days_since_last)")
    text = text.replace("{day}", "day" if open_day == "day" else f"{open_day} AS day")
    text = text.replace("{silence}", f"{cutoff.day} - {last} AS days_since_last" if cutoff.shut else "days_since_last")
    return text.replace("{calendar}", cutoff.calendar_day("day")).replace("{cutoff}", str(cutoff.day))


def _offered(shown: Collection[str]) -> list[Feature]:
    """Return the features that purchases and what else was shown can fill."""
    return [
        f for f in FEATURES if (f.over not in ROWS or f.over in shown) and (f.needs not in FACTS or f.needs in shown)
    ]


def _select(features: list[Feature], over: Over) -> str:
    return ",\n           ".join(f"{f.sql} AS {f.name}" for f in features if f.over == over)


def _joined(feature: Feature) -> str:
    return feature.name if feature.none == "NULL" else f"COALESCE({feature.name}, {feature.none}) AS {feature.name}"


def purchase_days_sql(cutoff: Cutoff) -> str:
    """Return the SQL of every purchase day before the cutoff: customer-days on which more was bought than given back.

    With ``spend``, what the day is worth less what was known by the cutoff to have come back on later days; what was
    shut once before the cutoff is no time (``Cutoff.open_day``).
    """
    days, open_day = spend_days_sql(f"day < {cutoff.day}", cutoff.day), cutoff.open_day("day")
    return days if open_day == "day" else f"SELECT customer_id, {open_day} AS day, spend FROM ({days}) AS all_days"


def spend_days_sql(where: str, known_by: int) -> str:
    """Return the SQL of the purchase days that meet a condition on ``day``, worth what was known before a day."""
    return (
        "SELECT customer_id, day, CAST(SUM(amount) AS DECIMAL(19,2)) AS spend FROM ("
        f"SELECT customer_id, day, amount, amount AS own FROM purchases WHERE {where} UNION ALL "
        "SELECT customer_id, day, amount, CASE WHEN known_day = day THEN amount ELSE 0 END FROM refunds "
        f"WHERE known_day < {known_by} AND {where}) AS parts GROUP BY customer_id, day HAVING SUM(own) > 0"
    )


def population_sql(cutoff: Cutoff) -> str:
    """Return the SQL of who is scored: customers with a purchase day before the cutoff."""
    return f"SELECT DISTINCT customer_id FROM ({purchase_days_sql(cutoff)}) AS buyers"


def population(connection: Reads, cutoff: Cutoff) -> int:
    """Return how many are scored (``population_sql``).

    Examples
    --------
    >>> from holdfast.data import Source, read_purchases, simulate_shop
    >>> from holdfast.features import Cutoff
    >>> log = read_purchases(Source(simulate_shop(100, seed=3).purchases))
    >>> [population(log.connection, Cutoff(day, horizon_days=60)) for day in ("2023-06-01", "2024-03-01")]
    [46, 100]
    """
    ((customers,),) = connection.execute(f"SELECT COUNT(*) FROM ({population_sql(cutoff)}) AS everyone").fetchall()
    return int(customers)


def known_facts(connection: duckdb.DuckDBPyConnection, cutoff: Cutoff) -> list[str]:
    """Return what the tables beside ``purchases`` had shown by the cutoff; tables that are not there showed nothing.

    Of everyone, also where only some customers are read: what a table shows does not depend on whom one looks at.
    """
    found = {row[0] for row in connection.execute("SELECT table_name FROM information_schema.tables").fetchall()}
    facts: list[str] = []
    for table in ROWS:
        if table in found:
            counts = connection.execute(shown_sql(table, cutoff, schema="main.")).fetchall()[0]
            facts += [fact for fact, n in zip(facts_of(table), counts, strict=True) if n]
    return facts


def build_features(
    connection: duckdb.DuckDBPyConnection, cutoff: Cutoff, *, dtype: npt.DTypeLike = np.float64
) -> pd.DataFrame:
    """Compute the features of every customer who bought before the cutoff.

    Parameters
    ----------
    connection
        Holds the table ``purchases`` (``PurchaseLog.connection``) and, where the scenario has them, the tables beside
        it (``data.read_tables``).
    cutoff
        Where time is cut; what happened or became known on or after ``cutoff.date`` cannot change one bit of the
        answer.
    dtype
        Of the numbers: scores are made from ``float64``; trees learn as well from ``float32``, half as large, where
        columns without any value are one that takes no memory and cannot be written to.

    Returns
    -------
    pandas.DataFrame
        ``customer_id`` (text) and one column of ``dtype`` per ``FEATURES`` entry, ordered by ``customer_id``;
        NaN where a feature has no meaning, and for everybody where the scenario lacks what it needs.
        Shape (customers, 1 + features).

    Examples
    --------
    >>> from holdfast.data import Source, read_purchases, simulate_shop
    >>> from holdfast.features import Cutoff
    >>> log = read_purchases(Source(simulate_shop(100, seed=3).purchases))
    >>> features = build_features(log.connection, Cutoff("2024-03-01", horizon_days=60))
    >>> features[["customer_id", "frequency", "recency", "tenure", "days_since_last"]].head(3)
      customer_id  frequency  recency  tenure  days_since_last
    0       00000        0.0      0.0   229.0            230.0
    1       00001        3.0    107.0   220.0            114.0
    2       00002        0.0      0.0   181.0            182.0
    """
    return features_of(connection.sql(feature_sql(cutoff, known_facts(connection, cutoff))).to_arrow_table(), dtype)


def features_of(table: pa.Table, dtype: npt.DTypeLike = np.float64) -> pd.DataFrame:
    """Return what an engine answers to ``feature_sql`` as ``build_features`` does."""
    customers, present = _own_texts(table["customer_id"]), set(table.column_names)
    block = np.empty((len(present) - 1, table.num_rows), dtype=dtype)
    blank = np.broadcast_to(np.array(np.nan, dtype=dtype), table.num_rows)
    numbers, rows = {}, iter(block)
    for feature in FEATURES:
        if feature.name not in present:
            numbers[feature.name] = blank if np.dtype(dtype) == np.float32 else blank.copy()
        else:
            numbers[feature.name] = row = next(rows)
            row[:] = _floats(table[feature.name])
    return pd.DataFrame({"customer_id": customers, **numbers}, copy=False)


def _own_texts(column: pa.ChunkedArray) -> pd.Series:
    # One column of DuckDB's that is kept keeps all columns of its table. Arrow hands on a lone array as it is, but
    # copies two.
    texts: pd.Series = pa.concat_arrays([*column.chunks, pa.nulls(0, column.type)]).to_pandas().astype("str")
    return texts


def _floats(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)


def summary_of(features: pd.DataFrame) -> pd.DataFrame:
    """Return frequency, recency, T (days) and monetary_value of feature rows, as BTYD models read them.

    Of ``build_histories`` and ``build_spends``, those that are there.

    Examples
    --------
    >>> from holdfast.clv import BetaGeoNBD
    >>> from holdfast.data import Source, read_purchases, simulate_shop
    >>> from holdfast.features import Cutoff
    >>> log = read_purchases(Source(simulate_shop(300, seed=3).purchases))
    >>> summary = summary_of(build_features(log.connection, Cutoff("2024-03-01", horizon_days=60)))
    >>> list(summary.columns)
    ['frequency', 'recency', 'T', 'monetary_value']
    >>> {name: round(value, 2) for name, value in BetaGeoNBD().fit(summary).params_.items()}
    {'r': 0.84, 'alpha': 36.72, 'a': 0.51, 'b': 3.01}
    """
    return pd.DataFrame({ours: features[name] for ours, name in _SUMMARY.items() if name in features.columns})
