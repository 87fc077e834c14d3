"""Each buy-till-you-die model × Gamma-Gamma, and their mean."""

from typing import Any, ClassVar, Self

import pandas as pd

from holdfast.churn import Trio
from holdfast.forecast.contender import ValueContender
from holdfast.forecast.outlook import Outlook
from holdfast.learn.arrays import Floats


class Btyd(ValueContender):
    """The mean of BG/NBD, MBG/NBD and Pareto/NBD."""

    name = "btyd"
    simple = True
    models: ClassVar[tuple[str, ...]] = ("bg_nbd", "mbg_nbd", "pareto_nbd")

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


class BgNbd(Btyd):
    """BG/NBD alone."""

    name = "bg_nbd"
    models = ("bg_nbd",)


class MbgNbd(Btyd):
    """MBG/NBD alone."""

    name = "mbg_nbd"
    models = ("mbg_nbd",)


class ParetoNbd(Btyd):
    """Pareto/NBD alone."""

    name = "pareto_nbd"
    models = ("pareto_nbd",)
