"""Welch's statistic where amounts are skewed and the arms of unequal size: its quantiles come from redrawn arms."""

from dataclasses import dataclass

import numpy as np

from holdfast.learn.arrays import Floats

# Below it both tails of Student's distribution are off by less than one in a hundred.
_SKEWED = 0.1
_REDRAWS, _TAIL = 1999, 49


@dataclass(frozen=True)
class Quantiles:
    """Between which of its values the statistic lies in 19 of 20 cases without an effect, and how rare this one is."""

    low: float
    high: float
    p_value: float


def is_skewed(outcome: Floats, control: Floats) -> bool:
    """Say whether the difference of the means is too skewed for Student's distribution.

    Its third standardised moment if both arms had the outcomes of both together. Who is in which arm does not enter: a
    small control group that happens to miss the large amounts looks even, and that is when a gain is seen by chance.

    Examples
    --------
    >>> few_buy = np.r_[np.zeros(950), np.arange(50.0) ** 2]
    >>> is_skewed(np.tile(few_buy, 9), few_buy), is_skewed(few_buy, few_buy)
    (True, False)
    """
    pool, n, m = np.sort(np.concatenate([outcome, control])), len(outcome), len(control)
    deviation = float(pool.std())
    if deviation <= 1e-12 * max(abs(float(pool[0])), abs(float(pool[-1]))):
        return False
    shape = float((((pool - pool.mean()) / deviation) ** 3).mean())
    return bool(abs(shape * (n**-2.0 - m**-2.0)) / (1 / n + 1 / m) ** 1.5 > _SKEWED)


def redrawn(outcome: Floats, control: Floats, statistic: float) -> Quantiles:
    """Return the quantiles of Welch's statistic over 1,999 redraws of who is in which arm.

    Exact where the arms' outcomes are distributed alike, and right for large arms where they are not (Janssen 1997,
    Chung & Romano 2013). The same values give the same redraws, in whatever order they come.
    """
    pool, small, sign, others = _to_draw(outcome, control)
    everybody = float(others.sum()), float(others @ others), pool
    found = np.sort(sign * _welch(_redraws(others, pool, small, np.random.default_rng(pool)), small, everybody))
    beyond = min(int((found >= statistic).sum()), int((found <= statistic).sum()))
    return Quantiles(
        float(found[_TAIL - 1]), float(found[_REDRAWS - _TAIL]), min(1.0, 2 * (beyond + 1) / (_REDRAWS + 1))
    )


def redrawn_differences(outcome: Floats, control: Floats, *, seed: int) -> Floats:
    """Return the difference of the means in each of 1,999 redraws of who is in which arm, shape (1999,)."""
    pool, small, sign, others = _to_draw(outcome, control)
    sums, whole = _redraws(others, pool, small, np.random.default_rng((seed, pool)))[:, 0], float(others.sum())
    return np.asarray(sign * ((whole - sums) / (pool - small) - sums / small))


def _to_draw(outcome: Floats, control: Floats) -> tuple[int, int, float, Floats]:
    """Return how many there are, how many in the smaller arm, 1 if that is control (else −1), and what is to be drawn.

    Most customers often have one and the same outcome, 0: only the others need to be drawn, less what is usual.
    """
    pool = np.sort(np.concatenate([outcome, control]))
    small = min(len(outcome), len(control))
    values, counts = np.unique(pool, return_counts=True)
    usual = float(values[np.argmax(counts)])
    return len(pool), small, 1.0 if len(control) == small else -1.0, pool[pool != usual] - usual


def _redraws(others: Floats, everyone: int, small: int, random: np.random.Generator) -> Floats:
    """Return the sum, and the sum of squares, of a drawn arm of so many, shape (1999, 2)."""
    hits = (int(random.hypergeometric(len(others), everyone - len(others), small)) for _ in range(_REDRAWS))
    drawn = (random.choice(others, n, replace=False, shuffle=False) for n in hits)
    return np.array([(d.sum(), d @ d) for d in drawn])


def _welch(drawn: Floats, small: int, everybody: tuple[float, float, int]) -> Floats:
    """Return Welch's statistic of the rest against each drawn arm of so many; values that are not there are 0.

    ``drawn``: sums and sums of squares; ``everybody``: the sum of all values, of their squares, and how many there are.
    """
    mine = drawn[:, 0], drawn[:, 1], small
    theirs = everybody[0] - mine[0], everybody[1] - mine[1], everybody[2] - mine[2]
    (mean, variance), (rest, rest_variance) = (
        (total / n, np.maximum(squares - total * total / n, 0.0) / (n - 1) / n) for total, squares, n in (mine, theirs)
    )
    spread = np.sqrt(variance + rest_variance)
    return np.divide(rest - mean, spread, out=np.zeros_like(spread), where=spread > 0)
