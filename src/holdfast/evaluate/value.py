"""How well purchases and spend were foreseen."""

from typing import Any

import numpy as np
import numpy.typing as npt

from holdfast.evaluate.ties import Places
from holdfast.learn.arrays import Floats
from holdfast.learn.intervals import NORMAL_95


def value_metrics(actual: npt.ArrayLike, predicted: npt.ArrayLike) -> dict[str, Any]:
    """Return how well an amount per customer was foreseen; both shape (n,), same unit.

    Returns
    -------
    dict
        ``total_actual``, ``total_predicted``, ``bias`` (predicted ÷ actual − 1, best 0), ``mae``, ``rmse``,
        ``wape`` (lower is better), ``spearman``, ``gini`` (normalised, higher is better),
        ``mae_of_zero``: what predicting 0 for all would have got, since MAE alone is a low bar.

    Examples
    --------
    >>> found = value_metrics([0, 10, 20, 70], [5, 15, 15, 55])
    >>> {name: round(found[name], 2) for name in ("bias", "mae", "mae_of_zero", "gini")}
    {'bias': -0.1, 'mae': 7.5, 'mae_of_zero': 25.0, 'gini': 0.95}
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

    Examples
    --------
    >>> normalised_gini([0, 10, 20, 70], [1, 8, 30, 50])
    1.0
    >>> round(normalised_gini([0, 10, 20, 70], [50, 8, 30, 1]), 2)
    -0.91
    """
    y, q = np.asarray(actual, dtype=float), np.asarray(predicted, dtype=float)
    if y.min() == y.max() or y.sum() == 0:
        return float("nan")
    return _gini(Places.of(-q).held(y)) / _gini(np.sort(y))


def gini_interval(actual: npt.ArrayLike, predicted: npt.ArrayLike) -> tuple[float, float] | None:
    """Return the 95 % interval of ``normalised_gini``, by leaving out each customer in turn (Efron & Stein 1981).

    ``None`` where fewer than two customers have an amount: who they are then decides everything.

    Examples
    --------
    >>> actual, predicted = [0, 0, 10, 20, 35, 60, 0, 5], [2, 1, 12, 15, 40, 50, 9, 3]
    >>> [round(end, 2) for end in gini_interval(actual, predicted)]
    [0.93, 1.04]
    """
    y, q = np.asarray(actual, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    if np.count_nonzero(y) < 2 or y.min() == y.max():
        return None
    found = normalised_gini(y, q)
    without = _ginis_without_one(y, q) / _ginis_without_one(y, y)
    n = len(y)
    spread = float(np.sqrt((n - 1) * np.mean(np.square(without - without.mean()))))
    return found - NORMAL_95 * spread, found + NORMAL_95 * spread


def _ginis_without_one(amounts: Floats, by: Floats) -> Floats:
    """Return the Gini of ``amounts`` in the ascending order of ``by`` without each row in turn, shape (n,).

    The Gini is 2·S / (n·T) − (n + 1) / n, with S the sum of amount × place and T the sum of amounts. Without a row,
    those behind it move up by one place; equals share their places.
    """
    from scipy.stats import rankdata

    n, total = len(amounts), amounts.sum()
    places = rankdata(by)
    held = Places.of(by)
    sums = held.totals(amounts)
    better, with_equals = sums[held.ends[:-1]][held.group], sums[held.ends[1:]][held.group]
    moved = better + 0.5 * (with_equals - better - amounts)
    s, t = (amounts * places).sum() - amounts * places - moved, total - amounts
    return np.asarray(2 * s / ((n - 1) * t) - n / (n - 1))


def _gini(ascending: npt.NDArray[np.float64]) -> float:
    n = len(ascending)
    lorenz = np.cumsum(ascending) / ascending.sum()
    return float(1 - 2 * (lorenz.sum() - 0.5) / n)
