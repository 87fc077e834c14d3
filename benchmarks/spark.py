"""A simulated log through Sail and local Spark beside DuckDB, in one run: equal columns, seconds, megabytes."""

import argparse
import os
import resource
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from tests.sail import sail_or_skip
from tests.spark.real import SPARK, java_absent, spark_absent, spark_server

from holdfast.data import Columns, PurchaseLog, Source, read_purchases, simulate_shop
from holdfast.features import FEATURES, Cutoff, feature_sql
from holdfast.spark.purchases import read_purchases_there

CUTOFF = Cutoff("2024-03-01", horizon_days=90)


def megabytes(process: int) -> float:
    """Return the memory that a process holds now."""
    text = Path(f"/proc/{process}/status").read_text()
    return int(next(line for line in text.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


@contextmanager
def most_memory(process: int) -> Iterator[list[float]]:
    """Watch a process, ten times a second; the list holds the most it held."""
    most, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            most[0] = max(most[0], megabytes(process))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        done.set()
        thread.join()


def timed(what: str, run: Callable[[], Any]) -> Any:
    """Run and print the seconds."""
    start = time.perf_counter()
    answer = run()
    print(f"  {what:<10} {time.perf_counter() - start:8.1f} s", flush=True)
    return answer


def features(log: PurchaseLog) -> pa.Table:
    """Run the one text of features where the log's purchases are."""
    return log.everyone.sql(feature_sql(CUTOFF)).to_arrow_table()


def compared(name: str, ours: PurchaseLog, expected: pa.Table, source: Source, remote: str, folder: Path) -> None:
    """Print how an engine does with the same log, and whether it says the same."""
    print(name)
    with most_memory(_child()) as most:
        theirs = timed("door", lambda: read_purchases_there(source, remote, folder=folder))
        found = timed("features", lambda: features(theirs))
    present = [f.name for f in FEATURES if f.name in expected.column_names]
    equal = [
        name for name in present
        if np.array_equal(*(t[name].cast(pa.float64()).to_numpy() for t in (expected, found)), equal_nan=True)
    ]  # fmt: skip
    print(f"  account equal: {theirs.report == ours.report}; columns equal to the bit: {len(equal)} of {len(present)}")
    print(f"  memory of its first process at most {most[0]:,.0f} MB", flush=True)
    theirs.everyone.session.stop()  # type: ignore[attr-defined]


def main() -> None:
    """Print the table of a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=8)
    lines, files = (vars(parser.parse_args())[name] for name in ("lines", "files"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "log").mkdir()
        shop = simulate_shop(max(lines // 5, 1000), seed=7).purchases
        shop = shop.iloc[:lines] if len(shop) > lines else shop
        for i in range(files):
            shop.iloc[i::files].to_csv(folder / "log" / f"{i}.csv", index=False)
        source = Source(str(folder / "log"), Columns(amount="amount" if "amount" in shop else None))
        print(f"{len(shop):,} lines of {shop['customer_id'].nunique():,} customers in {files} files")
        del shop
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}\nDuckDB, here")
        ours = timed("door", lambda: read_purchases(source))
        expected = timed("features", lambda: features(ours))
        with sail_or_skip(folder) as remote:
            compared("Sail", ours, expected, source, remote, folder)
        if absent := [why for why in (java_absent(os.environ.get("JAVA_HOME")), spark_absent(SPARK)) if why]:
            print(f"Spark was NOT measured: {'; and '.join(absent)}.")
        else:
            (folder / "spark").mkdir()
            with spark_server(folder / "spark") as remote:
                compared("Spark, on this machine", ours, expected, source, remote, folder)
    print(f"memory of this process, all logs: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def _child() -> int:
    """Return the process that was started last."""
    return max(map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()))


if __name__ == "__main__":
    main()
