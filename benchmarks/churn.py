"""Training, scoring and reasons beside LightGBM alone, and features beside a scan: `make bench-churn`.

Each figure is a median of rounds in which both sides take turns in one process. The floor is what LightGBM itself needs
for the same trees on the same rows: calibration, the other members of the blend and the plain words come on top.
"""

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import lightgbm as lgb
import numpy as np

from benchmarks import features as feature_benchmark
from holdfast.churn import ChurnModel, Past, Snapshots, reasons_for
from holdfast.data import Columns, Source, read_purchases, simulate_shop
from holdfast.features import Cutoff
from holdfast.learn.trees import boost

LISTED = 1000


def in_turn(rounds: int, *sides: Callable[[], Any]) -> list[float]:
    """Return the median seconds of each side."""
    seconds: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for side, into in zip(sides, seconds, strict=True):
            start = time.perf_counter()
            side()
            into.append(time.perf_counter() - start)
    return [statistics.median(s) for s in seconds]


def line(what: str, rows: int, ours: float, floor: float, floor_says: str) -> None:
    """Print rows per second of both sides, and their ratio."""
    print(f"{what:<34}{rows / ours:>14,.0f}{rows / floor:>14,.0f}{ours / floor:>9.1f}x  {floor_says}", flush=True)


def main() -> None:
    """Print one line per task."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lines", nargs="*", type=int, default=[1_000_000, 10_000_000], help="of the features")
    given = parser.parse_args()
    shop = simulate_shop(given.customers, seed=7)
    columns = Columns(customer_id="customer_id", ordered_at="ordered_at", amount="amount", order_id="order_id")
    log = read_purchases(Source(shop.purchases, columns))
    snapshots = Snapshots(log.connection, log.first_day)
    past = Past(snapshots, Cutoff(date(2024, 3, 1), 60))
    windows = past.training_windows()  # features and BTYD fits are computed here, once, and not timed
    past.training_windows(half=True)
    for origin in past.training_windows()[:3]:
        past.earlier(origin.cutoff).training_windows()
        past.earlier(origin.cutoff).training_windows(half=True)
    names = past.usable(windows)
    matrix = windows[0].features[names]
    target = windows[0].churned
    everyone = snapshots.features(past.cutoff.date)
    print(f"{platform.machine()}, {os.cpu_count()} cores, {given.customers:,} customers, {len(names)} features")
    print(f"{'':<34}{'ours, rows/s':>14}{'floor, rows/s':>14}{'':>9}   floor")

    many = np.concatenate([x.churned for x in windows])
    rows = len(many)
    whole = np.concatenate([x.features[names].to_numpy() for x in windows])
    settings = {
        "objective": "binary",
        "num_leaves": 7,
        "learning_rate": 0.05,
        "feature_fraction": 0.4,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 10.0,
        "min_data_in_leaf": 50,
        "verbosity": -1,
        "force_col_wise": True,
    }

    def plain() -> lgb.Booster:
        return lgb.train(settings, lgb.Dataset(whole, many), num_boost_round=150)

    def fresh(name: str) -> Any:
        return past.tuned(()).fitted(name)

    ours, floor = in_turn(given.rounds, lambda: fresh("lightgbm"), plain)
    line("training, LightGBM + calibration", rows, ours, floor, "lgb.train on the same snapshots, all cores")
    ours, floor = in_turn(given.rounds, lambda: fresh("blend"), plain)
    line("training, the blend", rows, ours, floor, "the same")

    blend, booster = past.fitted("blend"), boost(matrix, target, seed=1)
    model = ChurnModel("blend", blend, past.cutoff.horizon_days, 0)
    today = everyone[names].to_numpy()
    ours, floor = in_turn(given.rounds, lambda: model.p_churn(everyone), lambda: booster.predict(today))
    line("scoring, the blend", len(everyone), ours, floor, "one booster's predict")
    listed = everyone.head(LISTED)
    rows_listed = listed[names].to_numpy()
    ours, floor = in_turn(
        given.rounds,
        lambda: reasons_for(model, listed),
        lambda: booster.predict(rows_listed, pred_contrib=True, num_threads=1),
    )
    line(f"reasons of {LISTED:,} listed customers", LISTED, ours, floor, "one booster's contributions")
    feature_benchmark.table(given.lines, times=given.rounds)


if __name__ == "__main__":
    main()
