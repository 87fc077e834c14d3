"""A table, or the rows of a query, of a database: DuckDB and SQLite files, and PostgreSQL by its URL.

Only read, in one transaction. Who may read is the server's or the file system's matter: passwords come from the
environment (``PGPASSWORD``) or ``~/.pgpass``, and stand in no file, message or record of Holdfast's.
"""

import re
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import duckdb

from holdfast.data.engine import connect, folder_of, literal, quote
from holdfast.data.source import Written
from holdfast.errors import ConfigError, DataError, nearest

if TYPE_CHECKING:
    import psycopg

_SHOWN = 30
# How the engine holds what PostgreSQL's types hold; what is not named is text. What is no number (NaN), and numbers and
# days beyond what any shop has, are blank.
_TYPES = {
    **dict.fromkeys((21, 23, 20), "BIGINT"),
    **dict.fromkeys((700, 701), "DOUBLE"),
    1700: "DECIMAL(38,9)",
    16: "BOOLEAN",
    1082: "DATE",
    1114: "TIMESTAMP",
    1184: "TIMESTAMP WITH TIME ZONE",
}


def said_url(url: str) -> str:
    """Return a server's address without who connects.

    Examples
    --------
    >>> said_url("postgresql://anna@db.example:5432/shop?sslmode=require")
    'postgresql://db.example:5432/shop'
    """
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    return f"postgresql://{host}{f':{parts.port}' if parts.port else ''}{parts.path}"


def refuse_password(url: str, key: str) -> None:
    """Refuse a URL that holds a password.

    Raises
    ------
    ConfigError
        Says where a password belongs.
    """
    parts = urlsplit(url)
    if parts.password is not None or "password=" in parts.query:
        raise ConfigError(
            f"{key}: a password in a file is read by whoever reads the file. Take it out, and set PGPASSWORD or write "
            "it into ~/.pgpass."
        )


def query_of(written: Written, place: str, tables: Sequence[str]) -> str:
    """Return the SELECT that is asked for: of a table, or as the user wrote it.

    Parameters
    ----------
    written
        ``table`` or ``query``, and the keys in messages.
    place
        What messages call the database.
    tables
        Those that it has, as ``table`` names them.

    Raises
    ------
    ConfigError
        Neither is given, or there is no such table, or the query is more than one.
    """
    key = written.key("table")
    if written.query is not None:
        query = written.query.strip().rstrip(";").strip()
        if ";" in query or not re.match(r"(?is)(select|with)\b", query):
            raise ConfigError(f"{written.key('query')}: one SELECT, without a semicolon, is what can be read.")
        return query
    shown = ", ".join(tables[:_SHOWN]) or "none"
    if written.table is None:
        raise ConfigError(
            f"{place} is a database: name a table under {key}, or a {written.key('query')}. It has {shown}."
        )
    if written.table not in tables:
        raise ConfigError(
            f'{key}: {place} has no table "{written.table[:60]}".{nearest(written.table, list(tables))} It has {shown}.'
        )
    return f"SELECT * FROM {'.'.join(map(quote, written.table.split('.')))}"


@contextmanager
def attached(connection: duckdb.DuckDBPyConnection, path: Path, label: str, written: Written) -> Iterator[str]:
    """Yield what to select from: a DuckDB file's table or query, with the file attached for reading.

    Raises
    ------
    DataError
        The file cannot be opened, or the query cannot be run.
    """
    try:
        _attach(connection, path)
    except duckdb.Error:
        raise DataError(
            f"{label} cannot be opened as a DuckDB database: it is damaged, of a newer version, or another program is "
            "writing to it."
        ) from None
    (home,) = connection.execute("SELECT current_database()").fetchall()[0]
    try:
        query = query_of(written, label, _tables_of_duckdb(connection))
        connection.execute("USE given_file")
        yield f"({query})"
    except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException) as error:
        raise _no_query(label, written, str(error)) from None
    finally:
        connection.execute(f"USE {quote(str(home))}")
        connection.execute("DETACH given_file")


