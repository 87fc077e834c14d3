"""The web page over a million scored customers, as a process: `make bench-web`.

A small shop is really trained and scored; its scores are drawn from again until there are as many customers as asked
for. Measured are the first paint in Chromium (where there is one), the answer to filters and sorts, and the peak of the
process's memory.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from docs.screenshots import FLAGS, chromium

from benchmarks.shops import AS_OF, run, write_scenario

SMALL = 2_000


def grow(scores: Path, customers: int) -> None:
    """Write the scores of so many customers, drawn from those there are, each with an id of its own and some noise."""
    table, random = pq.read_table(scores), np.random.default_rng(1)
    with pq.ParquetWriter(scores, table.schema) as writer:
        for start in range(0, customers, 250_000):
            count = min(250_000, customers - start)
            rows = table.take(pa.array(random.integers(0, len(table), count)))
            ids = pa.array([f"{start + i:08d}" for i in range(count)], table.schema.field("customer_id").type)
            rows = rows.set_column(table.schema.names.index("customer_id"), "customer_id", ids)
            for place, field in enumerate(table.schema):
                if field.name.startswith(("clv_", "value_")):
                    noisy = rows.column(place).to_numpy() * random.lognormal(0.0, 0.2, count)
                    rows = rows.set_column(place, field.name, pa.array(noisy))
            writer.write_table(rows)


@contextmanager
def page(config: Path, port: int) -> Iterator[tuple[str, int]]:
    """Run `holdfast web`; yield its address and its process id."""
    command = [sys.executable, "-m", "benchmarks.timed", "web", "-c", str(config), "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        home = f"http://127.0.0.1:{port}"
        try:
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"{home}/static/web.css").read()  # noqa: S310
                    break
                except OSError:
                    time.sleep(0.1)
            yield home, process.pid
        finally:
            process.terminate()


def seconds(address: str) -> float:
    """Return how long an answer takes, all of it read."""
    began = time.perf_counter()
    urllib.request.urlopen(address).read()  # noqa: S310  # our own page
    return time.perf_counter() - began


def questions(columns: list[str]) -> list[str]:
    """Return addresses of filters, sorts, searches and pages, as people ask them."""
    risk = next(c for c in columns if c.startswith("p_churn"))
    worth = next(c for c in columns if c.startswith("value_at_risk"))
    clv = next(c for c in columns if c.startswith("clv_") and c.count("_") == 1)
    views: list[dict[str, str]] = []
    for i in range(10):
        low = f"{0.05 * (i + 1):.2f}"
        views += [
            {f"min.{risk}": low, "sort": f"-{worth}"},
            {f"max.{risk}": low, f"min.{clv}": str(20 * i), "is.eligible": "yes", "sort": f"-{clv}"},
            {"q": f"000{i}", "sort": worth},
            {"sort": f"-{clv}", "page": str(1 + 50 * i)},
        ]
    return [f"/customers?{urlencode(view)}" for view in views]


def peak_mb(process: int) -> float:
    """Return the most memory a process has had."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1000


def processor(process: int) -> float:
    """Return the seconds of all processors that a process has used."""
    used = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")


def paints(home: str, addresses: list[str]) -> None:
    """Print the first contentful paint of some pages; the second of two visits each."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        for address in addresses:
            for visit in ("first", "second"):
                context = browser.new_context(viewport={"width": 1280, "height": 900})
                tab = context.new_page()
                tab.goto(f"{home}{address}")
                painted = tab.evaluate(
                    "new Promise(done => new PerformanceObserver((l) => done(l.getEntries()[0].startTime))"
                    ".observe({type: 'paint', buffered: true}))"
                )
                print(f"  {address:<60}{visit} visit: first paint {painted:6.0f} ms", flush=True)
                context.close()
        browser.close()


def main() -> None:
    """Print what the page takes."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--customers", type=int, default=1_000_000)
    options.add_argument("--port", type=int, default=8499)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        config, _ = write_scenario(folder, SMALL)
        for command in ("run", "segments"):
            if run([command, "-c", str(config)]).status:
                sys.exit(f"`holdfast {command}` failed")
        scores = folder / "outputs" / "shop" / AS_OF / "scores.parquet"
        grow(scores, given.customers)
        asked = questions(pq.read_schema(scores).names)
        size, load = scores.stat().st_size / 1e6, os.getloadavg()[0]
        print(f"{os.cpu_count()} cores, load {load:.0f}; {given.customers:,} customers, {size:,.0f} MB of scores")
        with page(config, given.port) as (address, process):
            print(f"  started: {peak_mb(process):.0f} MB")
            print(f"  overview, at once after the start: {seconds(f'{address}/'):.2f} s; {peak_mb(process):.0f} MB")
            if chromium() is not None:
                paints(address, ["/", "/customers", asked[0], "/lists/at_risk"])
            used = processor(process)
            took = sorted(seconds(f"{address}{one}") for one in asked)
            each = 1000 * (processor(process) - used) / len(took)
            told = f"median {1000 * median(took):.0f} ms, slowest {1000 * took[-1]:.0f} ms"
            print(f"  {len(took)} filters: {told}; {each:.0f} ms of processor each")
            who = f"/customer?id={given.customers // 2:08d}"
            print(f"  a customer: {1000 * median(seconds(f'{address}{who}') for _ in range(5)):.0f} ms")
            print(f"  the last page: {1000 * seconds(f'{address}/customers?page={given.customers // 50}'):.0f} ms")
            for more in ("/model", "/due", "/segments"):
                seconds(f"{address}{more}")
            print(f"  peak of the memory so far: {peak_mb(process):.0f} MB")
            print(f"  all rows as CSV: {seconds(f'{address}/customers/csv'):.0f} s; {peak_mb(process):.0f} MB")


if __name__ == "__main__":
    main()
