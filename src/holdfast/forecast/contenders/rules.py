"""Rules of thumb, which look better than they are where most customers buy nothing."""

from typing import Any, Self

import numpy as np
import pandas as pd

from holdfast.features.recency import WINDOWS_DAYS
from holdfast.forecast.contender import ValueContender
from holdfast.forecast.outlook import Outlook
from holdfast.learn.arrays import Floats

_MONEY_WINDOWS_DAYS = (90, 365)


class Zero(ValueContender):
    """Nobody buys: the least mean absolute error that says nothing."""

    name = "zero"
    simple = True

    @classmethod
    def fit(cls, outlook: Outlook) -> Self:  # noqa: ARG003  # nothing to learn
        """Learn nothing."""
        return cls()

    def purchases(self, features: pd.DataFrame) -> Floats:
        """Return zeros, shape (n,)."""
        return np.zeros(len(features))

    def to_dict(self) -> dict[str, Any]:
        """Return nothing."""
        return {}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Make the rule."""
        return cls(**state)


class LastPeriod(ValueContender):
    """The next window will be like the last: from the feature window whose length is nearest, scaled."""

    name = "last_period"
    simple = True

    def __init__(self, days: int) -> None:
        self.days = days

    @classmethod
    def fit(cls, outlook: Outlook) -> Self:
        """Learn the horizon."""
        return cls(outlook.past.cutoff.horizon_days)

    def purchases(self, features: pd.DataFrame) -> Floats:
        """Return the purchase days of the last window, shape (n,)."""
        window = _nearest(WINDOWS_DAYS, self.days)
        return features[f"purchase_days_{window}d"].to_numpy(dtype=np.float64) * self.days / window

    def spend(self, features: pd.DataFrame, per_purchase: Floats) -> Floats:  # noqa: ARG002
        """Return the spend of the last window, shape (n,)."""
        window = _nearest(_MONEY_WINDOWS_DAYS, self.days)
        return features[f"spend_{window}d"].to_numpy(dtype=np.float64) * self.days / window

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"days": self.days}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Make the rule of ``to_dict``."""
        return cls(**state)


class Average(LastPeriod):
    """Average order × orders a day so far × days: as if nobody ever left."""

    name = "average"

    def purchases(self, features: pd.DataFrame) -> Floats:
        """Return rate × days, shape (n,)."""
        return np.asarray(features["purchases_per_year"].to_numpy(dtype=np.float64) / 365.0 * self.days)

    def spend(self, features: pd.DataFrame, per_purchase: Floats) -> Floats:  # noqa: ARG002
        """Return average order × rate × days, shape (n,)."""
        return np.asarray(self.purchases(features) * features["spend_mean"].to_numpy(dtype=np.float64))


def _nearest(windows: tuple[int, ...], days: int) -> int:
    return min(windows, key=lambda w: abs(np.log(w / days)))
