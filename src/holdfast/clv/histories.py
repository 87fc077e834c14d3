"""Customers with the same history are one row with a count: what makes fitting fast.

10 million customers have some 1.5 million different histories, and these only some hundred different days.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.clv.arguments import numbers_in
from holdfast.clv.special import Floats
from holdfast.learn.parallel import at_once, blocks, sort_in_place

Ints = npt.NDArray[np.intp]
_PACKED_BITS = 62


def read_columns(summary: pd.DataFrame, *names: str) -> tuple[Floats, ...]:
    """Return columns of a summary as float arrays, each of shape (n,).

    Raises
    ------
    ValueError
        A column is missing or holds a missing, infinite or negative value, or one that is no number.
    """
    if not isinstance(summary, pd.DataFrame):
        raise ValueError(f"a summary is a pandas frame with one row per customer, not a {type(summary).__name__}")
    missing = [n for n in names if n not in summary.columns]
    if missing:
        raise ValueError(
            f"the summary has no column {', '.join(missing)}; it has {', '.join(map(str, summary.columns))}"
        )
    arrays = tuple(numbers_in(summary[n], f"summary column {n}") for n in names)
    for name, values in zip(names, arrays, strict=True):
        if values.ndim != 1:
            raise ValueError(f"the summary has more than one column {name}")
        # A missing value makes both comparisons false.
        if len(values) and not (values.min() >= 0 and values.max() < np.inf):
            raise ValueError(f"summary column {name}: negative, infinite or missing values")
    return arrays


Contradiction = tuple[Callable[..., npt.NDArray[np.bool_]], str]
"""Which rows contradict themselves, given their columns, and what to call it."""


def refuse_contradictions(columns: Sequence[Floats], rules: Sequence[Contradiction]) -> None:
    """Refuse rows that no customer can have; in blocks, for it is asked before every prediction.

    Raises
    ------
    ValueError
        The first rule that is broken, with the number of rows.
    """

    def broken(rows: slice) -> list[int]:
        part = [column[rows] for column in columns]
        return [int(np.count_nonzero(rule(*part))) for rule, _ in rules]

    totals = np.sum(at_once(broken, blocks(len(columns[0]))), axis=0)
    for count, (_, said) in zip(totals, rules, strict=True):
        if count:
            raise ValueError(f"the summary contradicts itself in {count} row(s): {said}")


@dataclass(frozen=True)
class Unique:
    """The distinct values of an array and where each row's value stands among them."""

    values: Floats
    index: Ints | None

    @classmethod
    def of(cls, values: Floats) -> "Unique":
        """Find the distinct values; whole numbers, such as days, by counting instead of sorting."""
        if len(values) and values.min() >= 0 and values.max() < 4 * len(values) + 1000:
            top = values.max()
            whole = values.astype(np.intp)
            if np.array_equal(whole, values):
                present = np.bincount(whole, minlength=int(top) + 1) > 0
                return cls(np.flatnonzero(present).astype(np.float64), (np.cumsum(present) - 1)[whole])
        distinct, index = np.unique(values, return_inverse=True)
        return cls(distinct, index) if len(distinct) < len(values) else cls(values, None)

    def map(self, function: Callable[[Floats], Floats]) -> Floats:
        """Apply ``function`` once per distinct value; return one result per row."""
        found = function(self.values)
        return found if self.index is None else found.take(self.index)

    def totals(self, weights: Floats) -> Floats:
        """Return the sum of the weights of each distinct value."""
        if self.index is None:
            return weights
        return np.bincount(self.index, weights, len(self.values)).astype(np.float64, copy=False)

    def part(self, rows: slice) -> "Unique":
        """Return some of the rows; the distinct values stay those of all rows."""
        return Unique(self.values[rows], None) if self.index is None else Unique(self.values, self.index[rows])


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
    known: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def __getitem__(self, name: str) -> Floats:
        """Return one column."""
        return self.columns[name]

    def map(self, name: str, function: Callable[[Floats], Floats], *parameters: Floats) -> Floats:
        """Apply ``function`` to a column, once per distinct value where no parameter differs between rows."""
        return function(self.columns[name]) if any(np.ndim(q) for q in parameters) else self.unique[name].map(function)

    def once(self, name: str, compute: Callable[[], Any]) -> Any:
        """Return what does not depend on parameters, computed at the first call."""
        if name not in self.known:
            self.known[name] = compute()
        return self.known[name]

    def __len__(self) -> int:
        """Return the number of distinct rows."""
        return len(self.weights)

    @property
    def total(self) -> float:
        """Return the number of customers (the sum of the weights)."""
        return float(self.weights.sum())

    def parts(self) -> "list[Histories]":
        """Return the histories in blocks, which share their distinct values."""
        return [
            Histories(
                {name: values[part] for name, values in self.columns.items()},
                self.weights[part],
                {name: unique.part(part) for name, unique in self.unique.items()},
            )
            for part in blocks(len(self))
        ]

    def thinned(self, step: int) -> "Histories":
        """Return every ``step``-th row: since rows are sorted, an even sample to start a fit from."""
        columns = {name: values[::step] for name, values in self.columns.items()}
        unique = {
            name: Unique(values, None) if self.unique[name].index is None else Unique.of(values)
            for name, values in columns.items()
        }
        return Histories(columns, self.weights[::step], unique)

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
        return cls(collapsed, counts, {name: Unique.of(values) for name, values in collapsed.items()})


def _collapse(arrays: Sequence[Floats], weights: Floats | None) -> tuple[list[Floats], Floats]:
    packed = _pack(arrays)
    if packed is None:
        return _collapse_any(arrays, weights)
    keys, spans = packed
    if weights is None:
        sort_in_place(keys)
        starts = _run_starts(keys)
        counts = np.diff(np.append(starts, len(keys))).astype(np.float64)
    else:
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        starts = _run_starts(keys)
        counts = np.add.reduceat(weights[order], starts) if len(keys) else np.zeros(0)
    return _unpacked(keys[starts], spans), counts


def _unpacked(keys: npt.NDArray[np.int64], spans: list[int]) -> list[Floats]:
    """Return the columns that ``_pack`` packed."""
    columns = []
    for span in reversed(spans):
        columns.append((keys % span).astype(np.float64))
        keys = keys // span
    return columns[::-1]


def _pack(arrays: Sequence[Floats]) -> tuple[npt.NDArray[np.int64], list[int]] | None:
    """Return one integer per row that stands for all its columns, or None where they are not small whole numbers."""
    spans, bits = [], 0.0
    for values in arrays:
        top = float(values.max()) if len(values) else 0.0
        bits += np.log2(top + 1)
        if bits > _PACKED_BITS:
            return None
        spans.append(int(top) + 1)
    keys = np.empty(len(arrays[0]), dtype=np.int64)

    def pack(part: slice) -> bool:
        packed = keys[part]
        packed[:] = 0
        for values, span in zip(arrays, spans, strict=True):
            whole = values[part].astype(np.int64)
            if not np.array_equal(whole, values[part]):
                return False
            packed *= span
            packed += whole
        return True

    return (keys, spans) if all(at_once(pack, blocks(len(keys)))) else None


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
    return tuple(_unpacked(found, spans)), index
