"""Effects where rows are alike in groups: stores or classes assigned as a whole, customers who stand in several rows.

Two rows of one school tell less than two rows of two schools. An error that takes every row for a draw of its own is
then too small: of schools dealt to two arms at random, where nothing happened, two in three show an effect.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd

from holdfast.errors import DataError, NotEnoughDataError
from holdfast.experiments.adjusted import NOTHING_LEFT
from holdfast.experiments.effects import Estimate, by_t, rates_around, skewed_around
from holdfast.experiments.skewed import is_skewed
from holdfast.experiments.trial import column_of, is_rate, labels, place_of
from holdfast.learn.arrays import Floats, Ints, Strings, standardised
from holdfast.wording import counted

# Of one cluster nothing is known of how clusters of its arm differ.
LEAST_OF_ARM = 2
# A regression with more columns than that, strata among them, does not fit into memory for a file of usual length.
_WIDEST = 1000
# Numbers held at once.
_AT_ONCE = 2_000_000
# With less than that, limits are so wide that they say nothing.
_LEAST_FREEDOM = 1.0


@dataclass(frozen=True)
class Clusters:
    """Which rows belong together.

    Attributes
    ----------
    name
        The column.
    codes
        Number of each row's cluster, from 0, shape (n,).
    whole
        Whether clusters were assigned as a whole: nearly all of those with several rows lie in one arm.
    """

    name: str
    codes: Ints
    whole: bool

    def of_arms(self, arms: Strings, names: Sequence[str]) -> dict[str, int]:
        """Return how many clusters have a row in each arm."""
        return {arm: len(np.unique(self.codes[arms == arm])) for arm in names}

    def units(self, arms: Strings) -> Ints | None:
        """Return the number of what chance dealt to each row, shape (n,): its cluster; ``None``: the row itself."""
        return _in_arms(self.codes, arms) if self.whole else None


def clusters_of(data: pd.DataFrame, column: str, arms: Strings) -> Clusters:
    """Return the clusters of a campaign.

    Raises
    ------
    DataError
        A row has no cluster.
    NotEnoughDataError
        An arm has fewer than two clusters.

    Examples
    --------
    >>> data = pd.DataFrame({"store": [7, 7, 8, 8, 9, 9, 10, 10]})
    >>> arms = np.array(["offer"] * 4 + ["control"] * 4, dtype=object)
    >>> clusters_of(data, "store", arms).codes.tolist()
    [1, 1, 2, 2, 3, 3, 0, 0]
    """
    given = column_of(data, column)
    missing = given.isna().to_numpy()
    if missing.any():
        rows = counted(int(missing.sum()), "row has", "rows have")
        raise DataError(
            f'cluster: column "{column}": {rows} none ({place_of(data, missing)}). Name the store, class or customer '
            "of every row, or leave those rows out."
        )
    codes = _numbered(given)
    found = Clusters(column, codes, mostly_whole(codes, arms))
    for arm, many in found.of_arms(arms, sorted(set(arms))).items():
        if many < LEAST_OF_ARM:
            raise NotEnoughDataError(
                f'cluster: "{arm}" has one value of "{column}" only, so nothing says how much such values differ by '
                f"themselves; an arm needs at least {LEAST_OF_ARM}."
            )
    return found


def dealt(data: pd.DataFrame, column: str, arms: Strings) -> Ints:
    """Return the number of what chance dealt to each row, shape (n,), where it was the values of a column."""
    return _in_arms(_numbered(column_of(data, column)), arms)


def _numbered(column: pd.Series) -> Ints:
    return np.unique(labels(column).to_numpy(dtype=str), return_inverse=True)[1].astype(np.int64)


def _in_arms(codes: Ints, arms: Strings) -> Ints:
    """Return codes of which none lies in two arms: a store of which a few rows went astray counts once in either."""
    both = codes * (1 + len(set(arms))) + np.unique(arms.astype(str), return_inverse=True)[1]
    return np.asarray(np.unique(both, return_inverse=True)[1], dtype=np.int64)


def mostly_whole(codes: Ints, arms: Strings) -> bool:
    """Return whether groups with several rows lie in one arm each: nine in ten of them, and 19 in 20 of their rows."""
    numbers = np.unique(arms.astype(str), return_inverse=True)[1]
    table = np.zeros((int(codes.max()) + 1, int(numbers.max()) + 1))
    np.add.at(table, (codes, numbers), 1)
    table = table[table.sum(axis=1) > 1]
    if not len(table):
        return False
    most, all_rows = table.max(axis=1), table.sum(axis=1)
    return bool((most == all_rows).mean() >= 0.9 and most.sum() >= 0.95 * all_rows.sum())


class ClusterRobust:
    """Effects by least squares, with errors that hold where the rows of a cluster are alike.

    The outcome on the arms, and on covariates and strata where there are. Errors are CR2 (Bell & McCaffrey 2002;
    Pustejovsky & Tipton 2018): they need no assumption on how alike the rows are. Their degrees of freedom, few where
    clusters are few or of unequal size, are those of rows as alike as they are found to be (Imbens & Kolesár 2016). The
    slopes are common to all arms, as clusters are often too few for slopes of each arm. Limits of a rate are those of
    Newcombe (1998) for as many customers as the clusters are worth (Korn & Graubard 1998), and those of skewed amounts
    are the quantiles of redrawn arms of clusters.

    Examples
    --------
    >>> outcome, codes = np.array([1.0, 2, 2, 3, 5, 6, 8, 9]), np.array([0, 0, 1, 1, 2, 2, 3, 3])
    >>> found = ClusterRobust(np.repeat([0, 1], 4), outcome, codes).effect(1)
    >>> round(found.effect, 2), round(found.low, 2), round(found.high, 2)
    (5.0, -1.8, 11.8)
    """

    def __init__(
        self, arms: Ints, outcome: Floats, codes: Ints, x: Floats | None = None, strata: Ints | None = None
    ) -> None:
        """Fit the regression.

        Parameters
        ----------
        arms
            Number of each row's arm, 0 for control, shape (n,).
        outcome
            Shape (n,).
        codes
            Number of each row's cluster, from 0, shape (n,).
        x, strata
            Covariates without missing numbers, shape (n, k); number of each row's stratum, shape (n,).

        Raises
        ------
        DataError
            The covariates determine the outcome, or there are more than 1,000 strata.
        NotEnoughDataError
            The clusters are too few for the covariates.
        """
        order = np.argsort(codes, kind="stable")
        arms, y, codes = arms[order].astype(np.int64), outcome[order], np.unique(codes[order], return_inverse=True)[1]
        parts = [] if x is None else [standardised(x[order])]
        if strata is not None:
            numbers = np.unique(strata[order], return_inverse=True)[1]
            if numbers.max() >= _WIDEST:
                raise DataError(f"strata: with clusters at most {_WIDEST:,} can be compared; join some.")
            parts.append(standardised(np.eye(int(numbers.max()) + 1)[numbers][:, 1:]))
        treated = int(arms.max())
        flags = (arms[:, None] == np.arange(1, treated + 1)).astype(np.float64)
        design = np.column_stack([np.ones(len(y)), flags, *parts])
        u, s, vt = np.linalg.svd(design, full_matrices=False)
        kept = s > float(s.max()) * 1e-10
        q, back = u[:, kept], vt[kept].T / s[kept]
        left = y - q @ (q.T @ y)
        spread = float(np.square(y - y.mean()).sum())
        if parts and left @ left <= NOTHING_LEFT * spread and spread > 0:
            raise DataError(
                "The covariates determine the outcome of every customer: nothing is left to measure. Leave out what is "
                "the outcome in another form."
            )
        # Rows: the level of control, then the level of each arm, then each arm less control.
        ask = np.zeros((1 + 2 * treated, design.shape[1]))
        ask[: treated + 1, 0] = 1
        ask[np.arange(1, treated + 1), np.arange(1, treated + 1)] = 1
        ask[np.arange(treated + 1, 2 * treated + 1), np.arange(1, treated + 1)] = 1
        self._values = ask @ (back @ (q.T @ y))
        scores, self._df = _robust(q, left, codes, (ask @ back).T, np.arange(treated + 1, 2 * treated + 1))
        self._covariance = scores.T @ scores
        self._treated, self._rate, self._y = treated, is_rate(y), y
        self._rows = [arms == a for a in range(treated + 1)]
        self._codes = codes
        if (self._df < _LEAST_FREEDOM).any():
            raise NotEnoughDataError(
                f"{counted(int(codes.max()) + 1, 'cluster')} are too few for so many covariates and strata: name fewer."
            )

    def level(self, arm: int) -> tuple[float, float]:
        """Return the mean outcome of an arm if it had the covariates of everyone, and the variance of that mean."""
        return float(self._values[arm]), float(self._covariance[arm, arm])

    def between(self, arm: int) -> tuple[float, float]:
        """Return the covariance of an arm's level and control's (clusters in both arms), and the degrees of freedom."""
        return float(self._covariance[arm, 0]), float(self._df[arm - 1])

    def effect(self, arm: int) -> Estimate:
        """Return the effect of one arm against arm 0."""
        at = self._treated + arm
        effect, variance, df = float(self._values[at]), float(self._covariance[at, at]), float(self._df[arm - 1])
        spread = sqrt(max(variance, 0.0))
        one, base = self._y[self._rows[arm]], self._y[self._rows[0]]
        if self._rate:
            bare = float(sum(y.var(ddof=1) / len(y) for y in (one, base)))
            clusters = [len(np.unique(self._codes[self._rows[a]])) for a in (arm, 0)]
            # Where all customers did the same, how alike those of a cluster are is not known: as alike as can be.
            alike = bare / spread**2 if spread > 0 and bare > 0 else None
            sizes = [len(y) * alike if alike else float(many) for y, many in zip((one, base), clusters, strict=True)]
            rates = [(float(y.mean()), n) for y, n in zip((one, base), sizes, strict=True)]
            return rates_around(effect, 1.0, *rates, df=df)
        by_cluster = self._totals(arm)
        if spread > 0 and by_cluster is not None and is_skewed(*by_cluster):
            return skewed_around(effect, spread, *by_cluster)
        return by_t(effect, [variance], [df])

    def _totals(self, arm: int) -> tuple[Floats, Floats] | None:
        """Return what each cluster of an arm, and of control, adds to the difference; ``None`` if some lie in both."""
        both = self._rows[arm] | self._rows[0]
        centre, found = float(self._y[both].mean()), []
        for rows in (self._rows[arm], self._rows[0]):
            codes, inside = np.unique(self._codes[rows], return_inverse=True)
            sums = np.bincount(inside, weights=self._y[rows] - centre)
            found.append((codes, sums * len(codes) / rows.sum()))
        (mine, one), (theirs, other) = found
        return None if np.intersect1d(mine, theirs).size else (one, other)


def _robust(q: Floats, left: Floats, codes: Ints, contrasts: Floats, effects: Ints) -> tuple[Floats, Floats]:
    """Return each cluster's part of every contrast, shape (clusters, contrasts), and the effects' degrees of freedom.

    ``q``: an orthonormal basis of the design, rows sorted by cluster; ``contrasts``: in that basis; ``effects``: which
    of them are effects. CR2 multiplies a cluster's residuals by (I − Qg·Qg')^(-1/2), which in the basis is a matrix of
    the design's width.
    """
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    sizes = np.diff(starts, append=len(codes))
    many, wide, asked = len(starts), q.shape[1], contrasts.shape[1]
    scores = np.empty((many, asked))
    own, sums, u = np.empty((many, len(effects))), np.empty((many, len(effects))), np.empty((many, wide, len(effects)))
    untold = np.zeros(len(effects))
    for size in np.unique(sizes):
        those, step = np.flatnonzero(sizes == size), max(1, _AT_ONCE // int(size * wide))
        for some in (those[at : at + step] for at in range(0, len(those), step)):
            rows = starts[some][:, None] + np.arange(size)
            mine = q[rows]
            _, s, vt = np.linalg.svd(mine, full_matrices=False)
            rest = 1 - np.square(s)
            # What a cluster alone determines says nothing of how clusters differ.
            root, turned = np.where(rest > 1e-9, 1 / np.sqrt(np.maximum(rest, 1e-9)), 0.0), vt @ contrasts
            bent = contrasts + np.swapaxes(vt, 1, 2) @ ((root - 1)[..., None] * turned)
            untold += np.einsum("gr,gra->a", np.square(s) * (rest <= 1e-9), np.square(turned[:, :, effects]))
            scores[some] = np.einsum("gra,gr->ga", bent, np.einsum("gnr,gn->gr", mine, left[rows]))
            weights = mine @ bent[:, :, effects]
            own[some], sums[some] = np.square(weights).sum(axis=1), weights.sum(axis=1)
            u[some] = np.einsum("gnr,gna->gra", mine, weights)
    likeness, level = _likeness(left, starts, sizes), np.add.reduceat(q, starts, axis=0)
    df = [_freedom(own[:, i], sums[:, i], u[:, :, i], level, likeness) for i in range(len(effects))]
    # An effect that rests on what one cluster alone determines (the last of an arm) has no error.
    return scores, np.where(untold < 1e-6 * np.square(contrasts[:, effects]).sum(axis=0), df, 0.0)


def _likeness(left: Floats, starts: Ints, sizes: Ints) -> float:
    """Return the variance that the rows of a cluster share, as a multiple of that of their own; 0: none."""
    squares = float(left @ left)
    pairs = float(np.sum(sizes * (sizes - 1.0)))
    shared = (float(np.square(np.add.reduceat(left, starts)).sum()) - squares) / pairs if pairs else 0.0
    whole = squares / len(left)
    return 0.0 if shared <= 0 or whole <= 0 else shared / max(whole - shared, 1e-6 * whole)


def _freedom(own: Floats, sums: Floats, u: Floats, level: Floats, likeness: float) -> float:
    """Return the degrees of freedom of an effect's error: (Σλ)²/Σλ² of a quadratic form (Satterthwaite 1946).

    Were rows independent, its matrix would be diag(own) − u·u'; where those of a cluster are alike it grows by
    ``likeness`` times B'B with B = diag(sums) − level·u'. Both are a diagonal and a matrix of small rank.
    """
    grown = own + likeness * np.square(sums)
    p = np.column_stack([u, sums[:, None] * level])
    r = u.shape[1]
    k = np.block(
        [[likeness * (level.T @ level) - np.eye(r), -likeness * np.eye(r)], [-likeness * np.eye(r), np.zeros((r, r))]]
    )
    turned = k @ (p.T @ p)
    total = float(grown.sum() + np.trace(turned))
    squares = float(np.square(grown).sum() + 2 * np.sum(grown * np.einsum("gi,ij,gj->g", p, k, p)))
    squares += float(np.sum(turned * turned.T))
    return total**2 / squares if total > 1e-9 * float(grown.sum()) and squares > 0 else 0.0
