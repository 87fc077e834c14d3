"""The table of merged accounts: a file of (id that was given up, id that remains) → one map, chains followed."""

from dataclasses import dataclass, replace
from typing import Any

import duckdb
import pandas as pd

from holdfast.data.engine import Engine, connect
from holdfast.data.merged import IdMap
from holdfast.data.reading.rawtable import RawTable
from holdfast.data.reading.read import read_raw
from holdfast.data.report import decisions_of, reasons_of, refuse_too_many, rejected_lines
from holdfast.data.source import TableSource, Written
from holdfast.data.tables import TableAccount
from holdfast.data.values import parse
from holdfast.errors import DataError
from holdfast.language import told
from holdfast.wording import counted

NAME = "id_map"
_COLUMNS = ("old_id", "new_id")


@dataclass(frozen=True)
class ReadIdMap:
    """The map, the account of its lines, and those rejected (``columns.REJECTS``).

    Examples
    --------
    >>> frame = pd.DataFrame({"old_id": ["a", "b"], "new_id": ["b", "c"]})
    >>> print(read_id_map(TableSource(frame)).sentence())
    id_map: 2 lines in, 2 kept. 2 ids become 1.
    """

    map: IdMap
    account: TableAccount
    rejects: pd.DataFrame

    def sentence(self) -> str:
        """Return the account as one sentence."""
        merged, left = len(self.map.remains), len(set(self.map.remains.values()))
        become = told("{merged:,} ids become {left:,}.", merged=merged, left=left)
        return f"{self.account.sentence()} {become}"


def read_id_map(source: TableSource, *, engine: Engine | None = None) -> ReadIdMap:
    """Read which ids were merged into which.

    Parameters
    ----------
    source
        Where the table lies and how it is written; ``columns`` names ``old_id``, the id that was given up, and
        ``new_id``, the one that took its place. That may have been given up later, on another line.
    engine
        What the embedded engine may take of the machine.

    Returns
    -------
    ReadIdMap
        For every id that was given up the one that remains at the end; a line of the same id twice says nothing.

    Raises
    ------
    DataError
        One id was merged into two, or ids were merged in a circle: names the lines. A column is missing, or too many
        lines cannot be read.

    Examples
    --------
    >>> frame = pd.DataFrame({"old_id": ["a", "b"], "new_id": ["b", "c"]})
    >>> read_id_map(TableSource(frame)).map.remains
    {'a': 'c', 'b': 'c'}
    """
    source = replace(source, section=f"tables.{NAME}", id_map=None)
    with connect(engine) as connection:
        raws = read_raw(connection, source.data, {**{c: c for c in _COLUMNS}, **source.columns}, source)
        pairs = _decided(connection, raws, source)
        rejected = rejected_lines(connection, raws)
        lines_in = sum(raw.records for raw in raws)
        decisions = decisions_of(connection)
        refuse_too_many(connection, raws, rejected, lines_in, source, _advised)
    account = TableAccount(NAME, lines_in, decisions.pop("kept", 0), reasons_of(rejected), decisions)
    places = _Places(raws)
    return ReadIdMap(IdMap(_followed(_once(pairs, places), places)), account, rejected)


def _decided(connection: duckdb.DuckDBPyConnection, raws: list[RawTable], source: Written) -> pd.DataFrame:
    """Create the table ``decided``, and return the kept pairs with their file and record."""
    parts = []
    for raw in raws:
        ids = ", ".join(f"{parse.own_customer(c, raw.types[c], source)} AS {c}" for c in _COLUMNS)
        unsafe = " ".join(
            f"WHEN {parse.is_unsafe_float(c, raw.types[c])} THEN '{c}|is held as a float too large to be exact'"
            for c in _COLUMNS
        )
        # ``cells``: an id under its own name would be looked for in itself.
        parts.append(
            f"SELECT {raw.number} AS file, record, {ids}, CASE {unsafe} END AS unread FROM {raw.table} AS cells"
        )
    missing = " ".join(f"WHEN {c} IS NULL THEN '{c}|is missing'" for c in _COLUMNS)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE decided AS SELECT *, CASE WHEN fault IS NULL THEN 'kept' ELSE 'rejected' END AS "
        f"decision FROM (SELECT *, COALESCE(unread, CASE {missing} END) AS fault "
        f"FROM ({' UNION ALL '.join(parts)}) AS read) AS judged"
    )
    return connection.execute(
        "SELECT file, record, old_id, new_id FROM decided WHERE decision = 'kept' AND old_id <> new_id "
        "ORDER BY file, record"
    ).df()


def _advised(column: str, reason: str, _cells: list[str], written: Written) -> str:
    if reason.endswith("is missing"):
        return f"Fill {written.column_key(column)} in the file, or take these lines out."
    return "Hand ids over as text or as whole numbers; numbers above 2^53 held as floats are rounded."


class _Places:
    """Where the lines of the map stand, for messages."""

    def __init__(self, raws: list[RawTable]) -> None:
        self._raws = {raw.number: raw for raw in raws}

    def said(self, line: "pd.Series[Any]") -> str:
        raw, record = self._raws[int(line["file"])], int(line["record"])
        return f"{raw.file_of(record)} {raw.counts} {raw.line_of(record)}"


def _once(pairs: pd.DataFrame, places: _Places) -> pd.DataFrame:
    """Return one line per id that was given up, by that id.

    Raises
    ------
    DataError
        Two lines of one id name two that took its place.
    """
    first = pairs.drop_duplicates("old_id").set_index("old_id")
    other = pairs["new_id"].to_numpy() != first.loc[pairs["old_id"], "new_id"].to_numpy()
    if other.any():
        late = pairs[other].iloc[0]
        early = first.loc[[late["old_id"]]].iloc[0]
        raise DataError(
            f"tables.{NAME}: {places.said(early)} and {places.said(late)} merge one id into two different ones "
            f"({counted(int(other.sum()), 'such line')} in all); leave the line that is right."
        )
    return first


def _followed(once: pd.DataFrame, places: _Places) -> dict[str, str]:
    """Return the id at the end of every chain.

    Raises
    ------
    DataError
        A chain has no end: names a line of the circle.
    """
    into = dict(zip(map(str, once.index), map(str, once["new_id"]), strict=True))
    ends: dict[str, str] = {}
    for start in into:
        path: dict[str, None] = {}
        at = start
        while at in into and at not in ends:
            if at in path:
                ring = len(path) - list(path).index(at)
                where = places.said(once.loc[[at]].iloc[0])
                raise DataError(
                    f"tables.{NAME}: {where}: following the merges from here leads back here "
                    f"({ring:,} ids in a circle), so no id remains. Take out the line that is wrong."
                )
            path[at] = None
            at = into[at]
        end = ends.get(at, at)
        ends |= dict.fromkeys(path, end)
    return {own: ends[own] for own in into}
