"""Making a score mean what it says, learnt from predictions whose outcomes came later."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, Self

import numpy as np
from scipy.special import expit, logit
from threadpoolctl import threadpool_limits

from holdfast.learn.arrays import Floats, Ints
from holdfast.learn.logistic import fit_logistic

_EDGE = 1e-6
# "None" yields only to a method whose log loss on the next window is lower by so many standard errors of its own.
_CLEARLY = 2.0


def log_odds(p: Floats) -> Floats:
    """Return logit(p), with p kept away from 0 and 1."""
    return np.asarray(logit(np.clip(p, _EDGE, 1 - _EDGE)))


def shifted(p: Floats, by: float | Floats) -> Floats:
    """Return probabilities with so much added to their log-odds."""
    return p if np.ndim(by) == 0 and by == 0 else np.asarray(expit(log_odds(p) + by))


class Calibration(Protocol):
    """Maps probabilities to probabilities, same shape."""

    def __call__(self, p: Floats) -> Floats:
        """Return calibrated probabilities."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""


@dataclass(frozen=True)
class Sigmoid:
    """p ↦ 1 / (1 + exp(−(slope · logit(p) + intercept))) (Platt 1999); slope 1 and intercept 0 change nothing."""

    slope: float = 1.0
    intercept: float = 0.0

    @classmethod
    def fit(cls, p: Floats, outcome: Ints, *, shrink: float = 0.5) -> Self:
        """Fit by maximum likelihood on predictions of outcomes that came later, then shrink.

        Levels drift with the season: the calibration of one window overshoots on the next, so only
        ``1 − shrink`` of the correction is applied.
        """
        slope, intercept = fit_logistic(log_odds(p), outcome)
        keep = 1.0 - shrink
        return cls(slope=1.0 + keep * (max(slope, 0.0) - 1.0), intercept=keep * intercept)

    @classmethod
    def learn(cls, foreseen: Sequence[Floats], observed: Sequence[Ints]) -> Self:
        """Fit on several later windows together; changes nothing where they show only one outcome, or are none."""
        if not foreseen:
            return cls()
        y = np.concatenate(observed)
        return cls.fit(np.concatenate(foreseen), y) if 0 < y.sum() < len(y) else cls()

    def __call__(self, p: Floats) -> Floats:
        """Return calibrated probabilities, same shape."""
        if self == Sigmoid():
            return p
        return np.asarray(expit(self.slope * log_odds(p) + self.intercept))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Beta:
    """logit of the answer = a · ln p − b · ln(1 − p) + c, a and b not negative (Kull, Silva Filho & Flach 2017)."""

    a: float
    b: float
    c: float

    @classmethod
    def fit(cls, p: Floats, outcome: Ints) -> Self:
        """Fit by maximum likelihood; a term whose weight would be negative is left out, as the paper does."""
        from sklearn.linear_model import LogisticRegression

        terms = np.column_stack(_beta_terms(p))
        weights = np.zeros(2)
        kept = [0, 1]
        with threadpool_limits(limits=1):
            while kept:
                fitted = LogisticRegression(C=np.inf).fit(terms[:, kept], outcome)
                found = fitted.coef_[0]
                if (found >= 0).all():
                    weights[kept] = found
                    break
                kept = [k for k, w in zip(kept, found, strict=True) if w >= 0]
        return cls(float(weights[0]), float(weights[1]), float(fitted.intercept_[0]))

    def __call__(self, p: Floats) -> Floats:
        """Return calibrated probabilities, same shape."""
        first, second = _beta_terms(p)
        return np.asarray(expit(self.a * first + self.b * second + self.c))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Isotonic:
    """Steps that never fall (Zadrozny & Elkan 2002), joined by straight lines."""

    at: tuple[float, ...]
    to: tuple[float, ...]

    @classmethod
    def fit(cls, p: Floats, outcome: Ints) -> Self:
        """Fit by pooling neighbours that are out of order."""
        from sklearn.isotonic import IsotonicRegression

        fitted = IsotonicRegression(out_of_bounds="clip").fit(p, outcome)
        return cls(tuple(map(float, fitted.X_thresholds_)), tuple(map(float, fitted.y_thresholds_)))

    def __call__(self, p: Floats) -> Floats:
        """Return calibrated probabilities, same shape; never quite 0 or 1."""
        return np.clip(np.interp(p, self.at, self.to), 1e-4, 1 - 1e-4)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"at": list(self.at), "to": list(self.to)}


METHODS: dict[str, Any] = {"sigmoid": Sigmoid, "beta": Beta, "isotonic": Isotonic}


def from_dict(method: str, state: dict[str, Any]) -> Calibration:
    """Make the calibration of ``to_dict``; ``none`` changes nothing."""
    if method == "none":
        return Sigmoid()
    made: Calibration = METHODS[method](**{k: tuple(v) if isinstance(v, list) else v for k, v in state.items()})
    return made


def choose(earlier: tuple[Floats, Ints], later: tuple[Floats, Ints]) -> tuple[str, Calibration, dict[str, float]]:
    """Choose how to calibrate: each method is fitted on an earlier window and judged on a later, disjoint one.

    Parameters
    ----------
    earlier, later
        (probabilities foreseen, outcomes) of two windows, each foreseen by a model that had not seen it.

    Returns
    -------
    tuple
        The method, fitted on both windows; and the log loss of every method on the later window (lower is
        better). ``none`` stands unless another is clearly better there; of several that are, the best.
    """
    losses = {"none": _losses(later[0], later[1])}
    for name, method in METHODS.items():
        losses[name] = _losses(method.fit(*earlier)(later[0]), later[1])
    mean = {name: float(one.mean()) for name, one in losses.items()}
    better = [name for name in METHODS if _clearly_lower(losses[name], losses["none"])]
    if not better:
        return "none", Sigmoid(), mean
    best = min(better, key=lambda name: (mean[name], name))
    both = np.concatenate([earlier[0], later[0]]), np.concatenate([earlier[1], later[1]])
    return best, METHODS[best].fit(*both), mean


def _clearly_lower(losses: Floats, than: Floats) -> bool:
    gain = than - losses
    return bool(gain.mean() > _CLEARLY * gain.std() / np.sqrt(len(gain)))


def _losses(p: Floats, outcome: Ints) -> Floats:
    q = np.clip(p, _EDGE, 1 - _EDGE)
    return np.asarray(-np.log(np.where(outcome == 1, q, 1 - q)))


def _beta_terms(p: Floats) -> tuple[Floats, Floats]:
    q = np.clip(p, _EDGE, 1 - _EDGE)
    return np.log(q), -np.log(1 - q)
