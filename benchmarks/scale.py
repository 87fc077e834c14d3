"""A shop of millions: check, train and score as processes, each beside the floors of its parts: `make bench-scale`.

Floors are what no program that does the same could do without: a scan of the file by DuckDB, the bare prediction of
LightGBM with the champion's own trees on the features that were written, and writing the same Parquet files again.
With SETTING=contractual it is a club of so many members, and floors are left out.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lightgbm as lgb
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.shops import AS_OF, Ran, run, write_club, write_scenario
from holdfast.data.engine import Engine, connect, literal


def timed(step: Callable[[], Any]) -> float:
    """Return the seconds that a step takes."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def scan(path: Path, memory: str) -> None:
    """Read every cell of the purchases once."""
    picked = ", ".join(f"MIN({c}), MAX({c})" for c in ("customer_id", "ordered_at", "amount", "order_id"))
    query = f"SELECT {picked} FROM read_csv({literal(str(path))}, all_varchar = true)"
    connect(Engine(memory_limit=memory)).execute(query).fetchall()


def parts(path: Path) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a Parquet file, a quarter of a million at a time."""
    yield from pq.ParquetFile(path).iter_batches(250_000)


def predict(models: Path, features: Path) -> None:
    """Let every booster of the newest model predict all rows, and nothing else."""
    newest = max(models.rglob("model.json"), key=lambda p: p.stat().st_mtime).parent
    boosters = [lgb.Booster(model_file=str(path)) for path in sorted(newest.glob("*.txt"))]
    for batch in parts(features):
        table = batch.to_pandas()
        for booster in boosters:
            names = [n for n in booster.feature_name() if n in table]
            matrix = table[names].assign(**{n: 90.0 for n in booster.feature_name() if n not in table})
            booster.predict(matrix[booster.feature_name()].to_numpy(dtype=float))


def rewrite(folder: Path, scratch: Path) -> None:
    """Write scores and features again as they are."""
    for name in ("scores", "features"):
        source = pq.ParquetFile(folder / f"{name}.parquet")
        with pq.ParquetWriter(scratch / f"{name}.parquet", source.schema_arrow) as writer:
            for batch in source.iter_batches(250_000):
                writer.write_batch(batch)


def told(what: str, ran: Ran) -> None:
    """Print how a command ran."""
    steps = ", ".join(f"{name} {seconds:.0f}" for name, seconds in ran.steps.items())
    failed = "" if ran.status == 0 else f"  FAILED with {ran.status}"
    print(f"{what:<12}{ran.wall:8.1f} s {ran.cpu:8.1f} s CPU {ran.peak_mb:7.0f} MB   {steps}{failed}", flush=True)


def main() -> None:
    """Print a line per command, and the floors of scoring."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--customers", type=int, default=1_000_000)
    options.add_argument("--memory", default="4GB", help="engine.memory_limit")
    options.add_argument("--setting", choices=("purchases", "contractual"), default="purchases")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        write = write_club if given.setting == "contractual" else write_scenario
        config, lines = write(folder, given.customers)
        size = config.with_suffix(".csv").stat().st_size / 1e6
        print(f"{os.cpu_count()} cores; {given.customers:,} customers, {lines:,} lines, {size:,.0f} MB; {given.memory}")
        limit = ["-c", str(config), "--set", f"engine.memory_limit={given.memory}"]
        told("check", run(["check", *limit]))
        told("train", run(["train", *limit]))
        scored = run(["score", *limit])
        told("score", scored)
        if given.setting == "contractual":
            return
        outputs = folder / "outputs" / "shop" / AS_OF
        floors = {
            "scan": timed(lambda: scan(folder / "shop.csv", given.memory)),
            "predict": timed(lambda: predict(folder / "models", outputs / "features.parquet")),
            "write": timed(lambda: rewrite(outputs, folder)),
        }
        total = sum(floors.values())
        said = ", ".join(f"{name} {seconds:.1f}" for name, seconds in floors.items())
        print(
            f"floors of scoring: {said}; together {total:.1f} s: scoring takes {scored.wall / total:.1f} times as long"
        )


if __name__ == "__main__":
    main()
