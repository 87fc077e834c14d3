"""The rule everyone knows: the longer silent, the likelier gone. Whatever is served must beat it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.churn.logistic import Floats, fit_logistic


@dataclass(frozen=True)
class RecencyRule:
    """P(churn) as a logistic function of log(days since the last purchase), fitted on the same snapshots."""

    slope: float
    intercept: float

    @classmethod
    def fit(cls, features: pd.DataFrame, churned: pd.Series) -> "RecencyRule":
        """Fit on feature rows and their outcomes (1 = churned)."""
        return cls(*fit_logistic(_silence(features), churned))

    def p_churn(self, features: pd.DataFrame) -> Floats:
        """Return P(no purchase in the window), shape (n,)."""
        return np.asarray(1.0 / (1.0 + np.exp(-(self.slope * _silence(features) + self.intercept))))


def _silence(features: pd.DataFrame) -> npt.NDArray[np.float64]:
    return np.asarray(np.log(features["days_since_last"].to_numpy(dtype=np.float64)))
