"""Tables and queries of DuckDB, SQLite and PostgreSQL: the same purchases as from a file, and what is refused."""

import sqlite3
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from holdfast.config import make_config
from holdfast.data import Columns, Source, TableSource, read_purchases, read_tables
from holdfast.data.engine import connect
from holdfast.data.reading.database import said_url
from holdfast.errors import ConfigError, DataError, HoldfastError
from holdfast.pipeline import prepare
from holdfast.pipeline.preparation import fingerprint
from tests.conftest import settings
from tests.postgres import Postgres, server_or_skip

COLUMNS = Columns(customer_id="id", ordered_at="day", amount="amount")
ROWS = [("007", "2024-01-15", "10.50"), ("k2", "2024-02-15", "3.00"), ("k2", "2024-03-01", "1234.25")]
ROWS += [("10001", "2024-12-31", "0.10")]
# Customer, day since 1970-01-01, amount: worked out by hand.
SHOP = [
    ("007", 19737, Decimal("10.50")),
    ("10001", 20088, Decimal("0.10")),
    ("k2", 19768, Decimal("3.00")),
    ("k2", 19783, Decimal("1234.25")),
]
VALUES = ", ".join(f"({id_!r}, DATE {day!r}, {amount})" for id_, day, amount in ROWS)


def in_duckdb(folder: Path) -> str:
    with duckdb.connect(str(folder / "shop.duckdb")) as database:
        database.execute("CREATE TABLE orders (id VARCHAR, day DATE, amount DECIMAL(12,2))")
        database.execute(f"INSERT INTO orders VALUES {VALUES}")
        database.execute("CREATE SCHEMA sales")
        database.execute("CREATE VIEW sales.all_orders AS SELECT * FROM orders")
    return str(folder / "shop.duckdb")


def in_sqlite(folder: Path) -> str:
    """Dates are texts there, and a column may hold values of several kinds."""
    with sqlite3.connect(folder / "shop.db") as database:
        database.execute("CREATE TABLE orders (id, day TEXT, amount)")
        rows = [(int(i) if i == "10001" else i, day, float(a) if i == "k2" else a) for i, day, a in ROWS]
        database.executemany("INSERT INTO orders VALUES (?, ?, ?)", rows)
    database.close()
    return str(folder / "shop.db")


FILES: dict[str, Callable[[Path], str]] = {"duckdb": in_duckdb, "sqlite": in_sqlite}


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with server_or_skip() as server:
        server.query("CREATE TABLE orders (id text, day date, amount numeric(12,2), at timestamptz, note text)")
        stamped = ", ".join(f"({i!r}, {day!r}, {amount}, '{day} 23:30:00+00', 'a, \"b\"\n')" for i, day, amount in ROWS)
        server.query(f"INSERT INTO orders VALUES {stamped}")
        server.query("CREATE SCHEMA sales; CREATE VIEW sales.all_orders AS SELECT * FROM orders")
        server.query("CREATE ROLE reader LOGIN; CREATE TABLE secret (id text)")
        server.query("CREATE ROLE locked LOGIN PASSWORD 'secret'")
        server.query("GRANT SELECT ON orders TO reader")
        yield server


def shop(source: Source) -> list[tuple]:
    log = read_purchases(source)
    return log.connection.execute("SELECT customer_id, day, amount FROM purchases ORDER BY 1, 2").fetchall()


@pytest.mark.parametrize("kind", FILES)
def test_a_table_and_a_query_of_a_file_are_read_as_they_are(tmp_path, kind):
    path = FILES[kind](tmp_path)
    assert shop(Source(path, COLUMNS, table="orders")) == SHOP
    query = "SELECT id AS who, day, amount * 2 AS twice FROM orders WHERE id <> '007';"
    doubled = Source(path, Columns(customer_id="who", ordered_at="day", amount="twice"), query=query)
    assert shop(doubled) == [(who, day, 2 * amount) for who, day, amount in SHOP[1:]]
    visits = TableSource(path, {"visited_at": "day", "customer_id": "id"}, table="orders")
    assert read_tables(connect(), {"visits": visits}).accounts[0].kept == 4


def test_a_schema_other_than_the_usual_one_is_named(tmp_path):
    assert shop(Source(in_duckdb(tmp_path), COLUMNS, table="sales.all_orders")) == SHOP


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "is a database: name a table under purchases.table"),
        ({"table": "order"}, 'has no table "order". Did you mean "orders"?'),
        ({"query": "DELETE FROM orders"}, "purchases.query: one SELECT"),
        ({"query": "SELECT 1; SELECT 2"}, "purchases.query: one SELECT"),
        ({"query": "SELECT nothing FROM orders"}, "purchases.query cannot be run"),
        ({"query": "SELECT id FROM orders"}, 'no column "day"'),
        ({"query": "SELECT 1", "table": "orders"}, "purchases.table and purchases.query are two answers"),
    ],
)
@pytest.mark.parametrize("kind", FILES)
def test_what_cannot_be_read_from_a_file_is_told(tmp_path, kind, given, said):
    path = FILES[kind](tmp_path)
    with pytest.raises(HoldfastError) as error:
        shop(Source(path, COLUMNS, **given))
    assert said in str(error.value)
    assert "k2" not in str(error.value)


