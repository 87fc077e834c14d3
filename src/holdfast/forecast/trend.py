"""How what customers spend on a purchase moves from year to year: prices, and how much they take."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from holdfast.clv import GammaGamma
from holdfast.language import to_tell
from holdfast.learn.arrays import Floats

_YEAR = 365.0
_FEWEST_YEARS, _MOST_YEARS = 2, 3
_FEW = 100
_PHASES = 12
# A change is believed by 1 − 2 ÷ (change ÷ its standard error)²; what is still to come of it counts half.
_DOUBT, _GOES_ON = 2.0, 0.5

TREND = to_tell(
    "Customers who bought in several of the last {years} years spent {rate:+.1%} a purchase from one year to the next "
    "(95% interval {low:+.1%} to {high:+.1%}). Value brings what they spent earlier to today's level, and goes on with "
    "half of that change."
)
"""What is told of it where it counts."""


@dataclass(frozen=True)
class SpendTrend:
    """The yearly change of what the same customers spend on a purchase day, and how far it counts.

    Expected spends are means of what was spent over years. Where prices rise, they lie below what the next purchase
    comes to by as much as prices rose since: 7 to 12 % in shops with 5 to 6 % a year (measured: docs/value.md).

    Attributes
    ----------
    rate
        Change of the logarithm in 365 days, as far as it is believed; 0 where it may be chance, or no two years tell.
    seen, error
        The change found, and its standard error, customers being the units.
    years
        How many were looked at: two or three; 0 where the log has fewer.
    age
        How many days before the cutoff the purchase days of all customers lie, on average.
    """

    rate: float = 0.0
    seen: float = 0.0
    error: float = 0.0
    years: int = 0
    age: float = 0.0

    @classmethod
    def of(cls, spends: Callable[[int], pd.DataFrame], history_days: int, summary: pd.DataFrame) -> Self:
        """Learn from what the same customers spent in whole years before the cutoff.

        A regression of log(spend) on time, on the month and on whether it was the first purchase, within customers
        (each has a level of their own), with standard errors clustered by customer.

        Parameters
        ----------
        spends
            Purchases of so many years (``build_spends_over_time``).
        history_days
            How many the log has.
        summary
            Of customers as they were at the cutoff (``summary_of``).

        Examples
        --------
        >>> random = np.random.default_rng(1)
        >>> back, customer = random.integers(1, 731, 40_000).astype(float), np.repeat(np.arange(4000.0), 10)
        >>> def dearer(yearly: float) -> pd.DataFrame:
        ...     spend = 20 * random.lognormal(0.0, 0.5, 40_000) * (1 + yearly) ** (-back / 365)
        ...     return pd.DataFrame({"customer": customer, "back": back, "nth": 2.0, "spend": spend})
        >>> customers = pd.DataFrame({"frequency": [9.0], "recency": [500.0], "T": [700.0]})
        >>> [round(SpendTrend.of(lambda years: dearer(rate), 800, customers).rate, 3) for rate in (0.0, 0.1)]
        [0.0, 0.093]
        """
        years = min(history_days // int(_YEAR), _MOST_YEARS)
        if years < _FEWEST_YEARS or len(table := spends(years)) < _FEW:
            return cls()
        seen, error = _change(table)
        if not error > 0:
            return cls()
        believed = max(0.0, 1.0 - _DOUBT * (error / seen) ** 2) if seen else 0.0
        rate = believed * seen if believed else 0.0
        days = summary["frequency"] + 1.0
        return cls(rate, seen, error, years, float((days * _age(summary)).sum() / days.sum()))

    def today(self, summary: pd.DataFrame, spend: GammaGamma, *, last: Floats | float = 0.0, later: int = 0) -> Floats:
        """Return what expected spends are multiplied by to stand for a purchase today, shape (n,).

        A customer's expectation is a mean of their own purchases, as old as these, and of everybody's.

        Parameters
        ----------
        summary
            ``frequency``, ``recency``, ``T`` (days) of each customer, the first purchase included in their mean.
        spend
            The Gamma-Gamma model of the expectations: their own mean has the weight p·x ÷ (p·x + q − 1).
        last
            How far the last purchase counts instead of all (``Shrinkage.of_last``), shape (n,).
        later
            Days since the model was trained.
        """
        if not self.rate:
            return np.ones(len(summary))
        p, q = spend.params_["p"], spend.params_["q"]
        x = summary["frequency"].to_numpy(dtype=np.float64) + 1.0
        own = p * x / (p * x + max(q - 1.0, 0.0))
        age = own * _age(summary).to_numpy() + (1.0 - own) * (self.age + later)
        age = (1.0 - last) * age + last * (summary["T"] - summary["recency"]).to_numpy(dtype=np.float64)
        return np.asarray(np.exp(self.rate * age / _YEAR))

    def ahead(self, days: float) -> float:
        """Return what a purchase of today is multiplied by to stand for one in ``days``.

        Examples
        --------
        >>> round(SpendTrend(rate=0.1).ahead(365), 4), SpendTrend().ahead(365)
        (1.0513, 1.0)
        """
        return float(np.exp(_GOES_ON * self.rate * days / _YEAR))

    @property
    def is_told(self) -> bool:
        """Whether it counts, and shows in a tenth of a percent.

        Examples
        --------
        >>> [SpendTrend(rate=r, seen=r).is_told for r in (0.03, -0.03, 0.0004, -1e-9, 0.0)]
        [True, True, False, False, False]
        """
        return bool(self.rate) and abs(round(float(np.expm1(self.seen)), 3)) > 0

    @property
    def facts(self) -> dict[str, float]:
        """What ``TREND`` says."""
        rate, low, high = (
            float(np.expm1(v)) for v in (self.seen, self.seen - 1.96 * self.error, self.seen + 1.96 * self.error)
        )
        return {"years": self.years, "rate": rate, "low": low, "high": high}

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Self:
        """Make what ``to_dict`` returned."""
        return cls(**state)


def _age(summary: pd.DataFrame) -> pd.Series:
    """Return how many days ago customers bought on average: halfway between their first and their last purchase."""
    return (summary["T"] - summary["recency"] / 2.0).astype(np.float64)


def _change(table: pd.DataFrame) -> tuple[float, float]:
    """Return the yearly change of log(spend) within customers, and its standard error."""
    back, of = table["back"].to_numpy(), table["customer"].to_numpy()
    month = (back - 1) % _YEAR // (_YEAR / _PHASES)
    columns = [-back / _YEAR, table["nth"] == 1, *(month == i for i in range(1, _PHASES)), np.log(table["spend"])]
    level = pd.DataFrame(np.column_stack(columns).astype(np.float64))
    within = (level - level.groupby(of).transform("mean")).to_numpy()
    x, y = within[:, :-1], within[:, -1]
    # More threads of BLAS would change the last bits.
    with threadpool_limits(limits=1):
        inverse = np.linalg.pinv(x.T @ x)
        found = inverse @ (x.T @ y)
        scores = pd.DataFrame(x * (y - x @ found)[:, None]).groupby(of).sum().to_numpy()
        variance = inverse @ (scores.T @ scores) @ inverse
    return float(found[0]), float(np.sqrt(variance[0, 0]))
