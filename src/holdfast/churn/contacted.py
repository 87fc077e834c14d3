"""Who was contacted by one's own lists, and which past windows therefore say nothing of them.

A contact that works keeps customers who would have left. Who learns from such windows promises too little risk to all
whom nobody contacts, so those contacted are left out of what models learn from and are judged by; whoever was held back
at random stays in.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Self

import duckdb
import numpy as np
import pandas as pd

from holdfast.data.engine import EPOCH
from holdfast.features import Cutoff
from holdfast.learn.arrays import Flags

_TABLE = "contacted"


@dataclass(frozen=True)
class Contacted:
    """The contacts of one's own lists.

    Attributes
    ----------
    contacts
        ``customer_id``, and ``day`` from which on the customer was contacted, days since 1970-01-01.
    window_days
        Gap and horizon: so long a contact may change what a customer does.
    before
        The as-of date: rows of that day and later are scored, not learnt from, and leave nobody out.
    all_teach
        So many were contacted that models learn from them all the same; what is told of those whom nobody contacted
        (``apart_from``) still is not.

    Examples
    --------
    >>> contacts = pd.DataFrame({"customer_id": ["C1", "C2"], "day": [19_800, 19_600]})
    >>> contacted = Contacted.of(contacts, Cutoff("2024-07-01", horizon_days=60))
    >>> contacted.rows(pd.Series(["C1", "C2", "C3"]), date(2024, 2, 20)).tolist()
    [True, False, False]
    """

    contacts: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"customer_id": [], "day": []}))
    window_days: int = 0
    before: date = EPOCH
    all_teach: bool = False

    @classmethod
    def of(cls, contacts: pd.DataFrame, cutoff: Cutoff) -> Self:
        """Return the contacts made before the as-of date of today's question."""
        made = contacts[contacts["day"] < cutoff.day].drop_duplicates(ignore_index=True)
        return cls(made, cutoff.gap_days + cutoff.horizon_days, cutoff.date)

    def around(self, day: date) -> pd.Series:
        """Return the customers left out of a past day: a contact may have changed what they did after it."""
        return self.contacts["customer_id"].iloc[:0] if self.all_teach else self._reached(day)

    def apart_from(self, customers: pd.Series, day: date) -> Flags:
        """Return which rows of a past day no contact may have changed the outcome of, shape (n,), whoever teaches.

        Examples
        --------
        >>> contacts = pd.DataFrame({"customer_id": ["C1"], "day": [19_800]})
        >>> most = Contacted(contacts, 60, date(2024, 7, 1), all_teach=True)
        >>> ids, day = pd.Series(["C1", "C2"]), date(2024, 2, 20)
        >>> most.apart_from(ids, day).tolist(), most.rows(ids, day).tolist()
        ([False, True], [False, False])
        """
        return np.asarray(~customers.isin(self._reached(day)), dtype=bool)

    def _reached(self, day: date) -> pd.Series:
        apart = (self.contacts["day"] - (day - EPOCH).days).abs()
        return self.contacts.loc[(apart < self.window_days) & (day < self.before), "customer_id"]

    def rows(self, customers: pd.Series, day: date) -> Flags:
        """Return which of the rows of a past day a contact may have changed the outcome of, shape (n,)."""
        return np.asarray(customers.isin(self.around(day)), dtype=bool)

    def keep(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Put the contacts beside the purchases, for ``condition``."""
        if self.contacts.empty:
            return
        connection.execute(f"CREATE OR REPLACE TABLE {_TABLE} (customer_id VARCHAR, day INTEGER)")
        connection.register("contacts_made", self.contacts)
        connection.execute(f"INSERT INTO {_TABLE} SELECT customer_id, day FROM contacts_made")
        connection.unregister("contacts_made")

    def condition(self, day: date) -> str:
        """Return the condition, as SQL, of the customers of a day not among ``around``; empty where there are none.

        Examples
        --------
        >>> contacts = pd.DataFrame({"customer_id": ["C1"], "day": [19_800]})
        >>> Contacted.of(contacts, Cutoff("2024-07-01", horizon_days=60)).condition(date(2024, 2, 20))
        'customer_id NOT IN (SELECT customer_id FROM main.contacted WHERE day > 19713 AND day < 19833)'
        """
        if self.around(day).empty:
            return ""
        at = (day - EPOCH).days
        near = f"day > {at - self.window_days} AND day < {at + self.window_days}"
        return f"customer_id NOT IN (SELECT customer_id FROM main.{_TABLE} WHERE {near})"
