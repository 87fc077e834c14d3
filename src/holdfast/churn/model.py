"""The LightGBM churn classifier: learns on earlier snapshots, is calibrated on later ones."""

from dataclasses import dataclass, field
from datetime import date

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.churn.calibration import Sigmoid
from holdfast.churn.snapshots import MOST_ORIGINS, Snapshots, plan_snapshots
from holdfast.errors import NotEnoughDataError
from holdfast.features import FEATURES, Cutoff

Floats = npt.NDArray[np.float64]

ROUNDS = 150
# Strongly regularised: small trees on a share of the columns beat deep ones on every log we measured.
_PARAMETERS: dict[str, object] = {
    "objective": "binary",
    "num_leaves": 7,
    "learning_rate": 0.05,
    "lambda_l2": 10.0,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "verbosity": -1,
    # Same bits on any number of threads.
    "deterministic": True,
    "force_col_wise": True,
}


@dataclass(frozen=True)
class ChurnModel:
    """P(no purchase day in the outcome window), for every customer who ever bought.

    Attributes
    ----------
    booster
        LightGBM trees on ``feature_names``.
    calibration
        Applied to the booster's probability.
    horizon_days, gap_days
        Of the outcome window it was trained on.
    trained_on, calibrated_on
        Cutoffs of the snapshots used, latest first; ``calibrated_on`` is empty where the history is too short.
    """

    booster: lgb.Booster
    feature_names: list[str]
    calibration: Sigmoid
    horizon_days: int
    gap_days: int
    trained_on: list[date] = field(default_factory=list)
    calibrated_on: list[date] = field(default_factory=list)

    def p_churn(self, features: pd.DataFrame) -> Floats:
        """Return P(no purchase in the window), shape (n,); higher is a greater risk."""
        return self.calibration(self._raw(features))

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return each feature's contribution to the log-odds of churn (SHAP), shape (n, features)."""
        values = np.asarray(self.booster.predict(self._matrix(features), pred_contrib=True, num_threads=1))
        return pd.DataFrame(values[:, :-1], columns=self.feature_names, index=features.index)

    def _raw(self, features: pd.DataFrame) -> Floats:
        return np.asarray(self.booster.predict(self._matrix(features)), dtype=np.float64)

    def _matrix(self, features: pd.DataFrame) -> Floats:
        return features[self.feature_names].to_numpy(dtype=np.float64)


def train_churn(
    snapshots: Snapshots, cutoff: Cutoff, *, has_money: bool = True, seed: int = 1, threads: int = 0
) -> ChurnModel:
    """Train and calibrate as of ``cutoff``, from what was known by then.

    Parameters
    ----------
    snapshots
        The purchase log.
    cutoff
        As-of date, gap and horizon.
    has_money
        False leaves out features of money.
    seed, threads
        For LightGBM; ``threads = 0`` uses every core and changes no bit of the result.

    Raises
    ------
    NotEnoughDataError
        The log before the cutoff cannot teach the difference between buying and not buying.
    """
    features, churned, cutoffs = snapshots.training(cutoff)
    names = _usable(features, has_money=has_money)
    booster = _boost(features[names], churned, seed, threads)
    later = []
    for origin in plan_snapshots(snapshots.first_day, cutoff)[:MOST_ORIGINS]:
        try:
            past, past_churned, _ = snapshots.training(origin)
        except NotEnoughDataError:
            break
        known, outcome = snapshots.at(origin)
        p = np.asarray(_boost(past[names], past_churned, seed, threads).predict(known[names].to_numpy()))
        later.append((origin.date, p, outcome["churned"].to_numpy()))
    calibration = Sigmoid()
    if later:
        foreseen, observed = np.concatenate([x[1] for x in later]), np.concatenate([x[2] for x in later])
        calibration = Sigmoid.fit(foreseen, observed) if 0 < observed.sum() < len(observed) else calibration
    return ChurnModel(
        booster,
        names,
        calibration,
        cutoff.horizon_days,
        cutoff.gap_days,
        trained_on=[c.date for c in cutoffs],
        calibrated_on=[x[0] for x in later],
    )


def _usable(features: pd.DataFrame, *, has_money: bool) -> list[str]:
    """Return the features that this log can fill and that differ between customers."""
    offered = [f.name for f in FEATURES if has_money or f.needs != "money"]
    return [name for name in offered if features[name].min() < features[name].max()]


def _boost(features: pd.DataFrame, churned: pd.Series, seed: int, threads: int) -> lgb.Booster:
    # A leaf needs enough customers to mean something, but a small shop must still get a tree.
    leaf = int(np.clip(len(features) // 100, 5, 50))
    parameters = {**_PARAMETERS, "seed": seed, "num_threads": threads, "min_data_in_leaf": leaf}
    data = lgb.Dataset(
        features.to_numpy(dtype=np.float64), churned.to_numpy(), feature_name=list(features.columns), params=parameters
    )
    return lgb.train(parameters, data, num_boost_round=ROUNDS)
