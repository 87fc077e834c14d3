"""Exploration: some of those whom the rule leaves alone are contacted at random, to learn of such customers."""

from collections.abc import Sequence

import numpy as np

from holdfast.learn.arrays import Flags, Floats
from holdfast.lists.choice import Chosen, expected
from holdfast.lists.treatments import Learnt, Treatment


def explored(
    treatments: Sequence[Treatment],
    p: Floats,
    value: Floats,
    allowed: Flags,
    chosen: Chosen,
    held: Flags,
    order: Floats,
    *,
    most: int,
    budget: float | None,
    learnt: Learnt | None,
) -> tuple[Chosen, int]:
    """Add customers that no treatment is expected to pay for, each with the one that loses least.

    Parameters
    ----------
    treatments, p, value, allowed, learnt
        As ``choose`` takes them.
    chosen
        Who is to get what without exploration.
    held
        Who is held back: they are drawn by the same order, and cost nothing.
    order
        A uniform number per customer; the lowest are drawn first, shape (n,).
    most, budget
        Customers to contact so, and what they may be expected to cost, currency.

    Returns
    -------
    Chosen, int
        With them; and how many of them are contacted.

    Examples
    --------
    >>> call, none = Treatment("call", contact_cost=2.0, acceptance=0.1), np.zeros(4)
    >>> nobody = Chosen(np.full(4, -1), none, none, 0.0)
    >>> drawn, n = explored([call], np.full(4, 0.5), np.full(4, 9.0), np.ones((4, 1), dtype=bool), nobody,
    ...                     np.zeros(4, dtype=bool), np.array([0.4, 0.1, 0.9, 0.2]), most=2, budget=None, learnt=None)
    >>> drawn.treatment.tolist(), drawn.spend.tolist(), n
    ([-1, 0, -1, 0], [0.0, 2.0, 0.0, 2.0], 2)
    """
    profits, spends = expected(treatments, p, value, learnt)
    # A treatment of which there are only so many is not spent on questions.
    profits = np.where(allowed & np.array([t.most is None for t in treatments]), profits, -np.inf)
    best = profits.argmax(axis=1)
    rows = np.arange(len(p))
    gain, cost = profits[rows, best], spends[rows, best]
    # Who would pay and is beyond the budget is no question to explore.
    left_alone = np.flatnonzero(np.isfinite(gain) & (gain <= 0) & (chosen.treatment < 0))
    left_alone = left_alone[np.argsort(order[left_alone], kind="stable")]
    contacted = ~held[left_alone]
    fits = np.cumsum(contacted) <= most
    if budget is not None:
        fits &= np.cumsum(cost[left_alone] * contacted) <= budget
    # The first that does not fit ends the draw: who comes after it would be there for being cheap.
    drawn = left_alone[: len(fits) if fits.all() else int(np.argmin(fits))]
    given, profit, spend = chosen.treatment.copy(), chosen.profit.copy(), chosen.spend.copy()
    given[drawn], profit[drawn], spend[drawn] = best[drawn], gain[drawn], cost[drawn]
    return Chosen(given, profit, spend, chosen.bound), int((~held[drawn]).sum())
