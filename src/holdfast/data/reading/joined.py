"""A table in several files → one raw table whose rows know their file and line."""

from collections.abc import Mapping

import duckdb

from holdfast.data.reading.rawtable import RawTable
from holdfast.data.reading.read import each_raw
from holdfast.data.reading.records import drop_records, write_records
from holdfast.data.source import Data, Written
from holdfast.data.values.parse import CELL, CELL_KINDS, bare
from holdfast.errors import DataError

# Which kind of cell the values of a type are, where files hold the same column in several types.
_KIND_OF = {
    **dict.fromkeys(("DATE", "TIMESTAMP"), "moment"),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL"), "number"),
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"), "whole"),
}


def read_joined(
    connection: duckdb.DuckDBPyConnection, data: Data, wanted: Mapping[str, str] | None, written: Written
) -> RawTable:
    """Read a table that may lie in several files as one; parameters and errors as of ``read_raw``.

    Raises
    ------
    DataError
        Files of one table have other columns.
    """
    raws = list(each_raw(connection, data, wanted, written))
    return raws[0] if len(raws) == 1 else _joined(connection, raws)


def _joined(connection: duckdb.DuckDBPyConnection, raws: list[RawTable]) -> RawTable:
    first, ours = raws[0], [_ours(raw, raws[0]) for raw in raws]
    types = {o: _common([raw.types[theirs[o]] for raw, theirs in zip(raws, ours, strict=True)]) for o in first.types}
    selects = []
    for raw, theirs in zip(raws, ours, strict=True):
        cells = "".join(f", {_cast(c, raw.types[c], types[o])} AS {o}" for o, c in theirs.items())
        selects.append(f"SELECT line_hash{cells} FROM {raw.table}")
    joined = RawTable(len(raws), types, first.names, tuple(part for raw in raws for part in raw.parts))
    write_records(connection, joined.table, " UNION ALL ".join(selects))
    for raw in raws:
        drop_records(connection, raw.table)
    return joined


def _ours(raw: RawTable, first: RawTable) -> dict[str, str]:
    """Return {our name of a column in the first file: our name of the same column in this one}."""
    by_name = {name: ours for ours, name in raw.names.items()}
    if set(by_name) != set(first.names.values()):
        raise DataError(
            f"{raw.label}: its columns are not called as those of {first.label}; a table in several files has the same "
            "columns in each."
        )
    return {ours: by_name[name] for ours, name in first.names.items()}


def _common(types: list[str]) -> str:
    return types[0] if len(set(types)) == 1 else CELL


def _cast(column: str, given: str, common: str) -> str:
    """Return the SQL of a column as the type that all files share."""
    if given == common:
        return column
    kind = CELL_KINDS[_KIND_OF.get(given.partition("(")[0], "word")]
    return f"CAST({bare(column) if kind == 'VARCHAR' else f'CAST({column} AS {kind})'} AS {CELL})"
