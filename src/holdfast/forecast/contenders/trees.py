"""LightGBM on counts, from the buy-till-you-die models' expectation on; and LightGBM on spend directly."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd

from holdfast.churn import Past, TrainingWindow, Trio
from holdfast.errors import NotEnoughDataError
from holdfast.forecast.contender import ValueContender
from holdfast.forecast.outlook import Outlook
from holdfast.learn.arrays import Floats
from holdfast.learn.parallel import at_once
from holdfast.learn.trees import boost_windows, from_text, predicted, text_of

if TYPE_CHECKING:
    import lightgbm as lgb

_LEAST = 1e-4


class Offset(ValueContender):
    """LightGBM Poisson counts whose starting point is the expectation of the BTYD models: the default.

    Trees learn only what those models miss, so that the forecast of a big buyer is not pulled to a leaf's mean.
    """

    name = "offset"
    _KEY: ClassVar[str] = "offset: counts"

    def __init__(self, booster: "lgb.Booster", columns: list[str], trio: Trio, days: int, gap_days: int) -> None:
        self.booster, self.columns, self.trio, self.days, self.gap_days = booster, columns, trio, days, gap_days

    @classmethod
    def fit(cls, outlook: Outlook) -> Self:
        """Train on the past snapshots; with a short history also over half the horizon."""
        past = outlook.past
        return past.once(cls._KEY, lambda: cls._grown(past, *cls._taught(past)))

    @classmethod
    def prepare(cls, outlooks: Sequence[Outlook]) -> None:
        """Begin to grow trees, each on its own core; outlooks that cannot teach them are left for ``fit``."""
        for past in (outlook.past for outlook in outlooks):
            if not past.has(cls._KEY):
                with suppress(NotEnoughDataError):
                    past.start(cls._KEY, partial(cls._grown, past, *cls._taught(past)))

    @classmethod
    def _taught(cls, past: Past) -> tuple[Trio, list[TrainingWindow], Floats]:
        """Return today's BTYD models, the windows to learn from, and where each row's trees start."""
        windows = past.pooled() if past.short else past.training_windows()
        return past.trio, windows, np.concatenate([_offset(x.trio, x) for x in windows])

    @classmethod
    def _grown(cls, past: Past, trio: Trio, windows: list[TrainingWindow], offset: Floats) -> Self:
        columns = past.usable(windows)
        booster = boost_windows(
            [x.features for x in windows],
            columns,
            np.concatenate([x.outcome["purchases"].to_numpy(dtype=np.float64) for x in windows]),
            seed=past.seed,
            objective="poisson",
            offset=offset,
        )
        return cls(booster, columns, trio, past.cutoff.horizon_days, past.cutoff.gap_days)

    def purchases(self, features: pd.DataFrame) -> Floats:
        """Return the expected purchase days, shape (n,)."""
        start = _log(self.trio.mean_expected(features, self.days, gap_days=self.gap_days))
        raw = predicted(self.booster, features[self.columns], raw_score=True)
        return np.asarray(np.exp(start + raw))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, and the trees as text."""
        return {
            "columns": self.columns,
            "trio": self.trio.to_dict(),
            "days": self.days,
            "gap_days": self.gap_days,
            "trees": text_of(self.booster),
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Make the model of ``to_dict``."""
        return cls(
            from_text(state["trees"]),
            state["columns"],
            Trio.from_dict(state["trio"]),
            state["days"],
            state["gap_days"],
        )


class Direct(ValueContender):
    """LightGBM on the counts and on the spend themselves; it fails where a few wholesalers dominate."""

    name = "direct"

    def __init__(self, counts: "lgb.Booster", money: "lgb.Booster | None", columns: list[str]) -> None:
        self.counts, self.money, self.columns = counts, money, columns

    @classmethod
    def fit(cls, outlook: Outlook) -> Self:
        """Train on the past snapshots."""
        past = outlook.past
        windows = past.training_windows()
        columns = past.usable(windows)

        def trained(target: str, objective: str) -> "lgb.Booster":
            y = np.concatenate([x.outcome[target].to_numpy(dtype=np.float64) for x in windows])
            return boost_windows([x.features for x in windows], columns, y, seed=past.seed, objective=objective)

        asked = [("purchases", "poisson"), *([("spend", "tweedie")] if past.has_money else [])]
        counts, *money = at_once(lambda of: trained(*of), asked, threads=past.threads)
        return cls(counts, money[0] if money else None, columns)

    def purchases(self, features: pd.DataFrame) -> Floats:
        """Return the expected purchase days, shape (n,)."""
        return predicted(self.counts, features[self.columns])

    def spend(self, features: pd.DataFrame, per_purchase: Floats) -> Floats:
        """Return the expected spend, shape (n,)."""
        if self.money is None:
            return super().spend(features, per_purchase)
        return predicted(self.money, features[self.columns])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, and the trees as text."""
        return {
            "columns": self.columns,
            "counts": {"trees": text_of(self.counts)},
            "money": {"trees": text_of(self.money)} if self.money is not None else None,
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Make the model of ``to_dict``."""
        money = from_text(state["money"]["trees"]) if state["money"] else None
        return cls(from_text(state["counts"]["trees"]), money, state["columns"])


def _offset(trio: Trio, window: TrainingWindow) -> Floats:
    cutoff = window.cutoff
    return _log(trio.mean_expected(window.features, cutoff.horizon_days, gap_days=cutoff.gap_days))


def _log(expected: Floats) -> Floats:
    return np.log(np.maximum(expected, _LEAST))
