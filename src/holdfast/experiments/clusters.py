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
from holdfast.experiments.likeness import Likeness, design_effect, likeness
from holdfast.experiments.power import errors_to_detect
from holdfast.experiments.robust import Robust
from holdfast.experiments.skewed import is_skewed
from holdfast.experiments.trial import column_of, is_rate, labels, place_of
from holdfast.learn.arrays import Floats, Ints, Strings, standardised
from holdfast.wording import counted

# Of one cluster nothing is known of how clusters of its arm differ.
LEAST_OF_ARM = 2
# With less than that, limits are so wide that they say nothing.
LEAST_FREEDOM = 1.0


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
    codes = cluster_codes(data, column)
    found = Clusters(column, codes, mostly_whole(codes, arms))
    for arm, many in found.of_arms(arms, sorted(set(arms))).items():
        if many < LEAST_OF_ARM:
            raise NotEnoughDataError(
                f'cluster: "{arm}" has one value of "{column}" only, so nothing says how much such values differ by '
                f"themselves; an arm needs at least {LEAST_OF_ARM}."
            )
    return found


def cluster_codes(data: pd.DataFrame, column: str) -> Ints:
    """Return the number of each row's cluster, from 0, shape (n,).

    Raises
    ------
    DataError
        A row has none.
    """
    given = column_of(data, column)
    missing = given.isna().to_numpy()
    if missing.any():
        rows = counted(int(missing.sum()), "row has", "rows have")
        raise DataError(
            f'cluster: column "{column}": {rows} none ({place_of(data, missing)}). Name the store, class or customer '
            "of every row, or leave those rows out."
        )
    return _numbered(given)


def dealt(data: pd.DataFrame, column: str, arms: Strings) -> Ints:
    """Return the number of what chance dealt to each row, shape (n,), where it was the values of a column."""
    return _in_arms(_numbered(column_of(data, column)), arms)


def _numbered(column: pd.Series) -> Ints:
    return np.unique(labels(column).to_numpy(dtype=str), return_inverse=True)[1].astype(np.int64)


