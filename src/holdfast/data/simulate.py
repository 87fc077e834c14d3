"""A shop of known truth: purchases simulated from the BG/NBD and Gamma-Gamma stories themselves."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.data.day import Day, read_day
from holdfast.learn.arrays import Floats


@dataclass(frozen=True)
class SimulatedShop:
    """Purchases, and what no shop ever sees.

    Attributes
    ----------
    purchases
        ``customer_id`` (text), ``ordered_at``, ``amount`` (two decimals), ``order_id``; in order of time.
    truth
        One row per customer: ``customer_id``, ``rate`` (purchases a day while alive), ``leaves_with`` (probability
        of leaving after each purchase), ``mean_spend`` (currency), ``joined`` and ``left`` (days from the first
        day; ``left`` is infinite for those who still stay at the end).

    Examples
    --------
    >>> shop = simulate_shop(200, days=360, seed=3)
    >>> still_there = shop.truth["left"] > 360
    >>> len(shop.truth), int(still_there.sum())
    (200, 125)
    """

    purchases: pd.DataFrame
    truth: pd.DataFrame


def simulate_shop(
    customers: int,
    *,
    first_day: Day = date(2023, 1, 1),
    days: int = 540,
    joining_days: int = 360,
    r: float = 0.8,
    alpha: float = 30.0,
    a: float = 0.8,
    b: float = 4.0,
    p: float = 6.0,
    q: float = 4.0,
    v: float = 15.0,
    seed: int = 1,
) -> SimulatedShop:
    """Simulate a shop without contracts.

    Customers join evenly over the first ``joining_days`` with a first purchase, buy as a Poisson process of their
    own rate ~ Gamma(r, alpha) (1/days), and after each purchase, the first excepted, leave for good with their own
    probability ~ Beta(a, b) (Fader, Hardie & Lee 2005). Spend per purchase ~ Gamma(p, ν) with ν ~ Gamma(q, v)
    (Fader & Hardie 2013), independent of all else.

    Parameters
    ----------
    customers
        How many.
    first_day, days, joining_days
        The log covers ``days`` from ``first_day`` (a date, a timestamp at midnight, or ISO text).
    r, alpha, a, b
        Of the purchases, in days.
    p, q, v
        Of the spend, in currency.
    seed
        The same seed gives the same shop.

    Examples
    --------
    >>> simulate_shop(200, seed=3).purchases.head(3)
      customer_id          ordered_at  amount order_id
    0       00017 2023-01-08 02:18:34   21.63        0
    1       00177 2023-01-08 16:31:11   27.45        1
    2       00006 2023-01-10 09:19:01   12.39        2
    """
    begins = read_day(first_day, "first_day")
    random = np.random.default_rng(seed)
    rate = random.gamma(r, 1 / alpha, customers)
    leaves_with = random.beta(a, b, customers)
    nu = random.gamma(q, 1 / v, customers)
    joined = random.uniform(0, joining_days, customers)
    left = np.full(customers, np.inf)
    who, when = np.arange(customers), joined.copy()
    customer_of, time_of = [who], [when]
    while len(who):
        when = when + random.exponential(1 / rate[who])
        seen = when < days
        who, when = who[seen], when[seen]
        customer_of.append(who)
        time_of.append(when)
        leaving = random.random(len(who)) < leaves_with[who]
        left[who[leaving]] = when[leaving]
        who, when = who[~leaving], when[~leaving]
    customer, time = np.concatenate(customer_of), np.concatenate(time_of)
    order = np.lexsort((customer, time))
    customer, time = customer[order], time[order]
    names = np.array([f"{i:0{max(5, len(str(customers)))}d}" for i in range(customers)], dtype=object)
    spend = np.maximum(np.round(random.gamma(p, 1.0, len(customer)) / nu[customer], 2), 0.01)
    purchases = pd.DataFrame(
        {
            "customer_id": names[customer].astype("str"),
            "ordered_at": _seconds(begins, time),
            "amount": spend,
            "order_id": np.arange(len(customer)).astype("str"),
        }
    )
    truth = pd.DataFrame(
        {
            "customer_id": names.astype("str"),
            "rate": rate,
            "leaves_with": leaves_with,
            "mean_spend": p / nu,
            "joined": joined,
            "left": left,
        }
    )
    return SimulatedShop(purchases, truth)


def _seconds(first_day: date, time: Floats) -> npt.NDArray[np.datetime64]:
    return np.datetime64(first_day, "s") + (time * 86_400).astype("timedelta64[s]")
