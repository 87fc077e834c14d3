"""When customers buy × what they spend → what they are worth, with how sure that is."""

from collections.abc import Iterator, Sequence
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.clv.arguments import Times, number, one_of, times
from holdfast.clv.gammagamma import GammaGamma
from holdfast.clv.intervals import Interval, prediction_interval
from holdfast.clv.marks import named, refuse_other_unit, time_unit_of
from holdfast.clv.special import Floats
from holdfast.clv.summary import DAYS, TimeUnit
from holdfast.clv.transactions import TransactionModel

YEAR_DAYS = 365.0
# As in the configuration: nothing is known of who buys in more than ten years.
MOST_DAYS = 3650.0
MOST_DISCOUNT = 1.0
# Draws are made for so many customers at once: some hundred megabytes.
_CHUNK = 20_000


class CustomerLifetimeValue:
    """CLV: discounted margin of the purchases that a customer is expected to make over a horizon.

    Parameters
    ----------
    transactions
        When customers buy; fitted or not.
    spend
        What a purchase is worth; fitted or not.
    margin
        Share of spend that is margin, above 0 and up to 1.
    yearly_discount
        Rate a year from 0 to 1 (0.1 is 10 %); compounding over 365 days.
    time_unit
        Of the summary: ``"D"`` days or ``"W"`` weeks. A summary that says another (see ``summarise``) is refused.
        Horizons are always in days: a number up to 3,650 for all customers, or one per customer.

    Raises
    ------
    ValueError
        A setting is out of its range.

    Examples
    --------
    >>> import pandas as pd
    >>> from holdfast.clv import BetaGeoNBD
    >>> clv = CustomerLifetimeValue(
    ...     transactions=BetaGeoNBD.from_params(r=0.2425929, alpha=4.413532, a=0.792886, b=2.425754),
    ...     spend=GammaGamma.from_params(p=6.248804, q=3.744588, v=15.447744), time_unit="W")
    >>> customer = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86], "monetary_value": [22.35]})
    >>> round(float(clv.predict(customer, horizon_days=365)["clv"].iloc[0]), 2)
    36.86
    """

    def __init__(
        self,
        *,
        transactions: TransactionModel,
        spend: GammaGamma,
        margin: float = 1.0,
        yearly_discount: float = 0.1,
        time_unit: TimeUnit = "D",
    ) -> None:
        self.transactions = transactions
        self.spend = spend
        self.margin = margin
        self.yearly_discount = yearly_discount
        self.time_unit = time_unit
        self._check_settings()

    def _check_settings(self) -> None:
        number(self.margin, "margin", above=0.0, most=1.0, hint="it is the share of spend that is margin; 0.4 is 40 %")
        number(self.yearly_discount, "yearly_discount", most=MOST_DISCOUNT, hint="0.1 is 10 % a year")
        one_of(self.time_unit, "time_unit", tuple(DAYS))

    def fit(self, summary: pd.DataFrame, *, weights: npt.ArrayLike | None = None) -> Self:
        """Fit both models to a summary (see ``summarise``).

        Raises
        ------
        ValueError
            The summary is in another unit, or cannot be (see ``Model.fit``).
        """
        self._check_settings()
        self._refuse_other_unit(summary)
        self.transactions.fit(summary, weights=weights)
        self.spend.fit(summary, weights=weights)
        return self

    def predict(
        self,
        summary: pd.DataFrame,
        *,
        horizon_days: npt.ArrayLike,
        quantiles: Sequence[float] = (),
        draws: int = 200,
        seed: int = 1,
    ) -> pd.DataFrame:
        """Return what each customer is worth over the next ``horizon_days``.

        Parameters
        ----------
        summary
            Histories.
        horizon_days
            Length of the horizon: one number, or one per customer, shape (n,).
        quantiles
            Of each customer's draws, such as ``(0.1, 0.9)`` for ``clv_p10`` and ``clv_p90``.
        draws, seed
            Of the quantiles.

        Returns
        -------
        pandas.DataFrame
            Indexed like ``summary``: ``expected_purchases``, ``expected_spend`` (currency per purchase), ``clv``
            (currency) and, if asked for, the quantiles.

        Raises
        ------
        ValueError
            A horizon or a quantile is out of range, or the summary cannot be or is in another unit.
        """
        for q in quantiles:
            number(q, "quantiles", most=1.0, hint="0.9 is the 90th percentile")
        t = self._units(horizon_days, summary)
        spend = self.spend.expected_spend(summary)
        expected, present = self.transactions.expected_and_discounted(summary, t, discount=self._discount)
        found = {
            "expected_purchases": expected,
            "expected_spend": spend,
            "clv": self.margin * present * spend,
        }
        if quantiles:
            parts = [np.quantile(d, quantiles, axis=1) for d in self._chunks(summary, horizon_days, draws, seed)]
            values = np.concatenate(parts, axis=1)
            found |= {f"clv_p{100 * q:g}": row for q, row in zip(quantiles, values, strict=True)}
        return pd.DataFrame(found, index=summary.index)

    def new_customer(self, *, horizon_days: float) -> float:
        """Return the expected discounted margin of a new customer's repeat purchases over ``horizon_days``."""
        self._check_settings()
        self._refuse_other_fit()
        days = number(horizon_days, "horizon_days", most=MOST_DAYS)
        first = pd.DataFrame({"frequency": [0.0], "recency": [0.0], "T": [0.0]})
        t = days / DAYS[self.time_unit]
        present = self.transactions.residual_value(first, horizon=t, discount=self._discount)[0]
        return float(self.margin * present * self.spend.expected_spend_new_customer())

    def sample(
        self,
        summary: pd.DataFrame,
        *,
        horizon_days: npt.ArrayLike,
        draws: int = 200,
        seed: int = 1,
        discounted: bool = True,
    ) -> Floats:
        """Draw each customer's margin over ``horizon_days`` given the history, shape (n, draws), in currency.

        A purchase within the time until the customer leaves is discounted by the mean factor over that time.
        """
        t = self._units(horizon_days, summary)
        counts, until = self.transactions.sample_with_exposure(
            summary, t, draws=draws, seed=seed, parameter_uncertainty=self._uncertain(self.transactions)
        )
        spend = self.spend.sample(summary, counts, seed=seed + 1, parameter_uncertainty=self._uncertain(self.spend))
        if discounted and self._discount > 0:
            rate = self._discount * np.maximum(until, 1e-12)
            spend = spend * -np.expm1(-rate) / rate
        return self.margin * spend

    def interval(
        self,
        summary: pd.DataFrame,
        *,
        horizon_days: npt.ArrayLike,
        mass: float = 0.9,
        draws: int = 500,
        seed: int = 1,
    ) -> Interval:
        """Return the interval that each customer's margin falls into with probability ``mass``, in currency.

        See ``prediction_interval``: unlike plain quantiles it does not cover too much where many buy nothing.
        """
        parts = [prediction_interval(d, mass=mass) for d in self._chunks(summary, horizon_days, draws, seed)]
        return Interval(np.concatenate([p.low for p in parts]), np.concatenate([p.high for p in parts]))

    def _chunks(self, summary: pd.DataFrame, horizon_days: npt.ArrayLike, draws: int, seed: int) -> Iterator[Floats]:
        """Yield the draws of some customers at a time."""
        days = self._horizon(horizon_days, summary)
        for i, start in enumerate(range(0, max(len(summary), 1), _CHUNK)):
            rows = slice(start, start + _CHUNK)
            theirs = days[rows] if isinstance(days, np.ndarray) else days
            yield self.sample(summary.iloc[rows], horizon_days=theirs, draws=draws, seed=seed + 2 * i)

    def _horizon(self, horizon_days: npt.ArrayLike, summary: pd.DataFrame) -> Times:
        return times(horizon_days, "horizon_days", summary.index, most=MOST_DAYS)

    def _units(self, horizon_days: npt.ArrayLike, summary: pd.DataFrame) -> Times:
        """Return a horizon in the summary's unit, after a look at everything that an answer depends on."""
        self._check_settings()
        self._refuse_other_unit(summary)
        self._refuse_other_fit()
        return self._horizon(horizon_days, summary) / DAYS[self.time_unit]

    def _refuse_other_unit(self, summary: pd.DataFrame) -> None:
        reads = f'CustomerLifetimeValue has time_unit="{self.time_unit}"'
        refuse_other_unit(summary, self.time_unit, f'{reads}: set time_unit="{time_unit_of(summary)}"')

    def _refuse_other_fit(self) -> None:
        fitted = self.transactions.time_unit_
        if fitted not in (None, self.time_unit):
            raise ValueError(
                f"the purchases were fitted in {named(fitted)}, but CustomerLifetimeValue has "
                f'time_unit="{self.time_unit}": set time_unit="{fitted}"'
            )

    @property
    def _discount(self) -> float:
        """The continuous rate per time unit."""
        return float(np.log1p(self.yearly_discount)) / YEAR_DAYS * DAYS[self.time_unit]

    @staticmethod
    def _uncertain(model: TransactionModel | GammaGamma) -> bool:
        """Say whether a model knows how uncertain its parameters are; given ones are taken as certain."""
        return hasattr(model, "covariance_") and bool(np.all(np.isfinite(model.covariance_.to_numpy())))
