"""Scores and lists in a database: the rows of the files, replaced by a second run; nothing where something fails."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from holdfast.config import make_config
from holdfast.errors import ConfigError, DataError
from holdfast.pipeline.write_back import write_back
from tests.conftest import settings
from tests.postgres import Postgres, server_or_skip

SCORES = pd.DataFrame(
    {
        "customer_id": ["007", 'o"brien', "k2"],
        "as_of": ["2024-03-01"] * 3,
        "eligible": [True, False, True],
        "p_churn_60d": [0.25, float("nan"), 0.125],
        "next": pd.to_datetime(["2024-04-01", None, "2024-05-01"]).date,
    }
)
LIST = pd.DataFrame({"rank": [1, 2], "customer_id": ["k2", "007"], "reason_1": ["silent for 9 days", ""]})


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with server_or_skip() as server:
        server.query("CREATE SCHEMA crm; CREATE ROLE writer LOGIN; GRANT USAGE, CREATE ON SCHEMA crm TO writer")
        server.query("CREATE ROLE stranger LOGIN")
        yield server


def written(folder: Path, scores: pd.DataFrame = SCORES, at_risk: pd.DataFrame = LIST) -> Path:
    (folder / "lists").mkdir(parents=True, exist_ok=True)
    scores.to_parquet(folder / "scores.parquet")
    at_risk.to_parquet(folder / "lists" / "at_risk.parquet")
    return folder


def scenario(tmp_path: Path, name: str = "shop", **database: str) -> Any:
    return make_config(settings(tmp_path) | {"name": name, "database": database})


def in_duckdb(path: str, query: str) -> list[tuple]:
    with duckdb.connect(path) as database:
        return database.execute(query).fetchall()


def in_sqlite(path: str, query: str) -> list[tuple]:
    database = sqlite3.connect(path)
    found = database.execute(query).fetchall()
    database.close()
    return found


FILES: dict[str, Callable[[str, str], list[tuple]]] = {"out.duckdb": in_duckdb, "out.db": in_sqlite}
KEPT = (
    "SELECT customer_id, eligible, p_churn_60d, CAST(next AS VARCHAR) FROM scores WHERE as_of = '2024-03-01' ORDER BY 1"
)
EXPECTED = [("007", True, 0.25, "2024-04-01"), ("k2", True, 0.125, "2024-05-01"), ('o"brien', False, None, None)]


@pytest.mark.parametrize("name", FILES)
def test_rows_are_those_of_the_files_and_a_second_run_replaces_them(tmp_path, name):
    path, ask = str(tmp_path / name), FILES[name]
    config = scenario(tmp_path, path=path)
    for _ in range(2):
        write_back(config, written(tmp_path / "a"), "2024-03-01")
    assert ask(path, KEPT) == EXPECTED
    assert ask(path, "SELECT rank, customer_id, reason_1 FROM list_at_risk ORDER BY 1") == [
        (1, "k2", "silent for 9 days"),
        (2, "007", ""),
    ]
    # Another day and another scenario stand beside; whoever has left today's list is gone from it.
    write_back(config, written(tmp_path / "b", SCORES.assign(p_churn_90d=0.5), LIST.head(1)), "2024-04-01")
    write_back(scenario(tmp_path, "other", path=path), tmp_path / "a", "2024-03-01")
    write_back(config, written(tmp_path / "c", at_risk=LIST.head(1)), "2024-03-01")
    assert ask(path, "SELECT scenario, as_of, COUNT(*) FROM list_at_risk GROUP BY 1, 2 ORDER BY 1, 2") == [
        ("other", "2024-03-01", 2),
        ("shop", "2024-03-01", 1),
        ("shop", "2024-04-01", 1),
    ]
    assert ask(path, "SELECT COUNT(*), COUNT(p_churn_90d) FROM scores") == [(9, 3)]


@pytest.mark.parametrize("name", FILES)
def test_a_failure_leaves_the_database_as_it_was(tmp_path, name):
    path, ask = str(tmp_path / name), FILES[name]
    config = scenario(tmp_path, path=path)
    write_back(config, written(tmp_path / "a"), "2024-03-01")
    twice = pd.concat([LIST, LIST])
    with pytest.raises(DataError):
        write_back(config, written(tmp_path / "b", SCORES.head(1), twice), "2024-03-01")
    assert len(ask(path, KEPT)) == 3


def test_postgres_takes_rows_with_least_rights(tmp_path, postgres):
    url = postgres.url.replace("holdfast@", "writer@")
    config = scenario(tmp_path, path=url, schema_name="crm")
    for _ in range(2):
        write_back(config, written(tmp_path / "a"), "2024-03-01")
    answer = postgres.query(f"COPY ({KEPT.replace('FROM scores', 'FROM crm.scores')}) TO STDOUT WITH (FORMAT csv)")
    assert answer.splitlines() == ["007,t,0.25,2024-04-01", "k2,t,0.125,2024-05-01", '"o""brien",f,,']
    # Tables that are there need no right to make any.
    postgres.query("REVOKE CREATE ON SCHEMA crm FROM writer")
    write_back(config, tmp_path / "a", "2024-03-01")
    stranger = scenario(tmp_path, path=postgres.url.replace("holdfast@", "stranger@"), schema_name="crm")
    with pytest.raises(DataError, match=r"may not write there.*The files in .* are written"):
        write_back(stranger, tmp_path / "a", "2024-03-01")
    with pytest.raises(DataError, match=r"no such schema \(database\.schema_name\)|may not write there"):
        write_back(scenario(tmp_path, path=postgres.url, schema_name="nowhere"), tmp_path / "a", "2024-03-01")


def test_what_cannot_be_opened_is_told_and_without_a_key_nothing_is_written(tmp_path):
    folder = written(tmp_path / "a")
    write_back(scenario(tmp_path), folder, "2024-03-01")
    (tmp_path / "text.db").write_text("no database at all, but long enough to look into" * 40, encoding="utf-8")
    with pytest.raises(DataError, match="is no SQLite database"):
        write_back(scenario(tmp_path, path=str(tmp_path / "text.db")), folder, "2024-03-01")
    with pytest.raises(DataError, match="cannot be opened for writing"):
        write_back(scenario(tmp_path, path=str(tmp_path / "no" / "x.duckdb")), folder, "2024-03-01")
    with pytest.raises(ConfigError, match=r"database\.schema_name"):
        write_back(scenario(tmp_path, path="x.db", schema_name="crm"), folder, "2024-03-01")
    with pytest.raises(ConfigError, match="PGPASSWORD"):
        write_back(scenario(tmp_path, path="postgresql://a:b@host/x"), folder, "2024-03-01")
