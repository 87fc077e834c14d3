"""Numbers that can be read in two ways: 1.234 is one and a bit, or one thousand two hundred and thirty-four."""

from collections.abc import Iterable

import duckdb

from holdfast.data.engine import literal
from holdfast.data.parse import CELL, words
from holdfast.data.read import RawTable
from holdfast.data.source import Written
from holdfast.errors import DataError

GROUPED = r"[-+]?[1-9][0-9]{0,2}[.][0-9]{3}"
# What shows which mark is the decimal one, by what it shows.
_PROOFS = {
    ".": r"[-+]?([0-9]{4,}[.][0-9]+|0[0-9]*[.][0-9]+|[0-9]*[.]([0-9]{1,2}|[0-9]{4,})|[0-9]+,[0-9,]*[.][0-9]*)",
    ",": r"[-+]?([0-9]{4,},[0-9]+|0[0-9]*,[0-9]+|[0-9]*,([0-9]{1,2}|[0-9]{4,})|[0-9]+[.][0-9.]*,[0-9]*)",
}


def refuse_two_readings(
    connection: duckdb.DuckDBPyConnection, raws: Iterable[RawTable], columns: Iterable[str], written: Written
) -> None:
    """Refuse a file whose numbers (1.234) nothing in it can decide, where the user has not said what marks mean.

    Raises
    ------
    DataError
        Names file, column and line of the first, and both ways to say what it means; neither is preferred.
    """
    if written.decimal is not None or written.thousands is not None:
        return
    columns = tuple(columns)
    for raw in raws:
        texts = [c for c in columns if raw.types.get(c) in ("VARCHAR", CELL)]
        grouped = [c for c in texts if _holds(connection, raw, c, GROUPED)]
        if not grouped or any(_holds(connection, raw, c, _PROOFS["."]) for c in texts):
            continue
        column, record = grouped[0], _first(connection, raw, grouped[0], GROUPED)
        decided = any(_holds(connection, raw, c, _PROOFS[","]) for c in texts)
        raise DataError(
            f"{raw.file_of(record)} line {raw.line_of(record)}: {column}: "
            + (
                "a number like 9.999 stands beside numbers with a decimal comma: set "
                f'{written.key("decimal")}: "," and {written.key("thousands")}: ".".'
                if decided
                else "a number like 9.999 can be read in two ways, and no other number of the file decides which: "
                f"{both_readings('.', written)}"
            )
        )


def both_readings(mark: str, written: Written) -> str:
    """Return the two ways to say what 9.999 (or 9,999) means, and how to state each."""
    other = "," if mark == "." else "."
    return (
        f'if 9{mark}999 means 9999, set {written.key("decimal")}: "{other}" and {written.key("thousands")}: "{mark}"; '
        f'if it means 9 and 999 thousandths, set {written.key("decimal")}: "{mark}".'
    )


def _holds(connection: duckdb.DuckDBPyConnection, raw: RawTable, column: str, shape: str) -> bool:
    """Say whether any cell has this shape; the engine stops at the first it meets."""
    return bool(connection.execute(f"SELECT 1 FROM {raw.table} WHERE {_has(raw, column, shape)} LIMIT 1").fetchall())


def _first(connection: duckdb.DuckDBPyConnection, raw: RawTable, column: str, shape: str) -> int:
    query = f"SELECT MIN(record) FROM {raw.table} WHERE {_has(raw, column, shape)}"
    return int(connection.execute(query).fetchall()[0][0])


def _has(raw: RawTable, column: str, shape: str) -> str:
    return f"regexp_full_match({words(column, raw.types[column])}, {literal(shape)})"
