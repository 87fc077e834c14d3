"""A made-up business whose customers are billed by the month, the quarter or the year, and what is to come of each."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

AS_OF, UNTIL = pd.Timestamp("2024-05-02"), pd.Timestamp("2026-06-01")
GRACE_DAYS = 10
WORDS = {1: "month", 3: "quarter", 12: "year"}
_BILLS_OF_A_PERIOD = {1: 1.0, 3: 2.8, 12: 10.0}


@dataclass(frozen=True)
class Business:
    """``bills`` of all time, and ``people``: when each began, months of a bill, P(no renewal), amount, bills in all."""

    bills: pd.DataFrame
    people: pd.DataFrame

    def exported(self) -> pd.DataFrame:
        """Return the bills before the as-of date as a system writes them."""
        known = self.bills[self.bills["paid"] < AS_OF]
        return known.assign(paid=known["paid"].dt.strftime("%Y-%m-%d"), amount=known["amount"].map("{:.2f}".format))

    def contracts(self) -> pd.DataFrame:
        """Return one line per contract that had begun, with its end where it lies before the as-of date."""
        people = self.people[self.people["start"] < AS_OF]
        ends = pd.Series(
            [_later(s, m * k) for s, m, k in people[["start", "months", "times"]].itertuples(index=False)], people.index
        )
        return pd.DataFrame(
            {
                "customer": people.index,
                "begins": people["start"].dt.strftime("%Y-%m-%d"),
                "ends": ends.where(ends < AS_OF).dt.strftime("%Y-%m-%d"),
                "amount": people["amount"].map("{:.2f}".format),
                "every": people["months"].map(WORDS),
            }
        ).reset_index(drop=True)

    def to_come(self, customers: pd.Series, days: int) -> pd.Series:
        """Return E[what each pays within so many days | bills so far], by their own chance of leaving at a renewal."""
        paid = self.bills[self.bills["paid"] < AS_OF].groupby("customer").size()
        found = {}
        for who in customers:
            start, months, p, amount, _ = self.people.loc[who]
            j, there, found[who] = int(paid[who]), 1.0, 0.0
            while (due := _later(start, months * j)) < AS_OF + pd.Timedelta(days=days):
                # Whose bill is due already has left, or is among the few who pay late.
                there *= 0.0 if due < AS_OF else 1.0 - p
                found[who] += there * amount
                j += 1
        return pd.Series(found)


def business(n: int, seed: int, months: tuple[int, ...]) -> Business:
    """Return ``n`` customers; of several kinds of bills a third have the last."""
    random = np.random.default_rng([seed, *months])
    bills, people = [], {}
    for i in range(n):
        who, start = f"C{i:04d}", pd.Timestamp("2020-06-01") + pd.Timedelta(days=int(random.integers(0, 1420)))
        every = months[-1] if random.random() < 0.35 else months[0]
        monthly = (0.03 if random.random() < 0.5 else 0.06) * np.exp(random.normal(0, 0.4))
        p = 1 - (1 - monthly) ** {1: 1.0, 3: 2.5, 12: 6.0}[every]
        amount = 20.0 * _BILLS_OF_A_PERIOD[every]
        people[who] = (start, every, p, amount, times := int(random.geometric(p)))
        bills += [(who, day, amount, WORDS[every]) for k in range(times) if (day := _later(start, every * k)) < UNTIL]
    columns = ["start", "months", "p", "amount", "times"]
    made = pd.DataFrame(bills, columns=["customer", "paid", "amount", "every"])
    made = made.sort_values(["paid", "customer"], kind="stable").reset_index(drop=True)
    return Business(made, pd.DataFrame.from_dict(people, orient="index", columns=columns))


def _later(start: pd.Timestamp, months: int) -> pd.Timestamp:
    return start + pd.DateOffset(months=int(months))
