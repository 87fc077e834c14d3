"""Gradient-boosted trees, strongly regularised, the same bits on any number of threads."""

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

ROUNDS = 150
# More rows say little new to trees this small; half as many already let a forecast's level wander by some per cent.
MOST_ROWS = 200_000
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
    # Threads of one booster spin while they wait for each other; boosters side by side do not.
    "num_threads": 1,
    "deterministic": True,
    "force_col_wise": True,
}


def boost(
    matrix: pd.DataFrame,
    target: npt.ArrayLike,
    *,
    seed: int,
    objective: str = "binary",
    offset: Floats | None = None,
    parameters: tuple[tuple[str, float], ...] = (),
    most_rows: int = MOST_ROWS,
) -> lgb.Booster:
    """Train LightGBM on a frame of numbers.

    Parameters
    ----------
    matrix
        Shape (n, features); missing values are allowed.
    target
        Shape (n,).
    seed
        Of the trees' lots, and of the rows chosen where there are more than ``most_rows``.
    objective
        ``binary`` or ``poisson``.
    offset
        Added to the raw score of each row, shape (n,).
    parameters
        What tuning found better than the default; ``rounds`` is the number of trees.
    """
    tuned = dict(parameters)
    rounds = int(tuned.pop("rounds", ROUNDS))
    whole = {k: int(v) if k in ("num_leaves", "min_data_in_leaf") else v for k, v in tuned.items()}
    target = np.asarray(target)
    if len(matrix) > most_rows:
        chosen = np.sort(np.random.default_rng(seed).choice(len(matrix), most_rows, replace=False))
        matrix, target = matrix.iloc[chosen], target[chosen]
        offset = None if offset is None else offset[chosen]
    # A leaf needs enough customers to mean something, but a small shop must still get a tree.
    leaf = int(np.clip(len(matrix) // 100, 5, 50))
    settings = {
        **_PARAMETERS,
        "objective": objective,
        "min_data_in_leaf": leaf,
        **whole,
        "seed": seed,
    }
    data = lgb.Dataset(
        matrix.to_numpy(dtype=np.float64),
        target,
        init_score=offset,
        feature_name=list(matrix.columns),
        params=settings,
    )
    return lgb.train(settings, data, num_boost_round=rounds)


def text_of(booster: lgb.Booster) -> str:
    """Return the trees as text."""
    return str(booster.model_to_string())


def shap(booster: lgb.Booster, matrix: pd.DataFrame) -> pd.DataFrame:
    """Return each feature's contribution to the raw score (Lundberg & Lee 2017), shape (n, features)."""
    values = np.asarray(booster.predict(matrix.to_numpy(dtype=np.float64), pred_contrib=True, num_threads=1))
    return pd.DataFrame(values[:, :-1], columns=matrix.columns, index=matrix.index)
