"""Terms: which columns of a row say how long a contract has run, what it costs, and for how long a bill pays."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from holdfast.contractual.periods import whole_months
from holdfast.data.typed import as_numbers
from holdfast.learn.arrays import Floats, Ints

SLACK_DAYS = 3.0  # months differ in length
BILL_MONTHS = "bill_months"
"""Column of the months that a customer's own bill pays for, where these are not all of the table's period."""
_DUE = 0.999  # of a period: its end is now
NEARLY = 0.02  # of a period, or of a month where periods are customers' own: so much sooner it may end


@dataclass(frozen=True)
class Terms:
    """Which columns of a row say how long a contract has run, what it costs and under which plan; ``None``: none.

    ``tenure_units`` is how many units of the tenure column make a billing period; a price is per period. Of bills
    ``since_bill`` says, in the same unit, how long ago the last one was, for months differ in length, and
    ``grace_days`` how late one may be before the contract is over.

    Where customers are billed in periods of their own, ``bill_months`` says in which, ``period_months`` how long that
    of prices is, and ``in_force``, where there are no bills, how long ago the part in force began, in the tenure's
    unit: renewals are counted from there.
    """

    tenure: str | None = None
    tenure_units: float = 1.0
    price: str | None = None
    plan: str | None = None
    since_bill: str | None = None
    grace_days: int = 0
    bill_months: str | None = None
    period_months: float = 1.0
    in_force: str | None = None

    def periods(self, rows: pd.DataFrame) -> Floats | None:
        """Return periods under contract so far, shape (n,); NaN where blank.

        Examples
        --------
        >>> rows = pd.DataFrame({"tenure": [486, 60], "since": [1, 33]})
        >>> Terms("tenure", 30.4375, since_bill="since").periods(rows).round(3).tolist()
        [16.033, 1.999]
        """
        if self.tenure is None:
            return None
        tenure = as_numbers(rows[self.tenure])[0] / self.tenure_units
        if self.since_bill is not None:
            since = as_numbers(rows[self.since_bill])[0] / self.tenure_units
        elif self.in_force is not None:
            since = as_numbers(rows[self.in_force])[0] / self.tenure_units % 1.0
        else:
            return tenure
        # The next bill has not come yet, however late it is.
        whole: Floats = np.round(tenure - since) + np.minimum(since, _DUE)
        return whole

    def decided(self, rows: pd.DataFrame, days: int) -> Ints | None:
        """Return of how many bills it is known in so many days that they did not come, shape (n,); ``None``: no bills.

        Examples
        --------
        >>> rows = pd.DataFrame({"since": [1, 20, 40]})
        >>> Terms("tenure", 30.4375, since_bill="since", grace_days=12).decided(rows, 60).tolist()
        [1, 2, 2]
        """
        if self.since_bill is None:
            return None
        over = (as_numbers(rows[self.since_bill])[0] + days - self.grace_days) / self.tenure_units
        nearly = NEARLY if self.bill_months is None else NEARLY / self.period_months
        return np.maximum(np.floor(over + nearly), 0).astype(np.int64)

    def months(self, rows: pd.DataFrame) -> Floats | None:
        """Return the months that a bill of each customer pays for, shape (n,); ``None`` where all pay for a period."""
        if self.bill_months is None:
            return None
        if self.bill_months not in rows:
            return np.full(len(rows), self.period_months)
        months = as_numbers(rows[self.bill_months])[0]
        return np.where(months > 0, months, self.period_months)

    def paid_every(self, months: float) -> "Terms":
        """Return the terms of customers whose bills pay for so many months: their periods are as long.

        Examples
        --------
        >>> rows = pd.DataFrame({"tenure": [486], "since": [121]})
        >>> terms = Terms("tenure", 30.4375, since_bill="since", bill_months="bill_months").paid_every(12.0)
        >>> terms.periods(rows).round(3).tolist()
        [1.331]
        """
        units = self.tenure_units * months / self.period_months
        return replace(self, tenure_units=units, period_months=months)

    def periods_of_own(self, rows: pd.DataFrame, months: Floats) -> Floats | None:
        """Return the periods of prices under contract so far, of bills that pay for so many months, shape (n,)."""
        if self.tenure is None:
            return None
        found, whole = np.zeros(len(rows)), whole_months(months)
        for length in np.unique(whole):
            at = whole == length
            periods = self.paid_every(float(length)).periods(rows[at])
            found[at] = np.nan if periods is None else periods * (length / self.period_months)
        return found

    def prices(self, rows: pd.DataFrame) -> Floats | None:
        """Return currency per period, shape (n,); NaN where blank."""
        return None if self.price is None else as_numbers(rows[self.price])[0]

    def plans(self, rows: pd.DataFrame) -> pd.Series | None:
        """Return the plan, shape (n,)."""
        return None if self.plan is None else rows[self.plan].astype("str")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        bills = {"since_bill": self.since_bill, "grace_days": self.grace_days} if self.since_bill is not None else {}
        own = ["bill_months", "period_months", "in_force"] if self.bill_months is not None else []
        own = own or (["period_months"] if self.period_months != 1.0 else [])
        named = ("tenure", "tenure_units", "price", "plan")
        return {name: getattr(self, name) for name in named} | bills | {name: getattr(self, name) for name in own}

    @property
    def columns(self) -> list[str]:
        """Names of the columns that a row must have."""
        named = (self.tenure, self.price, self.plan, self.since_bill, self.in_force)
        return [name for name in named if name is not None]

    @property
    def numbers(self) -> list[str]:
        """Names of the columns that must be numbers."""
        return [name for name in (self.tenure, self.price, self.since_bill, self.in_force) if name is not None]
