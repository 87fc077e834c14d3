"""Businesses made up by other laws than those the models assume, for `make bench-value OTHERS=1` and `LEVEL=1`.

Rhythms that are regular or mixed, customers of several kinds, seasons, a summer break, decline before the end, returns.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, partial

import numpy as np
import pandas as pd

from benchmarks.value_logs import Log, of_lines

FIRST, DAYS = date(2023, 1, 1), 1300
# As of these many days before the end; the first shows the year after it.
_BEFORE_END = (364, 280, 196, 91)


@dataclass(frozen=True)
class Kind:
    """Some of a business's customers.

    Attributes
    ----------
    share
        Of all customers.
    gap_days, shape
        Mean days between two purchases, and the shape of their Gamma distribution: 1 by chance, more is more regular.
    differ
        Shape of the Gamma distribution by which customers' own mean gaps differ: more is more alike.
    life_days
        Mean days until they leave; exponential.
    december
        They buy once each December and never else, four years in five.
    """

    share: float
    gap_days: float
    life_days: float
    shape: float = 1.0
    differ: float = 4.0
    december: bool = False


@dataclass(frozen=True)
class Business:
    """Kinds of customers, and what else is unlike a shop as the models assume.

    Attributes
    ----------
    customers, median_amount, spread
        How many there are, and the median and log-standard deviation of what a purchase comes to.
    pace
        By month, the gaps are so many times as long.
    shut
        Days of the year (month, day) from the first to the last of which nothing is sold.
    slows
        So many times as long are the gaps of every second customer in the last of their days.
    returned
        Share of purchases that are given back eight days later.
    """

    customers: int
    kinds: tuple[Kind, ...]
    median_amount: float
    spread: float = 0.6
    pace: dict[int, float] = field(default_factory=dict)
    shut: tuple[tuple[int, int], tuple[int, int]] | None = None
    slows: float = 1.0
    returned: float = 0.0


BUSINESSES = {
    "charity": Business(
        3500, (Kind(0.12, 30, 1100, 400, 400), Kind(0.55, 365, 1100, december=True), Kind(0.33, 210, 1100, 1.5, 2)), 45
    ),
    "dentist": Business(3000, (Kind(1.0, 140, 700, 2.0, 3.0),), 80),
    "pharmacy": Business(
        2600, (Kind(0.3, 30, 1500, 4.0, 6.0), Kind(0.4, 45, 800, 1.3, 6.0), Kind(0.3, 150, 500, 1.3, 6.0)), 20
    ),
    "box office": Business(3000, (Kind(1.0, 75, 800, 1.0, 2.5),), 80, shut=((6, 20), (8, 31))),
    "food delivery": Business(2500, (Kind(0.55, 9000, 30), Kind(0.33, 9, 300), Kind(0.12, 1.6, 400)), 24, 0.4),
    "outlet": Business(
        2500, (Kind(1.0, 70, 550, 1.0, 2.0),), 55, pace={6: 0.7, 7: 0.7, 11: 0.6, 12: 0.7, 1: 0.7}, returned=0.15
    ),
    "wholesaler": Business(320, (Kind(1.0, 42, 1300, 3.0, 3.0),), 11_000, 1.1, slows=2.2),
    "spare parts": Business(900, (Kind(1.0, 77, 900, 2.0, 2.0),), 160, 0.8),
}


def others() -> list[Log]:
    """Return the logs of all businesses, each with its dates."""
    dates = tuple(FIRST + timedelta(days=DAYS - before) for before in _BEFORE_END)
    return [of_lines(name, partial(made, of, seed), dates) for seed, (name, of) in enumerate(BUSINESSES.items(), 31)]


def made(business: Business, seed: int) -> pd.DataFrame:
    """Return the lines of a business: ``customer_id``, ``ordered_at``, ``amount``."""
    random, rows = np.random.default_rng(seed), list[tuple[str, date, float]]()
    kinds = random.choice(len(business.kinds), business.customers, p=[kind.share for kind in business.kinds])
    # Of those who were there before the log begins only what is in it is known.
    starts = random.uniform(-500, DAYS, business.customers)
    for number, (kind, start) in enumerate(zip(kinds, starts, strict=True)):
        usual = business.median_amount * float(np.exp(random.normal(0, business.spread)))
        for day in _days(business, business.kinds[kind], float(start), random, declines=number % 2 == 0):
            amount = round(usual * float(np.exp(random.normal(0, 0.4))), 2)
            rows.append((f"c{number}", _day(day), amount))
            if random.random() < business.returned and day + 8 < DAYS:
                rows.append((f"c{number}", _day(day + 8), -amount))
    return pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount"]).sort_values("ordered_at", kind="stable")


def _days(
    business: Business, kind: Kind, start: float, random: np.random.Generator, *, declines: bool
) -> Iterator[int]:
    """Yield the days of the log on which a customer buys, counted from its first."""
    end = min(start + random.exponential(kind.life_days), DAYS)
    if kind.december:
        decembers = (date(year, 12, 1 + int(random.integers(31))) for year in range(FIRST.year, FIRST.year + 4))
        days = [(day - FIRST).days for day in decembers if random.random() < 0.8]
        yield from (day for day in days if max(start, 0) <= day < end)
        return
    gap, day = kind.gap_days * random.gamma(kind.differ, 1 / kind.differ), start
    while day < end:
        at = _day(int(day))
        if day >= 0 and not (business.shut and business.shut[0] <= (at.month, at.day) <= business.shut[1]):
            yield int(day)
        slower = business.slows if declines and end - day < 6 * gap else 1.0
        day += random.gamma(kind.shape, gap / kind.shape) * business.pace.get(at.month, 1.0) * slower


@cache
def _day(day: int) -> date:
    return FIRST + timedelta(days=day)
