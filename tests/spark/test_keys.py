"""The keys of the engine: what is missing, or belongs elsewhere, is said at once."""

from typing import Any

import pandas as pd
import pytest

from holdfast.config import make_config
from holdfast.data import Columns, Source
from holdfast.errors import ConfigError
from holdfast.pipeline import prepare
from holdfast.spark.purchases import read_purchases_there

COLUMNS = {"customer_id": "id", "started_at": "from", "ended_at": "to"}
SHOP: dict[str, Any] = {"name": "shop", "purchases": {"path": "orders.csv"}, "as_of": "2024-03-01"}


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        ({"kind": "spark", "remote": "spark.example:15002"}, "engine.remote: write sc://HOST:PORT"),
        ({"kind": "spark", "remote": "sc://spark.example/;token=secret"}, "set the whole address as SPARK_REMOTE"),
        ({"remote": "sc://spark.example:15002"}, "remote and folder are of `kind: spark`"),
        ({"folder": "there"}, "remote and folder are of `kind: spark`"),
    ],
)
def test_keys_that_cannot_be_meant_are_refused(engine, said):
    with pytest.raises(ConfigError) as refused:
        make_config({**SHOP, "engine": engine})
    assert said in str(refused.value)
    assert "secret" not in str(refused.value)


def test_contracts_are_read_here():
    settings = {
        "name": "c",
        "setting": "contractual",
        "subscriptions": {"path": "c.csv", "columns": COLUMNS},
        "as_of": "2024-03-01",
    }
    with pytest.raises(ConfigError, match=r"engine\.kind: spark is for purchases"):
        make_config({**settings, "engine": {"kind": "spark", "remote": "sc://spark.example:15002"}})


def test_an_engine_needs_an_address(monkeypatch, tmp_path):
    monkeypatch.delenv("SPARK_REMOTE", raising=False)
    (tmp_path / "orders.csv").write_text("customer_id,ordered_at\nann,2024-01-05\n")
    with pytest.raises(ConfigError, match=r"engine\.remote is missing"):
        prepare(make_config({**SHOP, "engine": {"kind": "spark"}}), base=tmp_path)


def test_a_table_needs_no_path_where_an_engine_has_it():
    engine = {"kind": "spark", "remote": "sc://spark.example:15002"}
    config = make_config({**SHOP, "purchases": {"table": "sales.orders"}, "engine": engine})
    assert config.source().table == "sales.orders"
    with pytest.raises(ConfigError, match=r"purchases\.path is missing"):
        make_config({**SHOP, "purchases": {"table": "sales.orders"}}).source()


@pytest.mark.parametrize("data", [pd.DataFrame({"customer_id": ["ann"]}), "postgresql://db.example/shop"])
def test_frames_and_servers_are_read_here(data):
    with pytest.raises(ConfigError, match="spark reads files that it sees"):
        read_purchases_there(Source(data, Columns()), "sc://spark.example:15002")
