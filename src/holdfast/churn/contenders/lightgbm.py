"""LightGBM on every feature, over one horizon or over two."""

from typing import Any, ClassVar, Self

import lightgbm as lgb
import numpy as np
import pandas as pd

from holdfast.churn.contender import Contender
from holdfast.churn.past import Lesson, Past
from holdfast.churn.snapshots import MOST_ORIGINS, plan_snapshots
from holdfast.errors import NotEnoughDataError
from holdfast.learn.arrays import Floats
from holdfast.learn.calibration import Sigmoid
from holdfast.learn.parallel import at_once
from holdfast.learn.trees import MOST_ROWS, boost, shap, text_of

_HORIZON = "horizon_days"
# Earlier trees only say how far the level and the slope were off.
_ROWS_TO_COMPARE = 120_000


class LightGbm(Contender):
    """Trees on up to seven past snapshots; what later snapshots say about their level is half applied."""

    name = "lightgbm"
    pooled: ClassVar[bool] = False
    """Whether lessons over half the horizon are pooled in; a column then says which horizon a row is about."""

    def __init__(self, booster: lgb.Booster, columns: list[str], days: int, calibration: Sigmoid) -> None:
        self.booster, self.columns, self.days, self.calibration = booster, columns, days, calibration

    @classmethod
    def fit(cls, past: Past) -> Self:
        """Train on the past snapshots, then compare with up to three later ones that earlier trees had not seen."""
        to_learn, origins = [cls._lessons(past)], []
        for origin in plan_snapshots(past.snapshots.first_day, past.cutoff)[:MOST_ORIGINS]:
            try:
                to_learn.append(cls._lessons(past.earlier(origin)))
            except NotEnoughDataError:
                break
            origins.append(past.snapshots.at(origin))
        raw, *then = at_once(
            lambda job: cls._raw(past, *job),
            list(zip(to_learn, [MOST_ROWS] + [_ROWS_TO_COMPARE] * len(origins), strict=True)),
            threads=past.threads,
        )
        calibration = Sigmoid.learn(
            [earlier.p_churn(features) for earlier, (features, _) in zip(then, origins, strict=True)],
            [outcome["churned"].to_numpy(dtype=np.int64) for _, outcome in origins],
        )
        return cls(raw.booster, raw.columns, raw.days, calibration)

    @classmethod
    def _lessons(cls, past: Past) -> list[Lesson]:
        return past.pooled() if cls.pooled or past.short else past.lessons()

    @classmethod
    def _raw(cls, past: Past, lessons: list[Lesson], most_rows: int) -> Self:
        several = len({x.cutoff.horizon_days for x in lessons}) > 1
        columns = [*past.usable(lessons), *([_HORIZON] if several else [])]
        booster = boost(
            pd.concat([_matrix(x, columns) for x in lessons], ignore_index=True),
            np.concatenate([x.churned for x in lessons]),
            seed=past.seed,
            parameters=past.parameters,
            most_rows=most_rows,
        )
        return cls(booster, columns, past.cutoff.horizon_days, Sigmoid())

    def p_churn(self, features: pd.DataFrame) -> Floats:
        """Return P(no purchase in the window), shape (n,)."""
        raw = self.booster.predict(self._rows(features).to_numpy(dtype=np.float64))
        return self.calibration(np.asarray(raw, dtype=np.float64))

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return each feature's contribution to the log-odds (SHAP)."""
        return shap(self.booster, self._rows(features)).drop(columns=_HORIZON, errors="ignore")

    def _rows(self, features: pd.DataFrame) -> pd.DataFrame:
        return features.assign(**{_HORIZON: float(self.days)})[self.columns]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, and the trees as text."""
        return {
            "columns": self.columns,
            "days": self.days,
            "calibration": self.calibration.to_dict(),
            "trees": text_of(self.booster),
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Make the model of ``to_dict``."""
        return cls(
            lgb.Booster(model_str=state["trees"]), state["columns"], state["days"], Sigmoid(**state["calibration"])
        )


class LightGbmPooled(LightGbm):
    """Trees that learn from windows of the horizon and of half of it, which end half a horizon later."""

    name = "lightgbm_pooled"
    pooled = True


def _matrix(lesson: Lesson, columns: list[str]) -> pd.DataFrame:
    return lesson.features.assign(**{_HORIZON: float(lesson.cutoff.horizon_days)})[columns]
