"""P(no purchase in the window) of the buy-till-you-die models: exact, and nothing is learnt from outcomes.

P0 = L(x, t_x, T + h) / L(x, t_x, T). Never 1 − P(alive), which is 0 for every one-time buyer of BG/NBD.
"""

from typing import Any, ClassVar, Self

import pandas as pd

from holdfast.churn.btyd import Trio
from holdfast.churn.contender import Contender
from holdfast.churn.past import Past
from holdfast.clv import BTYD_MODELS
from holdfast.learn.arrays import Floats


class MeanP0(Contender):
    """The mean of the models' P0, fitted on what is known now: the newest purchases count too."""

    name = "p0"
    simple = True
    models: ClassVar[tuple[str, ...]] = tuple(BTYD_MODELS)

    def __init__(self, trio: Trio, days: int, gap_days: int) -> None:
        self.trio, self.days, self.gap_days = trio, days, gap_days

    @classmethod
    def fit(cls, past: Past) -> Self:
        """Take the models fitted as of the cutoff.

        Raises
        ------
        NotEnoughDataError
            None of the models has an answer to these histories.
        """
        trio, cutoff = past.trio_of(cls.models, cls.name), past.cutoff
        return cls(trio, cutoff.horizon_days, cutoff.gap_days)

    def p_churn(self, features: pd.DataFrame) -> Floats:
        """Return P(no purchase in the window), shape (n,)."""
        return self.trio.mean_p_no_purchase(features, self.days, gap_days=self.gap_days)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"trio": self.trio.to_dict(), "days": self.days, "gap_days": self.gap_days}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Make the contender of ``to_dict``."""
        return cls(Trio.from_dict(state["trio"]), state["days"], state["gap_days"])


def _alone(model: str) -> type[MeanP0]:
    doc = f"{BTYD_MODELS[model].__name__} alone."
    return type(
        f"MeanP0_{model}", (MeanP0,), {"name": model, "models": (model,), "__module__": __name__, "__doc__": doc}
    )


# Kept, so that the race finds them among the subclasses.
ALONE = tuple(_alone(model) for model in BTYD_MODELS)
