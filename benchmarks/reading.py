"""Reading a large CSV beside DuckDB's own reader: time and peak memory, each in its own process: `make bench-read`.

The floor is the same engine's `read_csv` into a table with every column as text. `cells` is what we do to get as
far: each line numbered and accounted for, texts trimmed, repeats told by a hash. `purchases` goes on to the clean log.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_FLOOR = (
    "import sys; from holdfast.data.engine import connect; connect(expected_bytes=1 << 33).execute("
    "f\"CREATE TEMP TABLE t AS SELECT * FROM read_csv('{sys.argv[1]}', all_varchar = true)\")"
)
_WRITE = "import sys; from pathlib import Path; from benchmarks.shops import write_shop; "
_OURS = (
    "import sys; from holdfast.data import Columns, Source, read_purchases; from holdfast.data.engine import connect; "
    "from holdfast.data.reading.read import read_raw; from pathlib import Path; "
    "s = Source(sys.argv[1], Columns('customer_id', 'ordered_at', 'amount', order_id='order_id')); "
)
READERS = {
    "DuckDB, all columns as text": _FLOOR,
    "Holdfast, cells": _OURS + "c = connect(expected_bytes=Path(sys.argv[1]).stat().st_size); "
    "read_raw(c, s.data, s.wanted(), s)",
    "Holdfast, purchases": _OURS + "read_purchases(s)",
}


def ran(program: str, path: Path) -> tuple[float, float, float]:
    """Return the seconds by the clock and of all processors, and the largest memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"a reader failed with {process.returncode}")
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main() -> None:
    """Print a line per reader."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--customers", type=int, default=1_000_000, help="about ten lines each")
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.csv"
        # In a process of its own: a child's largest memory counts what its parent held when it began.
        made = f"{_WRITE}print(write_shop(Path(sys.argv[1]), {given.customers}))"
        done = subprocess.run([sys.executable, "-c", made, path], check=True, capture_output=True, text=True)
        lines = int(done.stdout)
        print(f"{lines:,} lines, {path.stat().st_size >> 20:,} MB, {os.cpu_count()} cores; medians of {given.rounds}")
        runs: dict[str, list[tuple[float, float, float]]] = {name: [] for name in READERS}
        for _ in range(given.rounds):
            for name, program in READERS.items():
                runs[name].append(ran(program, path))
        floor = statistics.median(wall for wall, _, _ in next(iter(runs.values())))
        for name, found in runs.items():
            wall, cpu, peak = (statistics.median(column) for column in zip(*found, strict=True))
            print(f"{name:<30}{wall:8.1f} s {cpu:8.1f} s CPU {peak:7.0f} MB   {wall / floor:5.2f} times")


if __name__ == "__main__":
    main()
