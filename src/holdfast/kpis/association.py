"""Whether a figure known on a date goes with churn after it: an association with its interval, never an effect."""

from typing import Any

import numpy as np
import numpy.typing as npt

from holdfast.learn.intervals import auc_interval, auc_with_covariance

# So many churners and so many stayers, or there is no figure.
_LEAST = 20
NONE = "none found"


def association(measure: str, figure: npt.ArrayLike, churned: npt.ArrayLike) -> dict[str, Any]:
    """Return how a figure that was known before a window goes with churn in it.

    The AUC of the negated figure: the probability that a customer who churned had a LOWER figure than one who stayed
    (ties count half). 0.5 is no association. With DeLong's interval (DeLong, DeLong & Clarke-Pearson 1988).

    Parameters
    ----------
    measure
        Name.
    figure
        Known before the window began, shape (n,); NaN rows do not count.
    churned
        Whether the customer did not buy in the window, shape (n,).

    Returns
    -------
    dict
        ``measure``, ``n``, ``churners``, ``auc``, ``low``, ``high``, ``finding`` (``none found`` where the interval
        holds 0.5), ``reason``.
    """
    x, y = np.asarray(figure, dtype=np.float64), np.asarray(churned, dtype=bool)
    known = ~np.isnan(x)
    x, y = x[known], y[known]
    row: dict[str, Any] = {"measure": measure, "n": len(x), "churners": int(y.sum())}
    if min(y.sum(), (~y).sum()) < _LEAST:
        short = f"too few: {int(y.sum())} churned and {int((~y).sum())} stayed, at least {_LEAST} of each are needed"
        return row | {"auc": np.nan, "low": np.nan, "high": np.nan, "finding": "", "reason": short}
    auc = float(auc_with_covariance(y, -x)[0][0])
    low, high = auc_interval(y, -x)
    finding = NONE
    if low > 0.5:
        finding = "those who churned had had lower figures"
    elif high < 0.5:
        finding = "those who churned had had higher figures"
    return row | {"auc": auc, "low": low, "high": high, "finding": finding, "reason": ""}
