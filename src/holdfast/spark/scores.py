"""Features and scores of everyone, computed where their purchases are."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd
import pyarrow as pa

from holdfast.features.batches import BATCH_CUSTOMERS
from holdfast.features.build import feature_sql, features_of
from holdfast.features.cutoff import Cutoff
from holdfast.spark.tables import SparkTables, ddl

Score = Callable[[pd.DataFrame], pd.DataFrame]


@contextmanager
def scored_there(
    tables: SparkTables,
    cutoff: Cutoff,
    facts: Iterable[str],
    beside: Mapping[str, pa.Table],
    score: Score,
    like: pd.DataFrame,
    folder: Path,
) -> Iterator[Iterator[tuple[pd.DataFrame, pd.DataFrame]]]:
    """Let an engine compute everyone's features and score them; yield both here, batch by batch, ordered by customer.

    Parameters
    ----------
    tables
        Hold ``purchases`` and ``refunds``.
    cutoff, facts
        As of ``feature_sql``.
    beside
        Tables beside purchases, by name; they are sent there.
    score
        Features with ``as_of`` → scores, row by row; it is sent there, and must be importable there.
    like
        A few rows that ``score`` made here: their types are those of the answer.
    folder
        Which the engine and this machine see under the same path; what is written there is taken away again.
    """
    for name, table in beside.items():
        tables.keep(name, table)
    kept = folder / f"scores-{uuid4().hex}"
    try:
        features = tables.session.sql(feature_sql(cutoff, list(facts)))
        features.write.mode("overwrite").parquet(str(kept / "features"))
        rows = tables.session.read.parquet(str(kept / "features"))
        schema = pa.Schema.from_pandas(like, preserve_index=False).remove_metadata()
        made = rows.mapInArrow(partial(score_rows, score, cutoff.date.isoformat(), schema), ddl(schema))
        made.write.mode("overwrite").parquet(str(kept / "scores"))
        tables.view("features", tables.session.read.parquet(str(kept / "features")))
        tables.view("scores", tables.session.read.schema(ddl(schema)).parquet(str(kept / "scores")))
        yield _batches(tables, like)
    finally:
        shutil.rmtree(kept, ignore_errors=True)


def score_rows(
    score: Score, as_of: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Score batches of features on the engine's machines."""
    for batch in batches:
        if batch.num_rows:
            scores = score(features_of(pa.Table.from_batches([batch])).assign(as_of=as_of))
            yield from pa.Table.from_pandas(scores, schema=schema, preserve_index=False).to_batches()


def _batches(tables: SparkTables, like: pd.DataFrame) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    features = tables.execute("SELECT * FROM features ORDER BY customer_id").to_arrow_table()
    scores = tables.execute("SELECT * FROM scores ORDER BY customer_id").to_arrow_table()
    for start in range(0, max(len(features), 1), BATCH_CUSTOMERS):
        some = features_of(features.slice(start, BATCH_CUSTOMERS))
        yield some, _typed(scores.slice(start, BATCH_CUSTOMERS), like)


def _typed(table: pa.Table, like: pd.DataFrame) -> pd.DataFrame:
    """Return an answer in the types of ``like``."""
    frame = table.to_pandas()
    return pd.DataFrame({name: _column(frame[name], like[name]) for name in like.columns})


def _column(found: pd.Series, like: pd.Series) -> Any:
    if pd.api.types.is_float_dtype(like.dtype):
        return found.to_numpy(dtype=np.float64, na_value=np.nan)
    return found.astype(like.dtype)
