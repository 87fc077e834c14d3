"""The effect of an arm against control within strata, as many and as small as they are."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from holdfast.errors import NotEnoughDataError
from holdfast.experiments.effects import Estimate, by_freedom, by_t, rates_around, skewed_around
from holdfast.experiments.skewed import is_skewed
from holdfast.experiments.trial import is_rate
from holdfast.learn.arrays import Flags, Floats, Ints, standardised

# Fewer strata with a single customer of an arm say nothing of how much their differences vary.
LEAST_SMALL = 5
# So many customers beyond the number of strata and covariates a common slope needs.
_FEWEST = 5


def comparable(control: Ints, treated: Ints) -> tuple[Flags, Flags]:
    """Return in which strata an arm is compared with control, and which of these have one customer of an arm only.

    Parameters
    ----------
    control, treated
        Customers of either in each stratum.

    Examples
    --------
    >>> comparable(np.array([2, 3, 0, 1]), np.array([2, 2, 4, 1]))[0].tolist()
    [True, True, False, False]
    """
    both = (control > 0) & (treated > 0)
    small = both & (np.minimum(control, treated) == 1)
    sizes = (control + treated)[small]
    # Of one stratum that is half of them all, the others say nothing.
    if len(sizes) < LEAST_SMALL or 2 * sizes.max() >= sizes.sum():
        return both & ~small, np.zeros(len(both), dtype=bool)
    return both, small


class Blocks:
    """Differences within strata, averaged by the strata's share of everyone (post-stratification).

    Errors: in strata with at least two customers of either arm those of Neyman's estimate (as HC2 of a regression with
    a level for every stratum and arm); of strata with one customer of an arm, such as pairs, how much their differences
    vary (Pashley & Miratrix 2021). Covariates have one slope in all strata and arms. The customers count as drawn from
    a larger population, as in ``Adjusted``.

    Examples
    --------
    >>> codes, arms = np.repeat([0, 1], 4), np.array([0, 0, 1, 1] * 2)
    >>> found = Blocks(codes, arms, np.array([1.0, 2, 3, 4, 11, 12, 15, 16])).effect(1)
    >>> found.effect, round(found.low, 2), round(found.high, 2)
    (3.0, 1.45, 4.55)
    """

    def __init__(self, codes: Ints, arms: Ints, outcome: Floats, x: Floats | None = None) -> None:
        """Take each row's stratum, arm (0 is control) and outcome, shape (n,), and covariates, shape (n, k).

        Raises
        ------
        NotEnoughDataError
            The customers are too few for the covariates.
        """
        self._codes = np.unique(codes, return_inverse=True)[1]
        self._arms, self._y, self._bare = np.asarray(arms).astype(np.int64), outcome, outcome
        self._many, self._wider = int(self._codes.max()) + 1, 1.0
        if x is not None:
            self._adjust(x)
        self._compared: dict[int, _Compared] = {}

    def _adjust(self, x: Floats) -> None:
        """Take off what covariates say by their slopes within the strata, and count what knowing the slopes costs."""
        z = standardised(x)
        treated = int(self._arms.max())
        flags = (self._arms[:, None] == np.arange(1, treated + 1)).astype(np.float64)
        inside = self._within(np.column_stack([flags, z, self._y]))
        d, z_in, y_in = inside[:, :treated], inside[:, treated:-1], inside[:, -1]
        z_in = z_in - d @ (np.linalg.pinv(d) @ z_in)
        u, s, vt = np.linalg.svd(z_in, full_matrices=False)
        kept = s > sqrt(len(z)) * 1e-8
        freedom, k = len(z) - self._many - treated, int(kept.sum())
        if freedom - k < _FEWEST:
            raise NotEnoughDataError(
                f"{len(z):,} customers in {self._many:,} strata are too few for {k:,} covariates (texts count once per "
                "value): name fewer."
            )
        self._y = self._y - z @ (vt[kept].T @ ((u[:, kept].T @ y_in) / s[kept]))
        self._wider = freedom / (freedom - k) * (1 + k / freedom)

    def _within(self, values: Floats) -> Floats:
        n = np.bincount(self._codes, minlength=self._many)
        means = np.column_stack([np.bincount(self._codes, weights=v, minlength=self._many) / n for v in values.T])
        return values - means[self._codes]

    def rows(self, arm: int) -> Flags:
        """Return which rows of an arm, and of control, are compared, shape (n,)."""
        strata = self._of(arm).strata
        return np.asarray(strata[self._codes] & ((self._arms == arm) | (self._arms == 0)))

    def levels(self, arm: int) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return the mean outcome of an arm and of control if each had the strata of everyone, with its variance."""
        found = self._of(arm)
        mean = float(found.share @ found.means[0]), float(found.share @ found.means[1])
        return (mean[0], found.variance(found.means[0], 0)), (mean[1], found.variance(found.means[1], 1))

    def effect(self, arm: int) -> Estimate:
        """Return the effect of one arm against arm 0."""
        found = self._of(arm)
        gaps = found.means[0] - found.means[1]
        effect = float(found.share @ gaps)
        parts = [self._wider * float(np.sum(np.square(found.share) * v)) for v in found.variances]
        dfs = [max(int(n), 1) for n in found.freedom]
        if found.small.any():
            parts.append(self._wider * found.between(gaps))
            dfs.append(int(found.small.sum()) - 1)
        # Of what the strata's differences vary, noise is no part of what other customers would change.
        noise = found.variances[0] + found.variances[1]
        apart = float((found.share * (np.square(gaps - effect) - noise))[~found.small].sum())
        more = max(apart, 0.0) / found.customers
        rows = found.strata[self._codes]
        one, base = self._bare[rows & (self._arms == arm)], self._bare[rows & (self._arms == 0)]
        spread = sqrt(sum(parts) + more)
        if is_rate(self._bare):
            bare = sqrt(sum(float(y.var()) / max(len(y) - 1, 1) for y in (one, base)))
            rates = [(float(y.mean()), float(len(y))) for y in (one, base)]
            df = by_freedom(parts, dfs)
            return rates_around(effect, spread / bare if bare > 0 else 1.0, *rates, df=df)
        if spread > 0 and is_skewed(one, base):
            return skewed_around(effect, spread, one, base)
        return by_t(effect, parts, dfs, more=more)

    def _of(self, arm: int) -> "_Compared":
        if arm not in self._compared:
            self._compared[arm] = self._compare(arm)
        return self._compared[arm]

    def _compare(self, arm: int) -> "_Compared":
        mine = [self._arms == arm, self._arms == 0]
        n = [np.bincount(self._codes[rows], minlength=self._many) for rows in mine]
        strata, small = comparable(n[1], n[0])
        if not strata.any():
            raise NotEnoughDataError(
                "strata: none holds customers of both arms (two of each, or one of each in at least "
                f"{LEAST_SMALL} strata), so nothing can be compared."
            )
        everyone = np.bincount(self._codes, minlength=self._many)[strata].astype(np.float64)
        means, variances, freedom = [], [], []
        for rows, count in zip(mine, n, strict=True):
            sums = np.bincount(self._codes[rows], weights=self._y[rows], minlength=self._many)
            mean = sums / np.maximum(count, 1)
            off = np.bincount(
                self._codes[rows], weights=np.square(self._y[rows] - mean[self._codes[rows]]), minlength=self._many
            )
            inside = np.where(small, 0.0, off / np.maximum(count - 1, 1) / np.maximum(count, 1))
            means.append(mean[strata])
            variances.append(inside[strata])
            freedom.append(int((count - 1)[strata & ~small].sum()))
        return _Compared(strata, small[strata], everyone, means, variances, freedom)


@dataclass(frozen=True)
class _Compared:
    """One arm beside control: which strata, and in each its size, means, and variances of the means (0 where small)."""

    strata: Flags
    small: Flags
    everyone: Floats
    means: list[Floats]
    variances: list[Floats]
    freedom: list[int]

    @property
    def customers(self) -> float:
        return float(self.everyone.sum())

    @property
    def share(self) -> Floats:
        return self.everyone / self.customers

    def variance(self, means: Floats, which: int) -> float:
        return float(np.sum(np.square(self.share) * self.variances[which])) + self.between(means)

    def between(self, values: Floats) -> float:
        """Return the variance of what small strata add to a mean over all, by how much their values vary.

        Pashley & Miratrix (2021), eq. 5: strata of different sizes, none half of them all.
        """
        if not self.small.any():
            return 0.0
        n, v = self.everyone[self.small], values[self.small]
        total = float(n.sum())
        part = np.square(n) / (total - 2 * n)
        own = float(
            np.sum(part * np.square(v - float(n @ v) / total)) / (total + np.sum(np.square(n) / (total - 2 * n)))
        )
        return own * (total / self.customers) ** 2
