"""Some of the customers of a log: chosen by a hash of their ids, so that a larger shop costs no more to learn from.

A sample is a schema of views before the log's own: the text of features and outcomes reads it without knowing.
"""

from datetime import date

import duckdb

from holdfast.data.engine import EPOCH, quote

_SCHEMA = "sampled"
_PLACES = "places"
# By customer; `customers` stays whole, for shares of a channel are of everyone.
_RESTRICTED = ("purchases", "refunds", "visits", "tickets", "contacts", "surveys")
# Slices of different days begin where the golden ratio puts them, far from each other.
_GOLDEN = 0.6180339887498949


class CustomerSample:
    """Reads of a log that see only some of its customers.

    Parameters
    ----------
    connection
        Holds the table ``purchases`` and those beside it.
    most
        No read sees more customers than about this many; those of a larger log are copied once.

    Examples
    --------
    >>> from holdfast.data import Columns, Source, read_purchases, simulate_shop
    >>> bought = simulate_shop(500, seed=3).purchases
    >>> log = read_purchases(Source(bought, Columns(customer_id="customer_id", ordered_at="ordered_at")))
    >>> sample = CustomerSample(log.connection, most=200)
    >>> some = sample.reading(log.last_day, most=50)
    >>> some.sql("SELECT COUNT(DISTINCT customer_id) FROM purchases").fetchall()[0][0] <= 60
    True
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, most: int) -> None:
        self._connection = connection
        self._most = most
        self._tables = _tables(connection)
        ((everyone,),) = connection.execute("SELECT COUNT(DISTINCT customer_id) FROM purchases").fetchall()
        self.everyone = int(everyone)
        """Customers of the log."""
        self._size = 0

    def slice_of(self, day: date, most: int) -> tuple[int, int] | None:
        """Return which places are read as of a day, first and how many; ``None`` where everybody is.

        Parameters
        ----------
        day
            The cutoff's: different days read different customers where not all are read.
        most
            About so many who had bought before that day.
        """
        most = min(most, self._most)
        if self.everyone <= most:
            return None
        self._rank()
        ((had_bought,),) = self._connection.execute(
            f"SELECT COUNT(*) FROM {_SCHEMA}.{_PLACES} WHERE first_day < {(day - EPOCH).days}"
        ).fetchall()
        if had_bought <= most:
            return 0, self._size
        width = -(-self._size * most // had_bought)
        start = 0 if most == self._most else int(self._size * ((day - EPOCH).days * _GOLDEN % 1.0))
        return start, width

    def reading(self, day: date, most: int, where: str = "") -> duckdb.DuckDBPyConnection:
        """Return a connection whose ``purchases`` and tables beside it hold only the customers of ``slice_of``.

        ``where`` is a condition on ``customer_id``, as SQL, that they must meet, too. The connection is good until the
        next is asked for.
        """
        found = self.slice_of(day, most)
        chosen = [where] if where else []
        if found is not None and found != (0, self._size):
            start, width = found
            end = start + width
            more = f" OR place < {end - self._size}" if end > self._size else ""
            within = f"place >= {start} AND place < {end}{more}"
            chosen.append(f"customer_id IN (SELECT customer_id FROM {_SCHEMA}.{_PLACES} WHERE {within})")
        schema = "main" if found is None else _SCHEMA
        if chosen:
            return restricted(self._connection, " AND ".join(chosen), schema=schema)
        if found is None:
            return self._connection
        cursor = self._connection.cursor()
        cursor.execute(f"SET search_path = '{_SCHEMA},main'")
        return cursor

    def _rank(self) -> None:
        """Put the customers into an order that has nothing to do with them, and copy what the first of them did."""
        if self._size:
            return
        share = min(1.0, self._most / self.everyone)
        # The first eight hexadecimal digits are a number between 0 and 2^32.
        few = f"WHERE SUBSTR(MD5(customer_id), 1, 8) < '{min(int(share * 2**32), 2**32 - 1):08x}'" if share < 1 else ""
        run = self._connection.execute
        run(f"CREATE SCHEMA {_SCHEMA}")
        run(
            f"CREATE TABLE {_SCHEMA}.{_PLACES} AS SELECT customer_id, first_day, "
            "ROW_NUMBER() OVER (ORDER BY hash, customer_id) - 1 AS place FROM ("
            "SELECT customer_id, MIN(day) AS first_day, MD5(customer_id) AS hash "
            f"FROM purchases {few} GROUP BY customer_id) AS customers"
        )
        for table in self._tables:
            some = f" WHERE customer_id IN (SELECT customer_id FROM {_SCHEMA}.{_PLACES})" if share < 1 else ""
            kind = "TABLE" if some else "VIEW"
            run(f"CREATE {kind} {_SCHEMA}.{quote(table)} AS SELECT * FROM main.{quote(table)}{some}")
        ((self._size,),) = run(f"SELECT COUNT(*) FROM {_SCHEMA}.{_PLACES}").fetchall()


def restricted(
    connection: duckdb.DuckDBPyConnection, condition: str, *, schema: str = "main"
) -> duckdb.DuckDBPyConnection:
    """Return a connection whose ``purchases`` and tables beside it hold only the customers that meet a condition.

    Good until the next is asked for: there is one such set of views in a database.
    """
    cursor = connection.cursor()
    cursor.execute("CREATE SCHEMA IF NOT EXISTS slice")
    for table in _tables(connection):
        cursor.execute(
            f"CREATE OR REPLACE VIEW slice.{quote(table)} AS SELECT * FROM {schema}.{quote(table)} WHERE {condition}"
        )
    cursor.execute("SET search_path = 'slice,main'")
    return cursor


def _tables(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    found = connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main'"
    ).fetchall()
    return tuple(name for name in _RESTRICTED if (name,) in found)
