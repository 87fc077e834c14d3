"""What learnt policies earn in campaigns of known effect: `make bench-experiments`."""

import argparse
import time
from dataclasses import asdict

import pandas as pd

from benchmarks.campaigns import KINDS, judged, says_nothing


def policies(worlds: int) -> pd.DataFrame:
    """Print and return what policies earn, in so many worlds spread over the kinds."""
    rows, started = [], time.perf_counter()
    for number in range(worlds):
        rows.append(asdict(judged(KINDS[number % len(KINDS)], number // len(KINDS))))
    table = pd.DataFrame(rows)
    print(f"{worlds} worlds of 20,000 customers, {time.perf_counter() - started:,.0f} s")
    print("  kind     worlds  policy/best  at 30 %  verdicts")
    for kind, mine in table.groupby("kind", sort=False):
        paid = mine["best"].iloc[0] > 0
        earned = f"{mine['policy'].mean() / mine['best'].iloc[0]:>10.1%}" if paid else f"{'–':>10}"
        within = f"{mine['within'].mean() / mine['best_within'].iloc[0]:>9.1%}" if paid else f"{'–':>9}"
        said = ", ".join(f"{name} {count}" for name, count in mine["answer"].value_counts().items())
        print(f"  {kind:<9}{len(mine):>5} {earned} {within}   {said}")
    simple = table["everyone"].clip(lower=0.0)
    lost = (simple - table["policy"]) <= table["interval"]
    followed = (simple - table["answered"]) <= table["behind"] + 1e-12
    print(f"  choosing by customer behind all or nobody by no more than its interval: {lost.mean():.1%}")
    print(f"  the verdict behind all or nobody by no more than stated: {followed.mean():.1%}")
    return table


def nothing(worlds: int) -> float:
    """Print and return how often a campaign without effect is said to be one."""
    said = [says_nothing(number, cost=0.0 if number % 2 else 0.2) for number in range(worlds)]
    share = sum(said) / worlds
    print(f"{worlds} worlds without an effect: said so in {share:.1%}")
    return share


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--part", default="")
    asked = parser.parse_args()
    for name, part in (("policies", policies), ("nothing", nothing)):
        if asked.part in ("", name):
            part(asked.worlds)
