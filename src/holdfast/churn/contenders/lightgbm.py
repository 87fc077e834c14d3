"""LightGBM on every feature, over one horizon or over two."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd

from holdfast.churn.contender import Contender
from holdfast.churn.past import Past, TrainingWindow
from holdfast.churn.plan import plan_snapshots
from holdfast.errors import NotEnoughDataError
from holdfast.learn.arrays import Floats
from holdfast.learn.calibration import Sigmoid
from holdfast.learn.trees import boost_windows, from_text, predicted, text_of

if TYPE_CHECKING:
    import lightgbm as lgb

_HORIZON = "horizon_days"
_MOST_ORIGINS = 3
# Twice as many take twice the time and changed the log loss of ten logs by less than .0003 either way.
_MOST_ROWS = 100_000


class LightGbm(Contender):
    """Trees on up to seven past snapshots; what the latest windows say about their level is half applied."""

    name = "lightgbm"
    pooled: ClassVar[bool] = False
    """Whether windows over half the horizon are pooled in; a column then says which horizon a row is about."""

    def __init__(self, trees: "Trees", calibration: Sigmoid) -> None:
        self.trees, self.calibration = trees, calibration

    @classmethod
    def fit(cls, past: Past) -> Self:
        """Train on the past snapshots, then compare trees of one and two windows earlier with what happened since.

        The last three of the training windows say how far trees are off: those of one window earlier foresee the
        last of them, those of two windows earlier the two before, which they had not seen either. Where the log is
        too short for these, trees are grown on what was known at each.
        """
        trees, foreseen, observed = cls._grown(past), [], []
        for earlier, window in zip(cls._compared(past), past.newest(_MOST_ORIGINS), strict=True):
            try:
                grown = cls._grown(earlier)
            except NotEnoughDataError:
                break
            foreseen.append(grown.p(window.features))
            observed.append(window.churned)
        return cls(trees, Sigmoid.learn(foreseen, observed))

    @classmethod
    def prepare(cls, pasts: Sequence[Past]) -> None:
        """Begin to grow the trees that ``fit`` needs, each on its own core; what cannot teach is left for it to refuse.

        Training windows are read here, one after the other, while trees grow.
        """
        for past in dict.fromkeys(each for one in pasts for each in (one, *cls._compared(one))):
            if not past.has(cls._key()):
                with suppress(NotEnoughDataError):
                    past.start(cls._key(), partial(Trees.grow, past, cls._training_windows(past)))

    @classmethod
    def _compared(cls, past: Past) -> list[Past]:
        """Return the pasts whose trees foresee the newest training windows, window by window, latest first."""
        one = past.window_earlier
        several = (one, one.window_earlier, one.window_earlier)
        newest = plan_snapshots(past.snapshots.first_day, past.cutoff)[:_MOST_ORIGINS]
        return [sharing if sharing.taught else past.earlier(c) for sharing, c in zip(several, newest, strict=False)]

    @classmethod
    def _grown(cls, past: Past) -> "Trees":
        return past.once(cls._key(), lambda: Trees.grow(past, cls._training_windows(past)))

    @classmethod
    def _key(cls) -> str:
        return f"{cls.name}: trees"

    @classmethod
    def _training_windows(cls, past: Past) -> list[TrainingWindow]:
        return past.pooled() if cls.pooled or past.short else past.training_windows()

    def p_churn(self, features: pd.DataFrame) -> Floats:
        """Return P(no purchase in the window), shape (n,)."""
        return self.calibration(self.trees.p(features))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, and the trees as text."""
        return {**self.trees.to_dict(), "calibration": self.calibration.to_dict()}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Make the model of ``to_dict``."""
        return cls(Trees.from_dict(state), Sigmoid(**state["calibration"]))


class LightGbmPooled(LightGbm):
    """Trees that learn from windows of the horizon and of half of it, which end half a horizon later."""

    name = "lightgbm_pooled"
    pooled = True


@dataclass(frozen=True)
class Trees:
    """A booster as it grew on windows of one cutoff, not yet compared with any later outcome."""

    booster: "lgb.Booster"
    columns: list[str]
    days: int

    @classmethod
    def grow(cls, past: Past, windows: list[TrainingWindow]) -> Self:
        """Learn from training windows."""
        several = len({x.cutoff.horizon_days for x in windows}) > 1
        columns = [*past.usable(windows), *([_HORIZON] if several else [])]
        booster = boost_windows(
            [_about(x.features, x.cutoff.horizon_days) for x in windows],
            columns,
            np.concatenate([x.churned for x in windows]),
            seed=past.seed,
            parameters=past.parameters,
            most_rows=_MOST_ROWS,
        )
        return cls(booster, columns, past.cutoff.horizon_days)

    def p(self, features: pd.DataFrame) -> Floats:
        """Return P(no purchase in the window) as the trees give it, shape (n,)."""
        rows = _about(features, self.days)[self.columns]
        return predicted(self.booster, rows)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, and the trees as text."""
        return {"columns": self.columns, "days": self.days, "trees": text_of(self.booster)}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Make the trees of ``to_dict``."""
        return cls(from_text(state["trees"]), state["columns"], state["days"])


def _about(features: pd.DataFrame, days: int) -> pd.DataFrame:
    """Add the column that says over how many days a row's outcome is."""
    return features.assign(**{_HORIZON: np.full(len(features), days, dtype=np.float32)})
