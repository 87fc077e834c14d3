"""Alarms for what looks too good to be true: a column that knows the future, by name."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.learn.intervals import auc_with_covariance

# No column of a purchase log told buyers from non-buyers that well alone on any real log.
ALONE_AUC = 0.95
# A model better than the best simple rule by this much deserves a leak hunt before a celebration.
JUMP_AUC = 0.10
_FEWEST = 50


@dataclass(frozen=True)
class LeakAlarm:
    """A column, and what is suspicious about it.

    Examples
    --------
    >>> alarm = jump(0.99, 0.75, ["cancelled_at", "days_since_last"])[0]
    >>> alarm.column
    'cancelled_at'
    >>> print(alarm.reason)
    the model's AUC is 0.990, the best simple rule's 0.750: too good to be true; the model relies on this column most
    """

    column: str
    reason: str

    def as_dict(self) -> dict[str, str]:
        """Return plain values for JSON."""
        return vars(self).copy()


def separating_columns(features: pd.DataFrame, churned: npt.ArrayLike, *, beside: float) -> list[LeakAlarm]:
    """Return the columns that alone separate the classes.

    Parameters
    ----------
    features
        Columns of numbers, one row per customer; whether a value is missing counts as a column too.
    churned
        Outcomes, shape (n,).
    beside
        AUC of the best simple rule: where even that separates the classes, a column may.

    Examples
    --------
    >>> churned = np.array([0, 1] * 100)
    >>> features = pd.DataFrame({"account_closed": churned * 1.0, "days_since_last": np.arange(200.0)})
    >>> [alarm.column for alarm in separating_columns(features, churned, beside=0.7)]
    ['account_closed']
    """
    y = np.asarray(churned, dtype=np.int64)
    if min(y.sum(), len(y) - y.sum()) < _FEWEST:
        return []
    bar, alarms = max(ALONE_AUC, beside + (1 - beside) / 2), []
    for name in features.columns:
        values = features[name].to_numpy(dtype=np.float64)
        missing = np.isnan(values)
        offered = [(np.where(missing, np.nanmin(values) - 1 if not missing.all() else 0.0, values), "its value")]
        if missing.any():
            offered.append((missing.astype(float), "whether it is missing"))
        for column, what in offered:
            auc = float(auc_with_covariance(y, column)[0][0])
            auc = max(auc, 1 - auc)
            if auc >= bar:
                alarms.append(
                    LeakAlarm(name, f"{what} alone separates those who churned from those who stayed (AUC {auc:.3f})")
                )
                break
    return alarms


def jump(auc: float, simple_auc: float, suspects: list[str]) -> list[LeakAlarm]:
    """Return an alarm if the model is too much better than the best simple rule.

    Parameters
    ----------
    auc, simple_auc
        Held-out, of the model and of the best simple rule.
    suspects
        Columns by how much the model relies on them, most first; the first is named.

    Examples
    --------
    >>> [alarm.column for alarm in jump(0.99, 0.75, ["cancelled_at", "days_since_last"])]
    ['cancelled_at']
    >>> jump(0.82, 0.75, ["days_since_last"])
    []
    """
    if auc - simple_auc <= JUMP_AUC:
        return []
    reason = (
        f"the model's AUC is {auc:.3f}, the best simple rule's {simple_auc:.3f}: too good to be true; "
        "the model relies on this column most"
    )
    return [LeakAlarm(name, reason) for name in suspects[:1]]
