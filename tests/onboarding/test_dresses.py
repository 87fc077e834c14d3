"""`holdfast init` of one table in every dress, a server's among them: the YAML that it writes reads the same table."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from holdfast.config import load_config
from holdfast.errors import ConfigError
from holdfast.onboarding import Look
from holdfast.pipeline import prepare
from tests.data.test_dresses import DRESSES, apparel, cdnow, contents, in_postgres, iranian, plain, telco
from tests.fuzz.configurations import command
from tests.onboarding.exports import Export, net, sales
from tests.onboarding.plain import PLAIN, answer, read
from tests.postgres import Postgres, server_or_skip


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with server_or_skip() as server:
        yield server


def as_read(named: str, numbers: list[str], scenario: str) -> pd.DataFrame:
    """Return the table that a YAML reads which init wrote without a question."""
    files = [named] if "://" in named else sorted(map(str, Path().glob(named)))
    code, said = command("init", *files, "--yes", "--out", scenario)
    assert code == 0, said
    return contents(prepare(load_config(Path(scenario))), numbers)


def in_one_dress(of: Callable[[], Any], dress: Callable[..., dict[str, Any]]) -> None:
    table, dates, numbers, _ = of()
    expected = as_read(plain(table, Path())["path"], numbers, "plain.yaml")
    Path("t.csv").unlink()
    seen = as_read(dress(table, dates, numbers, Path())["path"], numbers, "dressed.yaml")
    pd.testing.assert_frame_equal(seen, expected, check_exact=True)
    assert len(expected) > 500


@pytest.mark.parametrize("name", DRESSES)
@pytest.mark.parametrize("of", [cdnow, apparel, telco, iranian], ids=lambda f: f.__name__)
def test_init_reads_a_table_in_another_dress_as_it_reads_the_plain_one(of, name):
    in_one_dress(of, DRESSES[name])


@pytest.mark.parametrize("of", [cdnow, apparel, telco, iranian], ids=lambda f: f.__name__)
def test_init_reads_a_table_of_a_server_as_it_reads_the_plain_file(of, postgres):
    in_one_dress(of, lambda table, dates, numbers, _: in_postgres(postgres, table, dates, numbers))


def test_of_several_tables_of_a_server_one_is_asked_for(postgres, monkeypatch):
    Export(PLAIN).write(Path("x.csv"))
    orders = pd.read_csv("x.csv", dtype="str")
    in_postgres(postgres, orders, [], [])
    postgres.query("DROP TABLE IF EXISTS rates; CREATE TABLE rates (code text, rate numeric)")
    try:
        code, said = command("init", postgres.url, "--yes", "--out", "x.yaml")
        assert (code, "the database has 2 tables: which one is meant?" in said) == (2, True)
        answer(monkeypatch, ["1"])
        assert command("init", postgres.url, "--out", "y.yaml")[0] == 0
        written = yaml.safe_load(Path("y.yaml").read_text(encoding="utf-8"))["purchases"]
        assert (written["path"], written["table"]) == (postgres.url, "orders")
        _, customers, revenue, rejected = read(Path("y.yaml"))
        assert (customers, rejected) == (len({s.customer for s in sales()}), 0)
        assert revenue == pytest.approx(net())
    finally:
        postgres.query("DROP TABLE rates")


def test_a_password_in_a_servers_name_is_refused_and_not_shown():
    with pytest.raises(ConfigError, match="PGPASSWORD") as refused:
        Look(["postgresql://anna:sesame@db.example/shop"])
    assert "sesame" not in str(refused.value)
