"""CPU time and peak memory of the features beside a plain scan of the same columns: `python -m benchmarks.features`.

Purchases are simulated inside DuckDB; a database file holds them in order of time, and each measurement runs in a
process of its own with a memory limit.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import duckdb

from holdfast.columns import REFUNDS
from holdfast.data.engine import Engine, connect
from holdfast.features import Cutoff, build_features

CUTOFF = Cutoff(date(2024, 7, 1), 90)
MEMORY = "1200MB"
FIRST, DAYS = 18993, 1095  # from 2022-01-01

# Fifty lines a customer and five an order, as in public grocery and wholesale logs; heavy and light buyers; half
# of the lines are the customer's favourites, half a long tail; 3 % are returns. Hashes, so no seed.
_PURCHASES = """
CREATE TABLE purchases AS
WITH drawn AS (
    SELECT i, i // 5 AS visit, (hash(i // 5) % 1000003) / 1000003.0 AS u, (hash(i, 1) % 1000003) / 1000003.0 AS v,
           (hash(i, 2) % 1000003) / 1000003.0 AS w
    FROM range({lines}) AS t(i)
),
bought AS (
    SELECT *, CAST(FLOOR({customers} * POWER(u, 1.5)) AS BIGINT) AS who FROM drawn
)
SELECT LPAD(CAST(who AS VARCHAR), 8, '0') AS customer_id,
       CAST({first} + {days} * visit * 5 // {lines} AS INTEGER) AS day,
       CAST(visit AS VARCHAR) AS order_key,
       CAST(CASE WHEN w < 0.03 THEN -1 ELSE 1 END * (1 + 60 * v * w) AS DECIMAL(18,2)) AS amount,
       CAST(1 + FLOOR(5 * v * v) AS DECIMAL(18,2)) AS quantity,
       'p' || CAST(CASE WHEN w < 0.5 THEN hash(who, CAST(FLOOR(20 * v) AS INTEGER)) % 20000
                        ELSE CAST(FLOOR(20000 * POWER(v, 2.5)) AS INTEGER) END AS VARCHAR) AS product_id
FROM bought ORDER BY i
"""
_NUMBERS, _TEXTS = ("day", "amount", "quantity"), ("customer_id", "order_key", "product_id")


def generate(path: Path, lines: int) -> None:
    """Write a database with ``lines`` purchases over three years."""
    with duckdb.connect(str(path), config={"memory_limit": "2GB", "preserve_insertion_order": True}) as database:
        database.execute(_PURCHASES.format(lines=lines, customers=lines // 50, first=FIRST, days=DAYS))
        # No return here is of the amount of an earlier purchase, so none is matched with one.
        database.execute(f"CREATE TABLE refunds ({', '.join(f'{column.name} {column.type}' for column in REFUNDS)})")


def scan_sql() -> str:
    """Return the scan that features are held against: MIN and MAX of every column they use, SUM of the numbers."""
    picked = [f"SUM({c})" for c in _NUMBERS] + [f"{f}({c})" for c in (*_NUMBERS, *_TEXTS) for f in ("MIN", "MAX")]
    return f"SELECT {', '.join(picked)} FROM purchases WHERE day < {CUTOFF.day}"


def measure(path: Path, what: str) -> None:
    """Print CPU seconds, peak memory and rows of one measurement, as JSON."""
    connection = connect(Engine(memory_limit=MEMORY))
    connection.execute(f"SET temp_directory = '{path.parent}'")
    connection.execute(f"ATTACH '{path}' AS shop (READ_ONLY)")
    connection.execute("USE shop")
    before = os.times()
    rows = len(build_features(connection, CUTOFF)) if what == "features" else len(connection.execute(scan_sql()).df())
    after = os.times()
    cpu = after.user - before.user + after.system - before.system
    print(json.dumps({"cpu": cpu, "peak_mb": _peak_mb(), "rows": rows}))


def _peak_mb() -> float:
    """Return the peak memory of this process; on Linux the maximum of getrusage may still be that of its parent."""
    status = Path("/proc/self/status")
    if status.is_file():
        found = next(x for x in status.read_text(encoding="utf-8").splitlines() if x.startswith("VmHWM"))
        return int(found.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(path: Path, what: str, times: int) -> dict[str, float]:
    """Measure ``times`` times, each in a fresh process; medians."""
    command = [sys.executable, "-m", "benchmarks.features", "--measure", what, str(path)]
    found = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(times)
    ]
    return {key: statistics.median(f[key] for f in found) for key in found[0]}


def main() -> None:
    """Print one line per number of purchase lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lines", nargs="*", type=int, default=[1_000_000, 10_000_000])
    parser.add_argument("--times", type=int, default=3, help="runs per figure; medians are printed")
    parser.add_argument("--measure", nargs=2, metavar=("WHAT", "DATABASE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        return measure(Path(given.measure[1]), given.measure[0])
    table(given.lines, times=given.times)
    return None


def table(sizes: list[int], *, times: int) -> None:
    """Print CPU seconds of the features and of the scan for each number of lines, and the peak memory."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, DuckDB {duckdb.__version__}, memory limit {MEMORY}")
    print(f"{'lines':>12}{'customers':>12}{'scan':>10}{'features':>11}{'ratio':>8}{'peak':>10}   (CPU seconds, MB)")
    for lines in sizes:
        with tempfile.TemporaryDirectory(prefix="holdfast-") as folder:
            path = Path(folder) / "shop.duckdb"
            generate(path, lines)
            scan, features = run(path, "scan", times), run(path, "features", times)
        print(
            f"{lines:>12,}{features['rows']:>12,.0f}{scan['cpu']:>10.2f}{features['cpu']:>11.2f}"
            f"{features['cpu'] / scan['cpu']:>8.1f}{features['peak_mb']:>10,.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
