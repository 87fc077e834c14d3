"""How an effect depends on covariates: regressions, boosted trees, and how much to believe each of them.

All of them minimise the R-loss (Nie & Wager 2021): squared (Y − m(x)) − (T − e)·τ(x), with m the mean outcome whatever
the arm and e the known probability of being treated. That is a weighted regression of (Y − m)/(T − e).
"""

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd

from holdfast.experiments.learnt.sparse import Groups, Moments, Sparse
from holdfast.learn.arrays import Floats, Ints
from holdfast.learn.logistic import RidgeLogistic

_PENALTIES = 10.0 ** np.arange(0.0, 7.5, 0.5)
# An effect is far smaller than the noise around it: few, small trees that see every column foresee more than many.
_PAIRS = (("rounds", 40.0), ("num_leaves", 4.0), ("feature_fraction", 1.0))
_STEPS = (("rounds", 60.0), ("num_leaves", 2.0), ("feature_fraction", 1.0))
# How far customers not learnt from may move the share of a learner from that of the others, in equal shares.
_DOUBT = 1.5


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
    """A ridge regression on lines with bends: an additive model.

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
    def fit(
        cls,
        raw: Floats,
        target: Floats,
        weights: Floats,
        seed: int,
        shape: tuple[tuple[str, float], ...] = _PAIRS,
    ) -> Self:
        """Fit to ``target`` (n,) with ``weights`` (n,)."""
        from holdfast.learn.trees import boost, text_of

        leaf = float(np.clip(len(raw) // 20, 50, 1000))
        w = weights / weights.mean()
        parameters = (*shape, ("min_data_in_leaf", leaf))
        booster = boost(named(raw), target, seed=seed, objective="regression", weights=w, parameters=parameters)
        return cls(text_of(booster))

    def effect(self, raw: Floats, bent: Floats) -> Floats:  # noqa: ARG002
        """See ``Learner``."""
        from holdfast.learn.trees import predicted

        return predicted(self._booster, raw)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {"kind": "trees", "trees": self._text}


def learner_of(state: dict[str, Any]) -> Learner:
    """Return the learner that ``to_dict`` gave."""
    if state["kind"] == "trees":
        return Trees(state["trees"])
    if state["kind"] == "sparse":
        return Sparse.from_dict(state)
    return _ridge_of(state)


def _ridge_of(state: dict[str, Any]) -> Ridge:
    means, slopes = (np.array(state[name], dtype=np.float64) for name in ("means", "slopes"))
    return Ridge(state["level"], means, slopes, np.array(state["columns"], dtype=np.int64))


@dataclass(frozen=True)
class Foreseen:
    """The mean outcome whatever the arm: half trees, half a regression on lines with bends; old policies have trees."""

    trees: Trees
    line: RidgeLogistic | Ridge | None

    @classmethod
    def fit(cls, raw: Floats, bent: Floats, outcome: Floats, *, rate: bool, seed: int) -> Self:
        """Fit to ``outcome`` (n,)."""
        from holdfast.learn.trees import boost, text_of

        objective = "binary" if rate else "regression"
        trees = Trees(text_of(boost(named(raw), outcome, seed=seed, objective=objective)))
        if rate:
            return cls(trees, RidgeLogistic.fit(_numbered(bent), outcome, c=0.1))
        return cls(trees, Ridge.fit(bent, outcome, np.ones(len(outcome)), np.arange(bent.shape[1])))

    def of(self, raw: Floats, bent: Floats) -> Floats:
        """Return the outcome of each row, shape (n,)."""
        said = self.trees.effect(raw, bent)
        if self.line is None:
            return said
        line = self.line.effect(raw, bent) if isinstance(self.line, Ridge) else self.line.p(_numbered(bent))
        return np.asarray((said + line) / 2)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        line = None if self.line is None else self.line.to_dict()
        return {**self.trees.to_dict(), "line": line}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Return what ``to_dict`` gave."""
        line = state.get("line")
        if line is not None:
            ridge = line.get("kind") == "ridge"
            line = _ridge_of(line) if ridge else RidgeLogistic(**line)
        return cls(Trees(state["trees"]), line)


class Fits:
    """Fits every learner to the customers outside some folds; sums over a fold are taken once."""

    def __init__(
        self, groups: Groups, raw: Floats, bent: Floats, folds: Ints, target: Floats, weights: Floats, seed: int
    ) -> None:
        """Take the design (n, …), each row's fold, and what is fitted to: ``target`` (n,) with ``weights`` (n,)."""
        self._groups, self._raw, self._bent, self._folds = groups, raw, bent, folds
        self._target, self._weights, self._seed = target, weights, seed
        level = float(weights @ target / weights.sum())
        parts = [folds == fold for fold in range(int(folds.max()) + 1)]
        self._sums = [Moments.of(groups, bent[rows], target[rows], weights[rows], level) for rows in parts]

    def __call__(self, without: tuple[int, ...]) -> list[Learner]:
        """Return the learners: two sparse regressions, one of the expected outcome alone, two kinds of trees."""
        if self._raw.shape[1] == 0:
            return []
        rows = ~np.isin(self._folds, without)
        sums = reduce(add, [one for fold, one in enumerate(self._sums) if fold not in without])
        raw, target, weights = self._raw[rows], self._target[rows], self._weights[rows]
        return [
            Sparse.fit(self._groups, sums, products=False),
            Sparse.fit(self._groups, sums, products=True),
            Ridge.fit(self._bent[rows], target, weights, self._groups.risk),
            Trees.fit(raw, target, weights, self._seed),
            Trees.fit(raw, target, weights, self._seed, _STEPS),
        ]


def said_by(learners: list[Learner], raw: Floats, bent: Floats) -> Floats:
    """Return what every learner says, shape (n, learners)."""
    said = [one.effect(raw, bent) for one in learners]
    return np.column_stack(said) if said else np.zeros((len(raw), 0))


@dataclass(frozen=True)
class Stack:
    """How much each learner is believed, by what it said of customers it had not seen.

    The effect is ``level + Σ weight·(said − mean)``: without a learner that foresees anything, everybody's effect is
    the average one. The weights are not negative (Breiman 1996, by the R-loss of Nie & Wager 2021), and are drawn to
    equal shares: noise hides which of two learners is better far longer than that both of them are good.
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
        x, y = said - means, target - level
        prior = np.full(said.shape[1], 1 / said.shape[1])
        # As of a normal prior around equal shares, with a deviation of 1.5 shares.
        noise = float((w * y * y).mean())
        penalty = noise * (len(prior) / _DOUBT) ** 2
        gram = x.T @ (w[:, None] * x) + penalty * np.eye(len(prior))
        root = np.linalg.cholesky(gram)
        return cls(level, means, nnls(root.T, np.linalg.solve(root, x.T @ (w * y) + penalty * prior))[0])

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


def _numbered(bent: Floats) -> pd.DataFrame:
    """Return a matrix with names whose order is that of their texts: a file must not change the order of a sum."""
    return pd.DataFrame(bent, columns=[f"c{i:05d}" for i in range(bent.shape[1])], copy=False)
