"""A shop in which the cause of every customer's risk is planted, and known."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

FIRST_DAY, AS_OF, HORIZON_DAYS = date(2021, 1, 1), date(2023, 7, 3), 60
DAYS = (AS_OF - FIRST_DAY).days
CAUSES = ("silence", "spend", "returns", "season")
_SEASON_DAYS, _SENT_BACK_DAYS = 120, 2
_STRIKES, _LEAVES, _UNEVEN = 0.15, 0.95, 0.2
# Whose silence is that long, in usual gaps, has no other sign of it yet.
_DUE = 1.4
# Of ten customers.
_KINDS = ("silence", "spend", "spend", "returns", "returns", "season", "season", "", "", "")


@dataclass(frozen=True)
class PlantedShop:
    """Purchases, and by customer the group of ``churn.signs`` that says why they are at risk at ``AS_OF``.

    Customers buy at nearly equal intervals for nearly equal amounts. What then happens to some, and to nobody else of
    another kind, is the only thing that makes them leave:

    * ``silence``: they stay away without any other sign; at ``AS_OF`` for two usual gaps or more;
    * ``spend``: a purchase comes to a third of the others, after which most never come again;
    * ``returns``: they send something of a purchase back, after which most never come again;
    * ``season``: they only ever buy in 120 days of the year that are their own, and these are over.

    Of the last three, ``cause`` names those whose next purchase is hardly due at ``AS_OF``: later they are silent too.
    """

    purchases: pd.DataFrame
    cause: pd.Series


def planted_shop(customers: int, seed: int) -> PlantedShop:
    """Draw so many customers; to three in ten nothing happens."""
    random = np.random.default_rng(seed)
    rows: list[tuple[str, int, float]] = []
    cause = {}
    for number in range(customers):
        who = f"{number:05d}"
        kind = _KINDS[number % 10]
        season = random.uniform(0, 365)
        bought, struck = _life(random, kind, season)
        rows += [(who, day, amount) for day, amount in bought]
        purchases = [day for day, amount in bought if amount > 0 and day < DAYS]
        if len(purchases) >= 5:
            over = (DAYS - season) % 365 >= _SEASON_DAYS
            cause[who] = _cause_of(kind, purchases, over if kind == "season" else struck)
    table = pd.DataFrame(rows, columns=["customer_id", "day", "amount"])
    dates = [FIRST_DAY + timedelta(days=int(d)) for d in table["day"]]
    table = table.assign(ordered_at=pd.to_datetime(dates)).drop(columns="day").sort_values("ordered_at")
    return PlantedShop(table.reset_index(drop=True), pd.Series(cause))


def _life(random: np.random.Generator, kind: str, season: float) -> tuple[list[tuple[int, float]], bool]:
    """Return the purchases and returns of a customer, (day, amount), and whether they were struck by their cause."""
    gap, usual = random.uniform(12, 24), random.lognormal(3.5, 0.4)
    day = random.uniform(0, 365) if kind == "season" else random.uniform(DAYS - 500, DAYS - 60)
    bought: list[tuple[int, float]] = []
    while day < DAYS + HORIZON_DAYS:
        if kind == "season" and (day - season) % 365 >= _SEASON_DAYS:
            day += 365 - (day - season) % 365 + random.uniform(0, gap)
            continue
        strikes = kind not in ("", "season") and len(bought) >= 5 and random.random() < _STRIKES
        amount = round(usual * random.lognormal(0, _UNEVEN) * (0.33 if strikes and kind == "spend" else 1), 2)
        bought.append((int(day), amount))
        if strikes and kind == "returns":
            bought.append((int(day) + _SENT_BACK_DAYS, round(-0.5 * amount, 2)))
        if strikes and random.random() < _LEAVES:
            return bought, day + _SENT_BACK_DAYS < DAYS
        day += gap * random.lognormal(0, _UNEVEN)
    return bought, False


def _cause_of(kind: str, purchases: list[int], left: bool) -> str:
    silent, gap = DAYS - purchases[-1], float(np.median(np.diff(purchases[-5:])))
    if kind == "silence":
        return kind if left and silent >= 2 * gap else ""
    if kind == "season":
        return kind if left and silent <= _DUE * gap and purchases[0] <= DAYS - 365 else ""
    return kind if left and silent <= _DUE * gap else ""