def test_a_damaged_database_and_a_file_that_is_none_are_told(tmp_path):
    (tmp_path / "x.db").write_bytes(b"SQLite format 3\0" + b"x" * 200)
    (tmp_path / "x.duckdb").write_bytes(b"x" * 8 + b"DUCK" + b"x" * 200)
    (tmp_path / "x.csv").write_text("id,day,amount\n1,2024-01-01,2\n", encoding="utf-8")
    for name in ("x.db", "x.duckdb"):
        with pytest.raises(DataError, match="damaged"):
            shop(Source(str(tmp_path / name), COLUMNS, table="orders"))
    with pytest.raises(ConfigError, match=r"purchases\.table: x\.csv is no database"):
        shop(Source(str(tmp_path / "x.csv"), COLUMNS, table="orders"))


def test_postgres_gives_tables_and_queries_with_their_types(postgres):
    assert shop(Source(postgres.url, COLUMNS, table="orders")) == SHOP
    assert shop(Source(postgres.url, COLUMNS, table="public.orders")) == SHOP
    assert shop(Source(postgres.url, COLUMNS, table="sales.all_orders")) == SHOP
    of_moments = Columns(customer_id="id", ordered_at="at", amount="amount")
    with pytest.raises(ConfigError, match=r"purchases\.time_zone"):
        shop(Source(postgres.url, of_moments, table="orders"))
    # Half past eleven in London is the next day in Berlin.
    later = shop(Source(postgres.url, of_moments, table="orders", time_zone="Europe/Berlin"))
    assert [day for _, day, _ in later] == [day + 1 for _, day, _ in SHOP]


@pytest.mark.parametrize(
    ("user", "given", "said"),
    [
        ("holdfast", {"table": "order"}, 'has no table "order". Did you mean "orders"?'),
        ("holdfast", {"query": "SELECT nothing FROM orders"}, 'It names a column "nothing" that is not there.'),
        ("holdfast", {"query": "WITH x AS (DELETE FROM orders RETURNING *) SELECT * FROM x"}, "cannot be run"),
        ("reader", {"query": "SELECT * FROM secret"}, "this user may not read that"),
        ("nobody_here", {"table": "orders"}, "does not let this user in"),
    ],
)
def test_what_postgres_refuses_is_told_without_its_words(postgres, user, given, said):
    with pytest.raises(HoldfastError) as error:
        shop(Source(postgres.url.replace("holdfast@", f"{user}@"), COLUMNS, **given))
    assert said in str(error.value)
    assert f"{user}@" not in str(error.value)
    assert shop(Source(postgres.url, COLUMNS, table="orders")) == SHOP


def test_a_server_that_does_not_answer_and_a_password_in_a_file_are_told():
    with pytest.raises(DataError, match=r"postgresql://127.0.0.1:1/shop does not answer"):
        shop(Source("postgresql://127.0.0.1:1/shop", COLUMNS, table="orders"))
    for url in ("postgresql://anna:s3cret@host/shop", "postgres://host/shop?password=s3cret"):
        with pytest.raises(ConfigError, match="PGPASSWORD") as error:
            shop(Source(url, COLUMNS, table="orders"))
        assert "s3cret" not in str(error.value)
    with pytest.raises(ConfigError, match="name it alone"):
        shop(Source(["postgresql://host/shop", "a.csv"], COLUMNS))
    assert said_url("postgres://anna@db.example:5432/shop?sslmode=require") == "postgresql://db.example:5432/shop"


def test_what_a_training_records_of_a_server_changes_with_its_rows(postgres, tmp_path):
    columns = {"customer_id": "id", "ordered_at": "day", "amount": "amount"}

    def recorded(**given: str) -> tuple[str, str]:
        purchases = {"path": postgres.url, "columns": columns, **given}
        return fingerprint(prepare(make_config(settings(tmp_path) | {"purchases": purchases})))

    where, first = recorded(table="orders")
    assert where == f"postgresql://127.0.0.1:{postgres.port}/postgres orders"
    assert recorded(table="orders") == (where, first)
    assert recorded(query="SELECT * FROM orders WHERE id <> '007'")[1] != first


def test_values_that_no_shop_has_are_blank_and_never_said(postgres):
    postgres.query("CREATE TABLE odd (id uuid, day date, amount numeric)")
    postgres.query(
        "INSERT INTO odd VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '2024-01-01', 1.23456789049), "
        "('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12', '2024-01-02', 'NaN'), "
        "('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a13', '2024-01-03', 123456789012345678901234567890123456789), "
        "('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a14', 'infinity', 5)"
    )
    with pytest.raises(DataError) as error:
        shop(Source(postgres.url, COLUMNS, table="odd"))
    assert "3 of 4 lines (75.0%) cannot be read" in str(error.value)
    assert not any(cell in str(error.value) for cell in ("380a1", "1234567", "NaN"))
    assert shop(Source(postgres.url, COLUMNS, table="odd", max_reject_share=1)) == [
        ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", 19723, Decimal("1.23"))
    ]
