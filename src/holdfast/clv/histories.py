"""Customers with the same history are one row with a count: what makes fitting fast.

10 million customers have some 1.5 million different histories, and these only some hundred different days.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.clv.special import Floats

Ints = npt.NDArray[np.intp]
_PACKED_BITS = 62


def read_columns(summary: pd.DataFrame, *names: str) -> tuple[Floats, ...]:
    """Return columns of a summary as float arrays, each of shape (n,).

    Raises
    ------
    ValueError
        A column is missing or holds a missing, infinite or negative value.
    """
    missing = [n for n in names if n not in summary.columns]
    if missing:
        raise ValueError(
            f"the summary has no column {', '.join(missing)}; it has {', '.join(map(str, summary.columns))}"
        )
    arrays = tuple(np.asarray(summary[n], dtype=np.float64) for n in names)
    for name, values in zip(names, arrays, strict=True):
        if not np.all((values >= 0) & (values < np.inf)):
            raise ValueError(f"summary column {name}: negative, infinite or missing values")
    return arrays


@dataclass(frozen=True)
class Unique:
    """The distinct values of an array and where each row's value stands among them."""

    values: Floats
    index: Ints | None

    def map(self, function: Callable[[Floats], Floats]) -> Floats:
        """Apply ``function`` once per distinct value; return one result per row."""
        found = function(self.values)
        return found if self.index is None else found[self.index]


@dataclass(frozen=True)
class Histories:
    """Distinct rows of some columns, with how many customers (or how much weight) each stands for.

    Attributes
    ----------
    columns
        One array of shape (distinct rows,) per name.
    weights
        Shape (distinct rows,).
    unique
        The distinct values of each column, so that costly functions are computed once per value.
    """

    columns: dict[str, Floats]
    weights: Floats
    unique: dict[str, Unique]

    def __getitem__(self, name: str) -> Floats:
        """Return one column."""
        return self.columns[name]

    def map(self, name: str, function: Callable[[Floats], Floats], *parameters: Floats) -> Floats:
        """Apply ``function`` to a column: once per distinct value where all ``parameters`` are the same for all rows."""
        return function(self.columns[name]) if any(np.ndim(q) for q in parameters) else self.unique[name].map(function)

    def __len__(self) -> int:
        """Return the number of distinct rows."""
        return len(self.weights)

    @property
    def total(self) -> float:
        """Return the number of customers (the sum of the weights)."""
        return float(self.weights.sum())

    def thinned(self, step: int) -> "Histories":
        """Return every ``step``-th row: since rows are sorted, an even sample to start a fit from."""
        columns = {name: values[::step] for name, values in self.columns.items()}
        return Histories(columns, self.weights[::step], {name: _unique(values) for name, values in columns.items()})

    @classmethod
    def of(cls, columns: dict[str, Floats], weights: Floats | None = None) -> "Histories":
        """Collapse equal rows.

        Parameters
        ----------
        columns
            Arrays of shape (n,).
        weights
            How many customers each row stands for; one each if not given. Rows of weight 0 are left out.
        """
        arrays = list(columns.values())
        if weights is not None:
            counted = weights > 0
            arrays, weights = [a[counted] for a in arrays], weights[counted]
        rows, counts = _collapse(arrays, weights)
        collapsed = dict(zip(columns, rows, strict=True))
        return cls(collapsed, counts, {name: _unique(values) for name, values in collapsed.items()})


def _unique(values: Floats) -> Unique:
    """Find the distinct values; whole numbers, such as days, by counting instead of sorting."""
    if len(values) and values[0] == np.floor(values[0]) and np.all(values == np.floor(values)):
        top = float(values.max())
        if values.min() >= 0 and top < 4 * len(values) + 1000:
            whole = values.astype(np.intp)
            present = np.bincount(whole, minlength=int(top) + 1) > 0
            return Unique(np.flatnonzero(present).astype(np.float64), (np.cumsum(present) - 1)[whole])
    distinct, index = np.unique(values, return_inverse=True)
    return Unique(distinct, index) if len(distinct) < len(values) else Unique(values, None)


def _collapse(arrays: Sequence[Floats], weights: Floats | None) -> tuple[list[Floats], Floats]:
    packed = _pack(arrays)
    if packed is None:
        return _collapse_any(arrays, weights)
    keys, spans = packed
    if weights is None:
        keys.sort()
        starts = _run_starts(keys)
        counts = np.diff(np.append(starts, len(keys))).astype(np.float64)
    else:
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        starts = _run_starts(keys)
        counts = np.add.reduceat(weights[order], starts) if len(keys) else np.zeros(0)
    rest, columns = keys[starts], []
    for span in reversed(spans):
        columns.append((rest % span).astype(np.float64))
        rest = rest // span
    return columns[::-1], counts


def _pack(arrays: Sequence[Floats]) -> tuple[npt.NDArray[np.int64], list[int]] | None:
    """Return one integer per row that stands for all its columns, or None where they are not small whole numbers."""
    spans, bits = [], 0.0
    for values in arrays:
        top = float(values.max()) if len(values) else 0.0
        bits += np.log2(top + 1)
        if bits > _PACKED_BITS or not np.all(values == np.floor(values)):
            return None
        spans.append(int(top) + 1)
    keys = np.zeros(len(arrays[0]), dtype=np.int64)
    for values, span in zip(arrays, spans, strict=True):
        keys *= span
        keys += values.astype(np.int64)
    return keys, spans


def _run_starts(ordered: npt.NDArray[np.int64]) -> Ints:
    if not len(ordered):
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))


def _collapse_any(arrays: Sequence[Floats], weights: Floats | None) -> tuple[list[Floats], Floats]:
    """Collapse columns of any numbers: sort, then compare neighbours."""
    order = np.lexsort(arrays[::-1])
    ordered = [a[order] for a in arrays]
    changed = np.zeros(len(order), dtype=bool)
    changed[:1] = True
    for column in ordered:
        changed[1:] |= column[1:] != column[:-1]
    starts = np.flatnonzero(changed)
    each = np.ones(len(order)) if weights is None else weights[order]
    return [column[starts] for column in ordered], np.add.reduceat(each, starts)


def distinct(*arrays: Floats) -> tuple[tuple[Floats, ...], Ints | slice]:
    """Return the distinct rows of some columns, and for each row where it stands among them.

    Where rows hardly repeat, or are no whole numbers, all of them come back, with ``slice(None)``.
    """
    packed = _pack(arrays) if len(arrays[0]) > 1 else None
    if packed is None:
        return arrays, slice(None)
    keys, spans = packed
    room = int(np.prod([float(s) for s in spans]))
    if room <= 8 * len(keys) + 1_000_000:
        present = np.zeros(room, dtype=bool)
        present[keys] = True
        found, place = np.flatnonzero(present), np.cumsum(present) - 1
        index = place[keys]
    else:
        found, index = np.unique(keys, return_inverse=True)
    columns, rest = [], found
    for span in reversed(spans):
        columns.append((rest % span).astype(np.float64))
        rest = rest // span
    return tuple(columns[::-1]), index
