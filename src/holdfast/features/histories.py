"""What buy-till-you-die models are fitted on: everyone's history up to a cutoff, alike ones counted together."""

import duckdb
import numpy as np
import pandas as pd

from holdfast.data.engine import Reads
from holdfast.features.build import purchase_days_sql, spend_days_sql
from holdfast.features.cutoff import Cutoff
from holdfast.learn.arrays import Floats, Ints

_KEPT = "kept"
# Of each customer, so many purchases after the first tell how the next one goes with those before it.
_NEXT = 12
# Of each year, so many of their purchase days tell how what they spend moves with time.
_YEAR, _A_YEAR = 365, 24
_EVER = 10**7  # a day after every other

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

_NEXT_SPENDS = """
SELECT nth - 1 AS earlier, spend_before, spend_last, spend FROM (
    SELECT spend * EXP(0) AS spend, ROW_NUMBER() OVER in_time AS nth, LAG(spend) OVER in_time * EXP(0) AS spend_last,
           CAST(SUM(spend) OVER (
               PARTITION BY customer_id ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ) AS DECIMAL(28,2)) * EXP(0) / (ROW_NUMBER() OVER in_time - 1) AS spend_before
    FROM ({days}) AS days WINDOW in_time AS (PARTITION BY customer_id ORDER BY day)
) AS each WHERE nth BETWEEN 2 AND {most} AND spend > 0 AND spend_before > 0 ORDER BY 1, 2, 4, 3
"""
_SPENDS_OVER_TIME = """
SELECT customer, back, nth, spend FROM (
    SELECT *, COUNT(*) OVER (PARTITION BY customer) AS kept FROM (
        SELECT *, ROW_NUMBER() OVER (
            PARTITION BY customer, FLOOR((back - 1) / {year}) ORDER BY MOD(back * 7919, 1009), back
        ) AS drawn FROM (
            SELECT DENSE_RANK() OVER (ORDER BY customer_id) AS customer, {cutoff} - day AS back,
                   spend * EXP(0) AS spend, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY day) AS nth
            FROM ({days}) AS days
        ) AS every WHERE back <= {year} * {years} AND spend > 0
    ) AS of_years WHERE drawn <= {most}
) AS each WHERE kept > 1 ORDER BY customer, back
"""


def keep_purchase_days(connection: duckdb.DuckDBPyConnection) -> str:
    """Write down the purchase days of all customers, whole numbers only, once; return the SQL that reads them.

    Whether a day is one does not depend on what comes later, so histories as of any cutoff are read off these, in a
    fraction of the time that the lines would take.
    """
    days = spend_days_sql(f"day < {_EVER}", _EVER)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_KEPT}")
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {_KEPT}.purchase_days AS SELECT customer, UNNEST(days) AS day FROM ("
        "SELECT CAST(ROW_NUMBER() OVER () AS INTEGER) AS customer, days FROM ("
        f"SELECT LIST(day) AS days FROM ({days}) AS every GROUP BY customer_id) AS of_customers) AS numbered"
    )
    return f"SELECT customer AS customer_id, day FROM {_KEPT}.purchase_days"


def forget_purchase_days(connection: duckdb.DuckDBPyConnection) -> None:
    """Take back the room of ``keep_purchase_days``."""
    connection.execute(f"DROP SCHEMA IF EXISTS {_KEPT} CASCADE")


def days_before(cutoff: Cutoff, purchase_days: str | None = None) -> str:
    """Return the SQL of every purchase day before the cutoff, off what ``keep_purchase_days`` returned if given."""
    if purchase_days is None:
        return purchase_days_sql(cutoff)
    open_day = cutoff.open_day("day")
    as_day = "day" if open_day == "day" else f"{open_day} AS day"
    return f"SELECT customer_id, {as_day} FROM ({purchase_days}) AS kept WHERE day < {cutoff.day}"


def build_histories(connection: Reads, cutoff: Cutoff, *, purchase_days: str | None = None) -> pd.DataFrame:
    """Return every different history of a customer who bought before the cutoff, and how many have it.

    Parameters
    ----------
    connection, cutoff
        The log, and where time is cut.
    purchase_days
        What ``keep_purchase_days`` returned for this log; not given: the days are found among the lines.

    Returns
    -------
    pandas.DataFrame
        ``frequency``, ``recency``, ``tenure`` as the features of these names, and ``customers``: how many. Ten
        million customers have some million different histories.

    Examples
    --------
    >>> from holdfast.data import Source, read_purchases, simulate_shop
    >>> log = read_purchases(Source(simulate_shop(1000, seed=3).purchases))
    >>> histories = build_histories(log.connection, Cutoff("2023-06-01", horizon_days=60))
    >>> len(histories), int(histories["customers"].sum())
    (349, 430)
    """
    return _numbers(connection, _HISTORIES, cutoff, days_before(cutoff, purchase_days))


