"""The rule everyone knows: the longer silent, the likelier gone. Whatever is served must beat it."""

from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.special import expit

from holdfast.churn.contender import Contender
from holdfast.churn.past import Past
from holdfast.learn.arrays import Floats
from holdfast.learn.logistic import fit_logistic


class RecencyRule(Contender):
    """P(churn) as a logistic function of log(days since the last purchase), fitted on all past snapshots."""

    name = "recency"
    simple = True

    def __init__(self, slope: float, intercept: float) -> None:
        self.slope, self.intercept = slope, intercept

    @classmethod
    def fit(cls, past: Past) -> Self:
        """Fit on up to seven past snapshots."""
        snapshots, most = past.snapshots, past.snapshots.sizes.training
        cutoffs = past.training_cutoffs()
        silent = np.concatenate([snapshots.days_since_last(c.date, most) for c in cutoffs])
        churned = np.concatenate([snapshots.outcomes(c, most)["churned"].to_numpy() for c in cutoffs])
        slope, intercept = fit_logistic(np.log(silent), churned)
        return cls(slope, intercept)

    def p_churn(self, features: pd.DataFrame) -> Floats:
        """Return P(no purchase in the window), shape (n,)."""
        return np.asarray(expit(self.slope * _silence(features) + self.intercept))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"slope": self.slope, "intercept": self.intercept}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Make the rule of ``to_dict``."""
        return cls(**state)


def _silence(features: pd.DataFrame) -> Floats:
    return np.asarray(np.log(features["days_since_last"].to_numpy(dtype=np.float64)))
