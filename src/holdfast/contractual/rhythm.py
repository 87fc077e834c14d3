"""What bills show of their own rhythm: for how long each pays where no column says so, and how often a customer's come.

Nothing is read off what a customer did later: a bill pays for as long as others of its amount do, and as this
customer's bills before it did. If the customer's next bill told, who renewed would be known on the day they paid.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from holdfast.contractual.periods import MONTH_DAYS, MONTHS
from holdfast.learn.arrays import Flags, Floats, Ints

# A gap shows a period to which it is as near as this factor: a month that is late is no quarter.
_NEAR = 1.35
# Some come back after a pause that is as long as another period: one gap alone shows it seven times in ten. Where so
# many of those who pay the same agree, it shows nothing.
_TRUE, _AGREE = 0.7, 0.8
# So many contracts of about the same amount are asked at least, of those nearest in amount at most twice as many as
# these; 50 % more is not about the same. An amount that doubles begins another history of the contract.
_FEWEST, _AROUND, _LIKE, _JUMP = 5, 15, 1.5, 2.0
# Periods differ where so many contracts are of another than is usual; below that they are chance.
_SOME, _SHARE = 10, 0.02
# Of a contract whose period is likelier than this it is known.
_SURE = 0.8
_RECENT = 12
_SPARE = 0.1


@dataclass(frozen=True)
class Shown:
    """For how long bills pay, as they show it.

    Attributes
    ----------
    months
        Of each bill, shape (n,).
    contracts
        How many contracts' last bills pay for so many months: months, contracts, the shortest first.
    unsure
        Of how many of them neither earlier bills nor those of the same amount say it.
    """

    months: Floats
    contracts: tuple[tuple[float, int], ...] = ()
    unsure: int = 0


def months_shown(bills: pd.DataFrame, *, usual: float, known_by: int) -> Shown:
    """Return for how many months each bill pays, by the gaps between bills; ``usual`` where all come about as often.

    Parameters
    ----------
    bills
        ``contract`` (a number), ``day``, ``price`` (above 0) and ``plan`` (text), sorted by contract and day, one row
        per contract and day.
    usual
        Months that a bill pays for where nothing else is shown.
    known_by
        First day that is not known: later gaps show nothing.

    Examples
    --------
    >>> days = [*(30 * m for m in range(24)), *(365 * y for y in range(3))]
    >>> bills = pd.concat(
    ...     pd.DataFrame({"contract": c, "day": days[:24] if c < 20 else days[24:], "price": 9.0 if c < 20 else 90.0})
    ...     for c in range(40)
    ... )
    >>> shown = months_shown(bills.assign(plan=""), usual=1.0, known_by=1000)
    >>> shown.contracts, shown.unsure
    (((1.0, 20), (12.0, 20)), 0)
    """
    contract, day = bills["contract"].to_numpy(), bills["day"].to_numpy()
    months = np.array([usual, *(m for m in MONTHS if not 1 / _NEAR < m / usual < _NEAR)])
    n, all_usual = len(bills), Shown(np.full(len(bills), usual))
    follows = contract[1:] == contract[:-1]
    gaps = np.full(n, np.nan)
    gaps[:-1] = np.where(follows & (day[1:] < known_by), np.diff(day), np.nan)
    kind = _nearest(gaps, months)
    if not (kind > 0).any():
        return all_usual
    log_price = np.log(bills["price"].to_numpy())
    jumps = np.concatenate([[True], ~follows | (np.abs(np.diff(log_price)) > np.log(_JUMP))])
    before = np.concatenate([[-1], np.where(jumps[1:], -1, kind[:-1])])
    own = _since(_one_hot(before, len(months)), jumps)
    others = _of_the_same(bills, contract, kind, len(months))
    near = _of_the_nearest(contract, log_price, kind, len(months))
    asked = np.where((others.sum(axis=1) >= _FEWEST)[:, None], others, near)
    some = asked.sum(axis=1, keepdims=True) >= _FEWEST
    nobody = np.where(np.arange(len(months)) == 0, 1 - _SPARE, _SPARE / (len(months) - 1))
    prior = np.where(some, (asked + _SPARE) / (asked + _SPARE).sum(axis=1, keepdims=True), nobody)
    agree = (others.sum(axis=1) >= _FEWEST) & (others.max(axis=1) >= _AGREE * others.sum(axis=1))
    own = np.where(agree[:, None], 0.0, own)
    likely = np.log(prior) + own * np.log(_TRUE * (len(months) - 1) / (1 - _TRUE))
    likely -= np.log(np.exp(likely - likely.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True)) + likely.max(
        axis=1, keepdims=True
    )
    chosen = likely.argmax(axis=1)
    last = np.concatenate([~follows, [True]])
    if (chosen[last] > 0).sum() < max(_SOME, _SHARE * last.sum()):
        return all_usual
    known = (likely.max(axis=1) > np.log(_SURE)) & (some[:, 0] | (own.sum(axis=1) > 0))
    counts = sorted((float(m), int(k)) for m, k in zip(months, np.bincount(chosen[last]), strict=False) if k)
    return Shown(months[chosen], tuple(counts), int((last & ~known).sum()))


def usual_gaps(contract: Ints, day: Ints, until: Ints, in_time: Flags) -> Ints:
    """Return how many days after each bill the contract's next one usually comes, shape (n,).

    It is the median of its last twelve gaps before that bill, of bills that paid for as long and were followed in time;
    where there is none, what the bill pays for. Rows are sorted by contract and day.

    Examples
    --------
    >>> day = np.array([0, 31, 62, 96])
    >>> usual_gaps(np.zeros(4, dtype=np.int64), day, day + 30, np.ones(4, dtype=bool)).tolist()
    [30, 31, 31, 31]
    """
    gaps = np.concatenate([np.where(in_time[:-1], np.diff(day), np.nan), [np.nan]])
    whose = pd.Series(contract).astype(str) + "/" + pd.Series(np.round((until - day) / MONTH_DAYS)).astype(str)
    before = pd.Series(gaps).groupby(whose, sort=False).shift()
    medians = before.groupby(whose, sort=False).rolling(_RECENT, min_periods=1).median().droplevel(0).sort_index()
    usual: Ints = np.where(medians.isna(), until - day, np.floor(medians)).astype(np.int64)
    return usual


def due_first(who: Ints, contract: Ints, moment: Ints, row: Ints, due: Ints) -> Ints:
    """Return of each event the row of the bill whose next one is due first, of all that the customer pays just then.

    Parameters
    ----------
    who, contract, moment
        Of each event, shape (n,): a bill, or the end of a contract.
    row
        The bill; −1 of an end.
    due
        Of each bill: the day on which the next usually comes.

    Examples
    --------
    >>> due_first(np.zeros(3), np.array([1, 2, 1]), np.array([0, 10, 30]), np.array([0, 1, -1]), np.array([30, 20]))
    array([0, 1, 1])
    """
    found = np.full(len(who), -1, dtype=np.int64)
    order = np.lexsort((row, moment, who))
    starts = np.flatnonzero(np.diff(who[order], prepend=np.nan) != 0)
    for events in np.split(order, starts[1:]):
        running: dict[int, int] = {}
        for at in np.split(events, np.flatnonzero(np.diff(moment[events])) + 1):
            for i in at:
                if row[i] >= 0:
                    running[int(contract[i])] = int(row[i])
                else:
                    running.pop(int(contract[i]), None)
            found[at] = min(running.values(), key=lambda r: due[r], default=-1)
    return found


def _nearest(gaps: Floats, months: Floats) -> Ints:
    """Return which period each gap shows, −1 where none, shape (n,)."""
    with np.errstate(invalid="ignore"):
        off = np.abs(np.log(gaps[:, None] / (months * MONTH_DAYS)))
    off = np.where(np.isnan(off), np.inf, off)
    return np.where(off.min(axis=1) < np.log(_NEAR), off.argmin(axis=1), -1)


def _one_hot(kind: Ints, kinds: int) -> Floats:
    hot: Floats = (kind[:, None] == np.arange(kinds)).astype(np.float64)
    return hot


def _since(counts: Floats, begins: Flags) -> Floats:
    """Return sums down the rows that begin anew where told, shape (n, k)."""
    sums = np.cumsum(counts, axis=0)
    first = np.maximum.accumulate(np.where(begins, np.arange(len(begins)), 0))
    since: Floats = sums - sums[first] + counts[first]
    return since


def _votes(of: Ints, kind: Ints, kinds: int) -> Floats:
    """Return the period that most gaps of each group show, as 0 and 1, shape (groups, kinds); without gaps, zeros."""
    counts = np.zeros((int(of.max()) + 1, kinds))
    np.add.at(counts, (of[kind >= 0], kind[kind >= 0]), 1.0)
    return _one_hot(np.where(counts.sum(axis=1) > 0, counts.argmax(axis=1), -1), kinds)


def _of_the_same(bills: pd.DataFrame, contract: Ints, kind: Ints, kinds: int) -> Floats:
    """Return of each bill how many other contracts show which period with bills of its amount and plan, (n, kinds)."""
    key = bills.groupby(["plan", bills["price"].round(2)], sort=False, dropna=False).ngroup().to_numpy()
    pair, of = np.unique(np.stack([contract, key]), axis=1, return_inverse=True)
    votes = _votes(of.ravel(), kind, kinds)
    counts = np.zeros((int(key.max()) + 1, kinds))
    np.add.at(counts, pair[1], votes)
    return np.asarray(counts[key] - votes[of.ravel()])


def _of_the_nearest(contract: Ints, log_price: Floats, kind: Ints, kinds: int) -> Floats:
    """Return the same of the contracts that are nearest in amount, and not half as much away, shape (n, kinds)."""
    votes = _votes(contract, kind, kinds)
    price = pd.Series(log_price).groupby(contract).median().to_numpy()
    voters = np.flatnonzero(votes.sum(axis=1) > 0)
    voters = voters[np.argsort(price[voters], kind="stable")]
    place = np.full(len(votes), -1)
    place[voters] = np.arange(len(voters))
    sums = np.concatenate([np.zeros((1, kinds)), np.cumsum(votes[voters], axis=0)])
    at = np.searchsorted(price[voters], log_price)
    low = np.maximum(at - _AROUND, np.searchsorted(price[voters], log_price - np.log(_LIKE)))
    high = np.minimum(at + _AROUND, np.searchsorted(price[voters], log_price + np.log(_LIKE), side="right"))
    low, high = np.maximum(low, 0), np.maximum(high, low)
    mine = (place[contract] >= low) & (place[contract] < high)
    return np.asarray(sums[high] - sums[low] - np.where(mine[:, None], votes[contract], 0.0))
