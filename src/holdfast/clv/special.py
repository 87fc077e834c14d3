"""Series and quadrature that neither overflow nor lose digits where textbook forms do."""

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Numbers = Any
"""Numbers or arrays of them that broadcast."""

_MOST_TERMS = 1_000_000
_SWEEP = 32
_TINY = 1e-17


def power_series(above: tuple[Numbers, ...], below: tuple[Numbers, ...], z: Numbers) -> Floats:
    """Return Σ_{k≥0} Π (above)_k / Π (below)_k · z^k for 0 ≤ z < 1; inputs broadcast to shape (n,).

    With (q)_k the rising factorial; 2F1(a, b; c; z) is ``power_series((a, b), (c, 1), z)``. Summed until what is
    still to come vanishes against the sum; elements that are done leave the sweep. Callers choose transformations
    under which terms shrink even where z is next to 1.
    """
    flat = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in (z, *above, *below)))
    z, *parameters = (np.ascontiguousarray(v) for v in flat)
    answer, left = np.zeros(z.shape), np.arange(z.size)
    term, total = np.ones(z.size), np.zeros(z.size)
    k = 0
    while left.size and k < _MOST_TERMS:
        for _ in range(_SWEEP):
            total = total + term
            ratio = z
            for i, q in enumerate(parameters):
                ratio = ratio * (q + k) if i < len(above) else ratio / (q + k)
            term = term * ratio
            k += 1
        # What is still to come is less than a geometric series of ratio z, once terms shrink at all.
        rest = np.abs(term) / np.maximum(1.0 - z, 1e-15)
        done = (np.minimum(rest, np.abs(term) * k) <= _TINY * np.abs(total)) & (np.abs(ratio) <= 1)
        if done.any():
            answer[left[done]] = total[done]
            left, z, term, total, *parameters = (v[~done] for v in (left, z, term, total, *parameters))
    answer[left] = total
    return answer


@cache
def gauss_legendre(nodes: int) -> tuple[Floats, Floats]:
    """Return nodes and weights of Gauss-Legendre quadrature on [0, 1], each of shape (nodes,)."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    return (x + 1) / 2, w / 2


def weighted_sum(weights: Floats, values: Floats) -> float:
    """Return Σ weights · values; not by BLAS, whose threads would change the last bits and stand in ours' way."""
    return float(np.einsum("i,i->", weights, values))


def soft(log_odds: Floats) -> tuple[Floats, Floats]:
    """Return ln(1 + e^x) and 1 / (1 + e^−x), without overflow; faster together than numpy's and scipy's apart."""
    small = np.exp(-np.abs(log_odds))
    total = 1.0 + small
    return np.maximum(log_odds, 0.0) + np.log1p(small), np.where(log_odds > 0, 1.0, small) / total


def growth(rate: Numbers, log_ratio: Numbers) -> Floats:
    """Return (1 − e^(−rate·L)) / rate for L = ``log_ratio`` ≥ 0, continuous at rate = 0 (where it is L)."""
    rate, log_ratio = np.asarray(rate, dtype=np.float64), np.asarray(log_ratio, dtype=np.float64)
    small = np.abs(rate) < 1e-300
    safe = np.where(small, 1.0, rate)
    return np.asarray(np.where(small, log_ratio, -np.expm1(-safe * log_ratio) / safe))
