"""The rule everyone knows: the longer silent, the likelier gone. Whatever is served must beat it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.churn.calibration import Floats


@dataclass(frozen=True)
class RecencyRule:
    """P(churn) as a logistic function of log(days since the last purchase), fitted on the same snapshots."""

    slope: float
    intercept: float

    @classmethod
    def fit(cls, features: pd.DataFrame, churned: pd.Series) -> "RecencyRule":
        """Fit on feature rows and their outcomes (1 = churned)."""
        from sklearn.linear_model import LogisticRegression

        fitted = LogisticRegression(C=np.inf).fit(_silence(features)[:, None], churned)
        return cls(float(fitted.coef_[0, 0]), float(fitted.intercept_[0]))

    def p_churn(self, features: pd.DataFrame) -> Floats:
        """Return P(no purchase in the window), shape (n,)."""
        return np.asarray(1.0 / (1.0 + np.exp(-(self.slope * _silence(features) + self.intercept))))


def _silence(features: pd.DataFrame) -> npt.NDArray[np.float64]:
    return np.asarray(np.log(features["days_since_last"].to_numpy(dtype=np.float64)))
