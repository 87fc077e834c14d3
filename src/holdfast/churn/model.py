"""The churn score that is served: a contender, calibrated on later windows, at last year's level where it is known."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from holdfast.churn.contender import Contender
from holdfast.churn.contenders import contenders
from holdfast.churn.past import Past
from holdfast.churn.season import LastYear, last_year, teaches, year_ago
from holdfast.errors import NotEnoughDataError
from holdfast.learn.arrays import Floats
from holdfast.learn.calibration import Calibration, Sigmoid, choose, from_dict, shifted

DEFAULT = "blend"


@dataclass(frozen=True)
class ChurnModel:
    """P(no purchase day in the outcome window), for every customer who ever bought.

    Attributes
    ----------
    name
        Which contender scores.
    contender
        What it learnt.
    method, calibration, calibration_losses
        How its probabilities are calibrated, and the log loss of each method on the window that chose.
    season
        The backtest of one year ago, and of the years before.
    horizon_days, gap_days
        Of the outcome window it was trained on.
    trained_on, calibrated_on
        Cutoffs of the snapshots used, latest first; ``calibrated_on`` is empty where the history is too short.

    Examples
    --------
    >>> from holdfast.churn import Snapshots
    >>> from holdfast.data import Source, read_purchases, simulate_shop
    >>> from holdfast.features import Cutoff, build_features
    >>> log = read_purchases(Source(simulate_shop(300, seed=3).purchases))
    >>> cutoff = Cutoff("2024-03-01", horizon_days=60)
    >>> model = train_churn(Past(Snapshots(log.connection, log.first_day), cutoff), "p0")
    >>> model.method, [str(day) for day in model.trained_on]
    ('none', ['2024-01-01', '2023-12-17', '2023-12-02', '2023-11-17', '2023-11-02', '2023-10-18', '2023-10-03'])
    >>> model.p_churn(build_features(log.connection, cutoff)).round(2)[:3].tolist()
    [0.74, 0.21, 0.68]
    """

    name: str
    contender: Contender
    horizon_days: int
    gap_days: int
    method: str = "none"
    calibration: Calibration = field(default_factory=Sigmoid)
    calibration_losses: dict[str, float] = field(default_factory=dict)
    season: LastYear = field(default_factory=LastYear)
    trained_on: list[date] = field(default_factory=list)
    calibrated_on: list[date] = field(default_factory=list)

    def p_churn(self, features: pd.DataFrame) -> Floats:
        """Return P(no purchase in the window), shape (n,); higher is a greater risk."""
        return shifted(self.calibration(self.contender.p_churn(features)), self.season.log_odds_shift)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; trees as their text."""
        return {
            "name": self.name,
            "contender": self.contender.to_dict(),
            "method": self.method,
            "calibration": self.calibration.to_dict(),
            "calibration_losses": self.calibration_losses,
            "season": self.season.to_dict(),
            "horizon_days": self.horizon_days,
            "gap_days": self.gap_days,
            "trained_on": [d.isoformat() for d in self.trained_on],
            "calibrated_on": [d.isoformat() for d in self.calibrated_on],
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "ChurnModel":
        """Make the model of ``to_dict``."""
        return cls(
            name=state["name"],
            contender=contenders()[state["name"]].from_dict(state["contender"]),
            horizon_days=state["horizon_days"],
            gap_days=state["gap_days"],
            method=state["method"],
            calibration=from_dict(state["method"], state["calibration"]),
            calibration_losses=state["calibration_losses"],
            season=LastYear.from_dict(state["season"]),
            trained_on=[date.fromisoformat(d) for d in state["trained_on"]],
            calibrated_on=[date.fromisoformat(d) for d in state["calibrated_on"]],
        )


def train_churn(past: Past, name: str = DEFAULT) -> ChurnModel:
    """Fit a contender as of the cutoff, and calibrate it on windows that its earlier selves had not seen.

    Parameters
    ----------
    past
        What was known.
    name
        Of the contender.

    Raises
    ------
    NotEnoughDataError
        The log before the cutoff cannot teach the difference between buying and not buying.

    Examples
    --------
    >>> from holdfast.churn import Snapshots
    >>> from holdfast.data import Source, read_purchases, simulate_shop
    >>> from holdfast.features import Cutoff
    >>> log = read_purchases(Source(simulate_shop(300, seed=3).purchases))
    >>> cutoff = Cutoff("2024-03-01", horizon_days=60)
    >>> train_churn(Past(Snapshots(log.connection, log.first_day), cutoff), "recency").name
    'recency'
    """
    contenders()[name].prepare(asked_for(past))
    contender = past.fitted(name)
    method, calibration, losses, calibrated_on = _calibrate(past, name)
    return ChurnModel(
        name=name,
        contender=contender,
        horizon_days=past.cutoff.horizon_days,
        gap_days=past.cutoff.gap_days,
        method=method,
        calibration=calibration,
        calibration_losses=losses,
        season=last_year(past, name),
        trained_on=[c.date for c in past.snapshots.planned(past.cutoff)],
        calibrated_on=calibrated_on,
    )


def asked_for(past: Past) -> list[Past]:
    """Return the pasts that training on this one fits: its own, those of its calibration, and last year's."""
    last = year_ago(past)
    return [past, past.window_earlier, past.window_earlier.window_earlier, *([last] if teaches(last, past) else [])]


def _calibrate(past: Past, name: str) -> tuple[str, Calibration, dict[str, float], list[date]]:
    """Predict the last two disjoint windows as their own past would have, and let the newer one choose."""
    origins = [past.window_earlier, past.window_earlier.window_earlier]
    seen = []
    try:
        for origin in origins:
            features, outcome = past.snapshots.at(origin.cutoff, past.snapshots.sizes.check)
            y = outcome["churned"].to_numpy(dtype=np.int64)
            if not 0 < y.sum() < len(y):
                return "none", Sigmoid(), {}, []
            seen.append((origin.fitted(name).p_churn(features), y))
    except NotEnoughDataError:
        return "none", Sigmoid(), {}, []
    method, calibration, losses = choose(earlier=seen[1], later=seen[0])
    return method, calibration, losses, [o.cutoff.date for o in origins]
