"""The effect of an arm against control, adjusted for covariates or strata by a regression in each arm."""

from math import sqrt

import numpy as np

from holdfast.errors import DataError, NotEnoughDataError
from holdfast.experiments.effects import Estimate, by_t, rates_around, skewed_around
from holdfast.experiments.skewed import is_skewed
from holdfast.experiments.trial import is_rate
from holdfast.learn.arrays import Floats, Ints, standardised
from holdfast.wording import counted

# Residuals this small a share of the outcome's variance are rounding.
NOTHING_LEFT = 1e-20


class Adjusted:
    """Effects adjusted for covariates measured before the assignment, by a regression in each arm.

    Lin (2013): outcome on arm, centred covariates and all their products, which is one regression per arm, read at the
    mean covariates of everyone. Randomisation alone makes it right: the regression need not be true. With one covariate
    this is CUPED (Deng, Xu, Kohavi & Walker 2013) with a slope for each arm. Errors are HC2 (MacKinnon & White 1985),
    and the customers count as drawn from a larger population (Negi & Wooldridge 2021). Where the outcome is rare or
    skewed, limits lie around the effect as those of the bare difference do: Student's would claim more gains than
    there are.
    """

    def __init__(self, covariates: Floats, arms: Floats | Ints, outcome: Floats) -> None:
        """Fit one regression per value of ``arms`` (0 is control).

        Parameters
        ----------
        covariates
            Shape (n, k), without missing numbers.
        arms
            Shape (n,): number of each row's arm.
        outcome
            Shape (n,).

        Raises
        ------
        NotEnoughDataError
            An arm has fewer than two rows for every covariate.
        DataError
            The covariates determine the outcome: the residuals are rounding.
        """
        z = standardised(covariates)
        self._n = len(z)
        self._moments = np.cov(z, rowvar=False).reshape(z.shape[1], z.shape[1])
        self._rate = is_rate(outcome)
        self._bare = {int(a): outcome[arms == a] for a in np.unique(arms)}
        self._fits = {int(a): _Regression(z[arms == a], outcome[arms == a]) for a in np.unique(arms)}

    def level(self, arm: int) -> tuple[float, float]:
        """Return the mean outcome of an arm if it had the covariates of everyone, and the variance of that mean."""
        return self._fits[arm].level, self._fits[arm].variance

    def effect(self, arm: int) -> Estimate:
        """Return the adjusted effect of one arm against arm 0."""
        one, other = self._fits[arm], self._fits[0]
        bend = one.slopes - other.slopes
        drawn = float(bend @ self._moments @ bend) / self._n
        effect, spread = one.level - other.level, sqrt(one.variance + other.variance + drawn)
        outcome, control = self._bare[arm], self._bare[0]
        if self._rate:
            bare = sqrt(sum(float(y.var(ddof=1)) / len(y) for y in (outcome, control)))
            rates = [(float(y.mean()), float(len(y))) for y in (outcome, control)]
            return rates_around(effect, spread / bare if bare > 0 else 1.0, *rates)
        if spread > 0 and is_skewed(outcome, control):
            return skewed_around(effect, spread, outcome, control)
        return by_t(effect, [one.variance, other.variance], [one.freedom, other.freedom], more=drawn)


class _Regression:
    """Least squares: the level at the mean covariates of everyone (z = 0), its HC2 variance, and the slopes."""

    def __init__(self, z: Floats, y: Floats) -> None:
        if len(z) < 2 * (z.shape[1] + 1):
            raise NotEnoughDataError(
                f"{counted(len(z), 'customer')} in an arm are too few for "
                f"{counted(z.shape[1], 'covariate')} (texts count once per value)."
            )
        # Around the arm's own means: a column that is constant in this arm has no slope and takes nothing of the level.
        # Collinear columns share their slope: the smallest coefficients that fit.
        here, mean = z.mean(axis=0), float(y.mean())
        u, s, vt = np.linalg.svd(z - here, full_matrices=False)
        # Columns have deviation 1 among all customers; what is left of one that is constant here is rounding.
        kept = s > max(float(s.max(initial=0.0)), sqrt(len(z))) * 1e-10
        u, s, vt = u[:, kept], s[kept], vt[kept]
        self.slopes = vt.T @ ((u.T @ (y - mean)) / s)
        self.level = mean - float(here @ self.slopes)
        residuals = y - mean - (z - here) @ self.slopes
        if residuals @ residuals <= NOTHING_LEFT * float((y - mean) @ (y - mean)) and y.min() < y.max():
            raise DataError(
                "The covariates determine the outcome of every customer of an arm: nothing is left to measure. Leave "
                "out what is the outcome in another form."
            )
        leverage = np.minimum(1 / len(z) + (u * u).sum(axis=1), 1 - 1e-12)
        weights = 1 / len(z) - u @ ((vt @ here) / s)
        self.variance = float((weights**2 * residuals**2 / (1 - leverage)).sum())
        self.freedom = max(len(z) - 1 - int(kept.sum()), 1)
