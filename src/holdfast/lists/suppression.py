"""Who must not be contacted today, and why."""

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from holdfast.features.build import spend_days_sql
from holdfast.language import told
from holdfast.learn.arrays import Flags
from holdfast.learn.draws import uniform

NO_CONSENT = told("no consent")
OBJECTION = told("objection to marketing")
PROFILING = told("objection to profiling")
CONTACTED = told("contacted recently")
HOLDOUT = told("programme holdout")
HELD_BACK = told("control of an earlier list")
TICKET = told("open ticket")
BOUGHT = told("bought since the scores were made")

# In this order: a customer is counted under the first that applies.
REASONS = (NO_CONSENT, OBJECTION, PROFILING, HOLDOUT, HELD_BACK, CONTACTED, TICKET, BOUGHT)

# Later than any day of a log.
_EVER = 1_000_000
# What a customer decides for good, and what lets a customer be contacted.
_FOR_GOOD = {
    "customers.consent": "COALESCE(consent, 0) = 1",
    "customers.objection": "COALESCE(objection, 0) = 0",
    "customers.profiling_objection": "COALESCE(profiling_objection, 0) = 0",
}
_LATEST = """
SELECT customer_id FROM (
    SELECT customers.*, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY version DESC) AS back
    FROM customers WHERE known_day IS NULL OR known_day < {today}
) AS versions WHERE back = 1 AND {condition}
"""


@dataclass(frozen=True)
class SuppressionRules:
    """What keeps a customer off a list to contact.

    Attributes
    ----------
    contacted_within_days
        Contacted in so many days before; 0 switches this off.
    open_tickets, bought_since
        Whether an open ticket, or a purchase since the scores were made, keeps a customer off.

    Objections always do. Where the log has a column of consent, only customers who gave it are contacted: one
    who is not on file, or whose cell is empty, has not.
    """

    contacted_within_days: int = 14
    open_tickets: bool = True
    bought_since: bool = True


def suppressions(
    connection: duckdb.DuckDBPyConnection,
    customers: pd.Series,
    *,
    as_of: int,
    today: int,
    rules: SuppressionRules,
    contacted: pd.Series | None = None,
    held_back: pd.Series | None = None,
    holdout: pd.Series | None = None,
) -> pd.Series:
    """Return why each customer must not be contacted; empty text where nothing speaks against it.

    Parameters
    ----------
    connection
        Holds ``purchases`` and, where the scenario has them, ``customers``, ``contacts`` and ``tickets``.
    customers
        Ids, text.
    as_of, today
        Day numbers: of the scores, and the first day that the log and the tables do not know.
    rules
        What counts.
    contacted
        Ids of customers on earlier lists that are not older than ``contacted_within_days``.
    held_back
        Ids of the control groups of lists that are still valid: contacting them would spoil the measurement.
    holdout
        Ids of those of ``customers`` who are kept off every list for ever (``in_holdout``).

    Returns
    -------
    pandas.Series
        One of ``REASONS`` or ``""``, on the index of ``customers``.
    """
    there = _there(connection)
    if not rules.contacted_within_days:
        contacted = None
    given = ((CONTACTED, contacted), (HELD_BACK, held_back), (HOLDOUT, holdout))
    hit = {r: set(ids) for r, ids in given if ids is not None}
    for reason, needs, sql in _queries(as_of, today, rules):
        if needs in there:
            hit[reason] = hit.get(reason, set()) | {row[0] for row in connection.execute(sql).fetchall()}
    if NO_CONSENT in hit:
        hit[NO_CONSENT] = set(customers) - hit[NO_CONSENT]
    reasons = pd.Series("", index=customers.index, dtype="str")
    for reason in reversed(REASONS):
        reasons[customers.isin(hit.get(reason, set()))] = reason
    return reasons


