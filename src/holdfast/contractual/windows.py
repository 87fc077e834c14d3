"""Which past days a model of contracts learns from."""

from datetime import date

from holdfast.churn import plan_snapshots
from holdfast.churn.snapshots import YEAR_DAYS
from holdfast.features import Cutoff

MOST_ROWS = 200_000
"""Windows further back are added until there are so many rows, a customer in several windows counted in each."""
MOST_LEARNERS = 100_000
"""About so many customers under contract are learnt from in each window, so that millions cost no more."""
_HISTORY_DAYS = 112


def training_windows(first_day: date, cutoff: Cutoff) -> list[Cutoff]:
    """Return the training cutoffs for a model as of ``cutoff``, latest first.

    The newest are those of ``plan_snapshots``, a quarter of a window apart; behind them lie whole windows, one after
    the other, up to the same season a year before. A contract ends once, at times that hardly any of the newest windows
    sees (its anniversary, a rise in prices, a season), and who stands in a window far back is mostly somebody else:
    measured in docs/method.md.

    Parameters
    ----------
    first_day
        Of the table; windows far back need 112 days of it before them.
    cutoff
        Of the question.

    Examples
    --------
    >>> windows = training_windows(date(2020, 1, 1), Cutoff("2024-03-01", horizon_days=30))
    >>> len(windows), str(windows[0].date), str(windows[7].date), str(windows[-1].date)
    (18, '2024-01-31', '2023-11-17', '2023-01-21')
    """
    newest = plan_snapshots(first_day, cutoff)
    if not newest:
        return []
    window, windows = cutoff.gap_days + cutoff.horizon_days, list(newest)
    # Half a window is near enough to the day a year before.
    while (newest[0].date - (further := windows[-1].earlier(window)).date).days <= YEAR_DAYS + window // 2:
        if (further.date - first_day).days < _HISTORY_DAYS:
            break
        windows.append(further)
    return windows
