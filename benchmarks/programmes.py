"""Programmes of known effect, read every week: how often a null one seems to work, and how soon a real one shows."""

from dataclasses import dataclass

import numpy as np

from holdfast.experiments.programme import Reading, read_programme
from holdfast.learn.arrays import Flags, Floats

PAST_WEEKS = 26


@dataclass(frozen=True)
class Shop:
    """Customers of a programme: who is held out, what they spent before, and each week's spend, (weeks, n)."""

    held_out: Flags
    past: Floats
    weekly: Floats


def shop(n: int, weeks: int, effect: float, seed: int, *, held_share: float = 0.05) -> Shop:
    """Return a shop whose customers buy at rates of their own, some of whom leave; the programme raises all spends.

    Purchases a week are Poisson with gamma rates (mean 0.25, coefficient of variation 1), an order is worth a gamma
    with a mean of the customer's own (log-normal, 0.5), and 1 % leave each week. ``effect`` is a share of spend.
    """
    random = np.random.default_rng([20, seed])
    rate, worth = random.gamma(1.0, 0.25, n), 40 * random.lognormal(0.0, 0.5, n)
    held = random.random(n) < held_share

    def spent(mean: Floats) -> tuple[Floats, Floats]:
        count = random.poisson(mean)
        some = np.flatnonzero(count)
        amount = np.zeros(n)
        amount[some] = random.gamma(3.0 * count[some], worth[some] / 3.0)
        return count.astype(np.float64), amount

    orders, before = spent(PAST_WEEKS * rate)
    stays = random.geometric(0.01, n)
    lift = np.where(held, 1.0, 1.0 + effect)
    weekly = np.stack([spent(rate * (stays > week))[1] * lift for week in range(weeks)])
    return Shop(held, np.column_stack([orders, before, np.sqrt(before)]), weekly)


def readings(one: Shop, *, first: int = 4) -> list[tuple[Reading, Reading]]:
    """Return what is read each week, from the week in which the first customers are matured: revenue, retention."""
    found = []
    for week in range(first, len(one.weekly) + 1):
        total, recent = one.weekly[:week].sum(axis=0), one.weekly[max(0, week - 13) : week].sum(axis=0)
        active = (recent > 0).astype(np.float64)
        revenue, retention = (read_programme(y, one.held_out, one.past) for y in (total, active))
        found.append((revenue, retention))
    return found


def alarms(programmes: int, *, n: int = 10_000, weeks: int = 26) -> float:
    """Return how often a programme without effect is said, in any week and on any outcome, to have one."""
    raised = 0
    for seed in range(programmes):
        raised += any(r.shown for pair in readings(shop(n, weeks, 0.0, seed)) for r in pair)
    return raised / programmes


def power(programmes: int, *, n: int = 300_000, weeks: int = 26, effect: float = 0.03) -> float:
    """Return how often a programme that raises revenue by ``effect`` is shown to do so by the last week."""
    shown = 0
    for seed in range(programmes):
        shown += any(r.low > 0 for r, _ in readings(shop(n, weeks, effect, 10_000 + seed)))
    return shown / programmes
