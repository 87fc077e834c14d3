"""``make fuzz``: files, configurations and histories on all cores; stops at the first fault and names its seed."""

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from itertools import count
from pathlib import Path

from tests.clv import histories_fuzz
from tests.fuzz import configurations, files
from tests.fuzz.test_fuzz import scored_scenario

# Files a seed; of every so many seeds one tries configurations and histories too.
_FILES, _EVERY = 100, 10
_EVERY_SECONDS = 60
_place: Path


def _begin() -> None:
    """Give a worker a folder of its own, with a scenario to change."""
    global _place
    _place = Path(tempfile.mkdtemp())
    scored_scenario(_place)


def tried(seed: int) -> dict[str, Counter[str]]:
    """Return what became of the inputs of one seed."""
    met = {"files": Counter(files.run(_FILES, seed, _place))}
    if seed % _EVERY == 0:
        met["configurations"] = Counter(configurations.run(_FILES, seed, _place / "shop.yaml"))
        met["histories"] = Counter(histories_fuzz.run(_FILES // 4, seed))
    return met


def main() -> None:
    """Try inputs until there were so many, or until the minutes are over."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--inputs", type=int, default=100_000)
    options.add_argument("--minutes", type=float, default=float("inf"))
    options.add_argument("--seed", type=int, default=int(time.time()), help="the first; they count up from there")
    given = options.parse_args()
    ends, cores = time.monotonic() + 60 * given.minutes, len(os.sched_getaffinity(0))
    met: dict[str, Counter[str]] = defaultdict(Counter)
    seeds, said = count(given.seed), time.monotonic()
    with ProcessPoolExecutor(cores, multiprocessing.get_context("spawn"), initializer=_begin) as pool:
        # One more than there are cores: nobody waits, and a fault ends the rest soon.
        waiting = {pool.submit(tried, next(seeds)) for _ in range(cores + 1)}
        while waiting:
            ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for one in ended:
                for name, found in one.result().items():
                    met[name].update(found)
            done = sum(map(Counter.total, met.values()))
            if time.monotonic() < ends and done < given.inputs:
                waiting |= {pool.submit(tried, next(seeds)) for _ in ended}
            if time.monotonic() > said + _EVERY_SECONDS:
                said = time.monotonic()
                print(f"{done:,} of {given.inputs:,} inputs, no fault so far", file=sys.stderr, flush=True)
    print(f"seeds from {given.seed}, no fault:")
    for name, ended in met.items():
        print(f"{name}: {ended.total():,} tried: " + ", ".join(f"{k} {v:,}" for k, v in sorted(ended.items())))
