"""How often the monitor notices what was planted, and how often it cries wolf: `make bench-monitor`.

Worlds whose truth is known. In a world without change probabilities and forecasts are right up to an error of the level
as large as the one that is usual between windows, and new rows come as those before them. Each change is planted alone.
"""

import argparse
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from holdfast.evaluate import Drift
from holdfast.evaluate.arrivals import columns_drift, freshness_drift, units_drift, volume_drift
from holdfast.evaluate.promises import USUAL_LEVEL, Promise, amounts, churners, coverage, fifths, holm, ranking
from holdfast.forecast.spread import Spread
from holdfast.learn.arrays import Floats

_SPREAD = Spread(certainty=10.0)
_UNTIL = date(2024, 3, 1)
_DAY = (_UNTIL - date(1970, 1, 1)).days
CHANGES_OF_OUTCOMES = ("level up", "level down", "ranking lost", "half as sure as it seems", "money in cents")
CHANGES_OF_ROWS = (
    "all in cents",
    "one in ten in cents",
    "a new category",
    "a third is blank",
    "a column is constant",
    "a third of the rows",
    "three times the rows",
    "stale",
)


def outcomes(random: np.random.Generator, change: str = "", customers: int = 5_000) -> list[Promise]:
    """Return everything that is asked of one window's scores, alarms marked."""
    logit = random.normal(random.uniform(-1.0, 1.0), random.uniform(0.8, 1.6), customers)
    p = _rate(logit)
    off = random.normal(0.0, USUAL_LEVEL)
    truth = {
        "level up": logit + 0.6,
        "level down": logit - 0.6,
        "ranking lost": random.permutation(logit),
        "half as sure as it seems": logit.mean() + 0.5 * (logit - logit.mean()),
    }.get(change, logit)
    y = (random.random(customers) < _rate(truth + off)).astype(np.float64)
    weight, mean, size = np.ones(customers), np.exp(random.normal(3.0, 0.8, customers)), np.full(customers, 30.0)
    expected = (1 - p) * mean
    level = np.exp(_SPREAD.level * random.standard_t(_SPREAD.certainty))
    shape = mean / (_SPREAD.chance * size + _SPREAD.customers * mean)
    made = (1 - y) * level * random.gamma(shape, mean / shape) * (100.0 if change == "money in cents" else 1.0)
    low, high = (_SPREAD.quantile(q, expected, p, size) for q in (0.1, 0.9))
    certain: dict[str, Any] = {"who": "everyone", "level": _SPREAD.level, "certainty": _SPREAD.certainty}
    asked = [churners(y, p, weight, who="all"), ranking(y, p, weight, who="all")]
    asked += [churners(y[rows], p[rows], weight[rows], who=name) for name, rows in fifths(p)]
    asked += [amounts(made, expected, weight, what="spend", unit="currency", **certain)]
    asked += [coverage(made, low, high, weight, share=0.8, who="everyone")]
    return holm([one for one in asked if one is not None])


def rows(random: np.random.Generator, change: str = "", daily: float = 60.0) -> list[Drift]:
    """Return what is unlike before in a year of rows whose last four weeks hold the change."""
    days = np.arange(_DAY - 392, _DAY)
    week = 1 + 0.3 * np.cos(2 * np.pi * days / 7)
    season = 1 + random.uniform(0, 0.25) * np.cos(2 * np.pi * days / 365 + random.uniform(0, 6))
    factor = {"a third of the rows": 1 / 3, "three times the rows": 3.0}.get(change, 1.0)
    expected = daily * week * season * np.where(days >= _DAY - 28, factor, 1.0)
    # Counts of days vary more than by chance: weather, campaigns.
    day = np.repeat(days, random.poisson(random.gamma(20.0, expected / 20.0)))
    n, new = len(day), day >= _DAY - 28
    amount = np.exp(random.normal(3.2, 0.9, n)).round(2)
    table = pd.DataFrame({"amount": amount, "quantity": 1.0 + random.poisson(0.7, n)})
    table["channel"] = random.choice(["web", "app", "shop"], n, p=[0.5, 0.3, 0.2])
    part = new & (random.random(n) < 0.1)
    if change == "all in cents":
        table.loc[new, "amount"] *= 100
    elif change == "one in ten in cents":
        table.loc[part, "amount"] *= 100
    elif change == "a new category":
        table.loc[part, "channel"] = "kiosk"
    elif change == "a third is blank":
        table.loc[new & (random.random(n) < 1 / 3), "amount"] = np.nan
    elif change == "a column is constant":
        table.loc[new, "quantity"] = 1.0
    elif change == "stale":
        table, day, new = table[day < _DAY - 20], day[day < _DAY - 20], new[day < _DAY - 20]
    known = int(day.max()) + 1
    new = day >= known - 28
    earlier = ~new & (day >= known - 56)
    found = columns_drift("purchases", table[new], table[~new], table[earlier])
    found += units_drift("purchases", table[new], table[~new])
    found += volume_drift("purchases", day, known)
    last = date(1970, 1, 1) + timedelta(days=known - 1)
    return found + freshness_drift("purchases", day, last, _UNTIL, every=7)


def share(worlds: int, seed: int, alarmed: Callable[[np.random.Generator], bool]) -> float:
    """Return the share of worlds with an alarm."""
    return sum(alarmed(np.random.default_rng([seed, i])) for i in range(worlds)) / worlds


def run_alarm(random: np.random.Generator, of_outcomes: str = "", of_rows: str = "") -> bool:
    """Say whether one run of the monitor, on four windows of scores and one table, raises an alarm."""
    windows = [p for w in range(4) for p in outcomes(random, of_outcomes if w == 3 else "")]
    return any(p.alarm for p in holm(windows)) or bool(rows(random, of_rows))


def _rate(logit: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-logit)))


def main() -> None:
    """Print the shares."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--worlds", type=int, default=1000)
    worlds = options.parse_args().worlds
    print(f"{'nothing changed':<28}{share(worlds, 1, run_alarm):>8.1%} of {worlds:,} runs raise an alarm")
    for change in CHANGES_OF_OUTCOMES:
        found = share(worlds, 2, lambda r, c=change: run_alarm(r, of_outcomes=c))
        print(f"{change:<28}{found:>8.1%} noticed", flush=True)
    for change in CHANGES_OF_ROWS:
        found = share(worlds, 3, lambda r, c=change: bool(rows(r, c)))
        print(f"{change:<28}{found:>8.1%} noticed", flush=True)


if __name__ == "__main__":
    main()
