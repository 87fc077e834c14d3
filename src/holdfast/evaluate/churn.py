"""Ranking and calibration of churn probabilities."""

from typing import Any

import numpy as np
import numpy.typing as npt

from holdfast.evaluate.ties import Places
from holdfast.learn.arrays import Floats
from holdfast.learn.calibration import log_odds
from holdfast.learn.logistic import fit_logistic

_BINS = 10
_EDGE = 1e-6


def churn_metrics(churned: npt.ArrayLike, p: npt.ArrayLike) -> dict[str, Any]:
    """Return how well ``p`` foresaw ``churned`` (1 = no purchase), both shape (n,).

    Returns
    -------
    dict
        ``customers``, ``churn_rate`` (truth), ``mean_p``; ``auc``, ``average_precision``, ``lift_top_decile``
        (higher is better); ``log_loss``, ``brier``, ``ece`` (lower is better); ``brier_skill`` against always
        saying the churn rate (higher is better); ``calibration_slope`` (best 1) and ``calibration_intercept``
        (best 0). Ranking figures are ``None`` where only one outcome occurred, slope and intercept also where ``p``
        is the same for all.

    Examples
    --------
    >>> found = churn_metrics([1, 1, 0, 1, 0, 0], [0.9, 0.8, 0.7, 0.6, 0.3, 0.2])
    >>> {name: round(found[name], 3) for name in ("churn_rate", "auc", "brier", "log_loss")}
    {'churn_rate': 0.5, 'auc': 0.889, 'brier': 0.138, 'log_loss': 0.437}
    """
    from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

    y, q = np.asarray(churned, dtype=np.int64), np.asarray(p, dtype=np.float64)
    both = 0 < y.sum() < len(y)
    rate = float(y.mean())
    brier = float(brier_score_loss(y, q)) if both else float(np.mean((q - y) ** 2))
    slope, intercept = fit_logistic(log_odds(q), y) if both and q.min() < q.max() else (None, None)
    return {
        "customers": len(y),
        "churn_rate": rate,
        "mean_p": float(q.mean()),
        "auc": float(roc_auc_score(y, q)) if both else None,
        "average_precision": float(average_precision_score(y, q)) if both else None,
        "lift_top_decile": _lift(y, q, 0.1) if both else None,
        "log_loss": float(log_loss(y, np.clip(q, _EDGE, 1 - _EDGE), labels=[0, 1])),
        "brier": brier,
        "brier_skill": 1.0 - brier / (rate * (1 - rate)) if both else None,
        "ece": expected_calibration_error(y, q),
        "calibration_slope": slope,
        "calibration_intercept": intercept,
    }


def expected_calibration_error(churned: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Return the mean |predicted − observed| over ten bins of equally many customers; lower is better.

    Customers with the same probability are spread over the bins that their places fall in, so a constant probability
    errs by its distance from the churn rate.

    Examples
    --------
    >>> round(expected_calibration_error([1, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0.3] * 10), 9)
    0.2
    """
    bins = reliability(churned, p)
    gaps = [abs(b["mean_p"] - b["churn_rate"]) * b["customers"] for b in bins]
    return float(sum(gaps) / sum(b["customers"] for b in bins))


def log_losses(churned: npt.ArrayLike, p: npt.ArrayLike) -> Floats:
    """Return −log of the probability given to what happened, per customer, shape (n,); lower is better.

    Examples
    --------
    >>> log_losses([1, 0, 1], [0.9, 0.2, 0.1]).round(3).tolist()
    [0.105, 0.223, 2.303]
    """
    y, q = np.asarray(churned, dtype=np.int64), np.clip(np.asarray(p, dtype=np.float64), _EDGE, 1 - _EDGE)
    return np.asarray(-np.log(np.where(y == 1, q, 1 - q)))


def calibration_error_by_chance(p: npt.ArrayLike, *, seed: int = 1) -> float:
    """Return the calibration error that perfect probabilities would exceed in one of twenty samples of this size."""
    # Sorted, so that a customer's lot does not depend on the order of rows.
    q = np.sort(np.asarray(p, dtype=np.float64))
    random = np.random.default_rng(seed)
    drawn = [expected_calibration_error(random.random(len(q)) < q, q) for _ in range(100)]
    return float(np.quantile(drawn, 0.95))


def reliability(churned: npt.ArrayLike, p: npt.ArrayLike, *, bins: int = _BINS) -> list[dict[str, float]]:
    """Return bins of equally many customers, least probability first: ``customers``, ``mean_p``, ``churn_rate``.

    Customers with the same probability share the bins that their places fall in.

    Examples
    --------
    >>> for row in reliability([0, 0, 1, 0, 1, 1], [0.1, 0.2, 0.3, 0.6, 0.8, 0.9], bins=2):
    ...     print(f"promised {row['mean_p']:.2f}, happened {row['churn_rate']:.2f}")
    promised 0.20, happened 0.33
    promised 0.77, happened 0.67
    """
    y, q = np.asarray(churned, dtype=float), np.asarray(p, dtype=float)
    places = Places.of(-q)
    predicted, observed = places.totals(q), places.totals(y)
    sizes = [len(part) for part in np.array_split(np.arange(len(y)), bins)]
    table, start = [], 0
    for size in filter(None, sizes):
        end = start + size
        means = {"mean_p": predicted[end] - predicted[start], "churn_rate": observed[end] - observed[start]}
        table.append({"customers": size, **{name: float(total / size) for name, total in means.items()}})
        start = end
    return table


def gains(churned: npt.ArrayLike, p: npt.ArrayLike, *, steps: int = 10) -> list[dict[str, float]]:
    """Return what contacting the riskiest share of customers reaches: ``share``, ``churners_reached``, ``lift``.

    Where customers with the same probability stand on both sides of a share's edge, it is what a random choice among
    them reaches on average: a constant probability has lift 1 everywhere.

    Examples
    --------
    >>> churned, p = [1, 1, 0, 1, 0, 0, 0, 0, 0, 0], [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.1]
    >>> for row in gains(churned, p, steps=5)[:2]:
    ...     print(f"{row['share']:.0%} of the customers hold {row['churners_reached']:.0%} of the churners")
    20% of the customers hold 67% of the churners
    40% of the customers hold 100% of the churners
    """
    y = np.asarray(churned, dtype=float)
    reached, total = Places.of(p).totals(y), max(float(y.sum()), 1.0)
    table = []
    for step in range(1, steps + 1):
        n = max(1, round(step * len(y) / steps))
        found = float(reached[n] / total)
        table.append({"share": n / len(y), "churners_reached": found, "lift": found / (n / len(y))})
    return table


def _lift(y: npt.NDArray[np.int64], p: Floats, share: float) -> float:
    top = max(1, round(share * len(p)))
    return float(Places.of(p).totals(y)[top] / top / y.mean())
