"""The report of a shop of a million customers: bytes, seconds and memory of `holdfast report`: `make bench-report`.

What it reads is simulated: every command runs on a small shop, and what they wrote is then repeated under new ids until
there are as many customers as asked for; the audience-size curve is stretched likewise. The report reads no purchases.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.shops import AS_OF, run, write_scenario

SMALL = 4_000
MOST_BYTES = 2_000_000
_CHEAP = """
race: {origins: 1, churn: bg_nbd, value: btyd,
       leave_out: [blend, lightgbm, lightgbm_pooled, ridge, offset, direct]}
lists: {most: 1000000}
treatments:
  - {name: voucher, contact_cost: 0.5, offer_cost: 5.0, acceptance: 0.2}
"""
_TODAY = ["--today", AS_OF]
COMMANDS = (["run"], ["segments"], ["list", "at-risk", *_TODAY], ["list", "win-back", *_TODAY], ["value"])


def repeat(path: Path, times: int) -> None:
    """Write the rows of a Parquet file so many times, each time under new ids."""
    table = pq.read_table(path)
    ids, place = table["customer_id"].to_pylist(), table.schema.get_field_index("customer_id")
    with tempfile.TemporaryDirectory() as scratch:
        grown = Path(scratch) / path.name
        with pq.ParquetWriter(grown, table.schema) as writer:
            for turn in range(times):
                # The first time as they are: the first rows of the lists keep their timelines.
                named = pa.array([f"{turn}-{i}" if turn else i for i in ids], type=table.schema.field(place).type)
                writer.write_table(table.set_column(place, table.schema.field(place), named))
        path.write_bytes(grown.read_bytes())


def stretch(path: Path, times: int) -> None:
    """Stretch an audience-size curve to so many times the customers, one row for each as `holdfast list` writes it."""
    curve = pd.read_csv(path)
    customers = np.arange(curve["customers"].iloc[0], curve["customers"].iloc[-1] * times + 1)
    at = customers / times
    grown = {name: times * np.interp(at, curve["customers"], curve[name]) for name in curve if name != "customers"}
    pd.DataFrame({"customers": customers, **grown}).round(2).to_csv(path, index=False)


def main() -> None:
    """Make the small shop, grow what was written, and measure the report."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--customers", type=int, default=1_000_000)
    customers = asked.parse_args().customers
    times = max(1, round(customers / SMALL))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        config, _ = write_scenario(folder, SMALL)
        config.write_text(config.read_text(encoding="utf-8") + _CHEAP, encoding="utf-8")
        for command in COMMANDS:
            if run([*command, "-c", str(config)]).status != 0:
                sys.exit(f"holdfast {' '.join(command)} failed")
        home = folder / "outputs" / "shop"
        small = (home / AS_OF / "report.html").stat().st_size
        for path in [home / AS_OF / "scores.parquet", *home.glob("*/segments/customers.parquet")]:
            repeat(path, times)
        for path in [*home.glob("*/lists/*.parquet"), *home.glob("issued/*/decisions.parquet")]:
            repeat(path, times)
        for path in home.glob("issued/*/audience.csv"):
            stretch(path, times)
        done = run(["report", "-c", str(config)])
        size = (home / AS_OF / "report.html").stat().st_size
        rows = pq.read_metadata(home / AS_OF / "scores.parquet").num_rows
        sizes = [sum(1 for _ in path.open()) - 1 for path in home.glob("issued/*/audience.csv")]
    print(f"{rows:,} customers, audience-size curves of {' and '.join(f'{n:,}' for n in sizes)} rows")
    print(f"  holdfast report: {done.wall:.1f} s, {done.cpu:.1f} s of processors, {done.peak_mb:,.0f} MB")
    print(f"  report.html: {size:,} bytes ({small:,} with {SMALL:,} customers; at most {MOST_BYTES:,})")
    if done.status != 0 or size > MOST_BYTES:
        sys.exit("The report is too large, or was not made.")


if __name__ == "__main__":
    main()
