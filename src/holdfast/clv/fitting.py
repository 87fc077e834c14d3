"""Maximum likelihood that says whether it got there.

L-BFGS-B finds the neighbourhood, Newton's method the optimum; a fit counts as converged where the Newton
decrement (how much log-likelihood one more step would gain) is nothing, the curvature is that of a maximum, and
no parameter ran off along a ridge: where the data say next to nothing of a parameter, the likelihood must fall on
the way to both of its bounds.
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
_NEWTON_STEPS = 24
# A Hessian serves as long as each step shrinks the gain still to be had to this share.
_SHRINKS = 0.01
# Within this distance, in logarithms, of where it was taken the Hessian gives standard errors right to a thousandth.
_NEAR = 1e-3
# A gain below this, in units of log-likelihood, is nothing: parameters then are right to about 1e-7 of their error.
_DECREMENT = 1e-14
# A log-parameter whose standard error is above this may not be told by the data: is the likelihood a ridge?
_UNKNOWN = 6.0
# It is one where its height at a bound is within this of the maximum, in units of log-likelihood (and per 1,000).
_NOISE = 1e-7
_PROFILE_STEPS = 6
# Newton's steps uphill where the curvature is not that of a maximum yet, the longest of them, and how often one is
# shortened.
_CLIMBS, _LONGEST, _SHORTENED = 20, 2.0, 12
# Where there is no maximum, a log-parameter this far from the middle of its bounds has run off.
_FAR = 4.0
# A search that comes this near, in logarithms, to a maximum already known would end there.
_SAME = 0.02


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
    share: float = 1.0,
    thorough: bool = True,
    known: Optimum | None = None,
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
    sample, share
        The same on a part of the data, and which: its optimum is a start from which few steps on all data remain.
    thorough
        Whether to spend hundreds of evaluations where the first search ends on what may be a ridge.
    known
        Where an earlier search ended: one that leads to the same place stops short of it, and returns this.
    """
    low, high = np.array(bounds, dtype=np.float64).T
    calls = 0

    def counted(theta: Floats) -> tuple[float, Floats]:
        nonlocal calls
        calls += 1
        return objective(theta)

    theta, centre = np.clip(start, low, high), (low + high) / 2
    near = None
    if sample is not None:
        theta = _descend(sample, theta, low, high)
        near = _newton(counted, theta, low, high, _hessian(sample, theta, sample(theta)[1]) / share)
    if near is None:
        theta = _descend(counted, theta, low, high, known)
        if known is not None and _leads_to(known, theta, low, high, logs):
            return known
        near = _newton(counted, theta, low, high)
        if near is None and thorough and _at_bound(theta, low, high, logs) is None:
            theta = _climb(counted, theta, low, high, logs)
            near = _newton(counted, theta, low, high)
    if near is None:
        value, _ = counted(theta)
        ridge = _at_bound(theta, low, high, logs) or _ran_off(theta, centre, logs, _FAR)
        return Optimum(theta, value, _unknown(theta), ridge, False, calls)
    theta, value, hessian, decrement = near
    covariance, ridge = _inverse(-hessian), _at_bound(theta, low, high, logs)
    unknown = None if covariance is None or ridge else _least_known(covariance, logs)
    if unknown is not None and not (thorough and _falls(counted, theta, value, low, high, unknown)):
        ridge = _ran_off(theta, centre, logs, 0.0)
    converged = ridge is None and covariance is not None and decrement <= _DECREMENT * max(1.0, abs(value) * 1e-4)
    return Optimum(theta, value, _unknown(theta) if covariance is None else covariance, ridge, converged, calls)


def _arrives(known: Optimum, theta: Floats) -> bool:
    """Say whether ``theta`` lies next to a maximum that is known."""
    return known.converged and bool(np.max(np.abs(theta - known.theta)) < _SAME)


def _leads_to(known: Optimum, theta: Floats, low: Floats, high: Floats, logs: int) -> bool:
    """Say whether a search that has come to ``theta`` goes where an earlier one ended: its maximum, or its ridge."""
    on_ridge = known.ridge is not None and _at_bound(theta, low, high, logs) == known.ridge
    return on_ridge or _arrives(known, theta)


def _descend(objective: Objective, theta: Floats, low: Floats, high: Floats, known: Optimum | None = None) -> Floats:
    value, _ = objective(theta)
    scale = max(abs(value), 1.0)

    def loss(at: Any) -> tuple[float, Floats]:
        found, slope = objective(at)
        if not np.isfinite(found) or not np.all(np.isfinite(slope)):
            return 1e10, np.zeros_like(at)
        return -found / scale, -slope / scale

    def stop_at_known(intermediate_result: Any) -> None:
        if known is not None and _arrives(known, intermediate_result.x):
            raise StopIteration

    best: Any = minimize(
        loss,
        theta,
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(low, high, strict=True)),
        callback=None if known is None else stop_at_known,
        options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-9},
    )
    return np.asarray(best.x)