def _in_arms(codes: Ints, arms: Strings | Ints) -> Ints:
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
            The covariates determine the outcome.
        NotEnoughDataError
            The clusters are too few for the covariates.
        """
        order = np.argsort(codes, kind="stable")
        arms, y, codes = arms[order].astype(np.int64), outcome[order], np.unique(codes[order], return_inverse=True)[1]
        treated = int(arms.max())
        flags = (arms[:, None] == np.arange(1, treated + 1)).astype(np.float64)
        columns = flags if x is None else np.column_stack([flags, standardised(x[order])])
        numbers = None if strata is None else np.unique(strata[order], return_inverse=True)[1].astype(np.int64)
        fit = Robust(columns, y, codes, numbers)
        spread = float(np.square(y - y.mean()).sum())
        if (x is not None or strata is not None) and fit.left @ fit.left <= NOTHING_LEFT * spread and spread > 0:
            raise DataError(
                "The covariates determine the outcome of every customer: nothing is left to measure. Leave out what is "
                "the outcome in another form."
            )
        # Rows: the level of control, then the level of each arm, then each arm less control.
        ask = np.zeros((1 + 2 * treated, columns.shape[1]))
        ask[np.arange(1, treated + 1), np.arange(treated)] = 1
        ask[np.arange(treated + 1, 2 * treated + 1), np.arange(treated)] = 1
        found = fit.ask(ask, (np.arange(1 + 2 * treated) <= treated).astype(np.float64))
        self._values, self._covariance = found.sums, found.covariance
        self._df = np.array([found.parts.freedom(i) for i in range(treated)])
        self._treated, self._rate, self._y = treated, is_rate(y), y
        self._rows = [arms == a for a in range(treated + 1)]
        self._codes, self._strata, self._left = codes, numbers, fit.left
        if (self._df < LEAST_FREEDOM).any():
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

    def smallest(self, arm: int) -> float | None:
        """Return the smallest effect that an experiment with this error shows in four of five; ``None``: not known."""
        at = self._treated + arm
        error = sqrt(max(float(self._covariance[at, at]), 0.0))
        return errors_to_detect(float(self._df[arm - 1])) * error if error > 0 else None

    def alike(self, *, whole: bool) -> Likeness | None:
        """Return how alike the rows of a cluster are, strata taken off; ``None``: nothing says so.

        Parameters
        ----------
        whole
            Whether clusters were assigned as a whole.
        """
        arms = sum(number * rows for number, rows in enumerate(self._rows))
        codes = _in_arms(self._codes, arms) if whole else self._codes
        try:
            if self._strata is None:
                return likeness(self._left, codes, arms if whole else None)
            strata = int(self._strata.max()) + 1
            within = len(np.unique(codes * strata + self._strata)) == len(np.unique(codes))
            fitted = (strata if within else 1) + self._treated * whole
            return likeness(self._left, codes, self._strata if within else None, fitted=fitted)
        except NotEnoughDataError:
            return None

    def worth(self, arm: int, icc: float, *, whole: bool) -> tuple[int, int, float]:
        """Return the customers of an arm and of control, how many would tell as much alone, and the design effect."""
        both = self._rows[arm] | self._rows[0]
        treated = self._rows[arm][both].astype(np.int64)
        codes = _in_arms(self._codes[both], treated) if whole else self._codes[both]
        grown = design_effect(icc, codes, treated)
        return int(both.sum()), round(float(both.sum()) / grown), grown

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


def effects_differ(arms: Ints, outcome: Floats, codes: Ints, groups: Ints, strata: Ints | None = None) -> float | None:
    """Return the p-value of one and the same effect in all groups of customers; ``None``: too few clusters to say.

    The effects of all groups with one CR2 covariance, as groups of one cluster are no independent evidence, and
    Hotelling's T² with the degrees of freedom of Zhang (2012) for it (Tipton & Pustejovsky 2015; Pustejovsky & Tipton
    2018). Groups may be whole clusters, or lie within them.

    Parameters
    ----------
    arms
        1 for the arm, 0 for control, shape (n,).
    outcome, codes
        Shape (n,); number of each row's cluster.
    groups, strata
        Number of each row's group, and of its stratum, shape (n,).

    Examples
    --------
    >>> random, codes = np.random.default_rng(1), np.repeat(np.arange(20), 10)
    >>> arms, groups = codes % 2, np.arange(200) % 2
    >>> spent = random.normal(size=20)[codes] + random.normal(size=200)
    >>> [round(effects_differ(arms, spent + more * arms * groups, codes, groups), 3) for more in (0, 2)]
    [0.29, 0.0]
    """
    from scipy.stats import f

    order = np.argsort(codes, kind="stable")
    arms, y, codes = arms[order], outcome[order], np.unique(codes[order], return_inverse=True)[1].astype(np.int64)
    group = np.unique(groups[order], return_inverse=True)[1].astype(np.int64)
    many = int(group.max()) + 1
    if many < 2 or y.min() == y.max():
        return 1.0
    # The levels are those of each group, or of each stratum within it.
    cells = group if strata is None else group * (int(strata.max()) + 1) + strata[order]
    cells = np.unique(cells, return_inverse=True)[1].astype(np.int64)
    columns = ((group[:, None] == np.arange(many)) & (arms[:, None] == 1)).astype(np.float64)
    against = np.column_stack([-np.ones(many - 1), np.eye(many - 1)])
    found = Robust(columns, y, codes, cells).ask(against, np.zeros(many - 1))
    q, freedom = many - 1, found.parts.together(np.arange(many - 1))
    if freedom - q + 1 < LEAST_FREEDOM or np.linalg.matrix_rank(found.covariance, hermitian=True) < q:
        return None
    reached = float(found.sums @ np.linalg.solve(found.covariance, found.sums))
    return float(f.sf((freedom - q + 1) / (freedom * q) * reached, q, freedom - q + 1))
