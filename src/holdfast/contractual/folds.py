"""Who is left out together: folds with the same churn rate, a customer's rows never on both sides."""

import numpy as np
import numpy.typing as npt

from holdfast.learn.arrays import Ints

FOLDS = 5
MOST_TUNING_ROWS = 50_000


def stratified_folds(
    churned: Ints, *, customers: npt.NDArray[np.generic] | None = None, folds: int = FOLDS, seed: int = 1
) -> list[tuple[Ints, Ints]]:
    """Return [(rows to train on, rows left out)], each row left out once.

    Parameters
    ----------
    churned
        0 or 1, shape (n,).
    customers
        Rows with the same one stay together, shape (n,).
    folds, seed
        How many, and of the random order.
    """
    group = np.arange(len(churned)) if customers is None else np.unique(customers, return_inverse=True)[1]
    ever = np.zeros(int(group.max()) + 1, dtype=np.int64)
    np.maximum.at(ever, group, churned)
    order = np.random.default_rng(seed).permutation(len(ever))
    fold_of = np.empty(len(ever), dtype=np.int64)
    for outcome in (0, 1):
        members = order[ever[order] == outcome]
        fold_of[members] = (np.arange(len(members)) + (folds // 2) * outcome) % folds
    fold = fold_of[group]
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(folds)]


def tuning_rows(churned: Ints, seed: int) -> Ints:
    """Return the rows on which settings are chosen: all, or 50,000 drawn at random."""
    n = len(churned)
    if n <= MOST_TUNING_ROWS:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).permutation(n)[:MOST_TUNING_ROWS])
