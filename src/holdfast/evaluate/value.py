"""How well purchases and spend were foreseen."""

from typing import Any

import numpy as np
import numpy.typing as npt

from holdfast.evaluate.ties import Places


def value_metrics(actual: npt.ArrayLike, predicted: npt.ArrayLike) -> dict[str, Any]:
    """Return how well an amount per customer was foreseen; both shape (n,), same unit.

    Returns
    -------
    dict
        ``total_actual``, ``total_predicted``, ``bias`` (predicted ÷ actual − 1, best 0), ``mae``, ``rmse``,
        ``wape`` (lower is better), ``spearman``, ``gini`` (normalised, higher is better),
        ``mae_of_zero``: what predicting 0 for all would have got, since MAE alone is a low bar.
    """
    from scipy.stats import spearmanr

    y, q = np.asarray(actual, dtype=float), np.asarray(predicted, dtype=float)
    total = float(y.sum())
    ranked = len(np.unique(y)) > 1 and len(np.unique(q)) > 1
    return {
        "customers": len(y),
        "total_actual": total,
        "total_predicted": float(q.sum()),
        "bias": float(q.sum() / total - 1) if total else None,
        "mae": float(np.abs(q - y).mean()),
        "rmse": float(np.sqrt(np.square(q - y).mean())),
        "wape": float(np.abs(q - y).sum() / total) if total else None,
        "spearman": float(spearmanr(y, q).statistic) if ranked else None,
        "gini": normalised_gini(y, q) if ranked and total else None,
        "mae_of_zero": float(np.abs(y).mean()),
    }


def normalised_gini(actual: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """Return the Gini of ``actual`` ordered by ``predicted``, over its Gini in the true order; 1 is best.

    Ties in ``predicted`` share their places, so that the order of rows cannot matter. NaN where nothing can be ordered:
    every amount is the same, or they sum to nothing.
    """
    y, q = np.asarray(actual, dtype=float), np.asarray(predicted, dtype=float)
    if y.min() == y.max() or y.sum() == 0:
        return float("nan")
    return _gini(Places.of(-q).held(y)) / _gini(np.sort(y))


def _gini(ascending: npt.NDArray[np.float64]) -> float:
    n = len(ascending)
    lorenz = np.cumsum(ascending) / ascending.sum()
    return float(1 - 2 * (lorenz.sum() - 0.5) / n)
