"""Which customers get which treatment, within a budget and a capacity."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from holdfast.learn.arrays import Flags, Floats
from holdfast.lists.treatments import Learnt, Treatment

_HALVINGS = 60
_NOBODY = -1


@dataclass(frozen=True)
class Chosen:
    """A treatment per customer, row by row.

    Attributes
    ----------
    treatment
        Index of the treatment, −1 for nothing; shape (n,).
    profit, spend
        Expected, of that treatment, in currency; 0 for nothing; shape (n,).
    bound
        No choice within the budget and the capacity is expected to earn more than this, in currency.
    """

    treatment: npt.NDArray[np.int64]
    profit: Floats
    spend: Floats
    bound: float


def choose(
    treatments: Sequence[Treatment],
    p: Floats,
    value: Floats,
    allowed: Flags,
    *,
    budget: float | None = None,
    capacity: int | None = None,
    learnt: Learnt | None = None,
) -> Chosen:
    """Choose at most one treatment per customer for the greatest expected profit.

    The cut-off is where profit turns negative, never a probability. With a budget, a customer counts by profit less
    a price on what they cost; the price is the lowest at which the budget holds (Lagrange; the knapsack's bound), and
    what is then left of the budget is filled by profit per spend.

    Parameters
    ----------
    treatments
        What can be done.
    p, value
        P(churn), and E[value | stays] in currency; shape (n,).
    allowed
        Who may get what (``Treatment.suits``); shape (n, treatments).
    budget
        Of the expected spend, in currency.
    capacity
        Of contacts.
    learnt
        Effects that take the place of p·γ.
    """
    n = len(p)
    profits, spends = expected(treatments, p, value, learnt)
    if learnt is not None:
        allowed = allowed & learnt.allowed
    profits = np.where(allowed, profits, -np.inf)
    caps = [t.most for t in treatments]

    def at(price: float) -> npt.NDArray[np.int64]:
        # −inf stays −inf: who may not get it never does.
        return _assign(profits - price * spends, caps, capacity)

    taken, price = at(0.0), 0.0
    if budget is not None and _total(spends, taken) > budget:
        low, high = 0.0, 1.0
        while _total(spends, at(high)) > budget:
            low, high = high, 2 * high
        for _ in range(_HALVINGS):
            price = (low + high) / 2
            low, high = (price, high) if _total(spends, at(price)) > budget else (low, price)
        price = high
        starts = [at(high), _trimmed(at(low), profits, spends, budget)]
        filled = [
            _upgraded(_fill(s, profits, spends, caps, capacity, budget), profits, spends, caps, budget) for s in starts
        ]
        taken = max(filled, key=lambda t: _total(profits, t))
    rows = np.arange(n)
    given = taken != _NOBODY
    pick = np.where(given, taken, 0)
    bound = float(np.maximum(_best(profits - price * spends, capacity), 0).sum()) + price * (budget or 0.0)
    return Chosen(
        taken,
        np.where(given, profits[rows, pick], 0.0) if n and treatments else np.zeros(n),
        np.where(given, spends[rows, pick], 0.0) if n and treatments else np.zeros(n),
        bound,
    )


def expected(treatments: Sequence[Treatment], p: Floats, value: Floats, learnt: Learnt | None) -> tuple[Floats, Floats]:
    """Return the expected profit and spend of every treatment for every customer, currency, shape (n, treatments)."""
    profits, spends = np.zeros((len(p), len(treatments))), np.zeros((len(p), len(treatments)))
    for i, treatment in enumerate(treatments):
        effect = None if learnt is None else learnt.of(i)
        profits[:, i] = treatment.expected_profit(p, value, effect)
        spends[:, i] = treatment.expected_spend(p, effect)
    return profits, spends


def _assign(worth: Floats, caps: Sequence[int | None], capacity: int | None) -> npt.NDArray[np.int64]:
    """Give everybody their best treatment that earns; where too many want one, the most worthwhile keep it."""
    n, k = worth.shape
    worth = worth.copy()
    taken = np.full(n, _NOBODY, dtype=np.int64)
    if k == 0 or n == 0:
        return taken
    rows = np.arange(n)
    # Each round closes a full treatment to those who lost it, so k rounds a treatment are more than enough.
    for _ in range(k * k + 1):
        taken = worth.argmax(axis=1)
        gain = worth[rows, taken]
        taken[~(gain > 0)] = _NOBODY
        full = False
        for i, most in enumerate(caps):
            mine = np.flatnonzero(taken == i)
            if most is not None and len(mine) > most:
                lost = mine[np.argsort(-worth[mine, i], kind="stable")[most:]]
                worth[lost, i] = -np.inf
                full = True
        if not full:
            break
    if capacity is not None:
        mine = np.flatnonzero(taken != _NOBODY)
        gain = worth[mine, taken[mine]]
        taken[mine[np.argsort(-gain, kind="stable")[capacity:]]] = _NOBODY
    return taken


def _fill(
    taken: npt.NDArray[np.int64],
    profits: Floats,
    spends: Floats,
    caps: Sequence[int | None],
    capacity: int | None,
    budget: float,
) -> npt.NDArray[np.int64]:
    """Spend what is left on the customers still without treatment."""
    free = np.flatnonzero(taken == _NOBODY)
    room = len(free) if capacity is None else capacity - (len(taken) - len(free))
    return _moved(taken, free, profits[free], spends[free], caps, budget - _total(spends, taken), room)


def _trimmed(taken: npt.NDArray[np.int64], profits: Floats, spends: Floats, budget: float) -> npt.NDArray[np.int64]:
    """Give up those with the least profit per spend until the budget holds."""
    mine = np.flatnonzero(taken != _NOBODY)
    cost = spends[mine, taken[mine]]
    order = np.argsort(-profits[mine, taken[mine]] / np.maximum(cost, 1e-12), kind="stable")
    kept = taken.copy()
    kept[mine[order[np.cumsum(cost[order]) > budget]]] = _NOBODY
    return kept


def _upgraded(
    taken: npt.NDArray[np.int64], profits: Floats, spends: Floats, caps: Sequence[int | None], budget: float
) -> npt.NDArray[np.int64]:
    """Spend what is left on dearer treatments of the same customers, where they earn more."""
    mine = np.flatnonzero(taken != _NOBODY)
    more = profits[mine] - profits[mine, taken[mine]][:, None]
    dearer = spends[mine] - spends[mine, taken[mine]][:, None]
    return _moved(taken, mine, more, dearer, caps, budget - _total(spends, taken), len(mine))


def _moved(
    taken: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
    gains: Floats,
    costs: Floats,
    caps: Sequence[int | None],
    left: float,
    room: int,
) -> npt.NDArray[np.int64]:
    """Give ``rows`` other treatments, best gain per cost first, while money and room last; each moves once."""
    open_to = [np.inf if most is None else most - int((taken == i).sum()) for i, most in enumerate(caps)]
    who, what = np.nonzero((gains > 0) & (costs <= left))
    rate = gains[who, what] / np.maximum(costs[who, what], 1e-12)
    better, moved = taken.copy(), set[int]()
    for i in np.argsort(-rate, kind="stable"):
        row, treatment = int(who[i]), int(what[i])
        if len(moved) >= room:
            break
        if row not in moved and costs[row, treatment] <= left and open_to[treatment] > 0:
            moved.add(row)
            better[rows[row]] = treatment
            left -= float(costs[row, treatment])
            open_to[treatment] -= 1
    return better


def _total(spends: Floats, taken: npt.NDArray[np.int64]) -> float:
    mine = np.flatnonzero(taken != _NOBODY)
    return float(spends[mine, taken[mine]].sum()) if len(mine) else 0.0


def _best(worth: Floats, capacity: int | None) -> Floats:
    """Return what each customer is worth at best, those beyond the capacity left out; caps ignored: a bound."""
    best = worth.max(axis=1) if worth.shape[1] else np.zeros(len(worth))
    return best if capacity is None else np.sort(best)[::-1][:capacity]
