"""What the same days of earlier years say about how many purchases the window will bring in together."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from holdfast.churn import Past
from holdfast.churn.closed import open_share
from holdfast.churn.season import counts_for, earlier_years, level_ratio, missed_by_both, open_days_of
from holdfast.errors import NotEnoughDataError
from holdfast.forecast.outlook import Outlook
from holdfast.learn.arrays import Floats

# Scale of log(made ÷ expected) that needs no season: of other logs, see docs/value.md.
_USUAL = 0.2


def believed(log_ratios: Sequence[float], weights: Sequence[float]) -> float:
    """Return the factor that what earlier years were off by is worth: the larger the difference, the more of it.

    Forecasts are off by some tenths without any season, so of a mean difference m of n years (in logarithms), the share
    n·m² / (n·m² + 0.2²) is believed: of 10 % in one year a fifth, of 22 % half, of 60 % nine tenths.

    Parameters
    ----------
    log_ratios
        log(made ÷ expected) of each year.
    weights
        For how much of a year each counts; n is their sum.

    Examples
    --------
    >>> [round(believed([off], [1.0]), 3) for off in (0.1, -0.1, 0.5)]
    [1.02, 0.98, 1.539]
    >>> round(believed([0.5, 0.5], [1.0, 1.0]), 3), believed([0.5], [0.0])
    (1.589, 1.0)
    """
    n = float(np.sum(weights))
    if not n:
        return 1.0
    mean = float(np.average(log_ratios, weights=weights))
    return float(np.exp(n * mean**3 / (n * mean**2 + _USUAL**2)))


def of_earlier_years(outlook: Outlook, name: str) -> tuple[list[float], list[float]]:
    """Return log(made ÷ expected) purchases in the window of each earlier year, the last first, and its weight.

    Expected is, in logarithms, half way between what the contender that serves and what the buy-till-you-die models
    would have expected (``missed_by_both``); where the former could not be fitted a year ago, the latter tell alone.

    Parameters
    ----------
    outlook
        What is known at the cutoff.
    name
        The contender that serves.
    """
    past, years = outlook.past, list(earlier_years(outlook.past))
    if not years:
        return [], []
    by_btyd = [_off(partial(_by_btyd, then), then, past) for then in years]
    own = by_btyd[0]
    with suppress(NotEnoughDataError):
        own = _off(replace(outlook, past=years[0]).fitted(name).purchases, years[0], past)
    return missed_by_both(own, by_btyd), [counts_for(then) for then in years]


def _by_btyd(then: Past, features: pd.DataFrame) -> Floats:
    return then.trio.mean_expected(features, then.cutoff.horizon_days, gap_days=then.cutoff.gap_days)


def _off(expected: Callable[[pd.DataFrame], Floats], then: Past, past: Past) -> float:
    """Return log(made ÷ expected) purchases in the open days of a past window."""
    features, outcome = past.snapshots.at(then.cutoff, past.snapshots.sizes.check)
    foreseen = expected(features) * open_share(then.trio, features, then.cutoff, open_days_of(then, past))
    return float(np.log(level_ratio(float(outcome["purchases"].sum()), float(foreseen.sum()))))