def _attach(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    connection.execute(f"ATTACH {literal(str(path))} AS given_file (READ_ONLY)")


def _sqlite(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _tables_of_duckdb(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'given_file' UNION ALL "
        "SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = 'given_file' AND NOT internal "
        "ORDER BY 1, 2"
    ).fetchall()
    return [name if schema == "main" else f"{schema}.{name}" for schema, name in rows]


def _tables_of_sqlite(database: sqlite3.Connection) -> list[str]:
    found = database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name")
    return [str(row[0]) for row in found]


def tables_in_file(path: Path, kind: str) -> list[str]:
    """Return the names of the tables of a database's file, as ``table`` names them; none where it cannot be opened.

    Parameters
    ----------
    path, kind
        The file, and ``"duckdb"`` or ``"sqlite"``.
    """
    try:
        if kind == "sqlite":
            with closing(_sqlite(path)) as database:
                return _tables_of_sqlite(database)
        with connect() as connection:
            _attach(connection, path)
            return _tables_of_duckdb(connection)
    except (sqlite3.Error, duckdb.Error):
        return []


def tables_of_server(url: str, key: str) -> list[str]:
    """Return the names of PostgreSQL's tables that this user may see, as ``table`` names them; errors of ``connected``.

    Parameters
    ----------
    url, key
        The server, and what messages call the setting that names it.
    """
    with connected(url, key) as server:
        return [name for name in _tables(server) if not name.startswith("public.")]


def columns_in_file(path: Path, label: str, kind: str, written: Written) -> list[str]:
    """Return the names of the columns of a table of a database's file.

    Raises
    ------
    DataError
        The file cannot be opened, or has no such table.
    """
    if kind == "sqlite":
        with rows_of_sqlite(path, label, written) as (names, _):
            return names
    with connect() as connection, attached(connection, path, label, written) as rows:
        return [str(row[0]) for row in connection.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()]


@contextmanager
def rows_of_sqlite(path: Path, label: str, written: Written) -> Iterator[tuple[list[str], Iterator[tuple[int, Any]]]]:
    """Yield the names of the columns, and every row with its number.

    Raises
    ------
    DataError
        The file cannot be opened, or the query cannot be run.
    """
    try:
        with closing(_sqlite(path)) as database:
            query = query_of(written, label, _tables_of_sqlite(database))
            answer = database.execute(query)
            yield [str(column[0]) for column in answer.description], enumerate(answer, 1)
    except sqlite3.Error as error:
        if written.query is not None:
            raise _no_query(label, written, str(error)) from None
        raise DataError(f"{label} cannot be read as an SQLite database: it is damaged, or holds no text.") from None


@contextmanager
def copied(connection: duckdb.DuckDBPyConnection, url: str, written: Written) -> Iterator[tuple[list[str], str]]:
    """Yield the names of the columns of a table or query of PostgreSQL, and what to select ``c0``, ``c1``, … from.

    The server sends its rows once, in one transaction that can only read; they lie in a folder that goes afterwards.

    Raises
    ------
    ConfigError
        The driver is not installed, or the URL holds a password.
    DataError
        The server does not answer or does not let us in, or the query cannot be run.
    """
    place = folder_of(connection)
    with tempfile.TemporaryDirectory(dir=place) as folder, connected(url, written.path_key) as server:
        server.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # Several workers, or a scan that begins where another is, would hand rows over in another order each time.
        server.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        server.execute("SET LOCAL synchronize_seqscans = off")
        server.execute("SET LOCAL TIME ZONE 'UTC'")
        server.execute("SET LOCAL datestyle = 'ISO'")
        query = query_of(written, said_url(url), _tables(server))
        target = Path(folder) / "rows.csv"
        columns = _copy(server, query, target, url, written)
        typed = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(columns)))
        cells = ", ".join(
            f"c{i}" if kind not in _TYPES else f"TRY_CAST(c{i} AS {_TYPES[kind]}) AS c{i}"
            for i, (_name, kind) in enumerate(columns)
        )
        # As texts first: the engine would cast while it reads, and stop at a cell that does not fit, with its text.
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE server_cells AS SELECT * FROM read_csv({literal(str(target))}, columns = "
            f"{{{typed}}}, header = false, delim = ',', quote = '\"', escape = '\"', auto_detect = false)"
        )
        try:
            yield [name for name, _kind in columns], f"(SELECT {cells} FROM server_cells)"
        finally:
            connection.execute("DROP TABLE server_cells")


@contextmanager
def connected(url: str, key: str) -> "Iterator[psycopg.Connection[Any]]":
    """Yield a connection to PostgreSQL, inside one transaction.

    Raises
    ------
    ConfigError
        The driver is not installed, or the URL holds a password.
    DataError
        The server does not answer, or does not let us in.
    """
    refuse_password(url, key)
    try:
        import psycopg
    except ImportError:
        raise ConfigError(f'{key}: PostgreSQL needs a driver: pip install "holdfast[postgres]".') from None
    try:
        connection = psycopg.connect(url, connect_timeout=15, application_name="holdfast")
    except psycopg.Error as error:
        # Before a connection stands, the driver hands on the server's words alone.
        refused = any(word in str(error) for word in ("password", "pg_hba", 'role "'))
        why = (
            "does not let this user in: set PGUSER and PGPASSWORD, or write ~/.pgpass"
            if refused
            else "does not answer, or has no such database"
        )
        raise DataError(f"{key}: {said_url(url)} {why}.") from None
    with connection:
        yield connection


def _tables(server: "psycopg.Connection[Any]") -> list[str]:
    rows = server.execute(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', "
        "'information_schema') ORDER BY table_schema <> 'public', 1, 2"
    ).fetchall()
    # Those of the schema public may be named with or without it.
    names = [f"{schema}.{name}" for schema, name in rows]
    return [str(name) for schema, name in rows if schema == "public"] + names


def _copy(
    server: "psycopg.Connection[Any]", query: str, target: Path, url: str, written: Written
) -> list[tuple[str, int]]:
    """Write the rows of a query to a file, and return the names and types of its columns."""
    import psycopg

    place = said_url(url)
    try:
        with server.cursor() as cursor:
            cursor.execute(f"SELECT * FROM ({query}) AS rows LIMIT 0")
            columns = [(str(c.name), int(c.type_code)) for c in cursor.description or ()]
            copy = f"COPY (SELECT * FROM ({query}) AS rows) TO STDOUT WITH (FORMAT csv)"
            with cursor.copy(copy) as sent, target.open("wb") as file:
                for part in sent:
                    file.write(part)
    except psycopg.errors.InsufficientPrivilege:
        raise DataError(f"{place}: this user may not read that. Ask for the right to SELECT.") from None
    except psycopg.Error as error:
        raise _no_query(place, written, error.diag.message_primary or "") from None
    return columns


def _no_query(place: str, written: Written, said: str) -> DataError:
    """Say that a query cannot be run; the engine's words name columns and tables, and may quote values: left out."""
    missing = re.search(r'column (?:named )?"?([\w.]{1,60})"?(?: does not exist| not found)?', said, re.IGNORECASE)
    why = f' It names a column "{missing[1]}" that is not there.' if missing and "not" in said.lower() else ""
    key = written.key("query") if written.query is not None else written.key("table")
    return DataError(f"{place}: {key} cannot be run.{why} Try it in the database's own shell.")
