"""How far the next purchase goes with the ones before it: expected spends, drawn towards the mean by what was seen."""

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Shrinkage:
    """Expected spends as Gamma-Gamma has them, drawn towards their mean as far as consecutive purchases show.

    Gamma-Gamma takes a customer's spends for Gamma distributed. Where a few are far larger than the others, it lays
    that to the customers: who bought once for much is expected to do so again. What the next purchase came to says by
    how much less: (expected ÷ mean) to the power of a slope, at most 1, times what leaves the mean as it was.

    Attributes
    ----------
    mean
        Of the expectations, currency.
    slopes, levels
        Of customers with one purchase day, with two to five, and with more; ``levels`` in logarithms.
    """

    mean: float = 1.0
    slopes: tuple[float, ...] = (1.0, 1.0, 1.0)
    levels: tuple[float, ...] = (0.0, 0.0, 0.0)

    @classmethod
    def of(cls, following: pd.DataFrame, spend: GammaGamma) -> Self:
        """Learn from purchases beside those before them (``build_next_spends``): Gamma regressions, near a slope of 1.

        Examples
        --------
        >>> random = np.random.default_rng(1)
        >>> table = pd.DataFrame({"earlier": 1.0, "spend_before": random.lognormal(3.0, 1.0, 5000)})
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
        found = [_slope(expected[of] / mean, following["spend"].to_numpy()[of] / mean) for of in _groups(n)]
        return cls(mean, tuple(slope for slope, _ in found), tuple(level for _, level in found))

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
        return {"mean": self.mean, "slopes": list(self.slopes), "levels": list(self.levels)}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Self:
        """Make what ``to_dict`` returned."""
        return cls(float(state["mean"]), tuple(state["slopes"]), tuple(state["levels"]))


def _groups(days: Floats) -> list[npt.NDArray[np.bool_]]:
    return [days < _FROM[0], (days >= _FROM[0]) & (days < _FROM[1]), days >= _FROM[1]]


def _slope(expected: Floats, spend: Floats) -> tuple[float, float]:
    """Return the slope of log E[spend] on log expected, both relative to the mean, and the level that keeps it."""
    from sklearn.linear_model import GammaRegressor

    if len(spend) < _FEW or np.log(expected).std() < _HARDLY_DIFFER:
        return 1.0, 0.0
    x, ratio = np.log(expected)[:, None], spend / expected
    # The penalty is the prior, on the scale of the mean deviance.
    dispersion = float(np.mean(np.square(ratio / ratio.mean() - 1.0)))
    model = GammaRegressor(alpha=dispersion * _PRIOR / len(spend), max_iter=1000).fit(x - x.mean(), ratio)
    slope = float(np.clip(1.0 + model.coef_[0], 0.0, 1.0))
    return slope, float(np.log(expected.mean() / np.mean(expected**slope)))
