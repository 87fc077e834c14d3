"""What a forecast may learn from: the past of purchases, and what a purchase is worth."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from holdfast.churn import Past
from holdfast.clv import GammaGamma
from holdfast.features import Cutoff, summary_of
from holdfast.learn.arrays import Floats

if TYPE_CHECKING:
    from holdfast.forecast.contender import ValueContender


@dataclass(frozen=True)
class Outlook:
    """Everything a forecast may use as of ``past.cutoff``.

    Attributes
    ----------
    past
        Purchases until the cutoff.
    spend
        Gamma-Gamma fitted on the same, the first purchase included; ``None`` for a log without amounts.
    """

    past: Past
    spend: GammaGamma | None
    _fits: "dict[tuple[str, Cutoff], ValueContender]" = field(default_factory=dict, compare=False, repr=False)

    def per_purchase(self, features: pd.DataFrame) -> Floats | None:
        """Return the expected spend of a purchase day, shape (n,)."""
        return None if self.spend is None else self.spend.expected_spend(summary_of(features))

    def fitted(self, name: str) -> "ValueContender":
        """Return a contender by name, fitted on this outlook once."""
        from holdfast.forecast.contenders import value_contenders

        key = name, self.past.cutoff
        if key not in self._fits:
            self._fits[key] = value_contenders()[name].fit(self)
        return self._fits[key]
