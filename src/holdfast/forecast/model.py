"""The forecast that is served: a contender, at the level of earlier years where known, between two levels where not."""

from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from holdfast.churn.season import earlier_years, level_ratio
from holdfast.forecast.contender import ValueContender
from holdfast.forecast.contenders import value_contenders
from holdfast.forecast.level import believed, of_earlier_years
from holdfast.forecast.outlook import Outlook
from holdfast.learn.arrays import Floats

DEFAULT = "offset"


@dataclass(frozen=True)
class Forecast:
    """Expected purchase days and spend in the outcome window, for every customer who ever bought.

    Attributes
    ----------
    name, contender
        Which contender forecasts, and what it learnt.
    factor
        Every expectation is multiplied by it: what earlier years were off by (``forecast.level``), or, where the log
        shows none, what leads halfway to the level that the buy-till-you-die models expect.
    """

    name: str
    contender: ValueContender
    factor: float = 1.0

    def purchases(self, features: pd.DataFrame) -> Floats:
        """Return the expected purchase days in the window, shape (n,)."""
        return self.factor * self.contender.purchases(features)

    def spend(self, features: pd.DataFrame, per_purchase: Floats) -> Floats:
        """Return the expected spend in the window, currency, shape (n,)."""
        return self.factor * self.contender.spend(features, per_purchase)

    def per_purchase(self, features: pd.DataFrame, per_purchase: Floats) -> Floats:
        """Return the spend of a purchase day as this forecast sees it, currency, shape (n,).

        What ``per_purchase`` says, but for contenders that foresee spend on their own.
        """
        return self.contender.per_purchase(features, per_purchase)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; trees as their text."""
        return {"name": self.name, "contender": self.contender.to_dict(), "factor": self.factor}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "Forecast":
        """Make the forecast of ``to_dict``."""
        contender = value_contenders()[state["name"]].from_dict(state["contender"])
        return cls(state["name"], contender, state["factor"])


def train_forecast(outlook: Outlook, name: str = DEFAULT) -> Forecast:
    """Fit a contender as of the cutoff.

    Raises
    ------
    NotEnoughDataError
        The past cannot teach it.
    """
    last = [replace(outlook, past=then) for then in islice(earlier_years(outlook.past), 1)]
    value_contenders()[name].prepare([outlook, *last])
    contender = outlook.fitted(name)
    years, weights = of_earlier_years(outlook, name)
    return Forecast(name, contender, believed(years, weights) if years else _halfway(outlook, contender))


def _halfway(outlook: Outlook, contender: ValueContender) -> float:
    """Return √(total the buy-till-you-die models expect ÷ total the contender expects).

    Trees go by the level of past windows, the others by how all of the history went on: in a log of less than a year
    and a half each misses a season in another way (measured: docs/value.md).
    """
    past = outlook.past
    if not past.trio.models:
        return 1.0
    features = past.snapshots.features(past.cutoff.date, past.snapshots.sizes.check)
    own = float(contender.purchases(features).sum())
    theirs = past.trio.mean_expected(features, past.cutoff.horizon_days, gap_days=past.cutoff.gap_days)
    return float(np.sqrt(level_ratio(float(theirs.sum()), own)))
