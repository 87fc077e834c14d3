"""Observed retention: tenures as renewals that were decided, and the share of contracts that made each."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.learn.arrays import Floats
from holdfast.learn.intervals import NORMAL_95


def whole_periods(tenure: npt.ArrayLike, ended: npt.ArrayLike, *, slack: float | Floats = 0.0) -> pd.DataFrame:
    """Return the summary that the contract models read: ``T`` (renewal decisions seen) and ``churned``.

    Parameters
    ----------
    tenure
        Time under contract, in periods, shape (n,). A contract that ended within a period ended at the renewal that
        closes it; one that runs has made the renewals that lie behind it.
    ended
        1 where the contract has ended, 0 where it runs (right-censored), shape (n,).
    slack
        In periods: so close to a renewal counts as at it, for months differ in length.
    """
    t, churned = np.asarray(tenure, dtype=np.float64), np.asarray(ended, dtype=np.int64)
    seen = np.where(churned == 1, np.maximum(np.ceil(t - slack), 1), np.floor(t + slack))
    return pd.DataFrame({"T": seen, "churned": churned})


def survival_table(summary: pd.DataFrame) -> pd.DataFrame:
    """Return observed retention by period (Kaplan & Meier 1958), right-censoring allowed for.

    Returns
    -------
    pandas.DataFrame
        ``period`` (1, 2, …), ``at_risk`` (contracts that reached its renewal), ``ended`` at it, ``retention_rate``
        (share renewed) and ``survival`` (share of a cohort that renews up to here).
    """
    T, churned = summary["T"].to_numpy(dtype=np.int64), summary["churned"].to_numpy(dtype=np.int64)
    last = int(T.max()) if len(T) else 0
    period = np.arange(1, last + 1)
    reached = len(T) - np.cumsum(np.bincount(T, minlength=last + 1))[:-1]
    ended = np.bincount(T, churned, last + 1)[1:].astype(np.int64)
    rate = np.where(reached > 0, 1 - ended / np.maximum(reached, 1), np.nan)
    return pd.DataFrame(
        {"period": period, "at_risk": reached, "ended": ended, "retention_rate": rate, "survival": np.cumprod(rate)}
    )


def survival_interval(table: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return the 95 % limits of ``survival`` in a ``survival_table``, shape (periods,) each, within 0 and 1.

    Greenwood (1926): Var S(t) = S(t)² Σ d/(n(n − d)), by chance alone. Where all who were left ended at once, the
    term is taken for n − d = 1.

    Examples
    --------
    >>> table = pd.DataFrame({"at_risk": [100, 80], "ended": [20, 16], "survival": [0.8, 0.64]})
    >>> [limit.round(3).tolist() for limit in survival_interval(table)]
    [[0.722, 0.546], [0.878, 0.734]]
    """
    at_risk, ended = (table[name].to_numpy(dtype=np.float64) for name in ("at_risk", "ended"))
    survival = table["survival"].to_numpy(dtype=np.float64)
    half = NORMAL_95 * survival * np.sqrt(np.cumsum(ended / (at_risk * np.maximum(at_risk - ended, 1.0))))
    return np.maximum(0.0, survival - half), np.minimum(1.0, survival + half)
