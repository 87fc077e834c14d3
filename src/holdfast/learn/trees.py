"""Gradient-boosted trees, strongly regularised, the same bits on any number of threads."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.learn.arrays import Flags, Floats, Ints
from holdfast.learn.parallel import at_once, blocks

if TYPE_CHECKING:
    import lightgbm as lgb

# More rows say little new to trees this small; half as many already let a forecast's level wander by some per cent.
MOST_ROWS = 200_000
# Strongly regularised: small trees on a share of the columns beat deep ones on every log we measured.
DEFAULTS: Mapping[str, float] = {
    "rounds": 150,
    "num_leaves": 7,
    "learning_rate": 0.05,
    "lambda_l2": 10.0,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.8,
}
# A leaf needs enough customers to mean something, but a small shop must still get a tree: a hundredth of the rows.
LEAST_LEAF, MOST_LEAF = 5, 50
_WHOLE = ("num_leaves", "min_data_in_leaf")
_PARAMETERS: dict[str, object] = {
    "bagging_freq": 1,
    "verbosity": -1,
    # Threads of one booster spin while they wait for each other; boosters side by side do not.
    "num_threads": 1,
    "deterministic": True,
    "force_col_wise": True,
    # Bins are where so many rows are spread evenly; from four times as many they take twice the time to find.
    "bin_construct_sample_cnt": 50_000,
}


def parameters_for(rows: int, stated: Iterable[tuple[str, float]] = ()) -> dict[str, float]:
    """Return the parameters with which LightGBM grows on so many rows: the defaults, but for what is stated.

    Examples
    --------
    >>> parameters_for(900, [("num_leaves", 4)])["num_leaves"], parameters_for(900)["min_data_in_leaf"]
    (4, 9)
    """
    leaf = int(np.clip(min(rows, MOST_ROWS) // 100, LEAST_LEAF, MOST_LEAF))
    return {**DEFAULTS, "min_data_in_leaf": leaf, **dict(stated)}


def boost(
    matrix: pd.DataFrame,
    target: npt.ArrayLike,
    *,
    seed: int,
    objective: str = "binary",
    offset: Floats | None = None,
    weights: Floats | None = None,
    parameters: tuple[tuple[str, float], ...] = (),
    most_rows: int = MOST_ROWS,
) -> "lgb.Booster":
    """Train LightGBM on a frame of numbers.

    Parameters
    ----------
    matrix
        Shape (n, features); missing values are allowed.
    target
        Shape (n,).
    seed
        Seed of the trees, and of the rows chosen where there are more than ``most_rows`` (``thinned``).
    objective
        ``binary``, ``poisson``, ``tweedie`` or ``regression``.
    offset, weights
        Added to the raw score of each row, and how much the row counts; shape (n,).
    parameters
        What differs from the defaults (``parameters_for``); ``rounds`` is the number of trees.
    """
    import lightgbm as lgb  # slow to import, and few commands need it

    target = np.asarray(target)
    if len(matrix) > most_rows:
        chosen, of_chosen = thinned(target > 0, most_rows, seed)
        matrix, target = matrix.iloc[chosen], target[chosen]
        offset = None if offset is None else offset[chosen]
        weights = of_chosen if weights is None else weights[chosen] * (1.0 if of_chosen is None else of_chosen)
    grown = parameters_for(len(matrix), parameters)
    rounds = int(grown.pop("rounds"))
    whole = {name: int(grown[name]) for name in _WHOLE}
    settings = {**_PARAMETERS, "objective": objective, **grown, **whole, "seed": seed}
    data = lgb.Dataset(
        _numbers(matrix),
        target,
        weight=weights,
        init_score=offset,
        feature_name=list(matrix.columns),
        params=settings,
    )
    return lgb.train(settings, data, num_boost_round=rounds)


def boost_windows(
    frames: Sequence[pd.DataFrame],
    columns: Sequence[str],
    target: npt.ArrayLike,
    *,
    seed: int,
    offset: Floats | None = None,
    most_rows: int = MOST_ROWS,
    **settings: Any,
) -> "lgb.Booster":
    """Train LightGBM on the rows of several frames, n together; only the rows learnt from are copied.

    ``columns`` are those to learn from; the others as for ``boost``.
    """
    y = np.asarray(target)
    chosen, weights = thinned(y > 0, most_rows, seed)
    ends = np.cumsum([len(frame) for frame in frames])
    starts = ends - [len(frame) for frame in frames]
    parts = np.split(chosen, np.searchsorted(chosen, ends[:-1]))
    rows = np.concatenate(
        [_numbers(f[list(columns)])[part - start] for f, part, start in zip(frames, parts, starts, strict=True)]
    )
    return boost(
        pd.DataFrame(rows, columns=list(columns), copy=False),
        y[chosen],
        seed=seed,
        offset=None if offset is None else offset[chosen],
        weights=weights,
        most_rows=most_rows,
        **settings,
    )


def thinned(positive: Flags, most: int, seed: int) -> tuple[Ints, Floats | None]:
    """Return which rows to learn from, at most ``most`` in their order, and how much each counts (``None``: alike).

    All rows with the rarer of the two answers stay, as far as they fill half of the room; the others then count for
    those left out, so that shares are kept.

    Examples
    --------
    >>> chosen, weights = thinned(np.arange(1000) < 10, 110, seed=1)
    >>> len(chosen), int((chosen < 10).sum()), round(float(weights.sum()), 6)
    (110, 10, 1000.0)
    """
    n, random = len(positive), np.random.default_rng(seed)
    rare = positive if positive.sum() <= n / 2 else ~positive
    kept = np.flatnonzero(rare)
    if n <= most:
        return np.arange(n), None
    if len(kept) > most // 2:
        return np.sort(random.choice(n, most, replace=False)), None
    others = random.choice(np.flatnonzero(~rare), most - len(kept), replace=False)
    chosen = np.sort(np.concatenate([kept, others]))
    return chosen, np.where(rare[chosen], 1.0, (n - len(kept)) / len(others))


def _numbers(matrix: pd.DataFrame) -> npt.NDArray[Any]:
    """Return the numbers of a frame, in 32 bits where all of them have no more."""
    single = all(dtype == np.float32 for dtype in matrix.dtypes)
    return matrix.to_numpy(dtype=np.float32 if single else np.float64)


def text_of(booster: "lgb.Booster") -> str:
    """Return the trees as text."""
    return str(booster.model_to_string())


def from_text(text: str) -> "lgb.Booster":
    """Return the trees of ``text_of``."""
    import lightgbm as lgb

    return lgb.Booster(model_str=text)


def predicted(booster: "lgb.Booster", rows: npt.NDArray[Any] | pd.DataFrame, **asked: Any) -> Floats:
    """Return what trees say of rows, shape (n,): long ones in blocks at once, with one thread of LightGBM each.

    LightGBM keeps one number of threads for the whole process, and a prediction without a number of its own sets it
    anew. Where trees grow in another thread just then, they write beyond their buffers, and the process dies.

    Parameters
    ----------
    booster
        The trees.
    rows
        Shape (n, features).
    asked
        As for ``Booster.predict``, such as ``raw_score=True``.
    """
    x = rows.to_numpy(dtype=np.float64) if isinstance(rows, pd.DataFrame) else rows
    parts = at_once(lambda part: booster.predict(x[part], num_threads=1, **asked), blocks(len(x)))
    return np.concatenate([np.asarray(part, dtype=np.float64) for part in parts])


def shap(booster: "lgb.Booster", matrix: pd.DataFrame) -> pd.DataFrame:
    """Return each feature's contribution to the raw score (Lundberg & Lee 2017), shape (n, features)."""
    values = np.asarray(booster.predict(matrix.to_numpy(dtype=np.float64), pred_contrib=True, num_threads=1))
    return pd.DataFrame(values[:, :-1], columns=matrix.columns, index=matrix.index)
