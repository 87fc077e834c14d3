"""The same SQL text, bit for bit, on PostgreSQL: what makes it portable is seen, not assumed."""

import io
from collections.abc import Iterator
from datetime import date

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
from tests.features.test_shut import AS_OF, BOTH, open_log
from tests.postgres import Postgres, server_or_skip


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with server_or_skip() as server:
        yield server


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


def test_postgres_gives_the_same_bits_where_days_were_shut(postgres):
    log = read_purchases(Source(open_log(), COLUMNS))
    assert _same_bits(postgres, log, Cutoff(AS_OF, 60, shut=BOTH)) > 100