def _newton(
    objective: Objective, theta: Floats, low: Floats, high: Floats, rough: Floats | None = None
) -> tuple[Floats, float, Floats, float] | None:
    """Polish; return (theta, value, Hessian, decrement), or None where there is no maximum near.

    The Hessian costs as much as k values, so it is reused while steps shrink (the chord method). ``rough``, one from
    a sample, takes the first two steps, so that the exact one is taken where it is wanted: next to the optimum.
    """
    value, slope = objective(theta)
    for _ in range(2 if rough is not None else 0):
        step = _solve(rough, slope)
        if step is None:
            break
        theta = np.clip(theta + step, low, high)
        value, slope = objective(theta)
    hessian, taken_at = _hessian(objective, theta, slope), theta
    for _ in range(_NEWTON_STEPS):
        step = _solve(hessian, slope)
        if step is None or not np.isfinite(value):
            return None
        decrement = float(slope @ step) / 2
        if decrement <= _DECREMENT:
            if np.max(np.abs(theta - taken_at)) > _NEAR:
                hessian = _hessian(objective, theta, slope)
            return theta, value, hessian, decrement
        theta = np.clip(theta + step, low, high)
        found, slope = objective(theta)
        if not np.isfinite(found) or found < value - 1e-9 * abs(value):
            return None
        value = found
        again = _solve(hessian, slope)
        if again is None or float(slope @ again) > _SHRINKS * 2 * decrement:
            hessian, taken_at = _hessian(objective, theta, slope), theta
    return theta, value, hessian, decrement


def _climb(objective: Objective, theta: Floats, low: Floats, high: Floats, logs: int) -> Floats:
    """Walk uphill, up to a bound, from where Newton's steps would lead down: turned uphill, and shortened to a gain."""
    value, slope = objective(theta)
    for _ in range(_CLIMBS):
        hessian = _hessian(objective, theta, slope)
        if not np.all(np.isfinite(hessian)):
            return theta
        curvature, directions = np.linalg.eigh(-hessian)
        size = np.maximum(np.abs(curvature), 1e-8 * np.max(np.abs(curvature)) + 1e-300)
        step = directions @ ((directions.T @ slope) / size)
        step *= min(1.0, _LONGEST / max(float(np.max(np.abs(step))), 1e-300))
        before = value
        for _ in range(_SHORTENED):
            there = np.clip(theta + step, low, high)
            found, slope_there = objective(there)
            if np.isfinite(found) and found > value:
                theta, value, slope = there, found, slope_there
                break
            step = step / 4
        if value - before <= 1e-13 * max(1.0, abs(value)) or _at_bound(theta, low, high, logs):
            return theta
    return theta


def _falls(objective: Objective, theta: Floats, value: float, low: Floats, high: Floats, i: int) -> bool:
    """Say whether the likelihood falls by more than noise on the way to both bounds of a parameter.

    The parameter is moved step by step, and the others follow to where the likelihood is highest then (its profile).
    """
    noise = _NOISE * max(1.0, abs(value) * 1e-3)
    for bound in (low[i], high[i]):
        at, there = theta, value
        for place in np.linspace(theta[i], bound, _PROFILE_STEPS + 1)[1:]:
            least, most = low.copy(), high.copy()
            least[i] = most[i] = place
            at = _descend(objective, np.clip(at, least, most), least, most)
            there = objective(at)[0]
            if not there <= value + noise:
                return False
        if there > value - noise:
            return False
    return True


def _solve(hessian: Floats | None, slope: Floats) -> Floats | None:
    """Return Newton's step, or None where the curvature is not that of a maximum."""
    inverse = None if hessian is None else _inverse(-hessian)
    return None if inverse is None else np.asarray(inverse @ slope)


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


def _least_known(covariance: Floats, logs: int) -> int | None:
    """Return the parameter that the data say least of, where that is next to nothing."""
    errors = np.sqrt(np.diag(covariance)[:logs])
    i = int(np.argmax(errors))
    return i if errors[i] > _UNKNOWN else None


def _ran_off(theta: Floats, centre: Floats, logs: int, least: float) -> tuple[int, str] | None:
    """Return the parameter that moved most, and where to, if it moved so far."""
    moved = (theta - centre)[:logs]
    i = int(np.argmax(np.abs(moved)))
    return None if abs(moved[i]) < least else (i, "up" if moved[i] > 0 else "down")
