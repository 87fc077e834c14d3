"""What lists show of a customer beside the scores (``lists.show``): texts as the file has them, kept apart.

They stand in tables of their own, which no feature reads: ``customer_id``, ``known_day`` (NULL: always known),
``version`` (the highest is the newest), and ``shown_0``, ``shown_1``, … in the order of the source's ``shown``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from holdfast.data.engine import EPOCH, quote
from holdfast.data.reading.rawtable import RawTable
from holdfast.data.source import TableSource, shown_columns
from holdfast.data.table_rules import DAY
from holdfast.data.united import KNOWN
from holdfast.data.values import parse
from holdfast.learn.arrays import Floats

OF_CUSTOMERS, OF_CONTRACTS = "shown_customers", "shown_subscriptions"


@dataclass(frozen=True)
class Shown:
    """Columns that lists show, of a table that was read as texts.

    Attributes
    ----------
    names
        As ``lists.show`` names them.
    customers, known
        Whose each row is, and the day from which it is known, as a day number (NaN: always); shape (n,).
    texts
        Per name one text per row.
    """

    names: tuple[str, ...] = ()
    customers: pd.Series = field(default_factory=lambda: pd.Series([], dtype="str"))
    known: Floats = field(default_factory=lambda: np.zeros(0))
    texts: Sequence[pd.Series] = ()

    def keep(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Create ``shown_subscriptions``: of rows known since the same day the last one is the newest."""
        texts = {
            ours: text.astype(object).to_numpy()
            for ours, text in zip(shown_columns(self.names), self.texts, strict=True)
        }
        rows = pd.DataFrame({"customer_id": self.customers.astype(object).to_numpy(), "known": self.known, **texts})
        order = rows["known"].rank(method="first", na_option="top").astype("int64")
        connection.register("rows_to_show", rows.assign(version=order))
        listed = "".join(f", CAST({ours} AS VARCHAR) AS {ours}" for ours in texts)
        connection.execute(
            f"CREATE OR REPLACE TABLE {OF_CONTRACTS} AS SELECT CAST(customer_id AS VARCHAR) AS customer_id, "
            f"CASE WHEN NOT isnan(known) THEN CAST(known AS INTEGER) END AS known_day, version{listed} "
            "FROM rows_to_show"
        )
        connection.unregister("rows_to_show")


def keep_shown(connection: duckdb.DuckDBPyConnection, raws: Sequence[RawTable], source: TableSource) -> None:
    """Create ``shown_customers`` from the kept lines of the table of customers, as ``keep`` creates ``customers``."""
    names = shown_columns(source.shown)
    cells = [
        f"SELECT {raw.number} AS file, record, "
        + ", ".join(f"CAST({parse.text(ours, raw.types[ours], source)} AS VARCHAR) AS {ours}" for ours in names)
        + f" FROM {raw.table}"
        for raw in raws
    ]
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE {OF_CUSTOMERS} AS
        SELECT customer_id, epoch_us({KNOWN}) {DAY} AS known_day, {", ".join(names)},
               ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY {KNOWN} NULLS FIRST) AS version
        FROM decided JOIN ({" UNION ALL ".join(cells)}) AS cells USING (file, record) WHERE decision = 'kept'
        """
    )


def shown_of(
    connection: duckdb.DuckDBPyConnection, table: str, shown: Sequence[str], customers: pd.Series, as_of: date | None
) -> pd.DataFrame:
    """Return what a table shows of customers: of each the newest row known before a day.

    Parameters
    ----------
    connection, table
        Where it is: ``OF_CUSTOMERS`` or ``OF_CONTRACTS``.
    shown
        The file's names of its columns, in the order in which they were kept.
    customers
        Ids, text, each once.
    as_of
        First day not known; ``None``: everything is.

    Returns
    -------
    pandas.DataFrame
        Texts by the file's names, row by row of ``customers``; blank where the table says nothing of one.
    """
    ids = pd.DataFrame({"customer_id": customers.astype(object).to_numpy(), "place": range(len(customers))})
    known = "TRUE" if as_of is None else f"(known_day IS NULL OR known_day < {(as_of - EPOCH).days})"
    picked = ", ".join(f"COALESCE({ours}, '') AS {quote(theirs)}" for ours, theirs in shown_columns(shown).items())
    connection.register("asked_for", ids)
    try:
        found = connection.execute(
            f"""
            WITH newest AS (
                SELECT * FROM (
                    SELECT *, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY version DESC) AS back
                    FROM {table} WHERE {known} AND customer_id IN (SELECT customer_id FROM asked_for)
                ) AS versions WHERE back = 1
            )
            SELECT {picked} FROM asked_for LEFT JOIN newest USING (customer_id) ORDER BY place
            """
        ).df()
    finally:
        connection.unregister("asked_for")
    return found.astype("str").set_index(customers.index)
