"""A table of any columns → numbers for trees and for a logistic regression; what is learnt is plain JSON."""

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.data.typed import as_numbers
from holdfast.learn.arrays import Floats

_MOSTLY = 0.95
_KNOTS = (0.2, 0.4, 0.6, 0.8)
_LEAST_ROWS = 10
_MOST_LEVELS = 100


@dataclass(frozen=True)
class Number:
    """A numeric column: its mean and quintiles among the rows it was learnt from, and whether cells were blank."""

    name: str
    mean: float
    knots: tuple[float, ...]
    blank: bool


@dataclass(frozen=True)
class Category:
    """A text column: its levels with at least ten rows, and the churn rate and share of rows of each."""

    name: str
    levels: tuple[str, ...]
    rates: tuple[float, ...]
    shares: tuple[float, ...]


def kinds(frame: pd.DataFrame, *, categories: Collection[str] = ()) -> dict[str, str]:
    """Say for each column whether it is a ``"number"``, a ``"category"``, or ``"mixed"``: hardly a number in all rows.

    ``categories`` names columns whose numbers are codes.
    """
    found = {}
    for name in frame.columns:
        _, wrong = as_numbers(frame[name])
        filled = int(frame[name].notna().sum())
        if name in categories or (filled and wrong.sum() > (1 - _MOSTLY) * filled):
            found[name] = "category"
        else:
            found[name] = "mixed" if wrong.any() else "number"
    return found


@dataclass(frozen=True)
class Encoder:
    """Columns → matrices; a level that was not learnt is none of the levels."""

    numbers: tuple[Number, ...]
    categories: tuple[Category, ...]

    @classmethod
    def fit(cls, frame: pd.DataFrame, churned: npt.NDArray[np.int64], kind: dict[str, str]) -> "Encoder":
        """Learn levels, ranges and quintiles of the columns that ``kind`` names."""
        numbers = [_number(n, as_numbers(frame[n])[0]) for n, k in kind.items() if k == "number"]
        categories = [_category(n, frame[n], churned) for n, k in kind.items() if k == "category"]
        return cls(tuple(numbers), tuple(categories))

    @property
    def columns(self) -> list[str]:
        """Names of the columns that are read."""
        return [*(n.name for n in self.numbers), *(c.name for c in self.categories)]

    def trees(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
        """Return (matrix of shape (n, k), the column each of the k comes from): numbers with gaps, 0/1 per level."""
        return self._matrix(frame, lambda _, x: [x])

    def linear(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
        """Return the same for a logistic regression: numbers also in logs, bent at quintiles, and blank or not."""
        return self._matrix(frame, _bent)

    def _matrix(
        self, frame: pd.DataFrame, parts_of: Callable[[Number, Floats], list[Floats]]
    ) -> tuple[pd.DataFrame, list[str]]:
        parts, of = [], []
        for number in self.numbers:
            made = parts_of(number, as_numbers(frame[number.name])[0])
            parts += made
            of += [number.name] * len(made)
        for category in self.categories:
            texts = as_texts(frame[category.name]).to_numpy(dtype=object)
            parts += [(texts == level).astype(np.float64) for level in category.levels]
            of += [category.name] * len(category.levels)
        # Named by place: LightGBM does not take every name that a file's header may hold.
        return pd.DataFrame({f"c{i}": part for i, part in enumerate(parts)}, index=frame.index), of

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"numbers": [asdict(n) for n in self.numbers], "categories": [asdict(c) for c in self.categories]}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "Encoder":
        """Return what ``to_dict`` wrote."""
        numbers = [Number(**{**n, "knots": tuple(n["knots"])}) for n in state["numbers"]]
        lists = ("levels", "rates", "shares")
        categories = [Category(c["name"], *(tuple(c[key]) for key in lists)) for c in state["categories"]]
        return cls(tuple(numbers), tuple(categories))


def _number(name: str, values: Floats) -> Number:
    known = values[~np.isnan(values)]
    low, high = known.min(), known.max()
    knots = tuple(float(k) for k in np.unique(np.quantile(known, _KNOTS)) if low < k < high)
    return Number(name, float(known.mean()), knots, bool(len(known) < len(values)))


def _bent(number: Number, x: Floats) -> list[Floats]:
    blank = np.isnan(x).astype(np.float64)
    bends = [np.maximum(x - k, 0.0) for k in number.knots]
    return [x, np.sign(x) * np.log1p(np.abs(x)), *bends, *([blank] if number.blank else [])]


def _category(name: str, column: pd.Series, churned: npt.NDArray[np.int64]) -> Category:
    texts = as_texts(column)
    table = pd.DataFrame({"level": texts, "churned": churned}).groupby("level")["churned"].agg(["size", "mean"])
    table = table[table["size"] >= min(_LEAST_ROWS, max(2, len(column) // 100))]
    table = table.sort_values("size", ascending=False, kind="stable").head(_MOST_LEVELS).sort_index()
    return Category(
        name,
        tuple(str(level) for level in table.index),
        tuple(float(rate) for rate in table["mean"]),
        tuple(float(size) / len(column) for size in table["size"]),
    )


def as_texts(column: pd.Series) -> pd.Series:
    """Return a category's cells as text; codes read as whole numbers lose no ``.0``."""
    if pd.api.types.is_float_dtype(column.dtype):
        written = [np.nan if np.isnan(v) else f"{v:.0f}" if v == round(v) else repr(float(v)) for v in column]
        return pd.Series(written, index=column.index, dtype="str")
    return column.astype("str")
