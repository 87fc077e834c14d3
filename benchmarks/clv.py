"""The CLV engine beside `lifetimes`, on the same simulated customers: `make bench-clv`.

Each engine runs in a process of its own, so that its peak memory is its own; engines take turns, and medians are
printed. `lifetimes` at 10 million customers takes minutes: it was run once and its result is kept, with its date,
in `clv_lifetimes_10m.json` (`--renew` runs it again).
"""

import argparse
import gc
import json
import os
import platform
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

KEPT = Path(__file__).parent / "clv_lifetimes_10m.json"
STEPS = ("summarise", "BG/NBD fit", "Gamma-Gamma fit", "CLV of all, 12 months")
TARGETS = {
    ("summarise", 1_000_000): 4,
    ("summarise", 10_000_000): 7,
    ("BG/NBD fit", 1_000_000): 20,
    ("BG/NBD fit", 10_000_000): 60,
    ("Gamma-Gamma fit", 1_000_000): 20,
    ("CLV of all, 12 months", 1_000_000): 50,
}
END = date(2024, 1, 1)


def customers(n: int) -> pd.DataFrame:
    """Simulate daily summaries of n customers from BG/NBD and Gamma-Gamma with CDNOW's parameters."""
    random = np.random.default_rng(1)
    rate, leaves = random.gamma(0.243, 1 / 31.0, n), np.clip(random.beta(0.793, 2.426, n), 1e-12, 1)
    age = random.integers(200, 730, n).astype(float)
    bought, last = random.poisson(rate * age), random.geometric(leaves)
    x = np.minimum(bought, last)
    when = age * random.beta(np.maximum(x, 1), np.maximum(bought - x + 1, 1))
    recency = np.where(x > 0, np.clip(np.ceil(when), 1, age), 0.0)
    x = np.minimum(x, recency)
    nu, some = random.gamma(3.74, 1 / 15.44, n), np.maximum(x, 1)
    spend = np.where(x > 0, np.maximum((random.gamma(6.25 * some, 1 / nu) / some).round(2), 0.01), 0.0)
    return pd.DataFrame({"frequency": x, "recency": recency, "T": age, "monetary_value": spend})


