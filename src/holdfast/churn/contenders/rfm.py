"""Logistic regression on recency, frequency and money: what most teams would do first."""

from typing import Any, Self

import numpy as np
import pandas as pd

from holdfast.churn.contender import Contender
from holdfast.churn.past import Past
from holdfast.learn.arrays import Floats
from holdfast.learn.logistic import RidgeLogistic, log_positive


class Rfm(Contender):
    """P(churn) as a logistic function of log recency, log frequency and log spend, on the latest past snapshot."""

    name = "rfm"
    simple = True

    def __init__(self, logistic: RidgeLogistic) -> None:
        self.logistic = logistic

    @classmethod
    def fit(cls, past: Past) -> Self:
        """Fit on the latest past snapshot."""
        (window,) = past.training_windows(most=1)
        return cls(RidgeLogistic.fit(_columns(window.features), window.churned))

    def p_churn(self, features: pd.DataFrame) -> Floats:
        """Return P(no purchase in the window), shape (n,)."""
        return self.logistic.p(_columns(features))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return self.logistic.to_dict()

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Make the model of ``to_dict``."""
        return cls(RidgeLogistic(**state))


def _columns(features: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "log_silence": np.log(features["days_since_last"]),
            "log_purchases": np.log(features["purchase_days"]),
            "log_spend": log_positive(features["spend_mean"]),
        },
        index=features.index,
    )
