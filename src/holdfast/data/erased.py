"""Erased customers: known again by a keyed hash of their id alone, and dropped wherever a table is read."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

import duckdb
import pandas as pd

RULE = "erased"
"""What accounts call lines of erased customers."""
TABLE = "erased_ids"


@dataclass(frozen=True)
class Erased:
    """Tombstones of erased customers, and the key that makes them.

    Attributes
    ----------
    key
        Secret; without it nobody can tell whether an id is among them.
    tombstones
        HMAC-SHA256 of the ids, hexadecimal.

    Examples
    --------
    >>> gone = Erased(b"secret", frozenset([tombstone(b"secret", "007")]))
    >>> gone.among(["006", "007"])
    ['007']
    """

    key: bytes = field(repr=False)
    tombstones: frozenset[str] = field(repr=False)

    def among(self, ids: Iterable[str]) -> list[str]:
        """Return those of the ids that were erased."""
        return [own for own in ids if tombstone(self.key, own) in self.tombstones]

    def keep(self, connection: duckdb.DuckDBPyConnection, selects: Iterable[str]) -> None:
        """Create the table in which ``is_erased`` looks; each of ``selects`` yields a table's ids ``own``."""
        union = " UNION ALL ".join(selects)
        found = connection.execute(f"SELECT DISTINCT own FROM ({union}) AS ids WHERE own IS NOT NULL").fetchall()
        gone = pd.DataFrame({"own": self.among(str(row[0]) for row in found)}, dtype=object)
        connection.register("given_erased", gone)
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {TABLE} AS SELECT CAST(own AS VARCHAR) AS own FROM given_erased"
        )
        connection.unregister("given_erased")


def is_erased(own: str) -> str:
    """Return the SQL that is true where an id is one of the table that ``Erased.keep`` made; false for no id."""
    return f"COALESCE({own} IN (SELECT own FROM {TABLE}), FALSE)"


def tombstone(key: bytes, own: str) -> str:
    """Return what is kept of an erased customer: HMAC-SHA256 of the id, hexadecimal.

    Examples
    --------
    >>> tombstone(b"secret", "007") == tombstone(b"secret", "007") != tombstone(b"other", "007")
    True
    """
    return hmac.new(key, b"holdfast tombstone\0" + own.encode(), hashlib.sha256).hexdigest()


def pseudonym(key: bytes, own: str) -> str:
    """Return the name that stands for a customer in files for others: the same for the same key, and no way back.

    Examples
    --------
    >>> len(pseudonym(b"secret", "007")), pseudonym(b"secret", "007") == pseudonym(b"secret", "008")
    (34, False)
    """
    return "p-" + hmac.new(key, b"holdfast pseudonym\0" + own.encode(), hashlib.sha256).hexdigest()[:32]
