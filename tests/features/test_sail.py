"""The one text of features runs unchanged on Sail, and every column is equal to the bit."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from holdfast.columns import REFUNDS, TABLES, clean_table
from holdfast.config import load_config
from holdfast.data import PurchaseLog, Source, read_purchases
from holdfast.features import FEATURES, Cutoff, build_features, build_outcomes, feature_sql
from holdfast.features.beside import FACTS
from holdfast.features.build import known_facts
from holdfast.features.outcome import outcome_sql
from holdfast.spark.session import connect_spark
from tests.conftest import PROJECT, in_shared
from tests.features.beside import awkward_tables, log_of
from tests.features.test_build import COLUMNS, awkward_log
from tests.features.test_shut import AS_OF, BOTH, open_log
from tests.sail import sail_or_skip


@pytest.fixture(scope="module")
def sail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with sail_or_skip(tmp_path_factory.mktemp("sail")) as remote:
        session = connect_spark(remote)
        yield session
        session.stop()


def _view(sail: Any, log: PurchaseLog, name: str) -> None:
    if log.connection.execute(f"SELECT 1 FROM information_schema.tables WHERE table_name = '{name}'").fetchall():
        table = log.connection.sql(f"SELECT * FROM {name}").to_arrow_table()
        if len(table):
            sail.createDataFrame(table).createOrReplaceTempView(name)
            return
    columns = REFUNDS if name == "refunds" else clean_table(name)
    typed = ", ".join(f"CAST(NULL AS {c.type.replace('VARCHAR', 'STRING')}) AS {c.name}" for c in columns)
    sail.sql(f"SELECT {typed} WHERE 1 = 0").createOrReplaceTempView(name)


def _same_bits(sail: Any, log: PurchaseLog, cutoff: Cutoff) -> int:
    for name in ("purchases", "refunds", *TABLES):
        _view(sail, log, name)
    theirs = sail.sql(feature_sql(cutoff, known_facts(log.connection, cutoff))).toArrow()
    ours = build_features(log.connection, cutoff)
    assert theirs["customer_id"].to_pylist() == ours["customer_id"].tolist()
    present = [f.name for f in FEATURES if f.name in theirs.column_names]
    assert all(ours[f.name].isna().all() for f in FEATURES if f.name not in present)
    for name in present:
        column = theirs[name].cast(pa.float64()).to_numpy()
        np.testing.assert_array_equal(column, ours[name].to_numpy(), err_msg=name)
    outcomes = sail.sql(outcome_sql(cutoff)).toArrow().to_pandas()
    expected = build_outcomes(log.connection, cutoff)
    np.testing.assert_array_equal(outcomes["purchases"].to_numpy(), expected["purchases"].to_numpy())
    np.testing.assert_array_equal(outcomes["spend"].astype("float64").to_numpy(), expected["spend"].to_numpy())
    return len(ours)


def test_sail_gives_the_same_bits_on_awkward_data(sail):
    log = read_purchases(Source(awkward_log(customers=300), COLUMNS))
    assert log.report.returns.later_lines > 100
    assert _same_bits(sail, log, Cutoff(date(2023, 6, 15), 60)) > 290


def test_sail_gives_the_same_bits_with_every_table(sail):
    purchases = awkward_log(customers=300)
    log = log_of(purchases, awkward_tables(purchases["customer_id"].unique().tolist()))
    cutoff = Cutoff(date(2023, 6, 15), 60)
    assert sorted(known_facts(log.connection, cutoff)) == sorted(FACTS)
    assert _same_bits(sail, log, cutoff) > 290


def test_sail_gives_the_same_bits_on_cdnow(sail, cdnow):
    assert _same_bits(sail, cdnow, Cutoff(date(1998, 1, 19), 163)) == 23_502


def test_sail_gives_the_same_bits_on_online_retail(sail):
    in_shared("online_retail.parquet")
    log = read_purchases(load_config(PROJECT / "configs/online_retail.yaml").source(PROJECT))
    assert _same_bits(sail, log, Cutoff(date(2011, 8, 20), 112)) > 3000


def test_sail_gives_the_same_bits_where_days_were_shut(sail):
    log = read_purchases(Source(open_log(), COLUMNS))
    assert _same_bits(sail, log, Cutoff(AS_OF, 60, shut=BOTH)) > 100
