"""How far the next purchase goes with the ones before it: expected spends, drawn towards the mean by what was seen."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.clv import GammaGamma
from holdfast.learn.arrays import Floats

# Customers with one, with two to five, and with more purchase days.
_FROM = (2, 6)
# A prior of ±0.3 around a slope of 1.
_PRIOR = 1 / 0.3**2
_FEW = 10
_HARDLY_DIFFER = 1e-3
# Below it the mean of all foresees better than with the last one (measured: docs/value.md).
_LAST_COUNTS = 0.3


@dataclass(frozen=True)
class Shrinkage:
    """Expected spends as Gamma-Gamma has them, drawn towards their mean as far as consecutive purchases show.

    Gamma-Gamma takes a customer's spends for Gamma distributed. Where a few are far larger than the others, it lays
    that to the customers: who bought once for much is expected to do so again. What the next purchase came to says by
    how much less: (expected ÷ mean) to the power of a slope, at most 1, times what leaves the mean as it was.

    Gamma-Gamma also takes it that what customers spend never changes for good. Where it does (a plan is switched,
    usage that is billed), the last purchase says more than the mean of all: what it was beside that mean, to the power
    of ``lasts``, multiplies the expectation, where the next purchases show at least 0.3.

    Attributes
    ----------
    mean
        Of the expectations, currency.
    slopes, levels
        Of customers with one purchase day, with two to five, and with more; ``levels`` in logarithms.
    lasts, shifts
        Of the same customers: how far a change lasts, from 0 to 1, and what leaves the mean as it was, in logarithms.
    """

    mean: float = 1.0
    slopes: tuple[float, ...] = (1.0, 1.0, 1.0)
    levels: tuple[float, ...] = (0.0, 0.0, 0.0)
    lasts: tuple[float, ...] = (0.0, 0.0, 0.0)
    shifts: tuple[float, ...] = (0.0, 0.0, 0.0)

    @classmethod
    def of(cls, following: pd.DataFrame, spend: GammaGamma) -> Self:
        """Learn from purchases beside those before them (``build_next_spends``): Gamma regressions, near a slope of 1.

        Examples
        --------
        >>> random = np.random.default_rng(1)
        >>> before = random.lognormal(3.0, 1.0, 5000)
        >>> table = pd.DataFrame({"earlier": 1.0, "spend_before": before, "spend_last": before})
        >>> model = GammaGamma.from_params(p=6.0, q=4.0, v=15.0)
        >>> for own in (1.0, 0.0):  # each spends as before, or all spend alike
        ...     next_one = table["spend_before"] ** own * random.gamma(5.0, 5.0, 5000)
        ...     print(round(Shrinkage.of(table.assign(spend=next_one), model).slopes[0], 2))
        1.0
        0.03
        """
        if len(following) < _FEW:
            return cls()
        n, before = (following[name].to_numpy() for name in ("earlier", "spend_before"))
        first = int(spend.first_purchase)
        expected = spend.expected_spend(pd.DataFrame({"frequency": n - first, "monetary_value": before}))
        mean = float(expected.mean())
        came, beside = following["spend"].to_numpy(), _beside(following["spend_last"], before)
        found = [_slope(expected[of] / mean, came[of] / mean) for of in _groups(n)]
        alone = cls(mean, tuple(slope for slope, _ in found), tuple(level for _, level in found))
        drawn = alone.drawn(expected, n)
        lasts = [(0.0, 0.0), *(_lasts(beside[of], drawn[of], came[of]) for of in _groups(n)[1:])]
        return replace(alone, lasts=tuple(last for last, _ in lasts), shifts=tuple(shift for _, shift in lasts))

    def today(self, expected: Floats, features: pd.DataFrame) -> Floats:
        """Return expected spends of a purchase, currency, shape (n,): drawn, and moved to where they last were.

        Parameters
        ----------
        expected
            By Gamma-Gamma, currency, shape (n,).
        features
            ``purchase_days``, and ``spend_last`` and ``spend_mean`` in currency.

        Examples
        --------
        >>> switched = pd.DataFrame({"purchase_days": [1, 4], "spend_last": [40.0, 60.0], "spend_mean": [40.0, 30.0]})
        >>> Shrinkage(lasts=(0.0, 1.0, 1.0)).today(np.array([40.0, 32.0]), switched).tolist()
        [40.0, 64.0]
        """
        days = features["purchase_days"].to_numpy(dtype=np.float64)
        found = self.drawn(expected, days)
        if any(self.lasts):
            beside = _beside(features["spend_last"], features["spend_mean"].to_numpy(dtype=np.float64))
            for of, last, shift in zip(_groups(days), self.lasts, self.shifts, strict=True):
                found[of] *= np.exp(last * beside[of] + shift)
        return found

    def of_last(self, purchase_days: npt.ArrayLike) -> Floats:
        """Return how far the last purchase counts instead of the mean of all, from 0 to 1, shape (n,)."""
        return np.asarray(np.select(_groups(np.asarray(purchase_days, dtype=np.float64)), list(self.lasts)))

    def drawn(self, expected: Floats, purchase_days: npt.ArrayLike) -> Floats:
        """Return expected spends of a purchase, currency, drawn towards their mean; both of shape (n,).

        Examples
        --------
        >>> half = Shrinkage(mean=100.0, slopes=(0.5, 1.0, 1.0))
        >>> half.drawn(np.array([400.0, 25.0, 400.0]), [1, 1, 3]).tolist()
        [200.0, 50.0, 400.0]
        """
        found = np.array(expected, dtype=np.float64)
        days = np.asarray(purchase_days, dtype=np.float64)
        for of, slope, level in zip(_groups(days), self.slopes, self.levels, strict=True):
            if slope != 1.0:
                found[of] = self.mean * np.exp(level) * (found[of] / self.mean) ** slope
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        found: dict[str, Any] = {"mean": self.mean, "slopes": list(self.slopes), "levels": list(self.levels)}
        return found | ({"lasts": list(self.lasts), "shifts": list(self.shifts)} if any(self.lasts) else {})

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Self:
        """Make what ``to_dict`` returned."""
        known = {name: tuple(value) for name, value in state.items() if name != "mean"}
        return cls(float(state["mean"]), **known)


def _groups(days: Floats) -> list[npt.NDArray[np.bool_]]:
    return [days < _FROM[0], (days >= _FROM[0]) & (days < _FROM[1]), days >= _FROM[1]]


def _beside(last: pd.Series, mean: Floats) -> Floats:
    """Return log(last ÷ mean), shape (n,); 0 where either is not above 0."""
    spend = last.to_numpy(dtype=np.float64)
    known = (spend > 0) & (mean > 0)
    return np.asarray(np.log(np.divide(spend, mean, out=np.ones_like(spend), where=known)))


def _lasts(beside: Floats, expected: Floats, spend: Floats) -> tuple[float, float]:
    """Return how far a change of what is spent lasts, and what leaves the mean as it was; 0 where it hardly does."""
    if len(spend) < _FEW or beside.std() < _HARDLY_DIFFER:
        return 0.0, 0.0
    last = float(np.clip(_regression(beside, spend / expected), 0.0, 1.0))
    if last < _LAST_COUNTS:
        return 0.0, 0.0
    return last, float(np.log(expected.mean() / np.mean(expected * np.exp(last * beside))))


def _slope(expected: Floats, spend: Floats) -> tuple[float, float]:
    """Return the slope of log E[spend] on log expected, both relative to the mean, and the level that keeps it."""
    if len(spend) < _FEW or np.log(expected).std() < _HARDLY_DIFFER:
        return 1.0, 0.0
    slope = float(np.clip(1.0 + _regression(np.log(expected), spend / expected), 0.0, 1.0))
    return slope, float(np.log(expected.mean() / np.mean(expected**slope)))


def _regression(x: Floats, ratio: Floats) -> float:
    """Return the slope of log E[ratio] on x by a Gamma regression, near 0 by the prior."""
    from sklearn.linear_model import GammaRegressor

    # The penalty is the prior, on the scale of the mean deviance.
    dispersion = float(np.mean(np.square(ratio / ratio.mean() - 1.0)))
    model = GammaRegressor(alpha=dispersion * _PRIOR / len(ratio), max_iter=1000).fit((x - x.mean())[:, None], ratio)
    return float(model.coef_[0])
