"""To whom the churn definition applies now: the still active. The lapsed belong on a win-back list."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.learn.arrays import Floats

SHOW_A_RHYTHM = 3
"""So many purchases show a usual and a longest wait."""
# Of those silent for longer, 0 to 21 % bought in the next year (twelve logs); the log's own probability says who else.
_LONGEST_WAITS, _P_LEFT = 3, 0.8


def eligible(features: pd.DataFrame, *, active_days: int) -> npt.NDArray[np.bool_]:
    """Say for each customer whether the last purchase day lies within ``active_days`` before the cutoff.

    Examples
    --------
    >>> eligible(pd.DataFrame({"days_since_last": [3.0, 90.0, 400.0]}), active_days=120).tolist()
    [True, True, False]
    """
    return np.asarray(features["days_since_last"].to_numpy() <= active_days)


def left_by_own_rhythm(features: pd.DataFrame, p_churn: Floats) -> npt.NDArray[np.bool_]:
    """Say who has left by their own rhythm, however recent the last purchase: nothing is left to prevent.

    At least three purchases, silent for more than three times their longest wait between two, and fewer than one in
    five such customers expected to buy.

    Parameters
    ----------
    features
        As ``build_features`` returns them.
    p_churn
        P(no purchase in the outcome window), shape (n,).

    Examples
    --------
    >>> silent = pd.DataFrame(
    ...     {"purchase_days": [19, 19, 2], "days_since_last": [457.0, 80.0, 457.0], "gap_max": [35.0, 35.0, 30.0]}
    ... )
    >>> left_by_own_rhythm(silent, np.array([0.92, 0.85, 0.92])).tolist()
    [True, False, False]
    """
    return np.asarray(silent_for(features, longest_waits=_LONGEST_WAITS) & (p_churn >= _P_LEFT))


def silent_for(features: pd.DataFrame, *, longest_waits: int) -> npt.NDArray[np.bool_]:
    """Say who bought three times or more and has been silent for more than so many of their longest waits, shape (n,).

    Examples
    --------
    >>> silent = pd.DataFrame({"purchase_days": [3, 3, 2], "days_since_last": [41, 40, 41], "gap_max": [20.0] * 3})
    >>> silent_for(silent, longest_waits=2).tolist()
    [True, False, False]
    """
    longest = np.nan_to_num(features["gap_max"].to_numpy(dtype=np.float64), nan=np.inf)
    often = features["purchase_days"].to_numpy() >= SHOW_A_RHYTHM
    return np.asarray(often & (features["days_since_last"].to_numpy() > longest_waits * longest))
