"""A subscription business whose truth is known: for tests and guides."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy.special import expit

from holdfast.data.day import Day, read_day

PERIOD_DAYS, SPELL_PERIODS = 30, 3
_PLANS, _PRICES, _PULL = ("basic", "plus", "premium"), (10.0, 20.0, 35.0), (1.0, 0.0, -0.5)


@dataclass(frozen=True)
class SimulatedContracts:
    """Spells, and the hazard that made them.

    Attributes
    ----------
    spells
        ``customer_id``, ``started_at``, ``ended_at`` (missing while it runs), ``end_reason`` (``cancelled``,
        ``payment failed``, missing where another spell renews it), ``plan``, ``price`` per period and ``hours`` of use.
    truth
        One row per customer: ``customer_id``, ``p_end`` (P(the contract ends at the next renewal)), ``tenure`` in
        whole periods, ``plan``, ``price``, ``hours``, ``ended`` 1 or 0.

    Examples
    --------
    >>> contracts = simulate_contracts(500, seed=3)
    >>> contracts.truth.groupby("plan")["p_end"].mean().round(2).to_dict()
    {'basic': 0.12, 'plus': 0.05, 'premium': 0.04}
    """

    spells: pd.DataFrame
    truth: pd.DataFrame


def simulate_contracts(
    customers: int, *, seed: int = 1, days: int = 720, first_day: Day = date(2022, 1, 1)
) -> SimulatedContracts:
    """Draw customers who renew every 30 days with a probability of their own; each spell covers three periods.

    The log-odds of ending at a renewal are −3 + 1 for the plan ``basic``, −0.5 for ``premium``, and fall by 0.1 with
    every hour of use above 15.

    Parameters
    ----------
    customers, seed
        How many customers, and the seed.
    days, first_day
        Contracts begin from ``first_day`` (a date, a timestamp at midnight, or ISO text) on, and nothing is known
        after so many days.

    Examples
    --------
    >>> contracts = simulate_contracts(2, seed=3)
    >>> contracts.spells[["customer_id", "started_at", "ended_at", "end_reason", "plan"]].head(3)
      customer_id  started_at    ended_at      end_reason     plan
    0      C00000  2022-03-01  2022-03-31  payment failed    basic
    1      C00001  2023-07-14  2023-10-12             NaN  premium
    2      C00001  2023-10-12         NaN             NaN  premium
    """
    random = np.random.default_rng(seed)
    start = np.sort(random.integers(0, days - PERIOD_DAYS, customers))
    plan = random.choice(3, customers, p=[0.5, 0.3, 0.2])
    hours = np.round(random.gamma(4.0, 4.0, customers), 1)
    p_end = expit(-3.0 + np.take(_PULL, plan) - 0.1 * (hours - 15.0))
    length = random.geometric(p_end) * PERIOD_DAYS
    failed = random.random(customers) < np.where(plan == 0, 0.5, 0.2)
    ids = [f"C{i:05d}" for i in range(customers)]
    end = start + length
    ended = end < days
    pieces = np.ceil(np.minimum(length, days - start) / (SPELL_PERIODS * PERIOD_DAYS)).astype(int)
    who = np.repeat(np.arange(customers), pieces)
    place = np.arange(len(who)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    begins = start[who] + place * SPELL_PERIODS * PERIOD_DAYS
    last = place == pieces[who] - 1
    ends = np.where(last, end[who], begins + SPELL_PERIODS * PERIOD_DAYS)
    origin = pd.Timestamp(read_day(first_day, "first_day"))
    known = ~last | ended[who]
    spells = pd.DataFrame(
        {
            "customer_id": np.take(ids, who),
            "started_at": _written(origin, begins),
            "ended_at": pd.Series(_written(origin, ends)).where(known),
            "end_reason": pd.Series(np.where(failed[who], "payment failed", "cancelled")).where(last & ended[who]),
            "plan": np.take(_PLANS, plan[who]),
            "price": np.take(_PRICES, plan[who]),
            "hours": hours[who],
        }
    )
    truth = pd.DataFrame(
        {
            "customer_id": ids,
            "p_end": p_end,
            "tenure": np.where(ended, length, days - start) // PERIOD_DAYS,
            "plan": np.take(_PLANS, plan),
            "price": np.take(_PRICES, plan),
            "hours": hours,
            "ended": ended.astype(np.int64),
        }
    )
    return SimulatedContracts(spells, truth)


def _written(origin: pd.Timestamp, days: np.ndarray) -> list[str]:
    return [(origin + pd.Timedelta(days=int(d))).strftime("%Y-%m-%d") for d in days]
