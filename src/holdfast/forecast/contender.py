"""What takes part in the race for the forecast of purchases and spend: one class per contender, one file each."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from holdfast.forecast.outlook import Outlook
from holdfast.learn.arrays import Floats


class ValueContender(ABC):
    """A way to the expected purchase days and spend of the outcome window, learnt from the past only.

    A subclass in a file of ``forecast/contenders/`` takes part in the race under its ``name``.
    """

    name: ClassVar[str]
    simple: ClassVar[bool] = False
    """A rule that needs no learning machine: what is served must not be worse than the best of these."""

    @classmethod
    @abstractmethod
    def fit(cls, outlook: Outlook) -> Self:
        """Learn from what was known at the cutoff.

        Raises
        ------
        NotEnoughDataError
            The past cannot teach it.
        """

    @classmethod  # noqa: B027  # most have nothing to prepare
    def prepare(cls, outlooks: Sequence[Outlook]) -> None:
        """Make what ``fit`` will need for several outlooks, where that is cheaper together; nothing where it is not."""

    @abstractmethod
    def purchases(self, features: pd.DataFrame) -> Floats:
        """Return the expected purchase days in the window, shape (n,)."""

    def spend(self, features: pd.DataFrame, per_purchase: Floats) -> Floats:
        """Return the expected spend in the window, currency, shape (n,): purchases × spend of a purchase day."""
        return self.purchases(features) * per_purchase

    def per_purchase(self, features: pd.DataFrame, per_purchase: Floats) -> Floats:
        """Return ``spend`` over ``purchases``, shape (n,); what is given where no purchase is foreseen."""
        if type(self).spend is ValueContender.spend:
            return per_purchase
        purchases = self.purchases(features)
        return np.divide(self.spend(features, per_purchase), purchases, out=per_purchase.copy(), where=purchases > 0)

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; LightGBM's trees as their text, under the key ``trees``."""

    @classmethod
    @abstractmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Make the contender of ``to_dict``."""
