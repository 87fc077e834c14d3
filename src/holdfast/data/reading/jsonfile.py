"""JSON lines, and arrays of JSON objects: one row for each object, every cell as the text that stands there.

Ids stay as they are written ("006759"), which a detour over a data frame would make numbers of.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from holdfast.data.engine import literal, quote
from holdfast.data.reading.otherkinds import SEEN, json_kind
from holdfast.errors import DataError

# Objects in objects are columns of their own ("customer.id") down to here; what lies deeper is left out.
_DEEPEST = 3
# An object with more keys than this has ids or days for keys, no names of columns.
_MOST_KEYS = 500
_NO_ROWS = "Save its list of purchases as CSV or Parquet and name that file."


@contextmanager
def rows_of_json(connection: duckdb.DuckDBPyConnection, path: Path, label: str) -> Iterator[tuple[list[str], str]]:
    """Yield the names of the columns, and a relation with their texts as ``c0``, ``c1`` and so on.

    Parameters
    ----------
    connection
        Where the relation is made; it goes afterwards.
    path, label
        The file, and what messages call it.

    Raises
    ------
    DataError
        It is not whole, or its objects hold nothing but lists.
    """
    try:
        _copy(connection, path, label)
        columns = list(_columns(connection, "", "", 0))
        if not columns or _is_one_around(connection):
            raise DataError(f"{label} is a JSON file without a row for each purchase, which is not read. {_NO_ROWS}")
        pointers = ", ".join(literal(pointer) for _, pointer, _ in columns)
        cells = ", ".join(_cell(i, mixed) for i, (_, _, mixed) in enumerate(columns))
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW json_rows AS SELECT {cells} FROM "
            f"(SELECT json_extract_string(json, [{pointers}]) AS v FROM json_objects)"
        )
        yield [name for name, _, _ in columns], "json_rows"
    finally:
        connection.execute("DROP VIEW IF EXISTS json_rows")
        connection.execute("DROP TABLE IF EXISTS json_objects")


def _is_one_around(connection: duckdb.DuckDBPyConnection) -> bool:
    """Say whether there is one object only, with a list of objects in it, which would be the rows."""
    kinds = (
        "SELECT list_contains(list_transform(json_keys(json), lambda k: json_type(json, '/' || k || '/0')), 'OBJECT') "
        "FROM json_objects LIMIT 2"
    )
    return [row[0] for row in connection.execute(kinds).fetchall()] == [True]


def _cell(place: int, mixed: bool) -> str:
    cell = f"v[{place + 1}]"
    # Where some rows hold an object and others a text, the object's cells stand in columns of their own.
    return f"{f'CASE WHEN NOT starts_with(ltrim({cell}), chr(123)) THEN {cell} END' if mixed else cell} AS c{place}"


def _copy(connection: duckdb.DuckDBPyConnection, path: Path, label: str) -> None:
    with path.open("rb") as file:
        kind = json_kind(file.read(SEEN))
    # Lines are read by several threads, but an object may stand on several lines.
    for written in ("array",) if kind == "array" else ("newline_delimited", "unstructured"):
        try:
            connection.execute(
                "CREATE OR REPLACE TEMP TABLE json_objects AS SELECT json FROM "
                f"read_json_objects([{literal(str(path))}], format = '{written}') WHERE json_type(json) <> 'NULL'"
            )
        except duckdb.Error:
            continue
        break
    else:
        raise DataError(
            f"{label} is no whole JSON: it ends too early, or something in it is not written as JSON is. Export it "
            "again, or save its purchases as CSV or Parquet."
        )
    others = connection.execute("SELECT COUNT(*) FROM json_objects WHERE json_type(json) <> 'OBJECT'").fetchall()
    if others[0][0]:
        raise DataError(f"{label} is a JSON file whose rows have no names, which is not read. {_NO_ROWS}")


def _columns(
    connection: duckdb.DuckDBPyConnection, pointer: str, name: str, depth: int
) -> Iterator[tuple[str, str, bool]]:
    """Yield (name, JSON pointer, whether some rows hold an object) of each column, in the order of the first rows."""
    keys = [row[0] for row in connection.execute(_keys(pointer)).fetchall()]
    if depth and len(keys) > _MOST_KEYS:
        return
    below = [f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}" for key in keys]
    for key, at in zip(keys, below, strict=True):
        of_rows = f"SELECT json_type(json, {literal(at)}) AS kind FROM json_objects"
        objects, lists, values = connection.execute(
            "SELECT COUNT(*) FILTER (kind = 'OBJECT'), COUNT(*) FILTER (kind = 'ARRAY'), COUNT(*) FILTER (kind NOT IN "
            f"('OBJECT', 'ARRAY', 'NULL')) FROM ({of_rows})"
        ).fetchall()[0]
        full = f"{name}.{key}" if name else key
        if not lists and (values or not objects):
            yield full, at, bool(objects)
        if objects and depth < _DEEPEST:
            yield from _columns(connection, at, full, depth + 1)


def _keys(pointer: str) -> str:
    return (
        f"SELECT key FROM (SELECT rowid AS row, unnest(keys) AS {quote('key')}, generate_subscripts(keys, 1) AS place "
        f"FROM (SELECT rowid, json_keys(json, {literal(pointer)}) AS keys FROM json_objects)) "
        "GROUP BY key ORDER BY MIN((row, place))"
    )
