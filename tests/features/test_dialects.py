"""The features' SQL for warehouses that nobody can run here: what they take is in it, what they refuse is not."""

import re
from datetime import date

import numpy as np
import pytest

from holdfast.errors import ConfigError
from holdfast.features import DIALECTS, FEATURES, Cutoff, build_features, compiled_sql, feature_sql, unportable
from holdfast.features.beside import FACTS
from holdfast.features.build import features_of, known_facts
from tests.features.beside import awkward_tables, log_of
from tests.features.test_build import awkward_log

sqlglot = pytest.importorskip("sqlglot", reason="sqlglot is not installed: no dialect was compiled")
CUTOFF = Cutoff(date(2023, 6, 15), 60)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_is_sql_of_the_dialect_and_says_that_it_was_not_run(dialect):
    text = compiled_sql(CUTOFF, FACTS, dialect)
    assert text.splitlines()[0] == (
        f"-- Features of Holdfast as of 2023-06-15, for {DIALECTS[dialect]}: compiled, not run."
    )
    for table in ("purchases", "refunds", "visits", "tickets", "contacts", "surveys", "customers"):
        assert f"--   {table} (customer_id VARCHAR, " in text
    (parsed,) = sqlglot.parse(text, read=dialect, error_level=sqlglot.ErrorLevel.RAISE)
    named = [one.alias_or_name for one in parsed.selects]
    assert set(named) - {"*"} <= {f.name for f in FEATURES}
    assert {name for f in FEATURES for name in [f.name] if re.search(rf"\b{name}\b", text)} == {
        f.name for f in FEATURES
    }


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_an_engine_refuses_is_not_in_it(dialect):
    text = compiled_sql(CUTOFF, FACTS, dialect)
    # The traps of other engines: a frame on a named window, one aggregate of a column with a cast inside and without.
    traps = ("no frame for a named window", "collides with", "a word that Snowflake reserves", "takes the minus")
    assert [said for said in unportable(text) if any(trap in said for trap in traps)] == []
    assert "FILTER" not in text
    if dialect == "snowflake":
        assert "WINDOW" not in text
    else:
        # BigQuery takes no stated order of blanks in a window over a range, which an aggregate's is.
        ordered = re.search(r"WINDOW in_time AS \(([^)]*)\)", text)
        assert ordered is not None
        assert "NULLS" not in ordered[1]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_read_back_it_computes_the_same(dialect):
    """What sqlglot makes of it, read as the dialect's and brought back to DuckDB, gives every feature again."""
    purchases = awkward_log(customers=60)
    log = log_of(purchases, awkward_tables(purchases["customer_id"].unique().tolist()))
    facts = known_facts(log.connection, CUTOFF)
    text = compiled_sql(CUTOFF, facts, dialect)
    (back,) = sqlglot.transpile(text, read=dialect, write="duckdb")
    theirs = features_of(log.connection.sql(back).to_arrow_table()).sort_values("customer_id", ignore_index=True)
    ours = build_features(log.connection, CUTOFF)
    assert theirs["customer_id"].tolist() == ours["customer_id"].tolist()
    for feature in FEATURES:
        np.testing.assert_allclose(theirs[feature.name], ours[feature.name], rtol=1e-12, err_msg=feature.name)


def test_the_portable_text_runs_with_its_header():
    log = log_of(awkward_log(customers=30), {})
    text = compiled_sql(CUTOFF)
    assert feature_sql(CUTOFF).strip() in text
    assert "visits" not in text.split("WITH lines")[0]
    assert len(log.connection.sql(text)) == len(build_features(log.connection, CUTOFF))


def test_another_dialect_is_refused():
    with pytest.raises(ConfigError, match="portable, bigquery or snowflake"):
        compiled_sql(CUTOFF, dialect="redshift")


def test_without_sqlglot_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sqlglot", None)
    with pytest.raises(ConfigError, match=r"holdfast\[sql\]"):
        compiled_sql(CUTOFF, dialect="bigquery")
