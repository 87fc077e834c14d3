"""What learnt policies earn, and what programmes and stores show, where effects are known: `make bench-experiments`."""

import argparse
import time
from collections.abc import Callable
from dataclasses import asdict

import numpy as np
import pandas as pd

from benchmarks import clusters as stores
from benchmarks.campaigns import KINDS, judged, says_nothing
from benchmarks.programmes import alarms, power
from holdfast.errors import HoldfastError


def policies(worlds: int) -> pd.DataFrame:
    """Print and return what policies earn, in so many worlds spread over the kinds."""
    rows, refused, started = [], 0, time.perf_counter()
    for number in range(worlds):
        try:
            rows.append(asdict(judged(KINDS[number % len(KINDS)], number // len(KINDS))))
        except HoldfastError:
            # Chance alone looks like a broken assignment in a few of a thousand campaigns.
            refused += 1
    table = pd.DataFrame(rows)
    print(f"{worlds} worlds of 20,000 customers, {refused} refused, {time.perf_counter() - started:,.0f} s")
    print("  kind      worlds  policy/best  at 30 %  form known  verdicts")
    shares: list[tuple[float, ...]] = []
    for kind, mine in table.groupby("kind", sort=False):
        best, few = mine["best"].iloc[0], mine["best_within"].iloc[0]
        cells = f"{'–':>10} {'–':>9} {'–':>10}"
        if best > 0:
            shares.append((mine["policy"].mean() / best, mine["within"].mean() / few, mine["informed"].mean() / best))
            cells = "{:>10.1%} {:>9.1%} {:>10.1%}".format(*shares[-1])
        said = ", ".join(f"{name} {count}" for name, count in mine["answer"].value_counts().items())
        print(f"  {kind:<10}{len(mine):>5} {cells}    {said}")
    policy, within_budget, form = np.mean(shares, axis=0)
    print(f"  mean of the kinds: {policy:.1%} of the best, {within_budget:.1%} at 30 %; with the form known {form:.1%}")
    simple = table["everyone"].clip(lower=0.0)
    lost = (simple - table["policy"]) <= table["interval"]
    followed = (simple - table["answered"]) <= table["behind"] + 1e-12
    print(f"  choosing by customer behind all or nobody by no more than its interval: {lost.mean():.1%}")
    print(f"  the verdict behind all or nobody by no more than stated: {followed.mean():.1%}")
    return table


def nothing(worlds: int) -> float:
    """Print and return how often a campaign without effect is said to be one."""
    said, refused = [], 0
    for number in range(worlds):
        try:
            said.append(says_nothing(number, cost=0.0 if number % 2 else 0.2))
        except HoldfastError:
            refused += 1
    share = sum(said) / len(said)
    print(f"{worlds} worlds without an effect, {refused} refused: said so in {share:.1%}")
    return share


def programmes(worlds: int) -> tuple[float, float]:
    """Print and return false alarms and power of a programme's weekly readings."""
    raised, shown = alarms(5 * worlds), power(worlds // 5)
    print(f"{5 * worlds} programmes of 10,000 customers without an effect, read weekly: an alarm in {raised:.1%}")
    print(
        f"{worlds // 5} programmes of 300,000 customers that raise revenue by 3 %: shown within 26 weeks in {shown:.1%}"
    )
    return raised, shown


def clusters(worlds: int) -> None:
    """Print how often planned effects of stores are shown, and effects that are not there; so many times five runs."""
    runs, started = 5 * worlds, time.perf_counter()
    print(f"Stores dealt as a whole, {runs} experiments each (pairs of 2,400 stores: {max(worlds // 2, 1)})")
    print("  planned to be shown in 80 %, by stores in each arm and variation of their sizes")
    for kind in stores.OUTCOMES:
        cells = [
            f"{k}, {cv:.0f}: {stores.planned_power(runs, per_arm=k, cv=cv, kind=kind, seed=5):.1%}"
            for k in (10, 20, 40)
            for cv in (0.0, 1.0)
        ]
        print(f"    {kind:<6} {'  '.join(cells)}", flush=True)
    print("  shown in pairs where nothing happened, by pairs and variation of their sizes")
    for kind in stores.OUTCOMES:
        shares = []
        for pairs in (8, 12, 40, 1200):
            times = max(worlds // 2, 1) if pairs > 100 else runs
            for cv in (0.3, 1.0):
                found = stores.pairs_alarm(times, pairs=pairs, cv=cv, kind=kind, seed=13)
                shares.append(f"{pairs:,}, {cv:.1f}: {found:.1%}")
        print(f"    {kind:<6} {'  '.join(shares)}", flush=True)
    print("  one effect in all segments said to differ: two of whole stores, three within each; 30 and 60 stores")
    for kind, effect in zip(stores.OUTCOMES, (0.05, 2.0, 0.3), strict=True):
        shares = []
        for number in (30, 60):
            for segments, whole in ((2, True), (3, False)):
                found = stores.segments_alarm(
                    runs, stores=number, cv=1.0, kind=kind, segments=segments, whole=whole, effect=effect, seed=14
                )
                shares.append(f"{number}, {'of' if whole else 'within'}: {found:.1%}")
        print(f"    {kind:<6} {'  '.join(shares)}", flush=True)
    print(f"  {time.perf_counter() - started:,.0f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--part", default="")
    asked = parser.parse_args()
    parts: tuple[tuple[str, Callable[[int], object]], ...]
    parts = (("policies", policies), ("nothing", nothing), ("programmes", programmes), ("clusters", clusters))
    for name, part in parts:
        if asked.part in ("", name):
            part(asked.worlds)
