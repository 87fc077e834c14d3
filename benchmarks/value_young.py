"""Logs too young to know last year: the level of purchases and spend of the next 90 days, `make bench-value YOUNG=1`.

Every log is cut out of a longer one: some 200 to 500 days before a date, and the 90 days after it, which nobody who
foresees them reads. Three levels stand beside each other: the trees', that of the buy-till-you-die models, and halfway.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from benchmarks.value_logs import Log, logs, of_lines, summer_shop
from holdfast.data.engine import EPOCH
from holdfast.errors import HoldfastError
from holdfast.features import summary_of
from holdfast.pipeline.preparation import PreparedPurchases
from holdfast.pipeline.training import fit
from holdfast.progress import Say

_LENGTHS = (210, 300, 390, 480)
_HORIZON, _STEP, _FEWEST = 90, 120, 400
_RIVALS = {"trees": 0.0, "halfway": 1.0, "lifetime models": 2.0}


@dataclass(frozen=True)
class Young:
    """Totals of a young log's next 90 days: what is served (halfway), the factor in it, and what happened."""

    log: str
    factor: float
    purchases: float
    spend: float
    made: int
    brought: float

    def off(self, rival: str) -> tuple[float, float]:
        """Return log(foreseen ÷ happened) of purchases and of spend; higher than 0 is too much."""
        # The factor leads halfway: once more leads all the way, and without it there is the trees' own level.
        times = self.factor ** (_RIVALS[rival] - 1)
        return float(np.log(self.purchases * times / self.made)), float(np.log(self.spend * times / self.brought))


def cuts(log: Log, step: int = _STEP) -> Iterator[tuple[pd.DataFrame, pd.DataFrame, date]]:
    """Yield what lies before a date, what in the 90 days from it on, and the date."""
    whole = log.prepared(None).log
    days = whole.connection.execute("SELECT customer_id, day, CAST(amount AS DOUBLE) AS amount FROM purchases").df()
    first, last = int(days["day"].min()), int(days["day"].max())
    for start in range(first, last, step):
        for length in _LENGTHS:
            cut = start + length
            before = days[(days["day"] >= start) & (days["day"] < cut)]
            if cut + _HORIZON <= last + 1 and len(before) >= _FEWEST:
                after = days[(days["day"] >= cut) & (days["day"] < cut + _HORIZON)]
                yield before, after, EPOCH + timedelta(days=cut)


def foreseen(name: str, before: pd.DataFrame, after: pd.DataFrame, cut: date) -> Young | None:
    """Foresee the 90 days as `holdfast train` does; nothing where the log cannot teach it."""
    lines = before.assign(ordered_at=pd.to_datetime(before["day"], unit="D")).drop(columns="day")
    try:
        prepared = cast("PreparedPurchases", of_lines(name, lambda: lines).prepared(cut))
        scorer = fit(prepared, prepared.cutoff)
    except HoldfastError:
        return None
    if scorer.churn.season.tested or scorer.spend is None:
        return None
    features = prepared.snapshots.features(prepared.cutoff.date)
    known = after[after["customer_id"].isin(features["customer_id"])]
    spent = known.groupby(["customer_id", "day"])["amount"].sum()
    spent = spent[spent > 0]
    worth = scorer.spend.expected_spend(summary_of(features))
    return Young(
        name,
        scorer.forecast.factor,
        float(scorer.forecast.purchases(features).sum()),
        float(scorer.forecast.spend(features, worth).sum()),
        len(spent),
        float(spent.sum()),
    )


def young(data: Path, only: list[str] | None, say: Say) -> None:
    """Print the mean error of each level, log by log."""
    found: list[Young] = []
    print(f"{'mean |log(foreseen ÷ happened)|, purchases and spend':<54}" + "".join(f"{name:>20}" for name in _RIVALS))
    for log in [*logs(data), summer_shop()]:
        if only and log.name not in only:
            continue
        mine: list[Young] = []
        for before, after, cut in cuts(log, 45 if log.name in ("CDNOW", "Online Retail") else _STEP):
            say(f"{log.name}, {cut}")
            one = foreseen(log.name, before, after, cut)
            if one is not None and one.made and one.brought > 0:
                mine.append(one)
        found += mine
        _line(log.name, mine)
    _line("all", found)


def _line(name: str, some: list[Young]) -> None:
    if some:
        off = {rival: np.abs([one.off(rival) for one in some]).mean(axis=0) for rival in _RIVALS}
        cells = "".join(f"{purchases:>11.1%} {spend:>8.1%}" for purchases, spend in off.values())
        print(f"{f'{name}, {len(some)} dates':<54}{cells}", flush=True)
