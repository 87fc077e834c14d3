"""Merged accounts: which id remains of each that was given up; applied wherever a customer's id is read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb
import pandas as pd

from holdfast.language import to_tell, told


@dataclass(frozen=True)
class IdMap:
    """Which id remains of each that was given up; chains are followed to their end (``read_id_map`` makes it).

    Examples
    --------
    >>> merged = IdMap({"anna@old.example": "anna@new.example"})
    >>> merged.of(pd.Series(["anna@old.example", "ben@x.example"])).tolist()
    ['anna@new.example', 'ben@x.example']
    """

    remains: Mapping[str, str]

    def keep(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Create the table in which ``remaining`` looks."""
        pairs = pd.DataFrame({"given_up": list(self.remains), "remains": list(self.remains.values())}, dtype=object)
        connection.register("pairs_of_ids", pairs)
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE merged_ids AS SELECT CAST(given_up AS VARCHAR) AS given_up, "
            "CAST(remains AS VARCHAR) AS remains FROM pairs_of_ids"
        )
        connection.unregister("pairs_of_ids")

    def remaining(self, own: str) -> str:
        """Return the SQL of the id that remains of one as it stands in a file; itself where it was not given up."""
        return f"COALESCE((SELECT remains FROM merged_ids WHERE given_up = {own}), {own})"

    def of(self, ids: pd.Series) -> pd.Series:
        """Return the ids that remain, on the index of ``ids``."""
        return ids.map(lambda own: self.remains.get(own, own)) if len(ids) else ids

    def and_remaining(self, stated: Iterable[str]) -> list[str]:
        """Return ids that a user wrote down, capitals and blanks aside, and those that remain of them."""
        known = [v.strip().upper() for v in stated]
        also = [remains.upper() for own, remains in self.remains.items() if own.upper() in set(known)]
        return list(dict.fromkeys([*known, *also]))


@dataclass(frozen=True)
class Merged:
    """How many of the ids that were given up stand in a table, and on how many of its lines."""

    ids: int
    lines: int

    @classmethod
    def of(cls, lines: Mapping[str, int]) -> "Merged":
        """Count what ``lines_by_id`` found."""
        return cls(len(lines), sum(lines.values()))

    def sentence(self, known: int) -> str:
        """Return the counts as words of an account; ``known`` are the ids of the whole map."""
        said = to_tell(
            "{lines:n line} of {ids:n merged account} (tables.id_map names {known:,}) under the id that remains"
        )
        return told(said, lines=self.lines, ids=self.ids, known=known)

    def note(self, table: str, known: int) -> str:
        """Return the same of a table as a sentence of its own."""
        said = to_tell(
            "{table}: {lines:n line} of {ids:n merged account} (tables.id_map names {known:,}) under the id that "
            "remains."
        )
        return told(said, table=table, lines=self.lines, ids=self.ids, known=known)


def lines_by_id(connection: duckdb.DuckDBPyConnection, selects: Iterable[str]) -> dict[str, int]:
    """Count the lines of each id that was given up; each of ``selects`` yields the ids ``own`` of one table."""
    found = connection.execute(
        f"SELECT own, COUNT(*) FROM ({' UNION ALL '.join(selects)}) AS found "
        "WHERE own IN (SELECT given_up FROM merged_ids) GROUP BY own ORDER BY own"
    ).fetchall()
    return {str(own): int(lines) for own, lines in found}
