"""Ranking and calibration of churn probabilities."""

from typing import Any

import numpy as np
import numpy.typing as npt

from holdfast.churn.calibration import log_odds
from holdfast.churn.logistic import Floats, fit_logistic

_BINS = 10
_RESAMPLES = 200


def churn_metrics(churned: npt.ArrayLike, p: npt.ArrayLike) -> dict[str, Any]:
    """Return how well ``p`` foresaw ``churned`` (1 = no purchase), both shape (n,).

    Returns
    -------
    dict
        ``customers``, ``churn_rate`` (truth), ``mean_p``; ``auc``, ``average_precision``, ``lift_top_decile``
        (higher is better); ``log_loss``, ``brier``, ``ece`` (lower is better); ``brier_skill`` against always
        saying the churn rate (higher is better); ``calibration_slope`` (best 1) and ``calibration_intercept``
        (best 0). Ranking figures are ``None`` where only one outcome occurred.
    """
    from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

    y, q = np.asarray(churned, dtype=np.int64), np.asarray(p, dtype=np.float64)
    both = 0 < y.sum() < len(y)
    rate = float(y.mean())
    brier = float(brier_score_loss(y, q)) if both else float(np.mean((q - y) ** 2))
    slope, intercept = fit_logistic(log_odds(q), y) if both else (None, None)
    return {
        "customers": len(y),
        "churn_rate": rate,
        "mean_p": float(q.mean()),
        "auc": float(roc_auc_score(y, q)) if both else None,
        "average_precision": float(average_precision_score(y, q)) if both else None,
        "lift_top_decile": _lift(y, q, 0.1) if both else None,
        "log_loss": float(log_loss(y, np.clip(q, 1e-6, 1 - 1e-6), labels=[0, 1])),
        "brier": brier,
        "brier_skill": 1.0 - brier / (rate * (1 - rate)) if both else None,
        "ece": expected_calibration_error(y, q),
        "calibration_slope": slope,
        "calibration_intercept": intercept,
    }


def expected_calibration_error(churned: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Return the mean |predicted − observed| over ten bins of equally many customers; lower is better."""
    y, q = np.asarray(churned, dtype=float), np.asarray(p, dtype=float)
    order = np.argsort(q, kind="stable")
    gaps = [abs(q[i].mean() - y[i].mean()) * len(i) for i in np.array_split(order, _BINS) if len(i)]
    return float(sum(gaps) / len(y))


def paired_auc_difference(
    churned: npt.ArrayLike, p: npt.ArrayLike, other: npt.ArrayLike, *, seed: int = 1
) -> tuple[float, float, float]:
    """Return AUC(p) − AUC(other) and its 95 % interval, by resampling customers in pairs.

    An interval above 0 means that ``p`` ranks better on customers like these.
    """
    y = np.asarray(churned, dtype=np.int64)
    a, b = np.asarray(p, dtype=float), np.asarray(other, dtype=float)
    random = np.random.default_rng(seed)
    differences = []
    for _ in range(_RESAMPLES):
        i = random.integers(0, len(y), len(y))
        if 0 < y[i].sum() < len(i):
            differences.append(_auc(y[i], a[i]) - _auc(y[i], b[i]))
    low, high = np.quantile(differences, [0.025, 0.975])
    return _auc(y, a) - _auc(y, b), float(low), float(high)


def _auc(y: npt.NDArray[np.int64], p: Floats) -> float:
    """Area under the ROC curve by mean ranks (Mann & Whitney 1947); ties count half."""
    from scipy.stats import rankdata

    positives = int(y.sum())
    ranks = float(rankdata(p)[y == 1].sum())
    return (ranks - positives * (positives + 1) / 2) / (positives * (len(y) - positives))


def _lift(y: npt.NDArray[np.int64], p: Floats, share: float) -> float:
    top = np.argsort(-p, kind="stable")[: max(1, round(share * len(p)))]
    return float(y[top].mean() / y.mean())
