"""Making a score mean what it says: a sigmoid on the logit (Platt 1999), shrunk half-way to doing nothing."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from holdfast.churn.logistic import Floats, fit_logistic

_EDGE = 1e-6


def log_odds(p: Floats) -> Floats:
    """Return logit(p), with p kept away from 0 and 1."""
    return np.asarray(logit(np.clip(p, _EDGE, 1 - _EDGE)))


@dataclass(frozen=True)
class Sigmoid:
    """p ↦ 1 / (1 + exp(−(slope · logit(p) + intercept))); slope 1 and intercept 0 change nothing."""

    slope: float = 1.0
    intercept: float = 0.0

    @classmethod
    def fit(cls, p: Floats, outcome: npt.NDArray[np.int64], *, shrink: float = 0.5) -> "Sigmoid":
        """Fit by maximum likelihood on predictions of outcomes that came later, then shrink.

        Levels drift with the season: the calibration of one window overshoots on the next, so only
        ``1 − shrink`` of the correction is applied.
        """
        slope, intercept = fit_logistic(log_odds(p), outcome)
        keep = 1.0 - shrink
        return cls(slope=1.0 + keep * (max(slope, 0.0) - 1.0), intercept=keep * intercept)

    def __call__(self, p: Floats) -> Floats:
        """Return calibrated probabilities, same shape."""
        return np.asarray(expit(self.slope * log_odds(p) + self.intercept))
