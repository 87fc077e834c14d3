"""The main job, `holdfast run`: time and peak memory, beside a copy of the code before: `make bench-train`.

Each run is a process of its own, the two copies in turn; figures are medians. `--before` names a commit, of which a git
worktree is made for the time of the run.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.shops import Ran, run, write_scenario

PROJECT = Path(__file__).parent.parent
LEARNING = ("racing", "testing", "training", "recording")


@contextmanager
def copy_of(commit: str) -> Iterator[Path | None]:
    """Yield a worktree of a commit; nothing where none is named."""
    if not commit:
        yield None
        return
    with tempfile.TemporaryDirectory() as home:
        place = Path(home) / "before"
        subprocess.run(["git", "worktree", "add", "--detach", "-q", place, commit], cwd=PROJECT, check=True)
        try:
            yield place
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", place], cwd=PROJECT, check=True)


def line(what: str, runs: list[Ran]) -> Ran:
    """Print the medians of some runs, and return the one in the middle by the clock."""
    middle = sorted(runs, key=lambda r: r.wall)[len(runs) // 2]
    wall, cpu = (statistics.median(getattr(r, name) for r in runs) for name in ("wall", "cpu"))
    steps = ", ".join(f"{name} {seconds:.0f}" for name, seconds in middle.steps.items())
    failed = "" if all(r.status == 0 for r in runs) else f"  FAILED with {middle.status}"
    peak = max(r.peak_mb for r in runs)
    print(f"{what:<34}{wall:8.1f} s {cpu:8.1f} s CPU {peak:7.0f} MB   {steps}{failed}", flush=True)
    return middle


def compare(what: str, config: Path, folder: Path, before: Path | None, rounds: int) -> Ran:
    """Run both copies in turn and print a line for each, and their ratios."""
    runs: dict[str, list[Ran]] = {"now": [], "before": []}
    for number in range(rounds):
        for name, source in (("now", None), ("before", before)):
            if name == "now" or source is not None:
                out = folder / f"{name}-{number}"
                changes = ["--set", f"outputs={out}/outputs", "--set", f"models={out}/models"]
                runs[name].append(run(["run", "-c", str(config), *changes], source))
    now = line(f"{what}, now", runs["now"])
    if runs["before"]:
        then = line(f"{what}, before", runs["before"])
        print(
            f"{'':<34}{then.wall / now.wall:8.1f} times  {then.cpu / now.cpu:6.1f} times    "
            f"{then.peak_mb / now.peak_mb:5.1f} times"
        )
    return now


def main() -> None:
    """Print a line per shop and copy."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--before", default="", help="a commit to run beside")
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--customers", type=int, nargs="*", default=[100_000, 1_000_000])
    options.add_argument("--before-until", type=int, default=100_000, help="larger shops only with the code of now")
    given = options.parse_args()
    print(f"{os.cpu_count()} cores; seconds by the clock, of all processors, largest memory; seconds of each step")
    learning: dict[int, float] = {}
    with copy_of(given.before) as before, tempfile.TemporaryDirectory() as home:
        compare("CDNOW, 70 thousand lines", PROJECT / "configs" / "cdnow.yaml", Path(home), before, given.rounds)
        for customers in given.customers:
            folder = Path(home) / str(customers)
            folder.mkdir()
            config, lines = write_scenario(folder, customers)
            beside = before if customers <= given.before_until else None
            what = f"{customers:,} customers, {lines / 1e6:.1f}M lines"
            ran = compare(what, config, folder, beside, given.rounds)
            learning[customers] = sum(ran.steps.get(step, 0.0) for step in LEARNING) - ran.reading
    if len(learning) > 1:
        few, many = min(learning), max(learning)
        print(
            f"learning (racing to recording; reading and features aside): {learning[many]:.0f} s with {many:,} "
            f"customers, {learning[many] / learning[few]:.1f} times as long as with {few:,}"
        )


if __name__ == "__main__":
    main()