def lines(n: int) -> pd.DataFrame:
    """Simulate a log of n purchase lines, four a customer, over 700 days."""
    random = np.random.default_rng(2)
    times = np.datetime64("2022-01-01", "s") + random.integers(0, 86_400 * 700, n).astype("timedelta64[s]")
    amounts = random.lognormal(3, 0.6, n).round(2)
    return pd.DataFrame({"customer_id": random.integers(0, n // 4, n), "ordered_at": times, "amount": amounts})


def memory_mb(what: str) -> float:
    """Return this process's resident memory now (VmRSS) or at its peak (VmHWM)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(what)) / 1024


def timed(found: dict[str, Any], step: str, work: Callable[[], Any]) -> Any:
    """Run a step; note its time, and how much more memory than the data it took at its peak."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget earlier peaks
    before, start = memory_mb("VmRSS"), time.perf_counter()
    answer = work()
    found[step] = {"seconds": time.perf_counter() - start, "mb": memory_mb("VmHWM") - before}
    return answer


def ours(n: int) -> dict[str, Any]:
    """Time our engine."""
    from holdfast.clv import BetaGeoNBD, CustomerLifetimeValue, GammaGamma, summarise

    BetaGeoNBD().fit(customers(1000))  # imports
    found: dict[str, Any] = {}
    log = lines(n)
    timed(found, "summarise", lambda: summarise(log, END))
    table = customers(n)
    transactions = timed(found, "BG/NBD fit", lambda: BetaGeoNBD().fit(table))
    spend = timed(found, "Gamma-Gamma fit", lambda: GammaGamma().fit(table))
    clv = CustomerLifetimeValue(transactions=transactions, spend=spend, yearly_discount=0.12)
    timed(found, "CLV of all, 12 months", lambda: clv.predict(table, horizon_days=360))
    plain = CustomerLifetimeValue(transactions=transactions, spend=spend, yearly_discount=0)
    total = float(plain.predict(table, horizon_days=360)["clv"].sum())
    return {"steps": found, "parameters": {**transactions.params_, **spend.params_}, "undiscounted CLV": total}


def their_summary(n: int) -> dict[str, Any]:
    """Time the summary of `lifetimes`."""
    warnings.simplefilter("ignore")
    from lifetimes.utils import summary_data_from_transaction_data

    found: dict[str, Any] = {}
    log = lines(n)
    end = "2023-12-31"
    timed(
        found,
        "summarise",
        lambda: summary_data_from_transaction_data(
            log, "customer_id", "ordered_at", "amount", observation_period_end=end
        ),
    )
    return {"steps": found}


def theirs(n: int) -> dict[str, Any]:
    """Time `lifetimes`."""
    found = their_summary(n)["steps"]
    from lifetimes import BetaGeoFitter, GammaGammaFitter

    table = customers(n)
    x, t_x, T, m = (table[c] for c in table.columns)
    transactions, spend, again = BetaGeoFitter(), GammaGammaFitter(), table["frequency"] > 0
    timed(found, "BG/NBD fit", lambda: transactions.fit(x, t_x, T))
    timed(found, "Gamma-Gamma fit", lambda: spend.fit(x[again], m[again]))

    def value(discount: float) -> Any:
        return spend.customer_lifetime_value(transactions, x, t_x, T, m, time=12, freq="D", discount_rate=discount)

    timed(found, "CLV of all, 12 months", lambda: value(0.01))
    parameters = {**transactions.params_.to_dict(), **spend.params_.to_dict()}
    return {"steps": found, "parameters": parameters, "undiscounted CLV": float(value(0.0).sum())}


ENGINES = {"ours": ours, "theirs": theirs, "their_summary": their_summary}


def run(engine: str, n: int) -> dict[str, Any]:
    """Run an engine in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.clv", "--child", engine, "--customers", str(n)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def machine() -> str:
    """Describe the machine."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def kept(renew: bool) -> dict[str, Any]:
    """Return the stored run of `lifetimes` at 10 million, or make it."""
    if renew or not KEPT.is_file():
        found = {"date": date.today().isoformat(), "machine": machine(), **run("theirs", 10_000_000)}
        KEPT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return json.loads(KEPT.read_text(encoding="utf-8"))


def compare(n: int, repeats: int, renew: bool) -> None:
    """Print one size."""
    mine, peer = [], []
    for _ in range(repeats):
        mine.append(run("ours", n))
        if n < 10_000_000:
            peer.append(run("theirs", n))
    peer = peer or [kept(renew)]
    when = ""
    if "date" in peer[0]:
        when = f" (summarise in this run, the rest once, {peer[0]['date']})"
        peer[0]["steps"] |= run("their_summary", n)["steps"]
    print(f"\n{n:,} customers and purchase lines; medians of {repeats}; lifetimes{when}")
    print(f"  {'':<24}{'ours':>9}{'lifetimes':>12}{'ratio':>8}{'to reach':>10}{'ours':>10}{'lifetimes':>12}")
    for step in STEPS:
        a, b = (median(r["steps"][step]["seconds"] for r in runs) for runs in (mine, peer))
        mem_a, mem_b = (median(r["steps"][step]["mb"] for r in runs) for runs in (mine, peer))
        goal = f"{TARGETS[step, n]}×" if (step, n) in TARGETS else ""
        print(f"  {step:<24}{a:>7.3f} s{b:>10.2f} s{b / a:>7.1f}×{goal:>10}{mem_a:>+7.0f} MB{mem_b:>+9.0f} MB")
    for name, value in mine[0]["parameters"].items():
        print(f"  {name:<8}{value:>14.6g}{peer[0]['parameters'][name]:>14.6g}")
    print(f"  undiscounted CLV of all {mine[0]['undiscounted CLV']:,.0f} and {peer[0]['undiscounted CLV']:,.0f}")


def main() -> None:
    """Print all sizes, or be the child that runs one engine."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--child", choices=sorted(ENGINES))
    options.add_argument("--customers", type=int, nargs="*", default=[100_000, 1_000_000, 10_000_000])
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--renew", action="store_true")
    given = options.parse_args()
    if given.child:
        print(json.dumps(ENGINES[given.child](given.customers[0])))
        return
    print(machine())
    for n in given.customers:
        compare(n, given.repeats if n < 10_000_000 else 3, given.renew)


if __name__ == "__main__":
    main()
