"""Amounts beyond a percentile, cut to it: one wholesale order must not decide an experiment."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from holdfast.learn.arrays import Floats

SHARE = 0.99


@dataclass(frozen=True)
class Cut:
    """Where amounts are cut.

    Attributes
    ----------
    low, high
        The two percentiles, of all arms together, so that no arm is treated otherwise than another.
    cut
        How many customers' amounts were changed.
    mean_before, mean_after
        Of all customers.
    """

    low: float
    high: float
    cut: int
    mean_before: float
    mean_after: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def winsorised(values: Floats, share: float = SHARE) -> tuple[Floats, Cut]:
    """Return amounts cut at both ends, from the pooled percentiles of those who are not 0.

    Where most customers bought nothing, the percentile of everybody would be 0, and would cut off what is measured.

    Parameters
    ----------
    values
        Shape (n,), all arms together.
    share
        0.99 cuts the amounts above 0 at their 99th percentile, and those below 0 (refunds) at their 1st; 1 cuts none.

    Examples
    --------
    >>> amounts, cut = winsorised(np.r_[np.zeros(900), np.arange(1.0, 100.0), 1e6])
    >>> float(amounts.max()) < 20_000, cut.cut, cut.low
    (True, 1, 0.0)
    """
    above, below = values[values > 0], values[values < 0]
    high = float(np.quantile(above, share)) if len(above) else 0.0
    low = float(np.quantile(below, 1 - share)) if len(below) else 0.0
    if share >= 1:
        low, high = float(values.min(initial=0.0)), float(values.max(initial=0.0))
    after = np.clip(values, low, high)
    return after, Cut(low, high, int((after != values).sum()), float(values.mean()), float(after.mean()))
