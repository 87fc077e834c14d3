"""Each buy-till-you-die model × Gamma-Gamma, and their mean."""

from typing import Any, ClassVar, Self

import pandas as pd

from holdfast.churn import Trio
from holdfast.clv import BTYD_MODELS
from holdfast.forecast.contender import ValueContender
from holdfast.forecast.outlook import Outlook
from holdfast.learn.arrays import Floats


class Btyd(ValueContender):
    """The mean of all of them."""

    name = "btyd"
    simple = True
    models: ClassVar[tuple[str, ...]] = tuple(BTYD_MODELS)

    def __init__(self, trio: Trio, days: int, gap_days: int) -> None:
        self.trio, self.days, self.gap_days = trio, days, gap_days

    @classmethod
    def fit(cls, outlook: Outlook) -> Self:
        """Take the models fitted as of the cutoff.

        Raises
        ------
        NotEnoughDataError
            None of the models has an answer to these histories.
        """
        past = outlook.past
        return cls(past.trio_of(cls.models, cls.name), past.cutoff.horizon_days, past.cutoff.gap_days)

    def purchases(self, features: pd.DataFrame) -> Floats:
        """Return the expected purchase days, shape (n,)."""
        return self.trio.mean_expected(features, self.days, gap_days=self.gap_days)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"trio": self.trio.to_dict(), "days": self.days, "gap_days": self.gap_days}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Make the model of ``to_dict``."""
        return cls(Trio.from_dict(state["trio"]), state["days"], state["gap_days"])


def _alone(model: str) -> type[Btyd]:
    doc = f"{BTYD_MODELS[model].__name__} alone."
    given = {"name": model, "models": (model,), "__module__": __name__, "__doc__": doc}
    return type(f"Btyd_{model}", (Btyd,), given)


# Kept, so that the race finds them among the subclasses.
ALONE = tuple(_alone(model) for model in BTYD_MODELS)
