"""What comes after the churn window, as models go on and as earlier years correct it: `make bench-value LATER=1`."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np

from benchmarks.value_logs import Log, logs, monthly_box, summer_shop
from holdfast.churn import Past
from holdfast.churn.snapshots import Snapshots
from holdfast.features import Cutoff
from holdfast.forecast.later import learn_later, look
from holdfast.progress import Say

_WINDOW, _STEP = 90, 56
_HORIZONS = (180, 364)


def after_windows(log: Log, horizon: int) -> list[tuple[float, float]]:
    """Return log(made ÷ expected) after the window as the models go on, and as corrected, 56 days apart."""
    purchases, found = log.prepared(None).log, []
    snapshots = Snapshots(purchases.connection, purchases.first_day)
    day: date = purchases.first_day + timedelta(days=horizon)
    while (day := day + timedelta(days=_STEP)) + timedelta(days=horizon) <= purchases.last_day:
        past = Past(snapshots, Cutoff(day, _WINDOW))
        later = learn_later(past, horizon)
        seen = look(past, _WINDOW, horizon)
        if later.left and seen.made > 0:
            off = float(np.log(seen.made / seen.expected))
            found.append((off, off - float(np.log(later.factor))))
        snapshots.let_go()
    return found


def later(data: Path, only: list[str] | None, say: Say) -> None:
    """Print the mean error of what comes after the window, log by log."""
    print("what is bought after a window of 90 days by those known: mean |log(made ÷ expected)|, and on how many dates")
    print(f"{'':<16}" + "".join(f"{f'to day {days}: as before, corrected':>44}" for days in _HORIZONS))
    for log in [*logs(data), summer_shop(), monthly_box()]:
        if only and log.name not in only:
            continue
        say(log.name)
        cells = []
        for days in _HORIZONS:
            errors = np.abs(after_windows(log, days)).reshape(-1, 2)
            before, now = errors.mean(axis=0) if len(errors) else (np.nan, np.nan)
            cells.append(f"{before:>28.1%} {now:>8.1%} ({len(errors):>3})" if len(errors) else f"{'-':>44}")
        print(f"{log.name:<16}" + "".join(cells), flush=True)
