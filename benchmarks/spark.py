"""A simulated log through DuckDB, Sail and real Spark in one run: columns, seconds, megabytes: `make bench-spark`.

Each engine is asked by a process of its own, in turn: *door* is from the files to clean purchases, *features* the one
text over them until its rows are here. Real Spark needs Java 17; it is said where it is absent.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
from tests.sail import sail_or_skip
from tests.spark.real import SPARK, java_absent, spark_absent, spark_server

from benchmarks.shops import write_shop
from holdfast.data import Columns, PurchaseLog, Source, read_purchases
from holdfast.features import FEATURES, Cutoff, feature_sql
from holdfast.spark.purchases import read_purchases_there

CUTOFF = Cutoff(date(2025, 7, 1), horizon_days=90)
_LINES_A_CUSTOMER = 9.7


def tree_megabytes(process: int) -> float:
    """Return the memory that a process and all that it started hold now."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return 0.0
    own = next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0.0)
    return own + sum(tree_megabytes(int(child)) for child in children)


@contextmanager
def most_memory(processes: dict[str, int]) -> Iterator[dict[str, float]]:
    """Watch some processes, twice a second; the answer holds the most that each tree held."""
    most, done = dict.fromkeys(processes, 0.0), threading.Event()

    def watch() -> None:
        while not done.wait(0.5):
            for name, process in processes.items():
                most[name] = max(most[name], tree_megabytes(process))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        done.set()
        thread.join()


def ask(remote: str, folder: Path, out: Path) -> None:
    """Read the log and run the text of features in one engine (here where no remote is named); print a line of JSON."""
    source = Source(str(folder / "log"), Columns("customer_id", "ordered_at", "amount", order_id="order_id"))
    start = time.perf_counter()
    log: PurchaseLog = read_purchases_there(source, remote, folder=folder) if remote else read_purchases(source)
    door = time.perf_counter() - start
    found = log.everyone.sql(feature_sql(CUTOFF)).to_arrow_table()
    features = time.perf_counter() - start - door
    feather.write_feather(found.sort_by("customer_id"), str(out), compression="uncompressed")
    facts = {"door": door, "features": features, "account": repr(log.report)}
    print(json.dumps(facts), flush=True)


def run(name: str, remote: str, folder: Path, server: int | None) -> dict[str, object]:
    """Ask one engine in a process of its own, and print what it took."""
    command = [sys.executable, "-m", "benchmarks.spark", "--remote", remote, "--folder", str(folder)]
    asking = subprocess.Popen([*command, "--out", str(folder / name)], stdout=subprocess.PIPE, text=True)
    watched = {"asking": asking.pid} | ({} if server is None else {"engine": server})
    with most_memory(watched) as most:
        said, _ = asking.communicate()
    memory = ", ".join(f"{what} {megabytes:,.0f} MB" for what, megabytes in most.items())
    if asking.returncode:
        print(f"{name:<10} FAILED with {asking.returncode}; {memory}", flush=True)
        return {}
    facts: dict[str, object] = json.loads(said.splitlines()[-1])
    print(f"{name:<10} door {facts['door']:8.1f} s   features {facts['features']:8.1f} s   {memory}", flush=True)
    return facts


def compare(name: str, folder: Path, ours: dict[str, object], theirs: dict[str, object]) -> None:
    """Print whether an engine's account and columns are those of DuckDB, to the bit."""
    expected, found = (feather.read_table(str(folder / which), memory_map=True) for which in ("DuckDB", name))
    present = [feature.name for feature in FEATURES if feature.name in expected.column_names]
    same_customers = expected["customer_id"].equals(found["customer_id"])
    equal = [
        column
        for column in present
        if same_customers
        and np.array_equal(*(t[column].cast(pa.float64()).to_numpy() for t in (expected, found)), equal_nan=True)
    ]
    print(
        f"{name}: {expected.num_rows:,} customers, account equal: {ours['account'] == theirs['account']}, "
        f"columns equal to the bit: {len(equal)} of {len(present)}",
        flush=True,
    )


def main() -> None:
    """Print the table of a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=8)
    parser.add_argument("--engines", nargs="*", default=["DuckDB", "Sail", "Spark"])
    parser.add_argument("--memory", default="8g", help="of Spark's Java process")
    parser.add_argument("--remote", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.folder:
        ask(given.remote, given.folder, given.out)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "log").mkdir()
        write_shop(folder / "shop.csv", round(given.lines / _LINES_A_CUSTOMER))
        lines = dealt(folder / "shop.csv", folder / "log", given.files)
        print(f"{lines:,} lines in {given.files} files, one round", flush=True)
        facts: dict[str, dict[str, object]] = {}
        for engine in given.engines:
            if engine == "Spark" and (why := java_absent(os.environ.get("JAVA_HOME")) or spark_absent(SPARK)):
                print(f"Spark was NOT measured: {why}.")
                continue
            server = {"Sail": sail_or_skip, "Spark": lambda home: spark_server(home, given.memory)}.get(engine)
            # The server's own files stand apart from the log's.
            home = folder / f"{engine}-server"
            home.mkdir()
            with server(home) if server else nullcontext("") as remote:
                facts[engine] = run(engine, remote, folder, _newest_child() if server else None)
            if engine != "DuckDB" and facts[engine] and facts.get("DuckDB"):
                compare(engine, folder, facts["DuckDB"], facts[engine])


def dealt(path: Path, folder: Path, files: int) -> int:
    """Deal the lines of a CSV out to some files, each with its header; return how many lines there were."""
    with path.open("rb") as whole:
        header = next(whole)
        parts = [(folder / f"{number}.csv").open("wb") for number in range(files)]
        for part in parts:
            part.write(header)
        lines = 0
        for line in whole:
            parts[lines % files].write(line)
            lines += 1
        for part in parts:
            part.close()
    path.unlink()
    return lines


def _newest_child() -> int:
    """Return the process that was started last."""
    return max(map(int, Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()))


if __name__ == "__main__":
    main()
