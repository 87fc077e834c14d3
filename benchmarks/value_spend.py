"""What a purchase is worth, by Gamma-Gamma alone, at today's prices, and as it last was: `make bench-value SPEND=1`."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.value_logs import Log, logs, monthly_box, of_lines, summer_shop
from benchmarks.value_shops import others
from holdfast.churn.snapshots import Snapshots
from holdfast.clv import GammaGamma
from holdfast.features import Cutoff, summary_of
from holdfast.forecast.shrinkage import Shrinkage
from holdfast.forecast.trend import SpendTrend
from holdfast.learn.arrays import Floats
from holdfast.progress import Say

_STEP, _MOST_DATES, _LEAST_HISTORY, _DAYS = 91, 10, 365, (90, 365)
_FIRST = pd.Timestamp("2021-01-01")
_LOG_DAYS, _FEW = 1640, 30
_WAYS = ("mean", "last", "today")


def _sold(
    factor: Callable[[pd.DataFrame], Floats], *, seed: int, customers: int = 1500, moves: float = 0.0, by: float = 0.6
) -> Callable[[], pd.DataFrame]:
    """Make up a shop whose customers buy every 15 to 120 days; spends vary by chance, and may move for good."""

    def made() -> pd.DataFrame:
        random, rows = np.random.default_rng(seed), list[tuple[str, float, int, float]]()
        for customer in range(customers):
            day, gap = float(random.uniform(0, 1095)), float(np.exp(random.uniform(np.log(15), np.log(120))))
            leaves, level, nth = day + random.exponential(500), 40 * float(np.exp(random.normal(0, 0.4))), 0
            while day < min(leaves, _LOG_DAYS) or not nth:
                level *= float(np.exp(random.normal(0, moves)))
                rows.append((f"c{customer}", day, nth, level * float(np.exp(random.normal(0, by)))))
                day, nth = day + float(random.gamma(1.0, gap)), nth + 1
        log = pd.DataFrame(rows, columns=["customer_id", "day", "nth", "amount"])
        log["ordered_at"] = (_FIRST + pd.to_timedelta(log["day"], unit="D")).dt.normalize()
        log["amount"] = (log["amount"] * factor(log)).round(2).clip(lower=0.01)
        return log[["customer_id", "ordered_at", "amount"]]

    return made


def _dearer(yearly: float) -> Callable[[pd.DataFrame], Floats]:
    return lambda log: np.asarray((1 + yearly) ** (log["day"] / 365))


def _made_up() -> Iterator[Log]:
    yield from (of_lines(f"{rate:.0%} a year", _sold(_dearer(rate), seed=i)) for i, rate in enumerate((0, 0.03, 0.08)))
    yield of_lines("8% a year, 150", _sold(_dearer(0.08), seed=3, customers=150))
    yield of_lines("40% a year", _sold(_dearer(0.4), seed=4))
    yield of_lines("first is half", _sold(lambda log: np.where(log["nth"] == 0, 0.5, 1.0), seed=5))
    yield of_lines("ever smaller", _sold(lambda log: np.asarray(1 - (log["nth"] / 40).clip(upper=0.3)), seed=6))
    yield of_lines("Christmas", _sold(lambda log: np.where(log["ordered_at"].dt.month == 12, 1.8, 1.0), seed=7))
    yield of_lines("one jump", _sold(lambda log: np.where(log["day"] >= 550, 1.15, 1.0), seed=8))
    yield of_lines("moves by 15%", _sold(_dearer(0.0), seed=9, moves=0.15, by=0.0))
    yield of_lines("moves and varies", _sold(_dearer(0.0), seed=10, moves=0.1, by=0.5))


def _errors(log: Log) -> Iterator[tuple[int, list[float]]]:
    """Yield of each date and number of days |log(made ÷ expected)| of what buyers spent a purchase, by ``_WAYS``."""
    purchases = log.prepared(None).log
    snapshots = Snapshots(purchases.connection, purchases.first_day)
    last = purchases.last_day
    day: date = last - timedelta(days=_DAYS[0] - 1)
    for _ in range(_MOST_DATES):
        if (day - purchases.first_day).days < _LEAST_HISTORY:
            break
        features = snapshots.features(day, snapshots.sizes.check)
        summary = summary_of(features)
        model = GammaGamma(first_purchase=True, ridge="clip").fit(summary)
        shrinkage = Shrinkage.of(snapshots.next_spends(day), model)
        at = day
        trend = SpendTrend.of(
            lambda years, at=at: snapshots.spends_over_time(at, years), snapshots.history_days(day), summary
        )
        mean = shrinkage.drawn(model.expected_spend(summary), features["purchase_days"])
        now = shrinkage.today(model.expected_spend(summary), features)
        today = now * trend.today(summary, model, last=shrinkage.of_last(features["purchase_days"]))
        for days in _DAYS:
            if day + timedelta(days=days - 1) > last:
                continue
            outcome = snapshots.outcomes(Cutoff(day, days), snapshots.sizes.check)
            bought, spent = (outcome[name].to_numpy(dtype=np.float64) for name in ("purchases", "spend"))
            if bought.sum() < _FEW:
                continue
            ahead = trend.ahead(days / 2)
            expected = {"mean": mean, "last": now, "today": today * ahead}
            yield days, [abs(float(np.log(spent.sum() / (bought * expected[way]).sum()))) for way in _WAYS]
        snapshots.let_go()
        day -= timedelta(days=_STEP)


def spend(data: Path, only: list[str] | None, say: Say) -> None:
    """Print how far what buyers spent a purchase lay from what was expected, the mean of the dates."""
    print(
        "what buyers spent a purchase: mean |log(made ÷ expected)| by the mean of all, as it last was, and at today's"
    )
    print(f"{'':<18}" + "".join(f"{f'{days} days: ' + ', '.join(_WAYS):>34}" for days in _DAYS))
    for log in [*logs(data), summer_shop(), monthly_box(), *others(), *_made_up()]:
        if only and log.name not in only:
            continue
        say(log.name)
        found: dict[int, list[list[float]]] = {days: [] for days in _DAYS}
        for days, errors in _errors(log):
            found[days].append(errors)
        cells = (
            f"{', '.join(f'{e:.1%}' for e in np.mean(rows, axis=0))} ({len(rows)})" if rows else "–"
            for rows in found.values()
        )
        print(f"{log.name:<18}" + "".join(f"{cell:>34}" for cell in cells))