class Objectors:
    """Who is scored and on no ranked list: whoever objected, or gave no consent where there is such a column.

    What a customer decides for good counts from when it stands in the table, whatever the as-of date.

    Parameters
    ----------
    connection
        Holds ``customers`` where the scenario has such a table.

    Examples
    --------
    >>> connection = duckdb.connect()
    >>> told = "('a', 1, 7, 0), ('b', 1, 7, 1), ('b', 2, 9, 0), ('c', 1, 7, 1)"
    >>> columns = "customer_id, version, known_day, objection"
    >>> _ = connection.execute(f"CREATE TABLE customers AS SELECT * FROM (VALUES {told}) AS t({columns})")
    >>> objectors = Objectors(connection)
    >>> objectors.among(pd.Series(["a", "b", "c", "d"])).tolist(), objectors.found
    ([False, False, True, False], 1)
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection, self.found = connection, 0
        there = _there(connection)
        said = [name for needs, name in _FOR_GOOD.items() if needs in there]
        self._consent, self._none = "customers.consent" in there, not said
        if said:
            # With consent those who may be contacted are kept, for one who is not on file gave none.
            condition = " AND ".join(said) if self._consent else f"NOT ({' AND '.join(said)})"
            latest = _LATEST.format(today=_EVER, condition=condition)
            connection.execute(f"CREATE OR REPLACE TEMP TABLE spoken AS {latest}")

    def among(self, customers: pd.Series) -> Flags:
        """Return who of these is on no list, shape (n,), and count them in ``found``."""
        if self._none:
            return np.zeros(len(customers), dtype=bool)
        asked = pd.DataFrame({"customer_id": customers.astype(object).to_numpy(), "nth": range(len(customers))})
        self._connection.register("asked", asked)
        spoken = "SELECT nth FROM asked WHERE customer_id IN (SELECT customer_id FROM spoken)"
        places = self._connection.execute(spoken).fetchnumpy()["nth"]
        self._connection.unregister("asked")
        off = np.full(len(customers), self._consent)
        off[places] = not self._consent
        self.found += int(off.sum())
        return off

    def notes(self) -> list[str]:
        """Return how many of those asked about are on no list, if any."""
        if not self.found:
            return []
        said = told(
            "Left off the lists, for want of consent or an objection to marketing or profiling: {n:n customer}.",
            n=self.found,
        )
        return [said]


def in_holdout(customers: pd.Series, name: str, share: float) -> Flags:
    """Return who is kept off every list, shape (n,): by a keyed hash of the id, so the same customers for ever.

    Under the same name a larger share holds everybody whom a smaller one held.

    Examples
    --------
    >>> ids = pd.Series([f"c{i}" for i in range(1000)])
    >>> small, large = in_holdout(ids, "shop", 0.02), in_holdout(ids, "shop", 0.05)
    >>> int(small.sum()), int(large.sum()), bool((small <= large).all())
    (12, 38, True)
    """
    return np.asarray(uniform(f"holdout/{name}", customers) < share)


def _there(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the columns of all tables as ``table.column``; consent only where any cell of it is filled."""
    found = connection.execute("SELECT table_name, column_name FROM information_schema.columns").fetchall()
    there = {f"{table}.{column}" for table, column in found}
    if "customers.consent" in there and not connection.execute("SELECT COUNT(consent) FROM customers").fetchall()[0][0]:
        return there - {"customers.consent"}
    return there


def _queries(as_of: int, today: int, rules: SuppressionRules) -> list[tuple[str, str, str]]:
    """Return (reason, the column it needs, SQL of the customers); for consent those who gave it."""

    def latest(condition: str) -> str:
        return _LATEST.format(today=today, condition=condition)

    asked = [
        (NO_CONSENT, "customers.consent", latest("consent = 1")),
        (OBJECTION, "customers.objection", latest("objection = 1")),
        (PROFILING, "customers.profiling_objection", latest("profiling_objection = 1")),
    ]
    if rules.contacted_within_days:
        sql = (
            f"SELECT customer_id FROM contacts WHERE sent_day >= {today - rules.contacted_within_days} "
            f"AND sent_day < {today} AND LOWER(COALESCE(arm, '')) <> 'control'"
        )
        asked.append((CONTACTED, "contacts.sent_day", sql))
    if rules.open_tickets:
        sql = (
            f"SELECT customer_id FROM tickets WHERE opened_day < {today} "
            f"AND (closed_day IS NULL OR closed_day >= {today})"
        )
        asked.append((TICKET, "tickets.opened_day", sql))
    if rules.bought_since:
        days = spend_days_sql(f"day >= {as_of}", _EVER)
        asked.append((BOUGHT, "purchases.day", f"SELECT customer_id FROM ({days}) AS days"))
    return asked
