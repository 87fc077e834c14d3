"""The level of the coming window, as forecasts go and as earlier years correct it: `make bench-value LEVEL=1`."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np

from benchmarks.value_logs import Log, logs, monthly_box, summer_shop
from benchmarks.value_shops import others
from holdfast.churn import Past
from holdfast.churn.closed import open_share
from holdfast.churn.season import level_ratio
from holdfast.churn.snapshots import Snapshots
from holdfast.errors import NotEnoughDataError
from holdfast.features import Cutoff
from holdfast.forecast import DEFAULT, Outlook
from holdfast.forecast.level import believed, of_earlier_years
from holdfast.progress import Say

_STEP, _MOST_DATES, _FEWEST = 56, 10, 20
_WINDOWS = (45, 90, 180)
_WAYS = ("as it is", "by n/(n + 1)", "served")


def levels(log: Log, days: int) -> list[tuple[float, ...]]:
    """Return |log(made ÷ expected)| of the window of each date by the ways of ``_WAYS``, the latest date first."""
    purchases, found = log.prepared(None).log, list[tuple[float, ...]]()
    snapshots = Snapshots(purchases.connection, purchases.first_day)
    day: date = purchases.last_day + timedelta(days=1 - days)
    for _ in range(_MOST_DATES):
        past = Past(snapshots, Cutoff(day, days))
        outlook = Outlook(past, None)
        try:
            off, weights = of_earlier_years(outlook, DEFAULT)
            if off:
                features, outcome = snapshots.at(past.cutoff, snapshots.sizes.check)
                share = open_share(past.trio, features, past.cutoff, snapshots.closed(day).open_days(past.cutoff))
                expected = float((outlook.fitted(DEFAULT).purchases(features) * share).sum())
                if (bought := float(outcome["purchases"].sum())) >= _FEWEST:
                    plain = float(np.log(level_ratio(bought, expected)))
                    by_half = len(off) / (len(off) + 1) * float(np.mean(off))
                    served = float(np.log(believed(off, weights)))
                    found.append((abs(plain), abs(plain - by_half), abs(plain - served)))
        except NotEnoughDataError:
            break
        snapshots.let_go()
        day -= timedelta(days=_STEP)
    return found


def level(data: Path, only: list[str] | None, say: Say) -> None:
    """Print the mean error of the window's total, log by log, and its mean over the logs."""
    print("purchases of a window of those known: mean |log(made ÷ expected)|, and on how many dates")
    print(f"{'':<16}" + "".join(f"{f'{days} days: ' + ', '.join(_WAYS):>46}" for days in _WINDOWS))
    means: dict[int, list[np.ndarray]] = {days: [] for days in _WINDOWS}
    for log in [*logs(data), summer_shop(), monthly_box(), *others()]:
        if only and log.name not in only:
            continue
        say(log.name)
        cells = []
        for days in _WINDOWS:
            errors = np.array(levels(log, days))
            if len(errors):
                means[days].append(errors.mean(axis=0))
            cells.append(_cell(errors.mean(axis=0), f"({len(errors)})") if len(errors) else f"{'-':>46}")
        print(f"{log.name:<16}" + "".join(cells), flush=True)
    cells = [_cell(np.mean(rows, axis=0), "") if rows else f"{'-':>46}" for rows in means.values()]
    print(f"{'mean of logs':<16}" + "".join(cells))


def _cell(errors: np.ndarray, dates: str) -> str:
    return f"{' '.join(f'{error:>8.1%}' for error in errors):>40} {dates:>5}"
