"""Figures by place in a ranking where scores tie: equals share their places, so the order of rows decides nothing."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from holdfast.learn.arrays import Floats, Ints


@dataclass(frozen=True)
class Places:
    """Where rows stand by score, the highest first; rows with the same score share the places they take together.

    What a place then holds is its expectation over all ways to put the equals in order.

    Attributes
    ----------
    group
        Number of each row's group of equals, 0 for the best, shape (n,).
    ends
        How many places the groups up to and with each one take, after a leading 0; shape (groups + 1,).

    Examples
    --------
    >>> places = Places.of([0.9, 0.5, 0.5, 0.1])
    >>> places.totals([1.0, 1.0, 0.0, 0.0]).tolist()
    [0.0, 1.0, 1.5, 2.0, 2.0]
    >>> places.share_within(0, 2).tolist()
    [1.0, 0.5, 0.5, 0.0]
    """

    group: Ints
    ends: Ints

    @classmethod
    def of(cls, scores: npt.ArrayLike) -> Self:
        """Rank scores, shape (n,)."""
        _, group, sizes = np.unique(-np.asarray(scores, dtype=np.float64), return_inverse=True, return_counts=True)
        return cls(group.astype(np.int64), np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))

    def held(self, values: npt.ArrayLike) -> Floats:
        """Return what each place holds of ``values``, best place first; both shape (n,)."""
        sizes = np.diff(self.ends)
        means = np.bincount(self.group, weights=np.asarray(values, dtype=np.float64), minlength=len(sizes)) / sizes
        return np.repeat(means, sizes)

    def totals(self, values: npt.ArrayLike) -> Floats:
        """Return the sums of ``values``, shape (n,), over the first 0, 1, …, n places, shape (n + 1,)."""
        return np.concatenate([[0.0], np.cumsum(self.held(values))])

    def share_within(self, first: int, last: int) -> Floats:
        """Return how much of each row falls on the places from ``first`` (counted from 0) to before ``last``."""
        start, end = self.ends[:-1], self.ends[1:]
        share = (np.minimum(end, last) - np.maximum(start, first)).clip(min=0) / (end - start)
        return np.asarray(share[self.group])

    def tenths(self, customers: int | None = None) -> Ints:
        """Return the tenth of each row, 1 for the best; equals share the better one.

        ``customers``: how many there are in all, where these rows are only the best of them.

        Examples
        --------
        >>> Places.of([5, 4, 3, 3, 3, 3, 3, 3, 3, 1]).tenths().tolist()
        [1, 2, 3, 3, 3, 3, 3, 3, 3, 10]
        >>> Places.of([5, 4, 3]).tenths(10).tolist()
        [1, 2, 3]
        """
        everyone = len(self.group) if customers is None else customers
        return np.asarray(self.ends[:-1][self.group] * 10 // max(everyone, 1) + 1, dtype=np.int64)
