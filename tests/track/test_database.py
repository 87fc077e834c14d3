"""Databases are made whole or not at all, and their troubles are told at once, in our words."""

import shutil
import sqlite3
import time
from contextlib import closing

import pytest

from holdfast.errors import DamagedModelError, StorageError
from holdfast.track import Store
from holdfast.track.database import database_refusals, make_whole


def make(address: str) -> None:
    with closing(sqlite3.connect(address.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("CREATE TABLE t (a)")


def tables(database) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]


def test_a_database_is_there_only_when_it_is_complete(tmp_path):
    database = tmp_path / "a.db"

    def half(address: str) -> None:
        make(address)
        raise KeyError

    with pytest.raises(KeyError):
        make_whole(database, half)
    assert list(tmp_path.iterdir()) == []
    # Left by a process that was killed: neither its tables nor its journal may get into the new one.
    (tmp_path / ".a.db.draft").mkdir()
    (tmp_path / ".a.db.draft" / "a.db").write_bytes(b"half")
    (tmp_path / ".a.db.draft" / "a.db-journal").write_bytes(b"journal")
    make_whole(database, make)
    assert tables(database) == ["t"]
    assert [p.name for p in tmp_path.iterdir()] == ["a.db"]


def test_a_database_that_is_there_is_not_made_again(tmp_path):
    make_whole(tmp_path / "a.db", make)
    make_whole(tmp_path / "a.db", lambda _: pytest.fail("made again"))
    assert tables(tmp_path / "a.db") == ["t"]


@pytest.mark.parametrize("name", ["mlflow.db", "tuning.db"])
def test_what_is_no_database_is_said_at_once(tmp_path, name):
    (tmp_path / name).write_bytes(b"what is this? " * 100)
    began = time.monotonic()
    store = Store(tmp_path)

    def search() -> None:
        with store.search("shop"):
            pass

    with pytest.raises(DamagedModelError, match=rf"{name} is damaged"):
        store.champion("shop") if name == "mlflow.db" else search()
    # MLflow alone tries for a hundred seconds.
    assert time.monotonic() - began < 30


def test_a_store_that_was_left_half_made_by_an_earlier_version_is_named(tmp_path):
    with Store(tmp_path / "whole")._open():
        pass
    shutil.copytree(tmp_path / "whole", tmp_path / "half")
    with closing(sqlite3.connect(tmp_path / "half" / "mlflow.db")) as connection, connection:
        connection.execute("DELETE FROM alembic_version")
        connection.execute("DROP TABLE webhook_events")
    with pytest.raises(DamagedModelError, match="Move it away"):
        Store(tmp_path / "half").champion("shop")


def test_a_full_disk_and_a_busy_database_are_the_systems_refusals(tmp_path):
    database = tmp_path / "a.db"
    make_whole(database, make)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA max_page_count = 2")
        with pytest.raises(StorageError, match=r"a\.db: no space left on device"), database_refusals(database):
            connection.execute("INSERT INTO t VALUES (?)", ("x" * 100_000,))
    with closing(sqlite3.connect(database)) as one, closing(sqlite3.connect(database, timeout=0)) as other:
        one.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError, match="Another process is at work on it"), database_refusals(database):
            other.execute("INSERT INTO t VALUES (1)")


def test_what_is_no_refusal_of_sqlite_passes_as_it_is(tmp_path):
    with pytest.raises(KeyError), database_refusals(tmp_path / "a.db"):
        raise KeyError
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (a PRIMARY KEY)")
        connection.execute("INSERT INTO t VALUES (1)")
        with pytest.raises(sqlite3.IntegrityError), database_refusals(tmp_path / "a.db"):
            connection.execute("INSERT INTO t VALUES (1)")


def test_one_search_of_a_scenario_at_a_time(tmp_path):
    store = Store(tmp_path)
    with store.search("shop"):
        with pytest.raises(StorageError, match="Another process is at work on it"), store.search("shop"):
            pass
        with store.search("other"):
            pass
    with store.search("shop") as address:
        assert address == f"sqlite:///{tmp_path / 'tuning.db'}"
    assert "studies" in tables(tmp_path / "tuning.db")
