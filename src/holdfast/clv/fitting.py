"""Maximum likelihood that says whether it got there.

L-BFGS-B finds the neighbourhood, Newton's method the optimum; a fit counts as converged where the Newton
decrement (how much log-likelihood one more step would gain) is nothing, the curvature is that of a maximum, and
no parameter ran off along a ridge.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from holdfast.clv.special import Floats

# log-likelihood and its gradient
Objective = Callable[[Floats], tuple[float, Floats]]

_STEP = 1e-6
_NEWTON_STEPS = 12
# A gain below this, in units of log-likelihood, is nothing: parameters then are right to about 1e-7 of their error.
_DECREMENT = 1e-14
# A log-parameter whose standard error is above this is not told by the data: the likelihood is a ridge.
_UNKNOWN = 6.0
# Where there is no maximum, a log-parameter this far from where it started has run off.
_FAR = 4.0


@dataclass(frozen=True)
class Optimum:
    """Where the log-likelihood is highest.

    Attributes
    ----------
    theta
        Shape (k,).
    value
        Log-likelihood (with the penalty, if there is one).
    covariance
        Inverse of the observed information, shape (k, k); NaN where there is no maximum.
    ridge
        Index of the parameter that ran off, and whether "up" or "down"; None where none did.
    converged
        Whether this is a maximum.
    evaluations
        How often the log-likelihood was computed on all data.
    """

    theta: Floats
    value: float
    covariance: Floats
    ridge: tuple[int, str] | None
    converged: bool
    evaluations: int


def maximise(
    objective: Objective,
    start: Floats,
    bounds: Sequence[tuple[float, float]],
    *,
    logs: int,
    sample: Objective | None = None,
) -> Optimum:
    """Maximise ``objective`` within ``bounds``.

    Parameters
    ----------
    objective
        Returns log-likelihood and gradient, shape (k,).
    start, bounds
        Shapes (k,), (k, 2).
    logs
        The first so many parameters are logarithms; only these can run off along a ridge.
    sample
        The same on a part of the data: its optimum is a start from which few steps on all data remain.
    """
    low, high = np.array(bounds, dtype=np.float64).T
    calls = 0

    def counted(theta: Floats) -> tuple[float, Floats]:
        nonlocal calls
        calls += 1
        return objective(theta)

    theta = np.clip(start, low, high)
    if sample is not None:
        theta = _descend(sample, theta, low, high)
    near = _newton(counted, theta, low, high, steps=4) if sample is not None else None
    if near is None:
        theta = _descend(counted, theta, low, high)
        near = _newton(counted, theta, low, high, steps=_NEWTON_STEPS)
    if near is None:
        value, _ = counted(theta)
        ridge = _at_bound(theta, low, high, logs) or _flat(theta, None, start, logs)
        return Optimum(theta, value, _unknown(theta), ridge, False, calls)
    theta, value, hessian, decrement = near
    covariance = _inverse(-hessian)
    ridge = _at_bound(theta, low, high, logs) or _flat(theta, covariance, start, logs)
    converged = ridge is None and covariance is not None and decrement <= _DECREMENT * max(1.0, abs(value) * 1e-4)
    return Optimum(theta, value, _unknown(theta) if covariance is None else covariance, ridge, converged, calls)


def _descend(objective: Objective, theta: Floats, low: Floats, high: Floats) -> Floats:
    value, _ = objective(theta)
    scale = max(abs(value), 1.0)

    def loss(at: Any) -> tuple[float, Floats]:
        found, slope = objective(at)
        if not np.isfinite(found) or not np.all(np.isfinite(slope)):
            return 1e10, np.zeros_like(at)
        return -found / scale, -slope / scale

    options = {"maxiter": 500, "ftol": 1e-13, "gtol": 1e-9}
    best: Any = minimize(  # type: ignore[call-overload]
        loss, theta, jac=True, method="L-BFGS-B", bounds=list(zip(low, high, strict=True)), options=options
    )
    return np.asarray(best.x)


def _newton(
    objective: Objective, theta: Floats, low: Floats, high: Floats, *, steps: int
) -> tuple[Floats, float, Floats, float] | None:
    """Polish; return (theta, value, Hessian, decrement), or None where there is no maximum near.

    The Hessian is taken once and reused while steps shrink (the chord method): it costs as much as k values.
    """
    value, slope = objective(theta)
    hessian = _hessian(objective, theta, slope)
    fresh = True
    for _ in range(2 * steps):
        inverse = _inverse(-hessian)
        if inverse is None or not np.isfinite(value):
            return None
        step = inverse @ slope
        decrement = float(slope @ step) / 2
        if decrement <= _DECREMENT and (fresh or decrement <= _DECREMENT * 1e-4):
            return theta, value, hessian, decrement
        trial = np.clip(theta + step, low, high)
        found, found_slope = objective(trial)
        if not np.isfinite(found) or found < value - 1e-9 * abs(value):
            return None
        shrank = float(found_slope @ inverse @ found_slope) <= 0.1 * 2 * decrement
        theta, value, slope = trial, found, found_slope
        if not shrank:
            hessian, fresh = _hessian(objective, theta, slope), True
        else:
            fresh = False
    return theta, value, _hessian(objective, theta, slope), decrement


def _hessian(objective: Objective, theta: Floats, slope: Floats) -> Floats:
    """Return the second derivatives from differences of the gradient, which is exact: right to about six digits."""
    rows = []
    for i in range(len(theta)):
        shift = np.zeros_like(theta)
        shift[i] = _STEP
        rows.append((objective(theta + shift)[1] - slope) / _STEP)
    return (np.array(rows) + np.array(rows).T) / 2


def _inverse(information: Floats) -> Floats | None:
    """Return the inverse of a positive definite matrix, or None."""
    if not np.all(np.isfinite(information)):
        return None
    scale = np.sqrt(np.abs(np.diag(information)))
    if np.any(scale == 0):
        return None
    try:
        root = np.linalg.cholesky(information / np.outer(scale, scale))
    except np.linalg.LinAlgError:
        return None
    if np.min(np.diag(root)) < 1e-7:
        return None
    half = np.linalg.inv(root)
    return np.asarray((half.T @ half) / np.outer(scale, scale))


def _unknown(theta: Floats) -> Floats:
    return np.full((len(theta), len(theta)), np.nan)


def _at_bound(theta: Floats, low: Floats, high: Floats, logs: int) -> tuple[int, str] | None:
    for i in range(logs):
        if theta[i] <= low[i] + 1e-6:
            return i, "down"
        if theta[i] >= high[i] - 1e-6:
            return i, "up"
    return None


def _flat(theta: Floats, covariance: Floats | None, start: Floats, logs: int) -> tuple[int, str] | None:
    """Return the parameter that the data say least of, where that is next to nothing."""
    moved = theta - start
    if covariance is None:
        i = int(np.argmax(np.abs(moved[:logs])))
        if abs(moved[i]) < _FAR:
            return None
    else:
        errors = np.sqrt(np.diag(covariance)[:logs])
        i = int(np.argmax(errors))
        if errors[i] <= _UNKNOWN:
            return None
    return i, "up" if moved[i] > 0 else "down"
