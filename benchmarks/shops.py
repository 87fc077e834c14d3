"""Simulated shops of any size as CSV files, about ten lines a customer over three years, and how a command ran."""

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.timed import READING
from holdfast.data import simulate_contracts, simulate_shop

_BLOCK = 500_000
AS_OF = "2025-10-01"
SCENARIO = """
name: shop
purchases:
  path: {path}
  columns: {{customer_id: customer_id, ordered_at: ordered_at, amount: amount, order_id: order_id}}
as_of: 2025-10-01
churn: {{horizon_days: 90}}
outputs: {folder}/outputs
models: {folder}/models
"""

CLUB = """
name: club
setting: contractual
subscriptions:
  path: {path}
  columns:
    {{customer_id: customer_id, started_at: started_at, ended_at: ended_at, end_reason: end_reason, plan: plan,
      price: price}}
  period_days: 30
  payment_failure_reasons: [payment failed]
as_of: 2023-11-01
churn: {{horizon_days: 30}}
outputs: {folder}/outputs
models: {folder}/models
"""


def write_shop(path: Path, customers: int) -> int:
    """Write the purchases of so many customers, some at a time, and return how many lines they are."""
    lines = 0
    for start in range(0, customers, _BLOCK):
        some = min(_BLOCK, customers - start)
        bought = simulate_shop(some, days=1095, joining_days=730, r=1.1, seed=3 + start).purchases
        mark = f"{start // _BLOCK:02d}"
        bought = bought.assign(customer_id=mark + bought["customer_id"], order_id=mark + bought["order_id"])
        bought.to_csv(path, index=False, header=start == 0, mode="w" if start == 0 else "a")
        lines += len(bought)
    return lines


def write_scenario(folder: Path, customers: int) -> tuple[Path, int]:
    """Write a shop and its configuration into a folder; return the configuration's path and the number of lines."""
    lines = write_shop(folder / "shop.csv", customers)
    config = folder / "shop.yaml"
    config.write_text(SCENARIO.format(path=folder / "shop.csv", folder=folder), encoding="utf-8")
    return config, lines


def write_club(folder: Path, customers: int) -> tuple[Path, int]:
    """Write a club's contracts and its configuration into a folder; return as ``write_scenario`` does."""
    table = simulate_contracts(customers, seed=3).spells
    table.to_csv(folder / "club.csv", index=False)
    config = folder / "club.yaml"
    config.write_text(CLUB.format(path=folder / "club.csv", folder=folder), encoding="utf-8")
    return config, len(table)


@dataclass(frozen=True)
class Ran:
    """How a command ran: seconds by the clock and of all processors, the largest memory, and each step's seconds.

    ``reading``: of these, the seconds in which learning read the log, features and outcomes included.
    """

    wall: float
    cpu: float
    peak_mb: float
    status: int
    steps: dict[str, float] = field(default_factory=dict)
    reading: float = 0.0


def run(command: list[str], source: Path | None = None) -> Ran:
    """Run `holdfast` as a process of its own, with the code of ``source`` where that is another copy of it."""
    began = ["-m", "benchmarks.timed"] if source is None else ["-c", "from holdfast.cli import main; main()"]
    words = [sys.executable, *began, *command]
    outside = {**os.environ, **({"PYTHONPATH": str(source / "src")} if source is not None else {})}
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as progress:
        process = subprocess.Popen(words, env=outside, stdout=subprocess.DEVNULL, stderr=progress)
        _, status, used = os.wait4(process.pid, 0)
        progress.seek(0)
        said = progress.read()
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    reading = re.search(rf"^{READING}([\d.]+)$", said, re.M)
    return Ran(
        wall,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss / 1024,
        process.returncode,
        _steps(said, wall),
        float(reading[1]) if reading else 0.0,
    )


def _steps(said: str, wall: float) -> dict[str, float]:
    """Return the seconds between the sentences of progress, "[ 3.2 s] reading purchases"; alike ones together."""
    found = [(float(at), what) for at, what in re.findall(r"^\[ *([\d.]+) s\] (\w+)", said, re.M)]
    ends = [*(at for at, _ in found[1:]), wall] if found else []
    steps: dict[str, float] = {}
    for (at, what), end in zip(found, ends, strict=True):
        steps[what] = steps.get(what, 0.0) + end - at
    return steps
