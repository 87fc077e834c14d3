"""The same SQL text, bit for bit, on PostgreSQL: what makes it portable is seen, not assumed."""

import io
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from holdfast.columns import REFUNDS, TABLES, clean_table
from holdfast.data import PurchaseLog, Source, read_purchases
from holdfast.features import FEATURES, Cutoff, build_features, feature_sql
from holdfast.features.beside import FACTS
from holdfast.features.build import known_facts
from tests.features.beside import awkward_tables, log_of
from tests.features.test_build import COLUMNS, awkward_log


def _programs() -> Path | None:
    found = [*sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")), *filter(None, [shutil.which("initdb")])]
    return Path(found[0]).resolve().parent if found else None


class Postgres:
    """A throw-away server without a network port; it refuses to run as root, so root hands it to `nobody`."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder, self.programs = folder, programs
        self.user = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
        folder.mkdir()
        if self.user:
            shutil.chown(folder, "nobody")
        self._run("initdb", "-D", str(folder / "d"), "--locale=C", "--encoding=UTF8", "-U", "holdfast", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder}"
        self._run("pg_ctl", "-D", str(folder / "d"), "-w", "-o", options, "-l", str(folder / "log"), "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "d"), "-m", "immediate", "stop")

    def query(self, sql: str, stdin: str = "") -> str:
        command = [
            "psql",
            "-h",
            str(self.folder),
            "-U",
            "holdfast",
            "-d",
            "postgres",
            "-qv",
            "ON_ERROR_STOP=1",
            "-c",
            sql,
        ]
        return self._run(*command, stdin=stdin)

    def _run(self, program: str, *arguments: str, stdin: str = "") -> str:
        command = [*self.user, str(self.programs / program), *arguments]
        # pg_ctl's server would hold a pipe open for ever, so its output goes nowhere.
        output = subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE
        done = subprocess.run(command, input=stdin, text=True, stdout=output, stderr=output, check=False, cwd="/")
        assert done.returncode == 0, done.stderr
        return done.stdout or ""


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL's server is not installed: its equality was NOT tested here")
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        pytest.skip("PostgreSQL does not run as root and there is no runuser: its equality was NOT tested here")
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="hf-pg-", dir="/tmp"))  # a socket's path must be short
    folder.chmod(0o755)
    server = Postgres(folder / "s", programs)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def _load(server: Postgres, log: PurchaseLog) -> None:
    server.query("DROP TABLE IF EXISTS purchases")
    server.query(
        "CREATE TABLE purchases (customer_id VARCHAR(200), day INTEGER, order_key VARCHAR(200), amount DECIMAL(18,2), "
        "quantity DECIMAL(18,2), product_id VARCHAR(200))"
    )
    server.query("COPY purchases FROM STDIN WITH (FORMAT csv)", log.frame().to_csv(index=False, header=False))
    typed = ", ".join(f"{c.name} {c.type.replace('VARCHAR', 'VARCHAR(200)')}" for c in REFUNDS)
    server.query(f"DROP TABLE IF EXISTS refunds; CREATE TABLE refunds ({typed})")
    refunds = log.connection.execute("SELECT * FROM refunds").df()
    server.query("COPY refunds FROM STDIN WITH (FORMAT csv)", refunds.to_csv(index=False, header=False))
    for name in TABLES:
        typed = ", ".join(f"{c.name} {c.type.replace('VARCHAR', 'VARCHAR(200)')}" for c in clean_table(name))
        server.query(f"DROP TABLE IF EXISTS {name}")
        server.query(f"CREATE TABLE {name} ({typed})")
        if log.connection.execute(f"SELECT 1 FROM information_schema.tables WHERE table_name = '{name}'").fetchall():
            rows = log.connection.sql(f"SELECT * FROM {name}").to_arrow_table().to_pandas(types_mapper=pd.ArrowDtype)
            server.query(f"COPY {name} FROM STDIN WITH (FORMAT csv)", rows.to_csv(index=False, header=False))


def _same_bits(server: Postgres, log: PurchaseLog, cutoff: Cutoff) -> int:
    _load(server, log)
    text = feature_sql(cutoff, known_facts(log.connection, cutoff))
    answer = server.query(f"COPY ({text}) TO STDOUT WITH (FORMAT csv, HEADER)")
    theirs = pd.read_csv(io.StringIO(answer), dtype="str")
    ours = build_features(log.connection, cutoff)
    assert theirs["customer_id"].tolist() == ours["customer_id"].tolist()
    assert all(ours[f.name].isna().all() for f in FEATURES if f.name not in theirs)
    for feature in (f for f in FEATURES if f.name in theirs):
        np.testing.assert_array_equal(
            [float(text) for text in theirs[feature.name].fillna("nan")],
            ours[feature.name].to_numpy(),
            err_msg=feature.name,
        )
    return len(ours)


def test_postgres_gives_the_same_bits_on_awkward_data(postgres):
    log = read_purchases(Source(awkward_log(customers=300), COLUMNS))
    assert log.report.returns.later_lines > 100
    assert _same_bits(postgres, log, Cutoff(date(2023, 6, 15), 60)) > 290


def test_postgres_gives_the_same_bits_with_every_table(postgres):
    purchases = awkward_log(customers=300)
    log = log_of(purchases, awkward_tables(purchases["customer_id"].unique().tolist()))
    cutoff = Cutoff(date(2023, 6, 15), 60)
    assert sorted(known_facts(log.connection, cutoff)) == sorted(FACTS)
    assert _same_bits(postgres, log, cutoff) > 290


def test_postgres_gives_the_same_bits_on_cdnow(postgres, cdnow):
    assert _same_bits(postgres, cdnow, Cutoff(date(1998, 1, 19), 163)) == 23_502
