"""Logistic regression of one thread: the same bits on any number of cores."""

import warnings
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, logit
from threadpoolctl import threadpool_limits

from holdfast.learn.arrays import Floats


def fit_logistic(x: Floats, outcome: npt.ArrayLike) -> tuple[float, float]:
    """Return (slope, intercept) of P(outcome = 1) = 1 / (1 + exp(−(slope · x + intercept))), unpenalised.

    Where ``x`` is the same for all, the slope is 0 and the intercept the log-odds of the outcome's share. Sums of
    several BLAS threads differ in their last bits from those of one, so one it is.
    """
    from sklearn.linear_model import LogisticRegression

    if x.min() == x.max():
        return 0.0, float(logit(np.asarray(outcome, dtype=np.float64).mean()))
    with threadpool_limits(limits=1):
        fitted = LogisticRegression(C=np.inf).fit(x[:, None], np.asarray(outcome))
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def log_positive(amounts: pd.Series) -> pd.Series:
    """Return the logarithm, missing where there is none: in another currency all that changes is the mean."""
    return pd.Series(np.log(amounts.where(amounts > 0)), index=amounts.index)


@dataclass(frozen=True)
class RidgeLogistic:
    """Logistic regression on standardised columns, with an L2 penalty on their weights.

    Attributes
    ----------
    means, scales, weights
        By column; a column counts as (value − mean) / scale × weight. Missing values count as the mean.
    lows, highs
        What was seen in training; a value beyond counts as the nearest seen. In a shop of one cohort today's tenure
        is longer than any seen before, and a straight line would run away with it.
    intercept
        Log-odds of the average customer.
    """

    means: dict[str, float]
    scales: dict[str, float]
    weights: dict[str, float]
    lows: dict[str, float]
    highs: dict[str, float]
    intercept: float

    @classmethod
    def fit(cls, columns: pd.DataFrame, outcome: npt.ArrayLike, *, c: float = 1.0) -> Self:
        """Fit; ``c`` is the inverse of the penalty: smaller is stronger."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        means, scales = columns.mean().fillna(0.0), columns.std(ddof=0).fillna(0.0)
        scales[scales < 1e-12] = 1.0
        z = ((columns - means) / scales).fillna(0.0).to_numpy()
        # Newton: a tenth of the time of L-BFGS, which did not converge on columns that nearly repeat others. Of a few
        # customers its last step may be lost in rounding, and it ends with L-BFGS from where it is.
        with threadpool_limits(limits=1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitted = LogisticRegression(C=c, solver="newton-cholesky", tol=1e-8).fit(z, np.asarray(outcome))
        names = list(columns.columns)
        return cls(
            dict(zip(names, means.astype(float).tolist(), strict=True)),
            dict(zip(names, scales.astype(float).tolist(), strict=True)),
            dict(zip(names, fitted.coef_[0].astype(float).tolist(), strict=True)),
            dict(zip(names, columns.min().fillna(0.0).astype(float).tolist(), strict=True)),
            dict(zip(names, columns.max().fillna(0.0).astype(float).tolist(), strict=True)),
            float(fitted.intercept_[0]),
        )

    def parts(self, columns: pd.DataFrame) -> pd.DataFrame:
        """Return what each column adds to the log-odds, shape (n, columns), in the order of ``columns``.

        A model that was written and read has its own dictionaries sorted by name.
        """
        return pd.DataFrame({name: self._part(name, columns) for name in map(str, columns)}, index=columns.index)

    def p(self, columns: pd.DataFrame) -> Floats:
        """Return P(outcome = 1), shape (n,)."""
        # Added column by column: a sum over rows of a matrix may be taken in another order on another machine.
        odds = np.full(len(columns), self.intercept)
        for name in self.means:
            odds = odds + self._part(name, columns)
        return np.asarray(expit(odds))

    def _part(self, name: str, columns: pd.DataFrame) -> Floats:
        """Return what a column adds to the log-odds, shape (n,); arrays are ten times as fast here as frames."""
        x = columns[name].to_numpy(dtype=np.float64)
        z = (np.clip(x, self.lows[name], self.highs[name]) - self.means[name]) / self.scales[name]
        return np.where(np.isnan(z), 0.0, z) * self.weights[name]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)
