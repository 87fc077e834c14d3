"""Scores and lists as tables of an engine: the rows of the files, replaced by a second run; nothing else is touched."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from holdfast.config import make_config
from holdfast.errors import ConfigError, DataError
from holdfast.pipeline.write_back import erase_rows, rows_of, write_back
from holdfast.spark.session import connect_spark
from tests.conftest import settings
from tests.pipeline.test_write_back import EXPECTED, KEPT, LIST, SCORES, written
from tests.sail import sail_or_skip

REAL = "HOLDFAST_TEST_REMOTE" in os.environ


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An address that names a session: Sail keeps a catalogue for one session."""
    with sail_or_skip(tmp_path_factory.mktemp("sail")) as address:
        yield f"{address}/;session_id={uuid4()}"


@pytest.fixture(scope="module")
def session(named: str) -> Iterator[Any]:
    opened = connect_spark(named)
    opened.sql("CREATE SCHEMA IF NOT EXISTS crm").toArrow()
    yield opened
    opened.stop()


def scenario(folder: Path, remote: str, name: str = "shop", schema: str = "crm") -> Any:
    there = {"engine": {"kind": "spark", "remote": remote}, "database": {"path": "spark", "schema_name": schema}}
    return make_config(settings(folder) | {"name": name} | there)


def _rows(session: Any, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in session.sql(query).toArrow().to_pylist()]


@pytest.mark.skipif(REAL, reason="plain Spark has no Delta Lake here")
def test_rows_are_those_of_the_files_and_a_second_run_replaces_them(session, named, tmp_path):
    config = scenario(tmp_path, named)
    for _ in range(2):
        write_back(config, written(tmp_path / "a"), "2024-03-01")
    assert _rows(session, KEPT.replace("FROM scores", "FROM crm.scores").replace("VARCHAR", "STRING")) == EXPECTED
    assert _rows(session, "SELECT rank, customer_id, reason_1 FROM crm.list_at_risk ORDER BY 1") == [
        (1, "k2", "silent for 9 days"),
        (2, "007", ""),
    ]
    # Another day, with another horizon, and another scenario stand beside; an empty list leaves no row of its day.
    write_back(config, written(tmp_path / "b", SCORES.assign(p_churn_90d=0.5), LIST.head(1)), "2024-04-01")
    write_back(scenario(tmp_path, named, "other"), tmp_path / "a", "2024-03-01")
    write_back(config, written(tmp_path / "c", at_risk=LIST.head(0)), "2024-03-01")
    assert _rows(session, "SELECT scenario, as_of, COUNT(*) FROM crm.list_at_risk GROUP BY 1, 2 ORDER BY 1, 2") == [
        ("other", "2024-03-01", 2),
        ("shop", "2024-04-01", 1),
    ]
    assert _rows(session, "SELECT COUNT(*), COUNT(p_churn_90d), COUNT(p_churn_60d) FROM crm.scores") == [(9, 3, 6)]
    assert not list(tmp_path.rglob("written-*"))
    # Without a schema it is the session's own, whose views do not hide its tables.
    session.sql("SELECT 1 AS one").createOrReplaceTempView("scores")
    for _ in range(2):
        write_back(scenario(tmp_path, named, schema=""), tmp_path / "a", "2024-03-01")
    assert _rows(session, "SELECT COUNT(*) FROM default.scores") == [(3,)]


@pytest.mark.skipif(REAL, reason="plain Spark has no Delta Lake here")
def test_a_customer_is_found_and_erased(session, named, tmp_path):
    config = scenario(tmp_path, named, "forgetful")
    for day in ("2024-03-01", "2024-04-01"):
        write_back(config, written(tmp_path / "a"), day)
    write_back(scenario(tmp_path, named, "elsewhere"), tmp_path / "a", "2024-03-01")
    found = rows_of(config, 'o"brien')
    assert [(table, sorted(row["as_of"] for row in rows)) for table, rows in found.items()] == [
        ("scores", ["2024-03-01", "2024-04-01"])
    ]
    assert erase_rows(config, ['o"brien', "007", "nobody"]) == 6
    assert rows_of(config, "007") == {}
    kept = (
        "SELECT scenario, COUNT(*) FROM crm.scores WHERE scenario IN ('forgetful', 'elsewhere') GROUP BY 1 ORDER BY 1"
    )
    assert _rows(session, kept) == [("elsewhere", 3), ("forgetful", 2)]


def test_what_the_engine_refuses_is_said_and_shows_no_row(session, named, tmp_path):
    folder = written(tmp_path / "a")
    with pytest.raises(
        DataError, match=r"`nowhere` of sc://127.*The schema must be there.*The files in .* are written"
    ):
        write_back(scenario(tmp_path, named, schema="nowhere"), folder, "2024-03-01")
    if REAL:
        with pytest.raises(DataError, match="must know Delta Lake"):
            write_back(scenario(tmp_path, named), folder, "2024-03-01")
    here = make_config(settings(tmp_path) | {"database": {"path": "spark"}})
    with pytest.raises(ConfigError, match=r"database\.path: spark means tables of the engine"):
        write_back(here, folder, "2024-03-01")
