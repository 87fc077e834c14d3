"""Logistic regression of one thread: the same bits on any number of cores."""

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

Floats = npt.NDArray[np.float64]


def fit_logistic(x: Floats, outcome: npt.ArrayLike) -> tuple[float, float]:
    """Return (slope, intercept) of P(outcome = 1) = 1 / (1 + exp(−(slope · x + intercept))), unpenalised.

    Sums of several BLAS threads differ in their last bits from those of one, so one it is.
    """
    from sklearn.linear_model import LogisticRegression

    with threadpool_limits(limits=1):
        fitted = LogisticRegression(C=np.inf).fit(x[:, None], np.asarray(outcome))
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
