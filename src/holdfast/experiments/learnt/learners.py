"""How an effect depends on covariates: a regression with bends, boosted trees, and how much to believe each of them.

All of them minimise the R-loss (Nie & Wager 2021): squared (Y − m(x)) − (T − e)·τ(x), with m the mean outcome whatever
the arm and e the known probability of being treated. That is a weighted regression of (Y − m)/(T − e).
"""

from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd

from holdfast.learn.arrays import Floats, Ints

_PENALTIES = 10.0 ** np.arange(0.0, 7.5, 0.5)
# An effect is far smaller than the noise around it: few, small trees that see every column foresee more than many.
_TREES = (("rounds", 40.0), ("num_leaves", 4.0), ("feature_fraction", 1.0))


class Learner(Protocol):
    """Something that says an effect from covariates."""

    def effect(self, raw: Floats, bent: Floats) -> Floats:
        """Return the effect of each row, shape (n,); ``raw`` and ``bent`` as of ``Design``."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        ...


@dataclass(frozen=True)
class Ridge:
    """A ridge regression on straight lines, or on lines with bends: an additive model.

    The penalty is the one with the least generalised cross-validation error (Golub, Heath & Wahba 1979).
    """

    level: float
    means: Floats
    slopes: Floats
    columns: Ints

    @classmethod
    def fit(cls, bent: Floats, target: Floats, weights: Floats, columns: Ints) -> Self:
        """Fit to ``target`` (n,) with ``weights`` (n,), on some columns of ``bent``."""
        bent = bent[:, columns]
        w = weights / weights.mean()
        means = np.asarray((w[:, None] * bent).mean(axis=0))
        level = float((w * target).mean())
        x, y = bent - means, target - level
        values, vectors = np.linalg.eigh(x.T @ (w[:, None] * x))
        values = np.maximum(values, 0.0)
        turned = vectors.T @ (x.T @ (w * y))
        total, n = float(w @ (y * y)), len(y)
        best, slopes = np.inf, np.zeros(bent.shape[1])
        for penalty in _PENALTIES:
            shrunk = turned / (values + penalty)
            left = total - 2 * float(shrunk @ turned) + float(values @ (shrunk * shrunk))
            error = left / (1 - float((values / (values + penalty)).sum() + 1) / n) ** 2
            if error < best:
                best, slopes = error, vectors @ shrunk
        return cls(level, means, slopes, columns)

    def effect(self, raw: Floats, bent: Floats) -> Floats:  # noqa: ARG002
        """See ``Learner``."""
        return np.asarray(self.level + (bent[:, self.columns] - self.means) @ self.slopes)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        arrays = {name: getattr(self, name).tolist() for name in ("means", "slopes", "columns")}
        return {"kind": "ridge", "level": self.level, **arrays}


class Trees:
    """Boosted trees on the covariates as they are: bends and interactions."""

    def __init__(self, text: str) -> None:
        import lightgbm as lgb

        self._text = text
        self._booster = lgb.Booster(model_str=text)

    @classmethod
    def fit(cls, raw: Floats, target: Floats, weights: Floats, seed: int) -> Self:
        """Fit to ``target`` (n,) with ``weights`` (n,)."""
        from holdfast.learn.trees import boost, text_of

        leaf = float(np.clip(len(raw) // 20, 50, 1000))
        w = weights / weights.mean()
        parameters = (*_TREES, ("min_data_in_leaf", leaf))
        booster = boost(named(raw), target, seed=seed, objective="regression", weights=w, parameters=parameters)
        return cls(text_of(booster))

    def effect(self, raw: Floats, bent: Floats) -> Floats:  # noqa: ARG002
        """See ``Learner``."""
        return np.asarray(self._booster.predict(raw, num_threads=1), dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {"kind": "trees", "trees": self._text}


def learner_of(state: dict[str, Any]) -> Learner:
    """Return the learner that ``to_dict`` gave."""
    if state["kind"] == "trees":
        return Trees(state["trees"])
    means, slopes = (np.array(state[name], dtype=np.float64) for name in ("means", "slopes"))
    return Ridge(state["level"], means, slopes, np.array(state["columns"], dtype=np.int64))


def fit_all(raw: Floats, bent: Floats, straight: Ints, target: Floats, weights: Floats, seed: int) -> list[Learner]:
    """Return every learner, fitted; ``straight`` are the columns of ``bent`` without its bends."""
    if raw.shape[1] == 0:
        return []
    found: list[Learner] = [Ridge.fit(bent, target, weights, straight), Trees.fit(raw, target, weights, seed)]
    if len(straight) < bent.shape[1]:
        found.append(Ridge.fit(bent, target, weights, np.arange(bent.shape[1])))
    return found


def said_by(learners: list[Learner], raw: Floats, bent: Floats) -> Floats:
    """Return what every learner says, shape (n, learners)."""
    said = [one.effect(raw, bent) for one in learners]
    return np.column_stack(said) if said else np.zeros((len(raw), 0))


@dataclass(frozen=True)
class Stack:
    """How much each learner is believed, by what it said of customers it had not seen.

    The effect is ``level + Σ weight·(said − mean)``: without a learner that foresees anything, everybody's effect is
    the average one. The weights are not negative (Breiman 1996, by the R-loss of Nie & Wager 2021).
    """

    level: float
    means: Floats
    weights: Floats

    @classmethod
    def fit(cls, said: Floats, target: Floats, weights: Floats) -> Self:
        """Fit to what ``said`` (n, learners), out of fold, and to the target."""
        from scipy.optimize import nnls

        w = weights / weights.mean()
        level = float((w * target).mean())
        means = np.asarray((w[:, None] * said).mean(axis=0))
        if said.shape[1] == 0:
            return cls(level, means, np.zeros(0))
        x = said - means
        spread = np.sqrt((w[:, None] * x * x).mean(axis=0))
        usable = spread > 1e-12 * max(float(np.sqrt((w * (target - level) ** 2).mean())), 1e-300)
        found = np.zeros(said.shape[1])
        if usable.any():
            root = np.sqrt(w)[:, None]
            scaled = root * x[:, usable] / spread[usable]
            found[usable] = nnls(scaled, root[:, 0] * (target - level))[0] / spread[usable]
        return cls(level, means, found)

    def effect(self, said: Floats) -> Floats:
        """Return the effect of each row, shape (n,)."""
        return np.asarray(self.level + (said - self.means) @ self.weights)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {"level": self.level, "means": self.means.tolist(), "weights": self.weights.tolist()}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Return what ``to_dict`` gave."""
        return cls(state["level"], *(np.array(state[k], dtype=np.float64) for k in ("means", "weights")))


def named(raw: Floats) -> pd.DataFrame:
    """Return a matrix with the names of columns that LightGBM takes."""
    return pd.DataFrame(raw, columns=[f"c{i}" for i in range(raw.shape[1])], copy=False)