def thinned(histories: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return the histories of about ``most`` customers: every so many-th of them in the order of ``build_histories``.

    No more than there are; so evenly drawn that shares of histories are those of everyone, by less than one customer.

    Examples
    --------
    >>> some = thinned(pd.DataFrame({"frequency": [0.0, 1.0, 2.0], "customers": [60.0, 30.0, 10.0]}), 10)
    >>> some["customers"].tolist()
    [6.0, 3.0, 1.0]
    """
    everyone = float(histories["customers"].sum())
    if everyone <= most:
        return histories
    reached = np.floor(histories["customers"].cumsum().to_numpy() * (most / everyone) + 0.5)
    drawn = histories.assign(customers=np.diff(reached, prepend=0.0))
    return drawn[drawn["customers"] > 0].reset_index(drop=True)


def build_spends(connection: duckdb.DuckDBPyConnection, cutoff: Cutoff) -> pd.DataFrame:
    """Return every different pair of ``frequency`` and ``spend_mean``, and how many ``customers`` have it."""
    return _numbers(connection, _SPENDS, cutoff, purchase_days_sql(cutoff))


def build_next_spends(connection: Reads, cutoff: Cutoff) -> pd.DataFrame:
    """Return what purchases came to beside those before them: of each customer from the second to the twelfth.

    Returns
    -------
    pandas.DataFrame
        ``earlier`` (how many purchase days before it), ``spend_before`` (their mean), ``spend_last`` (of the last of
        them) and ``spend``, currency; only where mean and spend are above 0.

    Examples
    --------
    >>> from holdfast.data import Columns, Source, read_purchases, simulate_shop
    >>> log = read_purchases(Source(simulate_shop(100, seed=3).purchases, Columns(amount="amount")))
    >>> build_next_spends(log.connection, Cutoff("2023-06-01", horizon_days=60)).round(2).head(2).values.tolist()
    [[1.0, 8.31, 8.31, 9.33], [1.0, 9.48, 9.48, 28.92]]
    """
    return _numbers(connection, _NEXT_SPENDS.replace("{most}", str(_NEXT)), cutoff, purchase_days_sql(cutoff))


def build_spends_over_time(connection: Reads, cutoff: Cutoff, years: int) -> pd.DataFrame:
    """Return what each purchase day of the last years came to, of customers with two and more of them.

    Returns
    -------
    pandas.DataFrame
        ``customer`` (a number), ``back`` (days before the cutoff, from 1), ``nth`` (purchase day of theirs, from 1) and
        ``spend``, currency, above 0. Of each customer and year at most 24 days, drawn from all of it.

    Examples
    --------
    >>> from holdfast.data import Columns, Source, read_purchases, simulate_shop
    >>> log = read_purchases(Source(simulate_shop(100, seed=3).purchases, Columns(amount="amount")))
    >>> build_spends_over_time(log.connection, Cutoff("2024-06-01", horizon_days=60), 1).head(2).values.tolist()
    [[2.0, 206.0, 4.0, 6.09], [2.0, 252.0, 3.0, 13.93]]
    """
    text = _SPENDS_OVER_TIME.replace("{year}", str(_YEAR)).replace("{years}", str(years))
    return _numbers(connection, text.replace("{most}", str(_A_YEAR)), cutoff, purchase_days_sql(cutoff))


def build_silences(connection: Reads, cutoff: Cutoff) -> Floats:
    """Return the days since the last purchase day of every customer of ``build_features``, row by row, shape (n,)."""
    text = "SELECT {cutoff} - MAX(day) AS silent FROM ({days}) AS days GROUP BY customer_id ORDER BY customer_id"
    return _numbers(connection, text, cutoff, purchase_days_sql(cutoff))["silent"].to_numpy()


def build_open_days(connection: Reads, cutoff: Cutoff, purchase_days: str | None = None) -> Ints:
    """Return the days before the cutoff on which anybody bought, from 1970-01-01, each once, in their order."""
    text = "SELECT DISTINCT day FROM ({days}) AS days ORDER BY day"
    return _numbers(connection, text, cutoff, days_before(cutoff, purchase_days))["day"].to_numpy().astype(np.int64)


def build_purchases_by_day(connection: Reads, cutoff: Cutoff, purchase_days: str | None = None) -> pd.DataFrame:
    """Return how many customers bought on each day before the cutoff on which anybody did, in their order.

    Returns
    -------
    pandas.DataFrame
        ``day``, from 1970-01-01, and ``purchases``.
    """
    text = "SELECT day, COUNT(*) AS purchases FROM ({days}) AS days GROUP BY day ORDER BY day"
    return _numbers(connection, text, cutoff, days_before(cutoff, purchase_days))


def _numbers(connection: Reads, text: str, cutoff: Cutoff, days: str) -> pd.DataFrame:
    found: pd.DataFrame = connection.execute(text.format(days=days, cutoff=cutoff.day)).df()
    return found.astype(np.float64)
