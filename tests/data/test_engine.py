"""The embedded engine: its limits, and nothing of customers left behind."""

import gc
import gzip
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from holdfast.config import make_config
from holdfast.data import Columns, Engine, Source, read_purchases
from holdfast.data.engine import connect
from holdfast.errors import ConfigError

LOG = Source("p.csv", Columns("id", "day", "amount"))


def test_what_is_larger_than_the_memory_is_on_disk_for_its_owner_alone_and_goes_with_it(tmp_path):
    engine = Engine(threads=1, memory_limit="80MB", spill_folder=tmp_path / "spill")
    connection = connect(engine, expected_bytes=100_000_000)
    (folder,) = (tmp_path / "spill").iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    connection.execute("CREATE TABLE many AS SELECT i, md5(CAST(i AS VARCHAR)) AS text FROM range(3_000_000) AS r(i)")
    ((n, texts),) = connection.execute("SELECT COUNT(*), COUNT(DISTINCT text) FROM many").fetchall()
    assert (n, texts) == (3_000_000, 3_000_000), "120 MB of text through 80 MB of memory"
    assert any(path.suffix == ".duckdb" for path in folder.iterdir())
    del connection
    gc.collect()
    assert not list(folder.rglob("*.duckdb"))


def test_small_logs_stay_in_memory(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("id,day,amount\nk1,2024-01-01,3\n")
    log = read_purchases(Source(path, LOG.columns), engine=Engine(spill_folder=tmp_path / "spill"))
    assert log.report.kept == 1
    assert not list((tmp_path / "spill").rglob("*.duckdb"))


@pytest.mark.parametrize("name", ["p.csv.gz", "utf-16.csv"])
def test_temporary_copies_lie_where_the_engine_spills_and_go(tmp_path, monkeypatch, name):
    text = "id,day,amount\nk1,2024-01-01,3\n"
    path, made, folder = tmp_path / name, [], tempfile.TemporaryDirectory
    path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode("utf-16"))

    def noted(**given):
        made.append(folder(**given))
        return made[-1]

    monkeypatch.setattr(tempfile, "TemporaryDirectory", noted)
    assert read_purchases(Source(path, LOG.columns), engine=Engine(spill_folder=tmp_path / "spill")).report.kept == 1
    assert made
    assert all((tmp_path / "spill") in Path(each.name).parents for each in made)
    assert not any(Path(each.name).exists() for each in made)


def test_nothing_is_left_when_a_command_is_interrupted(tmp_path):
    script = (
        "from pathlib import Path; from holdfast.data import Engine; from holdfast.data.engine import connect\n"
        f"engine = Engine(memory_limit='80MB', spill_folder=Path({str(tmp_path / 'spill')!r}))\n"
        "c = connect(engine, expected_bytes=10**9)\n"
        "c.execute('CREATE TABLE t AS SELECT 1 AS i'); raise KeyboardInterrupt"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "KeyboardInterrupt" in done.stderr
    assert list((tmp_path / "spill").iterdir()) == []


@pytest.mark.parametrize("limit", ["60", "lots", "0%", "120%", "0GB", "-1GB"])
def test_a_limit_that_is_none_is_refused_by_its_key(limit):
    given = {"name": "x", "purchases": {"path": "p.csv"}, "as_of": "end_of_data", "engine": {"memory_limit": limit}}
    with pytest.raises(ConfigError, match=r"engine\.memory_limit"):
        make_config(given)


@pytest.mark.parametrize("limit", ["60%", "2.5 GB", "512MiB", "8GB"])
def test_a_limit_reaches_the_engine(limit):
    given = {"name": "x", "purchases": {"path": "p.csv"}, "as_of": "end_of_data", "engine": {"memory_limit": limit}}
    engine = make_config(given).engine.engine()
    assert engine == Engine(memory_limit=limit)
    ((shown,),) = connect(engine).execute("SELECT current_setting('memory_limit')").fetchall()
    assert str(shown).endswith("iB")
