"""To whom the churn definition applies now: the still active. The lapsed belong on a win-back list."""

import numpy as np
import numpy.typing as npt
import pandas as pd


def eligible(features: pd.DataFrame, *, active_days: int) -> npt.NDArray[np.bool_]:
    """Say for each customer whether the last purchase day lies within ``active_days`` before the cutoff.

    Examples
    --------
    >>> eligible(pd.DataFrame({"days_since_last": [3.0, 90.0, 400.0]}), active_days=120).tolist()
    [True, True, False]
    """
    return np.asarray(features["days_since_last"].to_numpy() <= active_days)
